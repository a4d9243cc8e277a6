/* Making a PKI in memory, and what is made of roots that are given. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "authority/authority.h"
#include "authority/pki.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "tap.h"

#define NOW INT64_C(1893456000) /* 2030-01-01 */
#define TEN_YEARS (INT64_C(87600) * 3600)

static char name_text[] = "ca.example.com";
static char *names[] = {name_text};
static const struct sc_strlist dns = {names, 1};

static struct sc_pki_request
request(void)
{
	struct sc_pki_request rq = {.steppath = tap_path("step"),
	    .name = "Demo",
	    .dns_names = &dns,
	    .address = ":443",
	    .provisioner = "admin",
	    .password = "pw",
	    .provisioner_password = "other",
	    .now = NOW};

	return rq;
}

static const struct sc_pki_file *
find(const struct sc_pki *p, const char *end)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		if (sc_has_suffix(p->files[i].path, end))
			return &p->files[i];
	return NULL;
}

static struct sc_cert *
cert_of(const struct sc_pki *p, const char *end)
{
	const struct sc_pki_file *f = find(p, end);
	struct sc_certs certs = {0};
	struct sc_cert *c = NULL;

	if (f != NULL && sc_certs_from_pem(f->data, f->len, &certs, NULL) == 0)
		c = sc_cert_dup(certs.v[0]);
	sc_certs_clear(&certs);
	return c;
}

static void
validity(void)
{
	struct sc_pki_request rq = request();
	struct sc_pki p;
	struct sc_cert *root, *crt;

	tap_need(tap_int(sc_pki_create(&rq, &p, NULL), 0));
	root = cert_of(&p, "/root_ca.crt");
	crt = cert_of(&p, "/intermediate_ca.crt");
	tap_need(tap_ok(root != NULL && crt != NULL));
	tap_int(sc_cert_not_before(root), NOW);
	tap_int(sc_cert_not_after(root), NOW + TEN_YEARS);
	tap_int(sc_cert_not_after(crt), NOW + TEN_YEARS);
	tap_int(sc_cert_path_len(root), 1);
	tap_int(sc_cert_path_len(crt), 0);
	sc_cert_free(root);
	sc_cert_free(crt);
	sc_pki_clear(&p);
	tap_int(p.n, 0);
}

static void
files_and_modes(void)
{
	struct sc_pki_request rq = request();
	struct sc_pki p;
	size_t i;

	rq.ssh = true;
	tap_need(tap_int(sc_pki_create(&rq, &p, NULL), 0));
	tap_int(strlen(p.fingerprint), 64);
	for (i = 0; i < p.n; i++) {
		tap_context("%s", p.files[i].path);
		tap_ok(sc_has_prefix(p.files[i].path, rq.steppath));
		if (p.files[i].data == NULL)
			tap_int(p.files[i].mode, 0700);
		else if (strstr(p.files[i].path, "/config/") != NULL ||
		    strstr(p.files[i].path, "/templates/") != NULL)
			tap_int(p.files[i].mode, 0644);
		else
			tap_int(p.files[i].mode, 0600);
		/* No secret in the clear. */
		if (p.files[i].data != NULL &&
		    strstr(p.files[i].path, "/secrets/") != NULL)
			tap_has(p.files[i].data, "Proc-Type: 4,ENCRYPTED");
	}
	tap_context("%s", "");
	tap_ok(find(&p, "/templates/ssh/known_hosts.tpl") != NULL);
	sc_pki_clear(&p);
}

static void
certificates_only(void)
{
	struct sc_pki_request rq = request();
	struct sc_pki p;

	rq.pki_only = true;
	tap_need(tap_int(sc_pki_create(&rq, &p, NULL), 0));
	tap_int(p.n, 4);
	tap_ok(find(&p, "ca.json") == NULL);
	sc_pki_clear(&p);
}

/* Write what was made and open it as a handler does. */
static void
opens_as_an_authority(void)
{
	struct sc_pki_request rq = request();
	struct sc_error e = SC_ERROR_INIT;
	struct sc_authority *ca = NULL;
	const char *pw = tap_file("pw", "pw\n", 3);
	char *folder;
	struct sc_pki p;
	size_t i;

	tap_need(tap_int(sc_pki_create(&rq, &p, NULL), 0));
	for (i = 0; i < p.n; i++) {
		if (p.files[i].data == NULL)
			continue;
		folder = sc_strndup(p.files[i].path,
		    (size_t)(strrchr(p.files[i].path, '/') - p.files[i].path));
		tap_int(sc_mkdirs(folder, 0700, NULL), 0);
		tap_int(sc_file_write(p.files[i].path, p.files[i].data,
			    p.files[i].len, p.files[i].mode, NULL),
		    0);
		free(folder);
	}
	if (!tap_int(sc_authority_open(find(&p, "ca.json")->path, pw,
			 SC_NEED_X509_KEY, &ca, &e),
		0))
		tap_note("%s", e.msg);
	else
		tap_str(sc_authority_warning(ca), "");
	sc_authority_close(ca);
	sc_pki_clear(&p);
}

/* A root that is given: with this path length (-2: a leaf) and end. */
static int
with_root(int path_len, int64_t end, struct sc_pki *out, struct sc_error *e)
{
	struct sc_cert_plan plan = {.not_before = NOW - 10,
	    .not_after = end,
	    .key_usage = SC_KU_CERT_SIGN,
	    .is_ca = path_len != -2,
	    .path_len = path_len};
	struct sc_pki_request rq = request();
	int r;

	plan.subject.common_name = sc_strdup("Old");
	r = sc_key_generate("EC", "P-384", 0, &rq.root_key, e);
	if (r == 0)
		r = sc_cert_build(&plan, rq.root_key, NULL, &rq.root, e);
	if (r == 0)
		r = sc_pki_create(&rq, out, e);
	sc_cert_plan_clear(&plan);
	sc_cert_free(rq.root);
	sc_key_free(rq.root_key);
	return r;
}

static void
given_root(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_pki p;
	struct sc_cert *crt;

	tap_need(tap_int(with_root(-1, NOW + 1000, &p, &e), 0));
	tap_ok(find(&p, "/root_ca_key") == NULL);
	crt = cert_of(&p, "/intermediate_ca.crt");
	tap_need(tap_ok(crt != NULL));
	/* It does not outlive its root. */
	tap_int(sc_cert_not_after(crt), NOW + 1000);
	sc_cert_free(crt);
	sc_pki_clear(&p);
}

static void
unusable_roots(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_pki p = {0};

	tap_int(with_root(0, NOW + 1000, &p, &e), SC_ERR_MALFORMED);
	tap_has(e.msg, "allows no intermediate");
	tap_int(p.n, 0);
	tap_int(with_root(-2, NOW + 1000, &p, &e), SC_ERR_MALFORMED);
	tap_has(e.msg, "not a certificate authority");
	tap_int(p.n, 0);
}

TAP_MAIN(TAP_TEST(validity), TAP_TEST(files_and_modes),
    TAP_TEST(certificates_only), TAP_TEST(opens_as_an_authority),
    TAP_TEST(given_root), TAP_TEST(unusable_roots))
