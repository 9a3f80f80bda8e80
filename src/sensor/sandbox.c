/* The system calls of a running sensor, as a seccomp filter.
 *
 * What is allowed serves one of these: libpcap on a ring that is open, SQLite with its write-ahead log and locks,
 * outlets that write files and talk to local sockets, the metrics server on a socket that is open, threads, time.  What
 * merely fails may be tried by an honest library; what ends the process is how somebody who took it over would go
 * on. */
#include "sensor/sandbox.h"

#include "base/table.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	COMPARISONS_MOST = 2,
	BINARY_TREE = 2,                /* SCMP_FLTATR_CTL_OPTIMIZE: a search, for calls that come with every packet */
};

/* A name that this architecture or this libseccomp does not know is passed over. */
static const char *const allowed[] = {
	/* files that are open */
	"read", "readv", "pread64", "preadv", "write", "writev", "pwrite64", "pwritev", "lseek", "_llseek", "close",
	"fsync", "fdatasync", "ftruncate", "ftruncate64", "fallocate", "fadvise64", "fadvise64_64", "flock", "fcntl",
	"fcntl64", "fchmod", "dup", "dup2", "dup3",
	/* files by name, with the rights of an ordinary user */
	"open", "openat", "creat", "stat", "stat64", "lstat", "lstat64", "fstat", "fstat64", "newfstatat", "fstatat64",
	"statx", "statfs", "statfs64", "fstatfs", "fstatfs64", "access", "faccessat", "faccessat2", "readlink",
	"readlinkat", "getcwd", "getdents", "getdents64", "unlink", "unlinkat", "rename", "renameat", "renameat2",
	/* memory; mmap and mprotect follow below */
	"brk", "munmap", "mremap", "madvise", "msync", "memfd_create",
	/* waiting */
	"poll", "ppoll", "ppoll_time64", "select", "_newselect", "pselect6", "pselect6_time64", "epoll_create",
	"epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2", "eventfd", "eventfd2",
	"pipe", "pipe2",
	/* sockets that are open, or local ones; the packet socket is bound anew when its interface was */
	"accept", "accept4", "bind", "connect", "shutdown", "send", "sendto", "sendmsg", "sendmmsg", "recv", "recvfrom",
	"recvmsg", "recvmmsg", "recvmmsg_time64", "getsockname", "getpeername", "getsockopt",
	/* threads; clone follows below */
	"futex", "futex_time64", "set_robust_list", "get_robust_list", "rseq", "membarrier", "sched_yield",
	"sched_getaffinity", "sched_getparam", "sched_getscheduler", "sched_get_priority_max", "sched_get_priority_min",
	"getcpu", "exit", "exit_group",
	/* signals to oneself; tgkill follows below */
	"rt_sigaction", "rt_sigprocmask", "rt_sigpending", "rt_sigsuspend", "rt_sigtimedwait", "rt_sigtimedwait_time64",
	"rt_sigreturn", "sigreturn", "sigaltstack", "restart_syscall",
	/* time */
	"clock_gettime", "clock_gettime64", "clock_getres", "clock_getres_time64", "clock_nanosleep",
	"clock_nanosleep_time64", "nanosleep", "gettimeofday", "time", "times",
	/* who and where we are */
	"getpid", "gettid", "getppid", "getuid", "getuid32", "geteuid", "geteuid32", "getgid", "getgid32", "getegid",
	"getegid32", "getresuid", "getresuid32", "getresgid", "getresgid32", "uname", "sysinfo", "getrandom",
	"getrlimit", "ugetrlimit", "getrusage",
};

/* clone3 hides its flags behind a pointer; told that there is none, the C library calls clone. */
static const char *const absent[] = {
	"clone3",
};

static const char *const deadly[] = {
	/* other programs, other processes */
	"execve", "execveat", "uselib", "ptrace", "process_vm_readv", "process_vm_writev", "process_madvise", "kcmp",
	"pidfd_open", "pidfd_getfd", "pidfd_send_signal", "perf_event_open",
	/* the kernel's own doors */
	"bpf", "init_module", "finit_module", "delete_module", "create_module", "kexec_load", "kexec_file_load",
	"userfaultfd", "iopl", "ioperm", "modify_ldt", "vm86", "vm86old", "lookup_dcookie", "syslog", "acct", "reboot",
	"add_key", "request_key", "keyctl", "swapon", "swapoff", "quotactl", "quotactl_fd", "nfsservctl",
	/* another view of the system */
	"mount", "umount", "umount2", "pivot_root", "chroot", "fsopen", "fsconfig", "fsmount", "fspick", "move_mount",
	"open_tree", "mount_setattr", "unshare", "setns", "open_by_handle_at", "name_to_handle_at", "personality",
	/* other clocks and names */
	"settimeofday", "stime", "clock_settime", "clock_settime64", "sethostname", "setdomainname",
	/* becoming somebody else */
	"capset", "setuid", "setuid32", "setgid", "setgid32", "setreuid", "setreuid32", "setregid", "setregid32",
	"setresuid", "setresuid32", "setresgid", "setresgid32", "setgroups", "setgroups32", "setfsuid", "setfsuid32",
	"setfsgid", "setfsgid32",
};

/* Allowed where every comparison of a row holds; several rows of one call are alternatives. */
struct narrowed {
	const char         *name;
	unsigned int        count;
	struct scmp_arg_cmp holds[COMPARISONS_MOST];
};

#define ARGUMENT(index, value)        { index, SCMP_CMP_EQ, value, 0 }
#define WORD_ARGUMENT(index, value)   { index, SCMP_CMP_MASKED_EQ, UINT32_MAX, value }
#define BITS(index, mask, value)      { index, SCMP_CMP_MASKED_EQ, mask, value }

enum {
	NAMESPACES = CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET |
	             CLONE_NEWCGROUP,
#if defined(__s390__) || defined(__CRIS__)
	CLONE_FLAGS = 1,                /* which argument of clone they are */
#else
	CLONE_FLAGS = 0,
#endif
};

static const struct narrowed narrowed[] = {
	/* no code but what was loaded at the start */
	{ "mmap",       1, { BITS(2, PROT_EXEC, 0) } },
	{ "mmap2",      1, { BITS(2, PROT_EXEC, 0) } },
	{ "mprotect",   1, { BITS(2, PROT_EXEC, 0) } },
	/* a thread, not a process, and in the same namespaces */
	{ "clone",      1, { BITS(CLONE_FLAGS, CLONE_THREAD | NAMESPACES, CLONE_THREAD) } },
	/* syslog, the journal, the service manager, a JSON socket */
	{ "socket",     1, { ARGUMENT(0, AF_UNIX) } },
	{ "socketpair", 1, { ARGUMENT(0, AF_UNIX) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, SOL_SOCKET), WORD_ARGUMENT(2, SO_SNDBUF) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, SOL_SOCKET), WORD_ARGUMENT(2, SO_RCVBUF) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, SOL_SOCKET), WORD_ARGUMENT(2, SO_SNDTIMEO) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, SOL_SOCKET), WORD_ARGUMENT(2, SO_RCVTIMEO) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, SOL_SOCKET), WORD_ARGUMENT(2, SO_KEEPALIVE) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, SOL_PACKET), WORD_ARGUMENT(2, PACKET_ADD_MEMBERSHIP) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, IPPROTO_TCP), WORD_ARGUMENT(2, TCP_NODELAY) } },
	{ "setsockopt", 2, { WORD_ARGUMENT(1, IPPROTO_TCP), WORD_ARGUMENT(2, TCP_CORK) } },
	/* is there a terminal, is there more to read, does the interface still exist */
	{ "ioctl",      1, { WORD_ARGUMENT(1, TCGETS) } },
	{ "ioctl",      1, { WORD_ARGUMENT(1, TIOCGWINSZ) } },
	{ "ioctl",      1, { WORD_ARGUMENT(1, FIONREAD) } },
	{ "ioctl",      1, { WORD_ARGUMENT(1, FIONBIO) } },
	{ "ioctl",      1, { WORD_ARGUMENT(1, SIOCGIFNAME) } },
	{ "ioctl",      1, { WORD_ARGUMENT(1, SIOCGIFINDEX) } },
	{ "ioctl",      1, { WORD_ARGUMENT(1, SIOCGIFFLAGS) } },
	/* limits are read, not set */
	{ "prlimit64",  1, { ARGUMENT(2, 0) } },
	{ "prctl",      1, { WORD_ARGUMENT(0, PR_SET_NAME) } },
	{ "prctl",      1, { WORD_ARGUMENT(0, PR_GET_NAME) } },
	{ "prctl",      1, { WORD_ARGUMENT(0, PR_SET_VMA) } },
};

/* Building it ----------------------------------------------------------------------------------- */

static int
add(scmp_filter_ctx filter, uint32_t action, const char *name, unsigned int count, const struct scmp_arg_cmp *holds)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number == __NR_SCMP_ERROR)
		return 0;
	return seccomp_rule_add_array(filter, action, number, count, holds);
}

static int
add_all(scmp_filter_ctx filter, uint32_t action, const char *const *names, size_t count)
{
	int result = 0;

	for (size_t i = 0; i < count && result == 0; i++)
		result = add(filter, action, names[i], 0, NULL);
	return result;
}

/* A program ends itself by abort(), which sends a signal to a thread of its own. */
static int
add_narrowed(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp oneself = ARGUMENT(0, (scmp_datum_t)getpid());
	int result = add(filter, SCMP_ACT_ALLOW, "tgkill", 1, &oneself);

	for (size_t i = 0; i < TABLE_LENGTH(narrowed) && result == 0; i++)
		result = add(filter, SCMP_ACT_ALLOW, narrowed[i].name, narrowed[i].count, narrowed[i].holds);
	return result;
}

static int
set_up(scmp_filter_ctx filter)
{
	static const struct {
		enum scmp_filter_attr attribute;
		uint32_t              value;
	} settings[] = {
		{ SCMP_FLTATR_CTL_NNP, 1 },
		{ SCMP_FLTATR_CTL_TSYNC, 1 },
		{ SCMP_FLTATR_CTL_OPTIMIZE, BINARY_TREE },
		{ SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS },
		{ SCMP_FLTATR_API_SYSRAWRC, 1 },        /* the kernel's own reason when it refuses */
	};
	int result = 0;

	for (size_t i = 0; i < TABLE_LENGTH(settings) && result == 0; i++)
		result = seccomp_attr_set(filter, settings[i].attribute, settings[i].value);
	return result;
}

static int
fill(scmp_filter_ctx filter)
{
	int result = set_up(filter);

	if (result == 0)
		result = add_all(filter, SCMP_ACT_ALLOW, allowed, TABLE_LENGTH(allowed));
	if (result == 0)
		result = add_all(filter, SCMP_ACT_ERRNO(ENOSYS), absent, TABLE_LENGTH(absent));
	if (result == 0)
		result = add_all(filter, SCMP_ACT_KILL_PROCESS, deadly, TABLE_LENGTH(deadly));
	return result == 0 ? add_narrowed(filter) : result;
}

struct status
sandbox_enter(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int result;

	if (filter == NULL)
		return status_of(STATUS_NO_MEMORY, "not enough memory for a seccomp filter");
	result = fill(filter);
	if (result == 0)
		result = seccomp_load(filter);
	seccomp_release(filter);
	if (result == 0)
		return status_ok();
	return status_of(STATUS_INPUT, "will not read packets: this system refuses a seccomp filter (%s); it takes a "
		"kernel with CONFIG_SECCOMP_FILTER, 4.14 or later, and nothing around it that forbids the call",
		strerror(-result));
}
