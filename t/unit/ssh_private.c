/*
 * OpenSSH's private key files: with a password and without, and whatever may
 * be wrong with one.  ssh-keygen's verdict on them is in t/foreign/jose.t.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "crypto/ssh_private.h"
#include "crypto/ssh_seal.h"
#include "tap.h"

static int
give(void *arg, const char *what, char **pw, struct sc_error *e)
{
	(void)what;
	(void)e;
	*pw = sc_strdup(arg);
	return *pw != NULL ? 0 : SC_ERR_NOMEM;
}

/* arg of give is not const, as that of no callback. */
static char secret[] = "correct horse", wrong[] = "correct mule", none[] = "";

static int
read_with(const char *pem, char *password, struct sc_key **k)
{
	struct sc_error e = SC_ERROR_INIT;

	return sc_key_from_pem(pem, strlen(pem), "k.pem",
	    password != NULL ? give : NULL, password, k, &e);
}

static void
round_trip(const char *kind, const char *password)
{
	static const struct {
		const char *name;
		const char *kty;
		const char *curve;
	} v[] = {{"P-256", "EC", "P-256"}, {"P-384", "EC", "P-384"},
	    {"P-521", "EC", "P-521"}, {"RSA", "RSA", NULL},
	    {"Ed25519", "OKP", NULL}};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *k, *back;
	char *pem;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		tap_context("%s, %s", v[i].name, kind);
		tap_need(
		    sc_key_generate(v[i].kty, v[i].curve,
			v[i].curve == NULL && v[i].kty[0] == 'R' ? 2048 : 0, &k,
			&e) == 0);
		tap_int(
		    sc_ssh_private_to_pem(k, "comment", password, &pem, &e), 0);
		tap_int(read_with(pem, secret, &back), 0);
		tap_ok(back != NULL && sc_key_is_private(back) &&
		    sc_key_same_public(k, back));
		sc_key_free(back);
		sc_key_free(k);
		sc_free_secret(pem);
	}
}

static void
without_password(void)
{
	round_trip("no password", NULL);
}

static void
with_password(void)
{
	round_trip("a password", secret);
}

static void
passwords(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_key *k, *back;
	char *pem, *other;

	tap_need(sc_key_generate("OKP", NULL, 0, &k, &e) == 0);
	tap_int(sc_ssh_private_to_pem(k, "c", "", &pem, &e), SC_ERR_MALFORMED);
	tap_ok(pem == NULL);
	tap_int(sc_ssh_private_to_pem(k, "c", secret, &pem, &e), 0);
	tap_int(sc_ssh_private_to_pem(k, "c", secret, &other, &e), 0);
	tap_ok(strcmp(pem, other) != 0); /* each has its own salt */
	tap_int(read_with(pem, wrong, &back), SC_ERR_UNAUTHENTICATED);
	tap_ok(back == NULL);
	tap_int(read_with(pem, none, &back), SC_ERR_UNAUTHENTICATED);
	tap_int(read_with(pem, NULL, &back), SC_ERR_UNAUTHENTICATED);
	tap_ok(back == NULL);
	sc_key_free(k);
	sc_free_secret(pem);
	sc_free_secret(other);
}

/* --- what may be wrong -------------------------------------------------- */

struct made {
	const char *cipher, *kdf; /* "aes128-ctr", "bcrypt" unless said */
	size_t salt; /* octets */
	uint32_t rounds;
	size_t section; /* octets */
	bool tail; /* an octet after the rounds */
};

/* A sealed section of zeros. */
static char *
make(const struct made *m)
{
	struct sc_buf *b = sc_buf_new(4096), *options = sc_buf_new(256);
	struct sc_buf *pem = sc_buf_new(8192);
	const char *cipher = m->cipher != NULL ? m->cipher : "aes128-ctr";
	const char *kdf = m->kdf != NULL ? m->kdf : "bcrypt";
	const uint8_t zeros[256] = {0};

	sc_buf_put_string(options, zeros, m->salt);
	sc_buf_put_u32(options, m->rounds);
	if (m->tail)
		sc_buf_put_u8(options, 0);
	sc_buf_put(b, "openssh-key-v1", 15);
	sc_buf_put_string(b, cipher, strlen(cipher));
	sc_buf_put_string(b, kdf, strlen(kdf));
	sc_buf_put_string(b, sc_buf_data(options), sc_buf_len(options));
	sc_buf_put_u32(b, 1);
	sc_buf_put_string(b, "public", 6);
	sc_buf_put_string(b, zeros, m->section);
	sc_buf_puts(pem, "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	sc_b64_put(pem, SC_B64_STD, sc_buf_data(b), sc_buf_len(b));
	sc_buf_puts(pem, "\n-----END OPENSSH PRIVATE KEY-----\n");
	sc_buf_free(options);
	sc_buf_free(b);
	return sc_buf_steal(pem, NULL);
}

static void
headers(void)
{
	/* The password is found to be wrong where all else is right. */
	static const struct {
		const char *what;
		struct made m;
		int want;
	} v[] = {{"in order", {.salt = 16, .rounds = 1, .section = 64},
		     SC_ERR_UNAUTHENTICATED},
	    {"cbc",
		{.cipher = "aes256-cbc",
		    .salt = 64,
		    .rounds = 1,
		    .section = 16},
		SC_ERR_UNAUTHENTICATED},
	    {"most rounds",
		{.salt = 16, .rounds = SC_MAX_BCRYPT_ROUNDS, .section = 64},
		SC_ERR_UNAUTHENTICATED},
	    {"one round more",
		{.salt = 16, .rounds = SC_MAX_BCRYPT_ROUNDS + 1, .section = 64},
		SC_ERR_TOO_LARGE},
	    {"2^32 - 1 rounds",
		{.salt = 16, .rounds = UINT32_MAX, .section = 64},
		SC_ERR_TOO_LARGE},
	    {"no round", {.salt = 16, .section = 64}, SC_ERR_MALFORMED},
	    {"no salt", {.rounds = 1, .section = 64}, SC_ERR_MALFORMED},
	    {"a long salt", {.salt = 65, .rounds = 1, .section = 64},
		SC_ERR_MALFORMED},
	    {"more options",
		{.salt = 16, .rounds = 1, .section = 64, .tail = true},
		SC_ERR_MALFORMED},
	    {"no section", {.salt = 16, .rounds = 1}, SC_ERR_MALFORMED},
	    {"half a block", {.salt = 16, .rounds = 1, .section = 8},
		SC_ERR_MALFORMED},
	    {"an AEAD",
		{.cipher = "aes256-gcm@openssh.com",
		    .salt = 16,
		    .rounds = 1,
		    .section = 64},
		SC_ERR_UNSUPPORTED},
	    {"another kdf",
		{.kdf = "scrypt", .salt = 16, .rounds = 1, .section = 64},
		SC_ERR_UNSUPPORTED}};
	struct sc_key *k;
	char *pem;
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		tap_context("%s", v[i].what);
		pem = make(&v[i].m);
		tap_int(read_with(pem, secret, &k), v[i].want);
		tap_ok(k == NULL);
		free(pem);
	}
}

TAP_MAIN(TAP_TEST(without_password), TAP_TEST(with_password),
    TAP_TEST(passwords), TAP_NAMED("T32 headers, rounds", headers))
