#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "crypto/der.h"
#include "crypto/key.h"
#include "crypto/ocsp.h"
#include "crypto/ossl.h"
#include "crypto/tbs.h"

/* Contents of the OIDs that are looked for. */
static const uint8_t oid_nonce[] = {
    0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30, 0x01, 0x02};
static const uint8_t oid_sha1[] = {0x2b, 0x0e, 0x03, 0x02, 0x1a};
static const uint8_t oid_sha256[] = {
    0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01};

static struct sc_ocsp_bytes
bytes(struct sc_der d)
{
	return (struct sc_ocsp_bytes){d.p, d.n};
}

/* --- requests ------------------------------------------------------------ */

/* AlgorithmIdentifier: parameters are absent or NULL for digests. */
static bool
get_hash_algorithm(struct sc_der *d, struct sc_der *oid)
{
	struct sc_der alg, null;

	if (!sc_der_get(d, SC_DER_SEQUENCE, &alg) ||
	    !sc_der_get(&alg, SC_DER_OID, oid))
		return false;
	if (alg.n == 0)
		return true;
	return sc_der_get(&alg, SC_DER_NULL, &null) && null.n == 0 &&
	    alg.n == 0;
}

/* Any INTEGER in minimal form; what is not positive has no magnitude. */
static bool
get_serial(struct sc_der *d, struct sc_der *magnitude)
{
	struct sc_der v;

	if (sc_der_get_positive(d, magnitude))
		return true;
	*magnitude = (struct sc_der){NULL, 0};
	if (!sc_der_get(d, SC_DER_INTEGER, &v) || v.n == 0)
		return false;
	if (v.n == 1)
		return v.p[0] == 0 || (v.p[0] & 0x80) != 0;
	return (v.p[0] & 0x80) != 0 &&
	    !(v.p[0] == 0xff && (v.p[1] & 0x80) != 0);
}

static bool
get_cert_id(struct sc_der *d, struct sc_ocsp_cert_id *id)
{
	struct sc_der raw, in, copy, oid, name, key, serial;

	if (!sc_der_get_raw(d, SC_DER_SEQUENCE, &raw))
		return false;
	copy = raw;
	if (!sc_der_get(&copy, SC_DER_SEQUENCE, &in) ||
	    !get_hash_algorithm(&in, &oid) ||
	    !sc_der_get(&in, SC_DER_OCTET_STRING, &name) ||
	    !sc_der_get(&in, SC_DER_OCTET_STRING, &key) ||
	    !get_serial(&in, &serial) || in.n != 0)
		return false;
	*id = (struct sc_ocsp_cert_id){
	    bytes(raw), bytes(oid), bytes(name), bytes(key), bytes(serial)};
	return true;
}

struct extension {
	struct sc_der oid, value;
	bool critical;
};

static bool
get_extension(struct sc_der *list, struct extension *x)
{
	struct sc_der in, flag;

	if (!sc_der_get(list, SC_DER_SEQUENCE, &in) ||
	    !sc_der_get(&in, SC_DER_OID, &x->oid))
		return false;
	x->critical = sc_der_get(&in, SC_DER_BOOLEAN, &flag);
	/* FALSE is the default, and DER leaves defaults out. */
	if (x->critical && !sc_der_is(&flag, "\xff", 1))
		return false;
	return sc_der_get(&in, SC_DER_OCTET_STRING, &x->value) && in.n == 0;
}

static int
take_nonce(
    struct sc_ocsp_request *rq, const struct extension *x, struct sc_error *e)
{
	struct sc_der v = x->value, nonce;

	if (!sc_der_get(&v, SC_DER_OCTET_STRING, &nonce) || v.n != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "nonce is not an OCTET STRING");
	if (nonce.n < 1 || nonce.n > SC_MAX_OCSP_NONCE)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "nonce of %zu octets, not 1 to %d", nonce.n,
		    SC_MAX_OCSP_NONCE);
	if (rq->nonce.n > 0)
		return sc_fail(e, SC_ERR_MALFORMED, "nonce twice");
	rq->nonce = bytes(nonce);
	return 0;
}

/* Extensions of the request (rq given) or of one certificate in it. */
static int
read_extensions(struct sc_der d, struct sc_ocsp_request *rq, struct sc_error *e)
{
	struct extension x;
	struct sc_der list;
	int r;

	if (!sc_der_get(&d, SC_DER_SEQUENCE, &list) || d.n != 0 || list.n == 0)
		return sc_fail(e, SC_ERR_MALFORMED, "bad extensions");
	while (list.n > 0) {
		if (!get_extension(&list, &x))
			return sc_fail(e, SC_ERR_MALFORMED, "bad extension");
		if (rq != NULL &&
		    sc_der_is(&x.oid, oid_nonce, sizeof(oid_nonce))) {
			if ((r = take_nonce(rq, &x, e)) != 0)
				return r;
		} else if (x.critical) {
			return sc_fail(e, SC_ERR_MALFORMED,
			    "critical extension that is not known");
		}
	}
	return 0;
}

static int
read_one(struct sc_der *list, struct sc_ocsp_request *rq, struct sc_error *e)
{
	struct sc_der one, ext;

	if (rq->n == SC_MAX_OCSP_IDS)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "more than %d certificates asked about", SC_MAX_OCSP_IDS);
	if (!sc_der_get(list, SC_DER_SEQUENCE, &one) ||
	    !get_cert_id(&one, &rq->id[rq->n]))
		return sc_fail(e, SC_ERR_MALFORMED, "bad CertID");
	rq->n++;
	if (one.n == 0)
		return 0;
	if (!sc_der_get(&one, SC_DER_CONTEXT_CONS(0), &ext) || one.n != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "bad Request");
	return read_extensions(ext, NULL, e);
}

/* Version and requestor: v1, and whoever. */
static bool
skip_head(struct sc_der *tbs)
{
	struct sc_der in, v;

	if (sc_der_get(tbs, SC_DER_CONTEXT_CONS(0), &in) &&
	    (!sc_der_get(&in, SC_DER_INTEGER, &v) || !sc_der_is(&v, "\0", 1) ||
		in.n != 0))
		return false;
	(void)sc_der_get(tbs, SC_DER_CONTEXT_CONS(1), &in);
	return true;
}

int
sc_ocsp_request_parse(const uint8_t *der, size_t n, struct sc_ocsp_request *out,
    struct sc_error *e)
{
	struct sc_der all = {der, n}, rq, tbs, list, ext, sig;
	int r;

	out->n = 0;
	out->nonce = (struct sc_ocsp_bytes){NULL, 0};
	if (n > SC_MAX_OCSP_REQUEST)
		return sc_fail(e, SC_ERR_TOO_LARGE,
		    "OCSP request of %zu bytes, at most %d", n,
		    SC_MAX_OCSP_REQUEST);
	if (!sc_der_get(&all, SC_DER_SEQUENCE, &rq) || all.n != 0 ||
	    !sc_der_get(&rq, SC_DER_SEQUENCE, &tbs))
		return sc_fail(e, SC_ERR_MALFORMED, "not an OCSP request");
	/* optionalSignature */
	if (rq.n != 0 &&
	    (!sc_der_get(&rq, SC_DER_CONTEXT_CONS(0), &sig) || rq.n != 0))
		return sc_fail(
		    e, SC_ERR_MALFORMED, "bytes behind an OCSP request");
	if (!skip_head(&tbs) || !sc_der_get(&tbs, SC_DER_SEQUENCE, &list) ||
	    list.n == 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "no version 1 list of requests");
	while (list.n > 0)
		if ((r = read_one(&list, out, e)) != 0)
			return r;
	if (tbs.n == 0)
		return 0;
	if (!sc_der_get(&tbs, SC_DER_CONTEXT_CONS(2), &ext) || tbs.n != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "bad TBSRequest");
	return read_extensions(ext, out, e);
}

/* --- issuer -------------------------------------------------------------- */

#define MAX_KEY_ID 64

struct sc_ocsp_issuer {
	uint8_t name_sha1[20], name_sha256[32];
	uint8_t key_sha1[20], key_sha256[32];
	uint8_t *name; /* subject DER */
	size_t name_len;
	uint8_t key_id[MAX_KEY_ID];
	size_t key_id_len; /* 0: none */
};

static int
hash_both(const void *p, size_t n, uint8_t sha1[20], uint8_t sha256[32],
    struct sc_error *e)
{
	uint8_t md[64];
	size_t len;

	if (sc_digest(SC_SHA1, p, n, md, &len) != 0 ||
	    sc_sha256(p, n, sha256) != 0)
		return sc_fail(e, SC_ERR_CRYPTO, "no SHA-1 or no SHA-256");
	memcpy(sha1, md, 20);
	return 0;
}

int
sc_ocsp_issuer_new(
    const struct sc_cert *cert, struct sc_ocsp_issuer **out, struct sc_error *e)
{
	X509 *x = sc_cert_x509(cert);
	const ASN1_BIT_STRING *key;
	const ASN1_OCTET_STRING *ski;
	const unsigned char *der;
	struct sc_ocsp_issuer *i;
	size_t n;
	int r;

	*out = NULL;
	if (x == NULL || (i = calloc(1, sizeof(*i))) == NULL)
		return sc_fail_nomem(e);
	if (X509_NAME_get0_der(X509_get_subject_name(x), &der, &n) != 1 ||
	    (key = X509_get0_pubkey_bitstr(x)) == NULL) {
		r = sc_ossl_fail(e, SC_ERR_CRYPTO, "issuer certificate");
		goto out;
	}
	if ((i->name = malloc(n)) == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	memcpy(i->name, der, n);
	i->name_len = n;
	if ((r = hash_both(der, n, i->name_sha1, i->name_sha256, e)) != 0 ||
	    (r = hash_both(ASN1_STRING_get0_data(key),
		 (size_t)ASN1_STRING_length(key), i->key_sha1, i->key_sha256,
		 e)) != 0)
		goto out;
	ski = X509_get0_subject_key_id(x);
	if (ski != NULL && ASN1_STRING_length(ski) <= MAX_KEY_ID) {
		i->key_id_len = (size_t)ASN1_STRING_length(ski);
		memcpy(i->key_id, ASN1_STRING_get0_data(ski), i->key_id_len);
	}
	*out = i;
	i = NULL; /* transferred */
out:
	sc_ocsp_issuer_free(i);
	return r;
}

void
sc_ocsp_issuer_free(struct sc_ocsp_issuer *i)
{
	if (i == NULL)
		return;
	free(i->name);
	free(i);
}

static bool
is(struct sc_ocsp_bytes b, const void *p, size_t n)
{
	return b.n == n && memcmp(b.p, p, n) == 0;
}

bool
sc_ocsp_issuer_is(
    const struct sc_ocsp_issuer *i, const struct sc_ocsp_cert_id *id)
{
	if (is(id->algorithm, oid_sha1, sizeof(oid_sha1)))
		return is(id->name_hash, i->name_sha1, sizeof(i->name_sha1)) &&
		    is(id->key_hash, i->key_sha1, sizeof(i->key_sha1));
	if (is(id->algorithm, oid_sha256, sizeof(oid_sha256)))
		return is(id->name_hash, i->name_sha256,
			   sizeof(i->name_sha256)) &&
		    is(id->key_hash, i->key_sha256, sizeof(i->key_sha256));
	return false;
}

/* keyIdentifier of authorityKeyIdentifier, if any. */
static bool
find_key_id(const struct sc_tbs *t, struct sc_der *key_id)
{
	struct sc_tbs_ext x;
	struct sc_der aki;

	return sc_tbs_find_ext(t, SC_EXT_AUTHORITY_KEY_ID, &x) &&
	    sc_der_get(&x.value, SC_DER_SEQUENCE, &aki) &&
	    sc_der_get(&aki, SC_DER_CONTEXT(0), key_id);
}

bool
sc_ocsp_issuer_issued(
    const struct sc_ocsp_issuer *i, const uint8_t *cert_der, size_t n)
{
	struct sc_der key_id;
	struct sc_tbs t;

	if (!sc_tbs_read(cert_der, n, &t) || t.version.n == 0 ||
	    !sc_der_is(&t.issuer, i->name, i->name_len))
		return false;
	return i->key_id_len == 0 || !find_key_id(&t, &key_id) ||
	    sc_der_is(&key_id, i->key_id, i->key_id_len);
}
