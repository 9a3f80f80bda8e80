/* As much XML as a stream of XMPP may hold (RFC 6120, section 11): where its units end, and what is in an element.  No
 * entity is expanded but the five of XML itself, nothing is kept, and depth costs nothing: it is a number.  Part of the
 * dissector xmpp. */
#ifndef STARTTRACE_DISSECTORS_XMPP_XML_H
#define STARTTRACE_DISSECTORS_XMPP_XML_H

#include "base/buffer.h"

enum xml_place {
	XML_TEXT,
	XML_MARKUP,             /* behind "<" */
	XML_TAG,
	XML_VALUE,              /* inside the quotes of an attribute */
	XML_END_TAG,
	XML_DECLARED,           /* <! ... >, which may hold others of its kind (XML 1.0, section 2.8) */
	XML_COMMENT,
	XML_CDATA,
	XML_INSTRUCTION,        /* <? ... ?> */
};

/* How far a unit has been read.  Zero is the start. */
struct xml_scan {
	enum xml_place place;
	uint64_t       depth;           /* of elements that are open */
	uint8_t        quote;
	uint8_t        before[2];       /* the two bytes before, inside the same construct */
	unsigned       opened;          /* bytes of the construct so far, up to a few */
	unsigned       letters;         /* of "stream" in the first tag's name;
	                                 * declarations open in one that comes first */
	bool           named;           /* the first tag's name is over */
};

/* Reads on, from byte *at of the unit.  A unit is an element, or a start tag called stream, an end tag alone, a
 * comment, an instruction or a declaration; it begins with "<".  True once it has ended, *at then being its length. */
bool xml_scan(struct xml_scan *scan, struct span unit, size_t *at);

struct xml_element {
	struct span prefix, name;
	struct span attributes;
	struct span content;
};

/* The element at the front of `unit`; what of it is missing at the end is not in its content.  False where no start
 * tag, or not the whole of it, stands there. */
bool xml_read(struct span unit, struct xml_element *element_r);

/* Whether the unit that the element was read from ends with its own end tag, or needs none. */
bool xml_is_closed(struct span unit, const struct xml_element *element);

/* Takes the next element off the front of *content; *before_r: what stood before it.  False when none is left. */
bool xml_take_child(struct span *content, struct xml_element *child_r, struct span *before_r);

/* The first child of this name; false when there is none. */
bool xml_child(struct span content, const char *name, struct xml_element *child_r);

/* Takes one attribute off the front of *attributes.  False when none, or nothing that reads like one, is left. */
bool xml_take_attribute(struct span *attributes, struct span *name_r, struct span *value_r);

/* The value of this attribute as it stands there; empty without one. */
struct span xml_attribute(struct span attributes, const char *name);

/* The namespace that the element itself declares for its name; empty where it stands further up. */
struct span xml_namespace(const struct xml_element *element);

/* Adds text with its references replaced (XML 1.0, section 4.6) and without the marks of CDATA; unknown ones stay as
 * they are.  Text ends where a child begins. */
void xml_text(struct buffer *out, struct span content);

/* Without blanks, tabs and line ends at either end. */
struct span xml_trim(struct span text);

/* How many of these stand at the front. */
size_t xml_blanks(struct span text);

#endif
