/* Whose mail it is stays unknown.  Of an address the domain is kept, and a mark that tells the same address from
 * another one: a mail that is sent again, or seen at another place, has the same marks.  A mark is too short to look an
 * address up by.  Commands are pipelined (RFC 2920), so addresses wait for their replies as commands do. */
#include "smtp_envelope.h"

#include "base/hash.h"
#include "smtp_quote.h"

#include <ctype.h>

enum {
	DOMAINS_MOST = 64,
	ADDRESS_MOST = 320,             /* 64 octets, an at sign and 255 (RFC 5321, section 4.5.3.1) */
};

struct envelope_domain {
	struct envelope_domain *next;
	struct span             name;
};

struct envelope_address {
	struct envelope_address *next;
	struct mail_facts        facts;
};

/* The same in every run, since marks of different runs are compared. */
static const struct hash_key mark_key = { 0x656e76656c6f7065, 0x6d61726b6d61726b };

/* Letters count in the local part and not in the domain (RFC 5321, section 2.4). */
static uint32_t
mark_of(struct span address, struct span domain)
{
	char text[ADDRESS_MOST];
	size_t len = address.len < ADDRESS_MOST ? address.len : ADDRESS_MOST, local = address.len - domain.len;
	uint32_t mark;

	for (size_t i = 0; i < len; i++)
		text[i] = (char)(i < local ? address.at[i] : tolower(address.at[i]));
	mark = (uint32_t)hash_bytes(&mark_key, text, len);
	return mark != 0 ? mark : 1;
}

/* The one kept copy of this domain, lower case; empty when there are too many, or no memory. */
static struct span
keep_domain(struct arena *arena, struct envelope *envelope, struct span domain)
{
	struct envelope_domain *kept = envelope->domains;
	uint8_t lower[ADDRESS_MOST];

	while (kept != NULL && !span_same(kept->name, domain))
		kept = kept->next;
	if (kept != NULL)
		return kept->name;
	if (domain.len == 0 || domain.len > ADDRESS_MOST || envelope->domain_count == DOMAINS_MOST)
		return (struct span){ 0 };
	kept = arena_alloc(arena, sizeof(*kept));
	if (kept == NULL)
		return (struct span){ 0 };
	for (size_t i = 0; i < domain.len; i++)
		lower[i] = (uint8_t)tolower(domain.at[i]);
	kept->name = arena_copy(arena, span_from(lower, domain.len));
	kept->next = envelope->domains;
	envelope->domains = kept;
	envelope->domain_count++;
	return kept->name;
}

static struct envelope_address *
new_address(struct dialogue *d, struct envelope *envelope)
{
	struct envelope_address *address = envelope->spare;

	if (address == NULL)
		return arena_alloc(dialogue_arena(d), sizeof(*address));
	envelope->spare = address->next;
	*address = (struct envelope_address){ .next = NULL };
	return address;
}

void
smtp_envelope_add(struct dialogue *d, struct envelope *envelope, struct span line)
{
	struct envelope_address *added = envelope->lost ? NULL : new_address(d, envelope);
	struct span address, domain;

	envelope->lost |= added == NULL;
	if (added == NULL)
		return;
	if (smtp_quote_address(line, &address, &domain))
		added->facts = (struct mail_facts){
			.mark = mark_of(address, domain),
			.domain = keep_domain(dialogue_arena(d), envelope, domain),
		};
	if (envelope->last != NULL)
		envelope->last->next = added;
	else
		envelope->first = added;
	envelope->last = added;
}

void
smtp_envelope_take(struct envelope *envelope)
{
	struct envelope_address *oldest = envelope->first;

	envelope->taken = (struct mail_facts){ 0 };
	if (oldest == NULL)
		return;
	envelope->first = oldest->next;
	if (envelope->first == NULL)
		envelope->last = NULL;
	if (!envelope->lost)
		envelope->taken = oldest->facts;
	oldest->next = envelope->spare;
	envelope->spare = oldest;
}

void
smtp_envelope_clear(struct envelope *envelope)
{
	while (envelope->first != NULL)
		smtp_envelope_take(envelope);
}

void
smtp_envelope_tell(struct dialogue *d, const struct envelope *envelope, enum event_kind kind, uint32_t code,
	struct span text)
{
	dialogue_tell(d, &(struct event){
		.kind = kind,
		.side = SERVER,
		.code = code,
		.text = text,
		.facts.mail = &envelope->taken,
	});
}
