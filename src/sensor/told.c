/* How often a sensor told what. */
#include "sensor/told.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct told {
	pthread_mutex_t   lock;
	uint64_t          sessions[VERDICTS];
	uint64_t          findings[SEVERITY_CRITICAL + 1];
	struct tally_kind kinds[TALLY_KINDS_MOST];
	size_t            kind_count;
};

struct told *
told_new(void)
{
	struct told *told = calloc(1, sizeof(*told));

	if (told != NULL)
		pthread_mutex_init(&told->lock, NULL);
	return told;
}

void
told_free(struct told **told)
{
	if (*told == NULL)
		return;
	pthread_mutex_destroy(&(*told)->lock);
	free(*told);
	*told = NULL;
}

void
told_session(struct told *told, const struct session *session)
{
	pthread_mutex_lock(&told->lock);
	told->sessions[session->verdict]++;
	pthread_mutex_unlock(&told->lock);
}

static void
count_kind(struct told *told, const char *kind)
{
	size_t i = 0;

	while (i < told->kind_count && strcmp(told->kinds[i].kind, kind) != 0)
		i++;
	if (i == TALLY_KINDS_MOST)
		return;
	if (i == told->kind_count)
		told->kinds[told->kind_count++].kind = kind;
	told->kinds[i].count++;
}

void
told_finding(struct told *told, const char *kind, enum severity severity)
{
	pthread_mutex_lock(&told->lock);
	told->findings[severity]++;
	count_kind(told, kind);
	pthread_mutex_unlock(&told->lock);
}

void
told_count(struct told *told, struct tally *tally)
{
	pthread_mutex_lock(&told->lock);
	memcpy(tally->sessions, told->sessions, sizeof(tally->sessions));
	memcpy(tally->findings, told->findings, sizeof(tally->findings));
	memcpy(tally->kinds, told->kinds, sizeof(tally->kinds));
	tally->kind_count = told->kind_count;
	pthread_mutex_unlock(&told->lock);
}
