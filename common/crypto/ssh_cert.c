#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"

/* --- options ----------------------------------------------------------- */

int
sc_ssh_options_add(
    struct sc_ssh_options *o, const char *name, const char *value)
{
	struct sc_ssh_option *v, item;
	size_t i;
	int c;

	if (*name == '\0')
		return SC_ERR_MALFORMED;
	for (i = o->n; i > 0; i--) {
		c = strcmp(o->v[i - 1].name, name);
		if (c == 0)
			return SC_ERR_CONFLICT;
		if (c < 0)
			break;
	}
	if (o->n >= SC_MAX_SSH_OPTIONS)
		return SC_ERR_TOO_LARGE;
	v = sc_reallocarray(o->v, o->n + 1, sizeof *v);
	if (v == NULL)
		return SC_ERR_NOMEM;
	o->v = v;
	item.name = sc_strdup(name);
	item.value = sc_strdup(value);
	if (item.name == NULL || item.value == NULL) {
		free(item.name);
		free(item.value);
		return SC_ERR_NOMEM;
	}
	memmove(v + i + 1, v + i, (o->n - i) * sizeof *v);
	v[i] = item;
	o->n++;
	return 0;
}

const char *
sc_ssh_options_get(const struct sc_ssh_options *o, const char *name)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		if (sc_streq(o->v[i].name, name))
			return o->v[i].value;
	return NULL;
}

void
sc_ssh_options_clear(struct sc_ssh_options *o)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		free(o->v[i].name);
		free(o->v[i].value);
	}
	free(o->v);
	o->v = NULL;
	o->n = 0;
}

/* --- reading ----------------------------------------------------------- */

static int
read_principals(struct sc_reader *outer, struct sc_strlist *l)
{
	struct sc_reader r;
	const uint8_t *p;
	size_t n;
	char *s;
	int rc = 0;

	p = sc_reader_string(outer, &n);
	if (p == NULL)
		return SC_ERR_MALFORMED;
	sc_reader_init(&r, p, n);
	while (rc == 0 && r.n > 0) {
		if (l->n >= SC_MAX_SSH_PRINCIPALS)
			return SC_ERR_TOO_LARGE;
		s = sc_ssh_get_text(&r, SC_MAX_SSH_CERT);
		rc = s != NULL ? sc_strlist_add(l, s) : r.err;
		free(s);
	}
	return rc;
}

/* The value of an option: nothing, or one string inside the string. */
static char *
read_value(struct sc_reader *outer)
{
	struct sc_reader r;
	const uint8_t *p;
	size_t n;
	char *s;

	p = sc_reader_string(outer, &n);
	if (p == NULL)
		return NULL;
	if (n == 0) {
		s = sc_strdup("");
		if (s == NULL)
			outer->err = SC_ERR_NOMEM;
		return s;
	}
	sc_reader_init(&r, p, n);
	s = sc_ssh_get_text(&r, SC_MAX_SSH_CERT);
	if (s == NULL)
		outer->err = r.err;
	else if (r.n != 0) {
		free(s);
		s = NULL;
		outer->err = SC_ERR_MALFORMED;
	}
	return s;
}

static int
read_options(struct sc_reader *outer, struct sc_ssh_options *o)
{
	struct sc_reader r;
	const uint8_t *p;
	size_t n;
	char *name, *value;
	int rc = 0;

	p = sc_reader_string(outer, &n);
	if (p == NULL)
		return SC_ERR_MALFORMED;
	sc_reader_init(&r, p, n);
	while (rc == 0 && r.n > 0) {
		value = NULL;
		name = sc_ssh_get_text(&r, SC_MAX_SSH_CERT);
		if (name != NULL)
			value = read_value(&r);
		if (value == NULL)
			rc = r.err;
		else if (o->n > 0 && strcmp(o->v[o->n - 1].name, name) >= 0)
			rc = SC_ERR_MALFORMED; /* not sorted, or twice */
		else
			rc = sc_ssh_options_add(o, name, value);
		free(name);
		free(value);
	}
	return rc;
}

static int
read_type(struct sc_reader *r, enum sc_ssh_cert_type *type)
{
	uint32_t v = sc_reader_u32(r);

	if (v != SC_SSH_USER && v != SC_SSH_HOST)
		return SC_ERR_MALFORMED;
	*type = v == SC_SSH_USER ? SC_SSH_USER : SC_SSH_HOST;
	return 0;
}

/* Between the certified key and the key of the CA. */
static int
read_middle(struct sc_reader *r, struct sc_ssh_cert *c, struct sc_error *e)
{
	size_t n;
	int rc;

	c->serial = sc_reader_u64(r);
	rc = read_type(r, &c->type);
	if (rc != 0)
		return sc_fail(e, rc, "SSH certificate: type");
	c->key_id = sc_ssh_get_text(r, SC_MAX_SSH_CERT);
	if (c->key_id == NULL)
		return sc_fail(e, r->err, "SSH certificate: key id");
	rc = read_principals(r, &c->principals);
	if (rc != 0)
		return sc_fail(e, rc, "SSH certificate: principals");
	c->valid_after = sc_reader_u64(r);
	c->valid_before = sc_reader_u64(r);
	rc = read_options(r, &c->critical);
	if (rc != 0)
		return sc_fail(e, rc, "SSH certificate: critical options");
	rc = read_options(r, &c->extensions);
	if (rc != 0)
		return sc_fail(e, rc, "SSH certificate: extensions");
	sc_reader_string(r, &n); /* reserved */
	if (r->err != 0)
		return sc_fail(e, r->err, "SSH certificate is cut short");
	return 0;
}

static const char *
signature_alg(const uint8_t *sig, size_t n)
{
	static const char *const known[] = {"ssh-ed25519",
	    "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
	    "rsa-sha2-256", "rsa-sha2-512", "ssh-rsa",
	    "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"};
	struct sc_reader r;
	const uint8_t *p;
	size_t len, i;

	sc_reader_init(&r, sig, n);
	p = sc_reader_string(&r, &len);
	for (i = 0; i < sizeof known / sizeof known[0]; i++)
		if (sc_ssh_is(p, len, known[i]))
			return known[i];
	return NULL;
}

static int
read_signature(struct sc_reader *r, struct sc_ssh_cert *c, struct sc_error *e)
{
	const uint8_t *p;
	size_t n;
	int rc;

	p = sc_reader_string(r, &n);
	if (p == NULL)
		return sc_fail(e, r->err, "SSH certificate: signing key");
	rc = sc_ssh_key_parse(p, n, &c->signer, e);
	if (rc != 0) {
		sc_error_prefix(e, "SSH certificate: signing key");
		return rc;
	}
	c->signed_len = c->blob_len - r->n;
	c->sig = sc_reader_string(r, &c->sig_len);
	if (sc_reader_end(r) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "SSH certificate: signature");
	c->sig_alg = signature_alg(c->sig, c->sig_len);
	return 0;
}

static int
read_all(struct sc_ssh_cert *c, struct sc_error *e)
{
	const struct sc_ssh_type *t;
	const uint8_t *name;
	struct sc_reader r;
	size_t n;
	int rc;

	sc_reader_init(&r, c->blob, c->blob_len);
	name = sc_reader_string(&r, &n);
	if (name == NULL)
		return sc_fail(e, SC_ERR_MALFORMED, "not an SSH certificate");
	t = sc_ssh_type_by_cert(name, n);
	if (t == NULL)
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "not an SSH certificate of a known type");
	sc_reader_string(&r, &n); /* nonce */
	rc = sc_ssh_key_read(&r, t, &c->key, e);
	if (rc == 0)
		rc = read_middle(&r, c, e);
	return rc == 0 ? read_signature(&r, c, e) : rc;
}

int
sc_ssh_cert_parse(
    const uint8_t *blob, size_t n, struct sc_ssh_cert **out, struct sc_error *e)
{
	struct sc_ssh_cert *c;
	int r;

	*out = NULL;
	if (n > SC_MAX_SSH_CERT)
		return sc_fail(
		    e, SC_ERR_TOO_LARGE, "SSH certificate of %zu bytes", n);
	c = calloc(1, sizeof *c);
	if (c == NULL || (c->blob = malloc(n > 0 ? n : 1)) == NULL) {
		free(c);
		return sc_fail_nomem(e);
	}
	if (n > 0)
		memcpy(c->blob, blob, n);
	c->blob_len = n;
	r = read_all(c, e);
	if (r != 0) {
		sc_ssh_cert_free(c);
		return r;
	}
	*out = c;
	return 0;
}

/* --- lines ------------------------------------------------------------- */

int
sc_ssh_cert_from_line(const char *line, size_t n, struct sc_ssh_cert **out,
    char **comment, struct sc_error *e)
{
	struct sc_ssh_line l;
	int r;

	*out = NULL;
	if (comment != NULL)
		*comment = NULL;
	r = sc_ssh_line_parse(line, n, &l, e);
	if (r != 0)
		return r;
	r = sc_ssh_cert_parse(l.blob, l.blob_len, out, e);
	if (r == 0 && !sc_streq(l.type, sc_ssh_key_cert_type((*out)->key)))
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "SSH certificate line: wrong type in front");
	if (r == 0 && comment != NULL) {
		*comment = l.comment;
		l.comment = NULL; /* transferred */
	}
	if (r != 0) {
		sc_ssh_cert_free(*out);
		*out = NULL;
	}
	sc_ssh_line_clear(&l);
	return r;
}

int
sc_ssh_cert_to_line(
    const struct sc_ssh_cert *c, const char *comment, char **line)
{
	return sc_ssh_line_format(
	    sc_ssh_key_cert_type(c->key), c->blob, c->blob_len, comment, line);
}

/* --- life -------------------------------------------------------------- */

void
sc_ssh_cert_clear(struct sc_ssh_cert *c)
{
	sc_ssh_key_free(c->key);
	free(c->key_id);
	sc_strlist_clear(&c->principals);
	sc_ssh_options_clear(&c->critical);
	sc_ssh_options_clear(&c->extensions);
	sc_ssh_key_free(c->signer);
	free(c->blob);
	memset(c, 0, sizeof *c);
}

void
sc_ssh_cert_free(struct sc_ssh_cert *c)
{
	if (c == NULL)
		return;
	sc_ssh_cert_clear(c);
	free(c);
}
