/*
 * The cipher Blowfish as bcrypt uses it: keyed over and over, with a salt.
 * libcrypto has the cipher, but no way to its tables.
 */
#ifndef SC_CRYPTO_BLOWFISH_H
#define SC_CRYPTO_BLOWFISH_H

#include <stdint.h>

#define SC_BLOWFISH_KEY 16 /* words of a key or a salt here */

struct sc_blowfish {
	uint32_t p[18];
	uint32_t s[4 * 256];
};

/* The tables without any key: the fraction of pi, from the first bit on. */
void sc_blowfish_init(struct sc_blowfish *b);
/* Mix in a key; salt may be NULL (all zero). */
void sc_blowfish_expand(struct sc_blowfish *b,
    const uint32_t key[SC_BLOWFISH_KEY], const uint32_t salt[SC_BLOWFISH_KEY]);
/* Encrypt one block in place. */
void sc_blowfish_encrypt(const struct sc_blowfish *b, uint32_t block[2]);

#endif
