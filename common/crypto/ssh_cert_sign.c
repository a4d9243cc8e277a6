#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/random.h"
#include "crypto/key.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"
#include "crypto/ssh_wire.h"

#define NONCE 32

/* --- questions --------------------------------------------------------- */

int
sc_ssh_cert_verify(const struct sc_ssh_cert *c, const struct sc_ssh_key *ca,
    struct sc_error *e)
{
	if (ca != NULL && !sc_ssh_key_same(ca, c->signer))
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "SSH certificate was signed by another CA");
	return sc_ssh_verify(
	    c->signer, c->blob, c->signed_len, c->sig, c->sig_len, e);
}

int
sc_ssh_cert_check_time(
    const struct sc_ssh_cert *c, int64_t now, struct sc_error *e)
{
	uint64_t t = now > 0 ? (uint64_t)now : 0;

	if (t < c->valid_after)
		return sc_fail(e, SC_ERR_UNAUTHENTICATED,
		    "SSH certificate is not yet valid");
	if (t >= c->valid_before)
		return sc_fail(
		    e, SC_ERR_EXPIRED, "SSH certificate has expired");
	return 0;
}

/* --- what may be signed ------------------------------------------------ */

static bool
has_control(const char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return true;
	return false;
}

int
sc_ssh_principal_check(const char *s, struct sc_error *e)
{
	size_t n = strlen(s);

	if (n == 0)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "principals cannot contain empty values");
	if (n > SC_MAX_SSH_PRINCIPAL)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "principal is longer than %d bytes", SC_MAX_SSH_PRINCIPAL);
	if (!sc_utf8_valid(s, n) || has_control(s) ||
	    strpbrk(s, " ,\"*?!#") != NULL)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "principal contains a character that sshd could take for "
		    "something else (comma, blank, control, quote, or one of "
		    "*?!#)");
	return 0;
}

static int
check_principals(const struct sc_strlist *l, struct sc_error *e)
{
	size_t i;
	int r = 0;

	if (l->n == 0)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate principals cannot be empty");
	if (l->n > SC_MAX_SSH_PRINCIPALS)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "more than %d principals", SC_MAX_SSH_PRINCIPALS);
	for (i = 0; i < l->n && r == 0; i++)
		r = sc_ssh_principal_check(l->v[i], e);
	return r;
}

static int
check_options(const struct sc_ssh_options *o, struct sc_error *e)
{
	size_t i;

	for (i = 0; i < o->n; i++) {
		const char *name = o->v[i].name, *p;

		for (p = name; *p > ' ' && *p < 0x7f; p++)
			;
		if (*p != '\0' || p == name ||
		    (i > 0 && strcmp(o->v[i - 1].name, name) >= 0))
			return sc_fail_client(e, SC_ERR_MALFORMED,
			    "ssh certificate has an ill-named or repeated "
			    "option");
	}
	return 0;
}

static int
check_fields(const struct sc_ssh_cert *c, struct sc_error *e)
{
	if (c->key == NULL || c->serial == 0 ||
	    (c->type != SC_SSH_USER && c->type != SC_SSH_HOST))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "SSH certificate: key, serial, type");
	if (c->key_id == NULL || *c->key_id == '\0')
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate keyID cannot be empty");
	if (strlen(c->key_id) > SC_MAX_SSH_KEY_ID || has_control(c->key_id) ||
	    !sc_utf8_valid(c->key_id, strlen(c->key_id)))
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate keyID is too long or not plain text");
	if (c->valid_after >= c->valid_before)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate validAfter cannot be greater than "
		    "validBefore");
	return 0;
}

/* --- signing ----------------------------------------------------------- */

static int
put_principals(struct sc_buf *b, const struct sc_strlist *l)
{
	struct sc_buf *in = sc_buf_new(SC_MAX_SSH_CERT);
	size_t i;
	int r;

	for (i = 0; i < l->n; i++)
		sc_ssh_put_text(in, l->v[i]);
	r = sc_ssh_put_buf(b, in);
	sc_buf_free(in);
	return r;
}

static int
put_options(struct sc_buf *b, const struct sc_ssh_options *o)
{
	struct sc_buf *in = sc_buf_new(SC_MAX_SSH_CERT);
	size_t i, n;
	int r;

	for (i = 0; i < o->n; i++) {
		n = strlen(o->v[i].value);
		sc_ssh_put_text(in, o->v[i].name);
		sc_buf_put_u32(in, n > 0 ? (uint32_t)n + 4 : 0);
		if (n > 0)
			sc_ssh_put_text(in, o->v[i].value);
	}
	r = sc_ssh_put_buf(b, in);
	sc_buf_free(in);
	return r;
}

static int
put_signed(struct sc_buf *b, const struct sc_ssh_cert *c)
{
	const uint8_t *p;
	uint8_t nonce[NONCE];
	size_t n;
	int r = sc_random(nonce, sizeof nonce);

	if (r != 0)
		return r;
	sc_ssh_put_text(b, sc_ssh_key_cert_type(c->key));
	sc_buf_put_string(b, nonce, sizeof nonce);
	p = sc_ssh_key_fields(c->key, &n);
	sc_buf_put(b, p, n);
	sc_buf_put_u64(b, c->serial);
	sc_buf_put_u32(b, c->type);
	sc_ssh_put_text(b, c->key_id);
	r = put_principals(b, &c->principals);
	sc_buf_put_u64(b, c->valid_after);
	sc_buf_put_u64(b, c->valid_before);
	if (r == 0)
		r = put_options(b, &c->critical);
	if (r == 0)
		r = put_options(b, &c->extensions);
	sc_ssh_put_text(b, ""); /* reserved */
	p = sc_ssh_key_blob(c->signer, &n);
	sc_buf_put_string(b, p, n);
	return r != 0 ? r : sc_buf_error(b);
}

/* Forget an earlier signing. */
static void
reset(struct sc_ssh_cert *c)
{
	sc_ssh_key_free(c->signer);
	free(c->blob);
	c->signer = NULL;
	c->blob = NULL;
	c->blob_len = c->signed_len = c->sig_len = 0;
	c->sig = NULL;
	c->sig_alg = NULL;
}

static const char *
signature_name(const struct sc_ssh_key *ca)
{
	return sc_key_type(sc_ssh_key_public(ca)) == SC_KEY_RSA
	    ? "rsa-sha2-256"
	    : sc_ssh_key_type(ca);
}

static int
build(struct sc_ssh_cert *c, const struct sc_key *ca, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_SSH_CERT);
	struct sc_buf *sig = sc_buf_new(2 * SC_MAX_SSH_KEY);
	int r = put_signed(b, c);

	if (r == 0)
		r = sc_ssh_sign(
		    sig, ca, SC_SHA256, sc_buf_data(b), sc_buf_len(b), e);
	else
		(void)sc_fail(e, r, "SSH certificate: %s", sc_err_text(r));
	if (r == 0) {
		c->signed_len = sc_buf_len(b);
		c->sig_len = sc_buf_len(sig);
		r = sc_ssh_put_buf(b, sig);
		if (r != 0)
			(void)sc_fail(e, r, "SSH certificate is too large");
	}
	if (r == 0) {
		c->blob = (uint8_t *)sc_buf_steal(b, &c->blob_len);
		b = NULL;
		if (c->blob == NULL)
			r = sc_fail_nomem(e);
		else
			c->sig = c->blob + c->signed_len + 4;
	}
	sc_buf_free(b);
	sc_buf_free(sig);
	return r;
}

int
sc_ssh_cert_sign_as(struct sc_ssh_cert *c, const struct sc_key *ca,
    const struct sc_ssh_key *pub, struct sc_error *e)
{
	int r;

	reset(c);
	r = check_fields(c, e);
	if (r == 0)
		r = check_principals(&c->principals, e);
	if (r == 0)
		r = check_options(&c->critical, e);
	if (r == 0)
		r = check_options(&c->extensions, e);
	if (r == 0) {
		c->signer = sc_ssh_key_dup(pub);
		r = build(c, ca, e);
	}
	if (r == 0)
		c->sig_alg = signature_name(c->signer);
	else
		reset(c);
	return r;
}

int
sc_ssh_cert_sign(
    struct sc_ssh_cert *c, const struct sc_key *ca, struct sc_error *e)
{
	struct sc_ssh_key *pub = NULL;
	int r = sc_ssh_key_new(ca, &pub, e);

	if (r == 0)
		r = sc_ssh_cert_sign_as(c, ca, pub, e);
	else
		reset(c);
	sc_ssh_key_free(pub);
	return r;
}

int
sc_ssh_serial(uint64_t *out, struct sc_error *e)
{
	uint64_t v = 0;

	*out = 0;
	while (v == 0)
		if (sc_random(&v, sizeof v) != 0)
			return sc_fail(e, SC_ERR_INTERNAL, "no random numbers");
	*out = v;
	return 0;
}
