/*
 * Small helpers around libcrypto, for common/crypto only.
 */
#ifndef SC_CRYPTO_OSSL_H
#define SC_CRYPTO_OSSL_H

#include "crypto/key.h"

struct evp_md_st;
struct sc_error;

/*
 * Record "what: reason of libcrypto" (the reason left out when there is
 * none), clear libcrypto's error queue and return code.
 */
int sc_ossl_fail(struct sc_error *e, int code, const char *what);

/*
 * The digest, fetched once for the life of the process (a fetch costs more
 * than hashing a token).  NULL when libcrypto does not provide it.
 */
const struct evp_md_st *sc_digest_md(enum sc_hash h);

#endif
