/* What services offered before, and to whom: baselines, changes, paths, and the signals that rest on them. */
#include "shared/footprints.h"

#include "rules/chance.h"
#include "rules/history_baseline.h"

/* Ten networks in ten hours, sixty in five days, and so many that next to nothing is left to chance. */
#define TEN    "times 10 every 1h client 10.0.*.1 offers;"
#define SIXTY  "times 60 every 2h client 10.0.*.1 offers;"
#define MANY   "times 240 every 50m client 10.*.0.1 offers;"
#define VICTIM "client 10.200.1.1 lacks application"

static const struct story_case missing_cases[] = {
	/* fires: downgrade-offer-missing-vs-history */
	STORY_SIGNAL("D-HIST", 15, TEN "after 1h " VICTIM),
	STORY_SIGNAL("S9", 35, TEN "after 1h " VICTIM),
	STORY("downgrade-offer-missing-vs-history", HIGH, POSSIBLE, TEN "after 1h " VICTIM),
	STORY_SIGNAL("D-HIST", 35, SIXTY "after 1h " VICTIM),
	STORY("downgrade-offer-missing-vs-history", HIGH, LIKELY, SIXTY "after 1h " VICTIM),
	STORY_SIGNAL("D-HIST", 50, MANY "after 10m " VICTIM),
	STORY("downgrade-offer-missing-vs-history", HIGH, LIKELY, MANY "after 10m " VICTIM),
	/* nobody else had the offer within the hour */
	STORY_SIGNAL("D-HIST", 35, MANY "after 2h " VICTIM),
	/* three of one day on the same backend are enough for a list that lacks nothing else */
	STORY_SIGNAL("S9", 35, "times 3 every 10m client 10.0.*.1 offers; " VICTIM),
	STORY("downgrade-offer-missing-vs-history", HIGH, POSSIBLE,
		"times 3 every 10m client 10.0.*.1 offers; " VICTIM),
	/* near-miss: downgrade-offer-missing-vs-history few two of a day, nine in all */
	STORY_SILENT("downgrade-offer-missing-vs-history", "times 2 every 10m client 10.0.*.1 offers; " VICTIM),
	STORY_SILENT("downgrade-offer-missing-vs-history", "times 9 every 12h client 10.0.*.1 offers; " VICTIM),
	/* too old to count */
	STORY_SILENT("downgrade-offer-missing-vs-history", TEN "after 31d " VICTIM),
	/* one busy client is one observation an hour, and does not speak for its own last hour */
	STORY_SILENT("downgrade-offer-missing-vs-history",
		"times 200 every 10s client 10.0.0.1 offers; after 5m " VICTIM),
	STORY_SILENT("D-HIST", "times 9 every 1h client 10.0.*.1 offers; client 10.200.1.1 offers; " VICTIM),
	STORY_SIGNAL("D-HIST", 15,
		"times 9 every 1h client 10.0.*.1 offers; client 10.200.1.1 offers; after 2h " VICTIM),
	/* a path that lacks it for hours does not teach that this is normal; what others lack does */
	STORY_SIGNAL("D-HIST", 35,
		SIXTY "after 1h " VICTIM "; after 1h client 10.0.1.1 offers; after 1h " VICTIM
		      "; after 1h client 10.0.2.1 offers; after 1h " VICTIM),
	STORY_SILENT("D-HIST",
		SIXTY "after 1h client 10.201.1.1 lacks; after 1h client 10.0.1.1 offers;"
		      "after 1h client 10.202.1.1 lacks; after 1h client 10.0.2.1 offers; after 1h " VICTIM),
	/* near-miss: downgrade-offer-missing-vs-history T2 no complete list */
	STORY_SILENT("downgrade-offer-missing-vs-history", SIXTY "after 1h " VICTIM " no listed"),
	/* near-miss: downgrade-offer-missing-vs-history T13 one of two equal backends never offers TLS */
	STORY_SILENT("downgrade-offer-missing-vs-history",
		"times 5 every 1h client 10.1.*.1 lacks; after 1h times 15 every 1h client 10.2.*.1 offers;"
		"after 1h client 10.3.0.1 lacks; after 1h client 10.1.9.1 offers; after 1h " VICTIM),
	/* near-miss: downgrade-offer-missing-vs-history T13 the backend without the offer is known as another one */
	STORY_SILENT("downgrade-offer-missing-vs-history",
		"times 12 every 1h client 10.0.*.1 product Exim list SIZE,HELP; at 0s; after 13h times 60 every 2h"
		" client 10.1.*.1 offers; after 1h client 10.5.1.1 product Exim list SIZE,HELP"),
	/* near-miss: downgrade-offer-missing-vs-history T15 scanners teach nothing */
	STORY_SILENT("downgrade-offer-missing-vs-history",
		"times 60 every 2h client 10.0.*.1 offers scanner; after 1h " VICTIM),
	/* near-miss: downgrade-offer-missing-vs-history T15 a scanner is not judged */
	STORY_SILENT("downgrade-offer-missing-vs-history", SIXTY "after 1h " VICTIM " scanner"),
	/* near-miss: downgrade-offer-missing-vs-history T14 clients that were always served so are a policy */
	STORY_SILENT("downgrade-offer-missing-vs-history",
		"times 60 every 2h client 10.0.*.1 lacks; times 60 every 2h client 10.1.*.1 offers; after 1h " VICTIM),
	/* what looks interfered with by itself is no observation */
	STORY_SIGNAL("D-HIST", 35,
		SIXTY "times 20 every 1h client 10.7.*.1 lacks signal S1,text,45; after 1h client 10.0.3.1 offers;"
		      "after 1h " VICTIM),
	/* another name, another address, another shape: no more than possible */
	STORY_SIGNAL("D-HIST", 15, SIXTY "after 1h " VICTIM " syn 128"),
	STORY("downgrade-offer-missing-vs-history", HIGH, POSSIBLE, SIXTY "after 1h " VICTIM " syn 128"),
	STORY_SIGNAL("D-HIST", 35, SIXTY "after 1h " VICTIM " server 192.0.2.21"),
	STORY_SILENT("D-HIST", SIXTY "after 1h " VICTIM " server 192.0.2.21 greets other.example"),
	STORY_SILENT("D-HIST", SIXTY "after 1h " VICTIM " vantage outside"),
};

static const struct story_case list_cases[] = {
	STORY_SILENT("S9", TEN "after 1h client 10.9.1.1 list SIZE,PIPELINING,8BITMIME"),
	STORY_SIGNAL("S10", 55, TEN "after 1h client 10.9.1.1 list PIPELINING,SIZE,8BITMIME,AUTH mechanisms PLAIN"),
	STORY_SILENT("S9", TEN "after 1h client 10.9.1.1 list PIPELINING,SIZE,8BITMIME,AUTH mechanisms PLAIN"),
	STORY_SIGNAL("S10", 55,
		"times 3 every 1h client 10.0.*.1 protocol imap list IDLE,STARTTLS,LOGINDISABLED; after 1h"
		" client 10.9.1.1 protocol imap list IDLE"),
	STORY_SIGNAL("S11", -20, TEN "after 1h client 10.9.1.1 list SIZE,HELP,DSN,ETRN"),
	STORY_SILENT("S11", TEN "after 1h client 10.9.1.1 list PIPELINING,SIZE,8BITMIME,XXXXXXXA signal S1,text,45"),
	STORY_SIGNAL("S12", 10, "client 10.9.1.1 greets mx.google.com lacks"),
	STORY_SILENT("S12", "client 10.9.1.1 greets mx.google.com offers"),
	STORY_SILENT("S12", "client 10.9.1.1 greets mx.google.com.example.org lacks"),
	/* a line in place of the offer, and the list as long as before */
	STORY_SIGNAL("S5", 45,
		"client 10.0.1.1 offers octets 200; client 10.9.1.1 list PIPELINING,SIZE,SIZE,8BITMIME list-doubled"
		" octets 200"),
	/* fires: downgrade-capability-list-cut */
	STORY("downgrade-capability-list-cut", HIGH, PROVEN,
		"client 10.0.1.1 offers octets 200; client 10.9.1.1 list PIPELINING,SIZE,SIZE,8BITMIME list-doubled"
		" octets 200"),
	STORY_SILENT("S5",
		"client 10.0.1.1 offers octets 200; client 10.9.1.1 list PIPELINING,SIZE,SIZE,8BITMIME list-doubled"
		" octets 190"),
	STORY("downgrade-capability-list-cut", HIGH, PROVEN,
		"client 10.0.1.1 offers; client 10.9.1.1 lacks signal S7,text,40"),
	STORY_SILENT("downgrade-capability-list-cut", "client 10.0.1.1 offers; client 10.9.1.1 lacks"),
	STORY_SILENT("downgrade-capability-list-cut",
		"client 10.0.1.1 offers; client 10.9.1.1 list PIPELINING,SIZE signal S7,text,40"),
};

#define MASKED "list PIPELINING,SIZE,XXXXXXXA,8BITMIME signal S1,text,45"

static const struct story_case mask_cases[] = {
	/* fires: downgrade-capability-masked */
	STORY("downgrade-capability-masked", HIGH, PROVEN, "client 10.0.1.1 offers; client 10.9.1.1 " MASKED),
	STORY("downgrade-capability-masked", CRITICAL, PROVEN,
		"client 10.0.1.1 offers; client 10.9.1.1 exposed 11 " MASKED),
	STORY_SIGNAL("S1", 55, "client 10.0.1.1 offers; client 10.9.1.1 " MASKED),
	/* not in the place of the offer */
	STORY_SIGNAL("S1", 45,
		"client 10.0.1.1 offers; client 10.9.1.1 list XXXXXXXA,PIPELINING,SIZE,8BITMIME signal S1,text,45"),
	/* another word of that length is gone as well: no signal beyond the session's own */
	STORY_SILENT("S1",
		"client 10.0.1.1 list SIZE,STARTTLS,CHUNKING; client 10.9.1.1 list SIZE,XXXXXXXA signal S1,text,45"),
	STORY("downgrade-capability-masked", HIGH, LIKELY,
		"client 10.0.1.1 offers; client 10.9.1.1 list PIPELINING,SIZE,XXXXB,8BITMIME signal S2,text,10"),
	/* the banner is masked as well: the only backend behind the address */
	STORY("downgrade-capability-masked", HIGH, PROVEN,
		"client 10.0.1.1 offers; client 10.9.1.1 greets ? product ? " MASKED),
	STORY_SILENT("downgrade-capability-masked",
		"client 10.0.1.1 offers; client 10.0.2.1 offers product Exim; client 10.9.1.1 greets ? product ? "
		MASKED),
	/* near-miss: downgrade-capability-masked beside-offer masked line beside an intact offer */
	STORY_SILENT("downgrade-capability-masked",
		"client 10.0.1.1 offers; client 10.9.1.1 list SIZE,STARTTLS,XXXXXXXA"),
	STORY_SILENT("downgrade-capability-masked", "client 10.0.1.1 lacks; client 10.9.1.1 " MASKED),
	STORY_SILENT("downgrade-capability-masked", "client 10.0.1.1 offers; after 31d client 10.9.1.1 " MASKED),
};

/* Ten clients in ten quarters of an hour find no offer any more. */
#define GONE "after 1h times 10 every 15m client 10.30.*.1 lacks;"

static const struct story_case change_cases[] = {
	/* fires: starttls-offer-withdrawn */
	STORY("starttls-offer-withdrawn", HIGH, PROVEN, SIXTY GONE),
	STORY_SILENT("downgrade-offer-missing-vs-history", SIXTY GONE),
	STORY_SILENT("downgrade-offer-missing-vs-history", SIXTY GONE "after 1h " VICTIM),
	STORY_SILENT("S9", SIXTY GONE "after 1h " VICTIM),
	STORY_SILENT("D-MEM", SIXTY "times 3 every 1h client 10.200.1.1 offers established;" GONE "after 1h " VICTIM),
	/* told once */
	STORY_SILENT("starttls-offer-withdrawn", SIXTY GONE "after 1h " VICTIM),
	/* until then each session is a finding of its own */
	STORY("downgrade-offer-missing-vs-history", HIGH, LIKELY,
		SIXTY "after 1h times 9 every 15m client 10.30.*.1 lacks"),
	STORY_SILENT("starttls-offer-withdrawn", SIXTY "after 1h times 9 every 15m client 10.30.*.1 lacks"),
	/* near-miss: starttls-offer-withdrawn hours ten in less than two hours */
	STORY_SILENT("starttls-offer-withdrawn", SIXTY "after 1h times 10 every 10m client 10.30.*.1 lacks"),
	/* near-miss: starttls-offer-withdrawn clients two clients only */
	STORY_SILENT("starttls-offer-withdrawn",
		SIXTY "after 1h times 6 every 1h client 10.30.1.1 lacks;"
		"after 1h times 6 every 1h client 10.31.1.1 lacks"),
	/* one host that changes its address: not so many clients */
	STORY_SILENT("starttls-offer-withdrawn",
		SIXTY "after 1h times 10 every 1h client 2001:db8:1:1::* lacks"),
	STORY("starttls-offer-withdrawn", HIGH, PROVEN,
		SIXTY "after 1h times 10 every 1h client 2001:db8:1:*::1 lacks"),
	/* near-miss: starttls-offer-withdrawn none-with one of them had it */
	STORY_SILENT("starttls-offer-withdrawn",
		SIXTY "after 1h times 5 every 15m client 10.30.*.1 lacks; client 10.0.1.1 offers;"
		      "after 15m times 5 every 15m client 10.31.*.1 lacks"),
	/* near-miss: starttls-offer-withdrawn baseline it never had one */
	STORY_SILENT("starttls-offer-withdrawn", "times 9 every 1h client 10.0.*.1 offers;" GONE),
	/* it came back: what was before the change does not spoil the new baseline */
	STORY("downgrade-offer-missing-vs-history", HIGH, POSSIBLE,
		SIXTY GONE "after 1h times 12 every 15m client 10.40.*.1 offers; after 1h client 10.201.1.1 lacks"),
};

/* The offer comes and goes for the same clients. */
#define ON  "after 1h client 10.1.1.1 offers; client 10.1.2.1 offers;"
#define OFF "after 1h client 10.1.1.1 lacks; client 10.1.2.1 lacks;"
#define WITH    "after 1h client 10.1.1.1 offers;"
#define WITHOUT "after 1h client 10.1.1.1 product Exim list SIZE,HELP;"

static const struct story_case turning_cases[] = {
	/* fires: starttls-offer-flapping */
	STORY("starttls-offer-flapping", MEDIUM, PROVEN, ON OFF ON "after 1h client 10.1.1.1 lacks"),
	/* told once a day */
	STORY_SILENT("starttls-offer-flapping", ON OFF ON),
	STORY_SILENT("starttls-offer-flapping", ON OFF ON OFF ON OFF),
	/* near-miss: starttls-offer-flapping slowly three changes in more than a day */
	STORY_SILENT("starttls-offer-flapping", ON OFF ON "after 23h client 10.1.1.1 offers;" OFF),
	/* near-miss: starttls-offer-flapping T13 the change follows the backend */
	STORY_SILENT("starttls-offer-flapping", WITH WITHOUT WITH WITHOUT),
	/* near-miss: starttls-offer-flapping T14 the change follows the client */
	STORY_SILENT("starttls-offer-flapping",
		ON "after 1h client 10.9.1.1 lacks;" ON "after 1h client 10.9.1.1 lacks;" ON
		   "after 1h client 10.9.1.1 lacks"),
	/* fires: lb-backend-without-tls */
	STORY("lb-backend-without-tls", MEDIUM, PROVEN, WITH WITHOUT WITH WITHOUT),
	/* behind one name, at two addresses */
	STORY("lb-backend-without-tls", MEDIUM, PROVEN,
		WITH "after 1h client 10.1.1.1 server 192.0.2.21 lacks;" WITH
		     "after 1h client 10.1.1.1 server 192.0.2.21 lacks;"),
	/* near-miss: lb-backend-without-tls mixed one backend itself comes and goes */
	STORY_SILENT("lb-backend-without-tls", ON OFF ON OFF),
	/* near-miss: lb-backend-without-tls client only one client ever meets that backend */
	STORY_SILENT("lb-backend-without-tls",
		WITH "after 1h client 10.9.1.1 product Exim lacks;"
		WITH "after 1h client 10.9.1.1 product Exim lacks;" WITH
		     "after 1h client 10.9.1.1 product Exim lacks"),
	/* near-miss: downgrade-offer-missing-vs-history T13 load balancer where one backend never offers TLS */
	STORY_SILENT("downgrade-offer-missing-vs-history",
		WITH WITHOUT WITH WITHOUT WITH WITHOUT WITH WITHOUT WITH WITHOUT WITH WITHOUT),
	STORY_SILENT("D-HIST", WITH WITHOUT WITH WITHOUT WITH WITHOUT WITH WITHOUT WITH WITHOUT WITH WITHOUT),
};

#define SEVEN_WITH "times 7 every 5m client 10.1.0.* offers;"

static const struct story_case split_cases[] = {
	/* fires: downgrade-offer-path-split */
	STORY("downgrade-offer-path-split", HIGH, LIKELY, SEVEN_WITH "times 7 every 5m client 10.2.0.* lacks"),
	STORY_SIGNAL("D-SPLIT", 50, SEVEN_WITH "times 7 every 5m client 10.2.0.* lacks"),
	STORY_SILENT("downgrade-offer-path-split", SEVEN_WITH "times 6 every 5m client 10.2.0.* lacks"),
	/* five against thirteen */
	STORY("downgrade-offer-path-split", HIGH, LIKELY,
		"times 13 every 5m client 10.1.0.* offers; times 5 every 5m client 10.2.0.* lacks"),
	/* near-miss: downgrade-offer-path-split few five against five can be chance */
	STORY_SILENT("downgrade-offer-path-split",
		"times 5 every 5m client 10.1.0.* offers; times 5 every 5m client 10.2.0.* lacks"),
	/* near-miss: downgrade-offer-path-split hours not at the same time */
	STORY_SILENT("downgrade-offer-path-split",
		"times 7 every 5m client 10.1.0.* offers; after 6h times 7 every 5m client 10.2.0.* lacks"),
	/* near-miss: downgrade-offer-path-split T13 two backends */
	STORY_SILENT("downgrade-offer-path-split",
		"times 7 every 5m client 10.1.0.* offers; times 7 every 5m client 10.2.0.* product Exim lacks"),
	/* near-miss: downgrade-offer-path-split T15 scanners */
	STORY_SILENT("downgrade-offer-path-split",
		SEVEN_WITH "times 7 every 5m client 10.2.0.* lacks scanner"),
	/* near-miss: downgrade-offer-path-split busy one client seven times */
	STORY_SILENT("downgrade-offer-path-split", SEVEN_WITH "times 7 every 5m client 10.2.0.1 lacks"),
	/* within one network, by VLAN */
	STORY("downgrade-offer-path-split", HIGH, LIKELY,
		"times 7 every 4m client 10.1.0.* vlan 10 offers; times 7 every 4m client 10.1.0.1* vlan 20 lacks"),
	STORY_SILENT("downgrade-offer-path-split",
		"times 7 every 4m client 10.1.0.* offers; times 7 every 4m client 10.1.0.1* lacks"),
	/* /56 of IPv6 */
	STORY("downgrade-offer-path-split", HIGH, LIKELY,
		"times 7 every 5m client 2001:db8:0:100::* offers; times 7 every 5m client 2001:db8:0:2ff::* lacks"),
	STORY_SILENT("downgrade-offer-path-split",
		"times 7 every 5m client 2001:db8:0:100::* offers; times 7 every 5m client 2001:db8:0:1ff::a* lacks"),
};

#define USED "times 3 every 1d client 10.2.0.1 offers established;"
#define ALSO "times 3 every 1h client 10.3.0.1 offers established;"

static const struct story_case client_cases[] = {
	STORY_SIGNAL("D-MEM", 20, USED "after 1d client 10.2.0.1 lacks application"),
	STORY_SILENT("D-MEM",
		"times 2 every 1d client 10.2.0.1 offers established; after 1d client 10.2.0.1 lacks application"),
	STORY_SILENT("D-MEM", USED "after 15d client 10.2.0.1 lacks application"),
	STORY_SILENT("D-MEM", USED "after 1d client 10.2.0.1 lacks"),
	STORY_SILENT("D-MEM", USED "after 1d client 10.2.0.1 offers application"),
	STORY_SILENT("D-MEM", USED "after 1d client 10.2.0.2 lacks application"),
	STORY_SIGNAL("D-QUIT", 15, USED ALSO "after 1h client 10.2.0.1 lacks quit; client 10.3.0.1 lacks quit"),
	STORY_SILENT("D-QUIT", USED ALSO "after 1h client 10.2.0.1 lacks quit; client 10.2.0.1 lacks quit"),
	STORY_SILENT("D-QUIT", USED ALSO "after 1h client 10.2.0.1 lacks quit; after 25h client 10.3.0.1 lacks quit"),
	STORY_SILENT("D-QUIT",
		USED ALSO "client 10.3.0.1 lacks application; client 10.2.0.1 lacks quit; client 10.3.0.1 lacks quit"),
	/* fires: downgrade-starttls-refused-after-offer */
	STORY("downgrade-starttls-refused-after-offer", HIGH, PROVEN,
		"times 10 every 1h client 10.0.*.1 offers established; offers asked refused code 502 application"),
	STORY("downgrade-starttls-refused-after-offer", MEDIUM, PROVEN,
		"times 10 every 1h client 10.0.*.1 offers established; offers asked refused code 500"),
	STORY_SIGNAL("D-CONTRA", 45,
		"times 10 every 1h client 10.0.*.1 offers established; offers asked refused code 502"),
	STORY_SILENT("D-CONTRA",
		"times 9 every 1h client 10.0.*.1 offers established; offers asked refused code 502"),
	/* near-miss: downgrade-starttls-refused-after-offer before refused to others as well */
	STORY_SILENT("D-CONTRA",
		"times 10 every 1h client 10.0.*.1 offers established; client 10.8.0.1 offers asked refused code 454;"
		"offers asked refused code 502"),
	STORY_SIGNAL("D-CONTRA", 15,
		"client 10.0.1.1 offers established; times 2 every 1h client 10.8.0.1 offers asked refused code 454"),
	STORY_SILENT("D-CONTRA", "client 10.0.1.1 offers established; client 10.8.0.1 offers asked refused code 454"),
	STORY_SILENT("D-CONTRA",
		"client 10.0.1.1 offers established; client 10.7.0.1 offers asked refused code 454;"
		"times 2 every 1h client 10.8.0.1 offers asked refused code 454"),
};

#define OLD_STYLE "no ehlo helo ehlo-refused application "

static const struct story_case basic_cases[] = {
	/* fires: downgrade-ehlo-to-helo */
	STORY("downgrade-ehlo-to-helo", HIGH, LIKELY, TEN OLD_STYLE),
	STORY_SIGNAL("D-LEGACY", 30, TEN OLD_STYLE),
	STORY_SILENT("downgrade-ehlo-to-helo", "times 9 every 1h client 10.0.*.1 offers;" OLD_STYLE),
	/* near-miss: downgrade-ehlo-to-helo T15 a scanner */
	STORY_SILENT("downgrade-ehlo-to-helo", TEN OLD_STYLE "scanner"),
	/* near-miss: downgrade-ehlo-to-helo old a server that never knew EHLO */
	STORY_SILENT("downgrade-ehlo-to-helo", "times 20 every 1h client 10.0.*.1 " OLD_STYLE ";" OLD_STYLE),
	/* near-miss: downgrade-ehlo-to-helo other another server behind the address */
	STORY_SILENT("downgrade-ehlo-to-helo", TEN OLD_STYLE "greets old.example"),
	/* near-miss: downgrade-ehlo-to-helo asked the client began with HELO */
	STORY_SILENT("downgrade-ehlo-to-helo", TEN "no ehlo helo application"),
	/* fires: posture-8bit-or-size-loss */
	STORY("posture-8bit-or-size-loss", INFO, LIKELY, TEN "no ehlo helo application exposed 32"),
	/* near-miss: posture-8bit-or-size-loss nothing a server without these extensions */
	STORY_SILENT("posture-8bit-or-size-loss",
		"times 10 every 1h client 10.0.*.1 list PIPELINING,STARTTLS; no ehlo helo application exposed 32"),
	/* near-miss: posture-8bit-or-size-loss content no message */
	STORY_SILENT("posture-8bit-or-size-loss", TEN "no ehlo helo application exposed 16"),
	/* near-miss: posture-8bit-or-size-loss baseline too few sessions with EHLO */
	STORY_SILENT("posture-8bit-or-size-loss",
		"times 9 every 1h client 10.0.*.1 offers; no ehlo helo application exposed 32"),
};

static const struct story_case service_cases[] = {
	/* fires: posture-no-starttls-offer */
	STORY("posture-no-starttls-offer", MEDIUM, PROVEN, "times 5 client 192.0.2.* lacks"),
	STORY("posture-no-starttls-offer", HIGH, PROVEN, "times 5 client 192.0.2.* lacks access server 192.0.2.20,587"),
	STORY("posture-no-starttls-offer", LOW, PROVEN, "times 5 client 10.0.2.* lacks server 10.0.0.1"),
	STORY("posture-no-starttls-offer", MEDIUM, PROVEN, "times 5 every 20m lacks"),
	STORY_SILENT("posture-no-starttls-offer", "times 6 client 192.0.2.* lacks"),
	/* near-miss: posture-no-starttls-offer few four lists, or one client within an hour */
	STORY_SILENT("posture-no-starttls-offer", "times 4 client 192.0.2.* lacks"),
	STORY_SILENT("posture-no-starttls-offer", "times 30 lacks"),
	/* near-miss: posture-no-starttls-offer T8 LMTP, and a content filter on the same host */
	STORY_SILENT("posture-no-starttls-offer", "times 5 client 192.0.2.* lacks protocol lmtp"),
	STORY_SILENT("posture-no-starttls-offer", "times 5 every 1h client 127.0.0.1 server 127.0.0.1,10025 lacks"),
	/* near-miss: posture-no-starttls-offer T13 another backend offers it */
	STORY_SILENT("posture-no-starttls-offer",
		"client 10.1.1.1 product Exim offers; times 5 client 192.0.2.* lacks"),
	/* near-miss: posture-no-starttls-offer T14 others have the offer */
	STORY_SILENT("posture-no-starttls-offer",
		"times 2 client 192.0.2.* lacks; client 10.1.1.1 offers; times 5 client 192.0.2.* lacks"),
	/* near-miss: posture-no-starttls-offer T15 scanners */
	STORY_SILENT("posture-no-starttls-offer", "times 5 client 192.0.2.* lacks scanner"),
	/* near-miss: posture-no-starttls-offer T2 lists that are not whole */
	STORY_SILENT("posture-no-starttls-offer", "times 5 client 192.0.2.* lacks no listed"),
};

#define LIST "list PIPELINING,STARTTLS,AUTH mechanisms "

static const struct story_case mechanism_cases[] = {
	/* fires: downgrade-auth-mech-narrowed */
	STORY("downgrade-auth-mech-narrowed", MEDIUM, POSSIBLE,
		"times 10 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN; client 10.9.1.1 " LIST "PLAIN"),
	STORY("downgrade-auth-mech-narrowed", MEDIUM, POSSIBLE,
		"times 10 every 1h client 10.0.*.1 " LIST "CRAM-MD5,GSSAPI; client 10.9.1.1 " LIST "LOGIN,CRAM-MD5"),
	STORY("downgrade-auth-mech-narrowed", MEDIUM, LIKELY,
		"times 50 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN; client 10.9.1.1 " LIST "PLAIN"),
	/* near-miss: downgrade-auth-mech-narrowed few too few to compare with */
	STORY_SILENT("downgrade-auth-mech-narrowed",
		"times 9 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN; client 10.9.1.1 " LIST "PLAIN"),
	/* near-miss: downgrade-auth-mech-narrowed stronger others took their place, or only weak ones went */
	STORY_SILENT("downgrade-auth-mech-narrowed",
		"times 10 every 1h client 10.0.*.1 " LIST "CRAM-MD5,PLAIN;"
		"client 10.9.1.1 " LIST "SCRAM-SHA-256,PLAIN"),
	STORY_SILENT("downgrade-auth-mech-narrowed",
		"times 10 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN,LOGIN; client 10.9.1.1 " LIST
		"SCRAM-SHA-256,PLAIN"),
	/* near-miss: downgrade-auth-mech-narrowed T13 another backend */
	STORY_SILENT("downgrade-auth-mech-narrowed",
		"times 10 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN;"
		"client 10.9.1.1 product Exim " LIST "PLAIN"),
	/* near-miss: downgrade-auth-mech-narrowed changed ten in a row are the new configuration */
	STORY_SILENT("downgrade-auth-mech-narrowed",
		"times 10 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN; times 10 every 1h client 10.1.*.1 " LIST
		"PLAIN; client 10.9.1.1 " LIST "PLAIN"),
};

#define MARKED   "list IMAP4REV1,STARTTLS,LOGINDISABLED"
#define UNMARKED "list IMAP4REV1"
#define DEMANDED "list STARTTLS,REQUIRED"
#define UNDEMANDED "list MECHANISMS"

static const struct story_case marker_cases[] = {
	/* fires: downgrade-logindisabled-removed */
	STORY("downgrade-logindisabled-removed", HIGH, LIKELY,
		"times 20 every 1h client 10.0.*.1 " MARKED "; client 10.9.1.1 " UNMARKED),
	/* near-miss: downgrade-logindisabled-removed few too few to compare with */
	STORY_SILENT("downgrade-logindisabled-removed",
		"times 19 every 1h client 10.0.*.1 " MARKED "; client 10.9.1.1 " UNMARKED),
	/* near-miss: downgrade-logindisabled-removed offered TLS is still on offer */
	STORY_SILENT("downgrade-logindisabled-removed",
		"times 20 every 1h client 10.0.*.1 " MARKED "; client 10.9.1.1 list IMAP4REV1,STARTTLS"),
	/* near-miss: downgrade-logindisabled-removed T13 another backend */
	STORY_SILENT("downgrade-logindisabled-removed",
		"times 20 every 1h client 10.0.*.1 " MARKED "; client 10.9.1.1 product Exim " UNMARKED),
	STORY_SILENT("downgrade-logindisabled-removed",
		"times 20 every 1h client 10.0.*.1 " MARKED "; client 10.9.1.1 list IMAP4REV1,LOGINDISABLED"),
	/* fires: downgrade-xmpp-features-altered */
	STORY("downgrade-xmpp-features-altered", HIGH, LIKELY,
		"times 20 every 1h client 10.0.*.1 " DEMANDED "; client 10.9.1.1 " UNDEMANDED),
	/* near-miss: downgrade-xmpp-features-altered few too few to compare with */
	STORY_SILENT("downgrade-xmpp-features-altered",
		"times 19 every 1h client 10.0.*.1 " DEMANDED "; client 10.9.1.1 " UNDEMANDED),
	/* near-miss: downgrade-xmpp-features-altered offered TLS is still on offer */
	STORY_SILENT("downgrade-xmpp-features-altered",
		"times 20 every 1h client 10.0.*.1 " DEMANDED "; client 10.9.1.1 list STARTTLS,MECHANISMS"),
	/* near-miss: downgrade-xmpp-features-altered T13 another backend */
	STORY_SILENT("downgrade-xmpp-features-altered",
		"times 20 every 1h client 10.0.*.1 " DEMANDED "; client 10.9.1.1 product Exim " UNDEMANDED),
};

/* What the policy draws elsewhere, with the usual line and with another: points of a signal, or 1 for a finding. */
#define LINE(member, value, kind, usual, changed, script) \
	{ offsetof(struct policy_thresholds, member), value, kind, usual, changed, script }

static const struct {
	size_t      member;
	unsigned    value;
	const char *kind;
	int         usual, changed;
	const char *script;
} lines[] = {
	LINE(window_days, 60, "D-HIST", 0, 15, TEN "after 31d " VICTIM),
	LINE(window_days, 2, "D-HIST", 35, 15, SIXTY "after 1h " VICTIM),
	LINE(window_days, 5, "downgrade-capability-masked", 1, 0,
		"client 10.0.1.1 offers; after 6d client 10.9.1.1 " MASKED),
	LINE(least_observations, 5, "D-HIST", 0, 15, "times 5 every 12h client 10.0.*.1 offers; " VICTIM),
	LINE(least_observations, 11, "D-HIST", 15, 0, TEN "after 1h " VICTIM),
	LINE(least_observations, 11, "downgrade-ehlo-to-helo", 1, 0,
		"times 10 every 1h client 10.0.*.1 offers ehlo;"
		"client 10.9.1.1 ehlo-refused helo application code 502"),
	LINE(least_observations, 11, "downgrade-auth-mech-narrowed", 1, 0,
		"times 10 every 1h client 10.0.*.1 " LIST "SCRAM-SHA-256,PLAIN; client 10.9.1.1 " LIST "PLAIN"),
	LINE(rare_per_mille, 15, "D-HIST", 35, 15, SIXTY "after 1h " VICTIM),
	LINE(rare_days, 7, "D-HIST", 35, 15, SIXTY "after 1h " VICTIM),
	LINE(never_per_mille, 4, "D-HIST", 50, 35, MANY "after 10m " VICTIM),
	LINE(never_days, 10, "D-HIST", 50, 35, MANY "after 10m " VICTIM),
	LINE(change_observations, 11, "starttls-offer-withdrawn", 1, 0, SIXTY GONE),
	LINE(change_observations, 9, "starttls-offer-withdrawn", 0, 1,
		SIXTY "after 1h times 9 every 15m client 10.30.*.1 lacks"),
	LINE(change_clients, 10, "starttls-offer-withdrawn", 1, 1, SIXTY GONE),
	LINE(change_clients, 11, "starttls-offer-withdrawn", 1, 0, SIXTY GONE),
	LINE(change_clients, 2, "starttls-offer-withdrawn", 0, 1,
		SIXTY "after 1h times 5 every 1h client 10.30.1.1 lacks;"
		"after 1h times 5 every 1h client 10.31.1.1 lacks"),
	LINE(change_hours, 3, "starttls-offer-withdrawn", 1, 0, SIXTY GONE),
	LINE(change_hours, 1, "starttls-offer-withdrawn", 0, 1,
		SIXTY "after 1h times 10 every 10m client 10.30.*.1 lacks"),
	LINE(split_hours, 1, "D-SPLIT", 50, 0, SEVEN_WITH "times 7 every 8m client 10.2.0.* lacks"),
	LINE(split_hours, 48, "D-SPLIT", 0, 50,
		"times 7 every 5m client 10.1.0.* offers; after 30h times 7 every 5m client 10.2.0.* lacks"),
	LINE(split_observations, 8, "D-SPLIT", 50, 0, SEVEN_WITH "times 7 every 5m client 10.2.0.* lacks"),
};

static int
points_under(const struct policy *policy, const char *kind, const char *script)
{
	static struct story story;
	const struct signal *signal;

	story_run(&story, &history_offers, policy, NULL, script);
	signal = heard_signal(&story.heard, kind);
	return signal != NULL ? signal->points : heard_insight(&story.heard, kind) != NULL;
}

static void
test_lines(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(lines); i++) {
		struct policy policy = { .thresholds = policy_thresholds_default() };

		assert_int_equal(points_under(NULL, lines[i].kind, lines[i].script), lines[i].usual);
		assert_int_equal(points_under(&policy, lines[i].kind, lines[i].script), lines[i].usual);
		memcpy((char *)&policy.thresholds + lines[i].member, &lines[i].value, sizeof(lines[i].value));
		if (points_under(&policy, lines[i].kind, lines[i].script) != lines[i].changed)
			fail_msg("line %zu, %s: \"%s\"", i, lines[i].kind, lines[i].script);
	}
}

static void
check(const struct story_case *cases, size_t count)
{
	for (size_t i = 0; i < count; i++)
		story_check(&cases[i], &history_offers, NULL);
}

#define TEST(name) \
	static void \
	test_##name(void **state) \
	{ \
		(void)state; \
		check(name##_cases, TABLE_LENGTH(name##_cases)); \
	}

TEST(missing)
TEST(list)
TEST(mask)
TEST(change)
TEST(turning)
TEST(split)
TEST(client)
TEST(basic)
TEST(service)
TEST(mechanism)
TEST(marker)

/* What the sums lead to. */
static void
test_sums(void **state)
{
	static struct story story;

	(void)state;
	story_run(&story, &history_offers, NULL, NULL, TEN "after 1h " VICTIM);
	assert_int_equal(story_sum(&story).points, 50);
	assert_int_equal(story_sum(&story).outcome, INTERFERENCE_SUSPECTED);
	story_run(&story, &history_offers, NULL, NULL, MANY "after 10m " VICTIM);
	assert_int_equal(story_sum(&story).points, 85);
	assert_int_equal(story_sum(&story).outcome, INTERFERENCE_SUSPECTED);
	story_run(&story, &history_offers, NULL, NULL, "client 10.0.1.1 offers; client 10.9.1.1 " MASKED);
	assert_int_equal(story_sum(&story).outcome, INTERFERENCE_PROVEN);
	story_run(&story, &history_offers, NULL, NULL, SIXTY GONE "after 1h " VICTIM);
	assert_int_equal(story_sum(&story).points, 0);
}

/* The sessions that a finding rests on are named, oldest first. */
static void
test_links(void **state)
{
	static struct story story;
	const struct insight *insight;

	(void)state;
	story_run(&story, &history_offers, NULL, NULL, TEN "after 1h " VICTIM);
	insight = heard_insight(&story.heard, "downgrade-offer-missing-vs-history");
	assert_non_null(insight);
	assert_int_equal(insight->link_count, INSIGHT_LINKS);
	assert_int_equal(insight->links[0], 3);
	assert_int_equal(insight->links[7], 10);
	assert_true(span_has(insight->reasons, "10 of 10 observations of this backend"));
}

static void
test_fisher(void **state)
{
	(void)state;
	assert_true(fisher_chance(5, 5, 5, 10) > 0.0039 && fisher_chance(5, 5, 5, 10) < 0.0040);
	assert_true(fisher_chance(7, 7, 7, 14) > 0.00029 && fisher_chance(7, 7, 7, 14) < 0.0003);
	assert_true(fisher_chance(5, 5, 5, 18) > 0.00011 && fisher_chance(5, 5, 5, 18) < 0.00012);
	assert_true(fisher_chance(0, 5, 5, 10) > 0.9999);
	assert_true(fisher_chance(3, 10, 3, 10) > 0.9999);
}

/* Times that a capture may claim, and a budget that is spent, end nothing. */
static void
test_bad_input(void **state)
{
	static struct story story;
	struct budget budget = { .limit = sizeof(struct baselines) + (1 << 16) };
	void *memory = history_offers.create(&budget, NULL);

	(void)state;
	story_run(&story, &history_offers, NULL, NULL, "at -100000d " VICTIM "; at -90000d offers; at 86000d lacks");
	assert_int_equal(story.heard.insight_count, 0);
	assert_non_null(memory);
	memset(&story, 0, sizeof(story));
	for (int round = 0; round < 20; round++)
		story_tell(&story, &history_offers, memory,
			"times 200 every 1s client 10.*.0.1 server 10.*.1.1 offers");
	/* what was used the longest ago is gone, but not the ability to learn */
	assert_true(budget.used <= budget.limit);
	story_tell(&story, &history_offers, memory, "times 5 every 30m client 192.0.2.5 lacks");
	assert_non_null(heard_insight(&story.heard, "posture-no-starttls-offer"));
	history_offers.destroy(memory);
	assert_int_equal(budget.used, 0);
	budget.limit = 100;
	assert_null(history_offers.create(&budget, NULL));
}

/* Whoever passes by, a service that is seen now and then stays known.  %u are numbers of the stranger. */
static const struct {
	const char *stranger;
	unsigned    count, seen_every;  /* the service, after so many of them; 0 for never */
	size_t      limit;
	int         points;
} floods[] = {
	{ "after 1s greets n%u.%u.%u.example server 198.51.100.7 offers", 100000, 2000, (size_t)1 << 30, 35 },
	{ "after 1s client %u.%u.%u.1 server 198.51.100.7 offers", 140000, 2000, (size_t)1 << 30, 35 },
	{ "after 1s greets n%u.%u.%u.example server 198.51.100.7 offers", 20000, 100, (size_t)1 << 20, 35 },
	{ "after 1s client %u.%u.%u.1 server 198.51.100.7 offers established", 20000, 100, (size_t)1 << 20, 35 },
	/* the bound holds: who is not seen any more gives way */
	{ "after 1s greets n%u.%u.%u.example server 198.51.100.7 offers", 25000, 0, (size_t)1 << 30, 0 },
	{ "after 1s greets n%u.%u.%u.example server 198.51.100.7 offers", 5000, 0, (size_t)1 << 20, 0 },
};

static void
flood(struct story *story, void *memory, size_t n)
{
	char script[128];

	for (unsigned i = 0; i < floods[n].count; i++) {
		snprintf(script, sizeof(script), floods[n].stranger, 11 + (i >> 16), i >> 8 & 255, i & 255);
		story_tell(story, &history_offers, memory, script);
		if (floods[n].seen_every == 0 || i % floods[n].seen_every > 0)
			continue;
		snprintf(script, sizeof(script), "after 1s client 10.0.%u.1 offers", i / floods[n].seen_every);
		story_tell(story, &history_offers, memory, script);
	}
}

static void
test_floods(void **state)
{
	static struct story story;

	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(floods); i++) {
		struct budget budget = { .limit = floods[i].limit };
		void *memory = history_offers.create(&budget, NULL);
		const struct signal *signal;

		assert_non_null(memory);
		memset(&story, 0, sizeof(story));
		story_tell(&story, &history_offers, memory, SIXTY);
		flood(&story, memory, i);
		story_tell(&story, &history_offers, memory, "after 1h " VICTIM);
		signal = heard_signal(&story.heard, "D-HIST");
		if ((signal != NULL ? signal->points : 0) != floods[i].points)
			fail_msg("flood %zu: %d points", i, signal != NULL ? signal->points : 0);
		assert_true(budget.used <= budget.limit);
		history_offers.destroy(memory);
		assert_int_equal(budget.used, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_missing), cmocka_unit_test(test_list), cmocka_unit_test(test_mask),
		cmocka_unit_test(test_change), cmocka_unit_test(test_turning), cmocka_unit_test(test_split),
		cmocka_unit_test(test_client), cmocka_unit_test(test_basic), cmocka_unit_test(test_service),
		cmocka_unit_test(test_mechanism), cmocka_unit_test(test_marker),
		cmocka_unit_test(test_sums), cmocka_unit_test(test_links),
		cmocka_unit_test(test_fisher), cmocka_unit_test(test_bad_input), cmocka_unit_test(test_lines),
		cmocka_unit_test(test_floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
