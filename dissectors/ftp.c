/* FTP (RFC 959) with the security extensions (RFC 2228), TLS (RFC 4217), FEAT (RFC 2389), EPRT and EPSV (RFC 2428),
 * HOST (RFC 7151): the control connection.
 *
 * The client's lines are commands; the server's are replies of one line or of several, which answer the commands
 * in the order in which these were sent, some of them more than once.  Deliberately left out: what the connections
 * for data carry. */
#include "ftp_probe.h"
#include "ftp_quote.h"
#include "ftp_state.h"
#include "stranger.h"

#include "base/table.h"

#include <string.h>

enum ftp_verb_flag {
	APPLICATION = 1,                /* not just greeting, features, NOOP, QUIT and the ask */
	LOGIN = 2,                      /* its reply tells how a login goes on */
	WAITS = 4,                      /* for its reply */
	TRANSFERS = 8,                  /* over a connection for data */
};

/* Rows of verbs[] that others point at; the first ones have no verb of their own. */
enum {
	FTP_VERB_NONE,
	FTP_VERB_OTHER,                 /* nothing hangs on its reply */
	FTP_VERB_ASK,                   /* AUTH for TLS */
	FTP_VERB_DATA_CLEAR,            /* PROT C */
	FTP_VERB_DATA_PRIVATE,          /* PROT P */
	FTP_VERB_FEAT,
	FTP_VERB_AUTH,
	FTP_VERB_PROT,
};

enum code {
	TRANSFER_DONE = 226,
	PASSIVE = 227,
	LOGIN_DONE = 230,
	LOGIN_DONE_SECURED = 232,       /* RFC 2228, section 5 */
	LOGIN_FIRST = 530,
	POLICY_REFUSED = 534,
	FILE_REFUSED = 550,
	TLS_AGREED = 234,
	TLS_AGREED_OLD = 334,           /* of the drafts of RFC 4217; clients take it */
};

struct verb {
	const char    *word;
	unsigned       flags;
	enum ftp_quote quote;
	enum step (*seen)(struct dialogue *d, struct span args);
	enum step (*answered)(struct dialogue *d, const struct ftp_reply *reply);
};

static enum step port_seen(struct dialogue *d, struct span args);
static enum step quit_seen(struct dialogue *d, struct span args);
static enum step ask_answered(struct dialogue *d, const struct ftp_reply *reply);
static enum step data_clear_answered(struct dialogue *d, const struct ftp_reply *reply);
static enum step data_private_answered(struct dialogue *d, const struct ftp_reply *reply);
static enum step pasv_answered(struct dialogue *d, const struct ftp_reply *reply);

static const struct verb verbs[] = {
	[FTP_VERB_NONE] = { "", 0, QUOTE_HIDDEN, NULL, NULL },
	[FTP_VERB_OTHER] = { "", 0, QUOTE_HIDDEN, NULL, NULL },
	[FTP_VERB_ASK] = { "", 0, QUOTE_HIDDEN, NULL, ask_answered },
	[FTP_VERB_DATA_CLEAR] = { "", 0, QUOTE_HIDDEN, NULL, data_clear_answered },
	[FTP_VERB_DATA_PRIVATE] = { "", 0, QUOTE_HIDDEN, NULL, data_private_answered },
	[FTP_VERB_FEAT] = { "FEAT", 0, QUOTE_HIDDEN, NULL, NULL },
	[FTP_VERB_AUTH] = { "AUTH", LOGIN | WAITS, QUOTE_MECHANISM, ftp_auth_seen, ftp_auth_answered },
	[FTP_VERB_PROT] = { "PROT", 0, QUOTE_WORDS, NULL, NULL },
	{ "USER", APPLICATION | LOGIN | WAITS, QUOTE_ACCOUNT, ftp_user_seen, ftp_user_answered },
	{ "PASS", APPLICATION | LOGIN | WAITS, QUOTE_SECRET, ftp_pass_seen, ftp_pass_answered },
	{ "ACCT", APPLICATION | LOGIN | WAITS, QUOTE_SECRET, ftp_acct_seen, ftp_pass_answered },
	{ "ADAT", APPLICATION | LOGIN | WAITS, QUOTE_SECRET, ftp_adat_seen, ftp_auth_answered },
	{ "REIN", WAITS, QUOTE_HIDDEN, NULL, ftp_rein_answered },
	{ "PBSZ", 0, QUOTE_WORDS, NULL, NULL },
	{ "CCC", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "MIC", APPLICATION, QUOTE_SECRET, NULL, NULL },
	{ "CONF", APPLICATION, QUOTE_SECRET, NULL, NULL },
	{ "ENC", APPLICATION, QUOTE_SECRET, NULL, NULL },
	{ "PORT", APPLICATION, QUOTE_PLACE, port_seen, NULL },
	{ "EPRT", APPLICATION, QUOTE_PLACE, port_seen, NULL },
	{ "LPRT", APPLICATION, QUOTE_PLACE, NULL, NULL },
	{ "PASV", APPLICATION, QUOTE_HIDDEN, NULL, pasv_answered },
	{ "EPSV", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "LPSV", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "RETR", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "STOR", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "STOU", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "APPE", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "LIST", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "NLST", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "MLSD", APPLICATION | TRANSFERS, QUOTE_HIDDEN, NULL, NULL },
	{ "MLST", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "CWD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "CDUP", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "PWD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "MKD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "RMD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "XCWD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "XCUP", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "XPWD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "XMKD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "XRMD", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "SMNT", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "DELE", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "RNFR", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "RNTO", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "SIZE", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "MDTM", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "MFMT", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "MFF", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "MFCT", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "HASH", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "COMB", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "AVBL", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "SITE", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "REST", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "RANG", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "ALLO", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "TYPE", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "MODE", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "STRU", APPLICATION, QUOTE_WORDS, NULL, NULL },
	{ "STAT", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "ABOR", APPLICATION, QUOTE_HIDDEN, NULL, NULL },
	{ "SYST", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "HOST", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "CLNT", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "CSID", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "LANG", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "OPTS", 0, QUOTE_WORDS, NULL, NULL },
	{ "SSCN", 0, QUOTE_WORDS, NULL, NULL },
	{ "HELP", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "NOOP", 0, QUOTE_HIDDEN, NULL, NULL },
	{ "QUIT", 0, QUOTE_HIDDEN, quit_seen, NULL },
};

static size_t
find_verb(struct span word)
{
	for (size_t i = FTP_VERB_FEAT; i < TABLE_LENGTH(verbs); i++)
		if (span_is(word, verbs[i].word))
			return i;
	return FTP_VERB_NONE;
}

/* The client's side ------------------------------------------------------------------------------- */

bool
ftp_awaits_features(const struct ftp *s)
{
	return asked_first(&s->asked) == FTP_VERB_FEAT;
}

static enum step
port_seen(struct dialogue *d, struct span args)
{
	ftp_note_place(d, CLIENT, args);
	return STEP_TAKEN;
}

static enum step
quit_seen(struct dialogue *d, struct span args)
{
	(void)args;
	dialogue_event(d, CLIENT, EVENT_QUIT, 0, span_of("QUIT"));
	return STEP_TAKEN;
}

/* A line of which something is not shown may hold a secret, in the wrong place or in the right one. */
static void
tell_command(struct dialogue *d, const struct verb *verb, struct span line, struct span args)
{
	struct ftp *s = dialogue_state(d);
	struct buffer text = { 0 };

	ftp_quote_command(&text, verb->word, verb->quote, args);
	s->guarded |= !span_same(buffer_span(&text), line);
	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, buffer_span(&text));
	if (verb->flags & APPLICATION)
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, buffer_span(&text));
	buffer_free(&text);
}

static enum step
unknown_line(struct dialogue *d, struct span line)
{
	struct ftp *s = dialogue_state(d);

	s->guarded = true;
	if (s->unsure[CLIENT]) {
		s->unsure[CLIENT] = false;
		dialogue_event(d, CLIENT, EVENT_TEXT, 0, span_of("<rest of a line>"));
		return STEP_TAKEN;
	}
	lines_keep_early(d, &s->early, !s->greeted && !s->unsure[SERVER], stranger_tell(d, line).quote);
	asked_add(&s->asked, d, FTP_VERB_OTHER);
	return STEP_TAKEN;
}

/* What waits for the reply: some commands mean something else with another argument. */
static size_t
row_asked(size_t row, struct span args)
{
	struct span word;

	span_take_word(&args, &word);
	if (row == FTP_VERB_AUTH && ftp_is_tls(word))
		return FTP_VERB_ASK;
	if (row == FTP_VERB_PROT && span_is(word, "C"))
		return FTP_VERB_DATA_CLEAR;
	return row == FTP_VERB_PROT && span_is(word, "P") ? FTP_VERB_DATA_PRIVATE : row;
}

/* RFC 4217, section 4: nothing stands behind the name of the mechanism, and the client waits for the reply. */
static enum step
ask(struct dialogue *d, struct span args)
{
	struct span word;

	span_take_word(&args, &word);
	dialogue_event(d, CLIENT, EVENT_TLS_ASKED, args.len > 0 ? ASK_WITH_ARGUMENT : 0, span_of("AUTH TLS"));
	return STEP_HOLD;
}

/* The client goes on although the list it asked for has not ended: the reply was damaged on its way. */
static void
note_unfinished(struct dialogue *d, struct ftp *s)
{
	if (s->open == 0 || s->cut || s->asked.count > 1 || s->greeting)
		return;
	if (s->features)
		dialogue_note(d, SERVER, NOTE_REPLY_UNFINISHED, (struct span){ 0 });
	s->cut = true;
}

static enum step
command_line(struct dialogue *d, struct span line)
{
	struct ftp *s = dialogue_state(d);
	struct span args = line, word;
	const struct verb *verb;
	size_t row;

	span_take_word(&args, &word);
	note_unfinished(d, s);
	row = find_verb(word);
	if (row == FTP_VERB_NONE)
		return unknown_line(d, line);
	verb = &verbs[row];
	lines_keep_early(d, &s->early, !s->greeted && !s->unsure[SERVER] && !s->unsure[CLIENT], span_of(verb->word));
	s->unsure[CLIENT] = false;
	tell_command(d, verb, line, args);
	row = row_asked(row, args);
	if (row == FTP_VERB_AUTH)       /* a login, where it does not ask for TLS */
		dialogue_event(d, CLIENT, EVENT_APPLICATION, 0, span_of("AUTH"));
	asked_add(&s->asked, d, row);
	if (row == FTP_VERB_ASK)
		return ask(d, args);
	if (verb->seen != NULL)
		return verb->seen(d, args);
	return verb->flags & WAITS ? STEP_HOLD : STEP_TAKEN;
}

static enum step
client_line(struct dialogue *d, struct span line)
{
	struct buffer plain = { 0 };
	enum step step;

	ftp_strip_telnet(&plain, line);
	step = command_line(d, buffer_span(&plain));
	if (plain.at != NULL)
		explicit_bzero(plain.at, plain.room);
	buffer_free(&plain);
	return step;
}

/* The server's side ------------------------------------------------------------------------------- */

/* RFC 4217, section 4: 234 means go; the next bytes of both sides are TLS. */
static enum step
ask_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	const struct ftp *s = dialogue_state(d);

	if (reply->code == TLS_AGREED || reply->code == TLS_AGREED_OLD) {
		dialogue_event(d, SERVER, EVENT_TLS_AGREED, reply->code, reply->line);
		return STEP_UPGRADE;
	}
	dialogue_event(d, SERVER, EVENT_TLS_REFUSED, reply->code, reply->line);
	lines_release(&s->lines, d, "behind AUTH", true);
	return STEP_TAKEN;
}

static enum step
data_clear_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	if (reply->code / 100 == 2)
		dialogue_note(d, CLIENT, NOTE_DATA_UNPROTECTED, span_of("PROT C"));
	return STEP_TAKEN;
}

/* 503 says that it came too early, which changes nothing (RFC 2228, section 3); the others that there is no such
 * level. */
static enum step
data_private_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	if (reply->code == 504 || reply->code == 534 || reply->code == 536)
		dialogue_note(d, SERVER, NOTE_DATA_UNPROTECTED, reply->line);
	return STEP_TAKEN;
}

static enum step
pasv_answered(struct dialogue *d, const struct ftp_reply *reply)
{
	struct span place = span_after(reply->text, span_find(reply->text, "(") + 1);

	if (reply->code == PASSIVE)
		ftp_note_place(d, SERVER, span_first(place, span_find(place, ")")));
	return STEP_TAKEN;
}

/* Some codes answer one kind of command only: commands before it whose replies did not come are given up. */
static void
seek(struct ftp *s, uint32_t code)
{
	static const struct {
		uint32_t code;
		enum step (*answered)(struct dialogue *d, const struct ftp_reply *reply);
	} known[] = {
		{ 331, ftp_user_answered },
		{ TLS_AGREED, ask_answered },
		{ PASSIVE, pasv_answered },
	};

	for (size_t i = 0; i < TABLE_LENGTH(known); i++)
		for (size_t k = 0; known[i].code == code && k < s->asked.count; k++)
			if (verbs[asked_nth(&s->asked, k)].answered == known[i].answered) {
				while (k-- > 0)
					asked_take(&s->asked);
				return;
			}
}

/* What a login or a wish for TLS is told, those tell themselves; what answers nothing that was captured may be that.
 * 550 is for files, which may be called anything, once there are any. */
static void
tell_refusal(struct dialogue *d, const struct verb *verb, const struct ftp_reply *reply, bool expected)
{
	const struct ftp *s = dialogue_state(d);
	bool names_file = reply->code == FILE_REFUSED && (s->logged_in || !dialogue_from_start(d));

	if ((verb->flags & LOGIN) || verb->answered == ask_answered || verb->answered == data_private_answered)
		return;
	if (!expected && reply->code == POLICY_REFUSED)
		return;
	if (!names_file && ftp_demands_tls(reply))
		dialogue_event(d, SERVER, EVENT_TLS_REQUIRED, reply->code, reply->line);
	else if (reply->code == LOGIN_FIRST && expected)
		dialogue_event(d, SERVER, EVENT_AUTH_REQUIRED, reply->code, reply->line);
}

/* A connection for data that was announced here, outside TLS, is outside TLS as well (RFC 4217, section 9). */
static void
tell_transfer(struct dialogue *d, const struct verb *verb, const struct ftp_reply *reply)
{
	if ((verb->flags & TRANSFERS) && (reply->code / 100 == 1 || reply->code == TRANSFER_DONE))
		dialogue_event(d, SERVER, EVENT_APPLICATION, APPLICATION_TRANSFER, reply->line);
}

enum step
ftp_reply_ended(struct dialogue *d, const struct ftp_reply *reply)
{
	struct ftp *s = dialogue_state(d);
	bool expected = s->asked.count > 0;
	const struct verb *verb;

	tell_transfer(d, &verbs[asked_first(&s->asked)], reply);
	if (reply->code / 100 == 1)
		return STEP_TAKEN;      /* another one follows (RFC 959, section 4.2.1) */
	seek(s, reply->code);
	verb = &verbs[asked_take(&s->asked)];
	if (!expected && reply->code < 400 && !s->unsure[SERVER] && !s->unsure[CLIENT] && dialogue_from_start(d))
		dialogue_note(d, SERVER, NOTE_REPLY_UNEXPECTED, reply->line);
	if (expected)
		s->unsure[SERVER] = false;
	s->logged_in |= reply->code == LOGIN_DONE || reply->code == LOGIN_DONE_SECURED;
	if (reply->code >= 400)
		tell_refusal(d, verb, reply, expected);
	return verb->answered != NULL ? verb->answered(d, reply) : STEP_TAKEN;
}

/* The dissector ----------------------------------------------------------------------------------- */

static enum step
ftp_step(struct dialogue *d, enum side side, struct span in, uint64_t *used_r)
{
	struct ftp *s = dialogue_state(d);
	struct span line;
	enum step step;
	bool is_line;

	step = lines_begin(in);
	if (step != STEP_TAKEN)
		return step;
	step = lines_take(&s->lines, d, side, in, &line, &is_line, used_r);
	if (!is_line)
		return step;
	return side == CLIENT ? client_line(d, line) : ftp_server_line(d, line);
}

/* Replies can no longer be paired with what was asked before the hole. */
static void
ftp_gap(struct dialogue *d, enum side side, uint64_t lost)
{
	struct ftp *s = dialogue_state(d);

	if (side == SERVER)
		sasl_lose_answer(&s->sasl);
	if (side == SERVER && lost == 0)
		return;                 /* what the server says later still answers what was asked first */
	s->unsure[side] = s->logged_in = true;
	s->lines.skipping[side] = false;
	if (side == CLIENT) {
		s->guarded = true;
		sasl_taint(&s->sasl);
		s->user.name = (struct span){ 0 };
		s->name_lost = true;
		return;
	}
	s->open = 0;
	s->greeting = s->features = s->cut = false;
	asked_clear(&s->asked);
}

/* A last line that its sender did not end still says what it says. */
static void
ftp_end(struct dialogue *d, enum side side, struct span rest, enum ending ending)
{
	const struct ftp *s = dialogue_state(d);

	(void)ending;
	if (!lines_end(&s->lines, side, rest))
		return;
	if (side == SERVER)
		ftp_server_line(d, rest);
	else
		client_line(d, rest);
}

const struct dissector ftp_dissector = {
	.name = "ftp",
	.state_size = sizeof(struct ftp),
	.has_companions = true,
	.probe = ftp_probe,
	.step = ftp_step,
	.gap = ftp_gap,
	.end = ftp_end,
};
