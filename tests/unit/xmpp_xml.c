/* Units and elements of XML: where they end, however they come, and what is read of them (RFC 6120, section 11). */
#include "base/table.h"
#include "xmpp_xml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* How many bytes the unit at the front has; 0 for one that is not whole. */
static const struct {
	const char *text;
	size_t      length;
} units[] = {
	{ "<a/>", 4 },
	{ "<a></a><b/>", 7 },
	{ "<a><b/><c></c>x</a>y", 19 },
	{ "<a b='>'/>", 10 },
	{ "<a b='/'></a>", 13 },
	{ "<a b=\"'/>\" c='\"'>x</a>", 22 },
	{ "<a b='</a>'><![CDATA[</a>]]]]></a>", 34 },
	{ "<a><!-- </a> - -- > --></a>", 27 },
	{ "<a><?b </a> ?></a>", 18 },
	{ "<a><!-->--></a>", 15 },
	{ "<a / >x</a>", 11 },
	{ "<stream:stream a='b'>", 21 },
	{ "<stream a='b'>x", 14 },
	{ "<x:stream>", 10 },
	{ "<stream:stream/>", 16 },
	{ "<streams>", 0 },
	{ "<stream:streams></stream:streams>", 33 },
	{ "<a><stream:stream>x</stream:stream></a>", 39 },
	{ "</stream:stream>x", 16 },
	{ "<?xml version='1.0'?>x", 21 },
	{ "<!-- a -->b", 10 },
	{ "<!DOCTYPE a [<!ENTITY b 'c'><!ENTITY d 'e'>]>f", 45 },
	{ "<![CDATA[a]]>b", 13 },
	{ "<>", 0 },
	{ "<a", 0 },
	{ "<a>", 0 },
	{ "<a b='></a>", 0 },
	{ "<a></a", 0 },
	{ "<a><b></a>", 0 },
};

static void
test_units(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(units); i++) {
		struct span text = span_of(units[i].text);
		struct xml_scan whole = { 0 }, trickled = { 0 };
		size_t at = 0, piece = 0;
		bool ended = xml_scan(&whole, text, &at), trickled_ended = false;

		if (ended != (units[i].length > 0) || (ended && at != units[i].length))
			fail_msg("%s: %zu bytes", units[i].text, at);
		for (size_t len = 1; len <= text.len && !trickled_ended; len++)
			trickled_ended = xml_scan(&trickled, span_first(text, len), &piece);
		assert_int_equal(trickled_ended, ended);
		assert_int_equal(piece, at);
	}
}

/* As "prefix name namespace content"; "-" for what is no element. */
static const struct {
	const char *text, *told;
} elements[] = {
	{ "<a/>", "||a||" },
	{ "<a>b</a>", "||a||b" },
	{ "<a:b xmlns:a='c' xmlns='d'>e</a:b>", "|a|b|c|e" },
	{ "<b xmlns:a='c' xmlns = \"d\" >e<f>g</f></b>", "||b|d|e<f>g</f>" },
	{ "<a b='>' xmlns='c'/>", "||a|c|" },
	{ "<a>b<c>", "||a||b<c>" },
	{ "<a b='", "-" },
	{ "</a>", "-" },
	{ "<!-- -->", "-" },
	{ "<", "-" },
	{ "a", "-" },
};

static void
test_elements(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(elements); i++) {
		struct xml_element e;
		struct buffer told = { 0 };

		if (!xml_read(span_of(elements[i].text), &e)) {
			buffer_add_text(&told, "-");
		} else {
			struct span parts[] = { e.prefix, e.name, xml_namespace(&e), e.content };

			for (size_t k = 0; k < TABLE_LENGTH(parts); k++) {
				buffer_add_text(&told, "|");
				buffer_add(&told, parts[k]);
			}
		}
		assert_string_equal(buffer_text(&told), elements[i].told);
		buffer_free(&told);
	}
}

static void
test_children(void **state)
{
	struct span content = span_of("  <a x='1'>b</a><!-- <c/> -->d<e/></f><g>"), before;
	struct xml_element child;

	(void)state;
	assert_true(xml_take_child(&content, &child, &before));
	assert_true(span_is(child.name, "a") && span_is(child.content, "b") && before.len == 2);
	assert_true(span_is(xml_attribute(child.attributes, "x"), "1"));
	assert_int_equal(xml_attribute(child.attributes, "y").len, 0);
	assert_true(xml_take_child(&content, &child, &before));
	assert_true(span_is(child.name, "e") && before.len == 14);
	assert_true(xml_take_child(&content, &child, &before));
	assert_true(span_is(child.name, "g"));
	assert_false(xml_take_child(&content, &child, &before));
	assert_true(xml_child(span_of("<a/><b>c</b>"), "b", &child));
	assert_true(span_is(child.content, "c"));
	assert_false(xml_child(span_of("<a><b/></a>"), "b", &child));
}

static const struct {
	const char *text;
	bool        closed;
} ends[] = {
	{ "<a/>", true }, { "<a></a>", true }, { "<p:a></p:a >", true }, { "<a><b/></a>", true },
	{ "<a></b>", false }, { "<p:a></p:b>", false }, { "<a></ab>", false }, { "<a><b/>", false },
};

static void
test_ends(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(ends); i++) {
		struct xml_element element;

		assert_true(xml_read(span_of(ends[i].text), &element));
		if (xml_is_closed(span_of(ends[i].text), &element) != ends[i].closed)
			fail_msg("%s", ends[i].text);
	}
}

static const struct {
	const char *text, *read;
} texts[] = {
	{ "a b", "a b" },
	{ "&lt;&gt;&amp;&quot;&apos;", "<>&\"'" },
	{ "&#65;&#x41;&#xe4;&#x20ac;&#x1F600;", "AA\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80" },
	{ "&lol;&#;&#x;&#0;&#x110000;&#12a;&", "&lol;&#;&#x;&#0;&#x110000;&#12a;&" },
	{ "a<![CDATA[<b>&lt;]]>c", "a<b>&lt;c" },
	{ "a<![CDATA[b", "ab" },
	{ "a<b>c</b>", "a" },
	{ "", "" },
};

static void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < TABLE_LENGTH(texts); i++) {
		struct buffer out = { 0 };

		xml_text(&out, span_of(texts[i].text));
		assert_string_equal(buffer_text(&out), texts[i].read);
		buffer_free(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units), cmocka_unit_test(test_elements), cmocka_unit_test(test_children),
		cmocka_unit_test(test_ends), cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
