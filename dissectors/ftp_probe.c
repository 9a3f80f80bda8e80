/* How much first bytes look like FTP.  SMTP greets with 220 as well, POP3 has USER and PASS: the text has to speak
 * of FTP, or a reply or command that nobody else has must come with it. */
#include "ftp_probe.h"

#include "base/table.h"
#include "starts.h"

#include <ctype.h>
#include <string.h>

enum {
	PERHAPS = 20,
	GREETS = 40,            /* as others do */
	NAMED = 95,
};

/* The word stands for itself: in the name of a host it says little. */
static bool
names_ftp(struct span text)
{
	struct span word;

	if (span_has(text, "FileZilla Server"))
		return true;
	while (span_take_word(&text, &word))
		if (span_has(word, "FTP") && memchr(word.at, '.', word.len) == NULL)
			return true;
	return false;
}

/* A greeting, or a reply in the middle of a dialogue that was joined late. */
static unsigned
line_says(struct span line, bool whole)
{
	static const struct start starts[] = {
		{ "227 Entering Passive", 90 }, { "229 Entering Ext", 90 }, { "229 Extended Passive", 90 },
		{ "331 ", 60 }, { "332 ", 60 }, { "215 UNIX", 80 }, { "215 Windows", 80 }, { "257 \"", 80 },
		{ "211-", GREETS }, { "234 ", GREETS }, { "230 ", GREETS }, { "230-", GREETS }, { "530 ", GREETS },
		{ "120 ", GREETS }, { "125 ", GREETS }, { "150 ", GREETS }, { "226 ", GREETS }, { "220", GREETS },
		{ "421 ", GREETS },
	};
	bool greets = span_starts(line, "220 ") || span_starts(line, "220-") || span_starts(line, "120 ") ||
	              span_starts(line, "421 ");

	if (greets && span_has(line, "SMTP"))
		return 0;
	if (greets && whole && names_ftp(line))
		return NAMED;
	if (span_starts(line, "220") && line.len > 3 && line.at[3] != ' ' && line.at[3] != '-')
		return isdigit(line.at[3]) ? 0 : PERHAPS;
	return starts_best(starts, TABLE_LENGTH(starts), line);
}

/* What it says next tells a greeting that says nothing: SMTP has no 331. */
static unsigned
probe_server(struct span first)
{
	struct span rest = first, line = first;
	bool whole = span_take_line(&rest, &line);
	unsigned sure = line_says(line, whole);

	while (sure > 0 && sure < NAMED && span_take_line(&rest, &line))
		if (span_starts(line, "331 ") || line_says(line, true) == NAMED)
			return NAMED;
	return sure;
}

/* An urgent ABOR, and what a client that is a terminal negotiates first, begin with a telnet command (RFC 959,
 * section 4.1.3). */
static unsigned
probe_client(struct span first)
{
	static const struct start starts[] = {
		{ "AUTH TLS\r", 80 }, { "AUTH TLS\n", 80 }, { "AUTH TLS-", 80 }, { "AUTH SSL\r", 80 },
		{ "AUTH SSL\n", 80 }, { "FEAT\r", 80 }, { "FEAT\n", 80 }, { "SYST\r", 80 }, { "SYST\n", 80 },
		{ "PASV\r", 90 }, { "PASV\n", 90 }, { "EPSV", 90 }, { "EPRT |", 95 }, { "LPRT ", 80 },
		{ "TYPE I\r", 80 }, { "TYPE A\r", 80 }, { "TYPE I\n", 80 }, { "TYPE A\n", 80 }, { "PBSZ ", 90 },
		{ "PROT P\r", 90 }, { "PROT C\r", 90 }, { "PWD\r", 80 }, { "PWD\n", 80 }, { "XPWD\r", 80 },
		{ "CWD ", 60 }, { "CDUP\r", 80 }, { "MKD ", 60 }, { "STOR ", 60 }, { "APPE ", 60 },
		{ "MDTM ", 80 }, { "MLSD", 90 }, { "MLST", 80 }, { "NLST", 80 }, { "OPTS UTF8", 90 },
		{ "OPTS MLST", 90 }, { "SIZE ", 60 }, { "REIN\r", 60 }, { "ABOR\r", 60 }, { "CCC\r", 60 },
		{ "USER ", 45 }, { "PASS ", 30 }, { "ACCT ", 30 }, { "PORT ", 30 }, { "RETR ", 30 },
		{ "CLNT ", 45 }, { "HOST ", PERHAPS }, { "REST ", 30 }, { "SITE ", 30 }, { "LIST", PERHAPS },
		{ "STAT", PERHAPS }, { "AUTH ", PERHAPS }, { "QUIT", PERHAPS }, { "NOOP", PERHAPS },
		{ "HELP", PERHAPS }, { "\xFF", PERHAPS },
	};

	return starts_best(starts, TABLE_LENGTH(starts), first);
}

unsigned
ftp_probe(enum side side, struct span first)
{
	return side == SERVER ? probe_server(first) : probe_client(first);
}
