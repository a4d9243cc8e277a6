/*
 * The key of a JWK provisioner: --create, --public-key, --private-key,
 * --password-file.
 */
#ifndef SC_CLIENT_PROVISIONER_JWK_H
#define SC_CLIENT_PROVISIONER_JWK_H

#include <stdbool.h>

struct json_object;
struct sc_args;
struct sc_error;

/*
 * Set the members key and encryptedKey of the provisioner p, as the flags
 * say; when adding, they must say something.
 */
int sc_prov_jwk_set(const struct sc_args *a, struct json_object *p, bool adding,
    struct sc_error *e);

#endif
