/*
 * The certificate a TLS client has shown to the web server: read from the
 * parameters that the web server sets, and verified here all over again.  A
 * resumed session carries yesterday's verdict, and the web server may trust
 * more authorities than this one.
 */
#ifndef SC_AUTHORITY_CLIENT_CERT_H
#define SC_AUTHORITY_CLIENT_CERT_H

#include <stdbool.h>
#include <stdint.h>

struct sc_authority;
struct sc_cert;
struct sc_certs;
struct sc_error;

/* The longest text that is read as a client certificate, bytes. */
#define SC_MAX_CLIENT_CERT (128 * 1024)

/*
 * pem and verify are SSL_CLIENT_CERT and SSL_CLIENT_VERIFY as the request has
 * them, NULL when absent.  0, and *out is a new reference, when verify is
 * SUCCESS and sc_client_cert_parse, sc_authority_check_leaf at now and
 * sc_authority_check_revoked have nothing against it.
 *
 * No certificate (either is absent or empty, or verify is NONE) is
 * UNAUTHENTICATED with client text "missing client certificate"; so is any
 * other verdict than SUCCESS, whose text goes on with the web server's
 * reason.  What we have against the certificate goes before what the web
 * server has.
 */
int sc_authority_client_cert(struct sc_authority *ca, const char *pem,
    const char *verify, int64_t now, struct sc_cert **out, struct sc_error *e);

/* False: the request has no certificate, by the rule above. */
bool sc_client_cert_given(const char *pem, const char *verify);

/*
 * Exactly one PEM certificate and nothing else, as nginx and Apache write it:
 * with LF, CRLF or blanks and tabs ($ssl_client_cert) between the lines, or
 * URL-escaped as a whole ($ssl_client_escaped_cert; "+" stands for itself).
 * MALFORMED with client text.
 */
int sc_client_cert_parse(
    const char *text, struct sc_cert **out, struct sc_error *e);

/*
 * A leaf of ours that may speak for itself at time t: a path over more (may
 * be NULL) and our intermediates to our roots, keyUsage digitalSignature,
 * extKeyUsage clientAuth (both must be there), not a CA.  EXPIRED with client
 * text from notAfter on, else UNAUTHENTICATED.
 */
int sc_authority_check_leaf(struct sc_authority *ca, const struct sc_cert *leaf,
    const struct sc_certs *more, int64_t t, struct sc_error *e);
/*
 * UNAUTHENTICATED for a certificate of ours that is revoked, whose key has
 * signed a token (NULL: there is none); the store's errors.
 */
int sc_authority_check_credential(
    struct sc_authority *ca, const struct sc_cert *c, struct sc_error *e);
/* REVOKED when the store says so; the store's errors. */
int sc_authority_check_revoked(
    struct sc_authority *ca, const struct sc_cert *leaf, struct sc_error *e);

#endif
