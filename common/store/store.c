#include "config.h"

#include <errno.h>
#include <fcntl.h>
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

struct sc_store_tuning sc_store_tuning = {
    .lock_wait = 5 * SC_SECOND,
    .interval = 8192,
    .chunk = 1024 * 1024,
    .segment = 64 * 1024 * 1024,
};

void
sc_store_note(struct sc_store *s, const char *what, const char *detail)
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
	static const struct sc_ledger_pos before;
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
	if ((r = sc_segment_create(s->dirfd, &before, sc_clock_now(), e)) == 0)
		r = sc_ledger_open(s->dirfd, 1, &s->ledger, e);
	if (r == 0) {
		(void)sc_store_rebuild(s, NULL);
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
	struct sc_ledger_pos end;
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
	if (s->ledger.start.segment == 0 && (r = create(s, e)) != 0)
		return r;
	s->pos = s->ledger.start;
	r = sc_store_load_index(s, e);
	if (r == 0 || r == SC_ERR_NOT_FOUND)
		r = sc_store_refresh(s, e);
	if (r != 0)
		return r;
	/* To take damage for the end would be to forget what comes after. */
	end = s->pos;
	r = sc_ledger_find_end(&s->ledger, &end, e);
	return r != SC_ERR_NOT_FOUND
	    ? r
	    : sc_fail(e, SC_ERR_BUSY, "store: pruned meanwhile");
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
	s->dirfd = s->lock_fd = s->ix.lock_fd = -1;
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
