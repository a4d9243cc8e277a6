/*
 * The inside of struct sc_cert, for common/crypto only.
 */
#ifndef SC_CRYPTO_CERT_INTERNAL_H
#define SC_CRYPTO_CERT_INTERNAL_H

#include <stdatomic.h>

#include "crypto/cert.h"

#define SC_SERIAL_MAX 32 /* octets kept; RFC 5280 allows 20 */

struct sc_cert {
	atomic_uint refs;
	uint8_t *der;
	size_t der_len;
	uint8_t serial[SC_SERIAL_MAX];
	size_t serial_len;
	int64_t not_before, not_after;
	char *common_name;
	/* libcrypto's view, made when first asked for. */
	struct x509_st *x509;
};

/*
 * Take over der (malloc'ed).  The caller fills the rest; NULL (der freed)
 * when out of memory.
 */
struct sc_cert *sc_cert_new(uint8_t *der, size_t n);

#endif
