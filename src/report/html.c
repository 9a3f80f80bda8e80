/* Markup that is the program's own, with text in it that is anybody's. */
#include "report/html.h"

#include "base/text.h"
#include "report/page.h"

#include <assert.h>
#include <stdarg.h>

static void
put(struct html *html, const char *bytes, size_t len)
{
	html->bytes += fwrite(bytes, 1, len, html->out);
}

static const char *
escaped(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	case '\'': return "&#39;";
	default: return NULL;
	}
}

void
html_own(struct html *html, const char *text)
{
	put(html, text, strlen(text));
}

void
html_text(struct html *html, const char *text)
{
	size_t most = html->most > 0 ? html->most : HTML_TEXT_MOST;
	struct span clean, shown;

	buffer_clear(&html->scratch);
	page_clean(&html->scratch, text != NULL ? text : "");
	clean = buffer_span(&html->scratch);
	shown = text_first(clean, most);
	for (size_t i = 0; i < shown.len; i++) {
		char c = (char)shown.at[i];
		const char *entity = escaped(c);

		if (entity != NULL)
			html_own(html, entity);
		else
			put(html, &c, 1);
	}
	if (shown.len < clean.len)
		html_own(html, "...");
}

/* Prints the argument of the conversion behind a percent sign, and returns what stands behind it. */
static const char *
put_argument(struct html *html, const char *conversion, va_list *args)
{
	char number[32];

	switch (*conversion) {
	case 's':
		html_text(html, va_arg(*args, const char *));
		return conversion + 1;
	case 'd':
		snprintf(number, sizeof(number), "%d", va_arg(*args, int));
		html_own(html, number);
		return conversion + 1;
	case 'z':
		snprintf(number, sizeof(number), "%zu", va_arg(*args, size_t));
		html_own(html, number);
		return conversion + 2;
	case 'l':
		snprintf(number, sizeof(number), "%lld", va_arg(*args, long long));
		html_own(html, number);
		return conversion + 3;
	default:
		assert(*conversion == '%');
		put(html, "%", 1);
		return conversion + 1;
	}
}

void
html_print(struct html *html, const char *markup, ...)
{
	va_list args;

	va_start(args, markup);
	while (*markup != '\0') {
		size_t plain = strcspn(markup, "%");

		put(html, markup, plain);
		markup += plain;
		if (*markup == '%')
			markup = put_argument(html, markup + 1, &args);
	}
	va_end(args);
}

void
html_free(struct html *html)
{
	buffer_free(&html->scratch);
}
