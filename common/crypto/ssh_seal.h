/*
 * The passphrase of an OpenSSH private key file (PROTOCOL.key): AES under a
 * key that bcrypt_pbkdf makes.
 */
#ifndef SC_CRYPTO_SSH_SEAL_H
#define SC_CRYPTO_SSH_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sc_error;
struct sc_ssh_cipher;

#define SC_SSH_SEAL_BLOCK 16 /* the sealed part is a multiple of it */
/* What ssh-keygen and step write. */
#define SC_SSH_SEAL_CIPHER "aes256-ctr"
#define SC_SSH_SEAL_KDF "bcrypt"
#define SC_SSH_SEAL_ROUNDS 16
#define SC_SSH_SEAL_SALT 16

/* aes128/192/256-ctr and -cbc; NULL for any other. */
const struct sc_ssh_cipher *sc_ssh_cipher_by_name(const uint8_t *p, size_t n);

struct sc_ssh_seal {
	const struct sc_ssh_cipher *cipher;
	const uint8_t *salt; /* borrowed */
	size_t salt_len;
	uint32_t rounds;
};
/* Encrypt or decrypt n octets in place.  MALFORMED, CRYPTO, NOMEM. */
int sc_ssh_seal_apply(const struct sc_ssh_seal *s, const char *password,
    bool encrypt, uint8_t *p, size_t n, struct sc_error *e);

#endif
