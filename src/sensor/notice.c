/* A finding as outlets tell it, whoever made it. */
#include "sensor/notice.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

enum {
	QUOTE_MOST = 200,
};

static void
identify(struct parties *parties)
{
	const struct session_place place = {
		.vantage = parties->vantage,
		.vlan = parties->vlan,
		.ends = { parties->client, parties->server },
		.started_ns = parties->started_ns,
	};

	session_identity(&place, parties->identity);
}

/* The interface of this name; one that all frames come by is known without.  A file says what its interfaces were
 * called. */
static struct span
interface_named(const struct outlet_origin *origin, struct span name)
{
	if (origin->interface_count == 0)
		return name;
	if (origin->interface_count == 1)
		return span_of(origin->interfaces[0]);
	for (size_t i = 0; i < origin->interface_count; i++)
		if (span_equal(span_of(origin->interfaces[i]), name))
			return name;
	return (struct span){ 0 };
}

struct parties
parties_of_session(const struct outlet_origin *origin, const struct session *session)
{
	struct span vantage = span_of(origin->vantage);
	struct parties parties = {
		.client = session->client,
		.server = session->server,
		.vlan = session->vlan,
		.protocol = span_of(session->protocol),
		.vantage = vantage.len > 0 ? vantage : session->interface,
		.interface = interface_named(origin, session->interface),
		.started_ns = session->first.time_ns,
	};

	/* its frames came by several: the one by which it began */
	if (parties.interface.len == 0 && session->first.capture < origin->interface_count)
		parties.interface = span_of(origin->interfaces[session->first.capture]);
	identify(&parties);
	return parties;
}

static struct parties
parties_of_footprint(const struct outlet_origin *origin, const struct footprint *footprint)
{
	/* without a name of its own, a place is called after the interface */
	bool is_named = span_of(origin->vantage).len > 0;
	struct parties parties = {
		.client = footprint->client,
		.server = footprint->server,
		.vlan = footprint->vlan,
		.protocol = footprint->protocol,
		.vantage = footprint->vantage,
		.interface = interface_named(origin, is_named ? (struct span){ 0 } : footprint->vantage),
		.started_ns = footprint->started_ns,
	};

	identify(&parties);
	return parties;
}

static const char *
title_of(const struct outlet_origin *origin, const char *kind)
{
	const char *title = origin->title != NULL ? origin->title(origin->user, kind) : "";

	return title != NULL && *title != '\0' ? title : kind;
}

struct notice
notice_of_finding(const struct outlet_origin *origin, const struct session *session, const struct finding *finding,
	enum telling telling)
{
	return (struct notice){
		.parties = parties_of_session(origin, session),
		.at_ns = finding->evidence.seen ? finding->evidence.where.last.time_ns : session->last.time_ns,
		.kind = finding->rule->id,
		.title = title_of(origin, finding->rule->id),
		.telling = telling,
		.severity = finding->severity,
		.confidence = finding->confidence,
		.score = finding->score,
		.count = finding->count,
		.evidence = finding->evidence,
		.reasons = finding->reasons,
		.session = session,
	};
}

struct notice
notice_of_word(const struct outlet_origin *origin, const struct footprint *footprint, const struct hindsight_word *word)
{
	const struct past_finding *finding = word->finding;

	return (struct notice){
		.parties = parties_of_footprint(origin, footprint),
		.at_ns = finding->evidence.seen ? finding->evidence.where.last.time_ns : footprint->ended_ns,
		.kind = finding->kind,
		.title = title_of(origin, finding->kind),
		.telling = word->changed ? TELLING_CHANGED : TELLING_NEW,
		.severity = finding->severity,
		.confidence = finding->confidence,
		.score = finding->score,
		.count = finding->count,
		.evidence = finding->evidence,
		.reasons = finding->reasons,
		.rests_on = word->rests_on,
	};
}

void
endpoint_write(struct buffer *out, const struct endpoint *end)
{
	char address[ADDRESS_TEXT_SIZE];

	address_text(&end->address, address);
	buffer_printf(out, strchr(address, ':') != NULL ? "[%s]:%u" : "%s:%u", address, end->port);
}

static void
write_printable(struct buffer *out, struct span text)
{
	struct span shown = text_first(text, QUOTE_MOST);

	if (text_is_printable(shown))
		buffer_add(out, shown);
	else
		text_quote(out, shown, shown.len);
	if (shown.len < text.len)
		buffer_add_text(out, "...");
}

void
notice_write(struct buffer *out, const struct notice *notice)
{
	char client[ADDRESS_TEXT_SIZE];

	buffer_printf(out, "%s -> ", address_text(&notice->parties.client.address, client));
	endpoint_write(out, &notice->parties.server);
	buffer_add_text(out, " ");
	write_printable(out, notice->parties.protocol);
	buffer_add_text(out, "  ");
	write_printable(out, span_of(notice->title));
	buffer_printf(out, " (%s%s", notice->telling == TELLING_CHANGED ? "now " : "",
		confidence_word(notice->confidence));
	if (notice->count > 1)
		buffer_printf(out, ", %" PRIu32 " times", notice->count);
	buffer_add_text(out, ")");
	if (notice->evidence.seen && notice->evidence.text.len > 0) {
		buffer_add_text(out, ": ");
		write_printable(out, notice->evidence.text);
	} else if (notice->reasons.len > 0) {
		buffer_add_text(out, ": ");
		write_printable(out, notice->reasons);
	}
}

void
notice_filter(struct buffer *out, const struct notice *notice)
{
	uint64_t first = notice->evidence.where.first.frame, last = notice->evidence.where.last.frame;
	const struct parties *parties = &notice->parties;
	char client[ADDRESS_TEXT_SIZE], server[ADDRESS_TEXT_SIZE];
	const char *ip;

	if (notice->evidence.seen && first >= last)
		buffer_printf(out, "frame.number == %" PRIu64 " && ", last);
	else if (notice->evidence.seen)
		buffer_printf(out, "frame.number >= %" PRIu64 " && frame.number <= %" PRIu64 " && ", first, last);
	address_text(&parties->client.address, client);
	address_text(&parties->server.address, server);
	ip = strchr(client, ':') != NULL ? "ipv6" : "ip";
	buffer_printf(out, "%s.addr == %s && %s.addr == %s && tcp.port == %u && tcp.port == %u", ip, client, ip, server,
		parties->client.port, parties->server.port);
}
