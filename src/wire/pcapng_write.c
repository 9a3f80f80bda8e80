/* Writes pcapng: one section, interfaces as frames call for them, enhanced packet blocks. */
#include "wire/pcapng_write.h"

#include "base/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum block {
	BLOCK_SECTION = 0x0A0D0D0A,
	BLOCK_INTERFACE = 1,
	BLOCK_PACKET = 6,
};

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_NAME = 2,                /* of an interface */
	OPTION_APPLICATION = 4,         /* of a section: what wrote it */
	OPTION_RESOLUTION = 9,          /* of an interface: digits behind the second */
};

enum {
	BYTE_ORDER_MAGIC = 0x1A2B3C4D,
	NANOSECONDS = 9,
	INTERFACES_MOST = 64,
	NAME_SIZE = 64,
	OPTION_MOST = UINT16_MAX - 3,   /* its length has 16 bits, and it is padded */
	DLT_RAW_BSD = 12,               /* libpcap's own number for raw IP; files say 101 */
	LINKTYPE_RAW = 101,
};

struct pcapng_writer {
	FILE         *stream;
	char         *path;
	struct buffer block;            /* the one being put together */
	struct {
		int      link_type;
		uint32_t snaplen;
		char     name[NAME_SIZE];
	} interfaces[INTERFACES_MOST];
	size_t        interface_count;
	int           trouble;          /* errno of the first failure, or 0 */
};

static void
put_16(struct buffer *block, uint16_t number)
{
	buffer_add(block, span_from(&number, sizeof(number)));
}

static void
put_32(struct buffer *block, uint32_t number)
{
	buffer_add(block, span_from(&number, sizeof(number)));
}

static void
put_padded(struct buffer *block, struct span bytes)
{
	static const uint8_t zeros[4];

	buffer_add(block, bytes);
	buffer_add(block, span_from(zeros, (4 - bytes.len % 4) % 4));
}

/* Nothing for an empty one; a long one is cut between characters. */
static void
put_option(struct buffer *block, enum option option, struct span value)
{
	if (value.len == 0)
		return;
	if (value.len > OPTION_MOST) {
		value.len = OPTION_MOST;
		while (value.len > 0 && (value.at[value.len] & 0xC0) == 0x80)
			value.len--;
	}
	put_16(block, (uint16_t)option);
	put_16(block, (uint16_t)value.len);
	put_padded(block, value);
}

static void
block_begin(struct pcapng_writer *writer, enum block type)
{
	buffer_clear(&writer->block);
	put_32(&writer->block, (uint32_t)type);
	put_32(&writer->block, 0);      /* the length, known at the end */
}

static void
block_end(struct pcapng_writer *writer)
{
	struct buffer *block = &writer->block;
	uint32_t len;

	put_32(block, OPTION_END);
	len = (uint32_t)block->len + 4;
	put_32(block, len);
	if (block->failed) {
		writer->trouble = writer->trouble != 0 ? writer->trouble : ENOMEM;
		return;
	}
	memcpy(block->at + 4, &len, sizeof(len));
	if (fwrite(block->at, 1, block->len, writer->stream) != block->len && writer->trouble == 0)
		writer->trouble = errno;
}

static void
write_section(struct pcapng_writer *writer, const char *comment)
{
	static const uint8_t unknown_length[8] = { 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF };

	block_begin(writer, BLOCK_SECTION);
	put_32(&writer->block, BYTE_ORDER_MAGIC);
	put_16(&writer->block, 1);      /* version 1.0 */
	put_16(&writer->block, 0);
	buffer_add(&writer->block, span_from(unknown_length, sizeof(unknown_length)));
	put_option(&writer->block, OPTION_COMMENT, span_of(comment));
	put_option(&writer->block, OPTION_APPLICATION, span_of("starttrace"));
	block_end(writer);
}

/* The interface of that kind, written where it is the first; the last one serves for what is beyond the limit. */
static uint32_t
interface_for(struct pcapng_writer *writer, const struct frame *frame, uint32_t snaplen)
{
	static const uint8_t resolution = NANOSECONDS;
	int link_type = frame->link_type;
	char name[NAME_SIZE];

	snprintf(name, sizeof(name), "%s", frame->interface_name != NULL ? frame->interface_name : "");
	for (size_t i = 0; i < writer->interface_count; i++)
		if (writer->interfaces[i].link_type == link_type && writer->interfaces[i].snaplen == snaplen &&
		    strcmp(writer->interfaces[i].name, name) == 0)
			return (uint32_t)i;
	if (writer->interface_count == INTERFACES_MOST) {
		writer->trouble = writer->trouble != 0 ? writer->trouble : E2BIG;
		return INTERFACES_MOST - 1;
	}
	writer->interfaces[writer->interface_count].link_type = link_type;
	writer->interfaces[writer->interface_count].snaplen = snaplen;
	memcpy(writer->interfaces[writer->interface_count].name, name, sizeof(name));
	block_begin(writer, BLOCK_INTERFACE);
	put_16(&writer->block, (uint16_t)(link_type == DLT_RAW_BSD ? LINKTYPE_RAW : link_type));
	put_16(&writer->block, 0);
	put_32(&writer->block, snaplen);
	put_option(&writer->block, OPTION_NAME, span_of(name));
	put_option(&writer->block, OPTION_RESOLUTION, span_from(&resolution, 1));
	block_end(writer);
	return (uint32_t)writer->interface_count++;
}

struct status
pcapng_create(const char *path, const char *comment, struct pcapng_writer **writer_r)
{
	struct pcapng_writer *writer = calloc(1, sizeof(*writer));
	bool standard = strcmp(path, "-") == 0;
	int file;

	*writer_r = NULL;
	if (writer == NULL || (writer->path = strdup(path)) == NULL) {
		free(writer);
		return status_of(STATUS_NO_MEMORY, "%s: out of memory", path);
	}
	file = standard ? dup(STDOUT_FILENO)
	                : open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	writer->stream = file >= 0 ? fdopen(file, "wb") : NULL;
	if (writer->stream == NULL) {
		struct status status = status_of(STATUS_USAGE, "%s: %s", path, errno == EEXIST
			? "is there already, and is not written over" : strerror(errno));

		free(writer->path);
		free(writer);
		return status;
	}
	write_section(writer, comment);
	*writer_r = writer;
	return status_ok();
}

void
pcapng_add(struct pcapng_writer *writer, const struct frame *frame, uint32_t snaplen,
	struct span comment)
{
	uint32_t interface = interface_for(writer, frame, snaplen);
	uint64_t time = (uint64_t)frame->at.time_ns;

	block_begin(writer, BLOCK_PACKET);
	put_32(&writer->block, interface);
	put_32(&writer->block, (uint32_t)(time >> 32));
	put_32(&writer->block, (uint32_t)time);
	put_32(&writer->block, (uint32_t)frame->bytes.len);
	put_32(&writer->block, frame->wire_len);
	put_padded(&writer->block, frame->bytes);
	put_option(&writer->block, OPTION_COMMENT, comment);
	block_end(writer);
}

struct status
pcapng_finish(struct pcapng_writer **writer, bool keep)
{
	struct status status = status_ok();
	int trouble = (*writer)->trouble;

	if (fclose((*writer)->stream) != 0 && trouble == 0)
		trouble = errno;
	if (trouble != 0)
		status = status_of(STATUS_INPUT, "%s: cannot be written: %s", (*writer)->path,
			strerror(trouble));
	if ((trouble != 0 || !keep) && strcmp((*writer)->path, "-") != 0)
		unlink((*writer)->path);
	buffer_free(&(*writer)->block);
	free((*writer)->path);
	free(*writer);
	*writer = NULL;
	return status;
}
