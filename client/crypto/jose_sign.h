/*
 * What `crypto jwt sign` and `crypto jws sign` share: flags, key, header.
 */
#ifndef SC_CLIENT_JOSE_SIGN_H
#define SC_CLIENT_JOSE_SIGN_H

#include "client/command.h"

struct json_object;
struct sc_args;
struct sc_error;
struct sc_jose_key;

/* --key, --jwks, --kid, --x5c-cert, --alg and so on. */
extern const struct sc_opt sc_options_jose_sign[];

/* Do the flags go together? */
int sc_jose_sign_check(const struct sc_args *a, struct sc_error *e);
/* The private key that they name, and its algorithm. */
int sc_jose_sign_key(
    const struct sc_args *a, struct sc_jose_key *key, struct sc_error *e);
/* Add kid, and x5c, x5cInsecure or x5t, as the flags say. */
int sc_jose_sign_header(const struct sc_args *a, const struct sc_jose_key *k,
    struct json_object *header, struct sc_error *e);

/* Add a member; v, which may be NULL without memory, is taken over. */
int sc_jose_add(
    struct json_object *obj, const char *name, struct json_object *v);
/* Likewise a string, unless it is NULL or empty. */
int sc_jose_add_string(
    struct json_object *obj, const char *name, const char *s);

#endif
