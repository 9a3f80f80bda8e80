/* weave [--as woven|bytes|swap|twice|merged|random:SEED|lossy:SEED] IN.txt OUT.pcap */
#include "weave.h"

#include <stdlib.h>
#include <string.h>

static int
usage(void)
{
	fputs("usage: weave [--as woven|bytes|swap|twice|merged|random:SEED|lossy:SEED] IN.txt OUT.pcap\n",
		stderr);
	return 2;
}

int
main(int argc, char **argv)
{
	enum shape shape = SHAPE_WOVEN;
	uint32_t seed = 1;
	struct script script = { 0 };
	FILE *out;
	bool failed;

	if (argc == 5 && strcmp(argv[1], "--as") == 0 && shape_from_word(argv[2], &shape, &seed)) {
		argv += 2;
		argc -= 2;
	}
	if (argc != 3 || argv[1][0] == '-')
		return usage();
	script_read(&script, argv[1]);
	out = fopen(argv[2], "wb");
	if (out == NULL) {
		perror(argv[2]);
		return 1;
	}
	script_weave(&script, shape, seed, out);
	failed = ferror(out) != 0;
	if (fclose(out) != 0 || failed) {
		perror(argv[2]);
		return 1;
	}
	script_free(&script);
	return 0;
}
