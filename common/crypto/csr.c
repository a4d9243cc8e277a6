#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/der.h"
#include "crypto/general_names.h"
#include "crypto/key.h"
#include "crypto/name.h"
#include "crypto/sig_alg.h"

/* 1.2.840.113549.1.9.14 extensionRequest (RFC 2985 section 5.4.2). */
static const uint8_t oid_extension_request[] = {
    0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e};
static const uint8_t oid_common_name[] = {0x55, 0x04, 0x03};
static const uint8_t oid_san[] = {0x55, 0x1d, 0x11};
/* id-ce, the arc of the standard extensions. */
static const uint8_t arc_ce[] = {0x55, 0x1d};

/* Extensions of one request; more is nobody's request. */
#define MAX_EXTENSIONS 64

static int
malformed(struct sc_error *e, const char *what)
{
	return sc_fail(e, SC_ERR_MALFORMED, "certificate request: %s", what);
}

/* Keeps the last common name. */
static int
read_attribute(
    struct sc_csr *c, const struct sc_name_attribute *a, struct sc_error *e)
{
	const struct sc_der *v = &a->value;

	if (!sc_der_is(&a->oid, oid_common_name, sizeof(oid_common_name)))
		return 0;
	if (a->tag != SC_DER_UTF8 && a->tag != SC_DER_PRINTABLE &&
	    a->tag != SC_DER_IA5)
		return malformed(e, "common name in a string type of old");
	if (v->n > SC_MAX_CN || memchr(v->p, '\0', v->n) != NULL ||
	    !sc_utf8_valid(v->p, v->n))
		return malformed(e, "bad common name");
	free(c->common_name);
	c->common_name = sc_strndup((const char *)v->p, v->n);
	c->common_names++;
	return c->common_name == NULL ? sc_fail_nomem(e) : 0;
}

static int
read_subject(struct sc_csr *c, struct sc_der name, struct sc_error *e)
{
	struct sc_name_reader names = {.rest = name};
	struct sc_name_attribute a;
	int r, more;

	while ((more = sc_name_next(&names, &a)) == 1 && !names.empty_set)
		if ((r = read_attribute(c, &a, e)) != 0)
			return r;
	return more == 0 && !names.empty_set ? 0 : malformed(e, "bad subject");
}

/*
 * One Extension: names are read, the rest is ignored, but what must not be
 * ignored (critical and not standard) is refused.
 */
static int
read_extension(
    struct sc_csr *c, struct sc_der ext, struct sc_der *oid, struct sc_error *e)
{
	struct sc_der boolean, value;
	bool critical = false;

	if (!sc_der_get(&ext, SC_DER_OID, oid) || oid->n == 0)
		return malformed(e, "bad extension");
	if (ext.n > 0 && ext.p[0] == SC_DER_BOOLEAN) {
		/* FALSE is the default and must not be spelled out. */
		if (!sc_der_get(&ext, SC_DER_BOOLEAN, &boolean) ||
		    boolean.n != 1 || boolean.p[0] != 0xff)
			return malformed(e, "bad extension");
		critical = true;
	}
	if (!sc_der_get(&ext, SC_DER_OCTET_STRING, &value) || ext.n != 0)
		return malformed(e, "bad extension");
	if (sc_der_is(oid, oid_san, sizeof(oid_san)))
		return sc_general_names_parse(
		    value, &c->sans, &c->other_sans, e);
	if (critical &&
	    (oid->n <= sizeof(arc_ce) ||
		memcmp(oid->p, arc_ce, sizeof(arc_ce)) != 0))
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "certificate request contains an unknown critical "
		    "extension");
	return 0;
}

static int
read_extensions(struct sc_csr *c, struct sc_der set, struct sc_error *e)
{
	struct sc_der list, ext, seen[MAX_EXTENSIONS];
	size_t n = 0, i;
	int r;

	c->extensions = set.p;
	c->extensions_len = set.n;
	if (!sc_der_get(&set, SC_DER_SEQUENCE, &list) || set.n != 0)
		return malformed(e, "bad extension request");
	while (list.n > 0) {
		if (n == MAX_EXTENSIONS ||
		    !sc_der_get(&list, SC_DER_SEQUENCE, &ext))
			return malformed(e, "bad extension request");
		if ((r = read_extension(c, ext, &seen[n], e)) != 0)
			return r;
		for (i = 0; i < n; i++)
			if (sc_der_is(&seen[i], seen[n].p, seen[n].n))
				return malformed(e, "duplicate extension");
		n++;
	}
	return 0;
}

/* attributes [0]: SET OF Attribute; only the extension request matters. */
static int
read_attributes(struct sc_csr *c, struct sc_der attrs, struct sc_error *e)
{
	struct sc_der attr, oid, set;
	bool seen = false;
	int r;

	while (attrs.n > 0) {
		if (!sc_der_get(&attrs, SC_DER_SEQUENCE, &attr) ||
		    !sc_der_get(&attr, SC_DER_OID, &oid) ||
		    !sc_der_get(&attr, SC_DER_SET, &set) || attr.n != 0)
			return malformed(e, "bad attribute");
		if (!sc_der_is(&oid, oid_extension_request,
			sizeof(oid_extension_request)))
			continue;
		if (seen)
			return malformed(e, "two extension requests");
		seen = true;
		if ((r = read_extensions(c, set, e)) != 0)
			return r;
	}
	return 0;
}

/* Which kinds of key are refused is part of the wire contract. */
static int
read_key(struct sc_csr *c, struct sc_der spki, struct sc_error *e)
{
	int r = sc_key_from_spki(spki.p, spki.n, &c->key, e);

	if (r != SC_ERR_UNSUPPORTED)
		return r;
	if (e != NULL)
		e->code = SC_ERR_MALFORMED;
	sc_error_client(e,
	    "certificate request key is not supported: use EC P-256, P-384 or "
	    "P-521, RSA or Ed25519");
	return SC_ERR_MALFORMED;
}

static int
read_info(struct sc_csr *c, struct sc_der info, struct sc_error *e)
{
	struct sc_der version, subject, spki, attrs;
	int r;

	if (!sc_der_get(&info, SC_DER_INTEGER, &version) ||
	    !sc_der_is(&version, "", 1))
		return malformed(e, "version is not 0");
	c->subject = info.p;
	if (!sc_der_get(&info, SC_DER_SEQUENCE, &subject) ||
	    !sc_der_get_raw(&info, SC_DER_SEQUENCE, &spki))
		return malformed(e, "bad structure");
	c->subject_len = (size_t)(spki.p - c->subject);
	attrs.p = NULL;
	attrs.n = 0;
	/* Some tools leave the (mandatory) empty attributes out. */
	if (info.n > 0 &&
	    (!sc_der_get(&info, SC_DER_CONTEXT_CONS(0), &attrs) || info.n != 0))
		return malformed(e, "bad attributes");
	if ((r = read_subject(c, subject, e)) != 0 ||
	    (r = read_key(c, spki, e)) != 0)
		return r;
	return read_attributes(c, attrs, e);
}

int
sc_csr_parse_der(
    const uint8_t *der, size_t n, struct sc_csr **out, struct sc_error *e)
{
	struct sc_der all = {der, n}, request, info, alg, sig;
	struct sc_csr *c;
	int r;

	*out = NULL;
	if (n > SC_MAX_CSR)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "certificate request is larger than %d bytes", SC_MAX_CSR);
	if (!sc_der_get(&all, SC_DER_SEQUENCE, &request) || all.n != 0 ||
	    !sc_der_get(&request, SC_DER_SEQUENCE, &info) ||
	    !sc_der_get(&request, SC_DER_SEQUENCE, &alg) ||
	    !sc_der_get(&request, SC_DER_BIT_STRING, &sig) || request.n != 0)
		return malformed(e, "not one PKCS #10 structure");
	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->der = malloc(n)) == NULL ||
	    (c->common_name = sc_strdup("")) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	memcpy(c->der, der, n);
	c->der_len = n;
	info.p = c->der + (info.p - der); /* what is found stays with c */
	if ((r = sc_sha256(der, n, c->fingerprint)) != 0) {
		r = sc_fail(e, r, "SHA-256 failed");
		goto out;
	}
	if ((r = read_info(c, info, e)) != 0)
		goto out;
	*out = c;
	c = NULL; /* transferred */
out:
	sc_csr_free(c);
	return r;
}

int
sc_csr_parse_pem(
    const char *pem, size_t n, struct sc_csr **out, struct sc_error *e)
{
	uint8_t *der = NULL;
	size_t len = 0;
	int r;

	*out = NULL;
	if ((r = sc_pem_to_der(pem, n, &der, &len, NULL, e)) != 0)
		return r;
	r = sc_csr_parse_der(der, len, out, e);
	free(der);
	return r;
}

void
sc_csr_free(struct sc_csr *c)
{
	if (c == NULL)
		return;
	free(c->der);
	sc_key_free(c->key);
	free(c->common_name);
	sc_sans_clear(&c->sans);
	free(c);
}

int
sc_csr_verify(const struct sc_csr *c, struct sc_error *e)
{
	struct sc_der all = {c->der, c->der_len}, request, info, alg, sig;
	const struct sc_sig_alg *a;

	if (!sc_der_get(&all, SC_DER_SEQUENCE, &request) ||
	    !sc_der_get_raw(&request, SC_DER_SEQUENCE, &info) ||
	    !sc_der_get_raw(&request, SC_DER_SEQUENCE, &alg) ||
	    !sc_der_get(&request, SC_DER_BIT_STRING, &sig) || request.n != 0 ||
	    sig.n < 1 || sig.p[0] != 0)
		return sc_fail_client(e, SC_ERR_MALFORMED, "invalid csr");
	a = sc_sig_alg_by_der(alg.p, alg.n);
	if (a == NULL ||
	    sc_sig_verify(
		a, c->key, info.p, info.n, sig.p + 1, sig.n - 1, NULL) != 0) {
		(void)sc_fail(e, SC_ERR_MALFORMED,
		    a == NULL ? "certificate request: signature algorithm is "
				"not supported"
			      : "certificate request: signature does not "
				"verify");
		sc_error_client(e, "invalid csr");
		return SC_ERR_MALFORMED;
	}
	return 0;
}
