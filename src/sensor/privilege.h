/* Giving up what only opening an interface needs. */
#ifndef STARTTRACE_SENSOR_PRIVILEGE_H
#define STARTTRACE_SENSOR_PRIVILEGE_H

#include "base/status.h"

#include <sys/types.h>

struct privilege_identity {
	bool        change;             /* started as root: becomes this user */
	uid_t       user;
	gid_t       group;
	char        name[64];
};

/* Whom to become: the user asked for, or, started as root without a word, `starttrace` if there is such a user and else
 * `nobody`; nobody else when not started as root.  `asked` is a name or a number, NULL for no word; a number without an
 * entry is taken with the group of the same number.  Refuses what would leave the program root or in root's group, and
 * a user that is not there, in one line that says what to do. */
struct status privilege_identity(const char *asked, struct privilege_identity *identity_r);

/* Becomes that user without supplementary groups, gives up every capability (bounding set and ambient ones too, where
 * that is allowed), and forbids new privileges (PR_SET_NO_NEW_PRIVS) and core files; then looks whether all that is so,
 * and fails when it is not.  For good, and before any thread begins: after a failure the program may be neither what it
 * was nor what it was to become, and should end. */
struct status privilege_drop(const struct privilege_identity *identity);

#endif
