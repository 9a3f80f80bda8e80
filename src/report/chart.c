/* Drawings of numbers, as SVG inside a page.  Sizes are presentation attributes and colours are classes, so that no
 * style attribute is needed. */
#include "report/chart.h"

enum {
	WIDE = 1000,            /* of the families' bar, in its own units */
	PERIODS_WIDE = 720,
	PERIODS_HIGH = 160,
	FLOOR = 20,             /* below the columns: their labels */
	CEILING = 12,
};

static const struct {
	const char *word, *words;
} families[FAMILIES] = {
	[FAMILY_PROTECTED] = { "protected", "Protected" },
	[FAMILY_CLEAR] = { "clear", "In clear" },
	[FAMILY_DOWNGRADED] = { "downgraded", "Downgraded" },
	[FAMILY_STOPPED] = { "stopped", "Ended before anything crossed" },
	[FAMILY_UNDECIDED] = { "undecided", "Not to be judged" },
};

const char *
chart_family_word(enum family family)
{
	return families[family].word;
}

const char *
chart_family_words(enum family family)
{
	return families[family].words;
}

const char *
chart_share(uint64_t part, uint64_t whole, char out[16])
{
	uint64_t percent = whole > 0 ? (uint64_t)((double)part * 100 / (double)whole + 0.5) : 0;

	if (part > 0 && percent == 0)
		snprintf(out, 16, "< 1 %%");
	else if (part < whole && percent >= 100)
		snprintf(out, 16, "> 99 %%");
	else
		snprintf(out, 16, "%d %%", (int)percent);
	return out;
}

/* `part` of `whole`, in units of which the whole has `units`; never nothing for something. */
static int
scaled(uint64_t part, uint64_t whole, int units)
{
	int size = whole > 0 ? (int)((double)part / (double)whole * units + 0.5) : 0;

	return size == 0 && part > 0 ? 1 : size;
}

void
chart_families(struct html *html, const struct figures *figures)
{
	char share[16];
	int at = 0;

	html_print(html, "<svg class=\"families\" viewBox=\"0 0 %d 36\" preserveAspectRatio=\"none\" role=\"img\" "
		"aria-label=\"Sessions by what they came to:", WIDE);
	for (size_t i = 0; i < FAMILIES; i++)
		html_print(html, "%s %s %s", i > 0 ? "," : "", families[i].words,
			chart_share(figures->families[i], figures->sessions, share));
	html_print(html, "\">\n");
	for (size_t i = 0; i < FAMILIES; i++) {
		int wide = scaled(figures->families[i], figures->sessions, WIDE);

		if (wide > 0)
			html_print(html, "<rect class=\"%s\" x=\"%d\" y=\"0\" width=\"%d\" height=\"36\"/>\n",
				families[i].word, at, wide);
		at += wide;
	}
	html_print(html, "</svg>\n");
}

void
chart_bar(struct html *html, const char *family, uint64_t part, uint64_t whole)
{
	html_print(html, "<svg class=\"bar\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
		"<rect class=\"%s\" width=\"%d\" height=\"10\"/></svg>", family, scaled(part, whole, 100));
}

/* All that is drawn of a period. */
static uint64_t
drawn(const struct figure_period *period)
{
	uint64_t sum = 0;

	for (size_t i = 1; i < FIGURES_SEVERITIES; i++)
		sum += period->findings[i];
	return sum;
}

static void
print_column(struct html *html, const struct figures *figures, const struct figure_period *period, int x, int wide,
	uint64_t most)
{
	int y = CEILING + PERIODS_HIGH;

	for (size_t i = FIGURES_SEVERITIES - 1; i > 0; i--) {
		int high = scaled(period->findings[i], most, PERIODS_HIGH);

		y -= high;
		if (high > 0)
			html_print(html, "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\">"
				"<title>%s: %lld %s</title></rect>\n", figures->severities[i].word, x, y, wide, high,
				period->label, (long long)period->findings[i], figures->severities[i].word);
	}
}

static void
print_label(struct html *html, const struct figure_period *period, int x, const char *anchor)
{
	html_print(html, "<text x=\"%d\" y=\"%d\" text-anchor=\"%s\">%s</text>\n", x,
		CEILING + PERIODS_HIGH + FLOOR - 5, anchor, period->label);
}

void
chart_periods(struct html *html, const struct figures *figures)
{
	const struct figure_period *first = figures->periods, *last = first + figures->period_count - 1;
	uint64_t most = 0;
	int64_t places;
	int step;

	if (figures->period_count < 2)
		return;
	places = last->place - first->place + 1;
	for (const struct figure_period *period = first; period <= last; period++)
		most = drawn(period) > most ? drawn(period) : most;
	if (places < 2 || places > PERIODS_WIDE || most == 0)
		return;
	step = (int)(PERIODS_WIDE / places);
	html_print(html, "<figure>\n<svg class=\"periods\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Findings "
		"by time, from %s to %s, at most %lld at a time; the numbers are in the table below\">\n", PERIODS_WIDE,
		CEILING + PERIODS_HIGH + FLOOR, first->label, last->label, (long long)most);
	html_print(html, "<line class=\"axis\" x1=\"0\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n<line class=\"grid\" x1=\"0\" "
		"x2=\"%d\" y1=\"%d\" y2=\"%d\"/>\n<text x=\"0\" y=\"%d\">%lld</text>\n", PERIODS_WIDE,
		CEILING + PERIODS_HIGH, CEILING + PERIODS_HIGH, PERIODS_WIDE, CEILING, CEILING, CEILING - 3,
		(long long)most);
	for (const struct figure_period *period = first; period <= last; period++)
		print_column(html, figures, period, (int)(period->place - first->place) * step,
			step > 3 ? step - 2 : step, most);
	print_label(html, first, 0, "start");
	print_label(html, last, (int)places * step, "end");
	html_print(html, "</svg>\n<ul class=\"legend\">");
	for (size_t i = FIGURES_SEVERITIES - 1; i > 0; i--)
		html_print(html, "<li class=\"%s\">%s</li>", figures->severities[i].word, figures->severities[i].word);
	html_print(html, "</ul>\n<figcaption>Findings by the time at which their session began; those of severity "
		"info are not drawn.</figcaption>\n</figure>\n");
}
