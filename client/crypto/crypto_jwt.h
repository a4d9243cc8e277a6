/*
 * What the commands of `crypto jwt` share.
 */
#ifndef SC_CLIENT_CRYPTO_JWT_H
#define SC_CLIENT_CRYPTO_JWT_H

struct sc_args;
struct sc_command;
struct sc_error;
struct sc_jose_key;
struct sc_jose_want;

extern const struct sc_command sc_cmd_crypto_jwt_sign;

/*
 * The key of --key or --jwks, of which there must be one; w->kid must be set
 * for a set.  It must be for signatures and say which algorithm it uses.
 */
int sc_jwt_key(const struct sc_args *a, const struct sc_jose_want *w,
    struct sc_jose_key *out, struct sc_error *e);
/* Exactly one of --key and --jwks. */
int sc_jwt_check_key_flags(const struct sc_args *a, struct sc_error *e);
/* The use and alg of a key that was loaded. */
int sc_jwt_check_key(const struct sc_jose_key *k, struct sc_error *e);

/*
 * The token on standard input without the white space around it; malloc'ed.
 */
int sc_jwt_read_token(char **out, struct sc_error *e);

#endif
