/* Versions, keys and certificates of a service, from session to session: the parts, and what they share. */
#include "rules/history_tls_private.h"

#include "base/table.h"
#include "rules/footprint.h"

#include <stdlib.h>

enum {
	KEYWORDS_MOST = 1024,
	HALVINGS_MOST = 8,              /* leaves some dozens of each */
};

static const struct tls_part *const parts[] = {
	&tls_versions,
	&tls_intolerance,
	&tls_fleet,
	&tls_key_shares,
	&tls_tickets,
	&tls_shared_keys,
	&tls_answers,           /* before certificates: it asks what the service was like without this session */
	&tls_certificates,
};

struct memory {
	const struct policy *policy;
	struct recall       *recalls[TABLE_LENGTH(parts)];
};

/* Shared by the parts --------------------------------------------------------------------------- */

struct recall_key
tls_service_key(const struct footprint *foot, struct span further)
{
	const uint8_t port[] = { (uint8_t)(foot->server.port >> 8), (uint8_t)foot->server.port };
	const struct span texts[] = {
		foot->vantage,
		span_from(foot->server.address.octets, sizeof(foot->server.address.octets)),
		span_from(port, sizeof(port)),
		further,
	};

	return recall_key_of(texts, TABLE_LENGTH(texts));
}

/* The offer of TLS and what depends on it come and go with the path and the client, not with the machine. */
static struct span
steady_keywords(const struct footprint *foot, uint8_t room[KEYWORDS_MOST])
{
	struct span rest = foot->keywords, word;
	size_t len = 0;

	while (span_take_word(&rest, &word)) {
		if (keyword_is_about_login(word) || len + word.len + 1 > KEYWORDS_MOST)
			continue;
		memcpy(room + len, word.at, word.len);
		len += word.len;
		room[len++] = ' ';
	}
	return span_from(room, len);
}

struct recall_key
tls_backend_key(const struct footprint *foot)
{
	uint8_t room[KEYWORDS_MOST];
	const struct span looks[] = {
		foot->greeting_name,
		foot->product,
		steady_keywords(foot, room),
		foot->syn_shape,
	};
	struct recall_key machine = recall_key_of(looks, TABLE_LENGTH(looks));

	return tls_service_key(foot, span_from(machine.octets, sizeof(machine.octets)));
}

bool
tls_has_chosen(const struct footprint *foot)
{
	return (foot->flags & FOOT_SERVER_HELLO) && foot->tls_version != 0;
}

bool
tls_chose_strong(const struct footprint *foot)
{
	const uint32_t both = CIPHER_AEAD | CIPHER_FORWARD_SECRECY;

	return (foot->cipher_traits & both) == both;
}

bool
tls_chose_weak(const struct footprint *foot)
{
	const uint32_t broken = CIPHER_NULL | CIPHER_ANON | CIPHER_EXPORT | CIPHER_RC4 | CIPHER_DES | CIPHER_3DES |
	                        CIPHER_RC2_IDEA_SEED;

	return (foot->cipher_traits & broken) != 0 ||
	       (foot->cipher_traits != 0 && !(foot->cipher_traits & CIPHER_FORWARD_SECRECY));
}

/* The subject ----------------------------------------------------------------------------------- */

static void
destroy(void *memory)
{
	struct memory *m = memory;

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		recall_free(&m->recalls[i]);
	free(m);
}

/* What all parts take, with memories of a size `halvings` times halved. */
static size_t
size_of_all(unsigned halvings)
{
	size_t size = 0;

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		size += recall_size(parts[i]->entry_size, parts[i]->most >> halvings);
	return size;
}

/* Every part keeps what it was made for, or all of them keep less: none may find that others took its memory. */
static void *
create(struct budget *budget, const struct policy *policy)
{
	struct memory *m = calloc(1, sizeof(*m));
	unsigned halvings = 0;

	if (m == NULL)
		return NULL;
	m->policy = policy;
	while (halvings < HALVINGS_MOST && size_of_all(halvings) > budget->limit)
		halvings++;
	for (size_t i = 0; i < TABLE_LENGTH(parts); i++) {
		m->recalls[i] = recall_new(budget, parts[i]->entry_size, parts[i]->most >> halvings);
		if (m->recalls[i] == NULL) {
			destroy(m);
			return NULL;
		}
	}
	return m;
}

/* What scanners and monitors ask for says nothing of how a service is used. */
static void
take(void *memory, const struct footprint *footprint, const struct hindsight *hindsight)
{
	struct memory *m = memory;
	const struct tls_view view = {
		.foot = footprint,
		.hindsight = hindsight,
		.policy = m->policy,
		.thresholds = m->policy != NULL ? m->policy->thresholds : policy_thresholds_default(),
	};

	if (footprint->client_kind != CLIENT_ORDINARY || !(footprint->flags & FOOT_HELLO))
		return;
	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		parts[i]->take(&view, m->recalls[i]);
}

static uint64_t
forgotten(const void *memory)
{
	const struct memory *m = memory;
	uint64_t count = 0;

	for (size_t i = 0; i < TABLE_LENGTH(parts); i++)
		count += recall_forgotten(m->recalls[i]);
	return count;
}

const struct subject history_tls = { create, take, destroy, forgotten };
