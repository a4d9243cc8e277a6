/*
 * Jobs for the SSH authority.
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
#include "base/limits.h"
#include "base/mem.h"
#include "base/random.h"
#include "bench.h"
#include "crypto/jws.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "maker.h"

static void
check(int r, const struct sc_error *e)
{
	if (r != 0)
		bench_die("%s", e->msg);
}

static void
put_string(struct json_object *o, const char *name, const char *value)
{
	json_object_object_add(o, name, json_object_new_string(value));
}

static char *
http(const char *path, const char *host, const char *body, size_t *len)
{
	char *s = sc_asprintf("POST %s HTTP/1.1\r\nHost: %s\r\n"
			      "Content-Type: application/json\r\n"
			      "Content-Length: %zu\r\n\r\n%s",
	    path, host, strlen(body), body);

	if (s == NULL)
		bench_die("out of memory");
	*len = strlen(s);
	return s;
}

/* A new key, and its blob in base64. */
static char *
new_key(struct sc_key **key, struct sc_ssh_key **pub)
{
	struct sc_error e = SC_ERROR_INIT;
	const uint8_t *blob;
	size_t n;

	check(sc_key_generate("EC", "P-256", 0, key, &e), &e);
	check(sc_ssh_key_new(*key, pub, &e), &e);
	blob = sc_ssh_key_blob(*pub, &n);
	return sc_b64_encode(SC_B64_STD, blob, n);
}

/* claim step.ssh */
static struct json_object *
ssh_claim(const char *name)
{
	struct json_object *step = json_object_new_object();
	struct json_object *ssh = json_object_new_object();
	struct json_object *list = json_object_new_array();

	json_object_array_add(list, json_object_new_string(name));
	put_string(ssh, "certType", "user");
	put_string(ssh, "keyID", name);
	json_object_object_add(ssh, "principals", list);
	put_string(ssh, "validAfter", "");
	put_string(ssh, "validBefore", "");
	json_object_object_add(step, "ssh", ssh);
	return step;
}

void
bench_jobs_make_ssh(struct bench_jobs *j, size_t n, const char *ca_json,
    const char *password_file, const char *root_pem, const char *host)
{
	struct bench_maker m = {0};
	struct sc_ssh_key *pub;
	struct sc_key *key;
	char name[32], *blob = new_key(&key, &pub), *token, *body;
	int64_t now = sc_clock_now();
	size_t i;

	bench_maker_open(&m, ca_json, password_file, root_pem);
	snprintf(
	    m.audience, sizeof(m.audience), "https://%s/1.0/ssh/sign", host);
	bench_jobs_init(j, n, 201, 65536);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "user%zu", i % 64);
		token =
		    bench_make_token(&m, name, "step", ssh_claim(name), now);
		body = sc_asprintf(
		    "{\"publicKey\":\"%s\",\"ott\":\"%s\"}", blob, token);
		if (body == NULL)
			bench_die("out of memory");
		j->request[i] = http("/1.0/ssh/sign", host, body, &j->len[i]);
		free(token);
		free(body);
	}
	bench_maker_close(&m);
	sc_ssh_key_free(pub);
	sc_key_free(key);
	free(blob);
}

static int
password_of(void *arg, const char *what, char **pw, struct sc_error *e)
{
	(void)what;
	return sc_password_read(arg, pw, e);
}

/* The certificate of a host, in base64; *serial as in tokens. */
static char *
host_cert(const char *host_key, const char *password_file,
    struct sc_ssh_key *pub, char serial[32])
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_ssh_cert c = {0};
	struct sc_key *ca = NULL;
	char *pem, *text, *file = sc_strdup(password_file);
	uint64_t now = (uint64_t)sc_clock_now();
	size_t n;

	check(sc_file_read(host_key, SC_MAX_PEM_FILE, &pem, &n, &e), &e);
	check(
	    sc_key_from_pem(pem, n, host_key, password_of, file, &ca, &e), &e);
	sc_freezero(pem, n);
	free(file);
	c.type = SC_SSH_HOST;
	c.key = sc_ssh_key_dup(pub);
	c.key_id = sc_strdup("host.bench.example");
	c.valid_after = now - 60;
	c.valid_before = now + 24 * 3600;
	if (sc_strlist_add(&c.principals, "host.bench.example") != 0)
		bench_die("out of memory");
	check(sc_ssh_serial(&c.serial, &e), &e);
	check(sc_ssh_cert_sign(&c, ca, &e), &e);
	snprintf(serial, 32, "%llu", (unsigned long long)c.serial);
	text = sc_b64_encode(SC_B64_STD, c.blob, c.blob_len);
	sc_ssh_cert_clear(&c);
	sc_key_free(ca);
	return text;
}

static char *
pop_token(const struct sc_key *key, const char *cert, const char *serial,
    const char *host, int64_t now)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *header = json_object_new_object();
	struct json_object *claims = json_object_new_object();
	char jti[37], aud[512], *token;

	snprintf(
	    aud, sizeof(aud), "https://%s/1.0/ssh/renew#sshpop/sshpop", host);
	check(sc_uuid4(jti), &e);
	put_string(header, "typ", "JWT");
	put_string(header, "sshpop", cert);
	put_string(claims, "aud", aud);
	put_string(claims, "iss", "sshpop");
	put_string(claims, "sub", serial);
	put_string(claims, "jti", jti);
	json_object_object_add(claims, "iat", json_object_new_int64(now));
	json_object_object_add(claims, "nbf", json_object_new_int64(now));
	json_object_object_add(
	    claims, "exp", json_object_new_int64(now + 3600));
	check(sc_jws_sign(header, claims, "ES256", key, 1, &token, &e), &e);
	json_object_put(header);
	json_object_put(claims);
	return token;
}

void
bench_jobs_make_ssh_renew(struct bench_jobs *j, size_t n, const char *host_key,
    const char *password_file, const char *host)
{
	struct sc_ssh_key *pub;
	struct sc_key *key;
	char serial[32], *blob = new_key(&key, &pub);
	char *cert = host_cert(host_key, password_file, pub, serial);
	char *token, *body;
	int64_t now = sc_clock_now();
	size_t i;

	bench_jobs_init(j, n, 201, 65536);
	for (i = 0; i < n; i++) {
		token = pop_token(key, cert, serial, host, now);
		body = sc_asprintf("{\"ott\":\"%s\"}", token);
		if (body == NULL)
			bench_die("out of memory");
		j->request[i] = http("/1.0/ssh/renew", host, body, &j->len[i]);
		free(token);
		free(body);
	}
	sc_ssh_key_free(pub);
	sc_key_free(key);
	free(cert);
	free(blob);
}
