/*
 * What anybody may read of the authority: certificates and provisioners.
 * Every function appends to out and fails with NOMEM or as stated.
 */
#ifndef SC_AUTHORITY_PUBLIC_H
#define SC_AUTHORITY_PUBLIC_H

#include <stdint.h>

struct sc_authority;
struct sc_buf;
struct sc_error;

enum sc_cert_list {
	SC_LIST_ROOTS, /* roots in ca.json order */
	SC_LIST_INTERMEDIATES, /* certificates of crt in file order */
	SC_LIST_FEDERATION /* roots, then federated roots, no duplicates */
};
/* {"crts":["PEM",...]} without LF.  UNSUPPORTED when the list is empty. */
int sc_public_certs_json(const struct sc_authority *ca, enum sc_cert_list which,
    struct sc_buf *out, struct sc_error *e);
/* Concatenated PEM blocks. */
int sc_public_certs_pem(const struct sc_authority *ca, enum sc_cert_list which,
    struct sc_buf *out, struct sc_error *e);
/*
 * {"ca":"PEM"} of the root or federated root with this fingerprint (dashes
 * dropped, lower-cased); NOT_FOUND with the reference's client text.
 */
int sc_public_root_json(const struct sc_authority *ca, const char *sha,
    struct sc_buf *out, struct sc_error *e);
/*
 * {"provisioners":[...],"nextCursor":"..."}: the page starting at cursor ("" =
 * first), limit <= 0 means 20, more than 100 means 100.
 */
int sc_public_provisioners_json(const struct sc_authority *ca,
    const char *cursor, int64_t limit, struct sc_buf *out, struct sc_error *e);
/* {"key":"<compact JWE>"}; NOT_FOUND without client text. */
int sc_public_encrypted_key_json(const struct sc_authority *ca, const char *kid,
    struct sc_buf *out, struct sc_error *e);

#endif
