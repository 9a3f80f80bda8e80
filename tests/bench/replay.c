/* Replays the sessions of sample captures, interleaved and with fresh addresses, into one capture.
 *
 *	replay [--every US] [--clients N] [--servers N] SESSIONS[+FIRST] OUT.pcap SAMPLE...
 *
 * With FIRST the sessions are numbered from there, so that several captures continue one another.
 *
 * Samples are Ethernet, IPv4 or IPv6, with TCP; other frames are left out.  Every copy of a sample gets its own
 * client and server address and its own start, a fixed step (250 microseconds, or what --every says) behind the one
 * before, so that at any time as many sessions are open as their length allows.  Checksums are adjusted, not recomputed.
 *
 * With --clients or --servers there are no more of them than that, rounded up to a multiple of the samples: an address
 * is of one sample, so that a server behaves the same each time.  Steps must then be long enough that nobody comes back
 * to the same server while an earlier session of his runs. */
#include <getopt.h>
#include <pcap/pcap.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FRAMES_MOST = 512,              /* of a sample; longer ones are left out */
	SAMPLES_MOST = 128,
	STEP_US = 250,                  /* between the starts of two sessions, if nothing else is asked */
	OPEN_MOST = 1 << 14,            /* sessions that run at the same time */
	SERVERS_FROM = 1 << 22,         /* half of the numbers that fit an address */
};

struct frame {
	int64_t  offset_us;             /* since the first frame of its sample */
	uint32_t len;
	bool     back;                  /* not from where its sample's first frame came */
	uint8_t *bytes;
};

struct sample {
	struct frame frames[FRAMES_MOST];
	size_t       count;
};

/* One running copy of a sample, in a heap ordered by the time of its next frame. */
struct copy {
	const struct sample *sample;
	size_t               next;
	int64_t              start_us, due_us;
	uint32_t             number;
};

static struct asked {
	int64_t  step_us;
	uint32_t clients, servers;      /* 0: each session has its own */
} asked = { .step_us = STEP_US };

static struct sample *samples[SAMPLES_MOST];
static size_t         sample_count;
static struct copy    heap[OPEN_MOST];
static size_t         heap_count;

static void
die(const char *what, const char *why)
{
	fprintf(stderr, "replay: %s: %s\n", what, why);
	exit(1);
}

static int
is_tcp(const uint8_t *at, uint32_t len)
{
	if (len < 54)
		return 0;
	if (at[12] == 0x08 && at[13] == 0x00)
		return at[23] == 6;
	return at[12] == 0x86 && at[13] == 0xDD && at[20] == 6 && len >= 74;
}

/* Whether a frame goes the other way than the first one of its sample: from another address or, where both ends are
 * the same machine, from another port. */
static bool
goes_back(const uint8_t *first, const uint8_t *at)
{
	size_t half = at[12] == 0x08 ? 4 : 16, source = at[12] == 0x08 ? 26 : 22;
	size_t ports = 14 + (at[12] == 0x08 ? (size_t)(at[14] & 15) * 4 : 40);

	if (memcmp(at + source, at + source + half, half) == 0)
		return memcmp(first + ports, at + ports, 2) != 0;
	return memcmp(first + source, at + source, half) != 0;
}

static void
load(const char *path)
{
	char error[PCAP_ERRBUF_SIZE];
	pcap_t *in = pcap_open_offline(path, error);
	struct sample *sample = calloc(1, sizeof(*sample));
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	int64_t first = 0;

	if (sample == NULL || sample_count == SAMPLES_MOST)
		die(path, "no room");
	if (in == NULL || pcap_datalink(in) != DLT_EN10MB) {
		free(sample);           /* compressed, or of another link type */
		if (in != NULL)
			pcap_close(in);
		return;
	}
	while (pcap_next_ex(in, &header, &bytes) == 1 && sample->count < FRAMES_MOST) {
		struct frame *frame = &sample->frames[sample->count];
		int64_t at = (int64_t)header->ts.tv_sec * 1000000 + header->ts.tv_usec;

		if (header->caplen != header->len || !is_tcp(bytes, header->caplen))
			continue;
		if (sample->count == 0)
			first = at;
		frame->offset_us = at - first;
		frame->len = header->caplen;
		frame->bytes = malloc(header->caplen);
		if (frame->bytes == NULL)
			die(path, "out of memory");
		memcpy(frame->bytes, bytes, header->caplen);
		frame->back = goes_back(sample->frames[0].bytes, frame->bytes);
		sample->count++;
	}
	pcap_close(in);
	if (sample->count > 4 && sample->count < FRAMES_MOST)
		samples[sample_count++] = sample;
	else
		free(sample);
}

static void
heap_swap(size_t a, size_t b)
{
	struct copy keep = heap[a];

	heap[a] = heap[b];
	heap[b] = keep;
}

static void
heap_sink(size_t at)
{
	for (;;) {
		size_t least = at, left = 2 * at + 1, right = left + 1;

		if (left < heap_count && heap[left].due_us < heap[least].due_us)
			least = left;
		if (right < heap_count && heap[right].due_us < heap[least].due_us)
			least = right;
		if (least == at)
			return;
		heap_swap(at, least);
		at = least;
	}
}

static void
heap_rise(size_t at)
{
	for (; at > 0 && heap[at].due_us < heap[(at - 1) / 2].due_us; at = (at - 1) / 2)
		heap_swap(at, (at - 1) / 2);
}

static uint32_t
read16(const uint8_t *at)
{
	return (uint32_t)at[0] << 8 | at[1];
}

/* RFC 1624, equation 3. */
static void
adjust(uint8_t *checksum, uint32_t before, uint32_t after)
{
	uint32_t sum = (~read16(checksum) & 0xFFFF) + (~before & 0xFFFF) + after;

	sum = (sum & 0xFFFF) + (sum >> 16);
	sum = ~((sum & 0xFFFF) + (sum >> 16)) & 0xFFFF;
	checksum[0] = (uint8_t)(sum >> 8);
	checksum[1] = (uint8_t)sum;
}

static void
put16(uint8_t *field, uint32_t value, uint8_t *ip_checksum, uint8_t *tcp_checksum)
{
	uint32_t before = read16(field);

	field[0] = (uint8_t)(value >> 8);
	field[1] = (uint8_t)value;
	if (ip_checksum != NULL)
		adjust(ip_checksum, before, value);
	adjust(tcp_checksum, before, value);
}

/* Which of `most` machines this copy of a sample is of: always one of the same sample, and no client is a server. */
static uint32_t
machine(uint32_t number, uint32_t most, uint32_t kind)
{
	uint32_t rounded = (most + (uint32_t)sample_count - 1) / (uint32_t)sample_count * (uint32_t)sample_count;

	return most == 0 ? number : number % rounded | kind;
}

/* Gives source and destination the addresses of these machines: their numbers are mixed into the upper parts. */
static void
readdress(uint8_t *at, const uint32_t numbers[2])
{
	int v4 = at[12] == 0x08;
	uint8_t *ip = at + 14, *addresses = ip + (v4 ? 12 : 8);
	size_t header = v4 ? (size_t)(ip[0] & 15) * 4 : 40, half = v4 ? 4 : 16;
	uint8_t *ip_checksum = v4 ? ip + 10 : NULL, *tcp_checksum = ip + header + 16;

	for (size_t end = 0; end < 2; end++) {
		uint32_t number = numbers[end];
		uint8_t *address = addresses + end * half + half - 4;

		put16(address, 0x0A00 | (number >> 15 & 0xFF), ip_checksum, tcp_checksum);
		put16(address + 2, (number & 0x7FFF) << 1 | (read16(address + 2) & 1), ip_checksum,
			tcp_checksum);
	}
}

static void
start(uint32_t number)
{
	struct copy *copy = &heap[heap_count];

	copy->sample = samples[number % sample_count];
	copy->next = 0;
	copy->number = number;
	copy->start_us = copy->due_us = (int64_t)number * asked.step_us;
	heap_rise(heap_count++);
}

static void
write_next(pcap_dumper_t *out)
{
	struct copy *copy = &heap[0];
	const struct frame *frame = &copy->sample->frames[copy->next];
	struct pcap_pkthdr header = { .caplen = frame->len, .len = frame->len };
	uint32_t client = machine(copy->number, asked.clients, 0);
	uint32_t server = machine(copy->number, asked.servers, SERVERS_FROM);
	uint32_t numbers[2] = { frame->back ? server : client, frame->back ? client : server };
	uint8_t bytes[65536];

	if (frame->len <= sizeof(bytes)) {
		memcpy(bytes, frame->bytes, frame->len);
		readdress(bytes, numbers);
		header.ts.tv_sec = (time_t)(1700000000 + copy->due_us / 1000000);
		header.ts.tv_usec = (suseconds_t)(copy->due_us % 1000000);
		pcap_dump((u_char *)out, &header, bytes);
	}
	if (++copy->next == copy->sample->count)
		*copy = heap[--heap_count];
	else
		copy->due_us = copy->start_us + copy->sample->frames[copy->next].offset_us;
	heap_sink(0);
}

/* Replays numbers `first` to `end` - 1. */
static void
replay(pcap_dumper_t *out, uint32_t first, uint32_t end)
{
	for (uint32_t number = first; number < end || heap_count > 0;) {
		int64_t start_us = (int64_t)number * asked.step_us;

		if (number < end && heap_count < OPEN_MOST && (heap_count == 0 || start_us <= heap[0].due_us))
			start(number++);
		else
			write_next(out);
	}
}

static void
take_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "every", required_argument, NULL, 'e' },
		{ "clients", required_argument, NULL, 'c' },
		{ "servers", required_argument, NULL, 's' },
		{ 0 },
	};

	for (int word; (word = getopt_long(argc, argv, "", known, NULL)) != -1;) {
		uint32_t value = optarg == NULL ? 0 : (uint32_t)strtoul(optarg, NULL, 10);

		if (word == 'e')
			asked.step_us = value;
		else if (word == 'c')
			asked.clients = value;
		else if (word == 's')
			asked.servers = value;
		if (value == 0 || word == '?')
			die("usage", "replay [--every US] [--clients N] [--servers N] SESSIONS[+FIRST] OUT.pcap SAMPLE...");
	}
}

int
main(int argc, char **argv)
{
	pcap_t *dead = pcap_open_dead(DLT_EN10MB, 262144);
	uint32_t sessions = 0, first = 0;
	pcap_dumper_t *out;

	take_options(argc, argv);
	if (argc - optind > 2) {
		char *rest = argv[optind];

		sessions = (uint32_t)strtoul(rest, &rest, 10);
		first = *rest == '+' ? (uint32_t)strtoul(rest + 1, NULL, 10) : 0;
	}
	if (sessions == 0)
		die("usage", "replay [--every US] [--clients N] [--servers N] SESSIONS[+FIRST] OUT.pcap SAMPLE...");
	for (int i = optind + 2; i < argc; i++)
		load(argv[i]);
	if (sample_count == 0)
		die("samples", "none that can be replayed");
	out = pcap_dump_open(dead, argv[optind + 1]);
	if (out == NULL)
		die(argv[optind + 1], pcap_geterr(dead));
	replay(out, first, first + sessions);
	pcap_dump_close(out);
	pcap_close(dead);
	return 0;
}
