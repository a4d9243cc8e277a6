/*
 * crypto hash: digests of files and of folders.
 */
#include "config.h"

#include <sys/stat.h>

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/command.h"
#include "client/commands.h"
#include "client/crypto/hash_alg.h"

/* Folders in folders; a link to a folder above would go on for ever. */
#define DEPTH_MAX 100
#define PIECE 65536

static const struct sc_opt options[] = {{.name = "alg",
					    .arg = "ALG",
					    .flags = SC_OPT_LINE_ONLY,
					    .def = "sha256",
					    .help = SC_HASH_ALGS},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "allow md5, which has been broken"},
    SC_OPT_END};

struct sum {
	uint8_t p[EVP_MAX_MD_SIZE];
	unsigned n;
};

static int hash_path(const char *path, const struct stat *st, const EVP_MD *md,
    unsigned depth, struct sum *out, struct sc_error *e);

/* As sc_file_read words it. */
static int
cannot(const char *verb, const char *path, struct sc_error *e)
{
	char why[128];

	(void)snprintf(why, sizeof(why), "%s", strerror(errno));
	why[0] = (char)tolower((unsigned char)why[0]);
	return sc_fail(e, SC_ERR_IO, "%s %s failed: %s", verb, path, why);
}

static int
hash_fd(int fd, const char *path, EVP_MD_CTX *ctx, struct sc_error *e)
{
	static uint8_t piece[PIECE];
	ssize_t n;

	for (;;) {
		n = read(fd, piece, sizeof(piece));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return cannot("read", path, e);
		if (n == 0)
			return 0;
		if (EVP_DigestUpdate(ctx, piece, (size_t)n) != 1)
			return sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	}
}

static int
hash_file(
    const char *path, const EVP_MD *md, struct sum *out, struct sc_error *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int fd, r;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd == -1)
		r = cannot("open", path, e);
	else if (ctx == NULL || EVP_DigestInit_ex(ctx, md, NULL) != 1)
		r = sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	else
		r = hash_fd(fd, path, ctx, e);
	if (r == 0 && EVP_DigestFinal_ex(ctx, out->p, &out->n) != 1)
		r = sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	if (fd != -1)
		(void)close(fd);
	EVP_MD_CTX_free(ctx);
	return r;
}

/* The mode as the reference's language numbers it, little-endian. */
static void
put_mode(mode_t mode, uint8_t out[4])
{
	static const struct {
		mode_t type;
		uint32_t bits;
	} types[] = {{S_IFDIR, 1u << 31}, {S_IFLNK, 1u << 27},
	    {S_IFIFO, 1u << 25}, {S_IFSOCK, 1u << 24}, {S_IFBLK, 1u << 26},
	    {S_IFCHR, 1u << 26 | 1u << 21}};
	uint32_t v = mode & 0777;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if ((mode & S_IFMT) == types[i].type)
			v |= types[i].bits;
	v |= (mode & S_ISUID) != 0 ? 1u << 23 : 0;
	v |= (mode & S_ISGID) != 0 ? 1u << 22 : 0;
	v |= (mode & S_ISVTX) != 0 ? 1u << 20 : 0;
	for (i = 0; i < 4; i++)
		out[i] = (uint8_t)(v >> (8 * i));
}

static int
not_dots(const struct dirent *d)
{
	return !sc_streq(d->d_name, ".") && !sc_streq(d->d_name, "..");
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* One entry: its mode, unless it is a folder, then the digest. */
static int
add_entry(const char *dir, const char *name, const EVP_MD *md, unsigned depth,
    EVP_MD_CTX *ctx, struct sc_error *e)
{
	char *path = sc_path_join(dir, name);
	struct stat st, at;
	struct sum sum;
	uint8_t mode[4];
	int r = 0;

	if (path == NULL)
		return sc_fail_nomem(e);
	if (lstat(path, &st) != 0 || stat(path, &at) != 0)
		r = cannot("open", path, e);
	put_mode(r == 0 ? st.st_mode : 0, mode);
	if (r == 0 && !S_ISDIR(st.st_mode) &&
	    EVP_DigestUpdate(ctx, mode, sizeof(mode)) != 1)
		r = sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	if (r == 0)
		r = hash_path(path, &at, md, depth, &sum, e);
	if (r == 0 && EVP_DigestUpdate(ctx, sum.p, sum.n) != 1)
		r = sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	free(path);
	return r;
}

static int
hash_dir(const char *path, const struct stat *st, const EVP_MD *md,
    unsigned depth, struct sum *out, struct sc_error *e)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	struct dirent **entries = NULL;
	uint8_t mode[4];
	int i, n, r = 0;

	n = scandir(path, &entries, not_dots, by_bytes);
	put_mode(st->st_mode, mode);
	if (n < 0)
		r = cannot("open", path, e);
	else if (ctx == NULL || EVP_DigestInit_ex(ctx, md, NULL) != 1 ||
	    EVP_DigestUpdate(ctx, mode, sizeof(mode)) != 1)
		r = sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	for (i = 0; i < n; i++) {
		if (r == 0)
			r = add_entry(
			    path, entries[i]->d_name, md, depth + 1, ctx, e);
		free(entries[i]);
	}
	if (r == 0 && EVP_DigestFinal_ex(ctx, out->p, &out->n) != 1)
		r = sc_fail(e, SC_ERR_CRYPTO, "cannot hash");
	free(entries);
	EVP_MD_CTX_free(ctx);
	return r;
}

static int
hash_path(const char *path, const struct stat *st, const EVP_MD *md,
    unsigned depth, struct sum *out, struct sc_error *e)
{
	if (!S_ISDIR(st->st_mode))
		return hash_file(path, md, out, e);
	if (depth > DEPTH_MAX)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "%s: more than %d folders in each other", path, DEPTH_MAX);
	return hash_dir(path, st, md, depth, out, e);
}

static int
hash(const struct sc_args *a, const char *path, struct sum *out,
    struct sc_error *e)
{
	const char *name;
	struct stat st;
	EVP_MD *md;
	int r;

	if ((r = sc_hash_alg(a, &name, e)) != 0)
		return r;
	if (stat(path, &st) != 0)
		return cannot("open", path, e);
	md = EVP_MD_fetch(NULL, name, NULL);
	if (md == NULL)
		r = sc_fail(e, SC_ERR_UNSUPPORTED,
		    "%s is not supported by the libraries here", name);
	else
		r = hash_path(path, &st, md, 0, out, e);
	EVP_MD_free(md);
	ERR_clear_error();
	return r;
}

static int
digest(struct sc_args *a, struct sc_error *e)
{
	struct sum sum;
	char *hex;
	size_t i;
	int r;

	for (i = 0; i < sc_args_n(a); i++) {
		if ((r = hash(a, sc_args_pos(a, i), &sum, e)) != 0)
			return r;
		if ((hex = sc_hex_encode(sum.p, sum.n)) == NULL)
			return sc_fail_nomem(e);
		printf("%s  %s\n", hex, sc_args_pos(a, i));
		free(hex);
	}
	return 0;
}

static int
compare(struct sc_args *a, struct sc_error *e)
{
	const char *hex = sc_args_pos(a, 0);
	uint8_t *want = NULL;
	struct sum sum;
	size_t n;
	int r;

	if (sc_hex_decode(hex, strlen(hex), &want, &n) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "error decoding %s: it is not hexadecimal", hex);
	r = hash(a, sc_args_pos(a, 1), &sum, e);
	if (r == 0 && (n != sum.n || CRYPTO_memcmp(want, sum.p, n) != 0))
		r = sc_fail(e, SC_ERR_CONFLICT, "fail");
	if (r == 0)
		puts("ok");
	free(want);
	return r;
}

static const struct sc_command cmd_digest = {.name = "digest",
    .args = "<file-or-directory>...",
    .help = "print the digest of files and directories",
    .notes = "The digest of a directory is one over its mode and the modes and "
	     "digests of what is in it.",
    .min_args = 1,
    .max_args = SC_ARGS_ANY,
    .options = {options},
    .run = digest};

static const struct sc_command cmd_compare = {.name = "compare",
    .args = "<hash> <file-or-directory>",
    .help = "compare a digest, in hexadecimal, with that of a file",
    .min_args = 2,
    .max_args = 2,
    .options = {options},
    .run = compare};

static const struct sc_command *const subs[] = {
    &cmd_digest, &cmd_compare, NULL};

const struct sc_command sc_cmd_crypto_hash = {
    .name = "hash", .help = "digests of files and directories", .subs = subs};
