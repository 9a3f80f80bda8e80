/* A seccomp filter (libseccomp) for what a sensor does once it runs: read its ring, write its files, talk to sockets
 * that are open or local.  No programs, no processes, no new network sockets, no new code in memory (so no dlopen and
 * no pthread_exit, which loads a library), no tracing, no mounts, no modules. */
#ifndef STARTTRACE_SENSOR_SANDBOX_H
#define STARTTRACE_SENSOR_SANDBOX_H

#include "base/status.h"

/* From here on, for every thread and for good: a call that is not on the list fails with EPERM, one that no honest path
 * makes ends the process with SIGSYS.  Forbids new privileges too.  Says clearly when the kernel has no seccomp; no
 * filter is in force then. */
struct status sandbox_enter(void);

#endif
