/*
 * Certificates as one PEM text.
 */
#ifndef SC_CLIENT_PEM_OUT_H
#define SC_CLIENT_PEM_OUT_H

struct sc_certs;
struct sc_error;

/* In order, each block ended by LF; malloc'ed. */
int sc_pem_out(const struct sc_certs *certs, char **out, struct sc_error *e);

#endif
