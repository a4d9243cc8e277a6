/*
 * A key from a file of any format.
 */
#ifndef SC_CLIENT_ANY_KEY_H
#define SC_CLIENT_ANY_KEY_H

struct sc_error;
struct sc_key;

enum sc_key_form {
	SC_FORM_PEM,
	SC_FORM_DER,
	SC_FORM_SSH, /* a line of a public key or of a certificate */
	SC_FORM_JWK
};

/*
 * path: a file, or "-" for standard input.  PEM (private and public keys,
 * certificates, requests, OpenSSH's private keys), DER of these keys, a line
 * of an SSH key or certificate, a JWK.  An encrypted key is opened with
 * password_file, or the password is asked for.  form may be NULL.
 */
int sc_any_key_load(const char *path, const char *password_file,
    struct sc_key **out, enum sc_key_form *form, struct sc_error *e);

#endif
