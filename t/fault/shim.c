/* The headers' checked versions would define the same functions again. */
#undef _FORTIFY_SOURCE
#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shim.h"

#define FDS 1024
#define NAME 40

#pragma GCC visibility push(default)

struct shim shim;

/* What the descriptors are that are open in the folder; "": none of it. */
static char names[FDS][NAME];

/* Not a cast, which ISO C has none of from data to functions. */
#define REAL(type, name, ...)                                                  \
	static type (*real)(__VA_ARGS__);                                      \
	if (real == NULL) {                                                    \
		void *sym_ = dlsym(RTLD_NEXT, name);                           \
		memcpy(&real, &sym_, sizeof real);                             \
	}

static const char *
name_of(int fd)
{
	return fd >= 0 && fd < FDS && names[fd][0] != '\0' ? names[fd] : NULL;
}

/* The name in the folder that a path means, or NULL. */
static const char *
name_at(int dirfd, const char *path)
{
	const char *folder;
	size_t n;

	if (shim.dir == NULL)
		return NULL;
	if (path[0] != '/') {
		folder = name_of(dirfd);
		if (folder == NULL || strcmp(folder, ".") != 0 ||
		    strcmp(path, "..") == 0)
			return NULL;
		return path;
	}
	n = strlen(shim.dir);
	if (strncmp(path, shim.dir, n) != 0)
		return NULL;
	if (path[n] == '\0')
		return ".";
	return path[n] == '/' ? path + n + 1 : NULL;
}

static int
refused(const struct shim_event *ev)
{
	int err = 0;

	if (ev->name != NULL && shim.dir != NULL && shim.before != NULL)
		err = shim.before(ev);
	if (err != 0)
		errno = err;
	return err != 0;
}

static void
tell(const struct shim_event *ev)
{
	int saved = errno;

	if (ev->name != NULL && shim.dir != NULL && shim.done != NULL)
		shim.done(ev);
	errno = saved;
}

static void
opened(int fd, struct shim_event *ev)
{
	if (fd < 0 || fd >= FDS)
		return;
	names[fd][0] = '\0';
	if (ev->name == NULL)
		return;
	snprintf(names[fd], NAME, "%s", ev->name);
	ev->fd = fd;
	tell(ev);
}

static int
open_as(int dirfd, const char *path, int flags, mode_t mode)
{
	struct shim_event ev = {.call = SHIM_OPEN,
	    .flags = flags,
	    .fd = -1,
	    .name = name_at(dirfd, path)};
	int fd;

	REAL(int, "openat", int, const char *, int, ...)
	if (refused(&ev))
		return -1;
	fd = real(dirfd, path, flags, mode);
	opened(fd, &ev);
	return fd;
}

#define OPEN_MODE(flags, mode)                                                 \
	mode_t mode = 0;                                                       \
	if ((flags) & (O_CREAT | __O_TMPFILE)) {                               \
		va_list ap_;                                                   \
		va_start(ap_, flags);                                          \
		mode = va_arg(ap_, mode_t);                                    \
		va_end(ap_);                                                   \
	}

int
open(const char *path, int flags, ...)
{
	OPEN_MODE(flags, mode)
	return open_as(AT_FDCWD, path, flags, mode);
}

int
open64(const char *path, int flags, ...)
{
	OPEN_MODE(flags, mode)
	return open_as(AT_FDCWD, path, flags, mode);
}

int
openat(int dirfd, const char *path, int flags, ...)
{
	OPEN_MODE(flags, mode)
	return open_as(dirfd, path, flags, mode);
}

int
openat64(int dirfd, const char *path, int flags, ...)
{
	OPEN_MODE(flags, mode)
	return open_as(dirfd, path, flags, mode);
}

/* What checked calls become. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dirfd, const char *path, int flags);
int __openat64_2(int dirfd, const char *path, int flags);
ssize_t __read_chk(int fd, void *p, size_t n, size_t size);
ssize_t __pread_chk(int fd, void *p, size_t n, off_t off, size_t size);
ssize_t __pread64_chk(int fd, void *p, size_t n, off64_t off, size_t size);

int
__open_2(const char *path, int flags)
{
	return open_as(AT_FDCWD, path, flags, 0);
}

int
__open64_2(const char *path, int flags)
{
	return open_as(AT_FDCWD, path, flags, 0);
}

int
__openat_2(int dirfd, const char *path, int flags)
{
	return open_as(dirfd, path, flags, 0);
}

int
__openat64_2(int dirfd, const char *path, int flags)
{
	return open_as(dirfd, path, flags, 0);
}

int
close(int fd)
{
	struct shim_event ev = {
	    .call = SHIM_CLOSE, .fd = fd, .name = name_of(fd)};
	int r, fail;

	REAL(int, "close", int)
	/* A close that fails has closed the descriptor all the same. */
	fail = refused(&ev) ? errno : 0;
	if (ev.name != NULL) {
		tell(&ev);
		names[fd][0] = '\0';
	}
	r = real(fd);
	if (fail == 0)
		return r;
	errno = fail;
	return -1;
}

ssize_t
read(int fd, void *p, size_t n)
{
	struct shim_event ev = {
	    .call = SHIM_READ, .fd = fd, .name = name_of(fd)};

	REAL(ssize_t, "read", int, void *, size_t)
	return refused(&ev) ? -1 : real(fd, p, n);
}

ssize_t
pread64(int fd, void *p, size_t n, off64_t off)
{
	struct shim_event ev = {
	    .call = SHIM_READ, .fd = fd, .name = name_of(fd)};

	REAL(ssize_t, "pread64", int, void *, size_t, off64_t)
	return refused(&ev) ? -1 : real(fd, p, n, off);
}

ssize_t
pread(int fd, void *p, size_t n, off_t off)
{
	return pread64(fd, p, n, off);
}

ssize_t
__read_chk(int fd, void *p, size_t n, size_t size)
{
	return read(fd, p, n < size ? n : size);
}

ssize_t
__pread_chk(int fd, void *p, size_t n, off_t off, size_t size)
{
	return pread64(fd, p, n < size ? n : size, off);
}

ssize_t
__pread64_chk(int fd, void *p, size_t n, off64_t off, size_t size)
{
	return pread64(fd, p, n < size ? n : size, off);
}

static int64_t
mtime_of(int fd)
{
	struct stat st;

	if (fstatat(fd, "", &st, AT_EMPTY_PATH) != 0)
		return 0;
	return (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
}

static ssize_t
wrote(struct shim_event *ev, uint64_t off, const void *p, ssize_t n)
{
	if (n > 0 && ev->name != NULL) {
		ev->off = off;
		ev->p = p;
		ev->n = (size_t)n;
		ev->mtime = mtime_of(ev->fd);
		tell(ev);
	}
	return n;
}

ssize_t
write(int fd, const void *p, size_t n)
{
	struct shim_event ev = {
	    .call = SHIM_WRITE, .fd = fd, .name = name_of(fd), .n = n};
	off_t off = 0;

	REAL(ssize_t, "write", int, const void *, size_t)
	if (refused(&ev))
		return -1;
	if (ev.name != NULL)
		off = lseek(fd, 0, SEEK_CUR);
	return wrote(&ev, (uint64_t)off, p, real(fd, p, n));
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t off)
{
	struct shim_event ev = {.call = SHIM_WRITE,
	    .fd = fd,
	    .name = name_of(fd),
	    .off = (uint64_t)off,
	    .p = p,
	    .n = n};

	REAL(ssize_t, "pwrite64", int, const void *, size_t, off64_t)
	if (refused(&ev))
		return -1;
	return wrote(&ev, (uint64_t)off, p, real(fd, p, n, off));
}

ssize_t
pwrite(int fd, const void *p, size_t n, off_t off)
{
	return pwrite64(fd, p, n, off);
}

static int
sync_as(int fd, int data_only, int (*real)(int))
{
	struct shim_event ev = {.call = SHIM_SYNC,
	    .flags = data_only,
	    .fd = fd,
	    .name = name_of(fd)};
	int r;

	if (refused(&ev))
		r = -1;
	else if (shim.no_sync && ev.name != NULL)
		r = 0;
	else
		r = real(fd);
	ev.failed = r != 0;
	tell(&ev);
	return r;
}

int
fsync(int fd)
{
	REAL(int, "fsync", int)
	return sync_as(fd, 0, real);
}

int
fdatasync(int fd)
{
	REAL(int, "fdatasync", int)
	return sync_as(fd, 1, real);
}

int
ftruncate64(int fd, off64_t len)
{
	struct shim_event ev = {.call = SHIM_TRUNCATE,
	    .fd = fd,
	    .name = name_of(fd),
	    .off = (uint64_t)len};
	int r;

	REAL(int, "ftruncate64", int, off64_t)
	if (refused(&ev))
		return -1;
	if ((r = real(fd, len)) == 0 && ev.name != NULL) {
		ev.mtime = mtime_of(fd);
		tell(&ev);
	}
	return r;
}

int
ftruncate(int fd, off_t len)
{
	return ftruncate64(fd, len);
}

int
renameat(int from_fd, const char *from, int to_fd, const char *to)
{
	struct shim_event ev = {.call = SHIM_RENAME,
	    .fd = -1,
	    .name = name_at(from_fd, from),
	    .to = name_at(to_fd, to)};
	int r;

	REAL(int, "renameat", int, const char *, int, const char *)
	if (refused(&ev))
		return -1;
	if ((r = real(from_fd, from, to_fd, to)) == 0)
		tell(&ev);
	return r;
}

int
rename(const char *from, const char *to)
{
	return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int
unlinkat(int dirfd, const char *path, int flags)
{
	struct shim_event ev = {
	    .call = SHIM_UNLINK, .fd = -1, .name = name_at(dirfd, path)};
	int r;

	REAL(int, "unlinkat", int, const char *, int)
	if (refused(&ev))
		return -1;
	if ((r = real(dirfd, path, flags)) == 0)
		tell(&ev);
	return r;
}

int
unlink(const char *path)
{
	return unlinkat(AT_FDCWD, path, 0);
}

int
fstat(int fd, struct stat *st)
{
	struct shim_event ev = {
	    .call = SHIM_STAT, .fd = fd, .name = name_of(fd)};

	REAL(int, "fstat", int, struct stat *)
	return refused(&ev) ? -1 : real(fd, st);
}

int
fstatat(int dirfd, const char *path, struct stat *st, int flags)
{
	struct shim_event ev = {
	    .call = SHIM_STAT, .fd = -1, .name = name_at(dirfd, path)};

	REAL(int, "fstatat", int, const char *, struct stat *, int)
	return refused(&ev) ? -1 : real(dirfd, path, st, flags);
}

static int
lock_as(int fd, int cmd, void *arg, int (*real)(int, int, ...))
{
	struct shim_event ev = {
	    .call = SHIM_LOCK, .fd = fd, .name = name_of(fd)};

	if (cmd == F_OFD_SETLK && ((struct flock *)arg)->l_type != F_UNLCK &&
	    refused(&ev))
		return -1;
	return real(fd, cmd, arg);
}

int
fcntl(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	REAL(int, "fcntl", int, int, ...)
	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return lock_as(fd, cmd, arg, real);
}

int
fcntl64(int fd, int cmd, ...)
{
	va_list ap;
	void *arg;

	REAL(int, "fcntl64", int, int, ...)
	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	return lock_as(fd, cmd, arg, real);
}

#pragma GCC visibility pop
