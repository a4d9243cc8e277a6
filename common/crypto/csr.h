/*
 * PKCS#10 certification requests (RFC 2986).
 *
 * A request is read for its key and its names; nothing else of it is ever
 * copied into a certificate.
 */
#ifndef SC_CRYPTO_CSR_H
#define SC_CRYPTO_CSR_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/san.h"

struct sc_key;
struct sc_error;
struct sc_name;

struct sc_csr {
	uint8_t *der;
	size_t der_len;
	uint8_t fingerprint[32]; /* SHA-256 of der */
	struct sc_key *key;
	char *common_name; /* last CN; "" when none */
	size_t common_names; /* how many CNs the subject has */
	struct sc_sans sans; /* basic types only */
	size_t other_sans; /* otherName, directoryName, x400... */
	/* DER of the subject and of the Extensions asked for, inside der. */
	const uint8_t *subject, *extensions; /* the latter may be NULL */
	size_t subject_len, extensions_len;
};

/*
 * pem: the first PEM block whatever its label (as the reference); its DER
 * must be one PKCS#10, exactly consumed, version 0, minimal DER.  SAN
 * extension read from extensionRequest; duplicate extensions are MALFORMED
 * (C17).  The signature is not checked here.  Key types other than EC
 * P-256/384/521, RSA, Ed25519: MALFORMED with a client text
 * that names the kinds that are supported.
 */
int sc_csr_parse_pem(
    const char *pem, size_t n, struct sc_csr **out, struct sc_error *e);
int sc_csr_parse_der(
    const uint8_t *der, size_t n, struct sc_csr **out, struct sc_error *e);
void sc_csr_free(struct sc_csr *c);
/* Self-signature; SHA-1 and MD5 refused.  MALFORMED "invalid csr". */
int sc_csr_verify(const struct sc_csr *c, struct sc_error *e);

/* Make and sign one.  subject may be NULL (empty).  *pem malloc'ed. */
int sc_csr_create(const struct sc_name *subject, const struct sc_sans *sans,
    const struct sc_key *key, char **pem, struct sc_error *e);

#endif
