/*
 * A JSON Web Key Set (RFC 7517 section 5) as identity providers publish it:
 * public keys to verify tokens with, by kid.
 */
#ifndef SC_PROVISIONER_KEY_SET_H
#define SC_PROVISIONER_KEY_SET_H

#include <stdbool.h>
#include <stddef.h>

struct sc_error;
struct sc_jws;

#define SC_MAX_KEY_SET 256 /* entries */

struct sc_key_set; /* constant once it is there */

/*
 * Entries that cannot be used are left out: other types of key and curves,
 * weak keys, symmetric ones, those that are not for signatures.  None left is
 * fine: then nothing verifies.  MALFORMED, TOO_LARGE, NOMEM.
 */
int sc_key_set_parse(
    const char *s, size_t n, struct sc_key_set **out, struct sc_error *e);
void sc_key_set_free(struct sc_key_set *s);
/* NULL is the kid of entries that have none. */
bool sc_key_set_has(const struct sc_key_set *s, const char *kid);
/*
 * With one of the keys of the token's kid: with the algorithm that the entry
 * names, or any that fits the key where it names none.  UNAUTHENTICATED.
 */
int sc_key_set_verify(
    const struct sc_key_set *s, const struct sc_jws *j, struct sc_error *e);

#endif
