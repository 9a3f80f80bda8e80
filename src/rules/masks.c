/* Signatures of rewritten keywords.  An inspecting firewall keeps the length of what it hides; a
 * cruder device changes a letter or blanks the word (Durumeric et al., 2015, section 5). */
#include "rules/masks.h"

#include "base/table.h"

#include <string.h>

enum {
	STARS_LEAST = 8,
};

/* IANA's mail parameters, and what vendors offer besides. */
static const char *const known[] = { "8BITMIME", "ATRN", "AUTH", "BINARYMIME", "BURL", "CHECKPOINT",
	"CHUNKING", "CONNEG", "CONPERM", "DELIVERBY", "DSN", "ENHANCEDSTATUSCODES", "ETRN", "EXPN",
	"FUTURERELEASE", "HELP", "LIMITS", "MT-PRIORITY", "MTRK", "NO-SOLICITING", "ONEX",
	"PIPECONNECT", "PIPELINING", "PRDR", "REQUIRETLS", "RRVS", "SAML", "SEND", "SIZE",
	"SMTPUTF8", "SOML", "STARTTLS", "SUBMITTER", "TURN", "UTF8SMTP", "VERB", "VRFY",
	"X-ANONYMOUSTLS", "X-EXPS", "X-LINK2STATE", "XADR", "XCLIENT", "XEXCH50", "XFORWARD",
	"XOORG", "XPROXY", "XPROXYFROM", "XRDST", "XSHADOW", "XVERP" };

bool
keyword_is_known(struct span keyword)
{
	return span_is_any(keyword, known, TABLE_LENGTH(known));
}

bool
keyword_is_offer(struct span keyword)
{
	return span_is(keyword, "STARTTLS") || span_is(keyword, "STLS") || span_is(keyword, "REQUIRED");
}

bool
mask_is_stars(struct span text)
{
	size_t stars = 0;

	text = span_trim(text);
	for (size_t i = 0; i < text.len; i++)
		stars += text.at[i] == '*';
	return stars >= STARS_LEAST && stars * 10 >= text.len * 6;
}

static uint8_t
upper(uint8_t byte)
{
	return byte >= 'a' && byte <= 'z' ? (uint8_t)(byte - 'a' + 'A') : byte;
}

static size_t
count_leading_x(struct span word)
{
	size_t count = 0;

	while (count < word.len && upper(word.at[count]) == 'X')
		count++;
	return count;
}

/* X throughout, or X and one letter that numbers the line. */
static enum mask
mask_of_x(struct span word, struct span offer)
{
	size_t xs = count_leading_x(word);
	bool letter_last = xs + 1 == word.len && upper(word.at[xs]) >= 'A' &&
	                   upper(word.at[xs]) <= 'Z';

	if (xs < 2 || word.len < 3 || (xs != word.len && !letter_last))
		return MASK_NONE;
	return word.len == offer.len ? MASK_AS_LONG : MASK_KEYWORD;
}

static size_t
differences(struct span word, struct span offer)
{
	size_t count = 0;

	for (size_t i = 0; i < offer.len; i++)
		count += upper(word.at[i]) != offer.at[i];
	return count;
}

/* Whether taking one letter out of the longer word gives the shorter one. */
static bool
is_one_letter_apart(struct span longer, struct span shorter)
{
	size_t i = 0;

	while (i < shorter.len && upper(longer.at[i]) == upper(shorter.at[i]))
		i++;
	return span_same(span_after(longer, i + 1), span_after(shorter, i));
}

static bool
is_near(struct span word, struct span offer)
{
	size_t wrong;

	if (word.len == offer.len) {
		wrong = differences(word, offer);
		return wrong >= 1 && wrong < offer.len / 2;     /* else it is some other word */
	}
	if (word.len == offer.len + 1)
		return is_one_letter_apart(word, offer);
	return word.len + 1 == offer.len && is_one_letter_apart(offer, word);
}

/* Few words are near; only those need be compared with all that are registered. */
static bool
is_misspelt(struct span word, struct span offer)
{
	return is_near(word, offer) && !keyword_is_known(word);
}

/* The line's length as sent: printable text shows a control byte as four. */
static bool
take_blank(struct span *line)
{
	if (line->len >= 4 && span_starts(*line, "\\x")) {
		*line = span_after(*line, 4);
		return true;
	}
	if (line->len == 0 || memchr(" \t*-.", line->at[0], 5) == NULL)
		return false;
	*line = span_after(*line, 1);
	return true;
}

/* As many of them stand where a word was; a line without a word is blank at any length. */
static bool
is_blank(struct span line, struct span offer)
{
	struct span rest = line;
	size_t units = 0;

	if (span_trim(line).len == 0)
		return true;
	while (take_blank(&rest))
		units++;
	return rest.len == 0 && units == offer.len;
}

enum mask
mask_of(struct span line, struct span offer)
{
	struct span rest = line, word;
	enum mask mask;

	if (is_blank(line, offer))
		return MASK_BLANK;
	if (!span_take_word(&rest, &word))
		return MASK_NONE;
	mask = mask_of_x(word, offer);
	if (mask != MASK_NONE)
		return mask;
	return is_misspelt(word, offer) ? MASK_MISSPELT : MASK_NONE;
}
