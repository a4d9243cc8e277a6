/*
 * X.509 certificates (RFC 5280): reading them, and building them from a plan
 * of checked values.
 */
#ifndef SC_CRYPTO_CERT_H
#define SC_CRYPTO_CERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/name.h"
#include "crypto/san.h"

struct sc_key;
struct sc_error;
struct sc_cert; /* one parsed certificate, immutable, counted */

/* Exactly one DER certificate. */
int sc_cert_parse_der(
    const uint8_t *der, size_t n, struct sc_cert **out, struct sc_error *e);
void sc_cert_free(struct sc_cert *c);
struct sc_cert *sc_cert_dup(struct sc_cert *c);
struct x509_st *sc_cert_x509(const struct sc_cert *c); /* borrowed */
const uint8_t *sc_cert_der(const struct sc_cert *c, size_t *n);
void sc_cert_fingerprint(const struct sc_cert *c, uint8_t out[32]);
int64_t sc_cert_not_before(const struct sc_cert *c);
int64_t sc_cert_not_after(const struct sc_cert *c);
bool sc_cert_is_ca(const struct sc_cert *c);
/*
 * Not a CA, with keyUsage digitalSignature and extKeyUsage clientAuth (or
 * any): what may speak for itself in TLS and in tokens.  Both must be there.
 */
bool sc_cert_is_client_leaf(const struct sc_cert *c);
/* By the names and key ids; the signature is not verified. */
bool sc_cert_issued_by(const struct sc_cert *c, const struct sc_cert *issuer);
/* Path length limit; -1 when unlimited or not a CA. */
int sc_cert_path_len(const struct sc_cert *c);
/* Big-endian magnitude, borrowed. */
const uint8_t *sc_cert_serial(const struct sc_cert *c, size_t *n);
/* Decimal text of a serial, malloc'ed. */
char *sc_serial_decimal(const uint8_t *serial, size_t n);
const char *sc_cert_common_name(const struct sc_cert *c); /* "" when none */
int sc_cert_sans(
    const struct sc_cert *c, struct sc_sans *out, struct sc_error *e);
int sc_cert_key(
    const struct sc_cert *c, struct sc_key **out, struct sc_error *e);
/* PEM, label CERTIFICATE, 64 columns, trailing LF; malloc'ed. */
int sc_cert_to_pem(const struct sc_cert *c, char **pem);
int sc_der_to_pem(const char *label, const uint8_t *der, size_t n, char **pem);
/*
 * First PEM block (any label) of text to DER; malloc'ed.  MALFORMED.
 */
int sc_pem_to_der(const char *pem, size_t n, uint8_t **der, size_t *len,
    char **label /* may be NULL */, struct sc_error *e);

struct sc_certs { /* zero-initialise; clear when done */
	struct sc_cert **v;
	size_t n;
};
void sc_certs_clear(struct sc_certs *l);
/*
 * All CERTIFICATE blocks of a bundle in order (other blocks are skipped), at
 * most SC_MAX_CHAIN * 16; none at all is MALFORMED.  Appends.
 */
int sc_certs_from_pem(
    const char *pem, size_t n, struct sc_certs *out, struct sc_error *e);

/*
 * Path from leaf over intermediates to one of roots at time now (pass
 * SC_VERIFY_ANY_TIME to skip times).  purpose: any EKU, or client auth /
 * server auth required.  host may be NULL.  UNAUTHENTICATED with the reason.
 */
enum sc_verify_eku {
	SC_EKU_ANY,
	SC_EKU_CLIENT,
	SC_EKU_SERVER
};
#define SC_VERIFY_ANY_TIME INT64_MIN
int sc_cert_verify(const struct sc_cert *leaf, const struct sc_certs *inter,
    const struct sc_certs *roots, enum sc_verify_eku eku, const char *host,
    int64_t now, struct sc_error *e);

/* keyUsage bits, RFC 5280 4.2.1.3 order (bit 0 = digitalSignature). */
enum {
	SC_KU_DIGITAL_SIGNATURE = 1 << 0,
	SC_KU_CONTENT_COMMITMENT = 1 << 1,
	SC_KU_KEY_ENCIPHERMENT = 1 << 2,
	SC_KU_DATA_ENCIPHERMENT = 1 << 3,
	SC_KU_KEY_AGREEMENT = 1 << 4,
	SC_KU_CERT_SIGN = 1 << 5,
	SC_KU_CRL_SIGN = 1 << 6,
	SC_KU_ENCIPHER_ONLY = 1 << 7,
	SC_KU_DECIPHER_ONLY = 1 << 8
};

struct sc_blob { /* malloc'ed */
	uint8_t *p; /* NULL: none */
	size_t n;
};

struct sc_cert_ext {
	char *oid; /* dotted */
	bool critical;
	uint8_t *der; /* value inside the OCTET STRING */
	size_t der_len;
};

/*
 * What to certify.  Filled by the authority (or `certificate create`) from
 * checked values only; zero-initialise, clear when done.
 */
struct sc_cert_plan {
	struct sc_name subject;
	uint8_t *raw_subject; /* overrides subject when set */
	size_t raw_subject_len;
	struct sc_sans sans;
	/* GeneralNames of other kinds, encoded, written behind sans. */
	struct sc_blob other_names;
	int64_t not_before, not_after;
	uint8_t serial[20]; /* big-endian, at most 20 octets */
	size_t serial_len; /* 0: random 128 bits */
	unsigned key_usage; /* SC_KU_*; 0 = extension absent */
	struct sc_strlist ext_key_usage; /* dotted OIDs in order */
	bool is_ca;
	int path_len; /* -1 unlimited; only when is_ca */
	bool no_ca; /* basicConstraints that say so; not with is_ca */
	/* No SKI is made: ext may have one, or the certificate has none. */
	bool own_ski;
	struct sc_blob key_id; /* instead of the one made from the key */
	struct sc_blob access_info; /* value of authorityInfoAccess */
	/* "SHA384-RSA" ...; NULL: what the issuer signs with. */
	const char *sig_alg;
	struct sc_cert_ext *ext; /* custom extensions, written last */
	size_t ext_n;
};
void sc_cert_plan_clear(struct sc_cert_plan *p);
int sc_cert_plan_add_ext(struct sc_cert_plan *p, const char *oid, bool critical,
    const uint8_t *der, size_t n);
/*
 * Subject and all extensions of old as they are, byte for byte and in order,
 * but the AKI, which is the next issuer's, and, unless own_ski, the SKI, which
 * is the next key's.  Into an empty plan; periods and serial are the caller's.
 */
int sc_cert_plan_renew(struct sc_cert_plan *p, const struct sc_cert *old,
    bool own_ski, struct sc_error *e);
#define SC_OID_EKU_SERVER_AUTH "1.3.6.1.5.5.7.3.1"
#define SC_OID_EKU_CLIENT_AUTH "1.3.6.1.5.5.7.3.2"

/*
 * The issuing side: certificate and key, prepared once (issuer Name DER, key
 * id, signature algorithm chosen as x509.md section 5).  Borrows nothing.
 */
struct sc_issuer;
int sc_issuer_new(struct sc_cert *cert, struct sc_key *key,
    struct sc_issuer **out, struct sc_error *e); /* checks that they match */
void sc_issuer_free(struct sc_issuer *i);
const struct sc_cert *sc_issuer_cert(const struct sc_issuer *i);
/*
 * Is that a certificate for a client as this issuer makes them, and did its
 * key sign it?  Then *out is what sc_cert_parse_der would make of it, and
 * sc_cert_verify with the issuer as root has nothing against it but perhaps
 * its times, if sc_cert_may_issue_clients and its own path, without name
 * constraints, is good.  A third of the work, for want of libcrypto's.
 * False proves nothing: it has something that is for libcrypto to judge.
 */
bool sc_cert_parse_issued(const uint8_t *der, size_t n,
    const struct sc_issuer *issuer, struct sc_cert **out);
/* A CA whose own extensions do not keep it from issuing for clients. */
bool sc_cert_may_issue_clients(const struct sc_cert *ca);

/*
 * Build and sign: version 3; extensions in the order keyUsage (critical),
 * extKeyUsage, basicConstraints (critical), SKI, AKI,
 * authorityInfoAccess, SAN (critical when the subject is empty), then plan->ext.  SANs are encoded grouped dns,
 * email, ip, uri.  UTCTime to 2049, GeneralizedTime from 2050.  *serial20 (may be
 * NULL) receives what was used.  issuer NULL = self-signed with key, which
 * must then be private (no AKI).
 */
int sc_cert_build(const struct sc_cert_plan *plan, const struct sc_key *key,
    const struct sc_issuer *issuer, struct sc_cert **out, struct sc_error *e);

/*
 * DER value of the provisioner extension (x509.md section 7); pairs are k1,
 * v1, k2, v2 ..., NULL or empty: none.  NOMEM.
 */
#define SC_OID_PROVISIONER "1.3.6.1.4.1.37476.9000.64.1"
int sc_provisioner_ext_encode(int type, const char *name,
    const char *credential_id, const struct sc_strlist *pairs, uint8_t **der,
    size_t *n);
struct sc_provisioner_ext {
	int type;
	char *name, *credential_id;
	struct sc_strlist pairs; /* k1, v1, k2, v2 ... */
};
/* NOT_FOUND when the certificate has none.  Clear on success. */
int sc_cert_provisioner_ext(const struct sc_cert *c,
    struct sc_provisioner_ext *out, struct sc_error *e);
/* The same from the extension's value. */
int sc_provisioner_ext_parse(const uint8_t *der, size_t n,
    struct sc_provisioner_ext *out, struct sc_error *e);
void sc_provisioner_ext_clear(struct sc_provisioner_ext *x);

#endif
