/*
 * crypto jwk keyset: a file with a set of JWKs (RFC 7517 section 5).
 */
#include "config.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/jose_key.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/command.h"
#include "client/crypto/crypto_jwk.h"
#include "crypto/jwk.h"
#include "crypto/key.h"

#define ASK "Please enter the password to decrypt JWK"
#define MAX_SET (16u * 1024 * 1024)

struct set {
	const char *file;
	int fd; /* locked when it is to be written; else -1 */
	struct json_object *all, *keys; /* keys belongs to all */
};

static void
set_clear(struct set *s)
{
	json_object_put(s->all);
	if (s->fd != -1)
		(void)close(s->fd);
}

/*
 * The lock is on the file, which a writer replaces: who gets the lock of a
 * file that is no longer there has come too late.
 */
static int
lock(struct set *s, struct sc_error *e)
{
	struct stat have, now;

	s->fd = open(s->file, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (s->fd == -1)
		return sc_fail(e, SC_ERR_IO, "open %s failed: %s", s->file,
		    strerror(errno));
	if (flock(s->fd, LOCK_EX | LOCK_NB) == 0 && fstat(s->fd, &have) == 0 &&
	    stat(s->file, &now) == 0 && have.st_ino == now.st_ino &&
	    have.st_dev == now.st_dev)
		return 0;
	return sc_fail(
	    e, SC_ERR_BUSY, "error reading %s: file is locked", s->file);
}

/* An empty file is an empty set. */
static int
read_set(struct set *s, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	r = sc_file_read(s->file, MAX_SET, &text, &n, e);
	if (r != 0)
		return r;
	if (n == 0)
		r = sc_json_parse("{\"keys\":[]}", 11, 0, &s->all, e);
	else
		r = sc_json_parse(text, n, 0, &s->all, e);
	sc_freezero(text, n);
	s->keys = sc_json_member_exact(s->all, "keys");
	if (r == 0 && !json_object_is_type(s->keys, json_type_array))
		r = sc_fail(e, SC_ERR_MALFORMED, "there is no list of keys");
	if (r != 0)
		sc_error_prefix(e, "error reading %s", s->file);
	return r;
}

static int
write_set(const struct set *s, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(MAX_SET);
	int r;

	(void)sc_json_put(b, s->all, "  ");
	(void)sc_buf_putc(b, '\n');
	r = sc_buf_error(b);
	if (r != 0)
		r = sc_fail(e, r, "%s would be too large", s->file);
	else
		r = sc_output_put(
		    s->file, sc_buf_data(b), sc_buf_len(b), 0600, e);
	sc_buf_free(b);
	return r;
}

static int
open_set(
    const struct sc_args *a, bool to_write, struct set *s, struct sc_error *e)
{
	int r = 0;

	*s = (struct set){.file = sc_args_pos(a, 0), .fd = -1};
	if (to_write)
		r = lock(s, e);
	return r == 0 ? read_set(s, e) : r;
}

static bool
has_kid(struct json_object *key, const char *kid)
{
	struct json_object *v = sc_json_member_exact(key, "kid");

	return json_object_is_type(v, json_type_string) &&
	    sc_streq(json_object_get_string(v), kid);
}

/* --- the commands ------------------------------------------------------ */

/* As it would be written anew; that drops members that nobody knows. */
static int
read_jwk(const struct sc_args *a, struct json_object **out, struct sc_error *e)
{
	struct sc_jwk *j = NULL;
	char *text = NULL;
	size_t n = 0;
	int r;

	r = sc_fd_read(0, SC_MAX_PEM_FILE, &text, &n, e);
	if (r != 0)
		return r;
	r = sc_jose_jwk_parse(
	    text, n, ASK, sc_args_str(a, "password-file"), &j, e);
	sc_freezero(text, n);
	if (r == SC_ERR_MALFORMED)
		sc_error_prefix(e, "error reading JWK");
	if (r == 0)
		r = sc_jwk_format(j, sc_key_is_private(j->key), out, e);
	sc_jwk_free(j);
	return r;
}

static int
add(struct sc_args *a, struct sc_error *e)
{
	struct json_object *key = NULL;
	struct set s = {.fd = -1};
	int r;

	r = read_jwk(a, &key, e);
	if (r == 0)
		r = open_set(a, true, &s, e);
	if (r == 0 && json_object_array_add(s.keys, key) == 0)
		key = NULL; /* transferred */
	else if (r == 0)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = write_set(&s, e);
	json_object_put(key);
	set_clear(&s);
	return r;
}

static int
remove_key(struct sc_args *a, struct sc_error *e)
{
	const char *kid = sc_args_str(a, "kid");
	struct set s = {.fd = -1};
	size_t i;
	int r;

	r = sc_args_check_required(a, "kid", e);
	if (r == 0 && !sc_file_exists(sc_args_pos(a, 0)))
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "open %s failed: no such file or directory",
		    sc_args_pos(a, 0));
	if (r == 0)
		r = open_set(a, true, &s, e);
	for (i = r == 0 ? json_object_array_length(s.keys) : 0; i-- > 0;)
		if (has_kid(json_object_array_get_idx(s.keys, i), kid))
			json_object_array_del_idx(s.keys, i, 1);
	if (r == 0)
		r = write_set(&s, e);
	set_clear(&s);
	return r;
}

static int
list(struct sc_args *a, struct sc_error *e)
{
	struct json_object *v;
	struct set s;
	size_t i;
	int r;

	r = open_set(a, false, &s, e);
	for (i = 0; r == 0 && i < json_object_array_length(s.keys); i++) {
		v = sc_json_member_exact(
		    json_object_array_get_idx(s.keys, i), "kid");
		puts(json_object_is_type(v, json_type_string)
			? json_object_get_string(v)
			: "");
	}
	set_clear(&s);
	return r;
}

static int
find(struct sc_args *a, struct sc_error *e)
{
	const char *kid = sc_args_str(a, "kid");
	struct sc_buf *b = sc_buf_new(MAX_SET);
	struct json_object *key;
	struct set s = {.fd = -1};
	size_t i;
	int r;

	r = sc_args_check_required(a, "kid", e);
	if (r == 0)
		r = open_set(a, false, &s, e);
	for (i = 0; r == 0 && i < json_object_array_length(s.keys); i++) {
		key = json_object_array_get_idx(s.keys, i);
		if (!has_kid(key, kid))
			continue;
		(void)sc_json_put(b, key, "  ");
		(void)sc_buf_putc(b, '\n');
	}
	if (r == 0 && sc_buf_error(b) != 0)
		r = sc_fail_nomem(e);
	if (r == 0 && sc_buf_len(b) > 0)
		fputs(sc_buf_str(b), stdout);
	set_clear(&s);
	sc_buf_free(b);
	return r;
}

static const struct sc_opt add_options[] = {
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password of an encrypted JWK"},
    SC_OPT_END};

static const struct sc_opt kid_options[] = {{.name = "kid",
						.arg = "ID",
						.flags = SC_OPT_LINE_ONLY,
						.help = "the id of the key"},
    SC_OPT_END};

static const struct sc_command cmd_add = {.name = "add",
    .args = "<jwks-file>",
    .help = "add the JWK on standard input, decrypted if it is encrypted",
    .min_args = 1,
    .max_args = 1,
    .options = {add_options},
    .run = add};

static const struct sc_command cmd_remove = {.name = "remove",
    .args = "<jwks-file>",
    .help = "remove the keys with an id",
    .min_args = 1,
    .max_args = 1,
    .options = {kid_options},
    .run = remove_key};

static const struct sc_command cmd_list = {.name = "list",
    .args = "<jwks-file>",
    .help = "print the ids of the keys",
    .min_args = 1,
    .max_args = 1,
    .run = list};

static const struct sc_command cmd_find = {.name = "find",
    .args = "<jwks-file>",
    .help = "print the keys with an id",
    .min_args = 1,
    .max_args = 1,
    .options = {kid_options},
    .run = find};

static const struct sc_command *const subs[] = {
    &cmd_add, &cmd_remove, &cmd_list, &cmd_find, NULL};

const struct sc_command sc_cmd_crypto_jwk_keyset = {
    .name = "keyset", .help = "keep a set of JWKs in a file", .subs = subs};
