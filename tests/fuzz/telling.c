/* Dialogues without a network: telling them, looking at what came of them, and comparing two. */
#include "telling.h"

#include <stdio.h>

/* All is of one frame, so that tellings cut in different ways can be compared. */
static const struct moment at = { .frame = 1 };

bool
telling_begin(struct telling *telling, const struct dissector *dissector, struct x509_cache *certificates,
	uint8_t mode)
{
	static const enum account_mode accounts[] = { ACCOUNTS_FULL, ACCOUNTS_FULL, ACCOUNTS_HMAC,
		ACCOUNTS_NONE };

	*telling = (struct telling){
		.budget = fuzz_budget(mode & 0x0F),
		.common.privacy = {
			.accounts = accounts[mode >> TELLING_ACCOUNTS_SHIFT],
			.key = span_of("a key"),
		},
		.common.certificates = certificates,
	};
	telling->session = session_new(&telling->budget);
	if (telling->session == NULL)
		return false;
	telling->session->protocol = dissector->name;
	telling->session->midstream = (mode & TELLING_MIDSTREAM) != 0;
	telling->dialogue = dialogue_new(dissector, telling->session, &telling->common,
		!(mode & TELLING_MIDSTREAM));
	return telling->dialogue != NULL;
}

void
telling_say(struct telling *telling, enum side side, struct span bytes, size_t piece)
{
	for (; bytes.len > 0; bytes = span_after(bytes, piece)) {
		struct span part = span_first(bytes, piece);
		uint64_t offset = telling->offset[side];

		telling->offset[side] += part.len;
		dialogue_feed(telling->dialogue, side, offset, part, &at);
	}
}

void
telling_lose(struct telling *telling, enum side side, uint64_t length)
{
	uint64_t offset = telling->offset[side];

	telling->offset[side] += length;
	dialogue_gap(telling->dialogue, side, offset, length, &at);
}

void
telling_contradict(struct telling *telling, enum side side)
{
	if (telling->offset[side] > 0)
		dialogue_conflict(telling->dialogue, side, telling->offset[side] - 1, span_of("a"),
			span_of("b"), &at);
}

/* Looking at it -------------------------------------------------------------------------------- */

/* What was taken ahead, and never came, counts as said. */
static void
look_at_quote(const struct telling *telling, const struct quote *quote)
{
	uint64_t said;

	if (!quote->seen)
		return;
	said = telling->offset[quote->side] + dialogue_skipping(telling->dialogue, quote->side);
	fuzz_touch(quote->text);
	fuzz_promise(quote->where.offset <= telling->offset[quote->side] && quote->where.length <= said &&
		quote->where.offset + quote->where.length <= said, "what is quoted stands in what its side said");
	fuzz_promise(quote->where.first.frame == at.frame && quote->where.last.frame == at.frame,
		"what is quoted came with a frame");
}

static void
look_at_lists(const struct telling *telling)
{
	const struct session *session = telling->session;

	for (const struct note *note = session->notes; note != NULL; note = note->next)
		look_at_quote(telling, &note->quote);
	for (const struct finding *f = session->findings; f != NULL; f = f->next) {
		fuzz_promise(f->rule != NULL && f->count > 0, "findings are filled in");
		fuzz_promise(f->score >= 0 && f->score <= 100, "scores have their limits");
		look_at_quote(telling, &f->evidence);
	}
	for (const struct capability *c = session->capabilities.first; c != NULL; c = c->next)
		look_at_quote(telling, &c->quote);
	for (const struct auth *auth = session->auths; auth != NULL; auth = auth->next) {
		look_at_quote(telling, &auth->begin);
		look_at_quote(telling, &auth->secret);
		look_at_quote(telling, &auth->answer);
	}
	for (const struct upgrade *upgrade = session->upgrades; upgrade != NULL; upgrade = upgrade->next) {
		look_at_quote(telling, &upgrade->asked);
		look_at_quote(telling, &upgrade->answer);
		look_at_quote(telling, &upgrade->held);
		look_at_quote(telling, &upgrade->client_plain);
		look_at_quote(telling, &upgrade->server_plain);
		look_at_quote(telling, &upgrade->server_extra);
	}
}

static void
look_at_session(const struct telling *telling)
{
	const struct session *session = telling->session;
	const struct quote *const quotes[] = { &session->greeting, &session->client_name, &session->told_name,
		&session->refused_name, &session->basic_name, &session->first_command, &session->application,
		&session->tls_required, &session->auth_required, &session->tls_or_auth_required, &session->mail,
		&session->recipient, &session->content, &session->content_accepted, &session->quit,
		&session->gap_at, &session->tls->started, &session->tls->client_hello_at,
		&session->tls->server_hello_at, &session->tls->certificates_at, &session->tls->established_at,
		&session->tls->renegotiation, &session->tls->heartbeat_probe, &session->tls->garbage };

	for (size_t i = 0; i < TABLE_LENGTH(quotes); i++)
		look_at_quote(telling, quotes[i]);
	fuzz_touch(buffer_span(&session->transcript));
	look_at_lists(telling);
}

void
telling_close(struct telling *telling, uint8_t mode)
{
	dialogue_end(telling->dialogue, mode & TELLING_BY_RESET ? ENDING_RST : ENDING_FIN, &at);
	rules_judge(telling->session);
	look_at_session(telling);
}

/* Comparing ------------------------------------------------------------------------------------ */

static void
compare_notes(const struct note *a, const struct note *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		fuzz_promise(a->kind == b->kind && a->count == b->count &&
			a->quote.side == b->quote.side && span_equal(a->quote.text, b->quote.text),
			"notes are the same, however the network cut");
	fuzz_promise(a == NULL && b == NULL, "as many notes, however the network cut");
}

static void
compare_findings(const struct finding *a, const struct finding *b)
{
	for (; a != NULL && b != NULL; a = a->next, b = b->next)
		fuzz_promise(a->rule == b->rule && a->severity == b->severity &&
			a->confidence == b->confidence && a->score == b->score &&
			a->count == b->count && span_equal(a->evidence.text, b->evidence.text) &&
			span_equal(a->reasons, b->reasons),
			"findings are the same, however the network cut");
	fuzz_promise(a == NULL && b == NULL, "as many findings, however the network cut");
}

static void
show(const struct session *a, const struct session *b)
{
	fprintf(stderr, "%.*s\n%.*s\n", (int)a->transcript.len, (const char *)a->transcript.at,
		(int)b->transcript.len, (const char *)b->transcript.at);
}

void
telling_compare(const struct telling *one, const struct telling *other)
{
	const struct session *a = one->session, *b = other->session;
	bool same = span_equal(buffer_span(&a->transcript), buffer_span(&b->transcript));

	if (!same)
		show(a, b);
	fuzz_promise(same, "the transcript is the same, however the network cut");
	fuzz_promise(a->order == b->order, "as many events, however the network cut");
	compare_notes(a->notes, b->notes);
	fuzz_promise(a->verdict == b->verdict && a->exposed == b->exposed &&
		a->tls_grade == b->tls_grade, "the verdict is the same, however the network cut");
	compare_findings(a->findings, b->findings);
}

bool
telling_can_compare(const struct telling *telling, uint8_t mode)
{
	return (mode & TELLING_SHORT_OF_MEMORY) == 0 && !telling->session->gap_at.seen;
}

void
telling_end(struct telling *telling)
{
	dialogue_free(&telling->dialogue);
	session_free(&telling->session);
	fuzz_all_given_back(&telling->budget);
}
