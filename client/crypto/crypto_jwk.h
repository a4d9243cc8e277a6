/*
 * JWKs as text.
 */
#ifndef SC_CLIENT_CRYPTO_JWK_H
#define SC_CLIENT_CRYPTO_JWK_H

struct sc_command;
struct sc_error;
struct sc_jwk;

extern const struct sc_command sc_cmd_crypto_jwk_keyset;

/* JSON, compact when indent is NULL; malloc'ed, wipe it. */
int sc_jwk_text(const struct sc_jwk *j, int private, const char *indent,
    char **out, struct sc_error *e);

#endif
