/* Signals of packets: tables of segments, each as a row of text, and the signals that they show.
 *
 * A script is a list of segments with blanks between: a side, what it is, and how it differs from the side's others.
 *   Cs Ss      SYN, SYN-ACK            Ca Sa   an acknowledgement alone
 *   Cd Sd      payload of 20 bytes     Sg Sl So Sh   payload: the greeting, list, answer to the request, ServerHello
 *   Ck         payload: the request    Cr Sr   RST
 * followed by /NAME=VALUE: ttl id ts echo win opt dscp label mac sum ms seq ack len, and /nots /again /odd /after. */
#include "shared/build_session.h"

#include "model/session_private.h"
#include "rules/network.h"

enum {
	SEGMENT_LENGTH = 20,
	SEGMENTS_MOST = 64,
};

struct script {
	struct session *session;
	struct shape    shapes[SEGMENTS_MOST];
	struct capability capability;
	struct upgrade  upgrade;
	size_t          count;
	uint64_t        said[2];
	uint16_t        id[2];
	int64_t         now;
	bool            stamps, v6;
};

/* What a side's segments usually look like, ten milliseconds after what came before. */
static struct shape
usual(struct script *s, enum side side)
{
	s->now += 10000000;
	s->id[side]++;
	return (struct shape){
		.at = { .time_ns = s->now, .frame = s->count + 1 }, .side = side, .flags = TCP_ACK,
		.hop_limit = side == CLIENT ? 64 : 57, .dont_fragment = true, .is_v4 = !s->v6,
		.ip_id = s->v6 ? 0 : (uint16_t)(65530 + s->id[side]), .window = 500, .link_mark = 7, .checksum = YES,
		.options_mark = 1, .has_timestamp = s->stamps, .flow_label = s->v6 ? 99 : 0,
		.ts_value = (uint32_t)(s->now / 1000000) + 4294967200u,
		.ts_echo = (uint32_t)((s->now - 10000000) / 1000000) + 4294967200u,
		.offset = s->said[side], .acked = s->said[side_other(side)],
	};
}

static struct quote
line_of(const struct shape *shape)
{
	return (struct quote){
		.seen = true, .side = shape->side, .text = span_of("line"),
		.where = { .first = shape->at, .last = shape->at, .offset = shape->offset, .length = shape->length },
	};
}

static void
set_field(struct shape *shape, const char *word)
{
	long v = strchr(word, '=') != NULL ? strtol(strchr(word, '=') + 1, NULL, 10) : 0;

	if (strncmp(word, "ttl=", 4) == 0) shape->hop_limit = (uint8_t)v;
	else if (strncmp(word, "id=", 3) == 0) shape->ip_id = (uint16_t)v;
	else if (strncmp(word, "ts=", 3) == 0) shape->ts_value += (uint32_t)v;
	else if (strncmp(word, "echo=", 5) == 0) shape->ts_echo += (uint32_t)v;
	else if (strncmp(word, "win=", 4) == 0) shape->window = (uint16_t)v;
	else if (strncmp(word, "opt=", 4) == 0) shape->options_mark = (uint32_t)v;
	else if (strncmp(word, "dscp=", 5) == 0) shape->traffic_class = (uint8_t)(v << 2);
	else if (strncmp(word, "ecn=", 4) == 0) shape->traffic_class = (uint8_t)v;
	else if (strncmp(word, "label=", 6) == 0) shape->flow_label = (uint32_t)v;
	else if (strncmp(word, "mac=", 4) == 0) shape->link_mark = (uint32_t)v;
	else if (strncmp(word, "seq=", 4) == 0) shape->offset += (uint64_t)v;
	else if (strncmp(word, "ack=", 4) == 0) shape->acked += (uint64_t)v;
	else if (strncmp(word, "len=", 4) == 0) shape->length = (uint32_t)v;
	else if (strcmp(word, "badsum") == 0) shape->checksum = NO;
	else if (strcmp(word, "nots") == 0) shape->has_timestamp = false;
	else if (strcmp(word, "again") == 0) shape->again = true;
	else if (strcmp(word, "odd") == 0) shape->odd = true;
	else if (strcmp(word, "after") == 0) shape->after_reset = true;
	else if (strncmp(word, "ms=", 3) != 0) fail_msg("no such field: %s", word);
}

static void
note_line(struct script *s, char what, const struct shape *shape)
{
	struct quote line = line_of(shape);

	if (what == 'g')
		s->session->greeting = line;
	if (what == 'l') {
		s->capability.quote = line;
		s->session->capabilities.first = s->session->capabilities.last = &s->capability;
	}
	if (what == 'k' || what == 'o') {
		*(what == 'k' ? &s->upgrade.asked : &s->upgrade.answer) = line;
		s->session->upgrades = s->session->last_upgrade = &s->upgrade;
	}
	if (what == 'h')
		session_tls(s->session)->server_hello_at = line;
}

static void
add_segment(struct script *s, char *word)
{
	enum side side = word[0] == 'C' ? CLIENT : SERVER;
	char what = word[1], *field = strtok(word, "/");
	struct shape *shape = &s->shapes[s->count], fresh;
	long ms;

	assert_true(s->count < SEGMENTS_MOST);
	*shape = fresh = usual(s, side);
	if (what == 's')
		shape->flags = side == CLIENT ? TCP_SYN : TCP_SYN | TCP_ACK;
	if (what == 'r')
		shape->flags = TCP_RST | TCP_ACK;
	if (strchr("dgklohr", what) != NULL && what != 'r')
		shape->length = SEGMENT_LENGTH;
	while ((field = strtok(NULL, "/")) != NULL) {
		set_field(shape, field);
		if (sscanf(field, "ms=%ld", &ms) == 1) {
			s->now += (ms - 10) * 1000000;
			shape->at.time_ns = s->now;
			shape->ts_value = (uint32_t)(s->now / 1000000) + 4294967200u;
		}
	}
	if (shape->again)
		shape->offset -= shape->length;
	else if (shape->offset == s->said[side])
		s->said[side] += shape->length;
	shape->sequence = (uint32_t)shape->offset + (what == 's' ? 0 : 1000);
	if (!shape->again)
		note_line(s, what, shape);
	if (s->count > 0)
		s->shapes[s->count - 1].next = shape;
	s->count++;
}

static size_t
judge(struct build *b, struct script *s, const char *flags, const char *text, struct signal *list)
{
	char copy[1024], *word, *rest = NULL;

	build_begin(b);
	*s = (struct script){
		.session = b->session, .now = b->now, .stamps = strstr(flags, "stamps") != NULL,
		.v6 = strstr(flags, "v6") != NULL,
	};
	b->session->gap = strstr(flags, "gap") != NULL;
	if (strstr(flags, "tls") != NULL)
		session_tls(b->session)->established = YES;
	snprintf(copy, sizeof(copy), "%s", text);
	for (word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest))
		add_segment(s, word);
	b->session->shapes = s->shapes;
	if (strstr(flags, "regress") != NULL)
		session_note(b->session, NOTE_TIME_REGRESS, CLIENT, &s->session->greeting.where, (struct span){ 0 });
	if (strstr(flags, "fragments") != NULL)
		session_note(b->session, NOTE_FRAGMENTS, SERVER, &s->session->greeting.where, (struct span){ 0 });
	return network_signals(b->session, list);
}

#define BEGIN "Cs Ss Ca Sg Cd Sa "
#define MAIL  " Cd Sd Cd Sd Cd Sd Ca"

static const struct {
	const char *flags, *script;
	const char *signals;            /* with their points; empty for none */
} cases[] = {
	{ "", BEGIN "Sl" MAIL, "" },
	{ "stamps", BEGIN "Sl" MAIL, "" },

	/* hop limits */
	/* fires: downgrade-inflight-tcp-anomaly */
	{ "", BEGIN "Sl/ttl=128" MAIL, "D-TTL 30" },
	{ "", BEGIN "Sl/ttl=59" MAIL, "D-TTL 15" },
	{ "", "Cs Ss Ca Sg/ttl=128 Cd Sa Sl/ttl=64" MAIL, "D-TTL 30" },
	{ "", BEGIN "Sl Ck/ttl=255 So Cd Sd Cd Sd", "D-TTL 30" },
	/* near-miss: downgrade-inflight-tcp-anomaly hops */
	{ "", BEGIN "Sl/ttl=58" MAIL, "" },
	/* near-miss: downgrade-inflight-tcp-anomaly syn-proxy */
	{ "", "Cs Ss/ttl=255 Ca Sg Cd Sa Sl" MAIL, "" },
	/* near-miss: downgrade-inflight-tcp-anomaly route */
	{ "", "Cs Ss Ca Sg Cd Sa Sl/ttl=128 Cd Sd/ttl=128 Cd Sd/ttl=128 Cd Sd/ttl=128", "" },
	{ "", "Cs Ss Ca Sg Cd Sa Cd Sa Cd Sa Sl/ttl=128", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly ecmp */
	{ "", BEGIN "Sl/ttl=50 Cd Sd Cd Sd/ttl=50 Cd Sd", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly few */
	{ "", "Sg Cd Sl/ttl=128 Cd Sd", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly T17 */
	{ "", BEGIN "Sl Sl/again/ttl=120" MAIL, "" },

	/* identification; the counter wraps on its way */
	{ "", BEGIN "Sl/id=30000" MAIL, "D-IPID 20" },
	{ "", BEGIN "Sl/id=0" MAIL, "" },
	{ "", BEGIN "Sl/id=600" MAIL, "" },
	/* near-miss: downgrade-inflight-tcp-anomaly random-ids */
	{ "", "Cs Ss Ca Sg/id=700 Cd Sa/id=41000 Sl/id=30000 Cd Sd/id=5 Cd Sd/id=61000 Cd Sd/id=17", "" },
	{ "", "Cs Ss/id=0 Ca Sg/id=0 Cd Sa/id=0 Sl/id=30000 Cd Sd/id=0 Cd Sd/id=0 Cd Sd/id=0", "D-IPID 20" },

	/* timestamps, which wrap on their way */
	{ "stamps", BEGIN "Sl/nots" MAIL, "D-TS 30" },
	{ "stamps", BEGIN "Sl/ts=500000" MAIL, "D-TS 30" },
	{ "stamps", BEGIN "Sl/ts=-500000" MAIL, "D-TS 30" },
	{ "stamps", BEGIN "Sl/echo=700000" MAIL, "D-TS 30" },
	/* near-miss: downgrade-inflight-tcp-anomaly overtaken */
	{ "stamps", BEGIN "Sl/ts=-12" MAIL, "" },
	/* near-miss: downgrade-inflight-tcp-anomaly stripped */
	{ "stamps", "Cs Ss Ca Sg/nots Cd Sa/nots Sl/nots Cd Sd/nots Cd Sd/nots Cd Sd/nots", "" },
	{ "stamps",
	  "Cs Ss Ca Sg Cd Sa/echo=70000 Sl/echo=70000 Cd Sd/echo=70000 Cd Sd/echo=70000 Cd Sd/echo=70000", "" },

	/* windows and options */
	{ "", BEGIN "Sl/win=8192" MAIL, "D-WIN 10" },
	{ "", BEGIN "Sl/opt=2" MAIL, "D-WIN 10" },
	{ "", BEGIN "Sl/win=510" MAIL, "" },
	{ "", "Cs Ss Ca Sg/win=8192 Cd Sa Sl" MAIL, "" },
	/* near-miss: downgrade-inflight-tcp-anomaly sack */
	{ "", BEGIN "Cd Cd/again Sl/opt=2" MAIL, "" },

	/* classes, labels, link addresses */
	{ "", BEGIN "Sl/dscp=46" MAIL, "D-FLOW 20" },
	{ "v6", BEGIN "Sl/label=5" MAIL, "D-FLOW 20" },
	{ "", BEGIN "Sl/mac=5" MAIL, "D-FLOW 20" },
	{ "", BEGIN "Sl/ecn=3" MAIL, "" },
	{ "v6", "Cs Ss Ca Sg Cd Sa Sl/label=5 Cd Sd/label=5 Cd Sd/label=5", "" },

	/* checksums */
	{ "", BEGIN "Sl/badsum" MAIL, "D-CSUM 35" },
	/* near-miss: downgrade-inflight-tcp-anomaly T12 */
	{ "", "Cs Ss Ca Sg/badsum Cd Sa/badsum Sl/badsum Cd Sd/badsum Cd Sd/badsum Cd Sd", "" },
	{ "", BEGIN "Sl/badsum/len=2920" MAIL, "" },
	/* near-miss: downgrade-inflight-tcp-anomaly repaired */
	{ "", BEGIN "Sl/badsum Sl/again" MAIL, "" },

	/* the time of an answer: forty milliseconds are usual */
	{ "", "Cs Ss/ms=40 Ca Sg Cd Sl/ms=5 Cd Sd/ms=40 Cd Sd/ms=45 Ck So/ms=44", "D-RTT 50" },
	/* near-miss: downgrade-inflight-tcp-anomaly terminated */
	{ "", "Cs Ss/ms=1 Ca Sg Cd Sl/ms=5 Cd Sd/ms=40 Cd Sd/ms=45", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly slow */
	{ "", "Cs Ss/ms=40 Ca Sg Cd Sl/ms=9 Cd Sd/ms=90 Cd Sd/ms=145", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly pipelined */
	{ "", "Cs Ss/ms=40 Ca Sg Cd Sl/ms=5/ack=-20 Cd Sd/ms=40 Cd Sd/ms=45", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly T11 */
	{ "", "Cs Ss/ms=40 Ca Sg Cd/ms=1 Cd/again/ms=36 Sl/ms=5 Cd Sd/ms=40 Cd Sd/ms=45", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly T18 */
	{ "regress", "Cs Ss/ms=40 Ca Sg Cd Sl/ms=5 Cd Sd/ms=40 Cd Sd/ms=45", "" },

	/* acknowledged to a place where no segment ends */
	{ "", BEGIN "Sl Ca/ack=-6" MAIL, "D-SEQ 20" },
	/* near-miss: downgrade-inflight-tcp-anomaly T2 */
	{ "gap", BEGIN "Sl Ca/ack=-6" MAIL, "" },
	{ "", BEGIN "Sl/len=1460 Ca/ack=-6" MAIL, "" },

	/* resets */
	{ "", BEGIN "Sl Ck Sr So/after", "D-RST 35" },
	{ "", BEGIN "Sl Ck Sr/seq=60/odd So Cd", "D-RST 35" },
	{ "", BEGIN "Sl Ck Sr Sr/seq=1460/odd", "D-RST 35" },
	{ "", BEGIN "Sl Cd Sd Ck Sr/ttl=200", "D-RST 35" },
	/* near-miss: downgrade-inflight-tcp-anomaly crash */
	{ "", BEGIN "Sl Ck Sr", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly reset-behind */
	{ "", BEGIN "Sl Ck Sr Sr/seq=-20/odd Sr/seq=-40/odd", "" },
	/* near-miss: downgrade-inflight-tcp-anomaly overtaken */
	{ "", BEGIN "Sl Ck Sr/seq=20/odd So/after", "" },
	{ "", BEGIN "Sl Ck So Sr/ms=3500/ttl=200", "" },
	{ "tls", BEGIN "Sl Cd Sd Ck Sr/ttl=200", "" },
};

static void
signals_of_packets(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct signal list[NETWORK_SIGNALS_MOST];
		char found[256] = "";
		static struct script script;
		struct build b;
		size_t count = judge(&b, &script, cases[i].flags, cases[i].script, list);

		for (size_t k = 0; k < count; k++)
			snprintf(found + strlen(found), sizeof(found) - strlen(found), "%s%.*s %d", k > 0 ? ", " : "",
				(int)list[k].name.len, (const char *)list[k].name.at, list[k].points);
		if (strcmp(found, cases[i].signals) != 0)
			fail_msg("\"%s\" %s shows \"%s\", not \"%s\"", cases[i].script, cases[i].flags, found,
				cases[i].signals);
		build_end(&b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signals_of_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
