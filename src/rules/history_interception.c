/* Another answer to the same hello, with another issuer: a box that ends TLS on its way answers for itself.  Part of
 * history_tls.
 *
 * What a server answers depends on the hello, so answers are held against those to hellos of the same fingerprint. */
#include "rules/history_tls_private.h"

enum {
	ANSWERS_MOST = 16384,
	USUAL_LEAST = 10,
	ISSUER_MOST = 120,
};

struct answer {
	struct recall_key look;         /* of JA3S */
	char              issuer[ISSUER_MOST];
	uint32_t          count;
	int64_t           first_ns, last_ns, last_session;
};

/* The service as one kind of client sees it, and what lately stood in its place. */
struct answers {
	struct answer usual, other;
};

static struct answer
answer_of(const struct footprint *foot)
{
	struct answer answer = {
		.look = recall_key_of(&foot->ja3s, 1),
		.count = 1,
		.first_ns = foot->started_ns,
		.last_ns = foot->started_ns,
		.last_session = foot->session_id,
	};
	struct span issuer = span_first(foot->leaf.issuer, ISSUER_MOST - 1);

	if (issuer.len > 0)
		memcpy(answer.issuer, issuer.at, issuer.len);
	return answer;
}

static bool
same_issuer(const struct answer *a, const struct answer *b)
{
	return strcmp(a->issuer, b->issuer) == 0;
}

static bool
same_answer(const struct answer *a, const struct answer *b)
{
	return recall_key_same(&a->look, &b->look) && same_issuer(a, b);
}

static void
see_again(struct answer *known, const struct answer *answer)
{
	known->count++;
	known->last_ns = answer->last_ns;
	known->last_session = answer->last_session;
}

/* Both at once: a new certificate alone is a renewal, another fingerprint alone an update. */
static void
tell_interception(const struct tls_view *view, const struct answers *answers, const struct answer *answer)
{
	const struct answer *usual = &answers->usual, *other = &answers->other;
	bool beside = other->count > 0 && same_answer(other, answer) && usual->last_ns > other->first_ns;
	bool in_order = policy_expects_issuer(view->policy, view->foot->leaf.issuer);
	struct links links = { 0 };

	if (usual->count < USUAL_LEAST || view->foot->started_ns - usual->last_ns > tls_window(view) ||
	    same_issuer(usual, answer) || recall_key_same(&usual->look, &answer->look))
		return;
	links_keep_first(&links, usual->last_session);
	insight_tell(view->hindsight, &(struct insight){
		.kind = "tls-interception-suspected",
		.severity = in_order ? SEVERITY_INFO : SEVERITY_MEDIUM,
		.confidence = beside ? CONFIDENCE_LIKELY : CONFIDENCE_POSSIBLE,
		.place = PLACE_CERTIFICATE,
	}, &links, "the same hello was answered in %u earlier sessions with another fingerprint and a certificate by "
		"\"%s\", here by \"%s\"%s%s", (unsigned)usual->count, usual->issuer, answer->issuer,
		beside ? "; the usual answer is still given to others"
		       : "; the server may have been set up anew",
		in_order ? "; the policy lists this issuer" : "");
}

/* What stayed away while something else stood in its place for long, or is rare beside it, is not usual. */
static bool
is_outdone(const struct answers *answers)
{
	return answers->other.count >= USUAL_LEAST && (answers->usual.last_ns < answers->other.first_ns ||
	                                                      answers->other.count / 2 > answers->usual.count);
}

static void
remember_answer(struct answers *answers, const struct answer *answer)
{
	if (answers->usual.count == 0)
		answers->usual = *answer;
	else if (same_answer(&answers->usual, answer))
		see_again(&answers->usual, answer);
	else if (answers->other.count > 0 && same_answer(&answers->other, answer))
		see_again(&answers->other, answer);
	else
		answers->other = *answer;
	if (is_outdone(answers))
		*answers = (struct answers){ .usual = answers->other, .other = answers->usual };
}

static void
take_answer(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	const struct span texts[] = { foot->sni, foot->ja3 };
	struct recall_key narrower = recall_key_of(texts, 2), key;
	struct answers *answers;
	struct answer answer;

	if (!foot->leaf.seen || foot->ja3.len == 0 || foot->ja3s.len == 0)
		return;
	key = tls_service_key(foot, span_from(narrower.octets, sizeof(narrower.octets)));
	answers = recall_entry(recall, &key);
	if (answers == NULL)
		return;
	answer = answer_of(foot);
	tell_interception(view, answers, &answer);
	remember_answer(answers, &answer);
}

const struct tls_part tls_answers = { sizeof(struct answers), ANSWERS_MOST, take_answer };
