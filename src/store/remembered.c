/* Which rows were met before.  Of two that fall on one place the later one stays. */
#include "store/remembered.h"

#include "base/hash.h"

#include <stdlib.h>
#include <string.h>

enum {
	ROWS_REMEMBERED = 1 << 16,
};

struct place {
	uint64_t name;
	int64_t  row;                   /* 0: nothing is remembered here */
};

struct remembered {
	struct hash_key key;            /* nobody can make sessions whose names are the same */
	bool            is_empty;
	struct place    places[ROWS_REMEMBERED];
};

uint64_t
remembered_name(const struct remembered *remembered, struct span told, uint64_t belongs)
{
	const uint64_t both[] = { hash_bytes(&remembered->key, told.at, told.len), belongs };

	return belongs == 0 ? both[0] : hash_bytes(&remembered->key, both, sizeof(both));
}

int64_t
remembered_row(const struct remembered *remembered, uint64_t name)
{
	const struct place *place = &remembered->places[name % ROWS_REMEMBERED];

	return place->name == name ? place->row : 0;
}

void
remembered_keep(struct remembered *remembered, uint64_t name, int64_t row)
{
	remembered->places[name % ROWS_REMEMBERED] = (struct place){ .name = name, .row = row };
	remembered->is_empty = false;
}

void
remembered_forget(struct remembered *remembered)
{
	if (!remembered->is_empty)
		memset(remembered->places, 0, sizeof(remembered->places));
	remembered->is_empty = true;
}

struct remembered *
remembered_new(void)
{
	struct remembered *remembered = calloc(1, sizeof(*remembered));

	if (remembered == NULL)
		return NULL;
	remembered->key = hash_key_random();
	remembered->is_empty = true;
	return remembered;
}

void
remembered_free(struct remembered **remembered)
{
	free(*remembered);
	*remembered = NULL;
}
