#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/err.h"
#include "store/disk.h"

#define NAME_MAX_TMP 64

int
sc_disk_pread(
    int fd, void *p, size_t n, uint64_t off, size_t *got, struct sc_error *e)
{
	uint8_t *to = p;
	ssize_t r;

	*got = 0;
	while (*got < n) {
		r = pread(fd, to + *got, n - *got, (off_t)(off + *got));
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return sc_fail(
			    e, SC_ERR_IO, "store: read: %s", strerror(errno));
		if (r == 0)
			break;
		*got += (size_t)r;
	}
	return 0;
}

int
sc_disk_pwrite(
    int fd, const void *p, size_t n, uint64_t off, struct sc_error *e)
{
	const uint8_t *from = p;
	ssize_t r;

	while (n > 0) {
		r = pwrite(fd, from, n, (off_t)off);
		if (r < 0 && errno == EINTR)
			continue;
		if (r <= 0)
			return sc_fail(e, SC_ERR_IO, "store: write: %s",
			    strerror(r < 0 ? errno : ENOSPC));
		from += r;
		off += (uint64_t)r;
		n -= (size_t)r;
	}
	return 0;
}

int
sc_disk_zero(int fd, uint64_t off, uint64_t n, struct sc_error *e)
{
	static const uint8_t zeros[65536];
	size_t part;
	int r;

	for (; n > 0; off += part, n -= part) {
		part = n < sizeof zeros ? (size_t)n : sizeof zeros;
		r = sc_disk_pwrite(fd, zeros, part, off, e);
		if (r != 0)
			return r;
	}
	return 0;
}

int
sc_disk_sync(int fd, struct sc_error *e)
{
	if (fsync(fd) != 0)
		return sc_fail(
		    e, SC_ERR_IO, "store: fsync: %s", strerror(errno));
	return 0;
}

int
sc_disk_rename(int dirfd, const char *from, const char *to, struct sc_error *e)
{
	if (renameat(dirfd, from, dirfd, to) != 0)
		return sc_fail(e, SC_ERR_IO, "store: rename %s to %s: %s", from,
		    to, strerror(errno));
	return sc_disk_sync(dirfd, e);
}

int
sc_disk_create(int dirfd, const char *name, int flags)
{
	struct stat folder, file;
	int fd;

	fd =
	    openat(dirfd, name, flags | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || geteuid() != 0)
		return fd;
	if (fstat(dirfd, &folder) != 0 || fstat(fd, &file) != 0 ||
	    ((file.st_uid != folder.st_uid || file.st_gid != folder.st_gid) &&
		fchown(fd, folder.st_uid, folder.st_gid) != 0)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

int
sc_disk_put(
    int dirfd, const char *name, const void *p, size_t n, struct sc_error *e)
{
	char tmp[NAME_MAX_TMP];
	int fd, r;

	snprintf(tmp, sizeof tmp, "%s.tmp", name);
	fd = sc_disk_create(dirfd, tmp, O_WRONLY | O_TRUNC);
	if (fd < 0)
		return sc_fail(
		    e, SC_ERR_IO, "store: create %s: %s", tmp, strerror(errno));
	if ((r = sc_disk_pwrite(fd, p, n, 0, e)) == 0)
		r = sc_disk_sync(fd, e);
	if (close(fd) != 0 && r == 0)
		r = sc_fail(
		    e, SC_ERR_IO, "store: close %s: %s", tmp, strerror(errno));
	if (r == 0)
		r = sc_disk_rename(dirfd, tmp, name, e);
	if (r != 0)
		(void)unlinkat(dirfd, tmp, 0);
	return r;
}

int
sc_disk_copy(int from_dir, const char *from, int to_dir, const char *to,
    struct sc_error *e)
{
	uint8_t buf[16384];
	uint64_t off = 0;
	size_t got = 1;
	int in, out = -1, r = 0;

	in = openat(from_dir, from, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (in >= 0)
		out = sc_disk_create(to_dir, to, O_WRONLY | O_TRUNC);
	if (out < 0)
		r = sc_fail(e, errno == ENOENT ? SC_ERR_CORRUPT : SC_ERR_IO,
		    "store: copy %s: %s", from, strerror(errno));
	while (r == 0 && got != 0) {
		r = sc_disk_pread(in, buf, sizeof buf, off, &got, e);
		if (r == 0 && got != 0)
			r = sc_disk_pwrite(out, buf, got, off, e);
		off += got;
	}
	if (r == 0)
		r = sc_disk_sync(out, e);
	if (in >= 0)
		(void)close(in);
	if (out >= 0 && close(out) != 0 && r == 0)
		r = sc_fail(
		    e, SC_ERR_IO, "store: close %s: %s", to, strerror(errno));
	return r;
}

#define SETTLED_AFTER SC_SECOND

int
sc_disk_names_same(int dirfd, struct sc_disk_names *n)
{
	int64_t now = sc_clock_monotonic(), mtime;
	struct stat st;

	if (fstat(dirfd, &st) != 0)
		return 0;
	mtime = (int64_t)st.st_mtim.tv_sec * SC_SECOND + st.st_mtim.tv_nsec;
	if (n->since == 0 || mtime != n->mtime)
		*n = (struct sc_disk_names){.mtime = mtime, .since = now};
	if (n->settled)
		return 1;
	n->settled = now - n->since >= SETTLED_AFTER;
	return 0;
}

int
sc_disk_lock_open(int dirfd, const char *name, int *fd, struct sc_error *e)
{
	*fd = sc_disk_create(dirfd, name, O_RDWR);
	if (*fd < 0)
		return sc_fail(
		    e, SC_ERR_IO, "store: open %s: %s", name, strerror(errno));
	return 0;
}

int
sc_disk_try_lock(int fd, int exclusive, struct sc_error *e)
{
	struct flock fl;

	memset(&fl, 0, sizeof fl);
	fl.l_type = exclusive ? F_WRLCK : F_RDLCK;
	fl.l_whence = SEEK_SET;
	if (fcntl(fd, F_OFD_SETLK, &fl) == 0)
		return 1;
	if (errno == EAGAIN || errno == EACCES || errno == EINTR)
		return 0;
	return sc_fail(e, SC_ERR_IO, "store: lock: %s", strerror(errno));
}

/*
 * The kernel has no lock with a time limit, and a signal to end a wait is not
 * for a library to take: try again at distances that grow.  A commit holds the
 * lock for tens of microseconds, so they stay as short for a while; who has
 * waited for longer waits for a process that was stopped.
 */
#define WAIT_FIRST 10000 /* nanoseconds */
#define WAIT_SHORT 80000
#define WAIT_LONG 1000000
#define WAIT_SHORT_FOR (20 * (SC_SECOND / 1000))

int
sc_disk_lock(int fd, int64_t wait, struct sc_error *e)
{
	struct timespec ts = {0, WAIT_FIRST};
	int64_t began = sc_clock_monotonic(), waited;
	int r;

	while ((r = sc_disk_try_lock(fd, 1, e)) == 0) {
		if ((waited = sc_clock_monotonic() - began) >= wait)
			return sc_fail(e, SC_ERR_BUSY,
			    "store: no lock within %lld ms",
			    (long long)(wait / (SC_SECOND / 1000)));
		(void)nanosleep(&ts, NULL);
		if (ts.tv_nsec <
		    (waited < WAIT_SHORT_FOR ? WAIT_SHORT : WAIT_LONG))
			ts.tv_nsec *= 2;
	}
	return r < 0 ? r : 0;
}

void
sc_disk_unlock(int fd)
{
	struct flock fl;

	memset(&fl, 0, sizeof fl);
	fl.l_type = F_UNLCK;
	fl.l_whence = SEEK_SET;
	(void)fcntl(fd, F_OFD_SETLK, &fl);
}
