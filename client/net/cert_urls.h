/*
 * Where a certificate says that more is to be had about it (RFC 5280
 * sections 4.2.1.13 and 4.2.2.1).
 */
#ifndef SC_CLIENT_CERT_URLS_H
#define SC_CLIENT_CERT_URLS_H

struct sc_cert;
struct sc_error;
struct sc_strlist;

/* Appends the http and https addresses, in order; none at all is fine. */
int sc_cert_urls_crl(
    const struct sc_cert *c, struct sc_strlist *out, struct sc_error *e);
int sc_cert_urls_ocsp(
    const struct sc_cert *c, struct sc_strlist *out, struct sc_error *e);
int sc_cert_urls_issuer(
    const struct sc_cert *c, struct sc_strlist *out, struct sc_error *e);

#endif
