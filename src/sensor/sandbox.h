/* A seccomp filter (libseccomp) for what a sensor does once it runs: read its ring, write its files, talk to sockets that
 * are open or local.  No programs, no new network sockets, no tracing, no mounts, no modules. */
#ifndef STARTTRACE_SENSOR_SANDBOX_H
#define STARTTRACE_SENSOR_SANDBOX_H

#include "base/status.h"

/* From here on, for every thread and for good: a call that is not on the list fails with EPERM, one that no honest path
 * makes ends the process.  Says clearly when the kernel has no seccomp. */
struct status sandbox_enter(void);

#endif
