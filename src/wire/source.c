/* The bytes of a file, or of standard input, as they lie on disk. */
#include "wire/source.h"

#include "wire/source_digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	HEAD_MAX = 4,
	DIGEST_BLOCK = 256 * 1024,
	SHORT_FILE = 1 << 20,           /* up to here a thread is not worth its start */
};

struct source {
	int            fd;
	const char    *name;            /* for messages */
	bool           seekable;        /* a regular file: can be read again from its beginning */
	uint64_t       position, size;
	uint8_t        head[HEAD_MAX];
	size_t         head_len, head_read;
	struct digest *digest;          /* of what was read */
	struct source_digest *beside;   /* who makes it of what is long; NULL while the reader does */
	bool           alone;           /* there can be nobody beside the reader */
	bool           digested;
	uint8_t        sha256[SHA256_SIZE];
	char           path[];
};

static ssize_t
read_again(int fd, void *at, size_t room)
{
	ssize_t got;

	do
		got = read(fd, at, room);
	while (got < 0 && errno == EINTR);
	return got;
}

/* A pipe may hand out fewer bytes at a time than are asked for. */
static bool
head_fill(struct source *source)
{
	while (source->head_len < HEAD_MAX) {
		ssize_t got = read_again(source->fd, source->head + source->head_len,
			HEAD_MAX - source->head_len);

		if (got < 0)
			return false;
		if (got == 0)
			break;
		source->head_len += (size_t)got;
	}
	return true;
}

static struct status
failure(const struct source *source, const char *what)
{
	return status_of(STATUS_INPUT, "%s: %s", source->name, what);
}

/* Opens the descriptor and looks at what kind of file is behind it. */
static struct status
descriptor_open(struct source *source)
{
	struct stat about;
	bool is_stdin = strcmp(source->path, "-") == 0;

	source->fd = is_stdin ? STDIN_FILENO : open(source->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (source->fd < 0)
		return failure(source, errno == ENOENT ? "no such file" : strerror(errno));
	if (fstat(source->fd, &about) != 0)
		return failure(source, strerror(errno));
	if (S_ISDIR(about.st_mode))
		return failure(source, "is a directory, not a capture file");
	source->seekable = S_ISREG(about.st_mode) && !is_stdin;
	if (S_ISREG(about.st_mode) && about.st_size > 0)
		source->size = (uint64_t)about.st_size;
	if (source->seekable)
		posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	source->digest = digest_new();
	return source->digest != NULL ? status_ok() : status_of(STATUS_NO_MEMORY, "out of memory");
}

static struct status
source_begin(struct source *source)
{
	struct status status = descriptor_open(source);

	if (!status_is_ok(&status))
		return status;
	if (!head_fill(source))
		return failure(source, strerror(errno));
	if (source->head_len == 0)
		return failure(source, "is empty, not a capture");
	return status_ok();
}

struct status
source_open(const char *path, struct source **source_r)
{
	size_t size = strlen(path) + 1;
	struct source *source = calloc(1, sizeof(*source) + size);
	struct status status;

	*source_r = NULL;
	if (source == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	memcpy(source->path, path, size);
	source->name = strcmp(path, "-") == 0 ? "standard input" : source->path;
	status = source_begin(source);
	if (status_is_ok(&status))
		*source_r = source;
	else
		source_close(&source);
	return status;
}

void
source_close(struct source **source)
{
	if (*source == NULL)
		return;
	source_digest_end(&(*source)->beside);
	if ((*source)->fd > STDIN_FILENO)
		close((*source)->fd);
	digest_free(&(*source)->digest);
	free(*source);
	*source = NULL;
}

struct span
source_head(const struct source *source)
{
	return span_from(source->head, source->head_len);
}

static void
take_into_digest(struct source *source, struct span bytes)
{
	if (source->digested)
		return;
	if (source->beside == NULL && !source->alone && source->position > SHORT_FILE) {
		source->beside = source_digest_begin(source->digest);
		source->alone = source->beside == NULL;
	}
	if (source->beside != NULL)
		source_digest_add(source->beside, bytes);
	else
		digest_add(source->digest, bytes);
}

ssize_t
source_read(struct source *source, void *at, size_t room)
{
	struct span head = span_after(source_head(source), source->head_read);
	ssize_t got;

	if (head.len > 0) {
		head = span_first(head, room);
		memcpy(at, head.at, head.len);
		source->head_read += head.len;
		got = (ssize_t)head.len;
	} else {
		got = read_again(source->fd, at, room);
	}
	if (got <= 0)
		return got;
	source->position += (uint64_t)got;
	take_into_digest(source, span_from(at, (size_t)got));
	return got;
}

ssize_t
source_read_at(const struct source *source, void *at, size_t room, uint64_t offset)
{
	ssize_t got;

	if (!source->seekable || offset > INT64_MAX)
		return -1;
	do
		got = pread(source->fd, at, room, (off_t)offset);
	while (got < 0 && errno == EINTR);
	return got;
}

uint64_t
source_position(const struct source *source)
{
	return source->position;
}

uint64_t
source_size(const struct source *source)
{
	return source->size;
}

/* Adds what the reader has not read yet. */
static struct status
digest_rest(const struct source *source, uint8_t *block)
{
	off_t offset = (off_t)source->position;
	ssize_t got;

	while ((got = pread(source->fd, block, DIGEST_BLOCK, offset)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return failure(source, strerror(errno));
		digest_add(source->digest, span_from(block, (size_t)got));
		offset += got;
	}
	return status_ok();
}

static struct status
file_digest_rest(const struct source *source)
{
	uint8_t *block = malloc(DIGEST_BLOCK);
	struct status status = status_of(STATUS_NO_MEMORY, "out of memory");

	if (block != NULL)
		status = digest_rest(source, block);
	free(block);
	return status;
}

struct status
source_sha256(struct source *source, uint8_t out[SHA256_SIZE])
{
	struct status status = status_ok();

	if (!source->digested) {
		source_digest_end(&source->beside);
		if (source->seekable)
			status = file_digest_rest(source);
		if (status_is_ok(&status))
			digest_finish(source->digest, source->sha256);
		source->digested = true;
	}
	memcpy(out, source->sha256, SHA256_SIZE);
	return status;
}
