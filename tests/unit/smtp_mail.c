/* What is kept of a mail: marks and domains of its addresses, its size, and what the server calls it.  Each dialogue is
 * told in whole turns and byte by byte. */
#include "base/table.h"
#include "shared/stage.h"
#include "smtp_queue_id.h"
#include "smtp_quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct dissector smtp_dissector;

/* Turns with a bar between them; "S:" or "C:" tells whose it is, "G:" that as many bytes of the server are missing. */
static void
tell(struct stage *stage, const char *script, bool bytewise)
{
	while (*script != '\0') {
		size_t len = strcspn(script, "|");
		struct span turn = span_from(script + 2, len - 2);
		enum side side = *script == 'C' ? CLIENT : SERVER;

		if (*script == 'G') {
			stage_lose(stage, SERVER, turn.len);
			turn.len = 0;
		}
		for (size_t step = bytewise ? 1 : turn.len; turn.len > 0; turn = span_after(turn, step))
			stage_say(stage, side, span_first(turn, step));
		script += len + (script[len] == '|');
	}
}

static void
tell_mail(struct stage *stage, const char *script, bool bytewise)
{
	stage_open(stage, &smtp_dissector, "smtp", 4 << 20);
	tell(stage, "S:220 mx.example.org ESMTP\r\n|C:EHLO a.example\r\n|S:250-mx\r\n250 PIPELINING\r\n", bytewise);
	tell(stage, script, bytewise);
	dialogue_end(stage->dialogue, ENDING_FIN, &stage->now);
}

/* What is kept of the first mail, in one line. */
static void
describe(struct buffer *out, const char *script, bool bytewise, bool with_mark)
{
	struct stage stage;
	const struct mail_traits *traits;

	tell_mail(&stage, script, bytewise);
	traits = &stage.session->traits;
	if (with_mark)
		buffer_printf(out, "%08x ", (unsigned)traits->envelope_mark);
	else
		buffer_add_text(out, traits->envelope_mark != 0 ? "mark " : "no mark ");
	buffer_add_text(out, "from ");
	buffer_add(out, traits->sender_domain);
	buffer_add_text(out, " to");
	for (const struct mail_domain *domain = traits->recipient_domains; domain != NULL; domain = domain->next) {
		buffer_add_text(out, " ");
		buffer_add(out, domain->name);
	}
	buffer_printf(out, ", %llu octets, id ", (unsigned long long)traits->content_octets);
	buffer_add(out, traits->queue_id);
	stage_close(&stage);
}

#define MAIL(who) "C:MAIL FROM:<" who ">\r\n|S:250 ok\r\n|"
#define RCPT(who) "C:RCPT TO:<" who ">\r\n|S:250 ok\r\n|"
#define DATA(answer) "C:DATA\r\n|S:354 go\r\n|C:Subject: x\r\n\r\nhello\r\n.\r\n|S:" answer "\r\n|"
#define QUIT "C:QUIT\r\n|S:221 bye\r\n"

static const struct {
	const char *script, *kept;
} mails[] = {
	{ MAIL("alice@Example.NET") RCPT("bob@example.org") DATA("250 2.0.0 Ok: queued as 4XyZ12") QUIT,
		"mark from example.net to example.org, 21 octets, id 4XyZ12" },
	{ MAIL("") RCPT("bob@example.org") DATA("250 OK id=1rAbcD-0000XY-Ab") QUIT,
		"mark from  to example.org, 21 octets, id 1rAbcD-0000XY-Ab" },
	{ MAIL("a@b.example") RCPT("c@d.example") RCPT("e@f.example") RCPT("g@D.example") QUIT,
		"mark from b.example to d.example f.example, 0 octets, id " },
	/* what is refused does not count */
	{ "C:MAIL FROM:<a@b.example>\r\n|S:550 no\r\n|" QUIT, "no mark from  to, 0 octets, id " },
	{ MAIL("a@b.example") "C:RCPT TO:<c@d.example>\r\n|S:550 no\r\n|" RCPT("e@f.example") QUIT,
		"mark from b.example to f.example, 0 octets, id " },
	{ MAIL("a@b.example") RCPT("c@d.example") DATA("550 5.7.1 queued as 4XyZ12") QUIT,
		"mark from b.example to d.example, 21 octets, id " },
	/* replies are paired with pipelined commands in order */
	{ "C:MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\nRCPT TO:<e@f.example>\r\nRSET\r\n|"
	  "S:250 ok\r\n550 no\r\n250 ok\r\n250 ok\r\n|" QUIT, "mark from b.example to f.example, 0 octets, id " },
	/* the first mail and the first message are meant; recipients of all */
	{ MAIL("a@b.example") RCPT("c@d.example") DATA("250 queued as 1A") MAIL("e@f.example") RCPT("g@h.example")
	  DATA("250 queued as 2B") QUIT, "mark from b.example to d.example h.example, 21 octets, id 1A" },
	/* an address that is none leaves no domain */
	{ MAIL("alice") RCPT("bob@exa!mple") QUIT, "mark from  to, 0 octets, id " },
	{ "C:MAIL FROM:alice@example.net\r\n|S:250 ok\r\n|" QUIT, "no mark from  to, 0 octets, id " },
	/* what stood before a gap is not paired with what is answered behind it */
	{ "C:MAIL FROM:<a@b.example>\r\n|G:8bytes..|" RCPT("c@d.example") QUIT,
		"no mark from  to d.example, 0 octets, id " },
	{ MAIL("a@b.example") RCPT("c@d.example") "C:BDAT 5 LAST\r\nhello|"
	  "S:250 2.0.0 k12 Message accepted for delivery\r\n|" QUIT,
		"mark from b.example to d.example, 5 octets, id k12" },
};

static void
mails_leave_traits(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2 * TABLE_LENGTH(mails); i++) {
		struct buffer kept = { 0 };

		describe(&kept, mails[i / 2].script, i % 2 != 0, false);
		if (strcmp(buffer_text(&kept), mails[i / 2].kept) != 0)
			fail_msg("%s\n%s", buffer_text(&kept), mails[i / 2].script);
		buffer_free(&kept);
	}
}

static const struct {
	bool        same;
	const char *one, *other;
} pairs[] = {
	{ true, MAIL("a@b.example") RCPT("c@d.example") QUIT, MAIL("a@B.EXAMPLE") RCPT("c@D.example") QUIT },
	{ true, MAIL("a@b.example") RCPT("c@d.example") RCPT("e@d.example") QUIT,
		MAIL("a@b.example") RCPT("e@d.example") RCPT("c@d.example") QUIT },
	{ true, MAIL("a@b.example") RCPT("@relay.example:c@d.example") QUIT,
		MAIL("a@b.example") RCPT("c@d.example") QUIT },
	{ false, MAIL("a@b.example") RCPT("c@d.example") QUIT, MAIL("a2@b.example") RCPT("c@d.example") QUIT },
	{ false, MAIL("a@b.example") RCPT("c@d.example") QUIT, MAIL("A@b.example") RCPT("c@d.example") QUIT },
	{ false, MAIL("a@b.example") RCPT("c@d.example") QUIT, MAIL("c@d.example") RCPT("a@b.example") QUIT },
	{ false, MAIL("a@b.example") RCPT("c@d.example") QUIT, MAIL("a@b.example") QUIT },
	{ false, MAIL("") RCPT("c@d.example") QUIT, MAIL("c@d.example") RCPT("") QUIT },
};

static void
marks_tell_same_from_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(pairs); i++) {
		struct buffer one = { 0 }, other = { 0 };

		describe(&one, pairs[i].one, false, true);
		describe(&other, pairs[i].other, false, true);
		if ((strncmp(buffer_text(&one), buffer_text(&other), 8) == 0) != pairs[i].same)
			fail_msg("%s\n%s", pairs[i].one, pairs[i].other);
		buffer_free(&one);
		buffer_free(&other);
	}
}

/* Many recipients that wait for their replies at once, of more domains than are kept. */
static void
many_recipients_are_bounded(void **state)
{
	struct stage stage;
	struct buffer asks = { 0 }, answers = { 0 };

	(void)state;
	tell_mail(&stage, MAIL("a@b.example"), false);
	dialogue_free(&stage.dialogue);
	stage.dialogue = dialogue_new(&smtp_dissector, stage.session, &stage.common, false);
	for (int i = 0; i < 500; i++) {
		buffer_printf(&asks, "RCPT TO:<someone@d%d.example>\r\n", i % 100);
		buffer_add_text(&answers, "250 ok\r\n");
	}
	for (int round = 0; round < 3; round++) {
		stage_say(&stage, CLIENT, buffer_span(&asks));
		stage_say(&stage, SERVER, buffer_span(&answers));
	}
	assert_int_equal(stage.session->recipients, 1500);
	assert_int_equal(stage.session->traits.domain_count, 64);
	buffer_free(&asks);
	buffer_free(&answers);
	stage_close(&stage);
}

static const struct {
	const char *reply, *id;
} ids[] = {
	{ "2.0.0 Ok: queued as 4XyZ12", "4XyZ12" },
	{ "2.0.0 Ok: queued as 4XyZ12.", "4XyZ12" },
	{ "OK id=1rAbcD-0000XY-Ab", "1rAbcD-0000XY-Ab" },
	{ "2.0.0 40AB12cd012345 Message accepted for delivery", "40AB12cd012345" },
	{ "2.0.0: 1a2b3c4d Message accepted for delivery", "1a2b3c4d" },
	{ "2.0.0 OK  1700000000 a1-20020a170902b181si123456.12 - gsmtp", "a1-20020a170902b181si123456.12" },
	{ "2.6.0 <someone@example.net> [InternalId=1234567890, Hostname=MX1.example.org] Queued mail for delivery",
		"1234567890" },
	{ "2.6.0 <20240101.x@example.net> Queued mail for delivery", "message-" },
	{ "2.6.0 Queued mail for delivery", "" },
	{ "2.6.0 <> Queued mail for delivery", "" },
	{ "2.6.0 <unended Queued mail for delivery", "" },
	{ "2.0.0 Ok: queued as spam", "" },
	{ "2.0.0 Ok: queued as ", "" },
	{ "2.0.0 Ok: queued as 1234567890123456789012345678901234567890123456789012345678901234567890", "" },
	{ "2.0.0 Ok: queued as 12\\x0034", "" },
	{ "Message accepted for delivery", "" },
	{ "ok", "" },
	{ "", "" },
};

static void
queue_ids_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(ids); i++) {
		struct buffer id = { 0 };
		bool digest = strcmp(ids[i].id, "message-") == 0, found;

		smtp_queue_id(&id, span_of(ids[i].reply));
		found = digest ? id.len == 24 && span_starts(buffer_span(&id), ids[i].id)
		               : strcmp(buffer_text(&id), ids[i].id) == 0;
		if (!found)
			fail_msg("%s: \"%s\"", ids[i].reply, buffer_text(&id));
		buffer_free(&id);
	}
}

static const struct {
	const char *line, *address, *domain;
} addresses[] = {
	{ "MAIL FROM:<alice@example.net>", "alice@example.net", "example.net" },
	{ "rcpt to: <alice@example.net> NOTIFY=NEVER", "alice@example.net", "example.net" },
	{ "RCPT TO:<@a.example,@b.example:alice@example.net>", "alice@example.net", "example.net" },
	{ "RCPT TO:<alice@[192.0.2.1]>", "alice@[192.0.2.1]", "[192.0.2.1]" },
	{ "MAIL FROM:<\"alice@home\"@example.net>", "\"alice@home\"@example.net", "example.net" },
	{ "MAIL FROM:<>", "", "" },
	{ "MAIL FROM:<", "", "" },
	{ "RCPT TO:<alice>", "alice", "" },
	{ "RCPT TO:<alice@exa mple>", "alice@exa mple", "exa" },
	{ "RCPT TO:<alice@e'x>", "alice@e'x", "" },
	{ "RCPT TO:<@a.example:>", "", "" },
};

static void
addresses_are_taken_apart(void **state)
{
	static const char *const none[] = { "MAIL FROM:alice@example.net", "MAIL", "RCPT TO", "EHLO <a@b>", "" };
	struct span address, domain;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(addresses); i++) {
		if (!smtp_quote_address(span_of(addresses[i].line), &address, &domain))
			fail_msg("no address: %s", addresses[i].line);
		if (!span_equal(address, span_of(addresses[i].address)) ||
		    !span_equal(domain, span_of(addresses[i].domain)))
			fail_msg("\"%.*s\", \"%.*s\": %s", (int)address.len, (const char *)address.at, (int)domain.len,
				(const char *)domain.at, addresses[i].line);
	}
	for (size_t i = 0; i < TABLE_LENGTH(none); i++)
		if (smtp_quote_address(span_of(none[i]), &address, &domain))
			fail_msg("an address: %s", none[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mails_leave_traits),
		cmocka_unit_test(marks_tell_same_from_other),
		cmocka_unit_test(many_recipients_are_bounded),
		cmocka_unit_test(queue_ids_are_found),
		cmocka_unit_test(addresses_are_taken_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
