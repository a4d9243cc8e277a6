#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/internal.h"
#include "store/tuning.h"

/*
 * Seconds by which clocks may have gone wrong: a token that is forgotten while
 * they are ahead could be used again when they are back.
 */
#define MARGIN (2 * 86400)
#define BATCH 32 /* records appended under one lock */
#define CHECKPOINT_WAIT 12 /* times the wait for the ledger's lock */

/* One segment as the survey finds it. */
struct extent {
	struct sc_ledger_pos start;
	uint64_t bytes; /* of records */
	uint64_t live; /* of those that are needed */
};

struct prune {
	struct sc_store *s;
	const struct sc_store_prune *how;
	int64_t now;
	struct sc_ledger old; /* for reading, beside the store's own */
	struct extent *v;
	size_t n, cap;
	uint64_t total; /* bytes to be surveyed */
	struct sc_store_pruned *result;
	struct {
		uint8_t *rec;
		size_t n;
	} batch[BATCH];
	size_t batch_n;
};

static void
progress(struct prune *p, const char *what, uint64_t done, uint64_t total)
{
	if (p->how->progress != NULL)
		p->how->progress(p->how->arg, what, done, total);
}

static int
is_over(int64_t end, int64_t keep, int64_t now)
{
	if (end == INT64_MAX || keep == INT64_MAX)
		return 0;
	return end < now && now - end > keep;
}

/* Never is a certificate remembered whose revocation is not. */
static int64_t
keep_revoked(const struct sc_store_prune *how)
{
	int64_t keep = SC_STORE_KEEP_REVOKED;

	if (keep < how->certificates)
		keep = how->certificates;
	return keep < how->revocations ? how->revocations : keep;
}

/* Is one of the things it tells still wanted? */
static int
is_wanted(const struct prune *p, const struct sc_record *rec,
    enum sc_record_key_kind k)
{
	switch (k) {
	case SC_KEY_TOKEN:
		return rec->token_expires == 0 ||
		    !is_over(rec->token_expires, MARGIN, p->now);
	case SC_KEY_X509:
	case SC_KEY_SSH:
		return !is_over(rec->not_after, p->how->certificates, p->now);
	default:
		return rec->not_after == 0 ||
		    !is_over(rec->not_after, keep_revoked(p->how), p->now);
	}
}

/* 1 when it tells what is wanted, and no later record tells it by now. */
static int
is_needed(struct prune *p, const struct sc_record *rec, struct sc_error *e)
{
	struct sc_record_key keys[SC_RECORD_KEYS_MAX];
	struct sc_place at;
	size_t i, n;
	int r;

	if ((r = sc_record_keys(rec, keys, &n, e)) != 0)
		return r;
	for (i = 0; i < n; i++) {
		if (!is_wanted(p, rec, keys[i].key[0]))
			continue;
		if ((r = sc_store_find(p->s, keys[i].key, &at, e)) < 0)
			return r;
		if (r == 0 || at.seq == rec->seq)
			return 1;
	}
	return 0;
}

static int
add_extent(
    struct prune *p, const struct sc_ledger_pos *start, struct sc_error *e)
{
	size_t cap = p->cap == 0 ? 64 : p->cap * 2;
	void *v;

	if (p->n == p->cap) {
		if ((v = sc_reallocarray(p->v, cap, sizeof *p->v)) == NULL)
			return sc_fail_nomem(e);
		p->v = v;
		p->cap = cap;
	}
	p->v[p->n++] = (struct extent){.start = *start};
	return 0;
}

/* The place before a record that was read at `at`. */
static struct sc_ledger_pos
place_of(const struct sc_record *rec, const struct sc_place *at)
{
	struct sc_ledger_pos pos = {
	    .segment = at->segment, .offset = at->offset, .seq = rec->seq - 1};

	memcpy(pos.hash, rec->prev, sizeof pos.hash);
	return pos;
}

static int
survey(struct prune *p, struct sc_error *e)
{
	struct sc_ledger_pos pos = p->old.start, start;
	struct sc_place at = {0};
	struct sc_record rec;
	uint64_t done = 0, n;
	int r;

	if ((r = add_extent(p, &pos, e)) != 0)
		return r;
	while (pos.seq < p->s->pos.seq) {
		r = sc_ledger_next(&p->old, &pos, &rec, &at, e);
		if (r == 0)
			return sc_ledger_damage(&pos, e);
		if (r < 0)
			return r;
		start = place_of(&rec, &at);
		if (start.segment != p->v[p->n - 1].start.segment &&
		    (r = add_extent(p, &start, e)) != 0)
			return r;
		n = pos.offset - at.offset;
		p->v[p->n - 1].bytes += n;
		if ((r = is_needed(p, &rec, e)) < 0)
			return r;
		p->v[p->n - 1].live += r ? n : 0;
		done += n;
		progress(p, "survey", done, p->total);
	}
	return 0;
}

/*
 * How many of the oldest segments to remove: as many as may go together for
 * the price of writing at most half of what they hold anew.
 */
static size_t
choose(const struct prune *p)
{
	uint64_t bytes = 0, live = 0;
	size_t i, best = 0;

	for (i = 0; i < p->n; i++) {
		bytes += p->v[i].bytes;
		live += p->v[i].live;
		/* To end the newest one for little would make many small. */
		if (i + 1 == p->n && p->v[i].bytes < sc_store_tuning.chunk)
			break;
		if (bytes > 0 && live <= bytes / 2)
			best = i + 1;
	}
	return best;
}

/* The newest segment is to be removed, too: begin another one. */
static int
end_newest(struct prune *p, uint32_t newest, struct sc_error *e)
{
	struct sc_store *s = p->s;
	int r = sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, e);

	if (r != 0)
		return r;
	if ((r = sc_store_ready(s, e)) == 0 && s->pos.segment == newest)
		r = sc_store_rotate(s, p->now, e);
	sc_disk_unlock(s->lock_fd);
	return r;
}

static void
drop_batch(struct prune *p)
{
	size_t i;

	for (i = 0; i < p->batch_n; i++)
		free(p->batch[i].rec);
	p->batch_n = 0;
}

static int
write_batch(struct prune *p, struct sc_error *e)
{
	struct sc_store *s = p->s;
	size_t i;
	int r;

	if (p->batch_n == 0)
		return 0;
	if ((r = sc_disk_lock(s->lock_fd, sc_store_tuning.lock_wait, e)) != 0)
		return r;
	r = 0;
	for (i = 0; r == 0 && i < p->batch_n; i++) {
		/* Each time: the place behind the last one may not be known. */
		if ((r = sc_store_ready(s, e)) == 0)
			r = sc_store_append(
			    s, p->batch[i].rec, p->batch[i].n, p->now, e);
		if (r == 0)
			p->result->carried++;
	}
	sc_disk_unlock(s->lock_fd);
	drop_batch(p);
	/* Each by itself: no commit has to wait for the disk's work on all. */
	return r != 0 ? r : sc_store_make_durable(s, e);
}

/* Append anew what is still needed of the segments up to last. */
static int
carry(struct prune *p, uint32_t last, struct sc_error *e)
{
	struct sc_ledger_pos pos = p->v[0].start;
	struct sc_place at = {0};
	struct sc_record rec;
	uint64_t done = 0;
	int r;

	for (;;) {
		r = sc_ledger_next(&p->old, &pos, &rec, &at, e);
		if (r <= 0 || at.segment > last)
			break;
		p->result->records++;
		done += pos.offset - at.offset;
		progress(p, "carry", done, p->total);
		if ((r = is_needed(p, &rec, e)) == 0)
			continue;
		if (r == 1)
			r = sc_record_carry(&rec, p->now,
			    &p->batch[p->batch_n].rec, &p->batch[p->batch_n].n,
			    e);
		if (r != 0)
			return r;
		if (++p->batch_n == BATCH && (r = write_batch(p, e)) != 0)
			return r;
	}
	return r < 0 ? r : write_batch(p, e);
}

/*
 * Oldest first, each durably: what is left has no gaps at any time, and who
 * finds a segment there knows that all after it are.
 */
static int
remove_segments(struct prune *p, uint32_t first, uint32_t last, int dirfd,
    struct sc_error *e)
{
	uint32_t n;
	int r;

	for (n = first; n <= last; n++) {
		if ((r = sc_segment_remove(p->s->dirfd, n, dirfd, e)) != 0)
			return r;
		p->result->segments++;
	}
	return 0;
}

/* Nothing is begun when the archive has segments of another history. */
static int
open_archive(const struct prune *p, uint32_t first, uint32_t last, int *fd,
    struct sc_error *e)
{
	const char *dir = p->how->archive;
	uint32_t n;
	int r;

	*fd = -1;
	if (dir == NULL)
		return 0;
	if ((r = sc_mkdirs(dir, 0700, e)) != 0)
		return r;
	if ((*fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
		return sc_fail(e, SC_ERR_IO, "store: archive %s: %s", dir,
		    strerror(errno));
	for (n = first; r == 0 && n <= last; n++)
		r = sc_segment_may_archive(p->s->dirfd, n, *fd, e);
	return r;
}

static int
shrink(struct prune *p, size_t n, struct sc_error *e)
{
	uint32_t first = p->v[0].start.segment, last = first + (uint32_t)n - 1;
	struct sc_segment next;
	struct sc_ledger_pos start;
	int dirfd, r;

	if ((r = open_archive(p, first, last, &dirfd, e)) != 0)
		goto out;
	if (n == p->n && (r = end_newest(p, last, e)) != 0)
		goto out;
	if ((r = carry(p, last, e)) != 0 ||
	    (r = sc_segment_open(p->s->dirfd, last + 1, 0, &next, e)) != 0)
		goto out;
	start = next.start;
	sc_segment_close(&next);
	progress(p, "index", 0, 1);
	r = sc_index_renew(&p->s->ix, &p->old, &start, &p->s->pos, e);
	if (r == 0)
		r = remove_segments(p, first, last, dirfd, e);
	progress(p, "index", 1, 1);
out:
	drop_batch(p);
	if (dirfd >= 0)
		(void)close(dirfd);
	return r;
}

/* Bytes of all segments there are. */
static int
ledger_bytes(struct sc_store *s, uint64_t *bytes, struct sc_error *e)
{
	char name[SC_SEGMENT_NAME];
	uint32_t first, last, n;
	struct stat st;
	int r;

	*bytes = 0;
	if ((r = sc_segment_range(s->dirfd, &first, &last, e)) != 0)
		return r;
	for (n = first; n <= last; n++) {
		sc_segment_name(n, name);
		if (fstatat(s->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			*bytes += (uint64_t)st.st_size;
	}
	return 0;
}

/* With checkpoint.lock held: nobody else makes an index or removes segments. */
static int
prune(struct prune *p, struct sc_error *e)
{
	size_t n;
	int r;

	if ((r = sc_store_refresh(p->s, e)) != 0 ||
	    (r = ledger_bytes(p->s, &p->result->bytes_before, e)) != 0 ||
	    (r = sc_ledger_open(p->s->dirfd, 0, &p->old, e)) != 0)
		return r;
	p->total = p->result->bytes_before;
	r = survey(p, e);
	if (r == 0 && (n = choose(p)) > 0)
		r = shrink(p, n, e);
	sc_ledger_close(&p->old);
	if (r == 0 && (r = sc_store_refresh(p->s, e)) == 0)
		r = ledger_bytes(p->s, &p->result->bytes_after, e);
	return r;
}

int
sc_store_prune(struct sc_store *s, const struct sc_store_prune *how,
    int64_t now, struct sc_store_pruned *result, struct sc_error *e)
{
	struct prune p = {.s = s, .how = how, .now = now, .result = result};
	int r;

	memset(result, 0, sizeof *result);
	if (!s->writable)
		return sc_fail(
		    e, SC_ERR_FORBIDDEN, "store: opened for reading");
	r = sc_disk_lock(
	    s->ix.lock_fd, CHECKPOINT_WAIT * sc_store_tuning.lock_wait, e);
	if (r != 0)
		return r;
	s->ix.held = 1;
	r = prune(&p, e);
	s->ix.held = 0;
	sc_disk_unlock(s->ix.lock_fd);
	free(p.v);
	return r;
}
