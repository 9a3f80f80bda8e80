/* BPF expressions: which frames a person wants to see.  Used on files, where each link type needs a program of its own,
 * and on interfaces, where the kernel runs it. */
#ifndef STARTTRACE_WIRE_FILTER_H
#define STARTTRACE_WIRE_FILTER_H

#include "base/status.h"
#include "wire/frame.h"

struct filter;
struct pcap;            /* libpcap's pcap_t */

/* Compiles `expression` (copied; "" passes everything) for `link_type` (DLT_ value) at once, so that a mistake is told
 * before any frame is read; the message names `name`.  Other link types are compiled when a frame of theirs comes. */
struct status filter_new(const char *expression, int link_type, const char *name, struct filter **filter_r);
void          filter_free(struct filter **filter);

/* False also where the expression makes no sense for the frame's link type, or there were too many of them. */
bool filter_passes(struct filter *filter, const struct frame *frame);

/* Compiles it for an activated interface and has the kernel run it there.  The message names `name`. */
struct status filter_install(const char *expression, struct pcap *interface, const char *name);

#endif
