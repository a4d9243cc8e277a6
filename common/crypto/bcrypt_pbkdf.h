/*
 * bcrypt_pbkdf: how OpenSSH makes a key of a passphrase (PROTOCOL.key).
 * PBKDF2 over a bcrypt that takes SHA-512 of passphrase and salt, with the
 * octets of the result spread over all blocks.
 */
#ifndef SC_CRYPTO_BCRYPT_PBKDF_H
#define SC_CRYPTO_BCRYPT_PBKDF_H

#include <stddef.h>
#include <stdint.h>

#define SC_BCRYPT_SALT_MAX 64 /* octets */
#define SC_BCRYPT_OUT_MAX 128

/*
 * MALFORMED: nothing in password or salt, no round, or more octets than
 * allowed; CRYPTO.  rounds is not limited here: each takes milliseconds for
 * 32 octets of out.
 */
int sc_bcrypt_pbkdf(const void *password, size_t password_len,
    const uint8_t *salt, size_t salt_len, uint32_t rounds, uint8_t *out,
    size_t n);

#endif
