/* Work that changes its process for good, or ends it, is tested in a child. */
#ifndef STARTTRACE_TESTS_UNIT_CHILD_H
#define STARTTRACE_TESTS_UNIT_CHILD_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILD_CANNOT = 77,      /* this place does not allow what the test needs */
};

/* _exit: a child owes nobody a report about leaks, and may be forbidden to make one. */
static inline _Noreturn void
child_fails(const char *file, int line, const char *what)
{
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, what);
	_exit(1);
}

#define DEMAND(condition) ((condition) ? (void)0 : child_fails(__FILE__, __LINE__, #condition))

static inline void
child_needs(int allowed)
{
	if (!allowed)
		_exit(CHILD_CANNOT);
}

/* The wait status of a child that does this work; 0 if it returned. */
static inline int
child_runs(void (*work)(void))
{
	int status = -1;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		work();
		_exit(0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	return status;
}

static inline int
child_could_not(int status)
{
	return WIFEXITED(status) && WEXITSTATUS(status) == CHILD_CANNOT;
}

/* What /proc/self/status says behind "NAME:\t"; "" without such a line. */
static inline const char *
child_status(const char *name, char *line, size_t size)
{
	FILE *file = fopen("/proc/self/status", "re");
	size_t length = strlen(name);
	const char *found = "";

	DEMAND(file != NULL);
	while (*found == '\0' && fgets(line, (int)size, file) != NULL)
		if (strncmp(line, name, length) == 0 && line[length] == ':') {
			line[strcspn(line, "\n")] = '\0';
			found = line + length + 2;
		}
	fclose(file);
	return found;
}

static inline void
child_demand_status(const char *name, const char *value)
{
	char line[256];

	if (strcmp(child_status(name, line, sizeof(line)), value) != 0)
		child_fails(name, 0, line);
}

#endif
