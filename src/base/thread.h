/* Threads that work for others. */
#ifndef STARTTRACE_BASE_THREAD_H
#define STARTTRACE_BASE_THREAD_H

#include <pthread.h>
#include <stdbool.h>

/* Starts a thread that no signal interrupts: they are for whoever waits for them.  False when there can be no more. */
bool thread_start(pthread_t *thread_r, void *(*run)(void *user), void *user);

#endif
