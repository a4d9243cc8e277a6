/*
 * OpenSSH certificates (PROTOCOL.certkeys): read, checked, made.
 */
#ifndef SC_CRYPTO_SSH_CERT_H
#define SC_CRYPTO_SSH_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

struct sc_error;
struct sc_key;
struct sc_ssh_key;

#define SC_MAX_SSH_CERT (64 * 1024) /* bytes of a certificate blob */
#define SC_MAX_SSH_PRINCIPALS 256 /* OpenSSH reads no more */
#define SC_MAX_SSH_PRINCIPAL 255 /* bytes of one, when made */
#define SC_MAX_SSH_KEY_ID 1024 /* bytes, when made */
#define SC_MAX_SSH_OPTIONS 64 /* of one kind */

enum sc_ssh_cert_type {
	SC_SSH_USER = 1,
	SC_SSH_HOST = 2
};
#define SC_SSH_FOREVER UINT64_MAX /* valid_before */

/* Critical options or extensions: name and value, "" for none. */
struct sc_ssh_options {
	struct sc_ssh_option {
		char *name, *value;
	} * v;
	size_t n;
};
/*
 * Add one, keeping the order of the names; copies.  CONFLICT when the name
 * is there, TOO_LARGE for more than SC_MAX_SSH_OPTIONS, MALFORMED for an
 * empty name, NOMEM.
 */
int sc_ssh_options_add(
    struct sc_ssh_options *o, const char *name, const char *value);
/* NULL when there is no such option. */
const char *sc_ssh_options_get(
    const struct sc_ssh_options *o, const char *name);
void sc_ssh_options_clear(struct sc_ssh_options *o);

/*
 * A certificate.  Zero it before filling it to be signed; owned are all
 * members.  What is behind "read" is set by sc_ssh_cert_parse and
 * sc_ssh_cert_sign alone.
 */
struct sc_ssh_cert {
	struct sc_ssh_key *key; /* what is certified */
	uint64_t serial;
	enum sc_ssh_cert_type type;
	char *key_id;
	struct sc_strlist principals;
	uint64_t valid_after, valid_before; /* seconds; before is exclusive */
	struct sc_ssh_options critical, extensions;
	/* read */
	struct sc_ssh_key *signer; /* the CA's key */
	uint8_t *blob;
	size_t blob_len;
	size_t signed_len; /* how much of blob the signature covers */
	const uint8_t *sig; /* inside blob */
	size_t sig_len;
	const char *sig_alg; /* static: "rsa-sha2-256"; NULL for others */
};

/*
 * Read a certificate to its last byte: every string bounded, texts valid
 * UTF-8 without NUL, options sorted and each once, signing key not a
 * certificate.  Nothing is said about signature, time, or the absence of
 * principals.  MALFORMED, UNSUPPORTED (key type), TOO_LARGE, NOMEM.
 */
int sc_ssh_cert_parse(const uint8_t *blob, size_t n, struct sc_ssh_cert **out,
    struct sc_error *e);
/* Likewise of a line "TYPE BASE64 [COMMENT]" of an id-cert.pub file. */
int sc_ssh_cert_from_line(const char *line, size_t n, struct sc_ssh_cert **out,
    char **comment, struct sc_error *e);
/* "TYPE BASE64[ COMMENT]" without LF, malloc'ed. */
int sc_ssh_cert_to_line(
    const struct sc_ssh_cert *c, const char *comment, char **line);
void sc_ssh_cert_free(struct sc_ssh_cert *c); /* NULL is fine */
/* Free what c holds, for a certificate in the caller's storage. */
void sc_ssh_cert_clear(struct sc_ssh_cert *c);

/*
 * Does the signature verify, and was it made by ca?  ca NULL: by the key the
 * certificate names.  UNAUTHENTICATED, UNSUPPORTED (sc_ssh_verify).
 */
int sc_ssh_cert_verify(const struct sc_ssh_cert *c, const struct sc_ssh_key *ca,
    struct sc_error *e);
/* EXPIRED, UNAUTHENTICATED (not yet valid), or 0; as sshd, before excluded. */
int sc_ssh_cert_check_time(
    const struct sc_ssh_cert *c, int64_t now, struct sc_error *e);

/*
 * Refuse a principal that sshd or its files read otherwise than it was
 * written: empty, longer than SC_MAX_SSH_PRINCIPAL, not UTF-8, with a comma,
 * blank, control character, double quote, or one of "*?!#".
 * MALFORMED, the client told.
 */
int sc_ssh_principal_check(const char *s, struct sc_error *e);
/*
 * Check what is to be signed (type, serial not 0, key id, at least one
 * principal and each of them good, times in order, options well named)
 * and sign it with the CA's private key: fresh nonce, blob and the members
 * behind "read" set.  RSA signs with rsa-sha2-256.  MALFORMED, TOO_LARGE,
 * CRYPTO, NOMEM.
 */
int sc_ssh_cert_sign(
    struct sc_ssh_cert *c, const struct sc_key *ca, struct sc_error *e);
/* The same with the public half of ca at hand, which is not cheap to make. */
int sc_ssh_cert_sign_as(struct sc_ssh_cert *c, const struct sc_key *ca,
    const struct sc_ssh_key *pub, struct sc_error *e);
/* A random serial, never 0.  INTERNAL. */
int sc_ssh_serial(uint64_t *out, struct sc_error *e);

#endif
