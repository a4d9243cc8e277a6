#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <gdbm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "crypto/key.h"
#include "store/disk.h"
#include "store/index_gdbm.h"
#include "store/ledger.h"
#include "store/tail.h"

#define POINTER "index"
#define POINTER_MAGIC "SCINDEX1"
#define POINTER_BODY 101
#define POINTER_SIZE (POINTER_BODY + 32)
#define PLACE_SIZE 28
#define BLOCK_SIZE 4096
#define TRIES 8
static const char tmp_name[] = "index.gdbm.tmp";
static const char *const file_names[] = {"index-a.gdbm", "index-b.gdbm"};

struct pointer {
	uint64_t generation;
	unsigned which; /* of file_names */
	struct sc_ledger_pos upto;
	uint64_t revoked;
	uint64_t last_revoked;
	uint64_t size; /* of the file, 0 in its own mark */
	int64_t mtime; /* likewise */
};

static int
encode_pointer(
    const struct pointer *p, uint8_t out[POINTER_SIZE], struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(POINTER_SIZE);
	int r;

	sc_buf_puts(b, POINTER_MAGIC);
	sc_buf_put_u64(b, p->generation);
	sc_buf_put_u8(b, (uint8_t)p->which);
	sc_buf_put_u32(b, p->upto.segment);
	sc_buf_put_u64(b, p->upto.offset);
	sc_buf_put_u64(b, p->upto.seq);
	sc_buf_put(b, p->upto.hash, sizeof p->upto.hash);
	sc_buf_put_u64(b, p->revoked);
	sc_buf_put_u64(b, p->last_revoked);
	sc_buf_put_u64(b, p->size);
	sc_buf_put_u64(b, (uint64_t)p->mtime);
	if ((r = sc_buf_error(b)) == 0) {
		memcpy(out, sc_buf_data(b), POINTER_BODY);
		r = sc_sha256(out, POINTER_BODY, out + POINTER_BODY);
	}
	sc_buf_free(b);
	return r == 0 ? 0 : sc_fail(e, r, "index: pointer");
}

static int
decode_pointer(const uint8_t *in, size_t n, struct pointer *p)
{
	size_t magic = strlen(POINTER_MAGIC);
	struct sc_reader r;
	uint8_t hash[32];
	const uint8_t *h;

	if (n != POINTER_SIZE || memcmp(in, POINTER_MAGIC, magic) != 0 ||
	    sc_sha256(in, POINTER_BODY, hash) != 0 ||
	    memcmp(hash, in + POINTER_BODY, sizeof hash) != 0)
		return SC_ERR_CORRUPT;
	sc_reader_init(&r, in + magic, POINTER_BODY - magic);
	p->generation = sc_reader_u64(&r);
	p->which = sc_reader_u8(&r);
	p->upto.segment = sc_reader_u32(&r);
	p->upto.offset = sc_reader_u64(&r);
	p->upto.seq = sc_reader_u64(&r);
	h = sc_reader_bytes(&r, sizeof p->upto.hash);
	p->revoked = sc_reader_u64(&r);
	p->last_revoked = sc_reader_u64(&r);
	p->size = sc_reader_u64(&r);
	p->mtime = (int64_t)sc_reader_u64(&r);
	if (sc_reader_end(&r) != 0 || h == NULL || p->which > 1)
		return SC_ERR_CORRUPT;
	memcpy(p->upto.hash, h, sizeof p->upto.hash);
	return 0;
}

static int
read_pointer(int dirfd, struct pointer *p, struct stat *st, struct sc_error *e)
{
	uint8_t buf[POINTER_SIZE + 1];
	size_t got = 0;
	int fd, r;

	fd = openat(dirfd, POINTER, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sc_fail(e,
		    errno == ENOENT ? SC_ERR_NOT_FOUND : SC_ERR_IO,
		    "index: open: %s", strerror(errno));
	if ((r = sc_disk_pread(fd, buf, sizeof buf, 0, &got, e)) == 0 &&
	    fstat(fd, st) != 0)
		r = sc_fail(e, SC_ERR_IO, "index: fstat: %s", strerror(errno));
	(void)close(fd);
	if (r == 0 && decode_pointer(buf, got, p) != 0)
		r = sc_fail(
		    e, SC_ERR_CORRUPT, "index: the pointer file is damaged");
	return r;
}

void
sc_index_init(struct sc_index *ix, int dirfd, int lock_fd)
{
	memset(ix, 0, sizeof *ix);
	ix->dirfd = dirfd;
	ix->lock_fd = lock_fd;
}

void
sc_index_close(struct sc_index *ix)
{
	if (ix->db != NULL)
		(void)gdbm_close(ix->db);
	ix->db = NULL;
}

static int64_t
mtime_ns(const struct stat *st)
{
	return (int64_t)st->st_mtim.tv_sec * 1000000000 + st->st_mtim.tv_nsec;
}

/* Whether fd is the file as its last checkpoint left it. */
static int
untouched(int fd, uint64_t size, int64_t mtime)
{
	struct stat st;

	return fstat(fd, &st) == 0 && (uint64_t)st.st_size == size &&
	    mtime_ns(&st) == mtime;
}

int
sc_index_changed(struct sc_index *ix, struct sc_error *e)
{
	struct stat st;

	if (ix->db != NULL &&
	    !untouched(gdbm_fdesc(ix->db), ix->size, ix->mtime)) {
		ix->bad = ix->generation;
		return 1;
	}
	if (fstatat(ix->dirfd, POINTER, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		if (errno == ENOENT)
			return 0;
		return sc_fail(
		    e, SC_ERR_IO, "index: stat: %s", strerror(errno));
	}
	return ix->seen_ino != (uint64_t)st.st_ino ||
	    ix->seen_mtime != mtime_ns(&st);
}

static int
gdbm_fail(GDBM_FILE db, const char *what, struct sc_error *e)
{
	int err = db == NULL ? errno : gdbm_last_syserr(db);
	int code = SC_ERR_CORRUPT;

	if (err == ENOSPC || err == EFBIG || err == EIO || err == EDQUOT ||
	    err == EMFILE || err == ENFILE || err == EACCES || err == EROFS)
		code = SC_ERR_IO;
	else if (err == ENOMEM)
		code = SC_ERR_NOMEM;
	else if (db != NULL && gdbm_last_errno(db) == GDBM_NEED_RECOVERY)
		code = SC_ERR_IO; /* a write had failed; it kept that back */
	return sc_fail(e, code, "index: %s: %s", what,
	    db == NULL ? gdbm_strerror(gdbm_errno) : gdbm_db_strerror(db));
}

/*
 * No locks of GDBM's (they do not wait, and shut out readers), and no mapping
 * (a file cut short from outside would be a SIGBUS).
 */
static int
open_db(
    int dirfd, const char *name, int mode, GDBM_FILE *db, struct sc_error *e)
{
	int flags = mode == GDBM_READER ? O_RDONLY : O_RDWR;
	int fd;

	*db = NULL;
	if (mode == GDBM_NEWDB)
		fd = sc_disk_create(dirfd, name, flags | O_TRUNC);
	else
		fd = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return sc_fail(e, errno == ENOENT ? SC_ERR_CORRUPT : SC_ERR_IO,
		    "index: open %s: %s", name, strerror(errno));
	errno = 0;
	*db = gdbm_fd_open(fd, name, BLOCK_SIZE,
	    mode | GDBM_NOLOCK | GDBM_NOMMAP | GDBM_CLOERROR, NULL);
	if (*db == NULL)
		return gdbm_fail(NULL, name, e);
	return 0;
}

static datum
make_datum(const void *p, size_t n)
{
	datum d;
	union {
		const void *in;
		char *out;
	} u;

	u.in = p; /* GDBM does not write to it, but does not say so */
	d.dptr = u.out;
	d.dsize = (int)n;
	return d;
}

/* Under the key "P" a file tells what it covers: a pointer's bytes. */
static int
read_mark(GDBM_FILE db, struct pointer *p)
{
	datum d = gdbm_fetch(db, make_datum("P", 1));
	int r = SC_ERR_CORRUPT;

	if (d.dptr != NULL && d.dsize == POINTER_SIZE)
		r = decode_pointer((uint8_t *)d.dptr, POINTER_SIZE, p);
	free(d.dptr);
	return r;
}

/*
 * 1 opened, 0 the pointer has moved meanwhile.  The shared lock keeps a
 * checkpoint from writing to the file for as long as it is open here, even
 * when it has long ceased to be the live one.
 */
static int
try_open(struct sc_index *ix, struct sc_error *e)
{
	struct pointer p, mark, again;
	GDBM_FILE db = NULL;
	struct stat st;
	int r;

	if ((r = read_pointer(ix->dirfd, &p, &st, e)) != 0)
		return r;
	/* Known before a failure, so that it is not tried at each call. */
	ix->seen_ino = (uint64_t)st.st_ino;
	ix->seen_mtime = mtime_ns(&st);
	if (p.generation == ix->bad)
		return sc_fail(e, SC_ERR_CORRUPT, "index: known to be damaged");
	r = open_db(ix->dirfd, file_names[p.which], GDBM_READER, &db, e);
	if (r == 0)
		r = sc_disk_try_lock(gdbm_fdesc(db), 0, e);
	if (r >= 0 && read_pointer(ix->dirfd, &again, &st, e) == 0 &&
	    again.generation != p.generation)
		r = 0;
	else if (r == 1 && !untouched(gdbm_fdesc(db), p.size, p.mtime))
		r = sc_fail(e, SC_ERR_CORRUPT,
		    "index: %s was written by somebody else",
		    file_names[p.which]);
	else if (r == 1 &&
	    (read_mark(db, &mark) != 0 || mark.generation != p.generation ||
		memcmp(mark.upto.hash, p.upto.hash, sizeof p.upto.hash) != 0))
		r = sc_fail(e, SC_ERR_CORRUPT,
		    "index: %s is not what the "
		    "pointer says",
		    file_names[p.which]);
	if (r != 1) {
		if (r == SC_ERR_CORRUPT)
			ix->bad = p.generation;
		if (db != NULL)
			(void)gdbm_close(db);
		return r;
	}
	sc_index_close(ix);
	ix->db = db;
	ix->generation = p.generation;
	ix->upto = p.upto;
	ix->revoked = p.revoked;
	ix->last_revoked = p.last_revoked;
	ix->size = p.size;
	ix->mtime = p.mtime;
	ix->bad = 0;
	return 1;
}

int
sc_index_open(struct sc_index *ix, struct sc_error *e)
{
	struct pointer p;
	struct stat st;
	int r = 0, i;

	for (i = 0; i < TRIES; i++) {
		if ((r = try_open(ix, e)) == 1)
			return 0;
		/* A file may be gone because the pointer has moved on. */
		if (r == SC_ERR_CORRUPT &&
		    (read_pointer(ix->dirfd, &p, &st, NULL) != 0 ||
			(uint64_t)st.st_ino == ix->seen_ino))
			break;
		if (r != 0 && r != SC_ERR_CORRUPT)
			break;
	}
	return r != 0 ? r : sc_fail(e, SC_ERR_CORRUPT, "index: not steady");
}

int
sc_index_find(struct sc_index *ix, const uint8_t key[SC_RECORD_KEY],
    struct sc_place *at, struct sc_error *e)
{
	struct sc_reader r;
	datum d;

	if (ix->db == NULL)
		return 0;
	d = gdbm_fetch(ix->db, make_datum(key, SC_RECORD_KEY));
	if (d.dptr == NULL) {
		if (gdbm_last_errno(ix->db) == GDBM_ITEM_NOT_FOUND)
			return 0;
		return sc_fail(e, SC_ERR_CORRUPT, "index: look up: %s",
		    gdbm_db_strerror(ix->db));
	}
	sc_reader_init(&r, d.dptr, d.dsize < 0 ? 0 : (size_t)d.dsize);
	at->segment = sc_reader_u32(&r);
	at->offset = sc_reader_u64(&r);
	at->seq = sc_reader_u64(&r);
	at->until = (int64_t)sc_reader_u64(&r);
	free(d.dptr);
	if (sc_reader_end(&r) != 0)
		return sc_fail(
		    e, SC_ERR_CORRUPT, "index: an entry of the wrong size");
	return 1;
}

/* The key of the n-th revocation: as long as the others. */
static void
revocation_key(uint64_t n, uint8_t key[SC_RECORD_KEY])
{
	size_t i;

	memset(key, 0, SC_RECORD_KEY);
	key[0] = 'N';
	for (i = 0; i < 8; i++)
		key[SC_RECORD_KEY - 1 - i] = (uint8_t)(n >> (8 * i));
}

int
sc_index_revocation(
    struct sc_index *ix, uint64_t n, struct sc_place *at, struct sc_error *e)
{
	uint8_t key[SC_RECORD_KEY];

	revocation_key(n, key);
	return sc_index_find(ix, key, at, e);
}

void
sc_index_distrust(struct sc_index *ix)
{
	ix->bad = ix->generation;
	sc_index_close(ix);
}

static int
store_place(GDBM_FILE db, const uint8_t key[SC_RECORD_KEY],
    const struct sc_place *at, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(PLACE_SIZE);
	int r;

	sc_buf_put_u32(b, at->segment);
	sc_buf_put_u64(b, at->offset);
	sc_buf_put_u64(b, at->seq);
	sc_buf_put_u64(b, (uint64_t)at->until);
	if ((r = sc_buf_error(b)) != 0)
		r = sc_fail(e, r, "index: entry");
	else if (gdbm_store(db, make_datum(key, SC_RECORD_KEY),
		     make_datum(sc_buf_data(b), PLACE_SIZE), GDBM_REPLACE) != 0)
		r = gdbm_fail(db, "store", e);
	sc_buf_free(b);
	return r;
}

/* One more in the list of revocations, unless its serial is in it. */
static int
apply_revocation(GDBM_FILE db, const struct sc_record *rec,
    const uint8_t revoked[SC_RECORD_KEY], const struct sc_place *at,
    struct pointer *next, struct sc_error *e)
{
	uint64_t seq = rec->carried.seq != 0 ? rec->carried.seq : rec->seq;
	uint8_t key[SC_RECORD_KEY];
	int r;

	if (gdbm_exists(db, make_datum(revoked, SC_RECORD_KEY)))
		return 0;
	if (gdbm_last_errno(db) != GDBM_NO_ERROR &&
	    gdbm_last_errno(db) != GDBM_ITEM_NOT_FOUND)
		return gdbm_fail(db, "look up", e);
	revocation_key(next->revoked + 1, key);
	if ((r = store_place(db, key, at, e)) != 0)
		return r;
	next->revoked++;
	if (seq > next->last_revoked)
		next->last_revoked = seq;
	return 0;
}

static int
apply_record(GDBM_FILE db, const struct sc_record *rec,
    const struct sc_place *where, struct pointer *next, struct sc_error *e)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	struct sc_place at = *where;
	size_t i, n;
	int r;

	at.seq = rec->seq;
	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		at.until = keys[i].until;
		if (sc_record_key_revokes(keys[i].key) &&
		    (r = apply_revocation(
			 db, rec, keys[i].key, &at, next, e)) != 0)
			return r;
		if ((r = store_place(db, keys[i].key, &at, e)) != 0)
			return r;
	}
	return 0;
}

/* The ledger's records from pos on until next->upto. */
static int
apply(GDBM_FILE db, struct sc_ledger *l, struct sc_ledger_pos pos,
    struct pointer *next, struct sc_error *e)
{
	struct sc_record rec;
	struct sc_place at;
	int r;

	memset(&at, 0, sizeof at);
	while (pos.seq < next->upto.seq) {
		if ((r = sc_ledger_next(l, &pos, &rec, &at, e)) < 0)
			return r;
		if (r == 0)
			return sc_ledger_damage(&pos, e);
		if ((r = apply_record(db, &rec, &at, next, e)) != 0)
			return r;
	}
	return 0;
}

/*
 * The three ways to a file that can be brought up to date, cheapest first.
 * The spare is taken only when no reader still has it open, and gets another
 * name before it is written: a spare by its own name is always whole.
 */
enum way {
	TAKE_SPARE,
	COPY_LIVE,
	START_EMPTY,
	WAYS
};

static int
prepare(struct sc_index *ix, enum way way, const struct pointer *live,
    GDBM_FILE *db, struct sc_error *e)
{
	const char *spare = file_names[!live->which];
	int r;

	*db = NULL;
	if (way == START_EMPTY) {
		(void)unlinkat(ix->dirfd, tmp_name, 0);
		return open_db(ix->dirfd, tmp_name, GDBM_NEWDB, db, e);
	}
	if (way == COPY_LIVE) {
		if (live->generation == 0 || live->generation == ix->bad)
			return sc_fail(e, SC_ERR_CORRUPT, "index: no file");
		(void)unlinkat(ix->dirfd, tmp_name, 0);
		r = sc_disk_copy(
		    ix->dirfd, file_names[live->which], ix->dirfd, tmp_name, e);
		if (r != 0)
			return r;
		return open_db(ix->dirfd, tmp_name, GDBM_WRITER, db, e);
	}
	if ((r = open_db(ix->dirfd, spare, GDBM_WRITER, db, e)) != 0)
		return r;
	if ((r = sc_disk_try_lock(gdbm_fdesc(*db), 1, e)) == 0)
		r = sc_fail(e, SC_ERR_CORRUPT, "index: spare in use");
	if (r == 1)
		r = sc_disk_rename(ix->dirfd, spare, tmp_name, e);
	return r;
}

/* What a file covers; CORRUPT when it is not of this ledger. */
static int
covered(GDBM_FILE db, enum way way, struct sc_ledger *l,
    const struct sc_ledger_pos *start, struct pointer *out, struct sc_error *e)
{
	int r;

	memset(out, 0, sizeof *out);
	out->upto = *start;
	if (way == START_EMPTY)
		return 0;
	if (read_mark(db, out) != 0 ||
	    (r = sc_ledger_has(l, &out->upto, e)) == 0)
		return sc_fail(e, SC_ERR_CORRUPT, "index: of another ledger");
	return r < 0 ? r : 0;
}

/* Bring db up to date, mark it, and give it its name. */
static int
complete(struct sc_index *ix, enum way way, GDBM_FILE db, struct sc_ledger *l,
    const struct sc_ledger_pos *start, struct pointer *next, struct sc_error *e)
{
	uint8_t mark[POINTER_SIZE];
	struct pointer old;
	struct stat st;
	int r;

	if ((r = covered(db, way, l, start, &old, e)) != 0)
		return r;
	next->revoked = old.revoked;
	next->last_revoked = old.last_revoked;
	next->size = 0;
	next->mtime = 0;
	if ((r = apply(db, l, old.upto, next, e)) != 0 ||
	    (r = encode_pointer(next, mark, e)) != 0)
		return r;
	if (gdbm_store(db, make_datum("P", 1), make_datum(mark, sizeof mark),
		GDBM_REPLACE) != 0 ||
	    gdbm_sync(db) != 0)
		return gdbm_fail(db, "store", e);
	if ((r = sc_disk_sync(gdbm_fdesc(db), e)) != 0)
		return r;
	if (fstat(gdbm_fdesc(db), &st) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "index: fstat: %s", strerror(errno));
	next->size = (uint64_t)st.st_size;
	next->mtime = mtime_ns(&st);
	return sc_disk_rename(ix->dirfd, tmp_name, file_names[next->which], e);
}

/* Make the index that covers upto, by the first way from `way` on that goes. */
static int
make_live(struct sc_index *ix, enum way way, const struct pointer *live,
    struct sc_ledger *l, const struct sc_ledger_pos *start,
    const struct sc_ledger_pos *upto, struct sc_error *e)
{
	uint8_t bytes[POINTER_SIZE];
	struct pointer next = {0};
	GDBM_FILE db = NULL;
	int r = SC_ERR_CORRUPT;

	/* The index must never know more than the ledger after a power cut. */
	if ((r = sc_ledger_sync(l, upto->segment, e)) != 0)
		return r;
	next.generation = live->generation + 1;
	next.which = !live->which;
	next.upto = *upto;
	for (; way < WAYS; way++) {
		r = prepare(ix, way, live, &db, e);
		if (r >= 0)
			r = complete(ix, way, db, l, start, &next, e);
		if (db != NULL && gdbm_close(db) != 0 && r == 0)
			r = gdbm_fail(NULL, "close", e);
		if (r != SC_ERR_CORRUPT)
			break;
	}
	if (r == 0 && (r = encode_pointer(&next, bytes, e)) == 0)
		r = sc_disk_put(ix->dirfd, POINTER, bytes, sizeof bytes, e);
	if (r != 0)
		(void)unlinkat(ix->dirfd, tmp_name, 0);
	return r;
}

static int
read_live(struct sc_index *ix, struct pointer *live, struct sc_error *e)
{
	struct stat st;
	int r = read_pointer(ix->dirfd, live, &st, e);

	if (r != SC_ERR_NOT_FOUND && r != SC_ERR_CORRUPT)
		return r;
	memset(live, 0, sizeof *live);
	return 0;
}

static int
checkpoint(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *upto, struct sc_error *e)
{
	struct pointer live;
	int r;

	if ((r = read_live(ix, &live, e)) != 0)
		return r;
	if (live.generation != 0 && live.generation != ix->bad &&
	    live.upto.seq >= upto->seq)
		return 0;
	if ((r = sc_ledger_look(l, e)) != 0)
		return r;
	return make_live(ix, TAKE_SPARE, &live, l, &l->start, upto, e);
}

int
sc_index_checkpoint(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *upto, struct sc_error *e)
{
	int r;

	if (ix->lock_fd < 0)
		return 0;
	if (ix->held)
		return checkpoint(ix, l, upto, e);
	if ((r = sc_disk_try_lock(ix->lock_fd, 1, e)) != 1)
		return r;
	r = checkpoint(ix, l, upto, e);
	sc_disk_unlock(ix->lock_fd);
	return r;
}

int
sc_index_renew(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *start, const struct sc_ledger_pos *upto,
    struct sc_error *e)
{
	struct pointer live;
	int r;

	if ((r = read_live(ix, &live, e)) != 0 ||
	    (r = make_live(ix, START_EMPTY, &live, l, start, upto, e)) != 0)
		return r;
	/*
	 * What was live knows places that are about to go: it must not come
	 * back as the spare of a later checkpoint.
	 */
	if (unlinkat(ix->dirfd, file_names[live.which], 0) != 0 &&
	    errno != ENOENT)
		return sc_fail(e, SC_ERR_IO, "index: remove %s: %s",
		    file_names[live.which], strerror(errno));
	return sc_disk_sync(ix->dirfd, e);
}

int
sc_index_rebuild(struct sc_index *ix, struct sc_ledger *l,
    const struct sc_ledger_pos *upto, int64_t wait, struct sc_error *e)
{
	int r;

	if ((r = sc_disk_lock(ix->lock_fd, wait, e)) != 0)
		return r;
	if ((r = sc_ledger_look(l, e)) == 0)
		r = sc_index_renew(ix, l, &l->start, upto, e);
	sc_disk_unlock(ix->lock_fd);
	return r;
}
