/* A second opinion on what a flow carries.
 *
 * Version 4.2 stops looking for mail credentials once STARTTLS is refused and does not dissect TLS behind it:
 * its word is kept beside ours and decides only where our own probes do not. */
#include "engine/opinion.h"

#include "base/clock.h"
#include "base/table.h"

#include <ndpi/ndpi_api.h>

#include <stdlib.h>
#include <string.h>

enum {
	PACKETS_MOST = 12,      /* with payload; the library itself looks at no more */
};

struct opinions {
	struct ndpi_detection_module_struct *module;    /* NULL until the first flow */
	struct budget                       *budget;
	bool                                 broken;
};

struct opinion {
	struct ndpi_flow_struct *flow;          /* NULL once the opinion is final */
	ndpi_protocol            protocol;
	ndpi_risk                risks;
	unsigned                 packets;
};

struct opinions *
opinions_new(struct budget *budget)
{
	struct opinions *opinions = calloc(1, sizeof(*opinions));

	if (opinions != NULL)
		opinions->budget = budget;
	return opinions;
}

void
opinions_free(struct opinions **opinions)
{
	if (*opinions == NULL)
		return;
	if ((*opinions)->module != NULL)
		ndpi_exit_detection_module((*opinions)->module);
	free(*opinions);
	*opinions = NULL;
}

/* What nobody's first bytes could be taken for who speaks a mail protocol, or TLS.  Looking for games and the like in
 * each packet would take a third of the time that an opinion costs. */
static bool
is_far_from_mail(struct ndpi_detection_module_struct *module, uint16_t protocol)
{
	switch (ndpi_get_proto_category(module, (ndpi_protocol){ .app_protocol = protocol })) {
	case NDPI_PROTOCOL_CATEGORY_DOWNLOAD_FT: return protocol != NDPI_PROTOCOL_FTP_CONTROL;
	case NDPI_PROTOCOL_CATEGORY_MEDIA:
	case NDPI_PROTOCOL_CATEGORY_VPN:
	case NDPI_PROTOCOL_CATEGORY_GAME:
	case NDPI_PROTOCOL_CATEGORY_VOIP:
	case NDPI_PROTOCOL_CATEGORY_DATABASE:
	case NDPI_PROTOCOL_CATEGORY_REMOTE_ACCESS:
	case NDPI_PROTOCOL_CATEGORY_NETWORK:
	case NDPI_PROTOCOL_CATEGORY_STREAMING:
	case NDPI_PROTOCOL_CATEGORY_SYSTEM_OS:
	case NDPI_PROTOCOL_CATEGORY_MUSIC:
	case NDPI_PROTOCOL_CATEGORY_VIDEO:
	case NDPI_PROTOCOL_CATEGORY_FILE_SHARING:
	case NDPI_PROTOCOL_CATEGORY_IOT_SCADA: return true;
	default: return false;
	}
}

/* Without the addresses of Tor's relays, which no label of ours needs, and the cipher library that only QUIC needs:
 * each start would pay for them. */
static bool
load(struct opinions *opinions)
{
	NDPI_PROTOCOL_BITMASK wanted;

	if (opinions->module != NULL || opinions->broken)
		return opinions->module != NULL;
	opinions->module = ndpi_init_detection_module(ndpi_dont_load_tor_hosts | ndpi_dont_init_libgcrypt);
	opinions->broken = opinions->module == NULL;
	if (opinions->broken)
		return false;
	NDPI_BITMASK_RESET(wanted);
	for (uint16_t id = 0; id < ndpi_get_num_supported_protocols(opinions->module); id++)
		if (!is_far_from_mail(opinions->module, id))
			NDPI_ADD_PROTOCOL_TO_BITMASK(wanted, id);
	ndpi_set_protocol_detection_bitmask2(opinions->module, &wanted);
	ndpi_finalize_initialization(opinions->module);
	return true;
}

static size_t
flow_size(void)
{
	return ndpi_detection_get_sizeof_ndpi_flow_struct();
}

struct opinion *
opinion_new(struct opinions *opinions)
{
	struct opinion *opinion;

	if (!load(opinions) || !budget_take(opinions->budget, sizeof(*opinion) + flow_size()))
		return NULL;
	opinion = calloc(1, sizeof(*opinion));
	if (opinion != NULL)
		opinion->flow = ndpi_flow_malloc(flow_size());
	if (opinion == NULL || opinion->flow == NULL) {
		free(opinion);
		budget_give(opinions->budget, sizeof(*opinion) + flow_size());
		return NULL;
	}
	memset(opinion->flow, 0, flow_size());
	return opinion;
}

static bool
is_nothing(const ndpi_protocol *protocol)
{
	return protocol->app_protocol == NDPI_PROTOCOL_UNKNOWN &&
	       protocol->master_protocol == NDPI_PROTOCOL_UNKNOWN;
}

static void
forget_flow(struct opinions *opinions, struct opinion *opinion)
{
	if (opinion->flow == NULL)
		return;
	ndpi_free_flow(opinion->flow);
	opinion->flow = NULL;
	budget_give(opinions->budget, flow_size());
}

/* The library learns nothing more of this flow, and its memory of it, a few KiB, goes back. */
static void
conclude(struct opinions *opinions, struct opinion *opinion)
{
	u_int8_t guessed = 0;

	if (opinion->flow == NULL)
		return;
	if (is_nothing(&opinion->protocol))
		opinion->protocol = ndpi_detection_giveup(opinions->module, opinion->flow, 0, &guessed);
	opinion->risks = opinion->flow->risk;
	forget_flow(opinions, opinion);
}

void
opinion_free(struct opinions *opinions, struct opinion **opinion)
{
	if (*opinion == NULL)
		return;
	forget_flow(opinions, *opinion);
	free(*opinion);
	budget_give(opinions->budget, sizeof(**opinion));
	*opinion = NULL;
}

void
opinion_packet(struct opinions *opinions, struct opinion *opinion, struct span packet,
	int64_t time_ns)
{
	if (opinion->flow == NULL || packet.len > UINT16_MAX)
		return;
	opinion->protocol = ndpi_detection_process_packet(opinions->module, opinion->flow, packet.at,
		(unsigned short)packet.len, (uint64_t)(time_ns / NS_PER_MS));
	if (++opinion->packets >= PACKETS_MOST ||
	    (opinion->protocol.app_protocol != NDPI_PROTOCOL_UNKNOWN &&
		    ndpi_extra_dissection_possible(opinions->module, opinion->flow) == 0))
		conclude(opinions, opinion);
}

bool
opinion_means(struct span label, const char *protocol)
{
	static const struct {
		const char *protocol;
		const char *name;
	} names[] = {
		{ "lmtp", "SMTP" },
		{ "xmpp", "Jabber" },
		{ "pop3", "POP" },
		{ "nntp", "Usenet" },
		{ "ldap", "LDAP" },
		{ "ldap", "MQTT" },     /* 0x30 begins a message of either */
		{ "http", "HTTP" },
	};
	bool known = false;

	for (size_t i = 0; i < TABLE_LENGTH(names); i++) {
		if (strcmp(names[i].protocol, protocol) != 0)
			continue;
		known = true;
		if (span_has(label, names[i].name))
			return true;
	}
	return !known && span_has(label, protocol);
}

void
opinion_say(struct opinions *opinions, struct opinion *opinion, struct buffer *label,
	struct buffer *risks)
{
	char name[64];

	conclude(opinions, opinion);
	if (!is_nothing(&opinion->protocol))
		buffer_add_text(label, ndpi_protocol2name(opinions->module, opinion->protocol, name,
			sizeof(name)));
	for (unsigned risk = 0; risk < NDPI_MAX_RISK; risk++)
		if (NDPI_ISSET_BIT(opinion->risks, risk)) {
			buffer_add_text(risks, risks->len > 0 ? ", " : "");
			buffer_add_text(risks, ndpi_risk2str((ndpi_risk_enum)risk));
		}
}
