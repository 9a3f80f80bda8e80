/* Becoming an ordinary user without capabilities, and refusing where that cannot be. */
#include "sensor/privilege.h"

#include "base/table.h"

#include "shared/child.h"

#include <cap-ng.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cmocka.h>

#define NO_CAPABILITIES "0000000000000000"

enum {
	SOME_USER = 4242,       /* nobody's number, as containers give them */
	OTHER_USER = 4243,
};

static void
expect_good(void (*work)(void), const char *needs)
{
	int status = child_runs(work);

	if (child_could_not(status)) {
		print_message("skipped: %s\n", needs);
		skip();
	}
	assert_int_equal(status, 0);
}

static void
demand_refusal(const struct status *status, const char *words)
{
	if (status_is_ok(status) || strstr(status->message, words) == NULL)
		child_fails(words, 0, status->message);
}

static void
become(uid_t user, gid_t group)
{
	DEMAND(setgroups(0, NULL) == 0);
	DEMAND(setresgid(group, group, group) == 0);
	DEMAND(setresuid(user, user, user) == 0);
}

static void
be_an_ordinary_user(void)
{
	if (getuid() == 0)
		become(SOME_USER, SOME_USER);
}

static void
put_over(const char *path, const char *words)
{
	static const char ours[] = "/tmp/starttrace-test";
	int file = open(ours, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);

	DEMAND(file >= 0 && write(file, words, strlen(words)) == (ssize_t)strlen(words));
	close(file);
	child_needs(mount(ours, path, "none", MS_BIND, NULL) == 0);
	DEMAND(unlink(ours) == 0);
}

/* Files that belong to the system are put aside for this process alone.  Other sources of users (systemd's knows a
 * nobody of its own) are put aside with them. */
static void
have_users(const char *entries)
{
	child_needs(getuid() == 0 && unshare(CLONE_NEWNS) == 0);
	child_needs(mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) == 0);
	child_needs(mount("none", "/tmp", "tmpfs", 0, NULL) == 0);
	put_over("/etc/passwd", entries);
	if (access("/etc/nsswitch.conf", F_OK) == 0)
		put_over("/etc/nsswitch.conf", "passwd: files\n");
}

static void
write_map(const char *path, const char *words)
{
	int file = open(path, O_WRONLY | O_CLOEXEC);

	child_needs(file >= 0 && write(file, words, strlen(words)) == (ssize_t)strlen(words));
	close(file);
}

/* Whom to become -------------------------------------------------------------------------------- */

static void
root_asks(void)
{
	static const struct {
		const char *asked;
		const char *refused;    /* "" when it is not */
		uid_t       user;
	} cases[] = {
		{ "root", "as root; name another user with --user", 0 },
		{ "0", "as root; name another user with --user", 0 },
		{ "00", "as root; name another user with --user", 0 },
		{ "no-such-user", "--user no-such-user: there is no such user", 0 },
		{ "", "there is no such user", 0 },
		{ "4294967295", "there is no such user", 0 },
		{ "4294967296", "there is no such user", 0 },
		{ "99999999999999999999999", "there is no such user", 0 },
		{ "-1", "there is no such user", 0 },
		{ "4242", "", SOME_USER },
	};
	struct privilege_identity identity;

	child_needs(getuid() == 0);
	for (size_t i = 0; i < TABLE_LENGTH(cases); i++) {
		struct status status = privilege_identity(cases[i].asked, &identity);

		if (*cases[i].refused != '\0') {
			demand_refusal(&status, cases[i].refused);
			continue;
		}
		DEMAND(status_is_ok(&status));
		DEMAND(identity.change && identity.user == cases[i].user && identity.group == cases[i].user);
		DEMAND(strcmp(identity.name, cases[i].asked) == 0);
	}
}

static void
root_becomes_whom_it_asks_for(void **unused)
{
	(void)unused;
	expect_good(root_asks, "not root");
}

static void
root_has_both(void)
{
	struct privilege_identity identity;
	struct status status;

	have_users("root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\nstarttrace:x:990:991::/:/bin/false\n");
	status = privilege_identity(NULL, &identity);
	DEMAND(status_is_ok(&status) && identity.change && identity.user == 990 && identity.group == 991);
	DEMAND(strcmp(identity.name, "starttrace") == 0);
	status = privilege_identity("nobody", &identity);
	DEMAND(status_is_ok(&status) && identity.user == 65534 && identity.group == 65534);
	status = privilege_identity("990", &identity);
	DEMAND(status_is_ok(&status) && identity.user == 990 && identity.group == 991);
}

static void
root_has_nobody(void)
{
	struct privilege_identity identity;
	struct status status;

	have_users("root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
	status = privilege_identity(NULL, &identity);
	DEMAND(status_is_ok(&status) && identity.change && identity.user == 65534);
}

static void
root_has_neither(void)
{
	struct privilege_identity identity;
	struct status status;

	have_users("root:x:0:0::/:/bin/sh\nadmin:x:1000:0::/:/bin/sh\ntoor:x:0:5::/:/bin/sh\n");
	status = privilege_identity(NULL, &identity);
	demand_refusal(&status, "neither a user starttrace nor nobody");
	status = privilege_identity("admin", &identity);
	demand_refusal(&status, "group of root, which is that of user admin");
	status = privilege_identity("toor", &identity);
	demand_refusal(&status, "as root");
}

static void
root_becomes_the_usual_user(void **unused)
{
	(void)unused;
	expect_good(root_has_both, "no mount namespace");
	expect_good(root_has_nobody, "no mount namespace");
	expect_good(root_has_neither, "no mount namespace");
}

static void
ordinary_user_asks(void)
{
	struct privilege_identity identity;
	struct status status;
	char own[32];

	be_an_ordinary_user();
	status = privilege_identity(NULL, &identity);
	DEMAND(status_is_ok(&status) && !identity.change);
	DEMAND(identity.user == getuid() && identity.group == getgid());
	snprintf(own, sizeof(own), "%lu", (unsigned long)getuid());
	status = privilege_identity(own, &identity);
	DEMAND(status_is_ok(&status) && !identity.change && identity.user == getuid());
	status = privilege_identity("4243", &identity);
	demand_refusal(&status, "--user 4243: only root can become another user");
	status = privilege_identity("root", &identity);
	demand_refusal(&status, "only root can become another user");
}

static void
ordinary_user_remains(void **unused)
{
	(void)unused;
	expect_good(ordinary_user_asks, "");
}

static void
user_of_roots_group_asks(void)
{
	struct privilege_identity identity;
	struct status status;

	child_needs(getuid() == 0);
	become(SOME_USER, 0);
	status = privilege_identity(NULL, &identity);
	demand_refusal(&status, "group of root");
}

static void
user_of_roots_group_is_refused(void **unused)
{
	(void)unused;
	expect_good(user_of_roots_group_asks, "not root");
}

static void
root_for_a_while_asks(void)
{
	struct privilege_identity identity;
	struct status status;

	child_needs(getuid() == 0);
	DEMAND(setresuid(SOME_USER, SOME_USER, 0) == 0);
	status = privilege_identity("4242", &identity);
	DEMAND(status_is_ok(&status) && identity.change);
}

static void
saved_root_counts_as_root(void **unused)
{
	(void)unused;
	expect_good(root_for_a_while_asks, "not root");
}

/* Becoming it ----------------------------------------------------------------------------------- */

static void
demand_no_privileges(void)
{
	static const char *const sets[] = { "CapInh", "CapPrm", "CapEff", "CapAmb" };
	struct rlimit core;

	for (size_t i = 0; i < TABLE_LENGTH(sets); i++)
		child_demand_status(sets[i], NO_CAPABILITIES);
	child_demand_status("NoNewPrivs", "1");
	DEMAND(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0);
	DEMAND(getrlimit(RLIMIT_CORE, &core) == 0 && core.rlim_cur == 0 && core.rlim_max == 0);
	DEMAND(setresuid(0, 0, 0) != 0);
}

static void
root_drops(void)
{
	static const gid_t others[] = { 4, 27 };
	struct privilege_identity identity;
	struct status status;

	child_needs(getuid() == 0);
	DEMAND(setgroups(TABLE_LENGTH(others), others) == 0);
	status = privilege_identity("4242", &identity);
	DEMAND(status_is_ok(&status));
	status = privilege_drop(&identity);
	if (!status_is_ok(&status))
		child_fails("privilege_drop", 0, status.message);
	child_demand_status("Uid", "4242\t4242\t4242\t4242");
	child_demand_status("Gid", "4242\t4242\t4242\t4242");
	DEMAND(getgroups(0, NULL) == 0);
	child_demand_status("CapBnd", NO_CAPABILITIES);
	demand_no_privileges();
}

static void
root_becomes_an_ordinary_user(void **unused)
{
	(void)unused;
	expect_good(root_drops, "not root");
}

static void
root_without_setpcap_drops(void)
{
	struct privilege_identity identity;
	struct status status;

	child_needs(getuid() == 0);
	DEMAND(capng_get_caps_process() == 0);
	DEMAND(capng_update(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SETPCAP) == 0);
	DEMAND(capng_apply(CAPNG_SELECT_CAPS) == 0);
	status = privilege_identity("4242", &identity);
	DEMAND(status_is_ok(&status));
	status = privilege_drop(&identity);
	if (!status_is_ok(&status))
		child_fails("privilege_drop", 0, status.message);
	demand_no_privileges();
}

static void
bounding_set_may_have_to_stay(void **unused)
{
	(void)unused;
	expect_good(root_without_setpcap_drops, "not root");
}

/* As a service manager starts it. */
static void
user_with_net_raw_drops(void)
{
	struct privilege_identity identity;
	struct status status;

	child_needs(getuid() == 0);
	capng_clear(CAPNG_SELECT_ALL);
	DEMAND(capng_update(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED | CAPNG_INHERITABLE, CAP_NET_RAW) == 0);
	DEMAND(capng_change_id(SOME_USER, SOME_USER, CAPNG_DROP_SUPP_GRP) == 0);
	DEMAND(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_RAW, 0, 0) == 0);
	child_demand_status("CapAmb", "0000000000002000");
	status = privilege_identity(NULL, &identity);
	DEMAND(status_is_ok(&status) && !identity.change);
	status = privilege_drop(&identity);
	if (!status_is_ok(&status))
		child_fails("privilege_drop", 0, status.message);
	demand_no_privileges();
}

static void
net_raw_is_given_up(void **unused)
{
	(void)unused;
	expect_good(user_with_net_raw_drops, "not root");
}

static void
ordinary_user_drops(void)
{
	struct privilege_identity identity;
	struct status status;

	be_an_ordinary_user();
	status = privilege_identity(NULL, &identity);
	DEMAND(status_is_ok(&status));
	status = privilege_drop(&identity);
	if (!status_is_ok(&status))
		child_fails("privilege_drop", 0, status.message);
	demand_no_privileges();
}

static void
nothing_to_give_up_is_well(void **unused)
{
	(void)unused;
	expect_good(ordinary_user_drops, "");
}

static void
root_stays(void)
{
	const struct privilege_identity unchanged = { .user = SOME_USER, .group = SOME_USER, .name = "4242" };
	struct status status;

	child_needs(getuid() == 0);
	status = privilege_drop(&unchanged);
	demand_refusal(&status, "will not read packets as root");
}

static void
user_is_another(void)
{
	const struct privilege_identity other = { .user = OTHER_USER, .group = OTHER_USER, .name = "4243" };
	struct status status;

	be_an_ordinary_user();
	status = privilege_drop(&other);
	demand_refusal(&status, "this is not user 4243");
}

static void
root_without_setuid_drops(void)
{
	struct privilege_identity identity;
	struct status status;

	child_needs(getuid() == 0);
	DEMAND(capng_get_caps_process() == 0);
	DEMAND(capng_updatev(CAPNG_DROP, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_SETUID, CAP_SETGID, -1) == 0);
	DEMAND(capng_apply(CAPNG_SELECT_CAPS) == 0);
	status = privilege_identity("4242", &identity);
	DEMAND(status_is_ok(&status));
	status = privilege_drop(&identity);
	demand_refusal(&status, "cannot become user 4242: CAP_SETUID and CAP_SETGID are missing");
}

static void
root_of_a_namespace_drops(void)
{
	const struct privilege_identity nobody = { .change = true, .user = 65534, .group = 65534, .name = "nobody" };
	struct status status;
	char map[64];

	snprintf(map, sizeof(map), "0 %lu 1", (unsigned long)geteuid());
	child_needs(unshare(CLONE_NEWUSER) == 0);
	write_map("/proc/self/setgroups", "deny");
	write_map("/proc/self/uid_map", map);
	child_needs(getuid() == 0);
	status = privilege_drop(&nobody);
	demand_refusal(&status, "cannot become user nobody: ");
	demand_refusal(&status, "start it as an ordinary user with CAP_NET_RAW");
}

static void
root_that_would_remain_is_refused(void **unused)
{
	(void)unused;
	expect_good(user_is_another, "");
	expect_good(root_stays, "not root");
	expect_good(root_without_setuid_drops, "not root");
	expect_good(root_of_a_namespace_drops, "no user namespace");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(root_becomes_whom_it_asks_for),
		cmocka_unit_test(root_becomes_the_usual_user),
		cmocka_unit_test(ordinary_user_remains),
		cmocka_unit_test(user_of_roots_group_is_refused),
		cmocka_unit_test(saved_root_counts_as_root),
		cmocka_unit_test(root_becomes_an_ordinary_user),
		cmocka_unit_test(bounding_set_may_have_to_stay),
		cmocka_unit_test(net_raw_is_given_up),
		cmocka_unit_test(nothing_to_give_up_is_well),
		cmocka_unit_test(root_that_would_remain_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
