/*
 * bcrypt_pbkdf: the published vectors, and that Blowfish's tables are pi.
 * That ssh-keygen agrees is in t/foreign/jose.t.
 */
#include "config.h"

#include <string.h>

#include <openssl/bn.h>

#include "base/err.h"
#include "crypto/bcrypt_pbkdf.h"
#include "crypto/blowfish.h"
#include "tap.h"

#define TABLE_BITS ((int)sizeof(struct sc_blowfish) * 8)
#define GUARD_BITS 64

/* arctan(1/x), times 2^(TABLE_BITS + GUARD_BITS): Gregory's series. */
static BIGNUM *
arctan_inverse(BN_ULONG x)
{
	BIGNUM *sum = BN_new(), *power = BN_new(), *term = BN_new();
	BN_ULONG n;
	int minus = 0;

	BN_one(power);
	BN_lshift(power, power, TABLE_BITS + GUARD_BITS);
	BN_div_word(power, x);
	for (n = 1; !BN_is_zero(power); n += 2) {
		BN_copy(term, power);
		BN_div_word(term, n);
		if (minus)
			BN_sub(sum, sum, term);
		else
			BN_add(sum, sum, term);
		minus = !minus;
		BN_div_word(power, x * x);
	}
	BN_free(power);
	BN_free(term);
	return sum;
}

/* Machin: pi = 16 arctan(1/5) - 4 arctan(1/239). */
static void
tables_are_pi(void)
{
	BIGNUM *pi = arctan_inverse(5), *minus = arctan_inverse(239);
	struct sc_blowfish b;
	uint8_t want[sizeof(b)], got[sizeof(b)];
	const uint32_t *word = (const uint32_t *)&b;
	size_t i;

	BN_mul_word(pi, 16);
	BN_mul_word(minus, 4);
	BN_sub(pi, pi, minus);
	BN_rshift(pi, pi, GUARD_BITS);
	BN_mask_bits(pi, TABLE_BITS); /* without the 3 */
	BN_bn2binpad(pi, want, sizeof(want));
	sc_blowfish_init(&b);
	for (i = 0; i < sizeof(b); i++)
		got[i] = (uint8_t)(word[i / 4] >> (24 - 8 * (i % 4)));
	tap_mem(got, sizeof(got), want, sizeof(want));
	BN_free(pi);
	BN_free(minus);
}

/* Vectors of OpenBSD's regress/lib/libutil/bcrypt_pbkdf. */
static void
published(void)
{
	static const uint8_t four[] = {0x5b, 0xbf, 0x0c, 0xc2, 0x93, 0x58, 0x7f,
	    0x1c, 0x36, 0x35, 0x55, 0x5c, 0x27, 0x79, 0x65, 0x98, 0xd4, 0x7e,
	    0x57, 0x90, 0x71, 0xbf, 0x42, 0x7e, 0x9d, 0x8f, 0xbe, 0x84, 0x2a,
	    0xba, 0x34, 0xd9};
	static const uint8_t one_nul[] = {0xc1, 0x2b, 0x56, 0x62, 0x35, 0xee,
	    0xe0, 0x4c, 0x21, 0x25, 0x98, 0x97, 0x0a, 0x57, 0x9a, 0x67};
	uint8_t out[64];

	tap_int(sc_bcrypt_pbkdf("password", 8, (const uint8_t *)"salt", 4, 4,
		    out, sizeof(four)),
	    0);
	tap_mem(out, sizeof(four), four, sizeof(four));
	tap_int(sc_bcrypt_pbkdf("password", 8, (const uint8_t *)"\0", 1, 4, out,
		    sizeof(one_nul)),
	    0);
	tap_mem(out, sizeof(one_nul), one_nul, sizeof(one_nul));
}

static void
refused(void)
{
	uint8_t salt[SC_BCRYPT_SALT_MAX + 1] = {1}, out[SC_BCRYPT_OUT_MAX + 1];
	static const struct {
		const char *what;
		size_t password, salt, n;
		uint32_t rounds;
		int want;
	} v[] = {{"longest salt", 1, SC_BCRYPT_SALT_MAX, 16, 1, 0},
	    {"most octets", 1, 1, SC_BCRYPT_OUT_MAX, 1, 0},
	    {"an odd number of them", 1, 1, 33, 1, 0},
	    {"no password", 0, 1, 16, 1, SC_ERR_MALFORMED},
	    {"no salt", 1, 0, 16, 1, SC_ERR_MALFORMED},
	    {"a longer salt", 1, sizeof(salt), 16, 1, SC_ERR_MALFORMED},
	    {"no round", 1, 1, 16, 0, SC_ERR_MALFORMED},
	    {"nothing wanted", 1, 1, 0, 1, SC_ERR_MALFORMED},
	    {"more octets", 1, 1, sizeof(out), 1, SC_ERR_MALFORMED}};
	size_t i;

	for (i = 0; i < sizeof(v) / sizeof(v[0]); i++) {
		tap_context("%s", v[i].what);
		tap_int(sc_bcrypt_pbkdf("x", v[i].password, salt, v[i].salt,
			    v[i].rounds, out, v[i].n),
		    v[i].want);
	}
}

TAP_MAIN(TAP_NAMED("Blowfish's tables are pi", tables_are_pi),
    TAP_NAMED("published vectors", published), TAP_TEST(refused))
