#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "store/disk.h"
#include "store/store.h"
#include "store/survey_internal.h"
#include "store/tuning.h"

#define INDEX_STEP "making the index"
#define CHUNK ((size_t)256 * 1024)

/* A copy under way. */
struct copy {
	struct sc_survey sv;
	struct sc_ledger_pos end; /* what is copied ends here, */
	struct sc_store_anchor last; /* with this record */
	char *part; /* the folder while it is unfinished */
	int dirfd; /* of part */
	uint8_t *buf;
	struct sc_error *e;
};

/* The first n bytes of a file, all of it when n is UINT64_MAX. */
static int
copy_bytes(struct copy *c, int in, int out, uint64_t n)
{
	uint64_t off = 0;
	size_t got = 1, want;
	int r = 0;

	while (r == 0 && got != 0 && off < n) {
		want = n - off < CHUNK ? (size_t)(n - off) : CHUNK;
		r = sc_disk_pread(in, c->buf, want, off, &got, c->e);
		if (r == 0 && got != 0)
			r = sc_disk_pwrite(out, c->buf, got, off, c->e);
		off += got;
		sc_survey_step(&c->sv, got);
	}
	return r != 0 ? r : sc_disk_sync(out, c->e);
}

/* A segment that ends before the store does will not change any more. */
static int
copy_segment(struct copy *c, uint32_t segment)
{
	char name[SC_SEGMENT_NAME];
	int in, out = -1, r;

	sc_segment_name(segment, name);
	in = openat(c->sv.dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in >= 0)
		out = sc_disk_create(c->dirfd, name, O_WRONLY | O_EXCL);
	if (out < 0)
		r = sc_fail(c->e, SC_ERR_IO, "store: copy %s: %s", name,
		    strerror(errno));
	else
		r = copy_bytes(c, in, out,
		    segment == c->end.segment ? c->end.offset : UINT64_MAX);
	if (in >= 0)
		(void)close(in);
	if (out >= 0 && close(out) != 0 && r == 0)
		r = sc_fail(c->e, SC_ERR_IO, "store: close %s: %s", name,
		    strerror(errno));
	return r;
}

static int
add_bytes(void *arg, const char *name, const struct stat *st)
{
	if (sc_segment_number(name) != 0)
		*(uint64_t *)arg += (uint64_t)st->st_size;
	return 0;
}

static uint64_t
bytes_of_ledger(struct copy *c)
{
	uint64_t bytes = 0;

	(void)sc_survey_each_file(c->sv.dirfd, add_bytes, &bytes, NULL);
	return bytes;
}

/* None of them goes meanwhile: the survey holds them. */
static int
copy_segments(struct copy *c)
{
	uint32_t n;
	int r = 0;

	sc_survey_begin(&c->sv, "copying", bytes_of_ledger(c));
	for (n = c->sv.ledger.start.segment; r == 0 && n <= c->end.segment; n++)
		r = copy_segment(c, n);
	return r;
}

static int
remove_file(void *arg, const char *name, const struct stat *st)
{
	(void)st;
	(void)unlinkat(*(int *)arg, name, 0);
	return 0;
}

static void
discard(struct copy *c)
{
	if (c->dirfd < 0)
		return;
	(void)sc_survey_each_file(c->dirfd, remove_file, &c->dirfd, NULL);
	(void)rmdir(c->part);
}

static int
make_folder(struct copy *c, const char *dest)
{
	struct stat st;

	if (lstat(dest, &st) == 0)
		return sc_fail(
		    c->e, SC_ERR_CONFLICT, "%s is there already", dest);
	if ((c->part = sc_asprintf("%s.part", dest)) == NULL ||
	    (c->buf = malloc(CHUNK)) == NULL)
		return sc_fail_nomem(c->e);
	if (mkdir(c->part, 0700) != 0)
		return sc_fail(c->e,
		    errno == EEXIST ? SC_ERR_CONFLICT : SC_ERR_IO,
		    "cannot make %s: %s", c->part, strerror(errno));
	c->dirfd = open(c->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (c->dirfd < 0)
		return sc_fail(c->e, SC_ERR_IO, "store: open %s: %s", c->part,
		    strerror(errno));
	return 0;
}

/* It gets an index; then it is read like any other store. */
static int
check_copy(
    struct copy *c, const struct sc_store_watch *w, struct sc_store_check *out)
{
	struct sc_store_status st;
	int r;

	sc_survey_begin(&c->sv, INDEX_STEP, 0);
	if ((r = sc_store_reindex(c->part, NULL, &st, c->e)) != 0)
		return r;
	r = sc_store_verify(
	    c->part, c->last.seq > 0 ? &c->last : NULL, w, out, c->e);
	if (r == 0 && out->damages > 0)
		r = sc_fail(c->e, SC_ERR_CORRUPT,
		    "the copy is damaged, as may be the store: verify it");
	return r;
}

static int
finish(struct copy *c, const char *dest)
{
	int r = sc_disk_sync(c->dirfd, c->e), up;

	if (r == 0 && rename(c->part, dest) != 0)
		r = sc_fail(c->e,
		    errno == EEXIST || errno == ENOTEMPTY ? SC_ERR_CONFLICT
							  : SC_ERR_IO,
		    "cannot rename %s to %s: %s", c->part, dest,
		    strerror(errno));
	if (r != 0)
		return r;
	up = openat(c->dirfd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (up < 0)
		return 0;
	r = sc_disk_sync(up, c->e);
	(void)close(up);
	return r;
}

static int
copy_store(struct copy *c, const char *dir, const char *dest,
    const struct sc_store_watch *w)
{
	int64_t time = 0;
	int r;

	if ((r = sc_survey_open(dir, w, 1, &c->sv, c->e)) == 0 &&
	    (r = sc_survey_end(&c->sv, &c->end, &time, c->e)) == 0 &&
	    (r = sc_survey_last(&c->sv, &c->end, &c->last, c->e)) == 0 &&
	    (r = make_folder(c, dest)) == 0)
		r = copy_segments(c);
	sc_survey_close(&c->sv);
	return r;
}

int
sc_store_backup(const char *dir, const char *dest,
    const struct sc_store_watch *w, struct sc_store_check *out,
    struct sc_error *e)
{
	struct copy c = {.dirfd = -1, .e = e};
	int r;

	memset(out, 0, sizeof *out);
	if ((r = copy_store(&c, dir, dest, w)) == 0 &&
	    (r = check_copy(&c, w, out)) == 0)
		r = finish(&c, dest);
	if (r != 0)
		discard(&c);
	if (c.dirfd >= 0)
		(void)close(c.dirfd);
	free(c.part);
	free(c.buf);
	return r;
}

/*
 * The ledger is read once to find its end, whatever an index says, and again
 * to make the new one.
 */
static int
rebuild(struct sc_survey *sv, struct sc_index *ix, struct sc_error *e)
{
	struct sc_ledger_pos end;
	int64_t time = 0;
	int r;

	sc_index_close(&sv->ix);
	if ((r = sc_survey_end(sv, &end, &time, e)) != 0)
		return r;
	sc_survey_begin(sv, INDEX_STEP, 0);
	return sc_index_rebuild(
	    ix, &sv->ledger, &end, sc_store_tuning.lock_wait, e);
}

int
sc_store_reindex(const char *dir, const struct sc_store_watch *w,
    struct sc_store_status *out, struct sc_error *e)
{
	struct sc_survey sv;
	struct sc_index ix;
	int lock_fd = -1, r;

	memset(out, 0, sizeof *out);
	if ((r = sc_survey_open(dir, w, 0, &sv, e)) == 0 &&
	    (r = sc_disk_lock_open(sv.dirfd, "checkpoint.lock", &lock_fd, e)) ==
		0) {
		sc_index_init(&ix, sv.dirfd, lock_fd);
		r = rebuild(&sv, &ix, e);
		sc_index_close(&ix);
	}
	if (lock_fd >= 0)
		(void)close(lock_fd);
	sc_survey_close(&sv);
	return r != 0 ? r : sc_store_status(dir, NULL, out, e);
}
