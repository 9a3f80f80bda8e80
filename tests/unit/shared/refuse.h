/* Memory that is short: each allocation of a piece of work is refused in turn.  A header, for an archive that defines
 * malloc() would give it to every test. */
#ifndef STARTTRACE_TESTS_UNIT_REFUSE_H
#define STARTTRACE_TESTS_UNIT_REFUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dlfcn.h>
#include <errno.h>

/* A sanitizer has an allocator of its own: there, nothing is refused. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define OWN_ALLOCATOR 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define OWN_ALLOCATOR 1
#endif
#endif

static unsigned long refused_at, allocated;     /* refused_at 0: none is refused */

#ifndef OWN_ALLOCATOR
/* The C library counts not: its fts_open() does not survive a refusal. */
static bool
is_of_libc(const void *caller)
{
	static const void *known[4096], *libc[4096];
	size_t place = ((uintptr_t)caller >> 2) % 4096;
	Dl_info object;

	if (known[place] != caller) {
		known[place] = caller;
		libc[place] = NULL;
		if (dladdr(caller, &object) != 0 && strstr(object.dli_fname, "libc.so") != NULL)
			libc[place] = caller;
	}
	return libc[place] == caller;
}

static bool
is_refused(const void *caller)
{
	if (refused_at == 0 || is_of_libc(caller) || ++allocated != refused_at)
		return false;
	errno = ENOMEM;
	return true;
}

/* They stand before those of the C library for the program and for all libraries that it is linked with. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);

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
#endif

/* Does `work` with each of its allocations refused in turn.  It says whether it came to its end, which at least one
 * refusal must prevent, and checks by itself that it tells nothing wrong.  The first time none is refused: libcrypto
 * sets itself up, which it tries once. */
static inline void
refuse_each(bool (*work)(const char *), const char *subject)
{
	size_t failed = 0;
	bool whole = work(subject);

	assert_true(whole);
#ifdef OWN_ALLOCATOR
	return;
#endif
	for (refused_at = 1;; refused_at++) {
		allocated = 0;
		whole = work(subject);
		failed += !whole;
		if (allocated < refused_at)
			break;
	}
	refused_at = 0;
	assert_true(whole);
	assert_true(failed > 0);
}

#endif
