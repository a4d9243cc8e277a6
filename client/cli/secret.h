/*
 * Passwords: from a file that a flag names, or asked for on the terminal;
 * never from the command line.
 */
#ifndef SC_CLIENT_SECRET_H
#define SC_CLIENT_SECRET_H

struct sc_error;

/*
 * file may be NULL: then the prompt is used.  *out is malloc'ed; free with
 * sc_free_secret.
 */
int sc_secret_get(
    const char *file, const char *prompt, char **out, struct sc_error *e);
/*
 * For sc_key_from_pem: arg is a struct sc_secret_source (its file may be
 * NULL).  Asks "Please enter the password to decrypt WHAT".
 */
struct sc_secret_source {
	const char *file;
};
int sc_secret_for_key(
    void *arg, const char *what, char **pw, struct sc_error *e);

#endif
