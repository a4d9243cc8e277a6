/*
 * The crypto layer on a command line, so that foreign tools can be set
 * against it:
 *
 *	josetool generate KTY CURVE BITS > jwk
 *	josetool public JWK > jwk, thumbprint JWK, ssh JWK
 *	josetool sign JWK ALG < payload > token, verify JWK ALG < token
 *	josetool encrypt PWFILE compact|json < data, decrypt PWFILE < jwe
 *	josetool topem JWK [PWFILE], topubpem JWK
 *	josetool frompem PEM [PWFILE] > jwk, frompubpem PEM > jwk
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "crypto/ssh_private.h"

static struct sc_error err;

/* The tool has nothing to clean up: the first failure ends it. */
static void
need(int r)
{
	if (r == 0)
		return;
	fprintf(stderr, "josetool: %d %s\n", r, err.msg);
	exit(1);
}

static char *
slurp(const char *path, size_t *n)
{
	char *s = NULL;

	if (strcmp(path, "-") == 0)
		need(sc_fd_read(0, SC_MAX_PEM_FILE, &s, n, &err));
	else
		need(sc_file_read(path, SC_MAX_PEM_FILE, &s, n, &err));
	return s;
}

static struct sc_jwk *
load(const char *path)
{
	struct sc_jwk *j = NULL;
	size_t n;
	char *s = slurp(path, &n);

	need(sc_jwk_parse_text(s, n, &j, &err));
	sc_freezero(s, n);
	return j;
}

static void
print_jwk(const struct sc_jwk *j, int private)
{
	struct json_object *obj;
	struct sc_buf *b = sc_buf_new(SC_MAX_JWS);

	need(sc_jwk_format(j, private, &obj, &err));
	need(sc_json_put(b, obj, NULL));
	puts(sc_buf_str(b));
	sc_buf_free(b);
	json_object_put(obj);
}

static void
print_key(struct sc_key *k)
{
	struct sc_jwk *j;

	need(sc_jwk_from_key(k, &j, &err));
	print_jwk(j, sc_key_is_private(k));
	sc_jwk_free(j);
	sc_key_free(k);
}

static int
password(void *arg, const char *what, char **pw, struct sc_error *e)
{
	(void)what;
	return sc_password_read(arg, pw, e);
}

static char *
optional_password(const char *path)
{
	char *pw = NULL;

	if (path != NULL)
		need(sc_password_read(path, &pw, &err));
	return pw;
}

static void
sign(const struct sc_jwk *j, const char *alg)
{
	struct json_object *header = json_object_new_object(), *payload;
	size_t n;
	char *s = slurp("-", &n), *token;

	need(sc_json_parse(s, n, 0, &payload, &err));
	need(sc_jws_sign(header, payload, alg, j->key, 0, &token, &err));
	fputs(token, stdout);
	free(token);
	free(s);
	json_object_put(header);
	json_object_put(payload);
}

static void
verify(const struct sc_jwk *j, const char *alg)
{
	const char *allowed[] = {alg, NULL};
	struct sc_jws *t;
	size_t n;
	char *s = slurp("-", &n);

	need(sc_jws_parse(s, n, &t, &err));
	need(sc_jws_verify(t, j->key, allowed, &err));
	fwrite(t->raw_payload, 1, t->raw_payload_len, stdout);
	sc_jws_free(t);
	free(s);
}

static void
encrypt(const char *pwfile, const char *form)
{
	char *pw = optional_password(pwfile), *out;
	size_t n;
	char *s = slurp("-", &n);

	need(sc_jwe_encrypt(
	    pw, "jwk+json", s, n, strcmp(form, "compact") == 0, &out, &err));
	fputs(out, stdout);
	free(out);
	free(s);
	sc_free_secret(pw);
}

static void
decrypt(const char *pwfile)
{
	char *pw = optional_password(pwfile);
	uint8_t *out;
	size_t n, len;
	char *s = slurp("-", &n);

	need(sc_jwe_decrypt(s, n, pw, &out, &len, &err));
	fwrite(out, 1, len, stdout);
	sc_freezero(out, len);
	free(s);
	sc_free_secret(pw);
}

static void
to_pem(const struct sc_jwk *j, const char *pwfile, int ssh)
{
	char *pw = optional_password(pwfile), *pem;

	if (ssh)
		need(sc_ssh_private_to_pem(j->key, "comment", pw, &pem, &err));
	else
		need(sc_key_to_pem(j->key, pw, &pem, &err));
	fputs(pem, stdout);
	sc_free_secret(pem);
	sc_free_secret(pw);
}

static void
from_pem(const char *path, char *pwfile, int public)
{
	struct sc_key *k;
	size_t n;
	char *s = slurp(path, &n);

	if (public)
		need(sc_key_public_from_pem(s, n, path, &k, &err));
	else
		need(sc_key_from_pem(s, n, path,
		    pwfile != NULL ? password : NULL, pwfile, &k, &err));
	sc_freezero(s, n);
	print_key(k);
}

static void
generate(const char *kty, const char *curve, const char *bits)
{
	struct sc_key *k;
	int64_t n;

	need(sc_strtonum(bits, 0, 100000, &n));
	need(sc_key_generate(
	    kty, *curve != '\0' ? curve : NULL, (unsigned)n, &k, &err));
	print_key(k);
}

static void
show(const char *what, const char *path, const char *arg)
{
	struct sc_jwk *j = load(path);
	char *s = NULL;

	if (strcmp(what, "public") == 0)
		print_jwk(j, 0);
	else if (strcmp(what, "thumbprint") == 0)
		need(sc_jwk_thumbprint(j->key, &s, &err));
	else if (strcmp(what, "ssh") == 0)
		need(sc_key_to_ssh_line(j->key, &s));
	else if (strcmp(what, "topubpem") == 0)
		need(sc_key_public_to_pem(j->key, &s));
	else if (strcmp(what, "topem") == 0)
		to_pem(j, arg, 0);
	else if (strcmp(what, "tossh") == 0)
		to_pem(j, arg, 1);
	else if (strcmp(what, "sign") == 0 && arg != NULL)
		sign(j, arg);
	else if (strcmp(what, "verify") == 0 && arg != NULL)
		verify(j, arg);
	else {
		fprintf(stderr, "josetool: %s?\n", what);
		exit(2);
	}
	if (s != NULL)
		fputs(s, stdout);
	free(s);
	sc_jwk_free(j);
}

int
main(int argc, char **argv)
{
	if (argc < 3) {
		fprintf(stderr, "usage: josetool verb file ...\n");
		return 2;
	}
	if (strcmp(argv[1], "generate") == 0 && argc == 5)
		generate(argv[2], argv[3], argv[4]);
	else if (strcmp(argv[1], "encrypt") == 0 && argc == 4)
		encrypt(argv[2], argv[3]);
	else if (strcmp(argv[1], "decrypt") == 0)
		decrypt(argv[2]);
	else if (strcmp(argv[1], "frompem") == 0)
		from_pem(argv[2], argv[3], 0);
	else if (strcmp(argv[1], "frompubpem") == 0)
		from_pem(argv[2], NULL, 1);
	else
		show(argv[1], argv[2], argv[3]);
	return fflush(stdout) == 0 ? 0 : 1;
}
