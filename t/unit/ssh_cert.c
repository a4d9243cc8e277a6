/* SSH certificates (rows S1, S2, S5-S8, S11, S12), against ssh-keygen. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"
#include "mutate.h"
#include "ssh_kit.h"
#include "tap.h"

#define AFTER 1700000000 /* 2023-11-14T22:13:20Z */
#define BEFORE 1700003600

static struct sc_error e;

static const char *const cas[] = {"ed25519", "ec256", "ec384", "ec521", "rsa"};
#define CAS (sizeof cas / sizeof cas[0])

static struct sc_ssh_cert
fill(const char *key)
{
	struct sc_ssh_cert c = {0};

	e = (struct sc_error)SC_ERROR_INIT;
	c.key = sc_ssh_key_dup(kit_ssh_public(key));
	c.serial = 0x8000000000000001;
	c.type = SC_SSH_USER;
	c.key_id = sc_strdup("joe@example.com");
	sc_strlist_add(&c.principals, "joe");
	sc_strlist_add(&c.principals, "joe@example.com");
	c.valid_after = AFTER;
	c.valid_before = BEFORE;
	sc_ssh_options_add(&c.extensions, "permit-pty", "");
	sc_ssh_options_add(&c.extensions, "permit-X11-forwarding", "");
	sc_ssh_options_add(&c.critical, "source-address", "10.0.0.0/8");
	sc_ssh_options_add(&c.critical, "force-command", "echo \xc3\xa9");
	return c;
}

static int
sign(struct sc_ssh_cert *c, const char *ca)
{
	int r = sc_ssh_cert_sign(c, kit_ssh_key(ca), &e);

	if (r != 0)
		tap_ok(c->blob == NULL && c->signer == NULL);
	return r;
}

static void
same_options(const struct sc_ssh_options *a, const struct sc_ssh_options *b)
{
	size_t i;

	if (!tap_int(a->n, b->n))
		return;
	for (i = 0; i < a->n; i++) {
		tap_str(a->v[i].name, b->v[i].name);
		tap_str(a->v[i].value, b->v[i].value);
	}
}

static void
same(const struct sc_ssh_cert *a, const struct sc_ssh_cert *b)
{
	size_t i;

	tap_ok(sc_ssh_key_same(a->key, b->key));
	tap_ok(a->serial == b->serial);
	tap_int(a->type, b->type);
	tap_str(a->key_id, b->key_id);
	tap_int(a->principals.n, b->principals.n);
	for (i = 0; i < a->principals.n && i < b->principals.n; i++)
		tap_str(a->principals.v[i], b->principals.v[i]);
	tap_ok(a->valid_after == b->valid_after);
	tap_ok(a->valid_before == b->valid_before);
	same_options(&a->critical, &b->critical);
	same_options(&a->extensions, &b->extensions);
	tap_ok(sc_ssh_key_same(a->signer, b->signer));
	tap_int(a->signed_len, b->signed_len);
	tap_mem(a->sig, a->sig_len, b->sig, b->sig_len);
	tap_str(a->sig_alg, b->sig_alg);
}

/* Every CA key over every key: read again, verified, and so says OpenSSH. */
static void
made_here(void)
{
	struct sc_ssh_cert *back = NULL;
	const char *out,
	    *algs[] = {"ssh-ed25519", "ecdsa-sha2-nistp256",
		"ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521", "rsa-sha2-256"};
	char *line = NULL, want[128];
	size_t i, j;

	for (i = 0; i < CAS; i++)
		for (j = 0; j < CAS; j++) {
			struct sc_ssh_cert c = fill(cas[j]);

			tap_context("%s over %s", cas[i], cas[j]);
			tap_need(tap_int(sign(&c, cas[i]), 0));
			tap_int(
			    sc_ssh_cert_parse(c.blob, c.blob_len, &back, &e),
			    0);
			tap_need(back != NULL);
			same(&c, back);
			tap_str(back->sig_alg, algs[i]);
			tap_int(sc_ssh_cert_verify(
				    back, kit_ssh_public(cas[i]), &e),
			    0);
			tap_int(sc_ssh_cert_verify(back, NULL, &e), 0);
			tap_int(sc_ssh_cert_verify(
				    back, kit_ssh_public("ed25519-2"), &e),
			    SC_ERR_UNAUTHENTICATED);
			sc_ssh_cert_free(back);
			if (kit_have_ssh_keygen()) {
				tap_int(sc_ssh_cert_to_line(&c, "c", &line), 0);
				tap_file("x-cert.pub", line, strlen(line));
				free(line);
				out = kit_ssh_keygen("-L -f x-cert.pub");
				tap_need(out != NULL);
				tap_has(out, "Serial: 9223372036854775809\n");
				tap_has(out, "Key ID: \"joe@example.com\"\n");
				tap_has(out, "user certificate\n");
				snprintf(
				    want, sizeof want, "(using %s)\n", algs[i]);
				tap_has(out, want);
				tap_has(out,
				    "Valid: from 2023-11-14T22:13:20 to "
				    "2023-11-14T23:13:20\n");
				tap_has(out,
				    "Principals: \n"
				    "                joe\n"
				    "                joe@example.com\n");
				tap_has(out,
				    "source-address 10.0.0.0/8\n"
				    "        Extensions: \n"
				    "                permit-X11-forwarding\n"
				    "                permit-pty\n");
			}
			sc_ssh_cert_clear(&c);
		}
	tap_context("%s", "");
}

static void
made_by_ssh_keygen(void)
{
	static const struct {
		const char *ca, *alg, *want;
	} t[] = {
	    {"ed25519", "", "ssh-ed25519"},
	    {"ec256", "", "ecdsa-sha2-nistp256"},
	    {"ec384", "", "ecdsa-sha2-nistp384"},
	    {"ec521", "", "ecdsa-sha2-nistp521"},
	    {"rsa", "-t rsa-sha2-256", "rsa-sha2-256"},
	    {"rsa", "-t rsa-sha2-512", "rsa-sha2-512"},
	    {"rsa", "-t ssh-rsa", "ssh-rsa"},
	};
	struct sc_ssh_cert *c;
	char *line = NULL;
	size_t i;

	if (!kit_have_ssh_keygen()) {
		tap_skip("no ssh-keygen");
		return;
	}
	tap_int(sc_ssh_key_to_line(kit_ssh_public("ec256"), "x", &line), 0);
	tap_file("u.pub", line, strlen(line));
	free(line);
	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		tap_context("%s %s", t[i].ca, t[i].alg);
		tap_need(kit_ssh_keygen("-q -s %s %s -I 'the id' -z 77 -n a,b "
					"-V 20231114221320:20231114231320 "
					"-O clear -O permit-pty "
					"-O force-command='ls -l' "
					"-O extension:x@y=v u.pub",
			     kit_ssh_key_file(t[i].ca), t[i].alg) != NULL);
		c = kit_ssh_cert_read("u-cert.pub");
		tap_need(c != NULL);
		tap_str(c->key_id, "the id");
		tap_int(c->serial, 77);
		tap_int(c->principals.n, 2);
		tap_str(c->principals.v[1], "b");
		tap_int(c->valid_after, AFTER);
		tap_int(c->valid_before, BEFORE);
		tap_str(
		    sc_ssh_options_get(&c->critical, "force-command"), "ls -l");
		tap_str(sc_ssh_options_get(&c->extensions, "permit-pty"), "");
		tap_str(sc_ssh_options_get(&c->extensions, "x@y"), "v");
		tap_ok(sc_ssh_options_get(&c->extensions, "y") == NULL);
		tap_str(c->sig_alg, t[i].want);
		/* S12: a signature with SHA-1 is none. */
		tap_int(sc_ssh_cert_verify(c, kit_ssh_public(t[i].ca), &e),
		    strcmp(t[i].want, "ssh-rsa") == 0 ? SC_ERR_UNAUTHENTICATED
						      : 0);
		sc_ssh_cert_free(c);
	}
	/* A host's, for ever, for everybody: read, for those who inspect. */
	tap_context("host");
	tap_need(kit_ssh_keygen("-q -s %s -h -I h u.pub",
		     kit_ssh_key_file("ed25519")) != NULL);
	c = kit_ssh_cert_read("u-cert.pub");
	tap_need(c != NULL);
	tap_int(c->type, SC_SSH_HOST);
	tap_int(c->principals.n, 0);
	tap_ok(c->valid_before == SC_SSH_FOREVER);
	tap_int(sc_ssh_cert_check_time(c, AFTER, &e), 0);
	sc_ssh_cert_free(c);
	tap_context("%s", "");
}

static void
times(void)
{
	struct sc_ssh_cert c = fill("ed25519");

	tap_int(
	    sc_ssh_cert_check_time(&c, AFTER - 1, &e), SC_ERR_UNAUTHENTICATED);
	tap_int(sc_ssh_cert_check_time(&c, AFTER, &e), 0);
	tap_int(sc_ssh_cert_check_time(&c, BEFORE - 1, &e), 0);
	tap_int(sc_ssh_cert_check_time(&c, BEFORE, &e), SC_ERR_EXPIRED);
	tap_int(sc_ssh_cert_check_time(&c, -1, &e), SC_ERR_UNAUTHENTICATED);
	sc_ssh_cert_clear(&c);
}

static void
s1_no_principals(void)
{
	struct sc_ssh_cert c = fill("ed25519");

	sc_strlist_clear(&c.principals);
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	tap_has(e.client, "principals cannot be empty");
	c.type = SC_SSH_HOST;
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	sc_strlist_add(&c.principals, "");
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	tap_str(e.client, "principals cannot contain empty values");
	sc_ssh_cert_clear(&c);
}

static void
s2_principals(void)
{
	static const char *const bad[] = {"deploy,root", "a b", "a\nb", "a\tb",
	    "*", "*.example.com", "a?", "!root", "#a", "\"a", "a\x7f",
	    "\xff\xfe", "\xc0\x80"};
	static const char *const good[] = {"joe", "joe@example.com",
	    "EXAMPLE\\joe", "h.example.com", "10.0.0.1", "::1", "jos\xc3\xa9",
	    "-x_y"};
	char *s;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct sc_ssh_cert c = fill("ed25519");

		tap_context("%zu", i);
		tap_int(sc_ssh_principal_check(bad[i], &e), SC_ERR_MALFORMED);
		sc_strlist_add(&c.principals, bad[i]);
		tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
		sc_ssh_cert_clear(&c);
	}
	tap_context("%s", "");
	for (i = 0; i < sizeof good / sizeof good[0]; i++)
		tap_int(sc_ssh_principal_check(good[i], &e), 0);
	s = malloc(4097);
	tap_need(s != NULL);
	memset(s, 'a', 4096);
	s[4096] = '\0';
	tap_int(sc_ssh_principal_check(s, &e), SC_ERR_MALFORMED);
	s[SC_MAX_SSH_PRINCIPAL + 1] = '\0';
	tap_int(sc_ssh_principal_check(s, &e), SC_ERR_MALFORMED);
	s[SC_MAX_SSH_PRINCIPAL] = '\0';
	tap_int(sc_ssh_principal_check(s, &e), 0);
	free(s);
}

static void
principal_count(void)
{
	struct sc_ssh_cert c = fill("ed25519"), *back = NULL;
	char name[16];
	unsigned i;

	for (i = (unsigned)c.principals.n; i < SC_MAX_SSH_PRINCIPALS; i++) {
		snprintf(name, sizeof name, "p%u", i);
		sc_strlist_add(&c.principals, name);
	}
	tap_int(sign(&c, "ed25519"), 0);
	tap_int(sc_ssh_cert_parse(c.blob, c.blob_len, &back, &e), 0);
	tap_int(back->principals.n, SC_MAX_SSH_PRINCIPALS);
	sc_ssh_cert_free(back);
	sc_strlist_add(&c.principals, "more");
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	sc_ssh_cert_clear(&c);
}

static void
s4_s5_s8_s11_fields(void)
{
	struct sc_ssh_cert c = fill("ed25519");
	char *long_id;

	tap_int(sign(&c, "ed25519"), 0);
	c.serial = 0;
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	c.serial = UINT64_MAX;
	tap_int(sign(&c, "ed25519"), 0);
	c.type = (enum sc_ssh_cert_type)3;
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	c.type = SC_SSH_USER;
	c.valid_before = c.valid_after;
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	c.valid_before++;
	tap_int(sign(&c, "ed25519"), 0);
	free(c.key_id);
	c.key_id = sc_strdup("joe\nroot");
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	free(c.key_id);
	c.key_id = sc_strdup("");
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	free(c.key_id);
	long_id = malloc(SC_MAX_SSH_KEY_ID + 2);
	tap_need(long_id != NULL);
	memset(long_id, 'k', SC_MAX_SSH_KEY_ID + 1);
	long_id[SC_MAX_SSH_KEY_ID + 1] = '\0';
	c.key_id = long_id;
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	long_id[SC_MAX_SSH_KEY_ID] = '\0';
	tap_int(sign(&c, "ed25519"), 0);
	sc_ssh_cert_clear(&c);
}

static void
s7_options(void)
{
	struct sc_ssh_options o = {0};
	struct sc_ssh_cert c = fill("ed25519");
	char name[16], *t;
	unsigned i;

	tap_int(sc_ssh_options_add(&o, "b", "1"), 0);
	tap_int(sc_ssh_options_add(&o, "c", ""), 0);
	tap_int(sc_ssh_options_add(&o, "a", "x"), 0);
	tap_int(sc_ssh_options_add(&o, "b", "2"), SC_ERR_CONFLICT);
	tap_int(sc_ssh_options_add(&o, "", "2"), SC_ERR_MALFORMED);
	tap_int(o.n, 3);
	tap_str(o.v[0].name, "a");
	tap_str(o.v[2].name, "c");
	for (i = 3; i < SC_MAX_SSH_OPTIONS; i++) {
		snprintf(name, sizeof name, "o%u", i);
		tap_int(sc_ssh_options_add(&o, name, ""), 0);
	}
	tap_int(sc_ssh_options_add(&o, "p", ""), SC_ERR_TOO_LARGE);
	sc_ssh_options_clear(&o);

	/* By hand out of order, or twice, or with a strange name. */
	t = c.extensions.v[0].name;
	c.extensions.v[0].name = c.extensions.v[1].name;
	c.extensions.v[1].name = t;
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	sc_ssh_options_clear(&c.extensions);
	sc_ssh_options_add(&c.extensions, "a b", "");
	tap_int(sign(&c, "ed25519"), SC_ERR_MALFORMED);
	sc_ssh_cert_clear(&c);
}

/*
 * A certificate by hand, with the options and the type of key as given; the
 * signature is nonsense, which the reader does not look at.
 */
static struct sc_buf *
by_hand(uint32_t type, const char *ext, size_t ext_len, const char *principals,
    size_t principals_len, const struct sc_ssh_key *signer)
{
	const struct sc_ssh_key *k = kit_ssh_public("ed25519");
	struct sc_buf *b = sc_buf_new(SC_MAX_SSH_CERT + 1);
	const uint8_t *p;
	size_t n;

	sc_ssh_put_text(b, "ssh-ed25519-cert-v01@openssh.com");
	sc_ssh_put_text(b, "nonce");
	p = sc_ssh_key_fields(k, &n);
	sc_buf_put(b, p, n);
	sc_buf_put_u64(b, 1);
	sc_buf_put_u32(b, type);
	sc_ssh_put_text(b, "id");
	sc_buf_put_string(b, principals, principals_len);
	sc_buf_put_u64(b, 1);
	sc_buf_put_u64(b, 2);
	sc_ssh_put_text(b, "");
	sc_buf_put_string(b, ext, ext_len);
	sc_ssh_put_text(b, "");
	if (signer != NULL) {
		p = sc_ssh_key_blob(signer, &n);
		sc_buf_put_string(b, p, n);
	} else {
		struct sc_buf *c = sc_buf_new(1024);

		sc_ssh_put_text(c, "ssh-ed25519-cert-v01@openssh.com");
		sc_ssh_put_buf(b, c);
		sc_buf_free(c);
	}
	sc_ssh_put_text(b, "signature");
	return b;
}

static int
read_back(struct sc_buf *b)
{
	struct sc_ssh_cert *c = NULL;
	int r = sc_ssh_cert_parse(sc_buf_data(b), sc_buf_len(b), &c, &e);

	sc_ssh_cert_free(c);
	sc_buf_free(b);
	return r;
}

static void
forms_refused(void)
{
	const struct sc_ssh_key *k = kit_ssh_public("ec256");

#define HAND(type, ext, principals)                                            \
	read_back(by_hand(type, ext, sizeof(ext) - 1, principals,              \
	    sizeof(principals) - 1, k))
	tap_int(HAND(1, "", "\0\0\0\1a"), 0);
	tap_int(HAND(2, "", ""), 0);
	tap_int(HAND(0, "", ""), SC_ERR_MALFORMED);
	tap_int(HAND(3, "", ""), SC_ERR_MALFORMED);
	tap_int(HAND(1, "", "\0\0\0\2a"), SC_ERR_MALFORMED);
	tap_int(HAND(1, "", "\0\0\0\2a\0"), SC_ERR_MALFORMED);
	tap_int(HAND(1, "", "\0\0\0\1\xff"), SC_ERR_MALFORMED);
	tap_int(HAND(1, "\0\0\0\1a\0\0\0\0\0\0\0\1b\0\0\0\0", ""), 0);
	/* S7: not sorted, twice, a value that is no string, no value. */
	tap_int(HAND(1, "\0\0\0\1b\0\0\0\0\0\0\0\1a\0\0\0\0", ""),
	    SC_ERR_MALFORMED);
	tap_int(HAND(1, "\0\0\0\1a\0\0\0\0\0\0\0\1a\0\0\0\0", ""),
	    SC_ERR_MALFORMED);
	tap_int(HAND(1, "\0\0\0\1a\0\0\0\1v", ""), SC_ERR_MALFORMED);
	tap_int(HAND(1, "\0\0\0\1a\0\0\0\6\0\0\0\1vx", ""), SC_ERR_MALFORMED);
	tap_int(HAND(1, "\0\0\0\1a", ""), SC_ERR_MALFORMED);
	tap_int(HAND(1, "\0\0\0\0\0\0\0\0", ""), SC_ERR_MALFORMED);
	/* Signed by a certificate. */
	tap_int(read_back(by_hand(1, "", 0, "", 0, NULL)), SC_ERR_MALFORMED);
#undef HAND
}

static bool
accepts(const uint8_t *p, size_t n, void *arg)
{
	struct sc_ssh_cert *c = NULL;
	bool ok;

	(void)arg;
	ok = sc_ssh_cert_parse(p, n, &c, NULL) == 0 &&
	    sc_ssh_cert_verify(c, NULL, NULL) == 0;
	sc_ssh_cert_free(c);
	return ok;
}

static void
damaged(void)
{
	struct sc_ssh_cert c = fill("ec256");
	size_t cases;

	tap_int(sign(&c, "ed25519"), 0);
	tap_ok(accepts(c.blob, c.blob_len, NULL));
	/* The signature covers all of it but itself. */
	tap_int(mutate(c.blob, c.blob_len, 3, accepts, NULL, &cases), 0);
	tap_ok(cases > 1000);
	sc_ssh_cert_clear(&c);
}

static void
size_limit(void)
{
	struct sc_ssh_cert c = fill("ed25519"), *back = NULL;
	uint8_t *p = calloc(1, SC_MAX_SSH_CERT + 1);
	char *s = malloc(SC_MAX_SSH_CERT);

	tap_need(p != NULL && s != NULL);
	tap_int(sc_ssh_cert_parse(p, SC_MAX_SSH_CERT, &back, &e),
	    SC_ERR_UNSUPPORTED);
	tap_int(sc_ssh_cert_parse(p, SC_MAX_SSH_CERT + 1, &back, &e),
	    SC_ERR_TOO_LARGE);
	memset(s, 'x', SC_MAX_SSH_CERT - 1);
	s[SC_MAX_SSH_CERT - 1] = '\0';
	sc_ssh_options_add(&c.critical, "zz", s);
	tap_int(sign(&c, "ed25519"), SC_ERR_TOO_LARGE);
	free(p);
	free(s);
	sc_ssh_cert_clear(&c);
}

static int
compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void
s11_serials(void)
{
	const unsigned many = tap_below_checker() ? 20000 : 1000000;
	uint64_t *v = calloc(many, sizeof *v);
	unsigned i, zero = 0, again = 0, high = 0;

	tap_need(v != NULL);
	for (i = 0; i < many; i++) {
		if (sc_ssh_serial(&v[i], &e) != 0)
			break;
		zero += v[i] == 0;
		high += v[i] >> 63 != 0;
	}
	tap_int(i, many);
	qsort(v, many, sizeof *v, compare);
	for (i = 1; i < many; i++)
		again += v[i] == v[i - 1];
	tap_int(zero, 0);
	tap_int(again, 0);
	tap_ok(high > many / 3 && high < many / 3 * 2);
	free(v);
}

TAP_MAIN(TAP_TEST(made_here), TAP_TEST(made_by_ssh_keygen), TAP_TEST(times),
    TAP_NAMED("S1 no certificate without principals", s1_no_principals),
    TAP_NAMED("S2 principals that could mean others", s2_principals),
    TAP_TEST(principal_count),
    TAP_NAMED(
	"S4, S5, S8, S11 type, times, key id, serial", s4_s5_s8_s11_fields),
    TAP_NAMED("S7 options sorted and each once", s7_options),
    TAP_TEST(forms_refused), TAP_TEST(damaged), TAP_TEST(size_limit),
    TAP_NAMED("S11 serials", s11_serials))
