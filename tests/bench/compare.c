/* Runs shell commands in turn, several rounds, and prints what each took, against the first.
 *
 *	compare ROUNDS REFERENCE COMMAND...
 *
 * A line each, with tabs between: median, least and most seconds, median seconds of processor time, median peak of
 * memory in KiB, and the median, least and most of the ratio to the reference of the same round; or "failed" and its
 * exit status.  All is that of the whole process, as the system accounts for it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	ROUNDS_MOST = 99,
};

struct series {
	const char *command;
	int         failed;             /* its exit status; from then on it is not run */
	double      wall[ROUNDS_MOST], cpu[ROUNDS_MOST], peak_kib[ROUNDS_MOST], ratio[ROUNDS_MOST];
};

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static pid_t
begin(const char *command)
{
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	return child;
}

static void
measure(struct series *series, int round)
{
	struct timespec from, to;
	struct rusage usage;
	int status;
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &from);
	child = begin(series->command);
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("compare");
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &to);
	series->failed = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	series->wall[round] = (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
	series->cpu[round] = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	series->peak_kib[round] = (double)usage.ru_maxrss;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Puts the values in order; returns the middle one. */
static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), ascending);
	return values[count / 2];
}

static void
print(struct series *series, int rounds)
{
	double wall = median(series->wall, rounds), ratio = median(series->ratio, rounds);

	if (series->failed != 0)
		printf("failed\t%d\n", series->failed);
	else
		printf("%.6f\t%.6f\t%.6f\t%.6f\t%.0f\t%.4f\t%.4f\t%.4f\n",
			wall, series->wall[0], series->wall[rounds - 1],
			median(series->cpu, rounds), median(series->peak_kib, rounds), ratio, series->ratio[0],
			series->ratio[rounds - 1]);
}

int
main(int argc, char **argv)
{
	int rounds = argc > 2 ? atoi(argv[1]) : 0, count = argc - 2;
	struct series *series = calloc((size_t)(count > 0 ? count : 1), sizeof(*series));

	if (rounds < 1 || rounds > ROUNDS_MOST || series == NULL) {
		fprintf(stderr, "usage: compare ROUNDS REFERENCE COMMAND...\n");
		return 2;
	}
	for (int which = 0; which < count; which++)
		series[which].command = argv[2 + which];
	measure(&series[0], 0);         /* once uncounted, so that the file is in memory */
	for (int round = 0; round < rounds; round++) {
		for (int which = 0; which < count; which++) {
			if (series[which].failed == 0)
				measure(&series[which], round);
			series[which].ratio[round] = series[which].wall[round] / series[0].wall[round];
		}
	}
	for (int which = 0; which < count; which++)
		print(&series[which], rounds);
	return 0;
}
