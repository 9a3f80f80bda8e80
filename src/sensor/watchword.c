/* What signals ask a sensor for. */
#include "sensor/watchword.h"

#include "base/table.h"

#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const struct {
	int            number;
	enum watchword word;
} signals[] = {
	{ SIGINT, WATCHWORD_STOP },
	{ SIGTERM, WATCHWORD_STOP },
	{ SIGHUP, WATCHWORD_REOPEN },
	{ SIGUSR1, WATCHWORD_COUNT },
};

/* A handler has no other way to leave something behind. */
static volatile sig_atomic_t asked[WATCHWORDS];
static volatile sig_atomic_t stopping;

static void
remember(int number)
{
	for (size_t i = 0; i < TABLE_LENGTH(signals); i++)
		if (signals[i].number == number)
			asked[signals[i].word] = 1;
	if (number != SIGINT && number != SIGTERM)
		return;
	if (stopping)
		_exit(130);
	stopping = 1;
}

static sigset_t
all_of_them(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < TABLE_LENGTH(signals); i++)
		sigaddset(&set, signals[i].number);
	return set;
}

void
watchword_listen(void)
{
	struct sigaction action = { .sa_handler = remember };
	sigset_t set = all_of_them();

	for (size_t i = 0; i < WATCHWORDS; i++)
		asked[i] = 0;
	stopping = 0;
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (size_t i = 0; i < TABLE_LENGTH(signals); i++)
		sigaction(signals[i].number, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

void
watchword_hear(void)
{
	sigset_t set = all_of_them();

	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}

bool
watchword_taken(enum watchword word)
{
	bool taken = asked[word] != 0;

	asked[word] = 0;
	return taken;
}
