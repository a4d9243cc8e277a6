/*
 * OCSP (RFC 6960, nonces as RFC 8954): requests, whom they are about, and
 * signed responses.  Pure functions over bytes.
 *
 * Requests are read with the strict cursor of der.h instead of libcrypto's
 * OCSP_REQUEST: it takes no memory, has one spelling for each request and is
 * bounded before anything is looked at.  Responses are written as
 * certificates are (cert_build.c).
 */
#ifndef SC_CRYPTO_OCSP_H
#define SC_CRYPTO_OCSP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

struct sc_buf;
struct sc_cert;
struct sc_error;
struct sc_key;
struct sc_strlist;

#define SC_OID_EKU_OCSP_SIGNING "1.3.6.1.5.5.7.3.9"
#define SC_OID_OCSP_NOCHECK "1.3.6.1.5.5.7.48.1.5"

struct sc_ocsp_bytes {
	const uint8_t *p;
	size_t n;
};

/* One certificate that is asked about; borrowed from the request. */
struct sc_ocsp_cert_id {
	struct sc_ocsp_bytes der; /* the CertID as it was sent */
	struct sc_ocsp_bytes algorithm; /* contents of hashAlgorithm's OID */
	struct sc_ocsp_bytes name_hash, key_hash;
	/* Magnitude; n is 0 for what is no certificate's: zero, negative. */
	struct sc_ocsp_bytes serial;
};

struct sc_ocsp_request {
	struct sc_ocsp_cert_id id[SC_MAX_OCSP_IDS];
	size_t n; /* at least 1 */
	struct sc_ocsp_bytes nonce; /* n is 0: none */
};

/*
 * An OCSPRequest in DER, borrowed from der.  MALFORMED: not one, trailing
 * bytes, a version other than v1, no or more than SC_MAX_OCSP_IDS
 * certificates, a critical extension that is not known here, a nonce that is
 * not 1 to SC_MAX_OCSP_NONCE octets long, or two of them.  TOO_LARGE beyond
 * SC_MAX_OCSP_REQUEST.  A signature is neither needed nor looked at.
 */
int sc_ocsp_request_parse(const uint8_t *der, size_t n,
    struct sc_ocsp_request *out, struct sc_error *e);

/* Of whose certificates the status is known. */
struct sc_ocsp_issuer;
int sc_ocsp_issuer_new(const struct sc_cert *cert, struct sc_ocsp_issuer **out,
    struct sc_error *e);
void sc_ocsp_issuer_free(struct sc_ocsp_issuer *i); /* NULL is fine */
/* True when id names this issuer, hashed with SHA-1 or SHA-256. */
bool sc_ocsp_issuer_is(
    const struct sc_ocsp_issuer *i, const struct sc_ocsp_cert_id *id);
/*
 * True when the certificate names this issuer: its name, and its key
 * identifier when both have one.  (A store may hold certificates of an
 * earlier intermediate.)
 */
bool sc_ocsp_issuer_issued(
    const struct sc_ocsp_issuer *i, const uint8_t *cert_der, size_t n);

/*
 * The delegated signer (RFC 6960 section 4.2.2.2): a certificate issued by
 * the issuer itself, and its private key.  MALFORMED when key or issuer do
 * not match, when there is no id-kp-OCSPSigning or another usage beside it,
 * no id-pkix-ocsp-nocheck, a keyUsage without digitalSignature, or when it is
 * a CA.  Times are the caller's to check.  Borrows nothing.
 */
struct sc_ocsp_signer;
int sc_ocsp_signer_new(struct sc_cert *cert, struct sc_key *key,
    const struct sc_cert *issuer, struct sc_ocsp_signer **out,
    struct sc_error *e);
void sc_ocsp_signer_free(struct sc_ocsp_signer *s); /* NULL is fine */
const struct sc_cert *sc_ocsp_signer_cert(const struct sc_ocsp_signer *s);

enum sc_ocsp_status {
	SC_OCSP_GOOD,
	SC_OCSP_REVOKED,
	SC_OCSP_UNKNOWN
};
struct sc_ocsp_single {
	const struct sc_ocsp_cert_id *id;
	enum sc_ocsp_status status;
	int64_t revoked_at; /* of REVOKED ... */
	int reason; /* ... RFC 5280 5.3.1; 0 and what it has not: left out */
	int64_t this_update;
	int64_t next_update; /* 0: left out */
};
/*
 * A successful OCSPResponse, appended to out: ResponderID by key, the
 * signer's certificate included, the nonce (n 0: none) as it came.  CRYPTO,
 * NOMEM, MALFORMED for times outside of the years 1950 to 9999.
 */
int sc_ocsp_response_put(struct sc_buf *out, const struct sc_ocsp_signer *s,
    const struct sc_ocsp_single *single, size_t n, struct sc_ocsp_bytes nonce,
    int64_t produced_at, struct sc_error *e);

/* OCSPResponseStatus, section 4.2.1: the ones that carry nothing else. */
enum sc_ocsp_refusal {
	SC_OCSP_MALFORMED_REQUEST = 1,
	SC_OCSP_INTERNAL_ERROR = 2,
	SC_OCSP_TRY_LATER = 3,
	SC_OCSP_UNAUTHORIZED = 6
};
void sc_ocsp_refusal_put(struct sc_buf *out, enum sc_ocsp_refusal why);

#endif
