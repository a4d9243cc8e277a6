/*
 * Jobs: tokens signed with the provisioner key of a ca.json, requests for a
 * few keys.  All made beforehand, so that the load generator only sends.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "bench.h"
#include "crypto/csr.h"
#include "crypto/jwe.h"
#include "crypto/jwk.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "crypto/name.h"
#include "maker.h"

#define REQUESTS 64 /* different keys and names */

struct maker {
	struct bench_maker m;
	char *csr[REQUESTS]; /* as JSON string literals */
};

static void
check(int r, const struct sc_error *e)
{
	if (r != 0)
		bench_die("%s", e->msg);
}

/* The fingerprint that tokens of stepc carry, for their usual size. */
static char *
root_sha(const char *root_pem)
{
	struct sc_error e = SC_ERROR_INIT;
	uint8_t md[32];
	char *text;
	size_t n;

	check(sc_file_read(root_pem, SC_MAX_PEM_FILE, &text, &n, &e), &e);
	check(sc_sha256(text, n, md), &e);
	free(text);
	return sc_hex_encode(md, sizeof(md));
}

void
bench_maker_close(struct bench_maker *m)
{
	sc_jwk_free(m->jwk);
	free(m->provisioner);
	free(m->sha);
}

void
bench_maker_open(struct bench_maker *m, const char *ca_json,
    const char *password_file, const char *root_pem)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *ca, *auth = NULL, *list = NULL, *p;
	const char *jwe = NULL, *name = NULL;
	char *text, *password;
	uint8_t *plain;
	size_t n, plain_len;

	check(sc_file_read(ca_json, SC_MAX_CONFIG_FILE, &text, &n, &e), &e);
	check(sc_json_parse(text, n, 0, &ca, &e), &e);
	check(sc_json_get_object(ca, "authority", &auth, &e), &e);
	check(sc_json_get_array(auth, "provisioners", &list, &e), &e);
	p = json_object_array_get_idx(list, 0);
	check(sc_json_get_string(p, "encryptedKey", &jwe, &e), &e);
	check(sc_json_get_string(p, "name", &name, &e), &e);
	if (jwe == NULL || name == NULL)
		bench_die("%s: the first provisioner is no JWK", ca_json);
	check(sc_password_read(password_file, &password, &e), &e);
	check(
	    sc_jwe_decrypt(jwe, strlen(jwe), password, &plain, &plain_len, &e),
	    &e);
	check(sc_jwk_parse_text((char *)plain, plain_len, &m->jwk, &e), &e);
	m->provisioner = sc_strdup(name);
	m->sha = root_sha(root_pem);
	sc_freezero(plain, plain_len);
	sc_free_secret(password);
	json_object_put(ca);
	free(text);
}

static void
name_of(size_t i, char out[64])
{
	snprintf(out, 64, "host%zu.bench.example", i % REQUESTS);
}

static void
make_csr(struct maker *m, size_t i)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_name subject = {0};
	struct sc_sans sans = {0};
	struct sc_key *key;
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY);
	char name[64], *pem;

	name_of(i, name);
	subject.common_name = sc_strdup(name);
	check(sc_sans_add(&sans, SC_SAN_DNS, name, &e), &e);
	check(sc_key_generate("EC", "P-256", 0, &key, &e), &e);
	check(sc_csr_create(&subject, &sans, key, &pem, &e), &e);
	sc_json_put_string(b, pem, strlen(pem));
	if ((m->csr[i] = sc_buf_steal(b, NULL)) == NULL)
		bench_die("out of memory");
	free(pem);
	sc_key_free(key);
	sc_sans_clear(&sans);
	sc_name_clear(&subject);
}

static void
put_string(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

char *
bench_make_token(const struct bench_maker *m, const char *sub, const char *name,
    struct json_object *more, int64_t now)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *header = json_object_new_object(), *claims;
	char jti[37], *token;

	check(sc_uuid4(jti), &e);
	put_string(header, "typ", "JWT");
	put_string(header, "kid", m->jwk->kid);
	claims = json_object_new_object();
	put_string(claims, "aud", m->audience);
	json_object_object_add(
	    claims, "exp", json_object_new_int64(now + 3600));
	json_object_object_add(claims, "iat", json_object_new_int64(now));
	put_string(claims, "iss", m->provisioner);
	put_string(claims, "jti", jti);
	json_object_object_add(claims, "nbf", json_object_new_int64(now));
	if (more != NULL)
		json_object_object_add(claims, name, more);
	put_string(claims, "sha", m->sha);
	put_string(claims, "sub", sub);
	check(sc_jws_sign(
		  header, claims, m->jwk->alg, m->jwk->key, 1, &token, &e),
	    &e);
	json_object_put(header);
	json_object_put(claims);
	return token;
}

static char *
make_request(
    const struct maker *m, const char *host, size_t i, int64_t now, size_t *len)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY);
	struct json_object *sans = json_object_new_array();
	const char *csr = m->csr[i % REQUESTS];
	char name[64], *token, *request;

	name_of(i, name);
	json_object_array_add(sans, json_object_new_string(name));
	token = bench_make_token(&m->m, name, "sans", sans, now);
	sc_buf_putf(b,
	    "POST /1.0/sign HTTP/1.1\r\nHost: %s\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
	    "{\"csr\":%s,\"ott\":\"%s\"}",
	    host, strlen(csr) + strlen(token) + 17, csr, token);
	free(token);
	if ((request = sc_buf_steal(b, len)) == NULL)
		bench_die("out of memory");
	return request;
}

static char *
make_revoke(const struct bench_maker *m, const char *host, uint64_t serial,
    int64_t now, size_t *len)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY);
	char text[32], *token, *body, *request;

	snprintf(text, sizeof(text), "%llu", (unsigned long long)serial);
	token = bench_make_token(m, text, NULL, NULL, now);
	body = sc_asprintf("{\"serial\":\"%s\",\"ott\":\"%s\","
			   "\"reasonCode\":4,\"passive\":true}",
	    text, token);
	if (body == NULL)
		bench_die("out of memory");
	sc_buf_putf(b,
	    "POST /1.0/revoke HTTP/1.1\r\nHost: %s\r\n"
	    "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n"
	    "%s",
	    host, strlen(body), body);
	free(token);
	free(body);
	if ((request = sc_buf_steal(b, len)) == NULL)
		bench_die("out of memory");
	return request;
}

void
bench_jobs_init(struct bench_jobs *j, size_t n, int status, size_t max)
{
	j->n = n;
	j->status = status;
	j->max = max;
	j->request = calloc(n, sizeof(*j->request));
	j->len = calloc(n, sizeof(*j->len));
	if (j->request == NULL || j->len == NULL)
		bench_die("out of memory");
}

void
bench_jobs_make_revoke(struct bench_jobs *j, size_t n, uint64_t first,
    const char *ca_json, const char *password_file, const char *root_pem,
    const char *host)
{
	struct bench_maker m = {0};
	int64_t now = sc_clock_now();
	size_t i;

	bench_maker_open(&m, ca_json, password_file, root_pem);
	snprintf(m.audience, sizeof(m.audience), "https://%s/1.0/revoke", host);
	bench_jobs_init(j, n, 200, 65536);
	for (i = 0; i < n; i++)
		j->request[i] =
		    make_revoke(&m, host, first + i, now, &j->len[i]);
	bench_maker_close(&m);
}

void
bench_jobs_repeat(
    struct bench_jobs *j, size_t n, const char *request, int status, size_t max)
{
	size_t i;

	bench_jobs_init(j, n, status, max);
	for (i = 0; i < n; i++) {
		if ((j->request[i] = sc_strdup(request)) == NULL)
			bench_die("out of memory");
		j->len[i] = strlen(request);
	}
}

void
bench_jobs_make(struct bench_jobs *j, size_t n, const char *ca_json,
    const char *password_file, const char *root_pem, const char *host)
{
	struct maker m = {0};
	int64_t now = sc_clock_now();
	size_t i;

	bench_maker_open(&m.m, ca_json, password_file, root_pem);
	snprintf(
	    m.m.audience, sizeof(m.m.audience), "https://%s/1.0/sign", host);
	for (i = 0; i < REQUESTS; i++)
		make_csr(&m, i);
	bench_jobs_init(j, n, 201, 65536);
	for (i = 0; i < n; i++)
		j->request[i] = make_request(&m, host, i, now, &j->len[i]);
	for (i = 0; i < REQUESTS; i++)
		free(m.csr[i]);
	bench_maker_close(&m.m);
}

void
bench_jobs_free(struct bench_jobs *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		free(j->request[i]);
	free(j->request);
	free(j->len);
}
