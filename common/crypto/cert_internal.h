/*
 * The inside of struct sc_cert and struct sc_issuer, and the writers that
 * certificates and revocation lists share; for common/crypto only.
 */
#ifndef SC_CRYPTO_CERT_INTERNAL_H
#define SC_CRYPTO_CERT_INTERNAL_H

#include <stdatomic.h>

#include "crypto/cert.h"
#include "crypto/tbs.h"

#define SC_SERIAL_MAX 32 /* octets kept; RFC 5280 allows 20 */

struct sc_cert {
	atomic_uint refs;
	uint8_t *der;
	size_t der_len;
	uint8_t serial[SC_SERIAL_MAX];
	size_t serial_len;
	int64_t not_before, not_after;
	char *common_name;
	struct sc_key *key; /* NULL: not read yet */
	/* libcrypto's view, made when first asked for. */
	struct x509_st *x509;
};

/*
 * Take over der (malloc'ed).  The caller fills the rest; NULL (der freed)
 * when out of memory.
 */
struct sc_cert *sc_cert_new(uint8_t *der, size_t n);
/*
 * A copy of der, whose pieces are t, with all that struct sc_cert has but
 * libcrypto's view.  MALFORMED, NOMEM.
 */
int sc_cert_new_from(const uint8_t *der, size_t n, const struct sc_tbs *t,
    struct sc_cert **out, struct sc_error *e);

/* False when it has none; x borrows from c. */
bool sc_cert_find_ext(
    const struct sc_cert *c, enum sc_ext_id id, struct sc_tbs_ext *x);

/*
 * libcrypto's view of one DER certificate and nothing behind it; NULL when it
 * is none.  The caller frees it.
 */
struct x509_st *sc_x509_parse(const uint8_t *der, size_t n);

struct sc_buf;
struct sc_sig_alg;

struct sc_issuer {
	struct sc_cert *cert;
	struct sc_key *key;
	const struct sc_sig_alg *alg;
	uint8_t *name; /* subject DER, byte for byte */
	size_t name_len;
	uint8_t *key_id; /* SKI; NULL when it has none */
	size_t key_id_len;
};

#define SC_OID_SKI "2.5.29.14"
#define SC_OID_AKI "2.5.29.35"

/* One Extension around the value in inner, which is freed. */
int sc_x509_put_ext(
    struct sc_buf *b, const char *oid, bool critical, struct sc_buf *inner);
/*
 * UTCTime to 2049, GeneralizedTime from 2050 (RFC 5280 section 4.1.2.5).
 * MALFORMED outside of the years 1950 to 9999.
 */
int sc_x509_put_time(struct sc_buf *b, int64_t t, struct sc_error *e);

#endif
