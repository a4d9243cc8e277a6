/*
 * The file with the delegated OCSP signer, for the files of this folder.
 */
#ifndef SC_AUTHORITY_OCSP_SIGNER_H
#define SC_AUTHORITY_OCSP_SIGNER_H

#include <stdint.h>

struct sc_authority;
struct sc_error;
struct sc_ocsp_signer;

/* Path of the authority's own signer; malloc'ed, NULL when out of memory. */
char *sc_ocsp_signer_path(const struct sc_authority *ca);
/*
 * Read certificate and key (two paths, which may be the same) and check that
 * they are fit for the issuing certificate and valid at now: EXPIRED.
 */
int sc_ocsp_signer_load(const struct sc_authority *ca, const char *crt,
    const char *key, int64_t now, struct sc_ocsp_signer **out,
    struct sc_error *e);

#endif
