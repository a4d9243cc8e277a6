/*
 * The key of a JOSE command from a file: a JWK, an encrypted JWK (JWE), one
 * key of a JWK set, or PEM.
 */
#ifndef SC_CLIENT_JOSE_KEY_H
#define SC_CLIENT_JOSE_KEY_H

#include <stdbool.h>
#include <stddef.h>

struct sc_error;
struct sc_jwk;

struct sc_jose_want {
	const char *password_file; /* NULL: ask */
	const char *alg; /* of --alg, NULL when absent */
	const char *kid; /* of --kid, NULL when absent */
	bool subtle; /* alg may overrule the alg of the file */
	bool no_defaults; /* no alg for keys that may use several */
	bool encryption; /* the alg of the file may be one for JWE */
};
struct sc_jose_key { /* zero-initialise; clear when done */
	struct sc_jwk *jwk;
	char *alg; /* to be used; NULL when nothing says which */
	char *kid; /* to be named; NULL when the file has none */
	bool pem; /* use and alg were not in the file */
};
void sc_jose_key_clear(struct sc_jose_key *k);

/* "kid X does not match the kid on F", "alg X does not match the alg on F". */
int sc_jose_key_load(const char *path, const struct sc_jose_want *w,
    struct sc_jose_key *out, struct sc_error *e);
/* The key of a JWK set whose kid is w->kid. */
int sc_jose_key_load_set(const char *path, const struct sc_jose_want *w,
    struct sc_jose_key *out, struct sc_error *e);

/*
 * A JWK from text, decrypted first when it is a JWE: up to three passwords
 * are asked for with prompt, or the one of the file is tried.
 */
int sc_jose_jwk_parse(const char *text, size_t n, const char *prompt,
    const char *password_file, struct sc_jwk **out, struct sc_error *e);

#endif
