/*
 * The X.509 layer on a command line, so that openssl and certtool can be set
 * against it:
 *
 *	x509tool csr PEM: its names, one a line, and whether it verifies
 *	x509tool make-csr KEY NAME.. > csr
 *	x509tool root KEY NAME > pem
 *	x509tool ca KEY NAME CA-PEM CA-KEY > pem
 *	x509tool leaf CSR CA-PEM CA-KEY > pem: with the names of the request
 *	x509tool verify LEAF CA-PEM HOST
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"

#define DAY INT64_C(86400)

static struct sc_error err;

/* The tool has nothing to clean up: the first failure ends it. */
static void
need(int r)
{
	if (r == 0)
		return;
	fprintf(stderr, "x509tool: %d %s\n", r, err.msg);
	exit(1);
}

static char *
slurp(const char *path, size_t *n)
{
	char *s = NULL;

	need(sc_file_read(path, SC_MAX_PEM_FILE, &s, n, &err));
	return s;
}

static struct sc_key *
load_key(const char *path)
{
	struct sc_key *k = NULL;
	size_t n;
	char *s = slurp(path, &n);

	need(sc_key_from_pem(s, n, path, NULL, NULL, &k, &err));
	sc_free_secret(s);
	return k;
}

static struct sc_csr *
load_csr(const char *path)
{
	struct sc_csr *c = NULL;
	size_t n;
	char *s = slurp(path, &n);

	need(sc_csr_parse_pem(s, n, &c, &err));
	free(s);
	return c;
}

static void
load_certs(const char *path, struct sc_certs *l)
{
	size_t n;
	char *s = slurp(path, &n);

	need(sc_certs_from_pem(s, n, l, &err));
	free(s);
}

static int
show_csr(char **argv)
{
	struct sc_csr *c = load_csr(argv[0]);
	char key[40];
	size_t i;

	sc_key_describe(c->key, key, sizeof(key));
	printf("key %s\ncn %s\n", key, c->common_name);
	for (i = 0; i < c->sans.n; i++)
		printf("%s %s\n", sc_san_type_name(c->sans.v[i].type),
		    c->sans.v[i].value);
	printf("others %zu\n", c->other_sans);
	need(sc_csr_verify(c, &err));
	puts("verified");
	sc_csr_free(c);
	return 0;
}

static int
make_csr(char **argv)
{
	struct sc_name subject = {0};
	struct sc_sans sans = {0};
	struct sc_key *key = load_key(argv[0]);
	char *pem;
	int i;

	subject.common_name = sc_strdup(argv[1]);
	for (i = 1; argv[i] != NULL; i++)
		need(sc_sans_add_auto(&sans, argv[i], &err));
	need(sc_csr_create(&subject, &sans, key, &pem, &err));
	fputs(pem, stdout);
	free(pem);
	sc_key_free(key);
	sc_sans_clear(&sans);
	sc_name_clear(&subject);
	return 0;
}

/* Build for a day from now, show, clear. */
static int
build(struct sc_cert_plan *p, const struct sc_key *key,
    const struct sc_issuer *issuer)
{
	struct sc_cert *c;
	char *pem;

	p->not_before = sc_clock_now();
	p->not_after = p->not_before + DAY;
	need(sc_cert_build(p, key, issuer, &c, &err));
	need(sc_cert_to_pem(c, &pem));
	fputs(pem, stdout);
	free(pem);
	sc_cert_free(c);
	sc_cert_plan_clear(p);
	return 0;
}

static struct sc_issuer *
load_issuer(char **argv)
{
	struct sc_issuer *i;
	struct sc_certs certs = {0};
	struct sc_key *key = load_key(argv[1]);

	load_certs(argv[0], &certs);
	need(sc_issuer_new(certs.v[0], key, &i, &err));
	sc_certs_clear(&certs);
	sc_key_free(key);
	return i;
}

static int
make_ca(char **argv)
{
	struct sc_cert_plan p = {.is_ca = true, .path_len = 1};
	struct sc_issuer *issuer = argv[2] != NULL ? load_issuer(argv + 2) : 0;
	struct sc_key *key = load_key(argv[0]);
	int r;

	if (issuer != NULL)
		p.path_len = 0;
	p.key_usage = SC_KU_CERT_SIGN | SC_KU_CRL_SIGN;
	p.subject.common_name = sc_strdup(argv[1]);
	need(sc_strlist_add(&p.subject.organization, "J\xc3\xbcrgen & Co"));
	need(sc_strlist_add(&p.subject.country, "DE"));
	r = build(&p, key, issuer);
	sc_issuer_free(issuer);
	sc_key_free(key);
	return r;
}

static int
make_leaf(char **argv)
{
	struct sc_cert_plan p = {.path_len = -1};
	struct sc_csr *csr = load_csr(argv[0]);
	struct sc_issuer *issuer = load_issuer(argv + 1);
	uint8_t *der;
	size_t n, i;
	int r;

	need(sc_csr_verify(csr, &err));
	p.subject.common_name = sc_strdup(csr->common_name);
	for (i = 0; i < csr->sans.n; i++)
		need(sc_sans_add(
		    &p.sans, csr->sans.v[i].type, csr->sans.v[i].value, &err));
	p.key_usage = SC_KU_DIGITAL_SIGNATURE;
	need(sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_SERVER_AUTH));
	need(sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_CLIENT_AUTH));
	need(sc_provisioner_ext_encode(1, "admin", "abc", NULL, &der, &n));
	need(sc_cert_plan_add_ext(&p, SC_OID_PROVISIONER, false, der, n));
	free(der);
	r = build(&p, csr->key, issuer);
	sc_issuer_free(issuer);
	sc_csr_free(csr);
	return r;
}

static int
verify(char **argv)
{
	struct sc_certs leaf = {0}, roots = {0};

	load_certs(argv[0], &leaf);
	load_certs(argv[1], &roots);
	need(sc_cert_verify(leaf.v[0], NULL, &roots, SC_EKU_SERVER, argv[2],
	    sc_clock_now(), &err));
	sc_certs_clear(&leaf);
	sc_certs_clear(&roots);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int args; /* at least */
		int (*fn)(char **);
	} verbs[] = {
	    {"csr", 1, show_csr},
	    {"make-csr", 2, make_csr},
	    {"root", 2, make_ca},
	    {"ca", 4, make_ca},
	    {"leaf", 3, make_leaf},
	    {"verify", 3, verify},
	};
	size_t i;

	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (sc_streq(argv[1], verbs[i].name) &&
		    argc - 2 >= verbs[i].args)
			return verbs[i].fn(argv + 2);
	fputs("x509tool: see the comment on top of the source\n", stderr);
	return 2;
}
