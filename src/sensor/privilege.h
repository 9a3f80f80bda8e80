/* Giving up what only opening an interface needs. */
#ifndef STARTTRACE_SENSOR_PRIVILEGE_H
#define STARTTRACE_SENSOR_PRIVILEGE_H

#include "base/status.h"

#include <sys/types.h>

struct identity {
	bool        change;             /* started as root: becomes this user */
	uid_t       user;
	gid_t       group;
	char        name[64];
};

/* Whom to become: the user asked for, or, started as root without a word, `starttrace` if there is such a user and else
 * `nobody`; nobody else when not started as root.  Refuses what would leave the program root, and a user that is not
 * there, in one line that says what to do. */
struct status privilege_identity(const char *asked, struct identity *identity_r);

/* Becomes that user without supplementary groups, gives up every capability (bounding set and ambient ones too, where that is
 * allowed), and forbids new privileges (PR_SET_NO_NEW_PRIVS); then looks whether all that is so, and fails when it is
 * not.  Before any thread begins. */
struct status privilege_drop(const struct identity *identity);

#endif
