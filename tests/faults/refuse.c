/* Preloaded beside a program: its Nth allocation, or each from there on, is refused.
 *
 *	REFUSE_AT=N     counts from 1; 0 refuses none
 *	REFUSE_ALL=1    all from there on
 *	REFUSE_TO=WORDS only callers in objects whose names hold one of these words, separated by blanks, count
 *	REFUSE_COUNT=F  writes to this file how many there were
 *
 * A refusal is what a program under a hard limit gets (RLIMIT_AS, a container): NULL and ENOMEM. */
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	RANGES_MOST = 64,
	WORDS_MOST = 512,
};

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

static struct {
	struct range { uintptr_t from, to; } ranges[RANGES_MOST];       /* of the callers that count */
	size_t             range_count;
	char               words[WORDS_MOST];
	const char        *count_file;
	unsigned long      at;
	bool               all, ready;
	atomic_ulong       count;
} asked;

static bool
is_meant(const char *name)
{
	char words[WORDS_MOST], *save = NULL;

	memcpy(words, asked.words, sizeof(words));
	for (char *word = strtok_r(words, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save))
		if (strstr(name, word) != NULL)
			return true;
	return false;
}

/* The program itself has no name here. */
static int
take_object(struct dl_phdr_info *object, size_t size, void *user)
{
	const char *name = object->dlpi_name[0] != '\0' ? object->dlpi_name : "program";

	(void)size;
	(void)user;
	if (!is_meant(name))
		return 0;
	for (int i = 0; i < object->dlpi_phnum; i++) {
		const ElfW(Phdr) *part = &object->dlpi_phdr[i];

		if (part->p_type != PT_LOAD || !(part->p_flags & PF_X) || asked.range_count == RANGES_MOST)
			continue;
		asked.ranges[asked.range_count].from = object->dlpi_addr + part->p_vaddr;
		asked.ranges[asked.range_count++].to = object->dlpi_addr + part->p_vaddr + part->p_memsz;
	}
	return 0;
}

__attribute__((constructor)) static void
begin(void)
{
	const char *at = getenv("REFUSE_AT"), *to = getenv("REFUSE_TO");

	if (at == NULL || to == NULL)
		return;
	snprintf(asked.words, sizeof(asked.words), "%s", to);
	asked.at = strtoul(at, NULL, 10);
	asked.all = getenv("REFUSE_ALL") != NULL;
	asked.count_file = getenv("REFUSE_COUNT");
	dl_iterate_phdr(take_object, NULL);
	asked.ready = true;
}

__attribute__((destructor)) static void
end(void)
{
	FILE *out = asked.count_file != NULL ? fopen(asked.count_file, "w") : NULL;

	asked.ready = false;
	if (out == NULL)
		return;
	fprintf(out, "%lu\n", atomic_load(&asked.count));
	fclose(out);
}

static bool
is_refused(const void *caller)
{
	unsigned long number;
	size_t i = 0;

	if (!asked.ready)
		return false;
	while (i < asked.range_count &&
	       ((uintptr_t)caller < asked.ranges[i].from || (uintptr_t)caller >= asked.ranges[i].to))
		i++;
	if (i == asked.range_count)
		return false;
	number = atomic_fetch_add(&asked.count, 1) + 1;
	if (asked.at == 0 || (asked.all ? number < asked.at : number != asked.at))
		return false;
	errno = ENOMEM;
	return true;
}

/* What the C library allocates for its caller counts as the caller's. */
char *
strdup(const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = is_refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size);

	return copy != NULL ? memcpy(copy, text, size) : NULL;
}

int
asprintf(char **text_r, const char *format, ...)
{
	va_list args;
	int len;

	*text_r = NULL;
	if (is_refused(__builtin_return_address(0)))
		return -1;
	va_start(args, format);
	len = vasprintf(text_r, format, args);
	va_end(args);
	return len;
}

void *
malloc(size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *
realloc(void *old, size_t size)
{
	return is_refused(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}
