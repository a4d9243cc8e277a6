#include "config.h"

#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/bcrypt_pbkdf.h"
#include "crypto/blowfish.h"
#include "crypto/key.h"

#define TEXT_WORDS 8
#define BLOCK (TEXT_WORDS * 4) /* octets that one bcrypt gives */
#define COST 64 /* of the bcrypt inside: 2^6 keyings, as many encryptions */

/* SHA-512, as the words of a key. */
static int
hash_words(const void *p, size_t n, uint32_t words[SC_BLOWFISH_KEY])
{
	uint8_t h[64];
	size_t len, i;
	int r;

	if ((r = sc_digest(SC_SHA512, p, n, h, &len)) == 0)
		for (i = 0; i < SC_BLOWFISH_KEY; i++)
			words[i] = (uint32_t)h[4 * i] << 24 |
			    (uint32_t)h[4 * i + 1] << 16 |
			    (uint32_t)h[4 * i + 2] << 8 | h[4 * i + 3];
	sc_wipe(h, sizeof(h));
	return r;
}

static void
bcrypt(const uint32_t password[SC_BLOWFISH_KEY],
    const uint32_t salt[SC_BLOWFISH_KEY], uint8_t out[BLOCK])
{
	/* "OxychromaticBlowfishSwatDynamite" */
	uint32_t text[TEXT_WORDS] = {0x4f787963, 0x68726f6d, 0x61746963,
	    0x426c6f77, 0x66697368, 0x53776174, 0x44796e61, 0x6d697465};
	struct sc_blowfish b;
	size_t i, k;

	sc_blowfish_init(&b);
	sc_blowfish_expand(&b, password, salt);
	for (i = 0; i < COST; i++) {
		sc_blowfish_expand(&b, salt, NULL);
		sc_blowfish_expand(&b, password, NULL);
	}
	for (i = 0; i < COST; i++)
		for (k = 0; k < TEXT_WORDS; k += 2)
			sc_blowfish_encrypt(&b, text + k);
	for (i = 0; i < TEXT_WORDS; i++)
		for (k = 0; k < 4; k++)
			out[4 * i + k] = (uint8_t)(text[i] >> 8 * k);
	sc_wipe(&b, sizeof(b));
	sc_wipe(text, sizeof(text));
}

/* Block number `count` (from 1) of the derived key. */
static int
derive_block(const uint32_t password[SC_BLOWFISH_KEY], const uint8_t *salt,
    size_t salt_len, uint32_t count, uint32_t rounds, uint8_t out[BLOCK])
{
	uint8_t numbered[SC_BCRYPT_SALT_MAX + 4], u[BLOCK];
	uint32_t words[SC_BLOWFISH_KEY];
	size_t i;
	int r;

	memcpy(numbered, salt, salt_len);
	for (i = 0; i < 4; i++)
		numbered[salt_len + i] = (uint8_t)(count >> (24 - 8 * i));
	r = hash_words(numbered, salt_len + 4, words);
	memset(out, 0, BLOCK);
	while (r == 0 && rounds-- > 0) {
		bcrypt(password, words, u);
		for (i = 0; i < BLOCK; i++)
			out[i] ^= u[i];
		r = hash_words(u, BLOCK, words);
	}
	sc_wipe(u, sizeof(u));
	sc_wipe(words, sizeof(words));
	return r;
}

int
sc_bcrypt_pbkdf(const void *password, size_t password_len, const uint8_t *salt,
    size_t salt_len, uint32_t rounds, uint8_t *out, size_t n)
{
	size_t blocks = (n + BLOCK - 1) / BLOCK, i, k;
	uint32_t words[SC_BLOWFISH_KEY];
	uint8_t block[BLOCK];
	int r;

	if (password_len == 0 || salt_len == 0 ||
	    salt_len > SC_BCRYPT_SALT_MAX || rounds == 0 || n == 0 ||
	    n > SC_BCRYPT_OUT_MAX)
		return SC_ERR_MALFORMED;
	r = hash_words(password, password_len, words);
	for (i = 0; r == 0 && i < blocks; i++) {
		r = derive_block(
		    words, salt, salt_len, (uint32_t)i + 1, rounds, block);
		for (k = 0; r == 0 && k * blocks + i < n; k++)
			out[k * blocks + i] = block[k];
	}
	if (r != 0)
		sc_wipe(out, n);
	sc_wipe(words, sizeof(words));
	sc_wipe(block, sizeof(block));
	return r;
}
