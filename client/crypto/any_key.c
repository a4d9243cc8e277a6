#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/cli/jose_key.h"
#include "client/cli/secret.h"
#include "client/crypto/any_key.h"
#include "crypto/cert.h"
#include "crypto/jwk.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

struct source {
	const char *name; /* in messages */
	const char *text;
	size_t n;
	const char *password_file;
};

static bool
is_ssh_line(const char *s)
{
	return sc_has_prefix(s, "ssh-") || sc_has_prefix(s, "ecdsa-sha2-") ||
	    sc_has_prefix(s, "sk-");
}

/* {...}, or the compact form of an encrypted JWK. */
static bool
is_jwk(const char *s)
{
	s += strspn(s, " \t\r\n");
	return s[0] == '{' || sc_has_prefix(s, "eyJ");
}

static int
from_pem(const struct source *s, struct sc_key **out, struct sc_error *e)
{
	struct sc_secret_source from = {s->password_file};

	if (strstr(s->text, "PRIVATE KEY-----") != NULL)
		return sc_key_from_pem(
		    s->text, s->n, s->name, sc_secret_for_key, &from, out, e);
	return sc_key_public_from_pem(s->text, s->n, s->name, out, e);
}

static int
from_ssh(const struct source *s, struct sc_key **out, struct sc_error *e)
{
	struct sc_ssh_cert *cert = NULL;
	struct sc_ssh_key *key = NULL;
	const char *blank = strchr(s->text, ' ');
	const char *mark = strstr(s->text, "-cert-v01@openssh.com ");
	int r;

	if (mark != NULL && blank != NULL && mark < blank) {
		r = sc_ssh_cert_from_line(s->text, s->n, &cert, NULL, e);
		if (r == 0)
			key = sc_ssh_key_dup(cert->key);
	} else {
		r = sc_ssh_key_from_line(s->text, s->n, &key, NULL, e);
	}
	if (r == 0)
		*out = sc_key_dup(sc_ssh_key_public(key));
	else
		sc_error_prefix(e, "error decoding %s", s->name);
	sc_ssh_key_free(key);
	sc_ssh_cert_free(cert);
	return r;
}

static int
from_jwk(const struct source *s, struct sc_key **out, struct sc_error *e)
{
	struct sc_jwk *j = NULL;
	char *prompt;
	int r;

	prompt =
	    sc_asprintf("Please enter the password to decrypt %s", s->name);
	if (prompt == NULL)
		return sc_fail_nomem(e);
	r = sc_jose_jwk_parse(s->text, s->n, prompt, s->password_file, &j, e);
	if (r == 0)
		*out = sc_key_dup(j->key);
	else if (r == SC_ERR_MALFORMED)
		sc_error_prefix(e, "error decoding %s", s->name);
	sc_jwk_free(j);
	free(prompt);
	return r;
}

/* DER does not tell what it is: whatever can be read as something. */
static int
from_der(const struct source *s, struct sc_key **out, struct sc_error *e)
{
	static const char *const labels[] = {"PRIVATE KEY", "EC PRIVATE KEY",
	    "RSA PRIVATE KEY", "PUBLIC KEY", "CERTIFICATE"};
	const uint8_t *der = (const uint8_t *)s->text;
	struct source pem = *s;
	char *text;
	size_t i;
	int r = SC_ERR_MALFORMED;

	for (i = 0; r != 0 && i < sizeof(labels) / sizeof(labels[0]); i++) {
		if (sc_der_to_pem(labels[i], der, s->n, &text) != 0)
			return sc_fail_nomem(e);
		pem.text = text;
		pem.n = strlen(text);
		r = from_pem(&pem, out, NULL);
		sc_free_secret(text);
	}
	if (r == 0)
		return 0;
	/* The password is asked for when there is nothing else it can be. */
	if (sc_der_to_pem("ENCRYPTED PRIVATE KEY", der, s->n, &text) != 0)
		return sc_fail_nomem(e);
	pem.text = text;
	pem.n = strlen(text);
	r = from_pem(&pem, out, e);
	free(text);
	if (r == SC_ERR_MALFORMED)
		r = sc_fail(e, r,
		    "error decoding %s: not a key in PEM, DER, JWK or SSH "
		    "format",
		    s->name);
	return r;
}

int
sc_any_key_load(const char *path, const char *password_file,
    struct sc_key **out, enum sc_key_form *form, struct sc_error *e)
{
	struct source s = {.name = path, .password_file = password_file};
	enum sc_key_form f;
	char *text = NULL;
	int r;

	*out = NULL;
	if (sc_streq(path, "-")) {
		s.name = "standard input";
		r = sc_fd_read(0, SC_MAX_PEM_FILE, &text, &s.n, e);
	} else {
		r = sc_file_read(path, SC_MAX_PEM_FILE, &text, &s.n, e);
	}
	if (r != 0)
		return r;
	s.text = text;
	if (strstr(text, "-----BEGIN ") != NULL) {
		f = SC_FORM_PEM;
		r = from_pem(&s, out, e);
	} else if (is_ssh_line(text)) {
		f = SC_FORM_SSH;
		r = from_ssh(&s, out, e);
	} else if (is_jwk(text)) {
		f = SC_FORM_JWK;
		r = from_jwk(&s, out, e);
	} else {
		f = SC_FORM_DER;
		r = from_der(&s, out, e);
	}
	if (form != NULL)
		*form = f;
	sc_freezero(text, s.n);
	return r;
}
