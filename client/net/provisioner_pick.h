/*
 * Which provisioner vouches for a request, and its key.
 */
#ifndef SC_CLIENT_PROVISIONER_PICK_H
#define SC_CLIENT_PROVISIONER_PICK_H

#include <stdbool.h>

struct json_object;
struct sc_args;
struct sc_ca;
struct sc_error;
struct sc_jwk;

/*
 * One of list (an array as GET /provisioners gives it) by --kid and
 * --provisioner; the user chooses when several are left.  With --x5c-cert only
 * those of type X5C are asked, which without are left out unless named; so it
 * is with --k8ssa-token-path and K8sSA.  So are those of which no token is
 * made here, and OIDC where the token is one that revokes: who signs in cannot
 * say what.  *out is borrowed from list.  Tells its choice on stderr.
 */
int sc_provisioner_pick(const struct sc_args *a, struct json_object *list,
    bool revokes, struct json_object **out, struct sc_error *e);

/*
 * A private JWK from text, which may be a JWE; password as
 * --provisioner-password-file says, else asked for, three times.
 */
int sc_provisioner_open_key(const struct sc_args *a, const char *text,
    struct sc_jwk **out, struct sc_error *e);
/* The same of a file: JWK, JWE or PEM (--key). */
int sc_provisioner_key_file(const struct sc_args *a, const char *file,
    struct sc_jwk **out, struct sc_error *e);

#endif
