/* How much of a service's traffic is under weak TLS.  Part of history_tls. */
#include "rules/history_tls_private.h"

enum {
	SERVICES_MOST = 8192,
	FLEET_LEAST = 10,
};

struct fleet {
	uint32_t         sessions, weak, old_version, no_secrecy;
	struct links links;
	bool             told;
};

static enum severity
fleet_severity(const struct fleet *fleet)
{
	if (fleet->weak * 2 > fleet->sessions)
		return SEVERITY_HIGH;
	return fleet->weak * 4 > fleet->sessions ? SEVERITY_MEDIUM : SEVERITY_LOW;
}

static void
tell_fleet(const struct tls_view *view, struct fleet *fleet)
{
	if (fleet->told || fleet->sessions < FLEET_LEAST || fleet->weak * 10 <= fleet->sessions)
		return;
	fleet->told = true;
	insight_tell(view->hindsight, &(struct insight){
		.kind = "posture-weak-tls-fleet",
		.severity = fleet_severity(fleet),
		.confidence = CONFIDENCE_PROVEN,
		.place = PLACE_SERVER_HELLO,
	}, &fleet->links, "%u of the first %u sessions under TLS: %u below TLS 1.2, %u without forward secrecy",
		(unsigned)fleet->weak, (unsigned)fleet->sessions, (unsigned)fleet->old_version,
		(unsigned)fleet->no_secrecy);
}

static void
take_fleet(const struct tls_view *view, struct recall *recall)
{
	const struct footprint *foot = view->foot;
	struct recall_key key = tls_service_key(foot, (struct span){ 0 });
	struct fleet *fleet;
	bool old, bare;

	if (!tls_has_chosen(foot) || !(foot->flags & FOOT_ESTABLISHED))
		return;
	fleet = recall_entry(recall, &key);
	if (fleet == NULL)
		return;
	old = foot->tls_version < TLS_1_2;
	bare = foot->cipher_traits != 0 && !(foot->cipher_traits & CIPHER_FORWARD_SECRECY);
	fleet->sessions++;
	fleet->weak += old || bare;
	fleet->old_version += old;
	fleet->no_secrecy += bare;
	tell_fleet(view, fleet);
	if (old || bare)
		links_keep_first(&fleet->links, foot->session_id);
}

const struct tls_part tls_fleet = { sizeof(struct fleet), SERVICES_MOST, take_fleet };
