#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/ledger.h"
#include "store/tail.h"
#include "store/tuning.h"

#define AHEAD_MIN 4096
#define AHEAD_MAX (256 * 1024)

int
sc_ledger_look(struct sc_ledger *l, struct sc_error *e)
{
	struct sc_segment oldest;
	uint32_t first, last;
	int r, i;

	/* One that goes between the two looks was not the oldest to stay. */
	for (i = 0, r = SC_ERR_NOT_FOUND; r == SC_ERR_NOT_FOUND && i < 8; i++) {
		if ((r = sc_segment_range(l->dirfd, &first, &last, e)) != 0)
			return r;
		r = sc_segment_open(l->dirfd, first, 0, &oldest, e);
	}
	if (r != 0)
		return r;
	l->start = oldest.start;
	sc_segment_close(&oldest);
	return 0;
}

int
sc_ledger_open(int dirfd, int writable, struct sc_ledger *l, struct sc_error *e)
{
	memset(l, 0, sizeof *l);
	l->dirfd = dirfd;
	l->ahead = AHEAD_MIN;
	l->writable = writable;
	return sc_ledger_look(l, e);
}

void
sc_ledger_close(struct sc_ledger *l)
{
	sc_ledger_keep(l, 0);
	free(l->win);
	l->win = NULL;
	l->win_cap = l->win_len = 0;
}

void
sc_ledger_keep(struct sc_ledger *l, uint32_t segment)
{
	size_t i;

	for (i = 0; i < SC_LEDGER_OPEN; i++)
		if (l->open[i].number != segment)
			sc_segment_close(&l->open[i]);
	if (l->win_segment != segment)
		l->win_len = 0;
}

/* Borrowed until the next call; NOT_FOUND when it is not there (any more). */
static int
segment_at(struct sc_ledger *l, uint32_t number, struct sc_segment **out,
    struct sc_error *e)
{
	struct sc_segment s = {0};
	size_t i;
	int r;

	for (i = 0; i < SC_LEDGER_OPEN - 1; i++)
		if (l->open[i].number == number)
			break;
	s = l->open[i];
	if (s.number != number) {
		r = sc_segment_open(l->dirfd, number, l->writable, &s, e);
		if (r != 0)
			return r;
		sc_segment_close(&l->open[i]);
	}
	memmove(l->open + 1, l->open, i * sizeof l->open[0]);
	l->open[0] = s;
	*out = &l->open[0];
	return 0;
}

static int
refill(struct sc_ledger *l, uint32_t segment, uint64_t off, size_t n,
    struct sc_error *e)
{
	struct sc_segment *s;
	uint8_t *p;
	int r;

	l->win_len = 0;
	if ((r = segment_at(l, segment, &s, e)) != 0)
		return r;
	/* What catching up at the start took is not kept for good. */
	if (n > l->win_cap || n <= l->win_cap / 16) {
		p = realloc(l->win, n);
		if (p == NULL)
			return sc_fail_nomem(e);
		l->win = p;
		l->win_cap = n;
	}
	l->win_segment = segment;
	l->win_off = off;
	return sc_disk_pread(s->fd, l->win, n, off, &l->win_len, e);
}

/*
 * Bytes of the window from off on: 1 when they are a whole intact record, of
 * *n bytes at *p; 0 when not, and then *need bytes might show one (0: none).
 */
static int
window(struct sc_ledger *l, uint32_t segment, uint64_t off, const uint8_t **p,
    size_t *n, size_t *need, struct sc_error *e)
{
	size_t have = 0;

	*need = SC_RECORD_HEADER;
	if (segment == l->win_segment && off >= l->win_off &&
	    off - l->win_off < l->win_len)
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
load(struct sc_ledger *l, uint32_t segment, uint64_t off, const uint8_t **p,
    size_t *n, struct sc_error *e)
{
	size_t need, want = 0;
	int r;

	/* An old window may show zeros where there is a record by now. */
	while ((r = window(l, segment, off, p, n, &need, e)) == 0) {
		if (want != 0 && (need <= want || l->win_len < want)) {
			l->ahead = AHEAD_MIN;
			return 0;
		}
		want = need > l->ahead ? need : l->ahead;
		if ((r = refill(l, segment, off, want, e)) != 0)
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
	    "ledger: record %llu at offset %llu of ledger-%08x is damaged",
	    (unsigned long long)pos->seq + 1, (unsigned long long)pos->offset,
	    (unsigned)pos->segment);
}

int
sc_ledger_next_here(struct sc_ledger *l, struct sc_ledger_pos *pos,
    struct sc_record *rec, struct sc_place *at, struct sc_error *e)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	int r;

	if ((r = load(l, pos->segment, pos->offset, &p, &n, e)) <= 0)
		return r;
	if (!sc_record_follows(p, pos)) {
		/* Leftovers, perhaps overwritten since they were read. */
		l->win_len = 0;
		if ((r = load(l, pos->segment, pos->offset, &p, &n, e)) <= 0)
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

/* The segment that follows the one of pos, or NULL when there is none. */
static int
followed(struct sc_ledger *l, const struct sc_ledger_pos *pos,
    struct sc_segment **s, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	const int known = l->last == pos->segment;
	int r;

	*s = NULL;
	if (sc_disk_names_same(l->dirfd, &l->names) && known)
		return 0;
	l->last = 0;
	if ((r = segment_at(l, pos->segment + 1, s, &why)) == 0)
		return 0;
	*s = NULL;
	if (r != SC_ERR_NOT_FOUND)
		return sc_fail(e, r, "%s", why.msg);
	/*
	 * Segments go oldest first: as long as this one stands, none after it
	 * has gone.
	 */
	if ((r = sc_segment_exists(l->dirfd, pos->segment, e)) < 0)
		return r;
	if (r == 0)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "ledger: ledger-%08x was removed", (unsigned)pos->segment);
	l->last = pos->segment;
	return 0;
}

int
sc_ledger_next(struct sc_ledger *l, struct sc_ledger_pos *pos,
    struct sc_record *rec, struct sc_place *at, struct sc_error *e)
{
	struct sc_segment *s;
	int r;

	while ((r = sc_ledger_next_here(l, pos, rec, at, e)) == 0) {
		if ((r = followed(l, pos, &s, e)) != 0 || s == NULL)
			return r;
		if (s->start.seq != pos->seq ||
		    memcmp(s->before, pos->hash, SC_RECORD_HASH) != 0) {
			/* It may have been filled before it was ended. */
			l->win_len = 0;
			r = sc_ledger_next_here(l, pos, rec, at, e);
			return r != 0 ? r : sc_ledger_damage(pos, e);
		}
		*pos = s->start;
	}
	return r;
}

int
sc_ledger_at(struct sc_ledger *l, uint32_t segment, uint64_t offset,
    struct sc_record *rec, struct sc_error *e)
{
	const uint8_t *p = NULL;
	size_t n = 0;
	int r;

	if ((r = load(l, segment, offset, &p, &n, e)) < 0)
		return r;
	if (r == 0)
		return sc_fail(e, SC_ERR_CORRUPT,
		    "ledger: no intact record at offset %llu of ledger-%08x",
		    (unsigned long long)offset, (unsigned)segment);
	return sc_record_parse(p, n, rec, e);
}

int
sc_ledger_has(
    struct sc_ledger *l, const struct sc_ledger_pos *pos, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	uint8_t hash[SC_RECORD_HASH];
	struct sc_segment *s;
	size_t got;
	int r;

	if (pos->offset < SC_SEGMENT_HEADER || pos->offset % SC_RECORD_ALIGN)
		return 0;
	r = segment_at(l, pos->segment, &s, &why);
	if (r != 0)
		return r == SC_ERR_NOT_FOUND ? 0 : sc_fail(e, r, "%s", why.msg);
	r = sc_disk_pread(
	    s->fd, hash, sizeof hash, pos->offset - SC_RECORD_HASH, &got, e);
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
look_size(struct sc_segment *s, struct sc_error *e)
{
	struct stat st;

	if (fstat(s->fd, &st) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: fstat: %s", strerror(errno));
	s->size = (uint64_t)st.st_size;
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
	    "ledger: record %llu at offset %llu of ledger-%08x is damaged "
	    "(record %llu at offset %llu is later)",
	    (unsigned long long)pos->seq + 1, (unsigned long long)pos->offset,
	    (unsigned)pos->segment, (unsigned long long)rec.seq,
	    (unsigned long long)off);
}

/* Look at all behind pos: where the last byte that is not zero ends. */
static int
inspect(struct sc_ledger *l, const struct sc_ledger_pos *pos, uint64_t *end,
    struct sc_error *e)
{
	static const uint8_t magic[] = "SCR1";
	uint8_t buf[16384];
	struct sc_segment *s;
	uint64_t off;
	size_t got, i;
	int r;

	*end = pos->offset;
	for (off = pos->offset;; off += got) {
		if ((r = segment_at(l, pos->segment, &s, e)) != 0)
			return r;
		if (off >= s->size)
			return 0;
		r = sc_disk_pread(s->fd, buf, sizeof buf, off, &got, e);
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
}

int
sc_ledger_find_end(
    struct sc_ledger *l, struct sc_ledger_pos *pos, struct sc_error *e)
{
	struct sc_segment *s;
	struct sc_record rec;
	uint64_t end;
	int r;

	/*
	 * What looks damaged may have been written between the two looks, even
	 * if nothing was read before: only a third one tells.
	 */
	do {
		while ((r = sc_ledger_next(l, pos, &rec, NULL, e)) == 1)
			;
		if (r == 0 && (r = segment_at(l, pos->segment, &s, e)) == 0 &&
		    (r = look_size(s, e)) == 0)
			r = inspect(l, pos, &end, e);
	} while (r == SC_ERR_CORRUPT &&
	    sc_ledger_next(l, pos, &rec, NULL, NULL) == 1);
	return r;
}

int
sc_ledger_mend(struct sc_ledger *l, const struct sc_ledger_pos *pos, int full,
    uint64_t *dropped, struct sc_error *e)
{
	struct sc_segment *s;
	uint64_t end;
	int r;

	/* The look that found no record has left these bytes. */
	if (!full && l->win_segment == pos->segment &&
	    l->win_off == pos->offset && all_zero(l->win, l->win_len))
		return 0;
	if ((r = segment_at(l, pos->segment, &s, e)) != 0 ||
	    (r = look_size(s, e)) != 0 || (r = inspect(l, pos, &end, e)) != 0)
		return r;
	l->win_len = 0;
	if (end == pos->offset)
		return 0;
	*dropped += end - pos->offset;
	if ((r = segment_at(l, pos->segment, &s, e)) != 0)
		return r;
	return sc_disk_zero(s->fd, pos->offset, end - pos->offset, e);
}

/*
 * Space is written, not only reserved: then a later fdatasync has no block
 * to allocate and no size to store.
 */
static int
grow(struct sc_segment *s, uint64_t need, struct sc_error *e)
{
	uint64_t by = sc_store_tuning.chunk, size;
	int r;

	if ((r = look_size(s, e)) != 0 || need <= s->size)
		return r;
	size = s->size;
	if (by < need - size)
		by = need - size;
	if ((r = sc_disk_zero(s->fd, size, by, e)) == 0)
		r = sc_disk_sync(s->fd, e);
	if (r == 0) {
		s->size = size + by;
		return 0;
	}
	sc_error_prefix(
	    e, "ledger: cannot grow by %llu bytes: ", (unsigned long long)by);
	/* Give back what was had; if this fails too, zeros do no harm. */
	if (ftruncate(s->fd, (off_t)size) != 0)
		return r;
	return r;
}

int
sc_ledger_append(struct sc_ledger *l, struct sc_ledger_pos *pos,
    uint64_t durable, uint8_t *rec, size_t n, struct sc_error *e)
{
	struct sc_segment *s;
	int r;

	if ((r = sc_record_seal(rec, n, pos, durable, e)) != 0 ||
	    (r = segment_at(l, pos->segment, &s, e)) != 0)
		return r;
	if (pos->offset + n > s->size && (r = grow(s, pos->offset + n, e)) != 0)
		return r;
	l->win_len = 0;
	if ((r = sc_disk_pwrite(s->fd, rec, n, pos->offset, e)) != 0) {
		/* If it cannot be wiped now, the next writer's mend does. */
		(void)sc_disk_zero(s->fd, pos->offset, n, NULL);
		return r;
	}
	pos->offset += n;
	pos->seq++;
	memcpy(pos->hash, rec + n - SC_RECORD_HASH, SC_RECORD_HASH);
	return 0;
}

int
sc_ledger_rotate(struct sc_ledger *l, struct sc_ledger_pos *pos, int64_t now,
    struct sc_error *e)
{
	struct sc_segment *s;
	int r;

	/* Whoever sees the new segment takes what is before it for durable. */
	if ((r = sc_ledger_sync(l, pos->segment, e)) != 0 ||
	    (r = sc_segment_create(l->dirfd, pos, now, e)) != 0 ||
	    (r = segment_at(l, pos->segment + 1, &s, e)) != 0)
		return r;
	*pos = s->start;
	return 0;
}

int
sc_ledger_sync(struct sc_ledger *l, uint32_t segment, struct sc_error *e)
{
	struct sc_segment *s;
	int r;

	if ((r = segment_at(l, segment, &s, e)) != 0)
		return r;
	if (fdatasync(s->fd) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "ledger: fdatasync: %s", strerror(errno));
	return 0;
}

int
sc_ledger_redo(struct sc_ledger *l, uint32_t segment, uint64_t from,
    uint64_t to, struct sc_error *e)
{
	uint8_t buf[16384];
	struct sc_segment *s;
	size_t n, got;
	int r;

	if ((r = segment_at(l, segment, &s, e)) != 0)
		return r;
	for (; from < to; from += got) {
		n = to - from < sizeof buf ? (size_t)(to - from) : sizeof buf;
		if ((r = sc_disk_pread(s->fd, buf, n, from, &got, e)) != 0)
			return r;
		if (got == 0)
			return sc_fail(
			    e, SC_ERR_CORRUPT, "ledger: the file got shorter");
		if ((r = sc_disk_pwrite(s->fd, buf, got, from, e)) != 0)
			return r;
	}
	return 0;
}
