#include "config.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/internal.h"
#include "store/tuning.h"

int
sc_store_remember(struct sc_store *s, const struct sc_record *rec,
    uint64_t offset, struct sc_error *e)
{
	struct sc_place at = {s->pos.segment, offset, rec->seq, 0};
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	size_t i, n;
	int first, r;

	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		at.until = keys[i].until;
		first = sc_tail_find(&s->tail, keys[i].key) == NULL;
		if (first && sc_record_key_revokes(keys[i].key) &&
		    sc_tail_add_revoked(&s->tail, &at) != 0)
			return sc_fail_nomem(e);
		if (sc_tail_add(&s->tail, keys[i].key, &at) != 0) {
			/* It will be read once more. */
			if (first && sc_record_key_revokes(keys[i].key))
				s->tail.revoked_n--;
			return sc_fail_nomem(e);
		}
	}
	return 0;
}

/* Read what has been appended since the last look. */
int
sc_store_catch_up(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos next = s->pos;
	struct sc_record rec;
	int r;

	while ((r = sc_ledger_next(&s->ledger, &next, &rec, NULL, e)) == 1) {
		r = sc_store_remember(s, &rec, s->pos.offset, e);
		if (r != 0)
			return r;
		s->pos = next;
	}
	return r;
}

/* Base the tail on the index just opened. */
static int
adopt_index(struct sc_store *s, struct sc_error *e)
{
	int r = sc_ledger_has(&s->ledger, &s->ix.upto, e);

	if (r < 0)
		return r;
	if (r == 0) {
		sc_index_close(&s->ix);
		/*
		 * The tail began where an older index ended: alone it would
		 * take what that index knew for never spent.  Refuse again
		 * at each call, and start over once the index is gone.
		 */
		sc_tail_clear(&s->tail);
		s->pos = s->ledger.start;
		s->ix.seen_ino = 0;
		s->ix.seen_mtime = 0;
		return sc_fail(e, SC_ERR_CORRUPT,
		    "store: the index covers %llu records that the ledger does "
		    "not have; restore the ledger, or remove index and "
		    "index-*.gdbm to go on with it as it is",
		    (unsigned long long)s->ix.upto.seq);
	}
	if (s->durable < s->ix.upto.offset)
		s->durable = s->ix.upto.offset;
	if (s->pos.seq < s->ix.upto.seq) {
		sc_tail_clear(&s->tail);
		s->pos = s->ix.upto;
		return 0;
	}
	if (sc_tail_prune(&s->tail, s->ix.upto.seq) != 0)
		return sc_fail_nomem(e);
	return 0;
}

int
sc_store_rebuild(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos end = s->ledger.start;
	int r;

	sc_index_close(&s->ix);
	sc_tail_clear(&s->tail);
	s->pos = s->ledger.start;
	if (!s->writable)
		return 0;
	if ((r = sc_ledger_find_end(&s->ledger, &end, e)) != 0)
		return r;
	if (sc_index_checkpoint(&s->ix, &s->ledger, &end, NULL) == 0 &&
	    sc_index_open(&s->ix, NULL) == 0)
		return adopt_index(s, e);
	return 0;
}

int
sc_store_load_index(struct sc_store *s, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	int r = sc_index_open(&s->ix, &why);

	if (r == 0)
		return adopt_index(s, e);
	if (r != SC_ERR_NOT_FOUND && r != SC_ERR_CORRUPT)
		return sc_fail(e, r, "%s", why.msg);
	sc_store_note(s,
	    s->writable ? "index rebuilt from the ledger" : "no usable index",
	    why.msg);
	return sc_store_rebuild(s, e);
}

int
sc_store_refresh(struct sc_store *s, struct sc_error *e)
{
	int r = sc_index_changed(&s->ix, e);

	if (r == 1)
		r = sc_store_load_index(s, e);
	return r != 0 ? r : sc_store_catch_up(s, e);
}

int
sc_store_give_up_index(struct sc_store *s, const char *why, struct sc_error *e)
{
	int r;

	sc_index_distrust(&s->ix);
	sc_store_note(s, "index given up", why);
	r = sc_store_rebuild(s, e);
	return r != 0 ? r : sc_store_catch_up(s, e);
}

int
sc_store_find(struct sc_store *s, const uint8_t key[SC_RECORD_KEY],
    struct sc_place *at, struct sc_error *e)
{
	const struct sc_place *p = sc_tail_find(&s->tail, key);
	struct sc_error why = SC_ERROR_INIT;
	int r;

	if (p == NULL) {
		r = sc_index_find(&s->ix, key, at, &why);
		if (r >= 0)
			return r;
		if ((r = sc_store_give_up_index(s, why.msg, e)) != 0)
			return r;
		p = sc_tail_find(&s->tail, key);
		if (p == NULL)
			return sc_index_find(&s->ix, key, at, e);
	}
	*at = *p;
	return 1;
}

int
sc_store_idle(struct sc_store *s, struct sc_error *e)
{
	uint64_t base = s->ledger.start.seq;
	int r;

	if (!s->writable)
		return 0;
	if ((r = sc_store_refresh(s, e)) != 0)
		return r;
	if (s->ix.db != NULL)
		base = s->ix.upto.seq;
	if (s->pos.seq - base < sc_store_tuning.interval)
		return 0;
	r = sc_index_checkpoint(&s->ix, &s->ledger, &s->pos, e);
	if (r == 0)
		return sc_store_refresh(s, e);
	if (r == SC_ERR_IO) /* it may have been the ledger's sync */
		s->redo = 1;
	return r;
}
