/*
 * Members that are PEM in base64.  What is wanted of a file is written anew:
 * ca.json is published in part, and a file of certificates may have a key.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/provisioner_table.h"
#include "client/cli/options.h"
#include "crypto/cert.h"
#include "crypto/key.h"

#define BEGIN "-----BEGIN "

/* Appends what is wanted of text to b. */
typedef int wanted(const char *file, const char *text, size_t n,
    struct sc_buf *b, struct sc_error *e);

static int
read_file(const char *file, wanted *fn, struct sc_buf *b, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r = sc_file_read(file, SC_MAX_PEM_FILE, &text, &n, e);

	if (r == 0)
		r = fn(file, text, n, b, e);
	sc_freezero(text, n);
	return r;
}

static int
base64_of(const char *const *files, size_t n, wanted *fn,
    struct json_object **out, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_PEM_FILE);
	char *s = NULL;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = read_file(files[i], fn, b, e);
	if (r == 0 && (r = sc_buf_error(b)) != 0)
		r = sc_fail(e, r, "%s: %s", files[n - 1], sc_err_text(r));
	if (r == 0) {
		s = sc_b64_encode(SC_B64_STD, sc_buf_data(b), sc_buf_len(b));
		*out = s != NULL ? json_object_new_string(s) : NULL;
		if (*out == NULL)
			r = sc_fail_nomem(e);
	}
	sc_free_secret(s);
	sc_buf_free(b);
	return r;
}

static int
base64_of_flag(const struct sc_args *a, const struct sc_prov_member *m,
    wanted *fn, struct json_object **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, m->flag);

	return base64_of(&file, 1, fn, out, e);
}

/* Takes pem. */
static int
put(struct sc_buf *b, char *pem, struct sc_error *e)
{
	int r = pem != NULL ? sc_buf_puts(b, pem) : SC_ERR_NOMEM;

	free(pem);
	return r == 0 ? 0 : sc_fail(e, r, "%s", sc_err_text(r));
}

static int
put_cert(struct sc_buf *b, const struct sc_cert *c, struct sc_error *e)
{
	char *pem = NULL;

	(void)sc_cert_to_pem(c, &pem);
	return put(b, pem, e);
}

static int
want_roots(const char *file, const char *text, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	struct sc_certs roots = {0};
	size_t i;
	int r;

	if ((r = sc_certs_from_pem(text, n, &roots, e)) != 0)
		sc_error_prefix(e, "error parsing %s", file);
	for (i = 0; r == 0 && i < roots.n; i++) {
		if (sc_cert_is_ca(roots.v[i]))
			r = put_cert(b, roots.v[i], e);
		else
			r = sc_fail(e, SC_ERR_MALFORMED,
			    "error parsing %s: certificate %zu is not that of "
			    "a CA",
			    file, i + 1);
	}
	sc_certs_clear(&roots);
	return r;
}

int
sc_prov_roots(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return base64_of_flag(a, m, want_roots, out, e);
}

int
sc_prov_roots_list(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(a, m->flag);

	return base64_of((const char *const *)l->v, l->n, want_roots, out, e);
}

static int
want_first_cert(const char *file, const char *text, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	struct sc_certs certs = {0};
	int r = sc_certs_from_pem(text, n, &certs, e);

	if (r == 0)
		r = put_cert(b, certs.v[0], e);
	else
		sc_error_prefix(e, "error parsing %s", file);
	sc_certs_clear(&certs);
	return r;
}

int
sc_prov_cert(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return base64_of_flag(a, m, want_first_cert, out, e);
}

/* --- block by block ---------------------------------------------------- */

/* fn for each block of text; there must be one. */
static int
each_block(const char *file, const char *text, wanted *fn, struct sc_buf *b,
    struct sc_error *e)
{
	const char *at = strstr(text, BEGIN), *next;
	int r = 0;

	if (at == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "%s is not PEM", file);
	for (; r == 0 && at != NULL; at = next) {
		next = strstr(at + strlen(BEGIN), BEGIN);
		r = fn(file, at,
		    next != NULL ? (size_t)(next - at) : strlen(at), b, e);
	}
	return r;
}

static int
put_key(const char *file, const char *block, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	struct sc_key *key = NULL;
	char *pem = NULL;
	int r = sc_key_public_from_pem(block, n, file, &key, e);

	if (r == 0) {
		(void)sc_key_public_to_pem(key, &pem);
		r = put(b, pem, e);
	}
	sc_key_free(key);
	return r;
}

static int
want_keys(const char *file, const char *text, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	(void)n;
	return each_block(file, text, put_key, b, e);
}

int
sc_prov_keys(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return base64_of_flag(a, m, want_keys, out, e);
}

/* A block whose label is like; written as it is, with its DER or whatever. */
static int
put_block(const char *file, const char *block, size_t n, const char *like,
    struct sc_buf *b, struct sc_error *e)
{
	char *label = NULL, *pem = NULL;
	uint8_t *der = NULL;
	size_t len = 0;
	int r = sc_pem_to_der(block, n, &der, &len, &label, e);

	if (r != 0)
		sc_error_prefix(e, "error parsing %s", file);
	else if (strstr(label, like) == NULL)
		r = sc_fail(e, SC_ERR_MALFORMED, "%s: %s is not a %s", file,
		    label, like);
	else {
		(void)sc_der_to_pem(label, der, len, &pem);
		r = put(b, pem, e);
	}
	sc_freezero(der, len);
	free(label);
	return r;
}

static int
put_nebula(const char *file, const char *block, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	return put_block(file, block, n, "NEBULA CERTIFICATE", b, e);
}

static int
want_nebula(const char *file, const char *text, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	(void)n;
	return each_block(file, text, put_nebula, b, e);
}

int
sc_prov_nebula(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return base64_of_flag(a, m, want_nebula, out, e);
}

/* As it is: it may be encrypted in a way that its headers tell. */
static int
want_private_key(const char *file, const char *text, size_t n, struct sc_buf *b,
    struct sc_error *e)
{
	const char *at = strstr(text, BEGIN), *line;

	line = at != NULL ? strstr(at, "PRIVATE KEY-----\n") : NULL;
	if (line == NULL || memchr(at, '\n', (size_t)(line - at)) != NULL ||
	    strstr(at + strlen(BEGIN), BEGIN) != NULL)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s is not one private key in PEM", file);
	return sc_buf_put(b, text, n);
}

int
sc_prov_private_key(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object **out, struct sc_error *e)
{
	return base64_of_flag(a, m, want_private_key, out, e);
}
