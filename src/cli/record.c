/* Printing the cells of an answer. */
#include "cli/record.h"

#include "report/report.h"

#include <stdio.h>
#include <string.h>

enum {
	LABEL_WIDTH = 12,
	LINE_WIDTH = 96,
};

void
record_print(const char *text)
{
	report_text(stdout, text);
}

void
record_print_wrapped(const char *label, const char *text)
{
	size_t column = LABEL_WIDTH;

	if (*text == '\0')
		return;
	printf("%-*s", LABEL_WIDTH, label);
	while (*text != '\0') {
		char word[256];
		size_t len = strcspn(text, " \n");

		if (column > LABEL_WIDTH && column + len > LINE_WIDTH) {
			printf("\n%*s", LABEL_WIDTH, "");
			column = LABEL_WIDTH;
		} else if (column > LABEL_WIDTH) {
			printf(" ");
		}
		snprintf(word, sizeof(word), "%.*s", (int)len, text);
		report_text(stdout, word);
		text += len < sizeof(word) ? len : sizeof(word) - 1;
		text += strspn(text, " \n");
		column += len + 1;
	}
	printf("\n");
}
