/*
 * Pieces that the forms of certinfo share.
 */
#ifndef SC_CLIENT_CERTINFO_INTERNAL_H
#define SC_CLIENT_CERTINFO_INTERNAL_H

#include <openssl/x509.h>

#include "client/certificate/certinfo.h"

/* "O=Org,CN=name" in encoding order; nothing for an empty name. */
void sc_certinfo_put_name(struct sc_buf *b, const X509_NAME *name);
/* {"organization":["Org"],"common_name":["name"]}; a new reference. */
struct json_object *sc_certinfo_name_json(const X509_NAME *name);
/* "ECDSA-SHA256", "SHA256-RSA", ...; else the long name of libcrypto. */
void sc_certinfo_put_sig_alg(struct sc_buf *b, const X509_ALGOR *alg);
/* One extension in the text layout; indent is that of its heading. */
void sc_certinfo_put_ext(struct sc_buf *b, X509_EXTENSION *x, int indent);
/* Bytes as "ab:cd:", per_line on a line, each line indented. */
void sc_certinfo_put_hex(struct sc_buf *b, const uint8_t *p, size_t n,
    size_t per_line, int indent, int upper);
/* "ECDSA P-256", "RSA 2048", "Ed25519 256". */
void sc_certinfo_put_key_kind(struct sc_buf *b, EVP_PKEY *key);
/* Text of others without control characters. */
void sc_certinfo_put_clean(struct sc_buf *b, const void *p, size_t n);

#endif
