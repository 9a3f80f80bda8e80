/* Runs two shell commands in turn, several rounds, and prints the medians of each and of their ratio.
 *
 *	compare ROUNDS COMMAND REFERENCE
 *
 * Wall time, processor time and peak memory are those of the whole process, as the system accounts for it. */
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

struct figures {
	double wall, cpu, peak_mib;
};

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static struct figures
measure(const char *command)
{
	struct timespec begin, end;
	struct rusage usage;
	struct figures figures;
	int status;
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &begin);
	child = fork();
	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) ||
	    WEXITSTATUS(status) != 0) {
		fprintf(stderr, "compare: failed: %s\n", command);
		exit(1);
	}
	clock_gettime(CLOCK_MONOTONIC, &end);
	figures.wall = (double)(end.tv_sec - begin.tv_sec) +
	               (double)(end.tv_nsec - begin.tv_nsec) / 1e9;
	figures.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	figures.peak_mib = (double)usage.ru_maxrss / 1024;
	return figures;
}

static int
ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), ascending);
	return values[count / 2];
}

int
main(int argc, char **argv)
{
	static double wall[2][ROUNDS_MOST], cpu[2][ROUNDS_MOST], peak[2][ROUNDS_MOST],
		ratio[ROUNDS_MOST];
	int rounds = argc == 4 ? atoi(argv[1]) : 0;

	if (rounds < 1 || rounds > ROUNDS_MOST) {
		fprintf(stderr, "usage: compare ROUNDS COMMAND REFERENCE\n");
		return 2;
	}
	measure(argv[3]);       /* once unmeasured, so that the file is in memory */
	for (int round = 0; round < rounds; round++) {
		for (int which = 0; which < 2; which++) {
			struct figures figures = measure(argv[2 + which]);

			wall[which][round] = figures.wall;
			cpu[which][round] = figures.cpu;
			peak[which][round] = figures.peak_mib;
		}
		ratio[round] = wall[0][round] / wall[1][round];
	}
	printf("          wall s   cpu s  peak MiB\n");
	for (int which = 0; which < 2; which++)
		printf("%-9s %6.2f  %6.2f  %8.1f\n", which == 0 ? "command" : "reference",
			median(wall[which], rounds), median(cpu[which], rounds),
			median(peak[which], rounds));
	median(ratio, rounds);
	printf("ratio     %6.2f  (lowest %.2f, highest %.2f of %d rounds)\n", ratio[rounds / 2], ratio[0],
		ratio[rounds - 1], rounds);
	return 0;
}
