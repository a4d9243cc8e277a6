/*
 * The key and certificates with which a token of an X5C provisioner is signed.
 */
#ifndef SC_CLIENT_TOKEN_X5C_H
#define SC_CLIENT_TOKEN_X5C_H

#include <stdbool.h>

struct sc_args;
struct sc_certs;
struct sc_error;
struct sc_jwk;

/* Is there --x5c-cert or --x5c-key? */
bool sc_x5c_given(const struct sc_args *a);
/*
 * From --x5c-cert (a certificate, with or without what is between it and a
 * root), --x5c-chain (the rest of it) and --x5c-key, both of which are
 * needed.  MALFORMED when they do not belong together.  The caller clears
 * *chain, in any case, and frees *key.
 */
int sc_x5c_open(const struct sc_args *a, struct sc_jwk **key,
    struct sc_certs *chain, struct sc_error *e);

#endif
