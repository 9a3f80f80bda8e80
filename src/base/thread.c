/* Threads that work for others. */
#include "base/thread.h"

#include <signal.h>

bool
thread_start(pthread_t *thread_r, void *(*run)(void *user), void *user)
{
	sigset_t all, before;
	bool started;

	/* the new thread inherits the mask */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	started = pthread_create(thread_r, NULL, run, user) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return started;
}
