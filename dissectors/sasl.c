/* The exchange of SASL as the mail protocols carry it: what is asked for, what the client answers, how it ends.  Decoded
 * secrets live on in one buffer that is wiped before it is freed. */
#include "sasl_mechanism.h"

#include "base/digest.h"

enum {
	RESPONSES_MOST = 2,     /* of LOGIN; a line that comes later in the place of one is no response */
};

struct span
sasl_mechanism_name(struct span word)
{
	return sasl_find_mechanism(word) == &sasl_unknown_mechanism ? (struct span){ 0 } : word;
}

/* As registered: in capitals. */
static struct span
capitals(struct dialogue *d, struct span word)
{
	uint8_t *name = word.len > 0 ? arena_alloc(dialogue_arena(d), word.len) : NULL;

	if (name == NULL)
		return (struct span){ 0 };
	for (size_t i = 0; i < word.len; i++)
		name[i] = word.at[i] >= 'a' && word.at[i] <= 'z' ? (uint8_t)(word.at[i] - 32)
		                                                  : word.at[i];
	return span_from(name, word.len);
}

static void
tell(struct sasl *sasl, struct dialogue *d, enum side side, enum event_kind kind, uint32_t code,
	struct span text)
{
	dialogue_tell(d, &(struct event){
		.kind = kind,
		.side = side,
		.code = code,
		.text = text,
		.facts.auth = &sasl->facts,
	});
}

void
sasl_begin(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span line)
{
	*sasl = (struct sasl){ .mechanism = sasl_find_mechanism(mechanism) };
	sasl->facts.kind = sasl->mechanism->kind;
	sasl->facts.guessable_hard = sasl->mechanism->guessable_hard;
	sasl->facts.mechanism = capitals(d, sasl_mechanism_name(mechanism));
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, line);
}

/* Empty where it is none. */
static struct span
name_of(struct dialogue *d, const struct response *response)
{
	struct buffer text = { 0 };
	struct span name = { 0 };

	sasl_add_name(&text, response);
	if (sasl_is_name(buffer_span(&text)))
		name = dialogue_account(d, buffer_span(&text));
	buffer_wipe(&text);             /* a response in the wrong place may have been read as one */
	return name;
}

/* A name is told together with the secret that follows it: alone it may be a secret itself. */
static void
take_response(struct sasl *sasl, struct dialogue *d, const struct response *response,
	struct span line)
{
	if (response->username.len > 0 && sasl->name.len == 0 && !sasl->tainted)
		sasl->name = name_of(d, response);
	if (response->secret.len == 0 || sasl->told_secret)
		return;
	sasl->told_secret = true;
	sasl->facts.username = sasl->tainted ? (struct span){ 0 } : sasl->name;
	if (sasl->facts.kind == AUTH_CLASS_PASSWORD || sasl->facts.kind == AUTH_CLASS_TOKEN)
		sasl->facts.fingerprint = dialogue_fingerprint(d, response->secret);
	tell(sasl, d, CLIENT, EVENT_AUTH_SECRET, 0, line);
}

/* What is not base64 is a secret sent as it is, where a secret is due. */
static void
take_undecoded(struct sasl *sasl, struct dialogue *d, struct span base64, struct span line)
{
	const struct response response = { .secret = base64 };

	dialogue_note(d, CLIENT, NOTE_BAD_BASE64, (struct span){ 0 });
	if (sasl->facts.kind == AUTH_CLASS_PASSWORD || sasl->facts.kind == AUTH_CLASS_TOKEN)
		take_response(sasl, d, &response, line);
}

void
sasl_response(struct sasl *sasl, struct dialogue *d, struct span base64, struct span line)
{
	struct response response = { 0 };
	struct buffer decoded = { 0 };

	base64 = span_trim(base64);
	if (sasl->mechanism == NULL)
		return;
	if (!span_is(base64, "=") && !base64_decode(base64, &decoded)) {
		take_undecoded(sasl, d, base64, line);
	} else {
		sasl->mechanism->read(sasl->step, buffer_span(&decoded), &response);
		take_response(sasl, d, &response, line);
	}
	sasl->step++;
	buffer_wipe(&decoded);
}

void
sasl_octets(struct sasl *sasl, struct dialogue *d, struct span octets, struct span line)
{
	struct response response = { 0 };

	if (sasl->mechanism == NULL)
		return;
	sasl->mechanism->read(sasl->step, octets, &response);
	take_response(sasl, d, &response, line);
	sasl->step++;
}

void
sasl_prompted(struct sasl *sasl, bool for_secret)
{
	if (!for_secret)
		sasl->step = 0;
	else if (sasl->step == 0)
		sasl->step = 1;
}

void
sasl_taint(struct sasl *sasl)
{
	sasl->tainted = true;
	sasl->name = (struct span){ 0 };
}

void
sasl_end(struct sasl *sasl, struct dialogue *d, enum auth_outcome outcome, uint32_t code,
	struct span answer)
{
	if (sasl->mechanism == NULL)
		return;
	sasl->facts.outcome = outcome;
	tell(sasl, d, SERVER, EVENT_AUTH_END, code, answer);
}

void
sasl_stranger(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span name, struct span secret)
{
	const struct response response = { .username = name, .secret = secret };

	*sasl = (struct sasl){ .mechanism = &sasl_own_mechanism, .step = 1 };
	sasl->facts.kind = AUTH_CLASS_PASSWORD;
	sasl->facts.mechanism = capitals(d, mechanism);
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, mechanism);
	take_response(sasl, d, &response, span_of("<redacted>"));
}

void
sasl_login(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind, struct span name,
	struct span line)
{
	*sasl = (struct sasl){ .mechanism = &sasl_own_mechanism, .step = RESPONSES_MOST };
	sasl->facts.kind = kind;
	sasl->facts.mechanism = span_of(mechanism);
	sasl_login_name(sasl, d, name);
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, line);
}

void
sasl_login_name(struct sasl *sasl, struct dialogue *d, struct span name)
{
	if (sasl_is_name(name))
		sasl->name = sasl->facts.username = dialogue_account(d, name);
}

void
sasl_login_secret(struct sasl *sasl, struct dialogue *d, struct span secret, struct span line)
{
	const struct response response = { .secret = secret };

	take_response(sasl, d, &response, line);
}

bool
sasl_is_open(const struct sasl *sasl)
{
	return sasl->mechanism != NULL && sasl->facts.outcome == AUTH_OUTCOME_UNKNOWN;
}

bool
sasl_awaits_response(const struct sasl *sasl)
{
	return sasl->mechanism != NULL && sasl->step < RESPONSES_MOST;
}

void
sasl_quote(struct buffer *out, const char *verb, struct span args)
{
	struct span word, name;
	bool named = span_take_word(&args, &word);

	name = sasl_mechanism_name(word);
	buffer_add_text(out, verb);
	if (name.len > 0) {
		buffer_add_text(out, " ");
		buffer_add(out, name);
	} else if (named) {
		buffer_add_text(out, " <redacted>");
	}
	if (span_is(args, "="))
		buffer_add_text(out, " =");
	else if (args.len > 0)
		buffer_add_text(out, " <redacted>");
}

void
sasl_login_unseen(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind,
	struct span answer)
{
	*sasl = (struct sasl){ .mechanism = &sasl_unknown_mechanism, .told_secret = true };
	sasl->facts.kind = kind;
	sasl->facts.mechanism = span_of(mechanism);
	tell(sasl, d, SERVER, EVENT_AUTH, 0, answer);
	tell(sasl, d, SERVER, EVENT_AUTH_SECRET, 0, answer);
}

void
sasl_ask(struct sasl *sasl, struct dialogue *d, const char *verb, struct span args)
{
	struct span mechanism;
	struct buffer text = { 0 };

	sasl_quote(&text, verb, args);
	span_take_word(&args, &mechanism);
	sasl_begin(sasl, d, mechanism, buffer_span(&text));
	if (args.len > 0)
		sasl_response(sasl, d, args, buffer_span(&text));
	buffer_free(&text);
}

void
sasl_answer(struct sasl *sasl, struct dialogue *d, struct span line)
{
	bool aborts = span_is(line, "*");
	struct span shown = span_of(aborts ? "*" : "<redacted>");

	dialogue_event(d, CLIENT, EVENT_COMMAND, 0, shown);
	if (aborts) {
		dialogue_note(d, CLIENT, NOTE_AUTH_ABORTED, shown);
		sasl_end(sasl, d, AUTH_ABORTED, 0, shown);
	} else {
		sasl_response(sasl, d, line, shown);
	}
}

void
sasl_give_up(struct sasl *sasl, struct dialogue *d)
{
	if (sasl_is_open(sasl))
		sasl_end(sasl, d, AUTH_ABORTED, 0, (struct span){ 0 });
	*sasl = (struct sasl){ 0 };
}
