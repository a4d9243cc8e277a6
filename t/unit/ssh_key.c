/* SSH keys and signatures (attack row S6), against ssh-keygen. */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"
#include "mutate.h"
#include "ssh_kit.h"
#include "tap.h"

static const char *const names[] = {
    "ed25519", "ec256", "ec384", "ec521", "rsa"};
#define NAMES (sizeof names / sizeof names[0])

static struct sc_error e;

/* mpints as RFC 4251 section 5 shows them. */
static void
mpints(void)
{
	static const struct {
		const char *in, *wire;
		size_t in_len, wire_len;
	} t[] = {
	    {"", "\0\0\0\0", 0, 4},
	    {"\0", "\0\0\0\0", 1, 4},
	    {"\x09\xa3\x78\xf9\xb2\xe3\x32\xa7",
		"\0\0\0\x08\x09\xa3\x78\xf9\xb2\xe3\x32\xa7", 8, 12},
	    {"\x80", "\0\0\0\x02\0\x80", 1, 6},
	    {"\0\0\x80", "\0\0\0\x02\0\x80", 3, 6},
	};
	struct sc_reader r;
	struct sc_num n;
	size_t i;

	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		struct sc_buf *b = sc_buf_new(64);

		sc_ssh_put_mpint(b, (const uint8_t *)t[i].in, t[i].in_len);
		tap_mem(
		    sc_buf_data(b), sc_buf_len(b), t[i].wire, t[i].wire_len);
		sc_buf_free(b);
		sc_reader_init(&r, t[i].wire, t[i].wire_len);
		n = sc_ssh_get_mpint(&r);
		/* Zero is no number that a key or signature may have. */
		tap_int(r.err, t[i].wire_len == 4 ? SC_ERR_MALFORMED : 0);
		tap_int(n.n,
		    t[i].wire_len == 4	     ? 0
			: t[i].wire_len == 6 ? 1
					     : 8);
	}
}

static void
mpints_refused(void)
{
	static const struct {
		const char *wire;
		size_t n;
	} t[] = {
	    {"\0\0\0\x01\x80", 5}, /* negative */
	    {"\0\0\0\x02\0\x01", 6}, /* a zero too many */
	    {"\0\0\0\x01\0", 5},
	    {"\0\0\0\x03\x01\x02", 6}, /* cut short */
	    {"\xff\xff\xff\xff\x01", 5},
	    {"\0\0\0", 3},
	};
	struct sc_reader r;
	size_t i;

	for (i = 0; i < sizeof t / sizeof t[0]; i++) {
		tap_context("case %zu", i);
		sc_reader_init(&r, t[i].wire, t[i].n);
		tap_int(sc_ssh_get_mpint(&r).n, 0);
		tap_int(r.err, SC_ERR_MALFORMED);
	}
	tap_context("%s", "");
}

/* What ssh-keygen makes we read; the fingerprints are the same. */
static void
ssh_keygen_keys(void)
{
	static const char *const types[][2] = {{"ed25519", ""},
	    {"ecdsa", "-b 256"}, {"ecdsa", "-b 384"}, {"ecdsa", "-b 521"},
	    {"rsa", "-b 2048"}};
	char name[32], print[SC_SSH_FINGERPRINT], *comment = NULL, *line = NULL;
	struct sc_ssh_key *k = NULL;
	const char *out;
	char *text;
	size_t i, n;

	if (!kit_have_ssh_keygen()) {
		tap_skip("no ssh-keygen");
		return;
	}
	for (i = 0; i < sizeof types / sizeof types[0]; i++) {
		snprintf(name, sizeof name, "gen%zu", i);
		tap_need(
		    kit_ssh_keygen("-q -N '' -C 'joe at work' -t %s %s -f %s",
			types[i][0], types[i][1], name) != NULL);
		snprintf(name, sizeof name, "gen%zu.pub", i);
		text = tap_slurp(tap_path(name), &n);
		tap_need(text != NULL);
		if (!tap_int(
			sc_ssh_key_from_line(text, n, &k, &comment, &e), 0)) {
			tap_note("%s", e.msg);
			continue;
		}
		tap_str(comment, "joe at work");
		tap_int(sc_ssh_key_to_line(k, comment, &line), 0);
		text[n - 1] = '\0';
		tap_str(line, text);
		tap_int(sc_ssh_key_check(k, &e), 0);
		tap_int(sc_ssh_key_fingerprint(k, print), 0);
		out = kit_ssh_keygen("-lf %s", name);
		tap_need(out != NULL);
		tap_has(out, print);
		tap_has(out, sc_ssh_key_short_type(k));
		sc_ssh_key_free(k);
		free(comment);
		free(line);
		comment = line = NULL;
	}
}

static void
our_keys(void)
{
	char print[SC_SSH_FINGERPRINT], *line = NULL;
	struct sc_ssh_key *k = NULL;
	const uint8_t *blob;
	const char *out;
	size_t i, n;

	for (i = 0; i < NAMES; i++) {
		const struct sc_ssh_key *pub = kit_ssh_public(names[i]);

		blob = sc_ssh_key_blob(pub, &n);
		tap_int(sc_ssh_key_parse(blob, n, &k, &e), 0);
		tap_ok(sc_ssh_key_same(k, pub));
		tap_ok(sc_key_same_public(
		    sc_ssh_key_public(k), kit_ssh_key(names[i])));
		tap_ok(sc_ssh_key_application(k) == NULL);
		sc_ssh_key_free(k);
		if (!kit_have_ssh_keygen())
			continue;
		tap_int(sc_ssh_key_to_line(pub, "c", &line), 0);
		tap_file("line.pub", line, strlen(line));
		out = kit_ssh_keygen("-lf line.pub");
		tap_need(out != NULL);
		tap_int(sc_ssh_key_fingerprint(pub, print), 0);
		tap_has(out, print);
		free(line);
	}
	tap_ok(!sc_ssh_key_same(
	    kit_ssh_public("ed25519"), kit_ssh_public("ed25519-2")));
}

/* The blob of a key in a token, from one that is not. */
static struct sc_buf *
token_blob(const char *type, const char *from)
{
	struct sc_buf *b = sc_buf_new(4096);
	const uint8_t *fields;
	size_t n;

	sc_ssh_put_text(b, type);
	fields = sc_ssh_key_fields(kit_ssh_public(from), &n);
	sc_buf_put(b, fields, n);
	return b;
}

static void
keys_in_tokens(void)
{
	static const char *const t[][3] = {
	    {"sk-ssh-ed25519@openssh.com", "ed25519",
		"sk-ssh-ed25519-cert-v01@openssh.com"},
	    {"sk-ecdsa-sha2-nistp256@openssh.com", "ec256",
		"sk-ecdsa-sha2-nistp256-cert-v01@openssh.com"}};
	struct sc_ssh_key *k = NULL;
	char *line = NULL;
	size_t i;

	for (i = 0; i < 2; i++) {
		struct sc_buf *b = token_blob(t[i][0], t[i][1]);

		tap_int(sc_ssh_key_parse(sc_buf_data(b), sc_buf_len(b), &k, &e),
		    SC_ERR_MALFORMED);
		sc_ssh_put_text(b, "ssh:");
		tap_int(
		    sc_ssh_key_parse(sc_buf_data(b), sc_buf_len(b), &k, &e), 0);
		tap_need(k != NULL);
		tap_str(sc_ssh_key_application(k), "ssh:");
		tap_str(sc_ssh_key_type(k), t[i][0]);
		tap_str(sc_ssh_key_cert_type(k), t[i][2]);
		tap_int(sc_ssh_verify(k, (const uint8_t *)"", 0,
			    (const uint8_t *)"", 0, &e),
		    SC_ERR_UNSUPPORTED);
		if (kit_have_ssh_keygen()) {
			tap_int(sc_ssh_key_to_line(k, NULL, &line), 0);
			tap_file("sk.pub", line, strlen(line));
			tap_has(kit_ssh_keygen("-lf sk.pub"),
			    sc_ssh_key_short_type(k));
			free(line);
		}
		sc_ssh_key_free(k);
		k = NULL;
		sc_buf_free(b);
	}
}

static int
parse_buf(struct sc_buf *b)
{
	struct sc_ssh_key *k = NULL;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	r = sc_ssh_key_parse(sc_buf_data(b), sc_buf_len(b), &k, &e);
	if (r == 0)
		r = sc_ssh_key_check(k, &e);
	sc_ssh_key_free(k);
	sc_buf_reset(b);
	return r;
}

static void
put_rsa(struct sc_buf *b, const char *exponent, size_t n, size_t bytes)
{
	uint8_t modulus[2048];

	memset(modulus, 0xa5, sizeof modulus);
	sc_ssh_put_text(b, "ssh-rsa");
	sc_ssh_put_mpint(b, (const uint8_t *)exponent, n);
	sc_ssh_put_mpint(b, modulus, bytes);
}

static void
s6_refused_keys(void)
{
	struct sc_buf *b = sc_buf_new(65536);
	const uint8_t *p;
	size_t n;

	sc_ssh_put_text(b, "ssh-dss");
	tap_int(parse_buf(b), SC_ERR_UNSUPPORTED);
	tap_str(
	    e.client, "ssh certificate key algorithm (DSA) is not supported");
	put_rsa(b, "\1\0\1", 3, 128);
	tap_int(parse_buf(b), SC_ERR_FORBIDDEN);
	tap_str(e.client,
	    "ssh certificate key must be at least 2048 bits (256 bytes)");
	put_rsa(b, "\1\0\0\0\0\1", 6, 256); /* 2^40 + 1 */
	tap_int(parse_buf(b), SC_ERR_FORBIDDEN);
	put_rsa(b, "\1", 1, 256);
	tap_int(parse_buf(b), SC_ERR_FORBIDDEN);
	put_rsa(b, "\1\0\1", 3, 1025);
	tap_int(parse_buf(b), SC_ERR_FORBIDDEN);
	/* A certificate instead of a key, an unknown type, no type. */
	sc_ssh_put_text(b, "ssh-ed25519-cert-v01@openssh.com");
	tap_int(parse_buf(b), SC_ERR_MALFORMED);
	tap_has(e.msg, "certificate where a key");
	sc_ssh_put_text(b, "ssh-ed448");
	tap_int(parse_buf(b), SC_ERR_UNSUPPORTED);
	tap_int(parse_buf(b), SC_ERR_MALFORMED);
	/* Another curve inside, another type outside. */
	sc_ssh_put_text(b, "ecdsa-sha2-nistp384");
	p = sc_ssh_key_fields(kit_ssh_public("ec256"), &n);
	sc_buf_put(b, p, n);
	tap_int(parse_buf(b), SC_ERR_MALFORMED);
	sc_ssh_put_text(b, "ssh-ed25519");
	sc_buf_put(b, p, n);
	tap_int(parse_buf(b), SC_ERR_MALFORMED);
	/* A point off the curve: y with its last bit turned. */
	p = sc_ssh_key_blob(kit_ssh_public("ec256"), &n);
	sc_buf_put(b, p, n - 1);
	sc_buf_put_u8(b, p[n - 1] ^ 1);
	tap_int(parse_buf(b), SC_ERR_MALFORMED);
	/* Bytes behind it. */
	sc_buf_put(b, p, n);
	sc_buf_put_u8(b, 0);
	tap_int(parse_buf(b), SC_ERR_MALFORMED);
	/* Too large, by one. */
	sc_buf_reserve(b, SC_MAX_SSH_KEY + 1);
	tap_int(parse_buf(b), SC_ERR_TOO_LARGE);
	sc_buf_free(b);
}

static bool
accepts(const uint8_t *p, size_t n, void *arg)
{
	struct sc_ssh_key *k = NULL;
	int r = sc_ssh_key_parse(p, n, &k, NULL);
	const uint8_t *blob;
	size_t len;

	(void)arg;
	if (r != 0)
		return false;
	/* What is accepted has one form. */
	blob = sc_ssh_key_blob(k, &len);
	tap_mem(blob, len, p, n);
	sc_ssh_key_free(k);
	return true;
}

static void
damaged_keys(void)
{
	const uint8_t *blob;
	size_t n, got, cases;

	blob = sc_ssh_key_blob(kit_ssh_public("ec256"), &n);
	/* Every turned bit takes the point off the curve. */
	got = mutate(blob, n, 1, accepts, NULL, &cases);
	tap_int(got, 0);
	tap_ok(cases > 500);
	blob = sc_ssh_key_blob(kit_ssh_public("rsa"), &n);
	got = mutate(blob, n, 7, accepts, NULL, &cases);
	tap_ok(got < cases);
}

static void
bad_lines(void)
{
	static const char *const bad[] = {"", "\n", "ssh-ed25519",
	    "ssh-ed25519 ", "ssh-ed25519 %%%%", "ssh-ed25519 AAAA",
	    "restrict ssh-ed25519 AAAA"};
	struct sc_ssh_key *k = NULL;
	char *line = NULL, *other;
	size_t i;

	for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
		tap_int(
		    sc_ssh_key_from_line(bad[i], strlen(bad[i]), &k, NULL, &e),
		    SC_ERR_MALFORMED);
	tap_int(sc_ssh_key_to_line(kit_ssh_public("ec256"), NULL, &line), 0);
	other = sc_asprintf("%s\n%s\n", line, line);
	tap_int(sc_ssh_key_from_line(other, strlen(other), &k, NULL, &e),
	    SC_ERR_MALFORMED);
	free(other);
	memcpy(line, "ecdsa-sha2-nistp384", 19);
	tap_int(sc_ssh_key_from_line(line, strlen(line), &k, NULL, &e),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "type is not that");
	free(line);
}

struct signed_text {
	const struct sc_ssh_key *pub;
};

static bool
verifies(const uint8_t *p, size_t n, void *arg)
{
	const struct signed_text *s = arg;

	return sc_ssh_verify(s->pub, (const uint8_t *)"text", 4, p, n, NULL) ==
	    0;
}

static void
signatures(void)
{
	struct sc_buf *b = sc_buf_new(8192);
	struct signed_text s;
	size_t i, cases;

	for (i = 0; i < NAMES; i++) {
		tap_context("%s", names[i]);
		s.pub = kit_ssh_public(names[i]);
		sc_buf_reset(b);
		tap_int(sc_ssh_sign(b, kit_ssh_key(names[i]), SC_SHA256,
			    (const uint8_t *)"text", 4, &e),
		    0);
		tap_ok(verifies(sc_buf_data(b), sc_buf_len(b), &s));
		tap_int(sc_ssh_verify(s.pub, (const uint8_t *)"texT", 4,
			    sc_buf_data(b), sc_buf_len(b), &e),
		    SC_ERR_UNAUTHENTICATED);
		tap_int(mutate(sc_buf_data(b), sc_buf_len(b), 5, verifies, &s,
			    &cases),
		    0);
	}
	tap_context("%s", "");
	sc_buf_free(b);
}

/* S12: SHA-1 is no algorithm, whatever is signed with it. */
static void
s12_rsa_algorithms(void)
{
	struct sc_buf *b = sc_buf_new(8192);
	const struct sc_key *k = kit_ssh_key("rsa");
	struct signed_text s = {kit_ssh_public("rsa")};
	uint8_t *wire;
	size_t n;

	tap_int(
	    sc_ssh_sign(b, k, SC_SHA512, (const uint8_t *)"text", 4, &e), 0);
	tap_mem(sc_buf_data(b), 16, "\0\0\0\x0crsa-sha2-512", 16);
	tap_ok(verifies(sc_buf_data(b), sc_buf_len(b), &s));
	sc_buf_reset(b);
	tap_int(
	    sc_ssh_sign(b, k, SC_SHA256, (const uint8_t *)"text", 4, &e), 0);
	tap_mem(sc_buf_data(b), 16, "\0\0\0\x0crsa-sha2-256", 16);
	wire = (uint8_t *)sc_buf_steal(b, &n);
	memcpy(wire, "\0\0\0\x0crsa-sha2-512", 16);
	tap_ok(!verifies(wire, n, &s));
	memcpy(wire + 5, "\0\0\0\7ssh-rsa", 11);
	tap_ok(!verifies(wire + 5, n - 5, &s));
	free(wire);
}

TAP_MAIN(TAP_TEST(mpints), TAP_TEST(mpints_refused), TAP_TEST(ssh_keygen_keys),
    TAP_TEST(our_keys), TAP_TEST(keys_in_tokens),
    TAP_NAMED("S6 keys that are refused", s6_refused_keys),
    TAP_TEST(damaged_keys), TAP_TEST(bad_lines), TAP_TEST(signatures),
    TAP_NAMED("S12 RSA signs with SHA-2 only", s12_rsa_algorithms))
