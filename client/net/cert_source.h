/*
 * Where commands find certificates: a file (PEM or DER), standard input, or a
 * TLS server.
 */
#ifndef SC_CLIENT_CERT_SOURCE_H
#define SC_CLIENT_CERT_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "crypto/cert.h"

struct sc_error;

struct sc_cert_source { /* clear when done */
	struct sc_certs certs;
	uint8_t *csr; /* DER, when there is no certificate but a request */
	size_t csr_len;
};

struct sc_cert_source_tls {
	const char *roots; /* bundle, NULL = those of the system */
	const char *servername; /* NULL = the host of the address */
	bool insecure; /* take what is served without verifying */
};

/*
 * name: NULL or "-" = standard input; https://, tls://, tcp:// (443),
 * smtps:// (465), ldaps:// (636) addresses are connected to; else a file.
 */
int sc_cert_source_load(const char *name, const struct sc_cert_source_tls *tls,
    struct sc_cert_source *out, struct sc_error *e);
void sc_cert_source_clear(struct sc_cert_source *s);
/* Is name the address of a server? */
bool sc_cert_source_is_url(const char *name);
/*
 * All certificates of the files and folders of a comma-separated list; none at
 * all is MALFORMED.  Appends.
 */
int sc_cert_source_roots(
    const char *list, struct sc_certs *out, struct sc_error *e);

#endif
