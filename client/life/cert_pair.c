#include "config.h"

#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/life/cert_pair.h"
#include "crypto/key.h"
#include "client/net/pem_out.h"
#include "client/cli/secret.h"

void
sc_pair_clear(struct sc_pair *p)
{
	sc_certs_clear(&p->chain);
	sc_key_free(p->key);
	memset(p, 0, sizeof(*p));
}

void
sc_pair_secret_clear(struct sc_pair_secret *s)
{
	sc_free_secret(s->kept);
	s->kept = NULL;
}

static int
password(void *arg, const char *what, char **pw, struct sc_error *e)
{
	struct sc_pair_secret *s = arg;
	struct sc_secret_source from = {s->file};
	int r;

	*pw = NULL;
	if (s->file == NULL && s->kept != NULL) {
		*pw = sc_strdup(s->kept);
		return *pw != NULL ? 0 : sc_fail_nomem(e);
	}
	r = sc_secret_for_key(&from, what, pw, e);
	if (r == 0 && s->file == NULL && (s->kept = sc_strdup(*pw)) == NULL) {
		sc_free_secret(*pw);
		*pw = NULL;
		r = sc_fail_nomem(e);
	}
	return r;
}

static int
load_key(const char *file, struct sc_pair_secret *s, struct sc_key **out,
    struct sc_error *e)
{
	char *pem = NULL;
	size_t n;
	int r;

	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r != 0)
		return r;
	r = sc_key_from_pem(pem, n, file, password, s, out, e);
	sc_freezero(pem, n);
	if (r == SC_ERR_UNAUTHENTICATED)
		/* A wrong password is asked for again the next time. */
		sc_pair_secret_clear(s);
	return r;
}

static int
load_chain(const char *file, struct sc_certs *out, struct sc_error *e)
{
	char *pem = NULL;
	size_t n;
	int r;

	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r != 0)
		return r;
	r = sc_certs_from_pem(pem, n, out, e);
	sc_freezero(pem, n);
	if (r != 0)
		sc_error_prefix(e, "%s", file);
	return r;
}

static bool
belong_together(const struct sc_cert *leaf, const struct sc_key *key)
{
	struct sc_key *public = NULL;
	bool same;

	if (sc_cert_key(leaf, &public, NULL) != 0)
		return false;
	same = sc_key_same_public(public, key);
	sc_key_free(public);
	return same;
}

static bool
same_file(const char *a, const char *b)
{
	struct stat sa, sb;

	return stat(a, &sa) == 0 && stat(b, &sb) == 0 &&
	    sa.st_dev == sb.st_dev && sa.st_ino == sb.st_ino;
}

/* The file itself when path is a link, else path; malloc'ed. */
static char *
target(const char *path)
{
	char *real = realpath(path, NULL);

	return real != NULL ? real : sc_strdup(path);
}

static char *
next_name(const char *path)
{
	char *real = target(path), *next;

	next = real != NULL ? sc_asprintf("%s.next", real) : NULL;
	free(real);
	return next;
}

static int
rename_next(const char *path, struct sc_error *e)
{
	char *real = target(path), *next = next_name(path), *dir, *slash;
	int fd, r = 0;

	if (real == NULL || next == NULL)
		r = sc_fail_nomem(e);
	else if (rename(next, real) != 0)
		r = sc_fail(e, SC_ERR_IO, "rename %s to %s failed: %s", next,
		    real, strerror(errno));
	if (r == 0) {
		/* As far as the folder lets us: both names are durable. */
		dir = real;
		slash = strrchr(dir, '/');
		if (slash != NULL)
			slash[slash == dir ? 1 : 0] = '\0';
		fd = open(slash != NULL ? dir : ".",
		    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd != -1) {
			(void)fsync(fd);
			(void)close(fd);
		}
	}
	free(real);
	free(next);
	return r;
}

/* The end of a replacement whose process died: is KEY.next our key? */
static int
finish(const char *key, struct sc_pair_secret *s, struct sc_pair *p)
{
	char *next = next_name(key);
	struct sc_key *k = NULL;
	int r = SC_ERR_CONFLICT;

	if (next != NULL && sc_file_exists(next) &&
	    load_key(next, s, &k, NULL) == 0 &&
	    belong_together(p->chain.v[0], k) && rename_next(key, NULL) == 0) {
		sc_key_free(p->key);
		p->key = k;
		k = NULL;
		r = 0;
	}
	sc_key_free(k);
	free(next);
	return r;
}

int
sc_pair_load(const char *crt, const char *key, struct sc_pair_secret *s,
    struct sc_pair *out, struct sc_error *e)
{
	int r;

	memset(out, 0, sizeof(*out));
	if (same_file(crt, key))
		return sc_fail(e, SC_ERR_CONFLICT,
		    "certificate and key must be in two files, but %s and %s "
		    "are one",
		    crt, key);
	r = load_chain(crt, &out->chain, e);
	if (r == 0)
		r = load_key(key, s, &out->key, e);
	if (r == 0 && !belong_together(out->chain.v[0], out->key) &&
	    finish(key, s, out) != 0)
		r = sc_fail(e, SC_ERR_CONFLICT,
		    "the key in %s is not that of the certificate in %s", key,
		    crt);
	if (r != 0)
		sc_pair_clear(out);
	return r;
}

/* Of the file that is replaced, 0600 when there is none. */
static mode_t
mode_of(const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return 0600;
	return st.st_mode & 0777;
}

/*
 * A group that alone may read a key was let in on purpose; a key that all may
 * read is a mistake, which does not live on.
 */
static mode_t
mode_of_key(const char *path)
{
	mode_t mode = mode_of(path);

	return (mode & 07) == 0 ? (mode & 0640) | 0600 : 0600;
}

/* Write PATH.next, for the owner of path. */
static int
stage(const char *path, const char *text, mode_t mode, struct sc_error *e)
{
	char *next = next_name(path);
	int r;

	if (next == NULL)
		return sc_fail_nomem(e);
	r = sc_file_write_like(next, path, text, strlen(text), mode, e);
	free(next);
	return r;
}

static void
unstage(const char *path)
{
	char *next = next_name(path);

	if (next != NULL)
		(void)unlink(next);
	free(next);
}

static int
swap(const char *crt, const char *key, struct sc_error *e)
{
	char *old = NULL;
	struct stat st;
	size_t n = 0;
	int r;

	if (stat(crt, &st) == 0 &&
	    (r = sc_file_read(crt, SC_MAX_PEM_FILE, &old, &n, e)) != 0)
		return r;
	r = rename_next(crt, e);
	if (r == 0) {
		r = rename_next(key, e);
		if (r != 0 && old != NULL)
			(void)sc_file_write(
			    crt, old, n, st.st_mode & 0777, NULL);
		else if (r != 0)
			(void)unlink(crt);
	}
	free(old);
	return r;
}

int
sc_pair_replace(const char *crt, const struct sc_certs *chain, const char *key,
    const struct sc_key *k, struct sc_error *e)
{
	char *chain_pem = NULL, *key_pem = NULL;
	int r;

	r = sc_pem_out(chain, &chain_pem, e);
	if (r == 0)
		r = sc_key_to_pem(k, NULL, &key_pem, e);
	if (r == 0)
		r = stage(key, key_pem, mode_of_key(key), e);
	if (r == 0)
		r = stage(crt, chain_pem, mode_of(crt), e);
	if (r == 0)
		r = swap(crt, key, e);
	if (r != 0) {
		unstage(key);
		unstage(crt);
	}
	free(chain_pem);
	sc_free_secret(key_pem);
	return r;
}
