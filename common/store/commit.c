#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/internal.h"
#include "store/tuning.h"

#define TRIES 8

/* Of the token, of the serial number, of the one that is replaced. */
#define COMMIT_KEYS 3

/* A commit under way: the record and the keys that must be new. */
struct commit {
	uint8_t *rec;
	size_t n;
	struct {
		uint8_t key[SC_RECORD_KEY];
		int taken; /* what it means when the key is there */
	} must_be_new[COMMIT_KEYS];
	size_t keys_n;
};

int
sc_store_replayed(struct sc_error *e)
{
	return sc_fail(e, SC_ERR_REPLAYED, "store: the token was used before");
}

static int
is_taken(int code, struct sc_error *e)
{
	if (code == SC_ERR_REPLAYED)
		return sc_store_replayed(e);
	if (code == SC_ERR_REVOKED)
		return sc_fail(
		    e, SC_ERR_REVOKED, "store: the certificate is revoked");
	return sc_fail(e, SC_ERR_CONFLICT, "store: the serial number is taken");
}

/* Tail and index, as of the last look. */
static int
check_new(struct sc_store *s, const struct commit *c, struct sc_error *e)
{
	struct sc_place at;
	size_t i;
	int r;

	for (i = 0; i < c->keys_n; i++)
		if ((r = sc_store_find(s, c->must_be_new[i].key, &at, e)) != 0)
			return r < 0 ? r : is_taken(c->must_be_new[i].taken, e);
	return 0;
}

/* Under the lock; nothing is appended before it has been done. */
static int
redo(struct sc_store *s, struct sc_error *e)
{
	int r;

	if (!s->redo)
		return 0;
	r = sc_ledger_redo(
	    &s->ledger, s->pos.segment, sc_store_durable(s), s->pos.offset, e);
	if (r == 0)
		s->redo = 0;
	return r;
}

/* Wipe what a killed writer left, and make good a failed sync. */
static int
tidy(struct sc_store *s, struct sc_error *e)
{
	uint64_t dropped = 0;
	char *text;
	int r;

	r = sc_ledger_mend(&s->ledger, &s->pos, !s->looked, &dropped, e);
	if (r != 0)
		return r;
	s->looked = 1;
	if (dropped != 0) {
		text = sc_asprintf(
		    "%llu bytes of an unfinished record dropped after "
		    "record %llu",
		    (unsigned long long)dropped,
		    (unsigned long long)s->pos.seq);
		sc_store_note(
		    s, text == NULL ? "unfinished record dropped" : text, NULL);
		free(text);
	}
	return redo(s, e);
}

int
sc_store_make_durable(struct sc_store *s, struct sc_error *e)
{
	uint32_t segment = s->pos.segment;
	uint64_t end = s->pos.offset;
	int r;

	/*
	 * Outside the lock, so that concurrent commits share the disk's work.
	 * It covers all that was appended before, by whomever.
	 */
	if ((r = sc_ledger_sync(&s->ledger, segment, e)) != 0) {
		s->redo = 1;
		if (sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, NULL) ==
		    0) {
			(void)redo(s, NULL);
			sc_disk_unlock(s->lock_fd);
		}
		return r;
	}
	s->durable_segment = segment;
	s->durable = end;
	return 0;
}

/*
 * Under the lock, with the tail up to date: where rec comes to stand.  Should
 * memory be short, the next catch_up reads it again.
 */
int
sc_store_append(struct sc_store *s, uint8_t *bytes, size_t n, int64_t now,
    struct sc_error *e)
{
	struct sc_ledger_pos next;
	struct sc_place at = {0};
	struct sc_record rec;
	int r;

	if (s->pos.offset >= sc_store_tuning.segment &&
	    (r = sc_store_rotate(s, now, e)) != 0)
		return r;
	next = s->pos;
	r = sc_ledger_append(
	    &s->ledger, &next, sc_store_durable(s), bytes, n, e);
	if (r != 0)
		return r;
	at.segment = s->pos.segment;
	at.offset = s->pos.offset;
	if (sc_record_parse(bytes, n, &rec, NULL) == 0 &&
	    sc_store_remember(s, &rec, &at, NULL) == 0)
		s->pos = next;
	return 0;
}

int
sc_store_ready(struct sc_store *s, struct sc_error *e)
{
	int r = sc_store_catch_up(s, e);

	return r != 0 ? r : tidy(s, e);
}

int
sc_store_rotate(struct sc_store *s, int64_t now, struct sc_error *e)
{
	int r = sc_ledger_rotate(&s->ledger, &s->pos, now, e);

	if (r == SC_ERR_IO) /* it may have been the sync */
		s->redo = 1;
	return r;
}

/*
 * Under the lock.  The index was asked before; what is new since then is in
 * the tail.
 */
static int
append(struct sc_store *s, struct commit *c, int64_t now, struct sc_error *e)
{
	size_t i;
	int r;

	if ((r = sc_store_ready(s, e)) != 0)
		return r;
	for (i = 0; i < c->keys_n; i++)
		if (sc_tail_find(&s->tail, c->must_be_new[i].key) != NULL)
			return is_taken(c->must_be_new[i].taken, e);
	return sc_store_append(s, c->rec, c->n, now, e);
}

static int
append_locked(
    struct sc_store *s, struct commit *c, int64_t now, struct sc_error *e)
{
	int r = sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, e);

	if (r != 0)
		return r;
	r = append(s, c, now, e);
	sc_disk_unlock(s->lock_fd);
	return r;
}

static int
commit(struct sc_store *s, struct commit *c, int64_t now, struct sc_error *e)
{
	int (*look)(struct sc_store *, struct sc_error *) = sc_store_look;
	int r, tries = TRIES;

	do {
		if ((r = look(s, e)) != 0 || (r = check_new(s, c, e)) != 0)
			return r;
		r = append_locked(s, c, now, e);
		/* NOT_FOUND: pruned meanwhile. */
		look = sc_store_refresh;
	} while (r == SC_ERR_NOT_FOUND && --tries > 0);
	if (r != 0)
		return r != SC_ERR_NOT_FOUND
		    ? r
		    : sc_fail(e, SC_ERR_BUSY, "store: pruned meanwhile");
	return sc_store_make_durable(s, e);
}

static int
add_serial(struct commit *c, enum sc_store_form form,
    struct sc_store_serial serial, int revoked, int taken, struct sc_error *e)
{
	c->must_be_new[c->keys_n].taken = taken;
	return sc_record_serial_key(
	    form, serial, revoked, c->must_be_new[c->keys_n++].key, e);
}

/* What must not be there yet; the token first, whoever used it is told so. */
static int
add_keys(struct commit *c, const struct sc_record_parts *p, struct sc_error *e)
{
	const struct sc_store_cert *cert = p->cert;
	int r = 0;

	if (p->spend != NULL) {
		c->must_be_new[c->keys_n].taken = SC_ERR_REPLAYED;
		r = sc_record_token_key(
		    p->spend->token_id, c->must_be_new[c->keys_n++].key, e);
	}
	if (r == 0 && cert != NULL && cert->kind != SC_STORE_ISSUE)
		r = add_serial(
		    c, cert->form, cert->replaces, 1, SC_ERR_REVOKED, e);
	if (r == 0 && cert != NULL)
		r = add_serial(
		    c, cert->form, cert->serial, 0, SC_ERR_CONFLICT, e);
	if (r == 0 && p->revocation != NULL)
		r = add_serial(c, p->revocation->form, p->revocation->serial, 1,
		    SC_ERR_REVOKED, e);
	return r;
}

static int
store(struct sc_store *s, const struct sc_record_parts *parts, int64_t now,
    struct sc_error *e)
{
	struct commit c = {0};
	int r;

	if (!s->writable)
		return sc_fail(
		    e, SC_ERR_FORBIDDEN, "store: opened for reading");
	if ((r = add_keys(&c, parts, e)) == 0 &&
	    (r = sc_record_encode(parts, now, &c.rec, &c.n, e)) == 0)
		r = commit(s, &c, now, e);
	free(c.rec);
	return r;
}

int
sc_store_issue(struct sc_store *s, const struct sc_store_spend *spend,
    const struct sc_store_cert *cert, const struct sc_store_origin *origin,
    int64_t now, struct sc_error *e)
{
	struct sc_record_parts parts = {
	    .spend = spend, .cert = cert, .origin = origin};

	return store(s, &parts, now, e);
}

int
sc_store_revoke(struct sc_store *s, const struct sc_store_spend *spend,
    const struct sc_store_revocation *rev, const struct sc_store_origin *origin,
    int64_t now, struct sc_error *e)
{
	struct sc_record_parts parts = {
	    .spend = spend, .revocation = rev, .origin = origin};

	return store(s, &parts, now, e);
}

int
sc_store_use_token(struct sc_store *s, const struct sc_store_spend *spend,
    const struct sc_store_origin *origin, int64_t now, struct sc_error *e)
{
	struct sc_record_parts parts = {.spend = spend, .origin = origin};

	return store(s, &parts, now, e);
}
