/*
 * What the commands of `crypto key` share.
 */
#ifndef SC_CLIENT_CRYPTO_KEY_H
#define SC_CLIENT_CRYPTO_KEY_H

#include <stddef.h>

struct sc_args;
struct sc_command;
struct sc_error;
struct sc_key;

extern const struct sc_command sc_cmd_crypto_key_format;
extern const struct sc_command sc_cmd_crypto_key_sign;
extern const struct sc_command sc_cmd_crypto_key_verify;

/* The file that is the first argument; standard input without one. */
const char *sc_crypto_key_file(const struct sc_args *a);
/* Likewise the contents of it, malloc'ed; wipe them. */
int sc_crypto_key_input(
    const struct sc_args *a, char **out, size_t *n, struct sc_error *e);
/*
 * To --out, a new file with the mode of the input (0600 when that is standard
 * input) after which WHAT ("Your key") "has been saved in FILE." is said; or
 * to standard output.
 */
int sc_crypto_key_out(const struct sc_args *a, const char *what, const void *p,
    size_t n, struct sc_error *e);

#endif
