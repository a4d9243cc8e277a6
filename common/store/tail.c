#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/tail.h"

#define CAP_MIN 64

void
sc_tail_clear(struct sc_tail *t)
{
	free(t->slots);
	free(t->revoked);
	memset(t, 0, sizeof *t);
}

/* The key's slot, or the free one where it belongs.  There is always one. */
static struct sc_tail_entry *
slot(const struct sc_tail *t, const uint8_t *key)
{
	size_t i, mask = t->cap - 1;

	/* The key is a hash: any part of it spreads evenly. */
	memcpy(&i, key + 1, sizeof i);
	for (i &= mask; t->slots[i].key[0] != 0; i = (i + 1) & mask)
		if (memcmp(t->slots[i].key, key, SC_RECORD_KEY) == 0)
			break;
	return &t->slots[i];
}

/* Into a new table of cap slots, without what is not newer than seq. */
static int
rehash(struct sc_tail *t, size_t cap, uint64_t seq)
{
	struct sc_tail next = {.cap = cap};
	size_t i;

	next.slots = calloc(cap, sizeof *next.slots);
	if (next.slots == NULL)
		return SC_ERR_NOMEM;
	for (i = 0; i < t->cap; i++) {
		if (t->slots[i].key[0] == 0 || t->slots[i].at.seq <= seq)
			continue;
		*slot(&next, t->slots[i].key) = t->slots[i];
		next.used++;
	}
	free(t->slots);
	t->slots = next.slots;
	t->cap = next.cap;
	t->used = next.used;
	return 0;
}

int
sc_tail_add(struct sc_tail *t, const uint8_t key[SC_RECORD_KEY],
    const struct sc_place *at)
{
	struct sc_tail_entry *s;

	if (t->used * 4 >= t->cap * 3 &&
	    rehash(t, t->cap == 0 ? CAP_MIN : t->cap * 2, 0) != 0)
		return SC_ERR_NOMEM;
	s = slot(t, key);
	if (s->key[0] != 0)
		return 0;
	memcpy(s->key, key, sizeof s->key);
	s->at = *at;
	t->used++;
	return 0;
}

int
sc_tail_add_revoked(struct sc_tail *t, const struct sc_place *at, uint64_t seq)
{
	size_t cap = t->revoked_cap == 0 ? CAP_MIN : t->revoked_cap * 2;
	void *p;

	if (t->revoked_n == t->revoked_cap) {
		p = sc_reallocarray(t->revoked, cap, sizeof *t->revoked);
		if (p == NULL)
			return SC_ERR_NOMEM;
		t->revoked = p;
		t->revoked_cap = cap;
	}
	t->revoked[t->revoked_n++] = *at;
	if (seq > t->last_revoked)
		t->last_revoked = seq;
	return 0;
}

const struct sc_place *
sc_tail_find(const struct sc_tail *t, const uint8_t key[SC_RECORD_KEY])
{
	struct sc_tail_entry *s;

	if (t->cap == 0)
		return NULL;
	s = slot(t, key);
	return s->key[0] == 0 ? NULL : &s->at;
}

int
sc_tail_prune(struct sc_tail *t, uint64_t seq)
{
	size_t i, left = 0, cap = CAP_MIN;

	for (i = 0; i < t->cap; i++)
		if (t->slots[i].key[0] != 0 && t->slots[i].at.seq > seq)
			left++;
	if (left == 0) {
		sc_tail_clear(t);
		return 0;
	}
	while (left * 2 >= cap)
		cap *= 2;
	for (i = 0; i < t->revoked_n && t->revoked[i].seq <= seq; i++)
		;
	t->revoked_n -= i;
	if (t->revoked_n > 0)
		memmove(t->revoked, t->revoked + i,
		    t->revoked_n * sizeof *t->revoked);
	return rehash(t, cap, seq);
}
