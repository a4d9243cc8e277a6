/*
 * A certificate (RFC 5280 section 4.1) as pieces of its encoding, found
 * without libcrypto, which decodes the public key of each certificate it reads.
 * Inside common/crypto.
 */
#ifndef SC_CRYPTO_TBS_H
#define SC_CRYPTO_TBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/der.h"

/* Borrowed from the encoding; "whole": with tag and length. */
struct sc_tbs {
	struct sc_der tbs; /* whole TBSCertificate: what is signed */
	struct sc_der version; /* empty: version 1 */
	struct sc_der serial;
	struct sc_der inner_alg; /* whole; to be the same as alg */
	struct sc_der issuer; /* whole */
	struct sc_der not_before, not_after; /* whole */
	struct sc_der subject; /* whole */
	struct sc_der spki; /* whole */
	bool unique_ids; /* there is one, or both */
	struct sc_der extensions; /* for sc_tbs_next_ext */
	struct sc_der alg; /* whole */
	struct sc_der signature; /* count of unused bits, then the bits */
};

/*
 * The structure down to these members, in DER; what is in them has not been
 * looked at.  False when it is anything else.
 */
bool sc_tbs_read(const uint8_t *der, size_t n, struct sc_tbs *t);

/* Those that are looked at here; RFC 5280 section 4.2 names all but the last. */
enum sc_ext_id {
	SC_EXT_OTHER,
	SC_EXT_SUBJECT_KEY_ID,
	SC_EXT_KEY_USAGE,
	SC_EXT_SUBJECT_ALT_NAME,
	SC_EXT_BASIC_CONSTRAINTS,
	SC_EXT_AUTHORITY_KEY_ID,
	SC_EXT_EXT_KEY_USAGE,
	SC_EXT_AUTHORITY_INFO_ACCESS,
	SC_EXT_PROVISIONER /* SC_OID_PROVISIONER */
};

struct sc_tbs_ext {
	enum sc_ext_id id;
	struct sc_der oid;
	struct sc_der whole_oid;
	bool critical;
	struct sc_der value; /* inside the OCTET STRING */
};
/*
 * Take the next one of t.extensions (or of a copy): 1; 0 at the end, -1 when
 * it is no Extension.  A critical of FALSE may be spelled out.
 */
int sc_tbs_next_ext(struct sc_der *list, struct sc_tbs_ext *x);
/* The first such extension; false when there is none. */
bool sc_tbs_find_ext(
    const struct sc_tbs *t, enum sc_ext_id id, struct sc_tbs_ext *x);

#endif
