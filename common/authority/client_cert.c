#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "authority/client_cert.h"
#include "authority/internal.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "store/store.h"

#define BEGIN "-----BEGIN CERTIFICATE-----"
#define END "-----END CERTIFICATE-----"
/* For how long a verdict on our own issuer holds. */
#define ISSUER_SECONDS 60
#define BLANKS " \t\r\n"

static int
unreadable(struct sc_error *e)
{
	if (e != NULL && e->code == SC_ERR_NOMEM)
		return SC_ERR_NOMEM;
	return sc_fail_client(e, SC_ERR_MALFORMED,
	    "the client certificate is not exactly one PEM certificate");
}

/* %XX everywhere; "" for a broken escape and for an escaped NUL. */
static char *
unescape(const char *s)
{
	/* Zeroed: the analyzer cannot see that "" has no prefix. */
	char *out = calloc(1, strlen(s) + 1);
	size_t w = 0;
	int hi, lo;

	if (out == NULL)
		return NULL;
	for (; *s != '\0'; s++) {
		if (*s != '%') {
			out[w++] = *s;
			continue;
		}
		if ((hi = sc_hex_digit(s[1])) < 0 ||
		    (lo = sc_hex_digit(s[2])) < 0 || (hi == 0 && lo == 0)) {
			w = 0;
			break;
		}
		out[w++] = (char)(hi << 4 | lo);
		s += 2;
	}
	out[w] = '\0';
	return out;
}

/* The base64 between the two lines, blanks left out; "" if there is more. */
static char *
collect(const char *s)
{
	char *out = malloc(strlen(s) + 1);
	size_t n = 0;

	if (out == NULL)
		return NULL;
	if (sc_has_prefix(s, BEGIN))
		for (s += strlen(BEGIN); *s != '-' && *s != '\0'; s++)
			if (strchr(BLANKS, *s) == NULL)
				out[n++] = *s;
	if (!sc_has_prefix(s, END) ||
	    s[strlen(END) + strspn(s + strlen(END), BLANKS)] != '\0')
		n = 0;
	out[n] = '\0';
	return out;
}

/* *der is malloc'ed; what is in it has not been looked at. */
static int
decode(const char *text, uint8_t **der, size_t *n, struct sc_error *e)
{
	char *plain = NULL, *b64;
	int r;

	*der = NULL;
	if (strlen(text) > SC_MAX_CLIENT_CERT)
		return unreadable(e);
	if (strchr(text, '%') != NULL && (plain = unescape(text)) == NULL)
		return sc_fail_nomem(e);
	b64 = collect(plain != NULL ? plain : text);
	if (b64 == NULL)
		r = sc_fail_nomem(e);
	else if (sc_b64_decode(SC_B64_STD, b64, strlen(b64), der, n) != 0)
		r = unreadable(e);
	else
		r = 0;
	free(b64);
	free(plain);
	return r;
}

int
sc_client_cert_parse(const char *text, struct sc_cert **out, struct sc_error *e)
{
	uint8_t *der;
	size_t n;
	int r;

	*out = NULL;
	if ((r = decode(text, &der, &n, e)) == 0 &&
	    sc_cert_parse_der(der, n, out, e) != 0)
		r = unreadable(e);
	free(der);
	return r;
}

/* Both lists in one, borrowed. */
static int
join(const struct sc_certs *a, const struct sc_certs *b, struct sc_certs *out,
    struct sc_error *e)
{
	size_t i;

	out->v = calloc(a->n + (b != NULL ? b->n : 0) + 1, sizeof(*out->v));
	if (out->v == NULL)
		return sc_fail_nomem(e);
	for (i = 0; i < a->n; i++)
		out->v[out->n++] = a->v[i];
	for (i = 0; b != NULL && i < b->n; i++)
		out->v[out->n++] = b->v[i];
	return 0;
}

static bool
is_in_time(const struct sc_cert *leaf, int64_t t)
{
	return t >= sc_cert_not_before(leaf) && t < sc_cert_not_after(leaf);
}

static int
out_of_time(const struct sc_cert *leaf, int64_t t, struct sc_error *e)
{
	char text[SC_TIME_MAX];

	if (t >= sc_cert_not_after(leaf)) {
		sc_time_format_go(sc_cert_not_after(leaf), text);
		return sc_fail_client(
		    e, SC_ERR_EXPIRED, "certificate expired on %s", text);
	}
	sc_time_format_go(sc_cert_not_before(leaf), text);
	return sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
	    "certificate is not valid before %s", text);
}

/*
 * Our issuer by itself, so that not every leaf costs two paths: looked at
 * again now and then, for its time may be over.
 */
static bool
issuer_is_good(struct sc_authority *ca, int64_t now)
{
	if (ca->issuer_checked != 0 && now >= ca->issuer_checked &&
	    now < ca->issuer_checked + ISSUER_SECONDS)
		return true;
	if (!sc_cert_may_issue_clients(ca->intermediates.v[0]) ||
	    sc_cert_verify(ca->intermediates.v[0], &ca->intermediates,
		&ca->roots, SC_EKU_ANY, NULL, now, NULL) != 0)
		return false;
	ca->issuer_checked = now;
	return true;
}

/* By our issuer, or else over whatever there is to our roots. */
static int
check_path(struct sc_authority *ca, const struct sc_cert *leaf,
    const struct sc_certs *more, int64_t t, struct sc_error *e)
{
	const struct sc_certs issuer = {ca->intermediates.v, 1};
	struct sc_certs inter = {0};
	int r;

	if (t != SC_VERIFY_ANY_TIME && issuer_is_good(ca, t) &&
	    sc_cert_verify(leaf, NULL, &issuer, SC_EKU_CLIENT, NULL, t, NULL) ==
		0)
		return 0;
	if ((r = join(&ca->intermediates, more, &inter, e)) != 0)
		return r;
	r = sc_cert_verify(leaf, &inter, &ca->roots, SC_EKU_CLIENT, NULL, t, e);
	free(inter.v);
	return r;
}

int
sc_authority_check_leaf(struct sc_authority *ca, const struct sc_cert *leaf,
    const struct sc_certs *more, int64_t t, struct sc_error *e)
{
	bool in_time = is_in_time(leaf, t);
	int r;

	/* First that it is ours: nobody else's times are worth a word. */
	r = check_path(ca, leaf, more, in_time ? t : SC_VERIFY_ANY_TIME, e);
	if (r == 0 && !in_time)
		return out_of_time(leaf, t, e);
	if (r == 0 && !sc_cert_is_client_leaf(leaf))
		r = sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
		    "certificate is not one of a client (key usage "
		    "digitalSignature, extended key usage clientAuth, no CA)");
	return r;
}

/* As sc_cert_parse_der and sc_authority_check_leaf; *out also on failure. */
static int
parse_ours(struct sc_authority *ca, const uint8_t *der, size_t n, int64_t t,
    struct sc_cert **out, struct sc_error *e)
{
	if (ca->issuer != NULL && ca->constraints == NULL &&
	    issuer_is_good(ca, t) &&
	    sc_cert_parse_issued(der, n, ca->issuer, out))
		return is_in_time(*out, t) ? 0 : out_of_time(*out, t, e);
	if (sc_cert_parse_der(der, n, out, e) != 0)
		return unreadable(e);
	return sc_authority_check_leaf(ca, *out, NULL, t, e);
}

int
sc_authority_check_revoked(
    struct sc_authority *ca, const struct sc_cert *leaf, struct sc_error *e)
{
	struct sc_store_serial serial;
	int r;

	if (ca->store == NULL)
		return 0;
	serial.p = sc_cert_serial(leaf, &serial.n);
	r = sc_store_get_revoked(ca->store, SC_STORE_X509, serial, NULL, e);
	if (r == SC_ERR_NOT_FOUND)
		return 0;
	return r != 0
	    ? r
	    : sc_fail_client(e, SC_ERR_REVOKED, "certificate is revoked");
}

int
sc_authority_check_credential(
    struct sc_authority *ca, const struct sc_cert *c, struct sc_error *e)
{
	size_t i;
	int r;

	for (i = 0; c != NULL && i < ca->intermediates.n; i++) {
		if (!sc_cert_issued_by(c, ca->intermediates.v[i]))
			continue;
		r = sc_authority_check_revoked(ca, c, e);
		return r == SC_ERR_REVOKED
		    ? sc_fail_client(e, SC_ERR_UNAUTHENTICATED,
			  "the certificate in the token is revoked")
		    : r;
	}
	return 0;
}

/* Anything else than SUCCESS, whatever it means. */
static int
check_verdict(const char *verify, struct sc_error *e)
{
	if (sc_streq(verify, "SUCCESS"))
		return 0;
	(void)sc_fail(e, SC_ERR_UNAUTHENTICATED,
	    "SSL_CLIENT_VERIFY is \"%.200s\"", verify);
	if (sc_has_prefix(verify, "FAILED:"))
		sc_error_client(e,
		    "missing client certificate: the web server did not "
		    "accept the one that was sent (%.200s)",
		    verify + strlen("FAILED:"));
	else
		sc_error_client(e, "missing client certificate");
	return SC_ERR_UNAUTHENTICATED;
}

bool
sc_client_cert_given(const char *pem, const char *verify)
{
	return pem != NULL && pem[0] != '\0' && verify != NULL &&
	    verify[0] != '\0' && !sc_streq(verify, "NONE");
}

int
sc_authority_client_cert(struct sc_authority *ca, const char *pem,
    const char *verify, int64_t now, struct sc_cert **out, struct sc_error *e)
{
	struct sc_cert *c = NULL;
	uint8_t *der;
	size_t n;
	int r;

	*out = NULL;
	if (!sc_client_cert_given(pem, verify))
		return sc_fail_client(
		    e, SC_ERR_UNAUTHENTICATED, "missing client certificate");
	if ((r = decode(pem, &der, &n, e)) == 0 &&
	    (r = parse_ours(ca, der, n, now, &c, e)) == 0 &&
	    (r = check_verdict(verify, e)) == 0 &&
	    (r = sc_authority_check_revoked(ca, c, e)) == 0) {
		*out = c;
		c = NULL; /* transferred */
	}
	sc_cert_free(c);
	free(der);
	return r;
}
