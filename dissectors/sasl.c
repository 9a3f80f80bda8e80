/* The exchange of SASL as the mail protocols carry it: what is asked for, what the client answers, how it ends.
 * Decoded secrets live on in one buffer that is wiped before it is freed. */
#include "sasl_mechanism.h"

#include "base/digest.h"

#include <string.h>

enum {
	RESPONSES_MOST = 2,     /* of LOGIN; a line that comes later in the place of one is no response */
};

struct span
sasl_mechanism_name(struct span word)
{
	return sasl_find_mechanism(word) == &sasl_unknown_mechanism ? (struct span){ 0 } : word;
}

/* As registered: in capitals. */
static void
keep_mechanism(struct sasl *sasl, struct span word)
{
	word = span_first(word, SASL_MECHANISM_MOST);
	for (size_t i = 0; i < word.len; i++)
		sasl->word[i] = word.at[i] >= 'a' && word.at[i] <= 'z' ? (uint8_t)(word.at[i] - 32) : word.at[i];
	sasl->facts.mechanism = span_from(sasl->word, word.len);
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

/* One that is open stays without an answer. */
static void
start(struct sasl *sasl, struct dialogue *d, const struct sasl_mechanism *mechanism, enum auth_class kind)
{
	*sasl = (struct sasl){ .mechanism = mechanism };
	sasl->facts.serial = dialogue_login(d);
	sasl->facts.kind = kind;
}

void
sasl_begin(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span line)
{
	const struct sasl_mechanism *found = sasl_find_mechanism(mechanism);

	start(sasl, d, found, found->kind);
	sasl->facts.guessable_hard = found->guessable_hard;
	keep_mechanism(sasl, sasl_mechanism_name(mechanism));
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

/* Both a line of the client's and an answer are missing: the line may have begun another login, and what the server
 * says next may answer that. */
static void
lose_track(struct sasl *sasl)
{
	if (sasl->told_secret && sasl->tainted && sasl->lost_answer)
		*sasl = (struct sasl){ 0 };
}

void
sasl_taint(struct sasl *sasl)
{
	sasl->tainted = true;
	sasl->name = (struct span){ 0 };
	lose_track(sasl);
}

void
sasl_stranger(struct sasl *sasl, struct dialogue *d, struct span mechanism, struct span name, struct span secret)
{
	const struct response response = { .username = name, .secret = secret };

	start(sasl, d, &sasl_unknown_mechanism, AUTH_CLASS_PASSWORD);
	sasl->step = RESPONSES_MOST;
	keep_mechanism(sasl, mechanism);
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, mechanism);
	take_response(sasl, d, &response, span_of("<redacted>"));
}

void
sasl_login(struct sasl *sasl, struct dialogue *d, const char *mechanism, enum auth_class kind, struct span name,
	struct span line)
{
	start(sasl, d, &sasl_unknown_mechanism, kind);
	sasl->step = RESPONSES_MOST;
	sasl->facts.mechanism = span_of(mechanism);
	sasl_login_name(sasl, d, name);
	tell(sasl, d, CLIENT, EVENT_AUTH, 0, line);
}

void
sasl_keep_user(struct sasl_user *user, struct dialogue *d, struct span name)
{
	name = span_first(name, SASL_USER_MOST);
	if (user->room == NULL)
		user->room = arena_alloc(dialogue_arena(d), SASL_USER_MOST);
	user->name = (struct span){ 0 };
	if (user->room == NULL || name.len == 0)
		return;
	memcpy(user->room, name.at, name.len);
	user->name = span_from(user->room, name.len);
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
	start(sasl, d, &sasl_unknown_mechanism, kind);
	sasl->told_secret = true;
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
	if (aborts)
		sasl_abort(sasl, d, shown);
	else
		sasl_response(sasl, d, line, shown);
}

/* How it ends ------------------------------------------------------------------------------------- */

static void
tell_end(struct sasl *sasl, struct dialogue *d, enum auth_outcome outcome, uint32_t code, struct span answer)
{
	if (!sasl_is_open(sasl))
		return;
	sasl->facts.outcome = outcome;
	tell(sasl, d, SERVER, EVENT_AUTH_END, code, answer);
}

/* A client that did not wait has its secret under way, which a refusal does not stop. */
void
sasl_answered(struct sasl *sasl, struct dialogue *d, enum auth_outcome outcome, uint32_t code, struct span answer)
{
	bool refused;

	tell_end(sasl, d, outcome, code, answer);
	refused = sasl->facts.outcome != AUTH_ACCEPTED && sasl->facts.outcome != AUTH_ABORTED;
	if (!refused || sasl->told_secret || !sasl_awaits_response(sasl) || dialogue_pending(d, CLIENT) == 0)
		*sasl = (struct sasl){ 0 };
}

void
sasl_answered_to(struct sasl *sasl, struct dialogue *d, uint32_t serial, enum auth_outcome outcome, uint32_t code,
	struct span answer)
{
	struct sasl earlier = { .mechanism = &sasl_unknown_mechanism, .facts.serial = serial };

	if (serial == sasl->facts.serial)
		sasl_answered(sasl, d, outcome, code, answer);
	else if (serial != 0)
		tell_end(&earlier, d, outcome, code, answer);
}

void
sasl_abort(struct sasl *sasl, struct dialogue *d, struct span line)
{
	dialogue_note(d, CLIENT, NOTE_AUTH_ABORTED, line);
	tell_end(sasl, d, AUTH_ABORTED, 0, line);
}

void
sasl_give_up(struct sasl *sasl, struct dialogue *d)
{
	if (!sasl->lost_answer && !sasl->tainted)
		tell_end(sasl, d, AUTH_ABORTED, 0, (struct span){ 0 });
	*sasl = (struct sasl){ 0 };
}

void
sasl_lose_answer(struct sasl *sasl)
{
	sasl->lost_answer = true;
	lose_track(sasl);
}

void
sasl_went_on(struct sasl *sasl)
{
	sasl->step = RESPONSES_MOST;
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
