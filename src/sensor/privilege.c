/* Giving up what only opening an interface needs: user, groups, capabilities, and the way back to
 * any of them.
 *
 * Memory holds other people's mail traffic, so it never becomes a core file either. */
#include "sensor/privilege.h"

#include "base/table.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	CAPABILITIES_MOST = 64,         /* of any kernel: a set is two words */
};

/* Whom to become -------------------------------------------------------------------------------- */

static bool
started_as_root(void)
{
	uid_t real, effective, saved;

	return getresuid(&real, &effective, &saved) != 0 || real == 0 || effective == 0 || saved == 0;
}

static struct status
as_root(void)
{
	return status_of(STATUS_USAGE, "will not read packets as root; name another user with --user");
}

static void
take_entry(const struct passwd *entry, struct privilege_identity *identity)
{
	identity->user = entry->pw_uid;
	identity->group = entry->pw_gid;
	snprintf(identity->name, sizeof(identity->name), "%s", entry->pw_name);
}

static bool
is_number(const char *word)
{
	return *word != '\0' && word[strspn(word, "0123456789")] == '\0';
}

/* A number without an entry is a user all the same, as containers have them; its group has the same number. */
static bool
take_number(const char *word, struct privilege_identity *identity)
{
	const struct passwd *entry;
	unsigned long number;

	errno = 0;
	number = strtoul(word, NULL, 10);
	if (errno != 0 || number >= (uid_t)-1)
		return false;
	entry = getpwuid((uid_t)number);
	if (entry != NULL) {
		take_entry(entry, identity);
		return true;
	}
	identity->user = (uid_t)number;
	identity->group = (gid_t)number;
	snprintf(identity->name, sizeof(identity->name), "%lu", number);
	return true;
}

static bool
take_user(const char *word, struct privilege_identity *identity)
{
	const struct passwd *entry = getpwnam(word);

	if (entry == NULL)
		return is_number(word) && take_number(word, identity);
	take_entry(entry, identity);
	return true;
}

static bool
take_usual_user(struct privilege_identity *identity)
{
	static const char *const names[] = { "starttrace", "nobody" };

	for (size_t i = 0; i < TABLE_LENGTH(names); i++)
		if (take_user(names[i], identity) && identity->user != 0 && identity->group != 0)
			return true;
	return false;
}

static struct status
remain(const char *asked, struct privilege_identity *identity)
{
	struct privilege_identity other = { 0 };

	identity->user = getuid();
	identity->group = getgid();
	snprintf(identity->name, sizeof(identity->name), "%lu", (unsigned long)identity->user);
	if (asked != NULL && (!take_user(asked, &other) || other.user != identity->user))
		return status_of(STATUS_USAGE, "--user %s: only root can become another user; start as root, or as "
			"that user with CAP_NET_RAW", asked);
	return status_ok();
}

static struct status
change(const char *asked, struct privilege_identity *identity)
{
	if (asked == NULL && !take_usual_user(identity))
		return status_of(STATUS_USAGE, "will not read packets as root, and there is neither a user starttrace "
			"nor nobody; name another user with --user");
	if (asked != NULL && !take_user(asked, identity))
		return status_of(STATUS_USAGE, "--user %s: there is no such user", asked);
	if (identity->user == 0)
		return as_root();
	return status_ok();
}

struct status
privilege_identity(const char *asked, struct privilege_identity *identity_r)
{
	struct status status;

	*identity_r = (struct privilege_identity){ .change = started_as_root() };
	status = identity_r->change ? change(asked, identity_r) : remain(asked, identity_r);
	if (status_is_ok(&status) && identity_r->group == 0)
		status = status_of(STATUS_USAGE, "will not read packets in the group of root, which is that of user "
			"%s; name another user with --user", identity_r->name);
	return status;
}

/* Becoming it ----------------------------------------------------------------------------------- */

static struct status
refused(const struct privilege_identity *identity, const char *what)
{
	return status_of(STATUS_INPUT, "cannot become user %s: %s; start it as an ordinary user with CAP_NET_RAW "
		"instead (setcap cap_net_raw=ep, or the installed unit)", identity->name, what);
}

/* What capng_change_id answers, by its manual page. */
static const char *
step_that_failed(int answer)
{
	static const char *const steps[] = {
		[1] = "capabilities cannot be read here",
		[2] = "capabilities cannot be kept across the change",
		[3] = "CAP_SETUID and CAP_SETGID are missing here",
		[4] = "its group cannot be taken here",
		[5] = "root's other groups cannot be left here (setgroups is denied)",
		[6] = "its number cannot be taken here (a user namespace without it?)",
		[7] = "capabilities would be kept across the change",
		[8] = "the bounding set cannot be cleared",
	};

	return answer < 0 && -answer < (int)TABLE_LENGTH(steps) ? steps[-answer] : "capabilities cannot be given up";
}

/* The bounding set takes CAP_SETPCAP; where that is missing, no new privileges keeps the set from mattering. */
static struct status
change_user(const struct privilege_identity *identity)
{
	capng_flags_t bounding = CAPNG_NO_FLAG;
	int answer;

	if (capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP))
		bounding = CAPNG_CLEAR_BOUNDING;
	capng_clear(CAPNG_SELECT_ALL);
	answer = capng_change_id((int)identity->user, (int)identity->group,
		CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_AMBIENT | bounding);
	return answer == 0 ? status_ok() : refused(identity, step_that_failed(answer));
}

static struct status
give_up_capabilities(void)
{
	bool may_bound = capng_get_caps_process() == 0 && capng_have_capability(CAPNG_EFFECTIVE, CAP_SETPCAP);

	capng_clear(CAPNG_SELECT_ALL);
	if (may_bound && capng_apply(CAPNG_SELECT_BOUNDS) != 0)
		return status_of(STATUS_INPUT, "cannot clear the bounding set of capabilities: %s", strerror(errno));
	if (capng_apply(CAPNG_SELECT_CAPS) != 0 || capng_apply(CAPNG_SELECT_AMBIENT) != 0)
		return status_of(STATUS_INPUT, "cannot give up capabilities: %s", strerror(errno));
	return status_ok();
}

static struct status
close_ways_back(void)
{
	const struct rlimit none = { 0, 0 };

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return status_of(STATUS_INPUT, "cannot forbid new privileges: %s", strerror(errno));
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || setrlimit(RLIMIT_CORE, &none) != 0)
		return status_of(STATUS_INPUT, "cannot forbid core files: %s", strerror(errno));
	return status_ok();
}

/* Whether it is so ------------------------------------------------------------------------------ */

static bool
is_that_user(const struct privilege_identity *identity)
{
	uid_t user[3];
	gid_t group[3];

	if (getresuid(&user[0], &user[1], &user[2]) != 0 || getresgid(&group[0], &group[1], &group[2]) != 0)
		return false;
	for (size_t i = 0; i < TABLE_LENGTH(user); i++)
		if (user[i] == 0 || user[i] != identity->user || group[i] != identity->group)
			return false;
	return !identity->change || getgroups(0, NULL) == 0;
}

static bool
has_capability(void)
{
	static const capng_type_t sets[] = { CAPNG_EFFECTIVE, CAPNG_PERMITTED, CAPNG_INHERITABLE, CAPNG_AMBIENT };

	if (capng_get_caps_process() != 0)
		return true;
	for (size_t i = 0; i < TABLE_LENGTH(sets); i++)
		for (unsigned int capability = 0; capability < CAPABILITIES_MOST; capability++)
			if (capng_have_capability(sets[i], capability) != 0)
				return true;
	return false;
}

static bool
can_go_back(void)
{
	return setresuid(0, 0, 0) == 0 || setresgid(0, 0, 0) == 0;
}

static struct status
look(const struct privilege_identity *identity)
{
	if (!is_that_user(identity))
		return status_of(STATUS_INPUT, "will not read packets: this is not user %s with its one group, "
			"although nothing failed on the way there", identity->name);
	if (has_capability())
		return status_of(STATUS_INPUT, "will not read packets: a capability is left, although all were given "
			"up");
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		return status_of(STATUS_INPUT, "will not read packets: new privileges are still possible");
	if (can_go_back())
		return status_of(STATUS_INPUT, "will not read packets: root is only one call away");
	return status_ok();
}

struct status
privilege_drop(const struct privilege_identity *identity)
{
	struct status status;

	if (!identity->change && started_as_root())
		return as_root();
	status = identity->change ? change_user(identity) : give_up_capabilities();
	if (status_is_ok(&status))
		status = close_ways_back();
	return status_is_ok(&status) ? look(identity) : status;
}
