#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "store/disk.h"
#include "store/ledger.h"
#include "store/tail.h"
#include "store/tuning.h"

#define MAGIC "SCLEDGER"
#define FORMAT_VERSION 1
#define FIRST_SEGMENT 1
#define AHEAD_MIN 4096
#define AHEAD_MAX (256 * 1024)
#define NAME_SIZE 24

static void
segment_name(uint32_t segment, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "ledger-%08x", (unsigned)segment);
}

/* The segment's header; its hash is what the first record carries. */
static int
make_header(
    const struct sc_ledger_pos *at, int64_t now, uint8_t *h, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_SEGMENT_HEADER);
	size_t body = SC_SEGMENT_HEADER - SC_RECORD_HASH;
	int r;

	sc_buf_puts(b, MAGIC);
	sc_buf_put_u32(b, FORMAT_VERSION);
	sc_buf_put_u32(b, at->segment);
	sc_buf_put_u64(b, at->seq);
	sc_buf_put_u64(b, (uint64_t)now);
	sc_buf_put(b, at->hash, sizeof at->hash);
	if ((r = sc_buf_error(b)) == 0) {
		memset(h, 0, SC_SEGMENT_HEADER);
		memcpy(h, sc_buf_data(b), sc_buf_len(b));
		r = sc_sha256(h, body, h + body);
	}
	sc_buf_free(b);
	return r == 0 ? 0 : sc_fail(e, r, "ledger: header");
}

static int
fill_segment(int fd, const uint8_t *h, struct sc_error *e)
{
	int r;

	if ((r = sc_disk_pwrite(fd, h, SC_SEGMENT_HEADER, 0, e)) != 0)
		return r;
	r = sc_disk_zero(fd, SC_SEGMENT_HEADER,
	    sc_store_tuning.chunk - SC_SEGMENT_HEADER, e);
	return r != 0 ? r : sc_disk_sync(fd, e);
}

int
sc_ledger_create(int dirfd, int64_t now, struct sc_error *e)
{
	struct sc_ledger_pos at = {.segment = FIRST_SEGMENT};
	static const char tmp[] = "ledger.tmp";
	uint8_t h[SC_SEGMENT_HEADER];
	char name[NAME_SIZE];
	int fd, r;

	if ((r = make_header(&at, now, h, e)) != 0)
		return r;
	fd = sc_disk_create(dirfd, tmp, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: create: %s", strerror(errno));
	r = fill_segment(fd, h, e);
	if (close(fd) != 0 && r == 0)
		r = sc_fail(e, SC_ERR_IO, "ledger: close: %s", strerror(errno));
	segment_name(at.segment, name);
	if (r == 0)
		r = sc_disk_rename(dirfd, tmp, name, e);
	if (r != 0)
		(void)unlinkat(dirfd, tmp, 0);
	return r;
}

static int
read_header(struct sc_ledger *l, struct sc_error *e)
{
	size_t body = SC_SEGMENT_HEADER - SC_RECORD_HASH, got;
	uint8_t h[SC_SEGMENT_HEADER], hash[SC_RECORD_HASH];
	struct sc_reader rd;
	uint32_t version;
	int r;

	if ((r = sc_disk_pread(l->fd, h, sizeof h, 0, &got, e)) != 0)
		return r;
	if (got != sizeof h || memcmp(h, MAGIC, strlen(MAGIC)) != 0)
		return sc_fail(
		    e, SC_ERR_CORRUPT, "ledger: the header is damaged");
	sc_reader_init(&rd, h + strlen(MAGIC), body - strlen(MAGIC));
	if ((version = sc_reader_u32(&rd)) != FORMAT_VERSION)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "ledger: format %u, this release knows %d",
		    (unsigned)version, FORMAT_VERSION);
	if ((r = sc_sha256(h, body, hash)) != 0)
		return sc_fail(e, r, "ledger: SHA-256 failed");
	if (memcmp(hash, h + body, sizeof hash) != 0)
		return sc_fail(
		    e, SC_ERR_CORRUPT, "ledger: the header is damaged");
	l->start.segment = sc_reader_u32(&rd);
	l->start.seq = sc_reader_u64(&rd);
	l->start.offset = SC_SEGMENT_HEADER;
	memcpy(l->start.hash, hash, sizeof hash);
	return 0;
}

int
sc_ledger_open(int dirfd, int writable, struct sc_ledger *l, struct sc_error *e)
{
	char name[NAME_SIZE];
	int r;

	memset(l, 0, sizeof *l);
	l->ahead = AHEAD_MIN;
	l->writable = writable;
	segment_name(FIRST_SEGMENT, name);
	l->fd = openat(dirfd, name,
	    (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_CLOEXEC);
	if (l->fd < 0)
		return sc_fail(e,
		    errno == ENOENT ? SC_ERR_NOT_FOUND : SC_ERR_IO,
		    "ledger: open %s: %s", name, strerror(errno));
	if ((r = read_header(l, e)) != 0)
		sc_ledger_close(l);
	return r;
}

void
sc_ledger_close(struct sc_ledger *l)
{
	if (l->fd >= 0)
		(void)close(l->fd);
	l->fd = -1;
	free(l->win);
	l->win = NULL;
	l->win_cap = l->win_len = 0;
}

static int
refill(struct sc_ledger *l, uint64_t off, size_t n, struct sc_error *e)
{
	uint8_t *p;

	l->win_len = 0;
	if (n > l->win_cap) {
		p = realloc(l->win, n);
		if (p == NULL)
			return sc_fail_nomem(e);
		l->win = p;
		l->win_cap = n;
	}
	l->win_off = off;
	return sc_disk_pread(l->fd, l->win, n, off, &l->win_len, e);
}

/*
 * Bytes of the window from off on: 1 when they are a whole intact record, of
 * *n bytes at *p; 0 when not, and then *need bytes might show one (0: none).
 */
static int
window(struct sc_ledger *l, uint64_t off, const uint8_t **p, size_t *n,
    size_t *need, struct sc_error *e)
{
	size_t have = 0;

	*need = SC_RECORD_HEADER;
	if (off >= l->win_off && off - l->win_off < l->win_len)
		have = l->win_len - (size_t)(off - l->win_off);
	if (have < SC_RECORD_HEADER)
		return 0;
	*p = l->win + (off - l->win_off);
	*need = *n = sc_record_length(*p, have);
	if (*n == 0 || *n > have)
		return 0;
	*need = 0;
	return sc_record_intact(*p, *n, e);
}

/* As window, but reads what is needed. */
static int
load(struct sc_ledger *l, uint64_t off, const uint8_t **p, size_t *n,
    struct sc_error *e)
{
	size_t need, want = 0;
	int r;

	/* An old window may show zeros where there is a record by now. */
	while ((r = window(l, off, p, n, &need, e)) == 0) {
		if (want != 0 && (need <= want || l->win_len < want)) {
			l->ahead = AHEAD_MIN;
			return 0;
		}
		want = need > l->ahead ? need : l->ahead;
		if ((r = refill(l, off, want, e)) != 0)
			return r;
	}
	if (want != 0 && l->ahead < AHEAD_MAX)
		l->ahead *= 2;
	return r;
}

int
sc_ledger_damage(const struct sc_ledger_pos *pos, struct sc_error *e)
{
	return sc_fail(e, SC_ERR_CORRUPT,
	    "ledger: record %llu at offset %llu is damaged",
	    (unsigned long long)pos->seq + 1, (unsigned long long)pos->offset);
}

int
sc_ledger_next(struct sc_ledger *l, struct sc_ledger_pos *pos,
    struct sc_record *rec, struct sc_place *at, struct sc_error *e)
{
	const uint8_t *p;
	size_t n;
	int r;

	if ((r = load(l, pos->offset, &p, &n, e)) <= 0)
		return r;
	if (!sc_record_follows(p, pos)) {
		/* Leftovers, perhaps overwritten since they were read. */
		l->win_len = 0;
		if ((r = load(l, pos->offset, &p, &n, e)) <= 0)
			return r;
		if (!sc_record_follows(p, pos))
			return 0;
	}
	if ((r = sc_record_parse(p, n, rec, e)) != 0)
		return r;
	if (at != NULL) {
		at->segment = pos->segment;
		at->offset = pos->offset;
	}
	pos->offset += n;
	pos->seq = rec->seq;
	memcpy(pos->hash, rec->hash, SC_RECORD_HASH);
	return 1;
}

int
sc_ledger_at(struct sc_ledger *l, uint32_t segment, uint64_t offset,
    struct sc_record *rec, struct sc_error *e)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	int r;

	if (segment != l->start.segment)
		return sc_fail(e, SC_ERR_CORRUPT, "ledger: no segment %u",
		    (unsigned)segment);
	if ((r = load(l, offset, &p, &n, e)) < 0)
		return r;
	if (r == 0)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "ledger: no intact record at offset %llu",
		    (unsigned long long)offset);
	return sc_record_parse(p, n, rec, e);
}

int
sc_ledger_has(
    struct sc_ledger *l, const struct sc_ledger_pos *pos, struct sc_error *e)
{
	uint8_t hash[SC_RECORD_HASH];
	size_t got;
	int r;

	if (pos->segment != l->start.segment ||
	    pos->offset < SC_SEGMENT_HEADER || pos->offset % SC_RECORD_ALIGN)
		return 0;
	r = sc_disk_pread(
	    l->fd, hash, sizeof hash, pos->offset - SC_RECORD_HASH, &got, e);
	if (r != 0)
		return r;
	return got == sizeof hash && memcmp(hash, pos->hash, sizeof hash) == 0;
}

static int
all_zero(const uint8_t *p, size_t n)
{
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

static int
look_size(struct sc_ledger *l, struct sc_error *e)
{
	struct stat st;

	if (fstat(l->fd, &st) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: fstat: %s", strerror(errno));
	l->size = (uint64_t)st.st_size;
	return 0;
}

/*
 * Is there a record at off that was written by someone who knew that pos was
 * already durable?  Then what is at pos is damage, not a write cut short.
 */
static int
tells_damage(struct sc_ledger *l, const struct sc_ledger_pos *pos, uint64_t off,
    struct sc_error *e)
{
	struct sc_record rec;
	int r;

	r = sc_ledger_at(l, pos->segment, off, &rec, NULL);
	if (r == SC_ERR_IO || r == SC_ERR_NOMEM)
		return sc_fail(e, r, "ledger: %s", sc_err_text(r));
	if (r != 0 || rec.seq <= pos->seq || rec.durable <= pos->offset)
		return 0;
	return sc_fail(e, SC_ERR_CORRUPT,
	    "ledger: record %llu at offset %llu is damaged (record %llu at "
	    "offset %llu is later)",
	    (unsigned long long)pos->seq + 1, (unsigned long long)pos->offset,
	    (unsigned long long)rec.seq, (unsigned long long)off);
}

/* Look at all behind pos: where the last byte that is not zero ends. */
static int
inspect(struct sc_ledger *l, const struct sc_ledger_pos *pos, uint64_t *end,
    struct sc_error *e)
{
	static const uint8_t magic[] = "SCR1";
	uint8_t buf[16384];
	uint64_t off;
	size_t got, i;
	int r;

	*end = pos->offset;
	for (off = pos->offset; off < l->size; off += got) {
		r = sc_disk_pread(l->fd, buf, sizeof buf, off, &got, e);
		if (r != 0 || got == 0)
			return r;
		if (all_zero(buf, got))
			continue;
		for (i = 0; i < got; i++)
			if (buf[i] != 0)
				*end = off + i + 1;
		for (i = 0; i + SC_RECORD_ALIGN <= got; i += SC_RECORD_ALIGN) {
			if (memcmp(buf + i, magic, 4) != 0)
				continue;
			if ((r = tells_damage(l, pos, off + i, e)) != 0)
				return r;
		}
	}
	return 0;
}

int
sc_ledger_find_end(
    struct sc_ledger *l, struct sc_ledger_pos *pos, struct sc_error *e)
{
	struct sc_record rec;
	uint64_t seq, end;
	int r;

	/* What looks damaged may have been written since: look again. */
	do {
		seq = pos->seq;
		while ((r = sc_ledger_next(l, pos, &rec, NULL, e)) == 1)
			;
		if (r == 0 && (r = look_size(l, e)) == 0)
			r = inspect(l, pos, &end, e);
	} while (r == SC_ERR_CORRUPT && pos->seq != seq);
	return r;
}

int
sc_ledger_mend(struct sc_ledger *l, const struct sc_ledger_pos *pos, int full,
    uint64_t *dropped, struct sc_error *e)
{
	uint64_t end;
	int r;

	/* The look that found no record has left these bytes. */
	if (!full && l->win_off == pos->offset && all_zero(l->win, l->win_len))
		return 0;
	if ((r = look_size(l, e)) != 0 || (r = inspect(l, pos, &end, e)) != 0)
		return r;
	l->win_len = 0;
	if (end == pos->offset)
		return 0;
	*dropped += end - pos->offset;
	return sc_disk_zero(l->fd, pos->offset, end - pos->offset, e);
}

/*
 * Space is written, not only reserved: then a later fdatasync has no block
 * to allocate and no size to store.
 */
static int
grow(struct sc_ledger *l, uint64_t need, struct sc_error *e)
{
	uint64_t by = sc_store_tuning.chunk, size;
	int r;

	if ((r = look_size(l, e)) != 0 || need <= l->size)
		return r;
	size = l->size;
	if (by < need - size)
		by = need - size;
	if ((r = sc_disk_zero(l->fd, size, by, e)) == 0)
		r = sc_disk_sync(l->fd, e);
	if (r == 0) {
		l->size = size + by;
		return 0;
	}
	sc_error_prefix(
	    e, "ledger: cannot grow by %llu bytes: ", (unsigned long long)by);
	/* Give back what was had; if this fails too, zeros do no harm. */
	if (ftruncate(l->fd, (off_t)size) != 0)
		return r;
	return r;
}

int
sc_ledger_append(struct sc_ledger *l, struct sc_ledger_pos *pos,
    uint64_t durable, uint8_t *rec, size_t n, struct sc_error *e)
{
	int r;

	if ((r = sc_record_seal(rec, n, pos, durable, e)) != 0)
		return r;
	if (pos->offset + n > l->size && (r = grow(l, pos->offset + n, e)) != 0)
		return r;
	l->win_len = 0;
	if ((r = sc_disk_pwrite(l->fd, rec, n, pos->offset, e)) != 0) {
		/* If it cannot be wiped now, the next writer's mend does. */
		(void)sc_disk_zero(l->fd, pos->offset, n, NULL);
		return r;
	}
	pos->offset += n;
	pos->seq++;
	memcpy(pos->hash, rec + n - SC_RECORD_HASH, SC_RECORD_HASH);
	return 0;
}

int
sc_ledger_sync(struct sc_ledger *l, struct sc_error *e)
{
	if (fdatasync(l->fd) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: fdatasync: %s", strerror(errno));
	return 0;
}

int
sc_ledger_redo(
    struct sc_ledger *l, uint64_t from, uint64_t to, struct sc_error *e)
{
	uint8_t buf[16384];
	size_t n, got;
	int r;

	for (; from < to; from += got) {
		n = to - from < sizeof buf ? (size_t)(to - from) : sizeof buf;
		if ((r = sc_disk_pread(l->fd, buf, n, from, &got, e)) != 0)
			return r;
		if (got == 0)
			return sc_fail(
			    e, SC_ERR_CORRUPT, "ledger: the file got shorter");
		if ((r = sc_disk_pwrite(l->fd, buf, got, from, e)) != 0)
			return r;
	}
	return 0;
}
