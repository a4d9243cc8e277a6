/*
 * Certificate revocation lists for people, and as JSON.
 */
#ifndef SC_CLIENT_CRLINFO_H
#define SC_CLIENT_CRLINFO_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

struct json_object;
struct sc_buf;
struct sc_error;

struct sc_crlinfo { /* borrowed */
	X509_CRL *crl;
	bool valid; /* signed by the CA at hand, and of today */
	const char *reason; /* why not; NULL: there is no such CA */
};
/* Appends to b. */
int sc_crlinfo_text(
    const struct sc_crlinfo *c, struct sc_buf *b, struct sc_error *e);
/* *out is a new reference. */
int sc_crlinfo_json(
    const struct sc_crlinfo *c, struct json_object **out, struct sc_error *e);

/* One extension of a list or an entry, for both forms; clear when done. */
struct sc_crl_ext {
	struct sc_buf *name, *details; /* details: lines */
	struct json_object *json;
};
int sc_crl_ext_read(
    X509_EXTENSION *x, struct sc_crl_ext *out, struct sc_error *e);
void sc_crl_ext_clear(struct sc_crl_ext *x);

/* The time of a list in seconds; 0 when there is none. */
int64_t sc_crlinfo_time(const ASN1_TIME *t);

#endif
