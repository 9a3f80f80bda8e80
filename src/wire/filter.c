/* BPF expressions, compiled by libpcap for the link types they meet. */
#include "wire/filter.h"

#include <pcap.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PROGRAMS_MAX = 16,              /* link types in one file */
	PROGRAM_SNAPLEN = 262144,
};

/* The expression, compiled for one link type. */
struct program {
	int                link_type;
	bool               passes_none; /* it makes no sense for this link type */
	struct bpf_program code;
};

struct filter {
	char          *expression;
	struct program programs[PROGRAMS_MAX];
	size_t         count;
};

static struct status
refused(const char *name, const char *expression, const char *words)
{
	return status_of(STATUS_USAGE, "%s: filter \"%s\": %s", name, expression, words);
}

/* False with libpcap's words when it cannot be. */
static bool
program_compile(struct program *program, const char *expression, char words[PCAP_ERRBUF_SIZE])
{
	pcap_t *dead = pcap_open_dead(program->link_type, PROGRAM_SNAPLEN);
	bool fine;

	snprintf(words, PCAP_ERRBUF_SIZE, "out of memory");
	if (dead == NULL)
		return false;
	fine = pcap_compile(dead, &program->code, expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
	if (!fine)
		snprintf(words, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(dead));
	pcap_close(dead);
	return fine;
}

struct status
filter_new(const char *expression, int link_type, const char *name, struct filter **filter_r)
{
	struct filter *filter = calloc(1, sizeof(*filter));
	char words[PCAP_ERRBUF_SIZE] = "out of memory";

	*filter_r = NULL;
	if (filter != NULL)
		filter->expression = strdup(expression);
	if (filter == NULL || filter->expression == NULL) {
		filter_free(&filter);
		return status_of(STATUS_NO_MEMORY, "%s", words);
	}
	filter->programs[0].link_type = link_type;
	if (!program_compile(&filter->programs[0], expression, words)) {
		filter_free(&filter);
		return refused(name, expression, words);
	}
	filter->count = 1;
	*filter_r = filter;
	return status_ok();
}

void
filter_free(struct filter **filter)
{
	struct filter *f = *filter;

	if (f == NULL)
		return;
	for (size_t i = 0; i < f->count; i++)
		pcap_freecode(&f->programs[i].code);
	free(f->expression);
	free(f);
	*filter = NULL;
}

/* The program for this link type, or NULL when there were too many. */
static struct program *
program_for(struct filter *filter, int link_type)
{
	char words[PCAP_ERRBUF_SIZE];
	struct program *program;

	for (size_t i = 0; i < filter->count; i++)
		if (filter->programs[i].link_type == link_type)
			return &filter->programs[i];
	if (filter->count == PROGRAMS_MAX)
		return NULL;
	program = &filter->programs[filter->count++];
	program->link_type = link_type;
	program->passes_none = !program_compile(program, filter->expression, words);
	return program;
}

bool
filter_passes(struct filter *filter, const struct frame *frame)
{
	struct pcap_pkthdr header = {
		.caplen = (bpf_u_int32)frame->bytes.len,
		.len = frame->wire_len,
	};
	struct program *program = program_for(filter, frame->link_type);

	return program != NULL && !program->passes_none &&
	       pcap_offline_filter(&program->code, &header, frame->bytes.at) != 0;
}

/* Compiled on the interface itself: only so does libpcap know that the kernel keeps VLAN tags beside the frame. */
struct status
filter_install(const char *expression, struct pcap *interface, const char *name)
{
	struct bpf_program code;
	bool fine;

	if (pcap_compile(interface, &code, expression, 1, PCAP_NETMASK_UNKNOWN) != 0)
		return refused(name, expression, pcap_geterr(interface));
	fine = pcap_setfilter(interface, &code) == 0;
	pcap_freecode(&code);
	return fine ? status_ok() : refused(name, expression, pcap_geterr(interface));
}
