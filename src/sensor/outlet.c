/* Where a sensor tells what it sees: which outlet says what, and to whom it is handed. */
#include "sensor/outlet_private.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

struct outlets {
	struct outlet_origin origin;
	size_t               count;
	struct outlet        list[TALLY_OUTLETS_MOST];
};

static const struct {
	const struct outlet_ways *ways;
	const char               *name; /* with the path behind it, where there is one */
	bool                      needs_path;
} kinds[] = {
	[OUTLET_TERMINAL] = { &outlet_terminal, "terminal", false },
	[OUTLET_JSON_STDOUT] = { &outlet_json_stdout, "json standard output", false },
	[OUTLET_JSON_FILE] = { &outlet_json_file, "json", true },
	[OUTLET_JSON_SOCKET] = { &outlet_json_socket, "socket", true },
	[OUTLET_SYSLOG] = { &outlet_syslog, "syslog", false },
	[OUTLET_JOURNAL] = { &outlet_journal, "journal", false },
};

static struct status
open_one(struct outlets *outlets, const struct outlet_config *config)
{
	struct outlet *outlet = &outlets->list[outlets->count];
	struct status status;

	*outlet = (struct outlet){
		.ways = kinds[config->kind].ways,
		.config = *config,
		.origin = &outlets->origin,
		.all = outlets,
	};
	if (kinds[config->kind].needs_path && config->path == NULL)
		return status_of(STATUS_USAGE, "a file or socket for JSON lines needs a path");
	snprintf(outlet->name, sizeof(outlet->name), "%s%s%s", kinds[config->kind].name,
		config->path != NULL ? " " : "", config->path != NULL ? config->path : "");
	if (!outlet_prepare(outlet)) {
		outlet_dispose(outlet);
		return status_of(STATUS_NO_MEMORY, "out of memory or descriptors");
	}
	status = outlet->ways->open(outlet);
	if (status_is_ok(&status))
		outlets->count++;
	else
		outlet_dispose(outlet);
	return status;
}

struct status
outlets_open(const struct outlet_config *configs, size_t count, const struct outlet_origin *origin,
	struct outlets **outlets_r)
{
	struct outlets *outlets = calloc(1, sizeof(*outlets));
	struct status status = status_ok();

	*outlets_r = NULL;
	if (outlets == NULL)
		return status_of(STATUS_NO_MEMORY, "out of memory");
	outlets->origin = *origin;
	if (count > TALLY_OUTLETS_MOST)
		status = status_of(STATUS_USAGE, "at most %d outlets", TALLY_OUTLETS_MOST);
	for (size_t i = 0; i < count && status_is_ok(&status); i++)
		status = open_one(outlets, &configs[i]);
	if (status_is_ok(&status))
		*outlets_r = outlets;
	else
		outlets_free(&outlets, 0);
	return status;
}

struct status
outlets_start(struct outlets *outlets)
{
	for (size_t i = 0; i < outlets->count; i++)
		if (!outlet_start(&outlets->list[i]))
			return status_of(STATUS_NO_MEMORY, "no thread could be started for the outlet %s",
				outlets->list[i].name);
	return status_ok();
}

/* A thread that hangs may still look at what it was given: then all of it stays. */
uint64_t
outlets_free(struct outlets **outlets, int patience_ms)
{
	int64_t deadline = clock_now(CLOCK_MONOTONIC) + patience_ms * NS_PER_MS;
	struct outlets *all = *outlets;
	bool ended = true;
	uint64_t lines = 0;

	if (all == NULL)
		return 0;
	for (size_t i = 0; i < all->count; i++)
		outlet_stop(&all->list[i], deadline);
	for (size_t i = 0; i < all->count; i++) {
		ended &= outlet_join(&all->list[i]);
		lines += outlet_forget(&all->list[i]);
	}
	*outlets = NULL;
	if (!ended)
		return lines;
	for (size_t i = 0; i < all->count; i++)
		outlet_dispose(&all->list[i]);
	free(all);
	return lines;
}

/* Without memory for the line it is one that was dropped. */
static void
hand_over(struct outlet *outlet, struct buffer *line)
{
	if (line->len > 0 || line->failed)
		outlet_push(outlet, line->failed ? (struct span){ 0 } : buffer_span(line));
	buffer_free(line);
}

static void
tell_notice(struct outlets *outlets, const struct notice *notice)
{
	for (size_t i = 0; i < outlets->count; i++) {
		struct outlet *outlet = &outlets->list[i];
		struct buffer line = { 0 };

		if (outlet->ways->finding == NULL || notice->severity < outlet->config.least)
			continue;
		outlet->ways->finding(outlet, &line, notice);
		hand_over(outlet, &line);
	}
}

void
outlets_finding(struct outlets *outlets, const struct session *session, const struct finding *finding,
	enum telling telling)
{
	struct notice notice = notice_of_finding(&outlets->origin, session, finding, telling);

	tell_notice(outlets, &notice);
}

void
outlets_insight(struct outlets *outlets, const struct footprint *footprint, const struct hindsight_word *word)
{
	struct notice notice = notice_of_word(&outlets->origin, footprint, word);

	tell_notice(outlets, &notice);
}

void
outlets_session(struct outlets *outlets, const struct session *session)
{
	for (size_t i = 0; i < outlets->count; i++) {
		struct outlet *outlet = &outlets->list[i];
		struct buffer line = { 0 };

		if (outlet->ways->session == NULL)
			continue;
		outlet->ways->session(outlet, &line, session);
		hand_over(outlet, &line);
	}
}

void
outlets_tally(struct outlets *outlets, const struct tally *tally)
{
	for (size_t i = 0; i < outlets->count; i++) {
		struct outlet *outlet = &outlets->list[i];
		struct buffer line = { 0 };

		if (outlet->ways->tally == NULL)
			continue;
		outlet->ways->tally(outlet, &line, tally);
		hand_over(outlet, &line);
	}
}

/* `except` is NULL when all are told. */
static void
say_to_all(struct outlets *outlets, const struct outlet *except, const char *action, const char *words)
{
	for (size_t i = 0; i < outlets->count; i++) {
		struct outlet *outlet = &outlets->list[i];
		struct buffer line = { 0 };

		if (outlet == except || outlet->ways->say == NULL)
			continue;
		outlet->ways->say(outlet, &line, action, span_of(words));
		hand_over(outlet, &line);
	}
}

void
outlets_say(struct outlets *outlets, const char *action, const char *words)
{
	say_to_all(outlets, NULL, action, words);
}

void
outlets_trouble(struct outlet *outlet, const char *words)
{
	const struct outlet_origin *origin = outlet->origin;

	if (origin->trouble != NULL)
		origin->trouble(origin->user, words);
	say_to_all(outlet->all, outlet, "trouble", words);
}

void
outlets_reopen(struct outlets *outlets)
{
	for (size_t i = 0; i < outlets->count; i++)
		outlet_reopen(&outlets->list[i]);
}

void
outlets_count(struct outlets *outlets, struct tally *tally)
{
	tally->outlet_count = outlets->count;
	for (size_t i = 0; i < outlets->count; i++) {
		struct outlet *outlet = &outlets->list[i];
		struct tally_outlet *counted = &tally->outlets[i];

		snprintf(counted->name, sizeof(counted->name), "%s", outlet->name);
		pthread_mutex_lock(&outlet->lock);
		counted->sent = outlet->sent;
		counted->dropped = outlet->dropped;
		counted->working = outlet->working;
		pthread_mutex_unlock(&outlet->lock);
	}
}
