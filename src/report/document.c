/* What every page of HTML begins and ends with. */
#include "report/document.h"

#include "base/digest.h"
#include "report/assets.h"

/* The source expression of CSP (W3C, Content Security Policy Level 3, section 2.3.1) that allows exactly this text. */
static void
print_source(struct html *html, const char *directive, const char *text)
{
	uint8_t digest[SHA256_SIZE];
	struct buffer encoded = { 0 };

	digest_sha256(span_of(text), digest);
	base64_encode(span_from(digest, sizeof(digest)), &encoded);
	html_own(html, directive);
	html_own(html, " 'sha256-");
	html_own(html, buffer_text(&encoded));
	html_own(html, "'; ");
	buffer_free(&encoded);
}

void
document_begin(struct html *html, const char *title)
{
	html_own(html, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; ");
	print_source(html, "style-src", asset_style);
	print_source(html, "script-src", asset_script);
	html_own(html, "base-uri 'none'; form-action 'none'\">\n"
		"<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
		"<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
		"content=\"no-referrer\">\n");
	html_print(html, "<title>%s</title>\n<style>", title);
	html_own(html, asset_style);
	html_own(html, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the content</a>\n");
}

void
document_end(struct html *html)
{
	html_own(html, "<script>");
	html_own(html, asset_script);
	html_own(html, "</script>\n</body>\n</html>\n");
}
