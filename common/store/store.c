#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/index_gdbm.h"
#include "store/ledger.h"
#include "store/store.h"
#include "store/tail.h"
#include "store/tuning.h"

struct sc_store_tuning sc_store_tuning = {
    .lock_wait = 5 * SC_SECOND,
    .interval = 4096,
    .chunk = 1024 * 1024,
};

/*
 * What a process knows: everything up to ix.upto is in the index, everything
 * from there to pos in the tail.  Both only ever grow, and the index file at
 * hand is never written by anybody, so that look-ups in it need no lock.
 */
struct sc_store {
	int dirfd;
	int lock_fd; /* of the ledger; -1 when opened for reading */
	int writable;
	int looked; /* all behind the ledger's end has been looked at */
	int redo; /* a sync failed: write again from durable on */
	uint64_t durable; /* offset up to which the ledger is known to be */
	struct sc_ledger ledger;
	struct sc_ledger_pos pos;
	struct sc_index ix;
	struct sc_tail tail;
	char *notice;
	int told;
};

static void
note(struct sc_store *s, const char *what, const char *detail)
{
	char *old = s->told ? NULL : s->notice;
	char *text;

	text = sc_asprintf("%s%s%s%s%s", old == NULL ? "" : old,
	    old == NULL ? "" : "; ", what, detail == NULL ? "" : ": ",
	    detail == NULL ? "" : detail);
	if (text == NULL)
		return;
	free(s->notice);
	s->notice = text;
	s->told = 0;
}

const char *
sc_store_notice(struct sc_store *s)
{
	if (s->notice == NULL || s->told)
		return NULL;
	s->told = 1;
	return s->notice;
}

static int
remember(struct sc_store *s, const struct sc_record *rec, uint64_t offset,
    struct sc_error *e)
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
static int
catch_up(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos next = s->pos;
	struct sc_record rec;
	int r;

	while ((r = sc_ledger_next(&s->ledger, &next, &rec, NULL, e)) == 1) {
		r = remember(s, &rec, s->pos.offset, e);
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

/*
 * There is no usable index.  A writer makes a new one from the whole ledger;
 * who may not, or while another process is at it, keeps all in memory.
 */
static int
rebuild(struct sc_store *s, struct sc_error *e)
{
	struct sc_ledger_pos end = s->ledger.start;
	struct sc_record rec;
	int r;

	sc_index_close(&s->ix);
	sc_tail_clear(&s->tail);
	s->pos = s->ledger.start;
	if (!s->writable)
		return 0;
	while ((r = sc_ledger_next(&s->ledger, &end, &rec, NULL, e)) == 1)
		;
	if (r < 0)
		return r;
	if (sc_index_checkpoint(&s->ix, &s->ledger, &end, NULL) == 0 &&
	    sc_index_open(&s->ix, NULL) == 0)
		return adopt_index(s, e);
	return 0;
}

static int
load_index(struct sc_store *s, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	int r = sc_index_open(&s->ix, &why);

	if (r == 0)
		return adopt_index(s, e);
	if (r != SC_ERR_NOT_FOUND && r != SC_ERR_CORRUPT)
		return sc_fail(e, r, "%s", why.msg);
	note(s,
	    s->writable ? "index rebuilt from the ledger" : "no usable index",
	    why.msg);
	return rebuild(s, e);
}

static int
refresh(struct sc_store *s, struct sc_error *e)
{
	int r = sc_index_changed(&s->ix, e);

	if (r == 1)
		r = load_index(s, e);
	return r != 0 ? r : catch_up(s, e);
}

/* 1 found, 0 not there.  The tail is as old as the last refresh. */
static int
find(struct sc_store *s, const uint8_t key[SC_RECORD_KEY], struct sc_place *at,
    struct sc_error *e)
{
	const struct sc_place *p = sc_tail_find(&s->tail, key);
	struct sc_error why = SC_ERROR_INIT;
	int r;

	if (p == NULL) {
		r = sc_index_find(&s->ix, key, at, &why);
		if (r >= 0)
			return r;
		sc_index_distrust(&s->ix);
		note(s, "index given up", why.msg);
		if ((r = rebuild(s, e)) != 0 || (r = catch_up(s, e)) != 0)
			return r;
		p = sc_tail_find(&s->tail, key);
		if (p == NULL)
			return sc_index_find(&s->ix, key, at, e);
	}
	*at = *p;
	return 1;
}

/* Folders made just now have to survive a power cut too. */
static void
sync_parents(int dirfd)
{
	int fd = dirfd, up, depth;

	for (depth = 0; depth < 16; depth++) {
		up = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd != dirfd)
			(void)close(fd);
		if (up < 0)
			return;
		(void)fsync(up);
		fd = up;
	}
	(void)close(fd);
}

static int
create(struct sc_store *s, struct sc_error *e)
{
	struct stat st;
	int r;

	if ((r = sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, e)) != 0)
		return r;
	r = sc_ledger_open(s->dirfd, 1, &s->ledger, e);
	if (r != SC_ERR_NOT_FOUND)
		goto out;
	if (fstatat(s->dirfd, "index", &st, AT_SYMLINK_NOFOLLOW) == 0) {
		r = sc_fail(e, SC_ERR_CORRUPT,
		    "store: there is an index but no ledger");
		goto out;
	}
	sync_parents(s->dirfd);
	if ((r = sc_ledger_create(s->dirfd, sc_clock_now(), e)) == 0)
		r = sc_ledger_open(s->dirfd, 1, &s->ledger, e);
	if (r == 0) {
		(void)rebuild(s, NULL);
		sc_index_close(&s->ix);
	}
out:
	sc_disk_unlock(s->lock_fd);
	return r;
}

static int
open_dir(
    struct sc_store *s, const char *dir, unsigned flags, struct sc_error *e)
{
	int r;

	if (flags & SC_STORE_CREATE && (r = sc_mkdirs(dir, 0700, e)) != 0)
		return r;
	s->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dirfd < 0)
		return sc_fail(e,
		    errno == ENOENT ? SC_ERR_NOT_FOUND : SC_ERR_IO,
		    "store: open %s: %s", dir, strerror(errno));
	return 0;
}

static int
open_files(
    struct sc_store *s, const char *dir, unsigned flags, struct sc_error *e)
{
	int ckpt_fd = -1, r;

	if ((r = open_dir(s, dir, flags, e)) != 0)
		return r;
	s->writable = (flags & (SC_STORE_WRITE | SC_STORE_CREATE)) != 0;
	r = sc_ledger_open(s->dirfd, s->writable, &s->ledger, e);
	if (r != 0 && (r != SC_ERR_NOT_FOUND || !(flags & SC_STORE_CREATE)))
		return r;
	if (s->writable) {
		if ((r = sc_disk_lock_open(
			 s->dirfd, "checkpoint.lock", &ckpt_fd, e)) != 0)
			return r;
		sc_index_init(&s->ix, s->dirfd, ckpt_fd);
		r = sc_disk_lock_open(s->dirfd, "ledger.lock", &s->lock_fd, e);
		if (r != 0)
			return r;
	} else {
		sc_index_init(&s->ix, s->dirfd, -1);
	}
	if (s->ledger.fd < 0 && (r = create(s, e)) != 0)
		return r;
	s->pos = s->ledger.start;
	if ((r = load_index(s, e)) != 0)
		return r;
	return catch_up(s, e);
}

int
sc_store_open(
    const char *dir, unsigned flags, struct sc_store **out, struct sc_error *e)
{
	struct sc_store *s = calloc(1, sizeof *s);
	int r;

	*out = NULL;
	if (s == NULL)
		return sc_fail_nomem(e);
	s->dirfd = s->lock_fd = s->ledger.fd = s->ix.lock_fd = -1;
	if ((r = open_files(s, dir, flags, e)) != 0) {
		sc_store_close(s);
		return r;
	}
	*out = s;
	return 0;
}

void
sc_store_close(struct sc_store *s)
{
	if (s == NULL)
		return;
	sc_index_close(&s->ix);
	sc_ledger_close(&s->ledger);
	sc_tail_clear(&s->tail);
	if (s->ix.lock_fd >= 0)
		(void)close(s->ix.lock_fd);
	if (s->lock_fd >= 0)
		(void)close(s->lock_fd);
	if (s->dirfd >= 0)
		(void)close(s->dirfd);
	free(s->notice);
	free(s);
}

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

static int
replayed(struct sc_error *e)
{
	return sc_fail(e, SC_ERR_REPLAYED, "store: the token was used before");
}

static int
is_taken(int code, struct sc_error *e)
{
	if (code == SC_ERR_REPLAYED)
		return replayed(e);
	if (code == SC_ERR_REVOKED)
		return sc_fail(
		    e, SC_ERR_REVOKED, "store: the certificate is revoked");
	return sc_fail(e, SC_ERR_CONFLICT, "store: the serial number is taken");
}

/* Tail and index, as of the last refresh. */
static int
check_new(struct sc_store *s, const struct commit *c, struct sc_error *e)
{
	struct sc_place at;
	size_t i;
	int r;

	for (i = 0; i < c->keys_n; i++)
		if ((r = find(s, c->must_be_new[i].key, &at, e)) != 0)
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
	r = sc_ledger_redo(&s->ledger, s->durable, s->pos.offset, e);
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
		note(
		    s, text == NULL ? "unfinished record dropped" : text, NULL);
		free(text);
	}
	return redo(s, e);
}

/*
 * Under the lock.  The index was asked before; what is new since then is in
 * the tail.
 */
static int
append(struct sc_store *s, struct commit *c, struct sc_error *e)
{
	struct sc_ledger_pos next;
	struct sc_record rec;
	size_t i;
	int r;

	if ((r = catch_up(s, e)) != 0 || (r = tidy(s, e)) != 0)
		return r;
	for (i = 0; i < c->keys_n; i++)
		if (sc_tail_find(&s->tail, c->must_be_new[i].key) != NULL)
			return is_taken(c->must_be_new[i].taken, e);
	next = s->pos;
	r = sc_ledger_append(&s->ledger, &next, s->durable, c->rec, c->n, e);
	if (r != 0)
		return r;
	/* Should memory be short, the next catch_up reads it again. */
	if (sc_record_parse(c->rec, c->n, &rec, NULL) == 0 &&
	    remember(s, &rec, s->pos.offset, NULL) == 0)
		s->pos = next;
	return 0;
}

static int
commit(struct sc_store *s, struct commit *c, struct sc_error *e)
{
	uint64_t end;
	int r;

	if ((r = refresh(s, e)) != 0 || (r = check_new(s, c, e)) != 0)
		return r;
	if ((r = sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, e)) != 0)
		return r;
	r = append(s, c, e);
	end = s->pos.offset;
	sc_disk_unlock(s->lock_fd);
	if (r != 0)
		return r;
	/*
	 * Outside the lock, so that concurrent commits share the disk's work.
	 * It covers all that was appended before, by whomever.
	 */
	if ((r = sc_ledger_sync(&s->ledger, e)) != 0) {
		s->redo = 1;
		if (sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, NULL) ==
		    0) {
			(void)redo(s, NULL);
			sc_disk_unlock(s->lock_fd);
		}
		return r;
	}
	s->durable = end;
	return 0;
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
		r = commit(s, &c, e);
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

int
sc_store_token_spent(
    struct sc_store *s, const char *token_id, struct sc_error *e)
{
	uint8_t key[SC_RECORD_KEY];
	struct sc_place at;
	int r;

	if ((r = sc_record_token_key(token_id, key, e)) != 0 ||
	    (r = refresh(s, e)) != 0 || (r = find(s, key, &at, e)) < 0)
		return r;
	return r == 0 ? 0 : replayed(e);
}

/* The record of a key, which must be the one that the key was made of. */
static int
record_of(struct sc_store *s, const uint8_t key[SC_RECORD_KEY],
    struct sc_record *rec, struct sc_error *e)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	struct sc_place at;
	size_t i, n;
	int r;

	if ((r = refresh(s, e)) != 0 || (r = find(s, key, &at, e)) < 0)
		return r;
	if (r == 0)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "store: nothing with this serial number");
	if ((r = sc_ledger_at(&s->ledger, at.segment, at.offset, rec, e)) !=
		0 ||
	    (r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	for (i = 0; rec->seq == at.seq && i < n; i++)
		if (memcmp(keys[i].key, key, SC_RECORD_KEY) == 0)
			return 0;
	return sc_fail(e, SC_ERR_CORRUPT,
	    "store: record %llu is not the one looked for",
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

static int
tell_revoked(struct sc_store *s, const struct sc_place *at,
    int (*fn)(void *arg, const struct sc_store_revoked *revoked), void *arg,
    struct sc_error *e)
{
	struct sc_store_revoked revoked;
	struct sc_record rec;
	int r = sc_ledger_at(&s->ledger, at->segment, at->offset, &rec, e);

	if (r != 0)
		return r;
	if (rec.type != SC_STORE_REVOKE || rec.seq != at->seq)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "store: record %llu is not the revocation looked for",
		    (unsigned long long)at->seq);
	sc_record_revoked(&rec, &revoked);
	return fn(arg, &revoked);
}

int
sc_store_each_revoked(struct sc_store *s,
    int (*fn)(void *arg, const struct sc_store_revoked *revoked), void *arg,
    struct sc_error *e)
{
	uint64_t n, indexed;
	struct sc_place at;
	size_t i;
	int r;

	if ((r = refresh(s, e)) != 0)
		return r;
	indexed = s->ix.db != NULL ? s->ix.revoked : 0;
	for (n = 1; n <= indexed; n++) {
		if ((r = sc_index_revocation(&s->ix, n, &at, e)) != 1) {
			/* The next call starts over with a new one. */
			sc_index_distrust(&s->ix);
			return r != 0 ? r
				      : sc_fail(e, SC_ERR_CORRUPT,
					    "index: a revocation is missing");
		}
		if ((r = tell_revoked(s, &at, fn, arg, e)) != 0)
			return r;
	}
	for (i = 0; i < s->tail.revoked_n; i++)
		if ((r = tell_revoked(s, &s->tail.revoked[i], fn, arg, e)) != 0)
			return r;
	return 0;
}

int
sc_store_last_revoked(struct sc_store *s, uint64_t *seq, struct sc_error *e)
{
	int r = refresh(s, e);

	*seq = 0;
	if (r != 0)
		return r;
	if (s->tail.revoked_n > 0)
		*seq = s->tail.revoked[s->tail.revoked_n - 1].seq;
	else if (s->ix.db != NULL)
		*seq = s->ix.last_revoked;
	return 0;
}

int
sc_store_idle(struct sc_store *s, struct sc_error *e)
{
	uint64_t base = s->ledger.start.seq;
	int r;

	if (!s->writable)
		return 0;
	if ((r = refresh(s, e)) != 0)
		return r;
	if (s->ix.db != NULL)
		base = s->ix.upto.seq;
	if (s->pos.seq - base < sc_store_tuning.interval)
		return 0;
	r = sc_index_checkpoint(&s->ix, &s->ledger, &s->pos, e);
	if (r == 0)
		return refresh(s, e);
	if (r == SC_ERR_IO) /* it may have been the ledger's sync */
		s->redo = 1;
	return r;
}

int
sc_store_each(struct sc_store *s,
    int (*fn)(void *arg, const struct sc_store_entry *entry), void *arg,
    struct sc_error *e)
{
	struct sc_ledger_pos pos = s->ledger.start;
	struct sc_store_entry entry;
	struct sc_record_hold hold;
	struct sc_record rec;
	int r;

	if ((r = refresh(s, e)) != 0)
		return r;
	while (pos.seq < s->pos.seq) {
		if ((r = sc_ledger_next(&s->ledger, &pos, &rec, NULL, e)) < 0)
			return r;
		if (r == 0)
			return sc_ledger_damage(&pos, e);
		if ((r = sc_record_entry(&rec, &entry, &hold, e)) != 0)
			return r;
		r = fn(arg, &entry);
		sc_record_hold_clear(&hold);
		if (r != 0)
			return r;
	}
	return 0;
}
