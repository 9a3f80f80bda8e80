/* starttrace carve: the frames of a session, or of all sessions that a finding rests on, as a capture of their own,
 * with a comment on each frame that decided.
 *
 * The frames are taken from the captures that were analysed, which must be what they were then: their digests are
 * compared.  Where a capture was moved, or was standard input, it can be named behind the session. */
#include "cli/options.h"
#include "cli/usage.h"

#include "base/text.h"
#include "store/query.h"
#include "wire/capture.h"
#include "wire/ip.h"
#include "wire/pcapng_write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What one session has in one capture. */
struct part {
	int64_t         capture_id;
	char           *path;
	char            sha256[2 * SHA256_SIZE + 1];    /* "" where none was kept */
	uint32_t        snaplen;
	struct endpoint client, server;
	uint32_t        vlan, other_vlan;       /* of its two directions */
	char           *interface;      /* by which all of its frames came; "" where the file does not tell */
	uint64_t        from, to;
};

/* What is to be said of a frame. */
struct mark {
	int64_t  capture_id;
	uint64_t frame;
	char    *text;
};

struct carving {
	const struct options *options;
	struct part          *parts;
	size_t                part_count;
	struct mark          *marks;
	size_t                mark_count;
	uint64_t              written;
	bool                  failed;           /* out of memory */
};

static const char usage[] = USAGE(USAGE_CARVE);

/* What to carve -------------------------------------------------------------------------------- */

static uint64_t
number_cell(const struct query_record *record, const char *name)
{
	uint64_t number = 0;

	span_number(span_of(query_cell(record, name)), &number);
	return number;
}

/* One more element at the end of a growing array; NULL when out of memory. */
static void *
grow(struct carving *carving, void **array, size_t *count, size_t size)
{
	void *larger = reallocarray(*array, *count + 1, size);

	if (larger == NULL) {
		carving->failed = true;
		return NULL;
	}
	*array = larger;
	return (char *)larger + size * (*count)++;
}

static void
add_part(struct carving *carving, const struct query_record *record)
{
	struct part *part = grow(carving, (void **)&carving->parts, &carving->part_count, sizeof(*part));

	if (part == NULL)
		return;
	*part = (struct part){
		.capture_id = (int64_t)number_cell(record, "capture_id"),
		.path = strdup(query_cell(record, "path")),
		.interface = strdup(query_cell(record, "interface")),
		.snaplen = (uint32_t)number_cell(record, "snaplen"),
		.client.port = (uint16_t)number_cell(record, "client_port"),
		.server.port = (uint16_t)number_cell(record, "server_port"),
		.vlan = (uint32_t)number_cell(record, "vlan"),
		.other_vlan = (uint32_t)number_cell(record, "other_vlan"),
		.from = number_cell(record, "from_frame"),
		.to = number_cell(record, "to_frame"),
	};
	snprintf(part->sha256, sizeof(part->sha256), "%s", query_cell(record, "sha256"));
	carving->failed |= part->path == NULL || part->interface == NULL ||
	                   !address_from_text(query_cell(record, "client_ip"), &part->client.address) ||
	                   !address_from_text(query_cell(record, "server_ip"), &part->server.address);
}

static void
add_mark(struct carving *carving, const struct query_record *record)
{
	struct mark *mark = grow(carving, (void **)&carving->marks, &carving->mark_count, sizeof(*mark));

	if (mark == NULL)
		return;
	mark->capture_id = (int64_t)number_cell(record, "capture_id");
	mark->frame = number_cell(record, "frame");
	mark->text = strdup(query_cell(record, "text"));
	carving->failed |= mark->text == NULL;
}

static void
take_row(void *user, const struct query_record *record)
{
	if (strcmp(query_cell(record, "part"), "part") == 0)
		add_part(user, record);
	else
		add_mark(user, record);
}

static struct status
look_up(struct carving *carving, uint64_t number)
{
	const struct options *options = carving->options;
	struct query_parameter parameter = {
		.name = options->finding != NULL ? ":finding" : ":session",
		.number = (int64_t)number,
	};
	struct query *query = NULL;
	struct status status = query_open(options->database, &query);

	if (status_is_ok(&status))
		status = query_run_file(query, "carve", &parameter, 1, take_row, carving);
	query_close(&query);
	if (status_is_ok(&status) && carving->failed)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	if (status_is_ok(&status) && carving->part_count == 0)
		return status_of(STATUS_USAGE, "%s: there is no %s %" PRIu64, options->database,
			options->finding != NULL ? "finding" : "session", number);
	return status;
}

/* The captures --------------------------------------------------------------------------------- */

static bool
is_same(struct capture *capture, const char *sha256)
{
	uint8_t digest[SHA256_SIZE];
	struct status status = capture_sha256(capture, digest);
	struct buffer hex = { 0 };
	bool same;

	if (!status_is_ok(&status))
		return false;
	text_hex(&hex, span_from(digest, sizeof(digest)));
	same = strcmp(buffer_text(&hex), sha256) == 0;
	buffer_free(&hex);
	return same;
}

/* Opens the file if it is the one that was analysed. */
static struct status
open_same(const char *path, const char *sha256, struct capture **capture_r)
{
	struct status status = capture_open(path, NULL, 0, capture_r);

	if (!status_is_ok(&status) || is_same(*capture_r, sha256))
		return status;
	capture_close(capture_r);
	return status_of(STATUS_INPUT, "%s: is not the file that was analysed: its digest differs", path);
}

/* The file where it was, or whichever of those named has its digest. */
static struct status
open_part(const struct carving *carving, const struct part *part, struct capture **capture_r)
{
	const struct options *options = carving->options;
	size_t first = options->finding != NULL ? 0 : 1;
	struct status status;

	for (size_t i = first; i < options->operand_count; i++) {
		status = open_same(options->operands[i], part->sha256, capture_r);
		if (status_is_ok(&status))
			return status;
	}
	if (part->sha256[0] == '\0')
		return status_of(STATUS_INPUT, "%s: was not read to its end, or is an interface: nothing can be "
			"carved from it", part->path);
	if (strcmp(part->path, "-") == 0)
		return status_of(STATUS_INPUT, "the frames came by standard input; name the file that holds them "
			"(SHA-256 %s)", part->sha256);
	return open_same(part->path, part->sha256, capture_r);
}

/* The frames ----------------------------------------------------------------------------------- */

static bool
is_of(const struct segment *segment, const struct part *part)
{
	return (segment->vlan == part->vlan || segment->vlan == part->other_vlan) &&
	       ((endpoint_equal(&segment->source, &part->client) && endpoint_equal(&segment->target, &part->server)) ||
	               (endpoint_equal(&segment->source, &part->server) &&
	                       endpoint_equal(&segment->target, &part->client)));
}

static bool
is_at(const struct part *part, int64_t capture_id, const struct frame *frame)
{
	const char *interface = frame->interface_name != NULL ? frame->interface_name : "";

	return part->capture_id == capture_id && frame->at.frame >= part->from && frame->at.frame <= part->to &&
	       (part->interface[0] == '\0' || strcmp(part->interface, interface) == 0);
}

/* Whether the segment belongs to one of the parts from `first` on, which are all of one capture. */
static bool
segment_is_wanted(const struct carving *carving, size_t first, const struct segment *segment)
{
	int64_t capture_id = carving->parts[first].capture_id;

	for (size_t i = first; i < carving->part_count; i++)
		if (is_at(&carving->parts[i], capture_id, segment->frame) &&
		    is_of(segment, &carving->parts[i]))
			return true;
	return false;
}

/* A fragment does not tell its ports: it is taken with every session between its two hosts. */
static bool
fragment_is_wanted(const struct carving *carving, size_t first, const struct frame *frame,
	const struct link *link)
{
	int64_t capture_id = carving->parts[first].capture_id;
	struct address source, target;

	if (!ip_addresses(link, &source, &target))
		return false;
	for (size_t i = first; i < carving->part_count; i++) {
		const struct address *client = &carving->parts[i].client.address;
		const struct address *server = &carving->parts[i].server.address;

		if (is_at(&carving->parts[i], capture_id, frame) &&
		    ((address_equal(&source, client) && address_equal(&target, server)) ||
		            (address_equal(&source, server) && address_equal(&target, client))))
			return true;
	}
	return false;
}

static bool
is_wanted(const struct carving *carving, size_t first, struct ip *ip, const struct frame *frame)
{
	struct link link;
	struct segment segment;

	if (link_decode(frame, &link) != LINK_IP)
		return false;
	switch (ip_decode(ip, frame, &link, &segment)) {
	case IP_FRAGMENT: return fragment_is_wanted(carving, first, frame, &link);
	case IP_SEGMENT: return segment_is_wanted(carving, first, &segment);
	case IP_OTHER:
	case IP_UNKNOWN:
	case IP_MALFORMED: break;
	}
	return false;
}

/* Everything that is said of one frame, one line each. */
static void
collect_marks(const struct carving *carving, int64_t capture_id, uint64_t frame,
	struct buffer *comment)
{
	buffer_clear(comment);
	for (size_t i = 0; i < carving->mark_count; i++) {
		const struct mark *mark = &carving->marks[i];

		if (mark->capture_id != capture_id || mark->frame != frame)
			continue;
		if (comment->len > 0)
			buffer_add_text(comment, "\n");
		buffer_add_text(comment, mark->text);
	}
}

/* A capture whose end is damaged was read up to the damage, and no part goes further. */
static struct status
check_whole(const struct carving *carving, size_t first, uint64_t read)
{
	const struct part *part = &carving->parts[first];

	for (size_t i = first; i < carving->part_count && carving->parts[i].capture_id == part->capture_id; i++)
		if (carving->parts[i].to > read)
			return status_of(STATUS_INPUT, "%s: can be read to frame %" PRIu64 " only, and frame %" PRIu64
				" is wanted", part->path, read, carving->parts[i].to);
	return status_ok();
}

/* The frames of all parts of one capture, of which `first` is the first. */
static struct status
carve_capture(struct carving *carving, size_t first, struct budget *budget,
	struct pcapng_writer *writer)
{
	const struct part *part = &carving->parts[first];
	struct capture *capture = NULL;
	struct buffer comment = { 0 };
	struct status status = open_part(carving, part, &capture);
	struct ip *ip = ip_new(budget);
	struct frame frame;

	if (status_is_ok(&status) && ip == NULL)
		status = status_of(STATUS_NO_MEMORY, "out of memory");
	while (status_is_ok(&status) && capture_next(capture, &frame) == CAPTURE_FRAME) {
		if (!is_wanted(carving, first, ip, &frame))
			continue;
		collect_marks(carving, part->capture_id, frame.at.frame, &comment);
		pcapng_add(writer, &frame, part->snaplen, buffer_span(&comment));
		carving->written++;
	}
	if (status_is_ok(&status))
		status = check_whole(carving, first, capture_frames(capture));
	buffer_free(&comment);
	ip_free(&ip);
	capture_close(&capture);
	return status;
}

static struct status
carve(struct carving *carving, const char *comment)
{
	struct budget budget = { .limit = carving->options->max_memory };
	struct pcapng_writer *writer = NULL;
	struct status status = pcapng_create(carving->options->output, comment, &writer), finished;

	for (size_t i = 0; i < carving->part_count && status_is_ok(&status); i++)
		if (i == 0 || carving->parts[i].capture_id != carving->parts[i - 1].capture_id)
			status = carve_capture(carving, i, &budget, writer);
	if (writer == NULL)
		return status;
	finished = pcapng_finish(&writer, status_is_ok(&status));
	return status_is_ok(&status) ? finished : status;
}

/* The command ---------------------------------------------------------------------------------- */

static struct status
read_operands(int argc, char **argv, struct options *options, uint64_t *number_r)
{
	struct status status = options_read(argc, argv, FOR_CARVE, options);

	if (!status_is_ok(&status) || options->help)
		return status;
	if (options->finding != NULL ? !span_number(span_of(options->finding), number_r)
	                             : options->operand_count == 0 ||
	            !span_number(span_of(options->operands[0]), number_r))
		return status_of(STATUS_USAGE, "%s; \"starttrace report\" lists sessions and findings",
			usage);
	if (options->output == NULL || *number_r > INT64_MAX)
		return status_of(STATUS_USAGE, "%s", usage);
	return status;
}

static void
carving_free(struct carving *carving)
{
	for (size_t i = 0; i < carving->part_count; i++) {
		free(carving->parts[i].path);
		free(carving->parts[i].interface);
	}
	for (size_t i = 0; i < carving->mark_count; i++)
		free(carving->marks[i].text);
	free(carving->parts);
	free(carving->marks);
}

int
command_carve(int argc, char **argv)
{
	struct options options;
	struct carving carving = { .options = &options };
	uint64_t number = 0;
	char comment[64];
	struct status status = read_operands(argc, argv, &options, &number);

	if (status_is_ok(&status) && options.help) {
		printf("%s\n", usage);
		return EXIT_DONE;
	}
	if (status_is_ok(&status))
		status = look_up(&carving, number);
	snprintf(comment, sizeof(comment), "%s %" PRIu64,
		options.finding != NULL ? "finding" : "session", number);
	if (status_is_ok(&status))
		status = carve(&carving, comment);
	if (status_is_ok(&status) && strcmp(options.output, "-") != 0)
		printf("%" PRIu64 " frames of %s in %s\n", carving.written, comment, options.output);
	carving_free(&carving);
	if (status_is_ok(&status))
		return EXIT_DONE;
	complain(&status);
	return status.code == STATUS_USAGE ? EXIT_USAGE : EXIT_INPUT;
}
