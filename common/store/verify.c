#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/survey_internal.h"
#include "store/tail.h"

#define TEXT_MAX 320
#define LOCATED_MAX 8 /* entries looked for in the bytes of their file */
#define PLACE_BYTES 28
#define READ_AHEAD 4096 /* of a record somewhere */
#define HOLES_MAX 64
#define CHUNK ((size_t)256 * 1024)

struct check {
	struct sc_survey sv;
	struct sc_error *e;
	struct sc_store_check *out;
	const struct sc_store_anchor *anchor;
	struct sc_ledger random; /* for records here and there */
	int lost; /* the index cannot be asked any more */
	size_t located;
	uint32_t first_segment; /* that the index has; 0: not looked */
	/* Damage of the ledger, of which the index is not to blame. */
	struct hole {
		uint64_t from, to; /* numbers of records */
	} holes[HOLES_MAX];
	size_t holes_n;
};

static void found(struct check *c, const char *file, int64_t offset,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

static void
found(struct check *c, const char *file, int64_t offset, const char *fmt, ...)
{
	const struct sc_store_watch *w = c->sv.watch;
	char text[TEXT_MAX];
	va_list ap;

	c->out->damages++;
	if (sc_has_prefix(file, "ledger"))
		c->out->ledger_damages++;
	if (w == NULL || w->finding == NULL)
		return;
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	w->finding(w->arg, file, offset, text);
}

static int
open_segment(int dirfd, uint32_t segment, char name[SC_SEGMENT_NAME])
{
	sc_segment_name(segment, name);
	return openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
}

static void
add_hole(struct check *c, uint64_t from, uint64_t to)
{
	if (c->holes_n == HOLES_MAX)
		return;
	c->holes[c->holes_n].from = from;
	c->holes[c->holes_n++].to = to;
}

static int
in_hole(const struct check *c, uint64_t seq)
{
	size_t i;

	for (i = 0; i < c->holes_n; i++)
		if (seq >= c->holes[i].from && seq <= c->holes[i].to)
			return 1;
	return 0;
}

/* Where in a file these bytes are; -1 when nowhere. */
static int64_t
find_bytes(int fd, const uint8_t *what, size_t n)
{
	uint8_t *buf = malloc(CHUNK + n);
	uint64_t off = 0;
	int64_t at = -1;
	size_t got, i;

	while (buf != NULL && at < 0 &&
	    sc_disk_pread(fd, buf, CHUNK + n - 1, off, &got, NULL) == 0 &&
	    got >= n) {
		for (i = 0; at < 0 && i + n <= got; i++)
			if (buf[i] == what[0] && memcmp(buf + i, what, n) == 0)
				at = (int64_t)(off + i);
		off += CHUNK;
	}
	free(buf);
	return at;
}

/*
 * Where the index file has the entry, by the bytes of its key, or by those of
 * the place it ought to tell when the key is what is damaged.
 */
static int64_t
locate(struct check *c, const uint8_t *key, const struct sc_place *at)
{
	struct sc_buf *b = sc_buf_new(PLACE_BYTES);
	int64_t off = -1;
	int fd;

	fd = openat(c->sv.dirfd, sc_survey_index_file(&c->sv),
	    O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && c->located++ < LOCATED_MAX) {
		off = find_bytes(fd, key, SC_RECORD_KEY);
		sc_buf_put_u32(b, at->segment);
		sc_buf_put_u64(b, at->offset);
		sc_buf_put_u64(b, at->seq);
		sc_buf_put_u64(b, (uint64_t)at->until);
		if (off < 0 && sc_buf_error(b) == 0)
			off = find_bytes(fd, sc_buf_data(b), PLACE_BYTES);
	}
	if (fd >= 0)
		(void)close(fd);
	sc_buf_free(b);
	return off;
}

static const char *
kind_text(uint8_t kind)
{
	switch (kind) {
	case SC_KEY_TOKEN:
		return "one-time token";
	case SC_KEY_X509:
		return "X.509 certificate";
	case SC_KEY_SSH:
		return "SSH certificate";
	case SC_KEY_X509_REVOKED:
		return "revocation";
	case SC_KEY_SSH_REVOKED:
		return "revocation of an SSH certificate";
	default:
		return "entry";
	}
}

static int
lower(void *arg, const uint8_t *key, size_t n, const struct sc_place *place)
{
	struct check *c = arg;

	(void)key;
	(void)n;
	if (place != NULL && place->segment < c->first_segment)
		c->first_segment = place->segment;
	return 0;
}

/*
 * A prune that was killed leaves segments that the index has no part of any
 * more: what was needed in them has been carried on.
 */
static int
is_left_over(struct check *c, const struct sc_place *at)
{
	if (c->first_segment == 0) {
		c->first_segment = UINT32_MAX;
		(void)sc_survey_each_entry(&c->sv, lower, c, NULL);
	}
	return at->segment < c->first_segment;
}

/* Is what the record tells in the index? */
static int
check_record(struct check *c, const struct sc_record *rec, struct sc_place at,
    struct sc_error *e)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	struct sc_error why = SC_ERROR_INIT;
	const char *file;
	struct sc_place got;
	size_t i, n;
	int r;

	if (c->sv.ix.db == NULL || c->lost || rec->seq > c->sv.ix.upto.seq)
		return 0;
	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	at.seq = rec->seq;
	file = sc_survey_index_file(&c->sv);
	for (i = 0; i < n && !c->lost; i++) {
		r = sc_index_find(&c->sv.ix, keys[i].key, &got, &why);
		at.until = keys[i].until;
		if (r == 0 && is_left_over(c, &at))
			return 0;
		if (r == 0)
			found(c, file, locate(c, keys[i].key, &at),
			    "the %s of record %llu is missing",
			    kind_text(keys[i].key[0]),
			    (unsigned long long)rec->seq);
		else if (r < 0) {
			found(c, file, locate(c, keys[i].key, &at),
			    "cannot be read at the %s of record %llu: %s",
			    kind_text(keys[i].key[0]),
			    (unsigned long long)rec->seq, why.msg);
			c->lost = 1;
		}
	}
	return 0;
}

static int
take_record(struct check *c, const struct sc_record *rec,
    const struct sc_place *at, struct sc_error *e)
{
	struct sc_store_check *out = c->out;

	if (out->records++ == 0)
		out->first_seq = rec->seq;
	out->last.seq = rec->seq;
	memcpy(out->last.hash, rec->hash, sizeof out->last.hash);
	out->last_time = rec->time;
	if (c->anchor != NULL && c->anchor->seq == rec->seq)
		out->anchor = memcmp(c->anchor->hash, rec->hash,
				  sizeof c->anchor->hash) == 0
		    ? 1
		    : -1;
	sc_survey_step(&c->sv, 1);
	return check_record(c, rec, *at, e);
}

/* What stands behind the last record of the chain. */
struct behind {
	struct sc_ledger_pos next; /* in front of the next intact record */
	int any; /* there is one */
	int durable; /* a later one knew that this place was durable */
	int damage; /* so it is no end */
	struct sc_ledger_pos
	    go_on; /* the next sound segment; segment 0: none */
	uint32_t bad_header; /* a segment between here and there; or 0 */
	int broken; /* that one was made behind another record than pos's */
	int moved; /* a record stands there by now */
	uint64_t unfinished; /* bytes that are not zero */
};

/* The record at off, if there is an intact one later than pos. */
static int
look_at(int fd, uint64_t off, const struct sc_ledger_pos *pos, struct behind *b,
    struct sc_error *e)
{
	uint8_t head[SC_RECORD_HEADER], *p;
	struct sc_record rec;
	size_t n, got;
	int r;

	if ((r = sc_disk_pread(fd, head, sizeof head, off, &got, e)) != 0)
		return r;
	if ((n = sc_record_length(head, got)) == 0)
		return 0;
	if ((p = malloc(n)) == NULL)
		return sc_fail_nomem(e);
	r = sc_disk_pread(fd, p, n, off, &got, e);
	if (r == 0 && got == n && sc_record_intact(p, n, NULL) == 1 &&
	    sc_record_parse(p, n, &rec, NULL) == 0 && rec.seq > pos->seq) {
		if (!b->any) {
			b->any = 1;
			b->next.segment = pos->segment;
			b->next.offset = off;
			b->next.seq = rec.seq - 1;
			memcpy(b->next.hash, rec.prev, SC_RECORD_HASH);
		}
		if (rec.durable > pos->offset)
			b->durable = 1;
	}
	free(p);
	return r;
}

static int
look_through(int fd, const struct sc_ledger_pos *pos, struct behind *b,
    struct sc_error *e)
{
	static const uint8_t magic[] = "SCR1";
	uint8_t *buf = malloc(CHUNK);
	uint64_t off = pos->offset, last = off;
	size_t got = 1, i;
	int r = buf != NULL ? 0 : sc_fail_nomem(e);

	for (; r == 0 && got != 0 && !b->durable; off += got) {
		r = sc_disk_pread(fd, buf, CHUNK, off, &got, e);
		for (i = 0; r == 0 && i < got; i++) {
			if (buf[i] == 0)
				continue;
			last = off + i + 1;
			if (i % SC_RECORD_ALIGN == 0 && i + 4 <= got &&
			    off + i > pos->offset &&
			    memcmp(buf + i, magic, 4) == 0)
				r = look_at(fd, off + i, pos, b, e);
		}
	}
	free(buf);
	b->unfinished = last - pos->offset;
	return r;
}

/*
 * The first sound segment behind pos's: its header tells where the chain goes
 * on.  1: there is another segment, sound or not.
 */
static int
next_segment(int dirfd, const struct sc_ledger_pos *pos, struct behind *b)
{
	struct sc_segment s;
	uint32_t n = pos->segment + 1;
	int r;

	for (; sc_segment_exists(dirfd, n, NULL) == 1; n++) {
		r = sc_segment_open(dirfd, n, 0, &s, NULL);
		if (r == SC_ERR_CORRUPT && b->bad_header == 0)
			b->bad_header = n;
		if (r != 0)
			continue;
		b->go_on = s.start;
		b->broken = s.start.seq == pos->seq &&
		    memcmp(s.before, pos->hash, SC_RECORD_HASH) != 0;
		sc_segment_close(&s);
		break;
	}
	return n > pos->segment + 1 || b->go_on.segment != 0;
}

/* Look at all behind pos, where nothing valid stands. */
static int
look_behind(struct sc_survey *sv, const struct sc_ledger_pos *pos,
    struct behind *b, struct sc_error *e)
{
	struct sc_ledger_pos again = *pos;
	char name[SC_SEGMENT_NAME];
	struct sc_record rec;
	int fd, r;

	memset(b, 0, sizeof *b);
	if ((fd = open_segment(sv->dirfd, pos->segment, name)) < 0)
		return sc_fail(
		    e, SC_ERR_IO, "store: open %s: %s", name, strerror(errno));
	r = look_through(fd, pos, b, e);
	(void)close(fd);
	if (r != 0)
		return r;
	b->damage = next_segment(sv->dirfd, pos, b) || b->durable ||
	    (sv->ix.db != NULL && sv->ix.upto.seq > pos->seq);
	/* A running writer may have put there by now what was missing. */
	b->moved = sc_ledger_next(&sv->ledger, &again, &rec, NULL, NULL) == 1;
	return 0;
}

int
sc_survey_behind(
    struct sc_survey *sv, const struct sc_ledger_pos *pos, struct sc_error *e)
{
	struct behind b;
	int r;

	if ((r = look_behind(sv, pos, &b, e)) != 0)
		return r;
	if (b.moved)
		return 1;
	return b.damage ? sc_ledger_damage(pos, e) : 0;
}

/* Tell of records first to last, which are not what they were. */
static void
tell_gap(struct check *c, const struct sc_ledger_pos *pos, uint64_t last)
{
	unsigned long long first = (unsigned long long)pos->seq + 1;
	char name[SC_SEGMENT_NAME];

	sc_segment_name(pos->segment, name);
	add_hole(c, first, last);
	if (last == UINT64_MAX)
		found(c, name, (int64_t)pos->offset,
		    "record %llu and all behind it are damaged or missing",
		    first);
	else if (last <= first)
		found(c, name, (int64_t)pos->offset, "record %llu is damaged",
		    first);
	else
		found(c, name, (int64_t)pos->offset,
		    "records %llu to %llu are damaged or missing", first,
		    (unsigned long long)last);
}

/* Behind the damage at *pos, in this segment or in a later one. */
static int
step_over(struct check *c, const struct behind *b, struct sc_ledger_pos *pos)
{
	uint64_t last = b->go_on.segment != 0 ? b->go_on.seq : UINT64_MAX;
	char name[SC_SEGMENT_NAME];

	if (b->any) {
		tell_gap(c, pos,
		    b->next.seq > pos->seq ? b->next.seq : pos->seq + 1);
		*pos = b->next;
		return 1;
	}
	if (b->bad_header != 0) {
		sc_segment_name(b->bad_header, name);
		add_hole(c, pos->seq + 1, last);
		found(c, name, 0, "the header is damaged");
	} else if (b->broken) {
		sc_segment_name(b->go_on.segment, name);
		found(c, name, 0, "record %llu before it was another one",
		    (unsigned long long)pos->seq);
	} else {
		tell_gap(c, pos, last);
	}
	if (b->go_on.segment == 0)
		return 0;
	*pos = b->go_on;
	return 1;
}

/*
 * Nothing valid stands at pos.  1: the chain goes on at *pos, which is behind
 * damage that was told; 0: the ledger ends here.
 */
static int
judge_gap(struct check *c, struct sc_ledger_pos *pos, struct sc_error *e)
{
	struct behind b;
	int r;

	if ((r = look_behind(&c->sv, pos, &b, e)) != 0)
		return r;
	if (b.moved)
		return 1;
	c->out->unfinished = b.damage ? 0 : b.unfinished;
	if (!b.damage)
		return 0;
	return step_over(c, &b, pos);
}

static int
walk(struct check *c, struct sc_error *e)
{
	struct sc_ledger_pos pos = c->sv.ledger.start;
	struct sc_error why = SC_ERROR_INIT;
	struct sc_record rec;
	struct sc_place at;
	int r;

	memset(&at, 0, sizeof at);
	sc_survey_begin(&c->sv, "verifying the ledger", c->sv.records);
	for (;;) {
		r = sc_ledger_next(&c->sv.ledger, &pos, &rec, &at, &why);
		if (r == 1)
			r = take_record(c, &rec, &at, e);
		else if (r == 0 || r == SC_ERR_CORRUPT) {
			r = judge_gap(c, &pos, e);
			if (r <= 0)
				return r;
			r = 0;
		} else
			return sc_fail(e, r, "ledger-%08x: offset %llu: %s",
			    (unsigned)pos.segment,
			    (unsigned long long)pos.offset, why.msg);
		if (r != 0)
			return r;
	}
}

/* 1: the record at this place is the one that the key was made of; 0: not. */
static int
entry_is_true(struct check *c, const uint8_t *key, const struct sc_place *at)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	struct sc_error why = SC_ERROR_INIT;
	struct sc_record rec;
	size_t i, n;
	int r;

	c->random.ahead = READ_AHEAD;
	r = sc_ledger_at(&c->random, at->segment, at->offset, &rec, &why);
	if (r == 0)
		r = sc_record_keys(&rec, keys, &n, &why);
	if (r == SC_ERR_CORRUPT || r == SC_ERR_NOT_FOUND)
		return 0;
	if (r != 0)
		return sc_fail(c->e, r, "ledger-%08x: offset %llu: %s",
		    (unsigned)at->segment, (unsigned long long)at->offset,
		    why.msg);
	if (rec.seq != at->seq || rec.seq > c->sv.ix.upto.seq)
		return 0;
	if (key[0] == 'N')
		return rec.type == SC_STORE_REVOKE;
	for (i = 0; i < n; i++)
		if (memcmp(keys[i].key, key, SC_RECORD_KEY) == 0 &&
		    keys[i].until == at->until)
			return 1;
	return 0;
}

static int
check_entry(void *arg, const uint8_t *key, size_t n, const struct sc_place *at)
{
	static const char kinds[] = {SC_KEY_TOKEN, SC_KEY_X509, SC_KEY_SSH,
	    SC_KEY_X509_REVOKED, SC_KEY_SSH_REVOKED, 'N'};
	static const struct sc_place nowhere;
	const char *file;
	struct check *c = arg;
	int r;

	if (n == 1 && key[0] == 'P')
		return 0;
	c->out->entries++;
	sc_survey_step(&c->sv, 1);
	file = sc_survey_index_file(&c->sv);
	if (n != SC_RECORD_KEY || memchr(kinds, key[0], sizeof kinds) == NULL)
		found(c, file, -1, "an entry that is none");
	else if (at == NULL)
		found(c, file, locate(c, key, &nowhere),
		    "tells no place for one %s", kind_text(key[0]));
	else if (in_hole(c, at->seq))
		return 0;
	else if ((r = entry_is_true(c, key, at)) < 0)
		return r;
	else if (r == 0)
		found(c, file, locate(c, key, at),
		    "tells a wrong place for one %s: record %llu, segment %u, "
		    "offset %llu",
		    kind_text(key[0]), (unsigned long long)at->seq,
		    (unsigned)at->segment, (unsigned long long)at->offset);
	return 0;
}

/* The list of revocations has no gap, and none twice. */
static void
check_list(struct check *c)
{
	const char *file = sc_survey_index_file(&c->sv);
	uint64_t n, last = 0;
	struct sc_place at;

	for (n = 1; n <= c->sv.ix.revoked; n++) {
		if (sc_index_revocation(&c->sv.ix, n, &at, NULL) != 1)
			found(c, file, -1, "revocation %llu of %llu is missing",
			    (unsigned long long)n,
			    (unsigned long long)c->sv.ix.revoked);
		else if (at.seq <= last)
			found(c, file, -1,
			    "revocation %llu of %llu is out of order",
			    (unsigned long long)n,
			    (unsigned long long)c->sv.ix.revoked);
		else
			last = at.seq;
	}
}

static int
check_index(struct check *c)
{
	struct sc_error why = SC_ERROR_INIT;
	int r;

	/* None at all is nothing wrong: an archive never has one. */
	if (c->sv.ix.db == NULL && c->sv.why.code == SC_ERR_NOT_FOUND)
		return 0;
	if (c->sv.ix.db == NULL) {
		found(c, "index", -1, "%s", c->sv.why.msg);
		return 0;
	}
	c->out->index_ok = 1;
	if (c->lost)
		return 0;
	/* Most records have a token and a certificate. */
	sc_survey_begin(&c->sv, "verifying the index", 2 * c->sv.records);
	r = sc_survey_each_entry(&c->sv, check_entry, c, &why);
	if (r == SC_ERR_CORRUPT)
		found(c, sc_survey_index_file(&c->sv), -1,
		    "cannot be read on: %s", why.msg);
	else if (r != 0)
		return r;
	check_list(c);
	return 0;
}

int
sc_store_verify(const char *dir, const struct sc_store_anchor *anchor,
    const struct sc_store_watch *w, struct sc_store_check *out,
    struct sc_error *e)
{
	struct check c;
	int r;

	memset(&c, 0, sizeof c);
	memset(out, 0, sizeof *out);
	c.e = e;
	c.out = out;
	c.anchor = anchor;
	if ((r = sc_survey_open(dir, w, 1, &c.sv, e)) == 0) {
		r = sc_ledger_open(c.sv.dirfd, 0, &c.random, e);
		if (r == 0 && (r = walk(&c, e)) == 0)
			r = check_index(&c);
	}
	/* What has been pruned can be neither met nor missed. */
	if (r == 0 && anchor != NULL && out->anchor != 1 &&
	    anchor->seq > c.sv.ledger.start.seq)
		found(&c, "ledger", -1,
		    out->anchor == 0 ? "record %llu is not there"
				     : "record %llu is not the one known",
		    (unsigned long long)anchor->seq);
	if (r == SC_ERR_CORRUPT) {
		/* Not even the begin of it can be read. */
		found(&c, "ledger", -1, "%s", e != NULL ? e->msg : "damaged");
		r = 0;
	}
	sc_ledger_close(&c.random);
	sc_survey_close(&c.sv);
	return r;
}
