/* Sessions for the tests of the store: what an engine would hand over. */
#ifndef STARTTRACE_TESTS_STORE_SAMPLE_H
#define STARTTRACE_TESTS_STORE_SAMPLE_H

#include "sample_folder.h"

#include "base/table.h"
#include "store/query.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SAMPLE_START INT64_C(1714564800000000000)       /* 2024-05-01T12:00:00Z */

/* Of all sessions made here: `used` is 0 again when they are freed. */
extern struct budget sample_budget;

/* Ten octets of a stream, in one frame, a millisecond after the frame before. */
struct where sample_where(uint64_t frame, uint64_t offset);

/* An event of the session; its place follows from the frame. */
void sample_tell(struct session *session, enum side side, enum event_kind kind, uint32_t code,
	const char *text, uint64_t frame);

/* 192.0.2.`last` */
struct address sample_address(uint8_t last);

/* A whole session in plain text, from 192.0.2.`client` to 192.0.2.20, port 25; the caller frees it. */
struct session *sample_session(uint8_t client);

/* Greeting, name and a list of capabilities, with STARTTLS among them. */
void sample_hello(struct session *session);

/* A login of alice with PLAIN, outside TLS. */
void sample_login(struct session *session, enum auth_outcome outcome);

/* One finding more: 0 is critical, 1 medium, 2 of a kind that the catalogue does not have.  It is the session's. */
struct finding *sample_finding(struct session *session, size_t rule, int score);
void sample_evidence(struct finding *finding, const char *text, uint64_t frame);

#define assert_ok(call)                                                 \
	do {                                                            \
		struct status status_ = (call);                         \
		if (!status_is_ok(&status_))                            \
			fail_msg("%s: %s", #call, status_.message);     \
	} while (0)

/* Opens, begins and registers one capture; sample_end says that it was read, finishes and closes. */
struct store *sample_store(const char *path);
void sample_end(struct store *store, uint8_t digest);

/* Stores the session, which stays its caller's; sample_write frees it. */
struct status sample_store_session(struct store *store, const struct session *session);
void sample_write(struct store *store, struct session *session);

/* What takes rows of a query: a struct buffer, cells joined by '|', a line each; nobody. */
void sample_add_row(void *user, const struct query_record *record);
void sample_ignore_row(void *user, const struct query_record *record);

/* Fails the test unless the question gives these rows, in the form of sample_add_row. */
void assert_answer(const char *path, const char *sql, const char *expected);

#endif
