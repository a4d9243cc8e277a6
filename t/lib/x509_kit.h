/*
 * What the tests of certificates and requests share: keys, issuers, and
 * requests made by hand, right or wrong.
 */
#ifndef SC_T_X509_KIT_H
#define SC_T_X509_KIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/cert.h"
#include "crypto/key.h"

struct sc_buf;

#define KIT_NOW INT64_C(1700000000)
#define KIT_DAY INT64_C(86400)

enum kit_kind {
	KIT_P256,
	KIT_P384,
	KIT_P521,
	KIT_RSA,
	KIT_ED25519,
	KIT_KINDS
};
/* One key of each kind, and a second one; live to the end. */
struct sc_key *kit_key(enum kit_kind k);
struct sc_key *kit_other_key(enum kit_kind k);
/* A root with that key, valid for ten years around KIT_NOW, and its issuer. */
struct sc_cert *kit_root(enum kit_kind k);
struct sc_issuer *kit_issuer(enum kit_kind k);
/* Common name and SAN name, one day from KIT_NOW, server and client. */
void kit_plan(struct sc_cert_plan *p, const char *name);
/* A root's plan. */
void kit_ca_plan(struct sc_cert_plan *p, const char *name, int path_len);
/* A leaf called name; NULL and a failed check when that fails. */
struct sc_cert *kit_leaf(const char *name, const struct sc_issuer *i);

/* A request by its parts; what is NULL is as it should be. */
struct kit_csr {
	const char *version; /* contents of the INTEGER ... */
	size_t version_len; /* ... 0: "\0" */
	const char *cn; /* "" = empty subject */
	const struct sc_buf *subject; /* contents of the Name, before cn */
	const struct sc_buf *extensions; /* contents of Extensions */
	const struct sc_buf *attributes; /* more, after extensionRequest */
	const struct sc_key *key; /* NULL: kit_key(KIT_P256) */
	const struct sc_key *signer; /* NULL: key */
	const char *alg; /* AlgorithmIdentifier to name, hex */
	const char *tail; /* after the signature, inside */
	size_t tail_len;
};
/* The DER, malloc'ed. */
uint8_t *kit_csr(const struct kit_csr *c, size_t *n);
/* Append an Extension; critical: -1 leaves it out, 0 and 1 spell it. */
void kit_put_ext(struct sc_buf *b, const char *oid, int critical,
    const void *value, size_t n);
/* Append a RelativeDistinguishedName of one attribute 2.5.4.at. */
void kit_put_rdn(
    struct sc_buf *b, uint8_t at, uint8_t tag, const void *value, size_t n);
/* True when part is somewhere in p. */
bool kit_contains(const uint8_t *p, size_t n, const void *part, size_t len);

#endif
