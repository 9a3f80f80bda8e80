/* Replays the sessions of sample captures, interleaved and with fresh addresses, into one capture.
 *
 *	replay [OPTION...] SESSIONS[+FIRST] OUT.pcap SAMPLE... [-- SAMPLE...]
 *
 *	--every US      from the start of a session to that of the next one (250)
 *	--clients N     no more clients than that, rounded up to a multiple of the samples
 *	--servers N     no more servers
 *	--frames N      the first frames of each sample alone: 1 is a scan
 *	--open N        so many sessions are open at any time, each as long as that takes
 *	--message N     the client's message is so many bytes longer
 *
 * With FIRST the sessions are numbered from there, so that several captures continue one another.  Samples behind a
 * second "--" have half of the bytes.
 *
 * Samples are Ethernet, IPv4 or IPv6, with TCP or UDP; other frames are left out.  Every copy of a sample gets its own
 * client and server address and its own start, so that at any time as many sessions are open as their length allows.
 *
 * With --clients or --servers an address is of one sample, so that a server behaves the same each time.  Steps must
 * then be long enough that nobody comes back to the same server while an earlier session of his runs. */
#include "load/load.h"

#include <getopt.h>
#include <pcap/pcap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SAMPLES_MOST = 128,
	STEP_US = 250,                  /* between the starts of two sessions, if nothing else is asked */
	OPEN_MOST = 1 << 14,            /* sessions that run at the same time, likewise */
	SERVERS_FROM = 1 << 22,         /* half of the numbers that fit an address */
	GROUPS = 2,
};

/* One running copy of a sample, in a heap ordered by the time of its next frame. */
struct copy {
	const struct sample *sample;
	size_t               next;
	int64_t              start_us, due_us;
	uint32_t             number;
};

static struct asked {
	uint32_t step_us;
	uint32_t clients, servers;      /* 0: each session has its own */
	uint32_t frames, open, message; /* 0: as they are */
} asked = { .step_us = STEP_US };

/* Samples between which the bytes are shared evenly. */
static struct group {
	struct sample samples[SAMPLES_MOST];
	size_t        count, next;
	uint64_t      bytes;            /* of the sessions begun so far */
} groups[GROUPS];
static size_t       group_count = 1;
static struct copy *heap;
static size_t       heap_count, heap_most;

static void
load(struct group *group, const char *path)
{
	struct sample *sample = &group->samples[group->count];

	if (group->count == SAMPLES_MOST)
		die(path, "no room");
	if (!sample_load(sample, path, asked.frames > 0 ? asked.frames : FRAMES_MOST))
		return;
	if (asked.message > 0)
		sample_grow(sample, path, asked.message);
	group->count++;
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

/* Which of `most` machines this copy of a sample is of: always one of the same sample, and no client is a server. */
static uint32_t
machine(uint32_t number, uint32_t most, uint32_t kind)
{
	uint32_t count = (uint32_t)groups[0].count, rounded = (most + count - 1) / count * count;

	return most == 0 ? number : number % rounded | kind;
}

/* The sample of this session: the next one, of the group that had fewer bytes. */
static const struct sample *
pick(uint32_t number)
{
	struct group *group = &groups[0];
	const struct sample *sample;

	if (group_count == 1)
		return &group->samples[number % group->count];
	if (groups[1].bytes < groups[0].bytes)
		group = &groups[1];
	sample = &group->samples[group->next++ % group->count];
	for (size_t i = 0; i < sample->count; i++)
		group->bytes += sample->frames[i].len;
	return sample;
}

/* When the present frame of a copy comes: as in the sample, or evenly over the time that its session is to be open. */
static int64_t
due_us(const struct copy *copy)
{
	if (asked.open == 0)
		return copy->start_us + copy->sample->frames[copy->next].offset_us;
	int64_t lasts_us = (int64_t)asked.open * asked.step_us;

	return copy->start_us + lasts_us * (int64_t)copy->next / (int64_t)copy->sample->count;
}

static void
start(uint32_t number)
{
	struct copy *copy = &heap[heap_count];

	*copy = (struct copy){
		.sample = pick(number), .number = number,
		.start_us = (int64_t)number * asked.step_us, .due_us = (int64_t)number * asked.step_us,
	};
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
		frame_readdress(bytes, numbers);
		header.ts.tv_sec = (time_t)(1700000000 + copy->due_us / 1000000);
		header.ts.tv_usec = (suseconds_t)(copy->due_us % 1000000);
		pcap_dump((u_char *)out, &header, bytes);
	}
	if (++copy->next == copy->sample->count)
		*copy = heap[--heap_count];
	else
		copy->due_us = due_us(copy);
	heap_sink(0);
}

/* Replays numbers `first` to `end` - 1. */
static void
replay(pcap_dumper_t *out, uint32_t first, uint32_t end)
{
	for (uint32_t number = first; number < end || heap_count > 0;) {
		int64_t start_us = (int64_t)number * asked.step_us;

		if (number < end && heap_count < heap_most && (heap_count == 0 || start_us <= heap[0].due_us))
			start(number++);
		else
			write_next(out);
	}
}

_Noreturn static void
usage(void)
{
	die("usage", "replay [--every US] [--clients N] [--servers N] [--frames N] [--open N] [--message BYTES]"
		" SESSIONS[+FIRST] OUT.pcap SAMPLE... [-- SAMPLE...]");
}

static void
take_options(int argc, char **argv)
{
	static const struct option known[] = {
		{ "every", required_argument, NULL, 0 }, { "clients", required_argument, NULL, 1 },
		{ "servers", required_argument, NULL, 2 }, { "frames", required_argument, NULL, 3 },
		{ "open", required_argument, NULL, 4 }, { "message", required_argument, NULL, 5 },
		{ 0 },
	};
	uint32_t *const fields[] = {
		&asked.step_us, &asked.clients, &asked.servers, &asked.frames, &asked.open, &asked.message,
	};

	/* what follows the first operand are operands, "--" among them */
	for (int word; (word = getopt_long(argc, argv, "+", known, NULL)) != -1;) {
		uint32_t value = word == '?' ? 0 : (uint32_t)strtoul(optarg, NULL, 10);

		if (value == 0)
			usage();
		*fields[word] = value;
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
		usage();
	for (int i = optind + 2; i < argc; i++) {
		if (strcmp(argv[i], "--") == 0 && group_count < GROUPS)
			group_count++;
		else
			load(&groups[group_count - 1], argv[i]);
	}
	for (size_t i = 0; i < group_count; i++)
		if (groups[i].count == 0)
			die("samples", "none that can be replayed");
	heap_most = asked.open > 0 ? (size_t)asked.open + 1 : OPEN_MOST;
	heap = calloc(heap_most, sizeof(*heap));
	out = pcap_dump_open(dead, argv[optind + 1]);
	if (out == NULL || heap == NULL)
		die(argv[optind + 1], out == NULL ? pcap_geterr(dead) : "out of memory");
	replay(out, first, first + sessions);
	pcap_dump_close(out);
	pcap_close(dead);
	return 0;
}
