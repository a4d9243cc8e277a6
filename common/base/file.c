#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"

#define LINKS_MAX 40 /* as the kernel */
#define CHUNK 65536

/* "VERB PATH failed: reason", with the reason in Go's lower case. */
static int
fail_errno(struct sc_error *e, const char *verb, const char *path)
{
	int err = errno, code = SC_ERR_IO;
	char text[256];

	(void)snprintf(text, sizeof(text), "%s", strerror(err));
	text[0] = (char)tolower((unsigned char)text[0]);
	if (err == ENOENT || err == ENOTDIR)
		code = SC_ERR_NOT_FOUND;
	else if (err == EACCES || err == EPERM)
		code = SC_ERR_FORBIDDEN;
	else if (err == ENOMEM)
		code = SC_ERR_NOMEM;
	return sc_fail(e, code, "%s %s failed: %s", verb, path, text);
}

/* One byte more than max is tried for, to tell "full" from "too large". */
static int
read_all(int fd, const char *name, size_t max, char **out, size_t *n,
    struct sc_error *e)
{
	char *p = NULL, *q;
	size_t len = 0, size = 0;
	ssize_t r;
	int ret;

	for (;;) {
		if (size - len < 2) {
			/* Not realloc: contents may be a secret. */
			size_t want = size == 0 ? CHUNK : size * 2;
			if (want > max + 2)
				want = max + 2;
			q = malloc(want);
			if (q == NULL) {
				ret = sc_fail_nomem(e);
				goto out;
			}
			if (len > 0)
				memcpy(q, p, len);
			sc_freezero(p, len);
			p = q;
			size = want;
		}
		r = read(fd, p + len, size - len - 1);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0) {
			ret = fail_errno(e, "read", name);
			goto out;
		}
		if (r == 0)
			break;
		len += (size_t)r;
		if (len > max) {
			ret = sc_fail(e, SC_ERR_TOO_LARGE,
			    "read %s failed: more than %zu bytes", name, max);
			goto out;
		}
	}
	p[len] = '\0';
	*out = p;
	*n = len;
	return 0;
out:
	sc_freezero(p, len);
	return ret;
}

int
sc_fd_read(int fd, size_t max, char **out, size_t *n, struct sc_error *e)
{
	char name[32];

	*out = NULL;
	*n = 0;
	if (max > SIZE_MAX / 4)
		return sc_fail(e, SC_ERR_INTERNAL, "no usable read limit");
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", fd);
	return read_all(
	    fd, fd == STDIN_FILENO ? "/dev/stdin" : name, max, out, n, e);
}

int
sc_file_read(
    const char *path, size_t max, char **out, size_t *n, struct sc_error *e)
{
	int fd, r;

	*out = NULL;
	*n = 0;
	if (max > SIZE_MAX / 4)
		return sc_fail(e, SC_ERR_INTERNAL, "no usable read limit");
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		return fail_errno(e, "open", path);
	r = read_all(fd, path, max, out, n, e);
	(void)close(fd); /* read only: nothing can be lost */
	return r;
}

static int
write_full(int fd, const char *p, size_t n)
{
	ssize_t r;

	while (n > 0) {
		r = write(fd, p, n);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return -1;
		p += r;
		n -= (size_t)r;
	}
	return 0;
}

/* The folder of path: malloc'ed, "." or "/" where there is no other. */
static char *
folder_of(const char *path)
{
	const char *slash;

	slash = strrchr(path, '/');
	if (slash == NULL)
		return sc_strdup(".");
	if (slash == path)
		return sc_strdup("/");
	return sc_strndup(path, (size_t)(slash - path));
}

/* path with a symbolic link at its end followed, the target may be missing. */
static int
resolve(const char *path, char **out, struct sc_error *e)
{
	char target[PATH_MAX], *cur, *dir, *next;
	ssize_t n;
	int i;

	*out = NULL;
	cur = sc_strdup(path);
	for (i = 0; cur != NULL && i < LINKS_MAX; i++) {
		n = readlink(cur, target, sizeof(target) - 1);
		if (n < 0) { /* not a link, or not there: both are fine */
			*out = cur;
			return 0;
		}
		target[n] = '\0';
		dir = folder_of(cur);
		next = dir == NULL ? NULL : sc_path_join(dir, target);
		free(dir);
		free(cur);
		cur = next;
	}
	if (cur == NULL)
		return sc_fail_nomem(e);
	free(cur);
	errno = ELOOP;
	return fail_errno(e, "open", path);
}

static char *
temporary_name(const char *path)
{
	unsigned char rnd[8];
	char *hex, *dir, *name = NULL;
	const char *base;

	if (sc_random(rnd, sizeof(rnd)) != 0)
		return NULL;
	base = strrchr(path, '/');
	base = base == NULL ? path : base + 1;
	hex = sc_hex_encode(rnd, sizeof(rnd));
	dir = folder_of(path);
	/* A long name is cut, so that the new one is not longer than allowed. */
	if (hex != NULL && dir != NULL)
		name = sc_asprintf("%s/.%.200s.%s", dir, base, hex);
	free(hex);
	free(dir);
	return name;
}

static int
sync_folder(const char *path, struct sc_error *e)
{
	char *dir;
	int fd, r = 0;

	dir = folder_of(path);
	if (dir == NULL)
		return sc_fail_nomem(e);
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* EACCES: a folder that we may write to but not list. */
	if (fd == -1 && errno != EACCES)
		r = fail_errno(e, "open", dir);
	/* EINVAL: the file system has no notion of it. */
	else if (fd != -1 && fsync(fd) != 0 && errno != EINVAL)
		r = fail_errno(e, "sync", dir);
	if (fd != -1)
		(void)close(fd);
	free(dir);
	return r;
}

static int
write_and_close(int fd, const char *path, const void *p, size_t n, bool sync,
    struct sc_error *e)
{
	int r = 0;

	if (write_full(fd, p, n) != 0)
		r = fail_errno(e, "write", path);
	else if (sync && fsync(fd) != 0)
		r = fail_errno(e, "sync", path);
	if (close(fd) != 0 && r == 0)
		r = fail_errno(e, "close", path);
	return r;
}

/*
 * The new file, still empty and ours alone, gets the owner of the old one,
 * and mode whatever the umask is.  A group that we may not give it must not
 * be ours instead: then nobody's bits but the owner's and all others' count.
 */
static int
succeed(int fd, const struct stat *old, mode_t mode)
{
	struct stat now;

	if (fstat(fd, &now) != 0)
		return -1;
	if ((now.st_uid != old->st_uid || now.st_gid != old->st_gid) &&
	    fchown(fd, old->st_uid, old->st_gid) != 0 &&
	    now.st_gid != old->st_gid &&
	    fchown(fd, (uid_t)-1, old->st_gid) != 0)
		mode &= ~(mode_t)070;
	return fchmod(fd, mode);
}

static int
replace(const char *path, const struct stat *old, const void *p, size_t n,
    mode_t mode, struct sc_error *e)
{
	char *tmp;
	int fd, r;

	tmp = temporary_name(path);
	if (tmp == NULL)
		return sc_fail_nomem(e);
	fd = open(tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
	    old != NULL ? mode & 0700 : mode);
	if (fd == -1) {
		r = fail_errno(e, "open", path);
		free(tmp);
		return r;
	}
	if (old != NULL && succeed(fd, old, mode) != 0) {
		r = fail_errno(e, "change the mode of", path);
		(void)close(fd);
	} else {
		r = write_and_close(fd, path, p, n, true, e);
	}
	if (r == 0 && rename(tmp, path) != 0)
		r = fail_errno(e, "rename", path);
	if (r != 0)
		(void)unlink(tmp);
	free(tmp);
	return r != 0 ? r : sync_folder(path, e);
}

int
sc_file_write(
    const char *path, const void *p, size_t n, mode_t mode, struct sc_error *e)
{
	return sc_file_write_like(path, path, p, n, mode, e);
}

int
sc_file_write_like(const char *path, const char *like, const void *p, size_t n,
    mode_t mode, struct sc_error *e)
{
	struct stat st, old;
	char *target = NULL;
	int fd, r;

	if (stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		if (fd == -1)
			return fail_errno(e, "open", path);
		return write_and_close(fd, path, p, n, false, e);
	}
	r = resolve(path, &target, e);
	if (r == 0)
		r = replace(
		    target, stat(like, &old) == 0 ? &old : NULL, p, n, mode, e);
	free(target);
	return r;
}

static int
make_dir(const char *path, mode_t mode, struct sc_error *e)
{
	struct stat st;

	if (mkdir(path, mode) == 0)
		return 0;
	if (errno == EEXIST && stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			return 0;
		errno = ENOTDIR;
	}
	return fail_errno(e, "mkdir", path);
}

int
sc_mkdirs(const char *path, mode_t mode, struct sc_error *e)
{
	char *copy, *p;
	int r = 0;

	copy = sc_strdup(path);
	if (copy == NULL)
		return sc_fail_nomem(e);
	for (p = copy + (*copy == '/'); r == 0 && *p != '\0'; p++) {
		if (*p != '/')
			continue;
		*p = '\0';
		r = make_dir(copy, mode, e);
		*p = '/';
	}
	if (r == 0)
		r = make_dir(copy, mode, e);
	free(copy);
	return r;
}

bool
sc_file_exists(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0;
}

char *
sc_path_join(const char *dir, const char *name)
{
	if (name[0] == '/')
		return sc_strdup(name);
	if (sc_has_suffix(dir, "/"))
		return sc_asprintf("%s%s", dir, name);
	return sc_asprintf("%s/%s", dir, name);
}

int
sc_password_read(const char *path, char **out, struct sc_error *e)
{
	size_t n, len;
	char *p;
	int r;

	*out = NULL;
	r = sc_file_read(path, SC_MAX_PASSWORD_FILE, &p, &n, e);
	if (r != 0)
		return r;
	if (memchr(p, '\0', n) != NULL) {
		sc_freezero(p, n);
		return sc_fail(e, SC_ERR_MALFORMED,
		    "password file %s contains a NUL byte", path);
	}
	len = n;
	while (len > 0 && strchr(" \t\r\n\v\f", p[len - 1]) != NULL)
		len--;
	sc_wipe(p + len, n - len);
	*out = p;
	return 0;
}
