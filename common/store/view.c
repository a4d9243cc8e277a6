#include "config.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/internal.h"
#include "store/tuning.h"

#define TRIES 8

/* The number of the record that told it first. */
static uint64_t
told_seq(const struct sc_record *rec)
{
	return rec->carried.seq != 0 ? rec->carried.seq : rec->seq;
}

/* Is it not in the list of revocations yet? */
static int
is_first(struct sc_store *s, const struct sc_record *rec,
    const uint8_t key[SC_RECORD_KEY])
{
	struct sc_place at;

	if (sc_tail_find(&s->tail, key) != NULL)
		return 0;
	return rec->carried.seq == 0 ||
	    sc_index_find(&s->ix, key, &at, NULL) != 1;
}

int
sc_store_remember(struct sc_store *s, const struct sc_record *rec,
    const struct sc_place *where, struct sc_error *e)
{
	struct sc_place at = *where;
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	size_t i, n;
	int first, r;

	at.seq = rec->seq;
	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		at.until = keys[i].until;
		first = sc_record_key_revokes(keys[i].key) &&
		    is_first(s, rec, keys[i].key);
		if (first &&
		    sc_tail_add_revoked(&s->tail, &at, told_seq(rec)) != 0)
			return sc_fail_nomem(e);
		if (sc_tail_add(&s->tail, keys[i].key, &at) != 0) {
			/* It will be read once more. */
			if (first)
				s->tail.revoked_n--;
			return sc_fail_nomem(e);
		}
	}
	return 0;
}

uint64_t
sc_store_durable(const struct sc_store *s)
{
	return s->durable_segment == s->pos.segment ? s->durable
						    : SC_SEGMENT_HEADER;
}

/*
 * Leave a segment that has been ended: whoever ended it has synced it, but
 * perhaps without the pages whose sync had failed here.
 */
static int
leave_segment(struct sc_store *s, struct sc_error *e)
{
	int r;

	if (!s->redo)
		return 0;
	r = sc_ledger_redo(
	    &s->ledger, s->pos.segment, sc_store_durable(s), s->pos.offset, e);
	if (r == 0)
		r = sc_ledger_sync(&s->ledger, s->pos.segment, e);
	if (r != 0 && r != SC_ERR_NOT_FOUND)
		return r;
	s->redo = 0;
	return 0;
}

/*
 * A look before the lock is taken makes the time under it short.  The one
 * under it sees what this leaves out: whether another segment was begun.
 */
static int
look_ahead(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos next = s->pos;
	struct sc_place at = {0};
	struct sc_record rec;
	int r;

	while (
	    (r = sc_ledger_next_here(&s->ledger, &next, &rec, &at, e)) == 1) {
		if ((r = sc_store_remember(s, &rec, &at, e)) != 0)
			return r;
		s->pos = next;
	}
	return r;
}

/* Read what has been appended since the last look. */
int
sc_store_catch_up(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos next = s->pos;
	struct sc_place at = {0};
	struct sc_record rec;
	int r;

	while ((r = sc_ledger_next(&s->ledger, &next, &rec, &at, e)) == 1) {
		if ((r = sc_store_remember(s, &rec, &at, e)) != 0)
			return r;
		if (next.segment != s->pos.segment &&
		    (r = leave_segment(s, e)) != 0)
			return r;
		s->pos = next;
	}
	if (r == 0 && next.segment != s->pos.segment &&
	    (r = leave_segment(s, e)) == 0)
		s->pos = next; /* a new one with nothing in it */
	return r;
}

/* Base the tail on the index just opened. */
static int
adopt_index(struct sc_store *s, struct sc_error *e)
{
	int r = sc_ledger_has(&s->ledger, &s->ix.upto, e), gone;

	if (r < 0)
		return r;
	if (r == 0) {
		gone = sc_index_changed(&s->ix, NULL) == 1;
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
		if (gone)
			return sc_fail(
			    e, SC_ERR_NOT_FOUND, "store: pruned meanwhile");
		return sc_fail(e, SC_ERR_CORRUPT,
		    "store: the index covers %llu records that the ledger does "
		    "not have; restore the ledger, or remove index and "
		    "index-*.gdbm to go on with it as it is",
		    (unsigned long long)s->ix.upto.seq);
	}
	if (s->durable_segment < s->ix.upto.segment ||
	    (s->durable_segment == s->ix.upto.segment &&
		s->durable < s->ix.upto.offset)) {
		s->durable_segment = s->ix.upto.segment;
		s->durable = s->ix.upto.offset;
	}
	if (s->pos.seq < s->ix.upto.seq) {
		sc_tail_clear(&s->tail);
		s->pos = s->ix.upto;
	}
	/* What has been removed shall not be held by being open. */
	sc_ledger_keep(&s->ledger, s->pos.segment);
	if (sc_tail_prune(&s->tail, s->ix.upto.seq) != 0)
		return sc_fail_nomem(e);
	return 0;
}

int
sc_store_rebuild(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos end;
	int r;

	sc_index_close(&s->ix);
	sc_tail_clear(&s->tail);
	sc_ledger_keep(&s->ledger, 0);
	/* Even if no more can be done now: the tail begins there. */
	s->pos = s->ledger.start;
	if ((r = sc_ledger_look(&s->ledger, e)) != 0)
		return r;
	end = s->pos = s->ledger.start;
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
	int r = sc_index_changed(&s->ix, e), i;

	if (r == 1)
		r = sc_store_load_index(s, e);
	if (r == 0)
		r = sc_store_catch_up(s, e);
	/* Whoever removes segments has made an index first. */
	for (i = 0; r == SC_ERR_NOT_FOUND && i < TRIES; i++)
		if ((r = sc_store_load_index(s, e)) == 0)
			r = sc_store_catch_up(s, e);
	return r != SC_ERR_NOT_FOUND
	    ? r
	    : sc_fail(e, SC_ERR_CORRUPT, "store: a segment is missing");
}

int
sc_store_look(struct sc_store *s, struct sc_error *e)
{
	int r = sc_index_changed(&s->ix, e);

	if (r == 0)
		r = look_ahead(s, e);
	else if (r == 1)
		r = sc_store_refresh(s, e);
	return r;
}

int
sc_store_give_up_index(struct sc_store *s, const char *why, struct sc_error *e)
{
	int r;

	sc_index_distrust(&s->ix);
	sc_store_note(s, "index given up", why);
	if ((r = sc_store_rebuild(s, e)) == 0)
		r = sc_store_catch_up(s, e);
	/* Pruned meanwhile. */
	return r == SC_ERR_NOT_FOUND ? sc_store_refresh(s, e) : r;
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

/* As far as is known without a look at the files. */
static int
checkpoint_is_due(const struct sc_store *s)
{
	uint64_t base = s->ix.db != NULL ? s->ix.upto.seq : s->ledger.start.seq;

	return s->pos.seq - base >= sc_store_tuning.interval;
}

int
sc_store_idle(struct sc_store *s, struct sc_error *e)
{
	int r;

	if (!s->writable || !checkpoint_is_due(s))
		return 0;
	/* Perhaps another process has made it. */
	if ((r = sc_store_refresh(s, e)) != 0 || !checkpoint_is_due(s))
		return r;
	r = sc_index_checkpoint(&s->ix, &s->ledger, &s->pos, e);
	if (r == 0)
		return sc_store_refresh(s, e);
	if (r == SC_ERR_IO) /* it may have been the ledger's sync */
		s->redo = 1;
	return r;
}
