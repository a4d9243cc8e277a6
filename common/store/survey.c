#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "store/disk.h"
#include "store/survey_internal.h"
#include "store/tail.h"

#define HOLD_WAIT (60 * SC_SECOND)
#define BACK (SC_STORE_MAX_RECORD + 4096) /* more than any record */

int
sc_survey_each_file(int dirfd,
    int (*fn)(void *arg, const char *name, const struct stat *st), void *arg,
    struct sc_error *e)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct stat st;

	if (d == NULL) {
		r = sc_fail(e, SC_ERR_IO, "store: list: %s", strerror(errno));
		if (fd >= 0)
			(void)close(fd);
		return r;
	}
	while (r == 0 && (entry = readdir(d)) != NULL)
		if (fstatat(dirfd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) ==
			0 &&
		    !S_ISDIR(st.st_mode))
			r = fn(arg, entry->d_name, &st);
	(void)closedir(d);
	return r;
}

/* Shared, so that any number may look; there is none in a bare copy. */
static int
hold_segments(struct sc_survey *sv, struct sc_error *e)
{
	int64_t until = sc_clock_monotonic() + HOLD_WAIT;
	struct timespec pause = {0, 10000000};
	int r;

	sv->held = openat(
	    sv->dirfd, "checkpoint.lock", O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (sv->held < 0)
		return errno == ENOENT
		    ? 0
		    : sc_fail(e, SC_ERR_IO, "store: open checkpoint.lock: %s",
			  strerror(errno));
	while ((r = sc_disk_try_lock(sv->held, 0, e)) == 0) {
		if (sc_clock_monotonic() >= until)
			return sc_fail(e, SC_ERR_BUSY,
			    "store: a checkpoint or prune is under way; try "
			    "again later");
		(void)nanosleep(&pause, NULL);
	}
	return r < 0 ? r : 0;
}

int
sc_survey_open(const char *dir, const struct sc_store_watch *w, int hold,
    struct sc_survey *sv, struct sc_error *e)
{
	int r;

	memset(sv, 0, sizeof *sv);
	sv->held = -1;
	sv->watch = w;
	sv->dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (sv->dirfd < 0 && errno == ENOENT)
		return sc_fail(
		    e, SC_ERR_NOT_FOUND, "there is no store in %s", dir);
	if (sv->dirfd < 0)
		return sc_fail(
		    e, SC_ERR_IO, "store: open %s: %s", dir, strerror(errno));
	if (hold && (r = hold_segments(sv, e)) != 0)
		return r;
	if ((r = sc_ledger_open(sv->dirfd, 0, &sv->ledger, e)) != 0) {
		if (r == SC_ERR_NOT_FOUND)
			(void)sc_fail(e, r, "there is no store in %s", dir);
		return r;
	}
	sc_index_init(&sv->ix, sv->dirfd, -1);
	r = sc_index_open(&sv->ix, &sv->why);
	if (r == 0)
		sv->records = sv->ix.upto.seq - sv->ledger.start.seq;
	else if (r != SC_ERR_NOT_FOUND && r != SC_ERR_CORRUPT)
		return sc_fail(e, r, "%s", sv->why.msg);
	return 0;
}

void
sc_survey_close(struct sc_survey *sv)
{
	sc_index_close(&sv->ix);
	sc_ledger_close(&sv->ledger);
	if (sv->held >= 0)
		(void)close(sv->held);
	sv->held = -1;
	if (sv->dirfd >= 0)
		(void)close(sv->dirfd);
	sv->dirfd = -1;
}

void
sc_survey_begin(struct sc_survey *sv, const char *step, uint64_t total)
{
	sv->step = step;
	sv->total = total;
	sv->done = 0;
	if (total == 0)
		sc_survey_step(sv, 0);
}

void
sc_survey_step(struct sc_survey *sv, uint64_t n)
{
	sv->done += n;
	if (sv->watch != NULL && sv->watch->progress != NULL)
		sv->watch->progress(sv->watch->arg, sv->step, sv->done,
		    sv->done <= sv->total ? sv->total : 0);
}

int
sc_survey_end(struct sc_survey *sv, struct sc_ledger_pos *end,
    int64_t *last_time, struct sc_error *e)
{
	struct sc_record rec;
	int r = 0;

	*end = sv->ledger.start;
	if (sv->ix.db != NULL)
		r = sc_ledger_has(&sv->ledger, &sv->ix.upto, e);
	if (r < 0)
		return r;
	if (r == 1)
		*end = sv->ix.upto;
	sv->step = "reading";
	sv->total = sv->done = 0;
	do {
		while ((r = sc_ledger_next(&sv->ledger, end, &rec, NULL, e)) ==
		    1) {
			*last_time = rec.time;
			sc_survey_step(sv, 1);
		}
		if (r == 0)
			r = sc_survey_behind(sv, end, e);
	} while (r == 1);
	return r;
}

/* In front of a segment's first record stands the hash of its header. */
int
sc_survey_last(struct sc_survey *sv, const struct sc_ledger_pos *end,
    struct sc_store_anchor *out, struct sc_error *e)
{
	struct sc_segment s;
	int r;

	memset(out, 0, sizeof *out);
	if (end->offset == SC_SEGMENT_HEADER) {
		if (end->segment == sv->ledger.start.segment)
			return 0;
		r = sc_segment_open(sv->dirfd, end->segment, 0, &s, e);
		if (r != 0)
			return r;
		memcpy(out->hash, s.before, sizeof out->hash);
		sc_segment_close(&s);
	} else {
		memcpy(out->hash, end->hash, sizeof out->hash);
	}
	out->seq = end->seq;
	return 0;
}

static int
look_at_file(void *arg, const char *name, const struct stat *st)
{
	struct sc_store_status *s = arg;

	if (sc_segment_number(name) != 0) {
		s->segments++;
		s->ledger_bytes += (uint64_t)st->st_size;
	} else if (sc_streq(name, "index")) {
		s->index_bytes += (uint64_t)st->st_size;
		s->checkpoint = st->st_mtim.tv_sec;
	} else if (sc_has_prefix(name, "index-")) {
		s->index_bytes += (uint64_t)st->st_size;
	} else if (sc_has_suffix(name, ".tmp")) {
		s->left_over++;
	}
	if (st->st_uid != s->uid && s->foreign[0] == '\0')
		(void)snprintf(s->foreign, sizeof s->foreign, "%s", name);
	return 0;
}

static int
look_at_folder(
    struct sc_survey *sv, struct sc_store_status *out, struct sc_error *e)
{
	struct statvfs fs;
	struct stat st;

	if (fstat(sv->dirfd, &st) != 0 || fstatvfs(sv->dirfd, &fs) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "store: stat: %s", strerror(errno));
	out->uid = st.st_uid;
	out->free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
	return sc_survey_each_file(sv->dirfd, look_at_file, out, e);
}

static void
look_at_index(struct sc_survey *sv, struct sc_store_status *out)
{
	(void)snprintf(out->index_file, sizeof out->index_file, "%s",
	    sc_survey_index_file(sv));
	out->index_ok = sv->ix.db != NULL;
	if (!out->index_ok) {
		(void)snprintf(out->index_why, sizeof out->index_why, "%.*s",
		    SC_STORE_WHY - 1, sv->why.msg);
		return;
	}
	out->covered = sv->ix.upto.seq;
	out->revoked = sv->ix.revoked;
	if (sc_ledger_has(&sv->ledger, &sv->ix.upto, NULL) != 1) {
		out->index_ok = 0;
		(void)snprintf(out->index_why, sizeof out->index_why,
		    "it covers records that the ledger does not have");
	}
}

/*
 * The time of the record that ends at end, looked for backwards: the index
 * tells its end, not where it begins.
 */
static void
time_of_last(int dirfd, const struct sc_ledger_pos *end, int64_t *time)
{
	size_t got = 0, n = BACK, at, len;
	char name[SC_SEGMENT_NAME];
	struct sc_record rec;
	uint8_t *p;
	int fd;

	if (n > end->offset)
		n = (size_t)end->offset;
	n &= ~(size_t)(SC_RECORD_ALIGN - 1);
	sc_segment_name(end->segment, name);
	fd = openat(dirfd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && (p = malloc(n + 1)) != NULL) {
		(void)sc_disk_pread(fd, p, n, end->offset - n, &got, NULL);
		for (at = got == n ? n : 0; at >= SC_RECORD_ALIGN;) {
			at -= SC_RECORD_ALIGN;
			len = sc_record_length(p + at, n - at);
			if (len != n - at ||
			    sc_record_intact(p + at, len, NULL) != 1)
				continue;
			if (sc_record_parse(p + at, len, &rec, NULL) == 0)
				*time = rec.time;
			break;
		}
		free(p);
	}
	if (fd >= 0)
		(void)close(fd);
}

static int
survey(struct sc_survey *sv, struct sc_store_status *out, struct sc_error *e)
{
	struct sc_error why = SC_ERROR_INIT;
	struct sc_ledger_pos end;
	struct sc_record rec;
	int r;

	if ((r = look_at_folder(sv, out, e)) != 0)
		return r;
	look_at_index(sv, out);
	end = sv->ledger.start;
	if (sc_ledger_next(&sv->ledger, &end, &rec, NULL, NULL) == 1)
		out->first_seq = rec.seq;
	r = sc_survey_end(sv, &end, &out->last_time, &why);
	if (r == SC_ERR_CORRUPT)
		(void)snprintf(out->damage, sizeof out->damage, "%.*s",
		    SC_STORE_WHY - 1, why.msg);
	else if (r != 0)
		return sc_fail(e, r, "%s", why.msg);
	if ((r = sc_survey_last(sv, &end, &out->last, e)) != 0)
		return r;
	if (out->last_time == 0 && out->last.seq != 0)
		time_of_last(sv->dirfd, &end, &out->last_time);
	return 0;
}

int
sc_store_status(const char *dir, const struct sc_store_watch *w,
    struct sc_store_status *out, struct sc_error *e)
{
	struct sc_survey sv;
	int r;

	memset(out, 0, sizeof *out);
	if ((r = sc_survey_open(dir, w, 0, &sv, e)) == 0)
		r = survey(&sv, out, e);
	sc_survey_close(&sv);
	return r;
}
