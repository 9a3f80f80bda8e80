/* Each header is a function that moves over it and says what follows.  Lengths that a header states are held against
 * what there is. */
#include "wire/peel.h"

#include "base/table.h"
#include "wire/octets.h"

enum {
	ADDRESS = 6,
	TYPE_IPV4 = 0x0800,
	TYPE_IPV6 = 0x86DD,
	LLC_SNAP = 0xAAAA03,
	SNAP_ETHERNET = 0x000000,
	SNAP_BRIDGE_TUNNEL = 0x0000F8,          /* IEEE 802.1H */
	SNAP_BRIDGED = 0x0080C2,                /* RFC 2684, section 5.2 */
	SNAP_BRIDGED_PAD = 2,
	BRIDGED_ETHERNET_FCS = 0x0001,
	BRIDGED_ETHERNET = 0x0007,
};

/* IEEE 802.11, 9.2: the frame control field, and how long the header is. */
enum wireless {
	WIRELESS_HEADER = 24,
	WIRELESS_TYPE = 0x0C,           /* in the first octet */
	WIRELESS_DATA = 0x08,
	WIRELESS_EMPTY = 0x40,          /* a subtype without contents */
	WIRELESS_QUALITY = 0x80,        /* a subtype with a field of its own */
	WIRELESS_TO = 0x01,             /* in the second: to and from the distribution system */
	WIRELESS_FROM = 0x02,
	WIRELESS_MORE_FRAGMENTS = 0x04,
	WIRELESS_PROTECTED = 0x40,
	WIRELESS_ORDER = 0x80,
	WIRELESS_SEQUENCE = 22,         /* where the fragment's number stands, in four bits */
	QUALITY_FIELD = 2,
	QUALITY_AGGREGATED = 0x80,
	ORDER_FIELD = 4,
};

enum radio {
	RADIOTAP_HEADER = 8,
	RADIOTAP_TIMER = 0x01,          /* in the first word that tells which fields there are */
	RADIOTAP_FLAGS = 0x02,
	RADIOTAP_MORE = 0x80,           /* in the last octet of such a word: another one follows */
	RADIOTAP_PADDED = 0x20,         /* in the flags: the 802.11 header is filled up to four octets */
	PRISM_HEADER = 144,
	AVS_COOKIE = 0x80211,
	PPI_HEADER = 8,
	PPI_WIRELESS = 105,
};

static uint32_t
le16(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8;
}

static uint32_t
be24(const uint8_t *at)
{
	return (uint32_t)at[0] << 16 | octets_be16(at + 1);
}

static enum link_result
typed(struct peeled *p, size_t header, uint16_t type)
{
	p->start = LINK_STARTS_TYPE;
	p->type = type;
	p->header = header;
	return LINK_IP;
}

/* IP itself follows. */
static enum link_result
raw(struct span bytes, struct peeled *p, size_t header)
{
	if (bytes.len < header)
		return LINK_SHORT;
	p->start = LINK_STARTS_IP;
	p->header = header;
	return LINK_IP;
}

bool
peel_snap(struct span bytes, uint16_t *type_r)
{
	uint32_t organisation;

	if (bytes.len < SNAP_HEADER || be24(bytes.at) != LLC_SNAP)
		return false;
	organisation = be24(bytes.at + 3);
	*type_r = octets_be16(bytes.at + 6);
	return organisation == SNAP_ETHERNET || organisation == SNAP_BRIDGE_TUNNEL;
}

static enum link_result
snap(struct span bytes, struct peeled *p, size_t header)
{
	struct span rest = span_after(bytes, header);
	uint16_t type;

	if (rest.len < SNAP_HEADER)
		return LINK_SHORT;
	return peel_snap(rest, &type) ? typed(p, header + SNAP_HEADER, type) : LINK_OTHER;
}

/* Networks of IEEE 802 ------------------------------------------------------------------------- */

/* The header is as long as its first octets say; the sender's address stands where the direction says (9.3.2.1.2). */
static enum link_result
wireless_at(struct span bytes, struct peeled *p, size_t at, bool padded)
{
	struct span w = span_after(bytes, at);
	size_t header = WIRELESS_HEADER;
	unsigned ways;

	if (w.len < WIRELESS_HEADER)
		return w.len < 2 || (w.at[0] & WIRELESS_TYPE) == WIRELESS_DATA ? LINK_SHORT : LINK_OTHER;
	if ((w.at[0] & WIRELESS_TYPE) != WIRELESS_DATA || (w.at[0] & WIRELESS_EMPTY) != 0)
		return LINK_OTHER;
	if ((w.at[1] & (WIRELESS_PROTECTED | WIRELESS_MORE_FRAGMENTS)) != 0 || (w.at[WIRELESS_SEQUENCE] & 0x0F) != 0)
		return LINK_UNKNOWN;
	ways = w.at[1] & (WIRELESS_TO | WIRELESS_FROM);
	if (ways == (WIRELESS_TO | WIRELESS_FROM))
		header += ADDRESS;
	if (w.len < header + QUALITY_FIELD + ORDER_FIELD)
		return LINK_SHORT;
	p->source = span_from(w.at + (ways == WIRELESS_FROM ? 16 : header > WIRELESS_HEADER ? 24 : 10), ADDRESS);
	if ((w.at[0] & WIRELESS_QUALITY) != 0) {
		if ((w.at[header] & QUALITY_AGGREGATED) != 0)
			return LINK_UNKNOWN;
		header += QUALITY_FIELD;
		if ((w.at[1] & WIRELESS_ORDER) != 0)
			header += ORDER_FIELD;
	}
	if (padded)
		header = (header + 3) / 4 * 4;
	return snap(bytes, p, at + header);
}

static enum link_result
wireless(struct span bytes, struct peeled *p)
{
	return wireless_at(bytes, p, 0, false);
}

/* Its fields are aligned to their own length, counted from the beginning of the header; of those before the flags there
 * is but the timer. */
static enum link_result
radiotap(struct span bytes, struct peeled *p)
{
	size_t len, field = RADIOTAP_HEADER;
	bool padded = false;

	if (bytes.len < RADIOTAP_HEADER)
		return LINK_SHORT;
	len = le16(bytes.at + 2);
	if (bytes.at[0] != 0 || len < RADIOTAP_HEADER)
		return LINK_OTHER;
	if (bytes.len < len)
		return LINK_SHORT;
	while (field + 4 <= len && (bytes.at[field - 1] & RADIOTAP_MORE) != 0)
		field += 4;
	if ((bytes.at[4] & RADIOTAP_TIMER) != 0)
		field = (field + 7) / 8 * 8 + 8;
	if ((bytes.at[4] & RADIOTAP_FLAGS) != 0 && field < len)
		padded = (bytes.at[field] & RADIOTAP_PADDED) != 0;
	return wireless_at(bytes, p, len, padded);
}

/* Two headers share a number: the younger one begins with a mark and says how long it is. */
static enum link_result
prism(struct span bytes, struct peeled *p)
{
	size_t len;

	if (bytes.len < 8)
		return LINK_SHORT;
	if (octets_be32(bytes.at) >> 12 != AVS_COOKIE)
		return wireless_at(bytes, p, PRISM_HEADER, false);
	len = octets_be32(bytes.at + 4);
	return len < 8 ? LINK_OTHER : wireless_at(bytes, p, len, false);
}

static enum link_result
ppi(struct span bytes, struct peeled *p)
{
	size_t len;

	if (bytes.len < PPI_HEADER)
		return LINK_SHORT;
	len = le16(bytes.at + 2);
	if (len < PPI_HEADER)
		return LINK_OTHER;
	return le16(bytes.at + 4) == PPI_WIRELESS ? wireless_at(bytes, p, len, false) : LINK_UNKNOWN;
}

/* Where the sender's first bit is set, the way that the frame took follows the addresses (IEEE 802.5, 3.3). */
static enum link_result
token_ring(struct span bytes, struct peeled *p)
{
	enum { HEADER = 14, SOURCE = 8 };
	size_t header = HEADER;

	if (bytes.len <= HEADER)
		return LINK_SHORT;
	p->source = span_from(bytes.at + SOURCE, ADDRESS);
	if ((bytes.at[SOURCE] & 0x80) != 0)
		header += bytes.at[HEADER] & 0x1F;
	return snap(bytes, p, header);
}

/* One octet tells frames of data from those that keep the ring going. */
static enum link_result
fddi(struct span bytes, struct peeled *p)
{
	enum { HEADER = 13, SOURCE = 7, KIND = 0xF0, DATA = 0x50 };

	if (bytes.len < HEADER)
		return LINK_SHORT;
	if ((bytes.at[0] & KIND) != DATA)
		return LINK_OTHER;
	p->source = span_from(bytes.at + SOURCE, ADDRESS);
	return snap(bytes, p, HEADER);
}

/* Lines and other media ------------------------------------------------------------------------ */

static enum link_result
atm(struct span bytes, struct peeled *p)
{
	uint16_t type;

	if (bytes.len < SNAP_HEADER)
		return LINK_SHORT;
	type = octets_be16(bytes.at + 6);
	if (be24(bytes.at) != LLC_SNAP || be24(bytes.at + 3) != SNAP_BRIDGED)
		return snap(bytes, p, 0);
	if (type != BRIDGED_ETHERNET && type != BRIDGED_ETHERNET_FCS)
		return LINK_OTHER;
	if (bytes.len < SNAP_HEADER + SNAP_BRIDGED_PAD)
		return LINK_SHORT;
	p->start = LINK_STARTS_ETHERNET;
	p->header = SNAP_HEADER + SNAP_BRIDGED_PAD;
	return LINK_IP;
}

/* RFC 2427, section 3; routers of one make write an Ethernet type instead. */
static enum link_result
frame_relay(struct span bytes, struct peeled *p)
{
	enum { ADDRESS_FIELD = 2, UNNUMBERED = 0x03, IS_IPV4 = 0xCC, IS_IPV6 = 0x8E };

	if (bytes.len < ADDRESS_FIELD + 2)
		return LINK_SHORT;
	if ((bytes.at[1] & 1) == 0)
		return LINK_UNKNOWN;            /* a longer address */
	if (bytes.at[2] != UNNUMBERED)
		return typed(p, ADDRESS_FIELD + 2, octets_be16(bytes.at + 2));
	if (bytes.at[3] == IS_IPV4 || bytes.at[3] == IS_IPV6)
		return typed(p, ADDRESS_FIELD + 2, bytes.at[3] == IS_IPV4 ? TYPE_IPV4 : TYPE_IPV6);
	return LINK_OTHER;
}

static enum link_result
firewire(struct span bytes, struct peeled *p)
{
	enum { HEADER = 18 };

	return bytes.len < HEADER ? LINK_SHORT : typed(p, HEADER, octets_be16(bytes.at + HEADER - 2));
}

static enum link_result
slip(struct span bytes, struct peeled *p)
{
	return raw(bytes, p, 16);
}

/* Packet filters ------------------------------------------------------------------------------- */

/* The length leaves out what fills the header up to four octets. */
static enum link_result
pflog(struct span bytes, struct peeled *p)
{
	enum { LEAST = 48 };

	if (bytes.len == 0)
		return LINK_SHORT;
	return bytes.at[0] < LEAST ? LINK_OTHER : raw(bytes, p, ((size_t)bytes.at[0] + 3) / 4 * 4);
}

static enum link_result
enc(struct span bytes, struct peeled *p)
{
	return raw(bytes, p, 12);
}

/* Fields of type and length, in the byte order of the machine, which is little-endian wherever this was met; the packet
 * is one of them. */
static enum link_result
nflog(struct span bytes, struct peeled *p)
{
	enum { HEADER = 4, FIELD = 4, PAYLOAD = 9 };
	size_t at = HEADER;

	while (at + FIELD <= bytes.len) {
		size_t len = le16(bytes.at + at);

		if (len < FIELD)
			return LINK_OTHER;
		if (le16(bytes.at + at + 2) == PAYLOAD)
			return raw(bytes, p, at + FIELD);
		at += (len + 3) / 4 * 4;
	}
	return LINK_SHORT;
}

enum link_result
peel(int link_type, struct span bytes, struct peeled *peeled_r)
{
	static const struct {
		int              link_type;
		enum link_result (*measure)(struct span bytes, struct peeled *p);
	} headers[] = {
		{ 6, token_ring }, { 8, slip }, { 10, fddi }, { 11, atm }, { 100, atm }, { 105, wireless },
		{ 107, frame_relay }, { 109, enc }, { 117, pflog }, { 119, prism }, { 127, radiotap },
		{ 138, firewire }, { 163, prism }, { 192, ppi }, { 239, nflog },
	};

	*peeled_r = (struct peeled){ 0 };
	for (size_t i = 0; i < TABLE_LENGTH(headers); i++)
		if (headers[i].link_type == link_type)
			return headers[i].measure(bytes, peeled_r);
	return LINK_UNKNOWN;
}
