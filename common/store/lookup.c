#include "config.h"

#include <string.h>

#include "base/err.h"
#include "store/internal.h"

#define TRIES 8

int
sc_store_token_spent(
    struct sc_store *s, const char *token_id, struct sc_error *e)
{
	uint8_t key[SC_RECORD_KEY];
	struct sc_place at;
	int r;

	if ((r = sc_record_token_key(token_id, key, e)) != 0 ||
	    (r = sc_store_refresh(s, e)) != 0 ||
	    (r = sc_store_find(s, key, &at, e)) < 0)
		return r;
	return r == 0 ? 0 : sc_store_replayed(e);
}

/* Is rec the one that the place of key is of? */
static int
check_place(const struct sc_record *rec, const uint8_t key[SC_RECORD_KEY],
    const struct sc_place *at, struct sc_error *e)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	size_t i, n;
	int r;

	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	for (i = 0; rec->seq == at->seq && i < n; i++)
		if (memcmp(keys[i].key, key, SC_RECORD_KEY) == 0)
			return 0;
	return sc_fail(e, SC_ERR_CORRUPT,
	    "store: record %llu is not the one looked for",
	    (unsigned long long)at->seq);
}

/* The record of a key; NOT_FOUND when there is none. */
static int
record_of(struct sc_store *s, const uint8_t key[SC_RECORD_KEY],
    struct sc_record *rec, struct sc_error *e)
{
	struct sc_place at;
	int r, i;

	for (i = 0; i < TRIES; i++) {
		if ((r = sc_store_refresh(s, e)) != 0 ||
		    (r = sc_store_find(s, key, &at, e)) < 0)
			return r;
		if (r == 0)
			return sc_fail(e, SC_ERR_NOT_FOUND,
			    "store: nothing with this serial number");
		r = sc_ledger_at(&s->ledger, at.segment, at.offset, rec, e);
		if (r == 0)
			return check_place(rec, key, &at, e);
		if (r != SC_ERR_NOT_FOUND)
			return r;
		/* It was pruned between the two, and the index with it. */
	}
	return sc_fail(e, SC_ERR_CORRUPT,
	    "store: the segment of record %llu is missing",
	    (unsigned long long)at.seq);
}

int
sc_store_get_cert(struct sc_store *s, enum sc_store_form form,
    struct sc_store_serial serial, struct sc_store_found *out,
    struct sc_error *e)
{
	uint8_t key[SC_RECORD_KEY];
	struct sc_record rec;
	int r;

	memset(out, 0, sizeof *out);
	if ((r = sc_record_serial_key(form, serial, 0, key, e)) != 0 ||
	    (r = record_of(s, key, &rec, e)) != 0)
		return r;
	return sc_record_found(&rec, out, e);
}

int
sc_store_get_revoked(struct sc_store *s, enum sc_store_form form,
    struct sc_store_serial serial, struct sc_store_revoked *out,
    struct sc_error *e)
{
	uint8_t key[SC_RECORD_KEY];
	struct sc_record rec;
	int r;

	if ((r = sc_record_serial_key(form, serial, 1, key, e)) != 0 ||
	    (r = record_of(s, key, &rec, e)) != 0)
		return r;
	if (out != NULL)
		sc_record_revoked(&rec, out);
	return 0;
}

int
sc_store_show(struct sc_store *s, enum sc_store_form form,
    struct sc_store_serial serial, int revoked,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e)
{
	uint8_t key[SC_RECORD_KEY];
	struct sc_store_entry entry;
	struct sc_record_hold hold;
	struct sc_record rec;
	int r;

	if ((r = sc_record_serial_key(form, serial, revoked, key, e)) != 0 ||
	    (r = record_of(s, key, &rec, e)) != 0 ||
	    (r = sc_record_entry(&rec, &entry, &hold, e)) != 0)
		return r;
	r = fn(arg, &entry);
	sc_record_hold_clear(&hold);
	return r;
}

static int
tell_revoked(struct sc_store *s, const struct sc_place *at,
    int (*fn)(void *arg, const struct sc_store_revoked *revoked), void *arg,
    struct sc_error *e)
{
	struct sc_store_revoked revoked;
	struct sc_record rec;
	int r = sc_ledger_at(&s->ledger, at->segment, at->offset, &rec, e);

	if (r == SC_ERR_NOT_FOUND)
		return sc_fail(e, SC_ERR_BUSY, "store: pruned meanwhile");
	if (r != 0)
		return r;
	if (rec.type != SC_STORE_REVOKE || rec.seq != at->seq)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "store: record %llu is not the revocation looked for",
		    (unsigned long long)at->seq);
	sc_record_revoked(&rec, &revoked);
	return fn(arg, &revoked);
}

/* As find, from what is at hand: the n-th revocation, from 1. */
static int
revocation(
    struct sc_store *s, uint64_t n, struct sc_place *at, struct sc_error *e)
{
	uint64_t indexed = s->ix.db != NULL ? s->ix.revoked : 0;
	int r;

	if (n > indexed) {
		if (n - indexed > s->tail.revoked_n)
			return 0;
		*at = s->tail.revoked[n - indexed - 1];
		return 1;
	}
	r = sc_index_revocation(&s->ix, n, at, e);
	return r != 0
	    ? r
	    : sc_fail(e, SC_ERR_CORRUPT, "index: a revocation is missing");
}

int
sc_store_each_revoked(struct sc_store *s,
    int (*fn)(void *arg, const struct sc_store_revoked *revoked), void *arg,
    struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_place at;
	uint64_t n;
	int r;

	if ((r = sc_store_refresh(s, e)) != 0)
		return r;
	for (n = 1;; n++) {
		/* A new index has them in the same order. */
		if ((r = revocation(s, n, &at, &why)) < 0 &&
		    (r = sc_store_give_up_index(s, why.msg, e)) == 0)
			r = revocation(s, n, &at, e);
		if (r != 1 || (r = tell_revoked(s, &at, fn, arg, e)) != 0)
			return r;
	}
}

int
sc_store_last_revoked(struct sc_store *s, uint64_t *seq, struct sc_error *e)
{
	int r = sc_store_refresh(s, e);

	*seq = 0;
	if (r != 0)
		return r;
	if (s->tail.revoked_n > 0)
		*seq = s->tail.last_revoked;
	else if (s->ix.db != NULL)
		*seq = s->ix.last_revoked;
	return 0;
}

/*
 * A carried record is not told of while the one it stands for is still there,
 * nor when another one stands for it by now.
 */
static int
is_told(struct sc_store *s, const struct sc_record *rec,
    const struct sc_ledger_pos *start, struct sc_error *e)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	struct sc_place at;
	size_t n;
	int r;

	if (rec->carried.seq == 0)
		return 1;
	if (rec->carried.seq > start->seq)
		return 0;
	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	r = n > 0 ? sc_store_find(s, keys[0].key, &at, e) : 0;
	return r == 1 ? at.seq == rec->seq : r;
}

static int
tell(const struct sc_record *rec,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e)
{
	struct sc_store_entry entry;
	struct sc_record_hold hold;
	int r = sc_record_entry(rec, &entry, &hold, e);

	if (r != 0)
		return r;
	r = fn(arg, &entry);
	sc_record_hold_clear(&hold);
	return r;
}

/* From *pos on, up to the end as it is; *pos is where it ended. */
static int
walk(struct sc_store *s, struct sc_ledger_pos *pos,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e)
{
	const struct sc_ledger_pos start = s->ledger.start, end = s->pos;
	struct sc_record rec;
	int r;

	while (pos->seq < end.seq) {
		r = sc_ledger_next(&s->ledger, pos, &rec, NULL, e);
		if (r == SC_ERR_NOT_FOUND)
			return sc_fail(
			    e, SC_ERR_BUSY, "store: pruned meanwhile");
		if (r == 0)
			return sc_ledger_damage(pos, e);
		if (r == 1 && (r = is_told(s, &rec, &start, e)) == 1)
			r = tell(&rec, fn, arg, e);
		if (r != 0)
			return r;
	}
	return 0;
}

int
sc_store_each(struct sc_store *s,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e)
{
	struct sc_ledger_pos pos;
	int r;

	if ((r = sc_store_refresh(s, e)) != 0 ||
	    (r = sc_ledger_look(&s->ledger, e)) != 0)
		return r;
	pos = s->ledger.start;
	return walk(s, &pos, fn, arg, e);
}

int
sc_store_each_after(struct sc_store *s, uint64_t *seq,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e)
{
	int r;

	if ((r = sc_store_refresh(s, e)) != 0 ||
	    (r = sc_ledger_look(&s->ledger, e)) != 0)
		return r;
	/* Segments that are gone have told what they had. */
	if (*seq == 0 || s->walked.seq != *seq ||
	    s->walked.seq < s->ledger.start.seq)
		s->walked = s->ledger.start;
	r = walk(s, &s->walked, fn, arg, e);
	*seq = s->walked.seq;
	return r;
}
