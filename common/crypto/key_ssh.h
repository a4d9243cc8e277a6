/*
 * Keys in OpenSSH's formats, for the PEM reader and for key lines.
 */
#ifndef SC_CRYPTO_KEY_SSH_H
#define SC_CRYPTO_KEY_SSH_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/key.h"

struct sc_buf;
struct sc_error;

/*
 * The contents of an OPENSSH PRIVATE KEY block (OpenSSH PROTOCOL.key), one
 * key; otherwise as sc_key_from_pem.  Encryption other than ssh_seal.h's is
 * UNSUPPORTED, saying how to change it.
 */
int sc_key_from_openssh(const uint8_t *p, size_t n, const char *what,
    sc_password_fn *fn, void *arg, struct sc_key **out, struct sc_error *e);
/* Append the public key blob (RFC 4253 6.6, RFC 5656 3.1, RFC 8709 4). */
int sc_key_put_ssh_blob(const struct sc_key *k, struct sc_buf *b);
/* "ssh-rsa", "ecdsa-sha2-nistp256", ..., static. */
const char *sc_key_ssh_type(const struct sc_key *k);

#endif
