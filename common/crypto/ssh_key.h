/*
 * SSH public keys and signatures: the wire form (RFC 4253 section 6.6,
 * RFC 5656 section 3.1, RFC 8709 section 4, OpenSSH PROTOCOL.u2f), lines of
 * authorized_keys, fingerprints.
 *
 * Known are ssh-ed25519, ecdsa-sha2-nistp256/384/521, ssh-rsa and, for keys
 * that live in a token, sk-ssh-ed25519@openssh.com and
 * sk-ecdsa-sha2-nistp256@openssh.com.  DSA is not.
 */
#ifndef SC_CRYPTO_SSH_KEY_H
#define SC_CRYPTO_SSH_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/key.h"

struct sc_buf;
struct sc_error;
struct sc_reader;
struct sc_ssh_key; /* a public key; never changes, counted */

#define SC_MAX_SSH_KEY (16 * 1024) /* bytes of a key blob */
#define SC_SSH_FINGERPRINT 51 /* with its NUL */

/*
 * A key blob, to its last byte and in its one canonical form.  A certificate
 * is refused with a text of its own.  MALFORMED, UNSUPPORTED (key type; DSA
 * has the client text of the reference), TOO_LARGE, NOMEM.
 */
int sc_ssh_key_parse(
    const uint8_t *blob, size_t n, struct sc_ssh_key **out, struct sc_error *e);
/* The SSH form of the public part of k. */
int sc_ssh_key_new(
    const struct sc_key *k, struct sc_ssh_key **out, struct sc_error *e);
/*
 * One line "TYPE BASE64 [COMMENT]" (a final LF or CRLF is fine; options in
 * front are not).  *comment, when asked for, is malloc'ed, "" if there is
 * none.  Errors as sc_ssh_key_parse, and MALFORMED when TYPE is not the
 * blob's.
 */
int sc_ssh_key_from_line(const char *line, size_t n, struct sc_ssh_key **out,
    char **comment, struct sc_error *e);
/* "TYPE BASE64[ COMMENT]" without LF, malloc'ed; comment may be NULL. */
int sc_ssh_key_to_line(
    const struct sc_ssh_key *k, const char *comment, char **line);
void sc_ssh_key_free(struct sc_ssh_key *k); /* NULL is fine */
struct sc_ssh_key *sc_ssh_key_dup(const struct sc_ssh_key *k); /* shares */

/* All borrowed from k (the names are static). */
const uint8_t *sc_ssh_key_blob(const struct sc_ssh_key *k, size_t *n);
const char *sc_ssh_key_type(const struct sc_ssh_key *k); /* "ssh-ed25519" */
/* "ssh-ed25519-cert-v01@openssh.com" */
const char *sc_ssh_key_cert_type(const struct sc_ssh_key *k);
/* As ssh-keygen -l shows it: "ED25519", "ECDSA", "RSA", "ED25519-SK", ... */
const char *sc_ssh_key_short_type(const struct sc_ssh_key *k);
const struct sc_key *sc_ssh_key_public(const struct sc_ssh_key *k);
/* The application of a key in a token ("ssh:"), NULL for other keys. */
const char *sc_ssh_key_application(const struct sc_ssh_key *k);
bool sc_ssh_key_same(const struct sc_ssh_key *a, const struct sc_ssh_key *b);
/*
 * Refuse keys nobody should certify, as sc_key_check_strength; FORBIDDEN
 * with the reference's text for RSA keys that are too short.
 */
int sc_ssh_key_check(const struct sc_ssh_key *k, struct sc_error *e);
/* "SHA256:" and unpadded base64 of the hash of a key blob. */
int sc_ssh_fingerprint(
    const uint8_t *blob, size_t n, char out[SC_SSH_FINGERPRINT]);
int sc_ssh_key_fingerprint(
    const struct sc_ssh_key *k, char out[SC_SSH_FINGERPRINT]);

/*
 * Append the signature of k over p[0..n): string algorithm, string signature
 * (as the contents of a string, without a length of its own).  The algorithm
 * is the natural one of the key; RSA signs with rsa-sha2-256, or with
 * rsa-sha2-512 when hash is SC_SHA512.
 */
int sc_ssh_sign(struct sc_buf *b, const struct sc_key *k, enum sc_hash hash,
    const uint8_t *p, size_t n, struct sc_error *e);
/*
 * Check such a signature.  UNAUTHENTICATED when it does not verify, is not
 * in its canonical form or has an algorithm that is not the key's (ssh-rsa,
 * which is SHA-1, is none); UNSUPPORTED for keys in tokens.
 */
int sc_ssh_verify(const struct sc_ssh_key *k, const uint8_t *p, size_t n,
    const uint8_t *sig, size_t sig_len, struct sc_error *e);

/* --- for certificates -------------------------------------------------- */

struct sc_ssh_type; /* a row of the table of key types */
/* By the name of the certificate type; NULL when it is not known. */
const struct sc_ssh_type *sc_ssh_type_by_cert(const uint8_t *name, size_t n);
/* Read the fields that follow the type's name. */
int sc_ssh_key_read(struct sc_reader *r, const struct sc_ssh_type *t,
    struct sc_ssh_key **out, struct sc_error *e);
/* Those fields of k, borrowed. */
const uint8_t *sc_ssh_key_fields(const struct sc_ssh_key *k, size_t *n);

#endif
