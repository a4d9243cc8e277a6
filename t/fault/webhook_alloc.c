/*
 * Webhooks while memory runs out: the n-th allocation of ours fails, for each
 * n.  What is read from ca.json, and what a webhook is told, is whole or an
 * error.
 */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/leaf.h"
#include "authority/ssh_sign.h"
#include "authority/webhook_internal.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "provisioner/grant.h"
#include "provisioner/webhook.h"
#include "tap.h"
#include "x509_kit.h"

#define MOST 5000

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);

static long left = -1; /* allocations until the one that fails; -1: none */

static int
fails(void)
{
	return left >= 0 && left-- == 0;
}

void *
__wrap_malloc(size_t n)
{
	return fails() ? NULL : __real_malloc(n);
}

void *
__wrap_calloc(size_t n, size_t size)
{
	return fails() ? NULL : __real_calloc(n, size);
}

void *
__wrap_realloc(void *p, size_t n)
{
	return fails() ? NULL : __real_realloc(p, n);
}

static struct sc_error e;

static void
configuration(void)
{
	static const char text[] =
	    "{\"webhooks\":[{\"id\":\"i\",\"name\":\"n\",\"kind\":"
	    "\"ENRICHING\",\"url\":\"https://h:1/{{ .Token.sub }}\",\"secret\":"
	    "\"AAEC\",\"bearerToken\":\"b\",\"basicAuth\":{\"password\":\"p\"},"
	    "\"clientCert\":\"c\",\"clientKey\":\"/k\"},{\"name\":\"m\","
	    "\"kind\":\"AUTHORIZING\",\"url\":\"https://h\"}]}";
	struct json_object *o = NULL;
	struct sc_webhooks *l = NULL;
	int n, r = -1;

	tap_need(tap_int(sc_json_parse(text, strlen(text), 0, &o, &e), 0));
	for (n = 0; r != 0 && n < MOST; n++) {
		tap_context("allocation %d", n);
		e = (struct sc_error)SC_ERROR_INIT;
		left = n;
		r = sc_webhooks_new(o, "/step", &l, &e);
		left = -1;
		if (r != 0)
			tap_ok(r == SC_ERR_NOMEM && l == NULL);
	}
	tap_context("%s", "");
	tap_int(r, 0);
	tap_ok(n > 10 && l != NULL && l->n == 2);
	sc_webhooks_free(l);
	json_object_put(o);
}

/* --- what is told -------------------------------------------------------- */

static struct sc_csr *csr;
static struct sc_leaf leaf;
static struct sc_ssh_key *ssh_key;
static struct sc_ssh_cert ssh_cert;
static struct sc_grant grant;

static int
x509_request(struct sc_buf *b)
{
	return sc_webhook_body_x509_request(b, &grant, csr, &e);
}

static int
x509_certificate(struct sc_buf *b)
{
	return sc_webhook_body_x509(b, &grant, &leaf, csr->key, &e);
}

static int
ssh_request(struct sc_buf *b)
{
	const struct sc_ssh_sign_request rq = {
	    .key = ssh_key,
	    .cert_type = "user",
	    .principals = &ssh_cert.principals,
	};

	return sc_webhook_body_ssh_request(b, &grant, &rq, &e);
}

static int
ssh_certificate(struct sc_buf *b)
{
	return sc_webhook_body_ssh(b, &grant, &ssh_cert, &e);
}

/* All that a body can hold. */
static bool
set_up(void)
{
	static const char written[] =
	    "{\"subject\":{\"commonName\":\"a\",\"organization\":[\"b\"]},"
	    "\"serialNumber\":\"0x112233445566778899\",\"dnsNames\":\"d\","
	    "\"sans\":[{\"type\":\"dn\",\"asn1Value\":{\"commonName\":\"x\"}}],"
	    "\"keyUsage\":[\"digitalSignature\",\"crlSign\"],\"extKeyUsage\":"
	    "\"any\",\"unknownExtKeyUsage\":[\"1.2.3\"],\"ocspServer\":"
	    "\"http://o/\",\"policyIdentifiers\":\"1.2.3\","
	    "\"basicConstraints\":{\"isCA\":true},\"nameConstraints\":"
	    "{\"permittedDNSDomains\":[\"a\"]},\"subjectKeyId\":\"AQID\","
	    "\"extensions\":[{\"id\":\"1.2.4\",\"value\":\"BQA=\"}]}";
	struct kit_csr request = {.cn = "a.example.com"};
	size_t n = 0;
	uint8_t *der = kit_csr(&request, &n);
	bool good;

	grant.provisioner_name = sc_strdup("provisioner");
	grant.principal = sc_strdup("principal");
	grant.credential = kit_leaf("voucher", kit_issuer(KIT_P256));
	good = sc_csr_parse_der(der, n, &csr, &e) == 0 &&
	    sc_leaf_read(&leaf, written, strlen(written), &e) == 0 &&
	    sc_ssh_key_new(kit_key(KIT_ED25519), &ssh_key, &e) == 0;
	free(der);
	ssh_cert.type = SC_SSH_USER;
	ssh_cert.key = sc_ssh_key_dup(ssh_key);
	ssh_cert.key_id = sc_strdup("id");
	ssh_cert.serial = UINT64_MAX;
	return good && sc_strlist_add(&ssh_cert.principals, "joe") == 0 &&
	    sc_ssh_options_add(&ssh_cert.critical, "force-command", "x") == 0;
}

static void
tear_down(void)
{
	sc_csr_free(csr);
	sc_leaf_clear(&leaf);
	sc_ssh_key_free(ssh_key);
	sc_ssh_cert_clear(&ssh_cert);
	sc_grant_clear(&grant);
}

/* The same text as without a failure, or an error. */
static void
run_out(const char *name, int (*body)(struct sc_buf *b))
{
	struct sc_buf *b, *whole = sc_buf_new(1 << 20);
	int n, r = -1;

	tap_need(tap_int(body(whole), 0));
	for (n = 0; r != 0 && n < MOST; n++) {
		tap_context("%s, allocation %d", name, n);
		e = (struct sc_error)SC_ERROR_INIT;
		b = sc_buf_new(1 << 20);
		left = n;
		r = body(b);
		left = -1;
		if (r == 0)
			tap_str(sc_buf_str(b), sc_buf_str(whole));
		else
			tap_int(r, SC_ERR_NOMEM);
		sc_buf_free(b);
	}
	tap_int(r, 0);
	tap_ok(n > 2);
	tap_context("%s", "");
	sc_buf_free(whole);
}

static void
bodies(void)
{
	sc_clock_fix(KIT_NOW);
	tap_need(tap_ok(set_up()));
	run_out("X.509 request", x509_request);
	run_out("X.509 certificate", x509_certificate);
	run_out("SSH request", ssh_request);
	run_out("SSH certificate", ssh_certificate);
	tear_down();
}

TAP_MAIN(TAP_NAMED("ca.json", configuration),
    TAP_NAMED("what webhooks are told", bodies))
