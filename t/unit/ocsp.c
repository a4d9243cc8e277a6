/*
 * OCSP requests and responses against libcrypto's own OCSP (rows V6 and V8).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/ocsp.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/ocsp.h"
#include "mutate.h"
#include "tap.h"
#include "x509_kit.h"

#define MAX 200000

static struct sc_error e;
static struct sc_ocsp_request rq; /* lives as long as the bytes below */

static int
parse(const uint8_t *p, size_t n)
{
	e = (struct sc_error)SC_ERROR_INIT;
	return sc_ocsp_request_parse(p, n, &rq, &e);
}

/* --- requests by libcrypto ----------------------------------------------- */

static ASN1_INTEGER *
integer(const char *hex)
{
	BIGNUM *bn = NULL;
	ASN1_INTEGER *i;

	BN_hex2bn(&bn, hex);
	i = BN_to_ASN1_INTEGER(bn, NULL);
	BN_free(bn);
	return i;
}

static void
add_id(OCSP_REQUEST *q, const EVP_MD *md, struct sc_cert *issuer,
    const char *serial)
{
	X509 *x = sc_cert_x509(issuer);
	ASN1_INTEGER *i = integer(serial);

	OCSP_request_add0_id(q,
	    OCSP_cert_id_new(
		md, X509_get_subject_name(x), X509_get0_pubkey_bitstr(x), i));
	ASN1_INTEGER_free(i);
}

/* DER of q, which is freed; the result is freed by the next call. */
static const uint8_t *
encode(OCSP_REQUEST *q, size_t *n)
{
	static unsigned char *der;
	int len;

	OPENSSL_free(der);
	der = NULL;
	len = i2d_OCSP_REQUEST(q, &der);
	OCSP_REQUEST_free(q);
	*n = len > 0 ? (size_t)len : 0;
	return der;
}

static struct sc_ocsp_issuer *
issuer_of(struct sc_cert *c)
{
	struct sc_ocsp_issuer *i = NULL;

	tap_int(sc_ocsp_issuer_new(c, &i, &e), 0);
	return i;
}

static void
both_hashes(void)
{
	struct sc_ocsp_issuer *i = issuer_of(kit_root(KIT_P256));
	struct sc_ocsp_issuer *other = issuer_of(kit_root(KIT_P384));
	OCSP_REQUEST *q = OCSP_REQUEST_new();
	const uint8_t *der;
	size_t n;

	add_id(q, EVP_sha1(), kit_root(KIT_P256), "0102");
	add_id(q, EVP_sha256(), kit_root(KIT_P256), "FF02");
	add_id(q, EVP_sha512(), kit_root(KIT_P256), "03");
	add_id(q, EVP_sha1(), kit_root(KIT_P384), "00");
	add_id(q, EVP_sha1(), kit_root(KIT_P256), "-80");
	der = encode(q, &n);
	tap_need(tap_int(parse(der, n), 0));
	tap_int(rq.n, 5);
	tap_int(rq.nonce.n, 0);
	tap_mem(rq.id[0].serial.p, rq.id[0].serial.n, "\x01\x02", 2);
	tap_mem(rq.id[1].serial.p, rq.id[1].serial.n, "\xff\x02", 2);
	tap_int(rq.id[3].serial.n, 0);
	tap_int(rq.id[4].serial.n, 0);
	tap_ok(sc_ocsp_issuer_is(i, &rq.id[0]));
	tap_ok(sc_ocsp_issuer_is(i, &rq.id[1]));
	tap_ok(!sc_ocsp_issuer_is(i, &rq.id[2]));
	tap_ok(!sc_ocsp_issuer_is(i, &rq.id[3]));
	tap_ok(sc_ocsp_issuer_is(other, &rq.id[3]));
	tap_ok(!sc_ocsp_issuer_is(other, &rq.id[0]));
	sc_ocsp_issuer_free(i);
	sc_ocsp_issuer_free(other);
}

static void
whose_certificate(void)
{
	struct sc_ocsp_issuer *i = issuer_of(kit_root(KIT_P256));
	struct sc_cert *own = kit_leaf("a.example", kit_issuer(KIT_P256));
	/* The same name, another key. */
	struct sc_cert *old = kit_leaf("a.example", kit_issuer(KIT_RSA));
	struct sc_cert *self = NULL;
	struct sc_cert_plan p;
	const uint8_t *der;
	size_t n;

	der = sc_cert_der(own, &n);
	tap_ok(sc_ocsp_issuer_issued(i, der, n));
	tap_ok(!sc_ocsp_issuer_issued(i, der, n / 2));
	der = sc_cert_der(old, &n);
	tap_ok(!sc_ocsp_issuer_issued(i, der, n));
	kit_plan(&p, "Another");
	tap_int(sc_cert_build(&p, kit_other_key(KIT_P256), NULL, &self, &e), 0);
	der = sc_cert_der(self, &n);
	tap_ok(!sc_ocsp_issuer_issued(i, der, n));
	tap_ok(!sc_ocsp_issuer_issued(i, (const uint8_t *)"", 0));
	sc_cert_plan_clear(&p);
	sc_cert_free(self);
	sc_cert_free(own);
	sc_cert_free(old);
	sc_ocsp_issuer_free(i);
}

static void
nonces(void)
{
	static const int sizes[] = {1, 16, 31, SC_MAX_OCSP_NONCE};
	static const int refused[] = {SC_MAX_OCSP_NONCE + 1, 64, 128, 4000};
	unsigned char nonce[4000];
	OCSP_REQUEST *q;
	const uint8_t *der;
	size_t i, n;

	memset(nonce, 'n', sizeof(nonce));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		tap_context("nonce of %d", sizes[i]);
		q = OCSP_REQUEST_new();
		add_id(q, EVP_sha1(), kit_root(KIT_P256), "01");
		OCSP_request_add1_nonce(q, nonce, sizes[i]);
		der = encode(q, &n);
		tap_int(parse(der, n), 0);
		tap_mem(rq.nonce.p, rq.nonce.n, nonce, (size_t)sizes[i]);
	}
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		tap_context("nonce of %d", refused[i]);
		q = OCSP_REQUEST_new();
		add_id(q, EVP_sha1(), kit_root(KIT_P256), "01");
		OCSP_request_add1_nonce(q, nonce, refused[i]);
		der = encode(q, &n);
		tap_int(parse(der, n), SC_ERR_MALFORMED);
		tap_has(e.msg, "nonce of");
	}
	tap_context("%s", "");
}

static void
how_many(void)
{
	const uint8_t *der;
	OCSP_REQUEST *q;
	size_t i, k, n;

	for (k = SC_MAX_OCSP_IDS; k <= SC_MAX_OCSP_IDS + 1; k++) {
		q = OCSP_REQUEST_new();
		for (i = 0; i < k; i++)
			add_id(q, EVP_sha256(), kit_root(KIT_P256), "01");
		der = encode(q, &n);
		tap_int(
		    parse(der, n), k <= SC_MAX_OCSP_IDS ? 0 : SC_ERR_MALFORMED);
	}
	der = encode(OCSP_REQUEST_new(), &n);
	tap_int(parse(der, n), SC_ERR_MALFORMED);
}

static void
signed_request(void)
{
	OCSP_REQUEST *q = OCSP_REQUEST_new();
	const uint8_t *der;
	size_t n;

	add_id(q, EVP_sha1(), kit_root(KIT_P256), "01");
	tap_ok(OCSP_request_sign(q, sc_cert_x509(kit_root(KIT_P256)),
		   sc_key_evp(kit_key(KIT_P256)), EVP_sha256(), NULL, 0) == 1);
	der = encode(q, &n);
	tap_int(parse(der, n), 0);
	tap_int(rq.n, 1);
}

/* --- requests by hand ---------------------------------------------------- */

/* What is NULL is as it should be; all are hex of whole elements. */
struct parts {
	const char *before; /* version and requestor */
	const char *cert_id; /* contents of the CertID */
	const char *behind_id; /* singleRequestExtensions */
	const char *behind_list; /* requestExtensions */
	const char *behind_tbs;
	const char *behind; /* the whole request */
};

static void
put_hex(struct sc_buf *b, const char *hex)
{
	unsigned v;

	for (; hex != NULL && hex[0] != '\0'; hex += 2) {
		v = (unsigned)(strchr("0123456789abcdef", hex[0]) -
		    "0123456789abcdef");
		v = v << 4 |
		    (unsigned)(strchr("0123456789abcdef", hex[1]) -
			"0123456789abcdef");
		sc_buf_put_u8(b, (uint8_t)v);
	}
}

#define SHA1 "300906052b0e03021a0500"
#define HASH "0414000102030405060708090a0b0c0d0e0f10111213"

static char *
by_hand(const struct parts *p, size_t *n)
{
	struct sc_buf *id = sc_buf_new(MAX), *one = sc_buf_new(MAX);
	struct sc_buf *list = sc_buf_new(MAX), *tbs = sc_buf_new(MAX);
	struct sc_buf *all = sc_buf_new(MAX), *out = sc_buf_new(MAX);

	put_hex(id, p->cert_id != NULL ? p->cert_id : SHA1 HASH HASH "020101");
	sc_der_put_buf(one, SC_DER_SEQUENCE, id);
	put_hex(one, p->behind_id);
	sc_der_put_buf(list, SC_DER_SEQUENCE, one);
	put_hex(tbs, p->before);
	sc_der_put_buf(tbs, SC_DER_SEQUENCE, list);
	put_hex(tbs, p->behind_list);
	sc_der_put_buf(all, SC_DER_SEQUENCE, tbs);
	put_hex(all, p->behind_tbs);
	sc_der_put_buf(out, SC_DER_SEQUENCE, all);
	put_hex(out, p->behind);
	return sc_buf_steal(out, n);
}

#define NONCE_OID "06092b0601050507300102"
#define OTHER_OID "06032a0304"
/* [2] { SEQUENCE { ... } } around one extension of that many bytes. */
#define EXT1(len2, len1, len, rest) "a2" len2 "30" len1 "30" len rest

static void
structure(void)
{
	static const struct {
		const char *name;
		struct parts p;
		int want;
	} cases[] = {
	    {"as it should be", {0}, 0},
	    {"version spelled", {.before = "a003020100"}, 0},
	    {"version 2", {.before = "a003020101"}, SC_ERR_MALFORMED},
	    {"version twice", {.before = "a006020100020100"}, SC_ERR_MALFORMED},
	    {"requestor", {.before = "a1048202612e"}, 0},
	    {"no NULL", {.cert_id = "300706052b0e03021a" HASH HASH "020101"},
		0},
	    {"parameters that are none",
		{.cert_id = "300a06052b0e03021a020105" HASH HASH "020101"},
		SC_ERR_MALFORMED},
	    {"serial number zero", {.cert_id = SHA1 HASH HASH "020100"}, 0},
	    {"negative", {.cert_id = SHA1 HASH HASH "0202ff7f"}, 0},
	    {"padded", {.cert_id = SHA1 HASH HASH "02020001"},
		SC_ERR_MALFORMED},
	    {"padded, negative", {.cert_id = SHA1 HASH HASH "0202ff80"},
		SC_ERR_MALFORMED},
	    {"empty serial", {.cert_id = SHA1 HASH HASH "0200"},
		SC_ERR_MALFORMED},
	    {"no serial", {.cert_id = SHA1 HASH HASH}, SC_ERR_MALFORMED},
	    {"more in a CertID", {.cert_id = SHA1 HASH HASH "0201010500"},
		SC_ERR_MALFORMED},
	    {"empty CertID", {.cert_id = ""}, SC_ERR_MALFORMED},
	    {"single extension",
		{.behind_id = "a00d300b300906032a030404020500"}, 0},
	    {"critical single extension",
		{.behind_id = "a010300e300c06032a03040101ff04020500"},
		SC_ERR_MALFORMED},
	    {"empty single extensions", {.behind_id = "a0023000"},
		SC_ERR_MALFORMED},
	    {"more in a Request", {.behind_id = "0500"}, SC_ERR_MALFORMED},
	    {"an extension",
		{.behind_list = EXT1("0d", "0b", "09", OTHER_OID "04020500")},
		0},
	    {"a critical extension",
		{.behind_list =
			EXT1("10", "0e", "0c", OTHER_OID "0101ff04020500")},
		SC_ERR_MALFORMED},
	    {"a default spelled",
		{.behind_list =
			EXT1("10", "0e", "0c", OTHER_OID "01010004020500")},
		SC_ERR_MALFORMED},
	    {"a critical nonce",
		{.behind_list =
			EXT1("17", "15", "13", NONCE_OID "0101ff04030401aa")},
		0},
	    {"nonce of 1",
		{.behind_list = EXT1("14", "12", "10", NONCE_OID "04030401aa")},
		0},
	    {"V6 nonce of 0",
		{.behind_list = EXT1("13", "11", "0f", NONCE_OID "04020400")},
		SC_ERR_MALFORMED},
	    {"V6 nonce without its OCTET STRING",
		{.behind_list = EXT1("12", "10", "0e", NONCE_OID "0401aa")},
		SC_ERR_MALFORMED},
	    {"V6 nonce twice",
		{.behind_list = "a2263024"
				"3010" NONCE_OID "04030401aa"
				"3010" NONCE_OID "04030401bb"},
		SC_ERR_MALFORMED},
	    {"no extensions in Extensions", {.behind_list = "a2023000"},
		SC_ERR_MALFORMED},
	    {"more in TBSRequest", {.behind_list = "0500"}, SC_ERR_MALFORMED},
	    {"more behind TBSRequest", {.behind_tbs = "0500"},
		SC_ERR_MALFORMED},
	    {"trailing byte", {.behind = "00"}, SC_ERR_MALFORMED},
	};
	size_t i, n;
	char *der;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].name);
		der = by_hand(&cases[i].p, &n);
		tap_need(der != NULL);
		tap_int(parse((uint8_t *)der, n), cases[i].want);
		free(der);
	}
	tap_context("%s", "");
}

static void
garbage(void)
{
	uint8_t *p = malloc(SC_MAX_OCSP_REQUEST + 1);

	tap_need(p != NULL);
	memset(p, 0x30, SC_MAX_OCSP_REQUEST + 1);
	tap_int(parse(p, 0), SC_ERR_MALFORMED);
	tap_int(parse(p, 1), SC_ERR_MALFORMED);
	tap_int(parse(p, SC_MAX_OCSP_REQUEST), SC_ERR_MALFORMED);
	tap_int(parse(p, SC_MAX_OCSP_REQUEST + 1), SC_ERR_TOO_LARGE);
	memset(p, 0, SC_MAX_OCSP_REQUEST);
	tap_int(parse(p, SC_MAX_OCSP_REQUEST), SC_ERR_MALFORMED);
	free(p);
}

/* Whatever is accepted lies inside of what was given. */
static bool
damaged(const uint8_t *p, size_t n, void *arg)
{
	struct sc_ocsp_request q;
	size_t i;

	(void)arg;
	if (sc_ocsp_request_parse(p, n, &q, NULL) != 0)
		return false;
	tap_ok(q.n >= 1 && q.n <= SC_MAX_OCSP_IDS);
	tap_ok(q.nonce.n <= SC_MAX_OCSP_NONCE);
	for (i = 0; i < q.n; i++)
		tap_ok(q.id[i].der.p >= p &&
		    q.id[i].der.p + q.id[i].der.n <= p + n);
	return true;
}

static void
mutations(void)
{
	OCSP_REQUEST *q = OCSP_REQUEST_new();
	unsigned char nonce[16] = {1};
	const uint8_t *der;
	size_t n, cases = 0, accepted;

	add_id(q, EVP_sha1(), kit_root(KIT_P256), "0102");
	add_id(q, EVP_sha256(), kit_root(KIT_P256), "0103");
	OCSP_request_add1_nonce(q, nonce, sizeof(nonce));
	der = encode(q, &n);
	accepted = mutate(der, n, 1, damaged, NULL, &cases);
	/* Hashes, serials, nonce and OIDs may be anything. */
	tap_ok(accepted > 0 && accepted < cases);
}

/* --- the signer ---------------------------------------------------------- */

static void
signer_plan(struct sc_cert_plan *p)
{
	*p = (struct sc_cert_plan){.path_len = -1};
	p->subject.common_name = sc_strdup("OCSP");
	p->not_before = KIT_NOW;
	p->not_after = KIT_NOW + KIT_DAY;
	p->key_usage = SC_KU_DIGITAL_SIGNATURE;
	(void)sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_OCSP_SIGNING);
	(void)sc_cert_plan_add_ext(
	    p, SC_OID_OCSP_NOCHECK, false, (const uint8_t *)"\x05\x00", 2);
}

static int
make_signer(struct sc_cert_plan *p, enum kit_kind k, struct sc_key *key,
    struct sc_cert *issuer, struct sc_ocsp_signer **out)
{
	struct sc_cert *c = NULL;
	int r;

	e = (struct sc_error)SC_ERROR_INIT;
	*out = NULL;
	if (sc_cert_build(p, kit_other_key(k), kit_issuer(k), &c, &e) != 0)
		return SC_ERR_INTERNAL;
	r = sc_ocsp_signer_new(c, key, issuer, out, &e);
	sc_cert_free(c);
	sc_cert_plan_clear(p);
	return r;
}

static void
unfit_signers(void)
{
	struct sc_ocsp_signer *s;
	struct sc_cert_plan p;
	struct sc_key *key = kit_other_key(KIT_P256);
	struct sc_cert *root = kit_root(KIT_P256);

	signer_plan(&p);
	tap_int(make_signer(&p, KIT_P256, key, root, &s), 0);
	tap_int(sc_cert_not_after(sc_ocsp_signer_cert(s)), KIT_NOW + KIT_DAY);
	sc_ocsp_signer_free(s);

	signer_plan(&p);
	free(p.ext[0].oid);
	p.ext[0].oid = sc_strdup("1.2.3.4");
	tap_int(make_signer(&p, KIT_P256, key, root, &s), SC_ERR_MALFORMED);
	tap_has(e.msg, "id-pkix-ocsp-nocheck");
	signer_plan(&p);
	sc_strlist_clear(&p.ext_key_usage);
	tap_int(make_signer(&p, KIT_P256, key, root, &s), SC_ERR_MALFORMED);
	tap_has(e.msg, "OCSP signing");
	signer_plan(&p);
	(void)sc_strlist_add(&p.ext_key_usage, SC_OID_EKU_SERVER_AUTH);
	tap_int(make_signer(&p, KIT_P256, key, root, &s), SC_ERR_MALFORMED);
	signer_plan(&p);
	p.key_usage = SC_KU_KEY_ENCIPHERMENT;
	tap_int(make_signer(&p, KIT_P256, key, root, &s), SC_ERR_MALFORMED);
	tap_has(e.msg, "digital signature");
	signer_plan(&p);
	p.is_ca = true;
	tap_int(make_signer(&p, KIT_P256, key, root, &s), SC_ERR_MALFORMED);
	signer_plan(&p);
	tap_int(make_signer(&p, KIT_P256, kit_key(KIT_P256), root, &s),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "private key");
	signer_plan(&p);
	tap_int(make_signer(&p, KIT_P256, key, kit_root(KIT_P384), &s),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "not issued by");
	tap_ok(s == NULL);
}

/* --- responses, read and verified by libcrypto --------------------------- */

static OCSP_BASICRESP *
basic_of(const struct sc_buf *b)
{
	const unsigned char *p = sc_buf_data(b);
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &p, (long)sc_buf_len(b));
	OCSP_BASICRESP *basic;

	tap_ok(r != NULL && p == sc_buf_data(b) + sc_buf_len(b));
	tap_int(OCSP_response_status(r), OCSP_RESPONSE_STATUS_SUCCESSFUL);
	basic = OCSP_response_get1_basic(r);
	OCSP_RESPONSE_free(r);
	return basic;
}

static int
verifies(OCSP_BASICRESP *basic, struct sc_cert *root)
{
	X509_STORE *store = X509_STORE_new();
	X509_VERIFY_PARAM *param = X509_STORE_get0_param(store);
	int r;

	X509_STORE_add_cert(store, sc_cert_x509(root));
	X509_VERIFY_PARAM_set_time(param, (time_t)KIT_NOW + 60);
	r = OCSP_basic_verify(basic, NULL, store, 0);
	X509_STORE_free(store);
	return r;
}

static int64_t
seconds(const ASN1_GENERALIZEDTIME *t)
{
	struct tm tm;

	if (t == NULL || ASN1_TIME_to_tm(t, &tm) != 1)
		return 0;
	return timegm(&tm);
}

struct want {
	int status, reason;
	int64_t revoked_at, this_update, next_update;
};

static void
is_single(OCSP_BASICRESP *basic, int i, const struct want *w)
{
	OCSP_SINGLERESP *s = OCSP_resp_get0(basic, i);
	ASN1_GENERALIZEDTIME *rev = NULL, *this = NULL, *next = NULL;
	int reason = -1;

	tap_need(s != NULL);
	tap_int(
	    OCSP_single_get0_status(s, &reason, &rev, &this, &next), w->status);
	tap_int(reason, w->reason);
	tap_int(seconds(rev), w->revoked_at);
	tap_int(seconds(this), w->this_update);
	tap_int(seconds(next), w->next_update);
}

/* Ask about four certificates, let kind k answer, read it by libcrypto. */
static void
answer(enum kit_kind k, int nonce_len)
{
	static const struct want wants[] = {
	    {V_OCSP_CERTSTATUS_GOOD, -1, 0, KIT_NOW, KIT_NOW + 3600},
	    {V_OCSP_CERTSTATUS_REVOKED, 4, KIT_NOW - 5, KIT_NOW,
		KIT_NOW + 3600},
	    {V_OCSP_CERTSTATUS_REVOKED, -1, KIT_NOW - 9, KIT_NOW,
		KIT_NOW + 3600},
	    {V_OCSP_CERTSTATUS_UNKNOWN, -1, 0, KIT_NOW, 0},
	};
	struct sc_ocsp_single single[4];
	struct sc_ocsp_signer *s;
	struct sc_buf *out = sc_buf_new(MAX);
	OCSP_REQUEST *q = OCSP_REQUEST_new(), *copy;
	unsigned char nonce[SC_MAX_OCSP_NONCE] = {1, 2, 3};
	OCSP_BASICRESP *basic;
	struct sc_cert_plan p;
	const uint8_t *der;
	size_t i, n;

	for (i = 0; i < 4; i++)
		add_id(q, i % 2 ? EVP_sha1() : EVP_sha256(), kit_root(k), "01");
	if (nonce_len > 0)
		OCSP_request_add1_nonce(q, nonce, nonce_len);
	copy = ASN1_item_dup(ASN1_ITEM_rptr(OCSP_REQUEST), q);
	der = encode(q, &n);
	tap_int(parse(der, n), 0);
	signer_plan(&p);
	tap_need(
	    tap_int(make_signer(&p, k, kit_other_key(k), kit_root(k), &s), 0));
	for (i = 0; i < 4; i++)
		single[i] = (struct sc_ocsp_single){
		    .id = &rq.id[i],
		    .status = i == 0 ? SC_OCSP_GOOD
			: i == 3     ? SC_OCSP_UNKNOWN
				     : SC_OCSP_REVOKED,
		    .revoked_at = wants[i].revoked_at,
		    .reason = i == 1 ? 4 : 0,
		    .this_update = wants[i].this_update,
		    .next_update = wants[i].next_update,
		};
	tap_int(
	    sc_ocsp_response_put(out, s, single, 4, rq.nonce, KIT_NOW, &e), 0);
	basic = basic_of(out);
	tap_need(basic != NULL);
	tap_int(verifies(basic, kit_root(k)), 1);
	tap_int(OCSP_resp_count(basic), 4);
	for (i = 0; i < 4; i++)
		is_single(basic, (int)i, &wants[i]);
	/* 1: both and equal; 2: neither has one. */
	tap_int(OCSP_check_nonce(copy, basic), nonce_len > 0 ? 1 : 2);
	OCSP_BASICRESP_free(basic);
	OCSP_REQUEST_free(copy);
	sc_ocsp_signer_free(s);
	sc_buf_free(out);
}

static void
responses(void)
{
	static const char *const names[] = {
	    "P-256", "P-384", "P-521", "RSA", "Ed25519"};
	int k;

	for (k = 0; k < KIT_KINDS; k++) {
		tap_context("%s", names[k]);
		answer((enum kit_kind)k, 0);
		answer((enum kit_kind)k, 1);
		answer((enum kit_kind)k, SC_MAX_OCSP_NONCE);
	}
	tap_context("%s", "");
}

static void
by_key(void)
{
	struct sc_ocsp_single single = {.this_update = KIT_NOW};
	struct sc_ocsp_bytes none = {NULL, 0};
	const ASN1_OCTET_STRING *id = NULL;
	const X509_NAME *name = NULL;
	struct sc_buf *out = sc_buf_new(MAX);
	struct sc_ocsp_signer *s;
	OCSP_BASICRESP *basic;
	OCSP_REQUEST *q = OCSP_REQUEST_new();
	struct sc_cert_plan p;
	uint8_t ski[20];
	const uint8_t *der;
	size_t n;

	add_id(q, EVP_sha1(), kit_root(KIT_P256), "01");
	der = encode(q, &n);
	tap_int(parse(der, n), 0);
	single.id = &rq.id[0];
	signer_plan(&p);
	tap_int(make_signer(&p, KIT_P256, kit_other_key(KIT_P256),
		    kit_root(KIT_P256), &s),
	    0);
	tap_int(sc_ocsp_response_put(out, s, &single, 1, none, KIT_NOW, &e), 0);
	basic = basic_of(out);
	tap_need(basic != NULL);
	tap_int(OCSP_resp_get0_id(basic, &id, &name), 1);
	tap_ok(name == NULL && id != NULL);
	tap_int(sc_key_ski(kit_other_key(KIT_P256), ski), 0);
	tap_mem(ASN1_STRING_get0_data(id), (size_t)ASN1_STRING_length(id), ski,
	    sizeof(ski));
	tap_int(sk_X509_num(OCSP_resp_get0_certs(basic)), 1);
	OCSP_BASICRESP_free(basic);
	/* A time that has no form makes no response. */
	sc_buf_reset(out);
	single.this_update = INT64_C(1) << 50;
	tap_int(sc_ocsp_response_put(out, s, &single, 1, none, KIT_NOW, &e),
	    SC_ERR_MALFORMED);
	tap_int(sc_buf_len(out), 0);
	sc_ocsp_signer_free(s);
	sc_buf_free(out);
}

static void
reasons(void)
{
	struct sc_ocsp_bytes none = {NULL, 0};
	struct sc_ocsp_single single = {.status = SC_OCSP_REVOKED,
	    .revoked_at = KIT_NOW,
	    .this_update = KIT_NOW};
	struct want w = {V_OCSP_CERTSTATUS_REVOKED, -1, KIT_NOW, KIT_NOW, 0};
	struct sc_buf *out = sc_buf_new(MAX);
	struct sc_ocsp_signer *s;
	OCSP_BASICRESP *basic;
	OCSP_REQUEST *q = OCSP_REQUEST_new();
	struct sc_cert_plan p;
	const uint8_t *der;
	size_t n;
	int i;

	add_id(q, EVP_sha1(), kit_root(KIT_P256), "01");
	der = encode(q, &n);
	tap_int(parse(der, n), 0);
	single.id = &rq.id[0];
	signer_plan(&p);
	tap_int(make_signer(&p, KIT_P256, kit_other_key(KIT_P256),
		    kit_root(KIT_P256), &s),
	    0);
	for (i = -1; i <= 12; i++) {
		tap_context("reason %d", i);
		sc_buf_reset(out);
		single.reason = i;
		tap_int(
		    sc_ocsp_response_put(out, s, &single, 1, none, KIT_NOW, &e),
		    0);
		basic = basic_of(out);
		tap_need(basic != NULL);
		w.reason = i >= 1 && i <= 10 && i != 7 ? i : -1;
		is_single(basic, 0, &w);
		OCSP_BASICRESP_free(basic);
	}
	tap_context("%s", "");
	sc_ocsp_signer_free(s);
	sc_buf_free(out);
}

static void
refusals(void)
{
	static const enum sc_ocsp_refusal all[] = {SC_OCSP_MALFORMED_REQUEST,
	    SC_OCSP_INTERNAL_ERROR, SC_OCSP_TRY_LATER, SC_OCSP_UNAUTHORIZED};
	struct sc_buf *out = sc_buf_new(64);
	const unsigned char *p;
	OCSP_RESPONSE *r;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		sc_buf_reset(out);
		sc_ocsp_refusal_put(out, all[i]);
		p = sc_buf_data(out);
		r = d2i_OCSP_RESPONSE(NULL, &p, (long)sc_buf_len(out));
		tap_need(r != NULL);
		tap_int(OCSP_response_status(r), (int)all[i]);
		OCSP_RESPONSE_free(r);
	}
	sc_buf_free(out);
}

TAP_MAIN(TAP_NAMED("V6 SHA-1 and SHA-256, several CertIDs", both_hashes),
    TAP_TEST(whose_certificate), TAP_NAMED("V6 nonces", nonces),
    TAP_TEST(how_many), TAP_TEST(signed_request),
    TAP_NAMED("V6 structure", structure),
    TAP_NAMED("V6 garbage and 64 KiB", garbage), TAP_TEST(mutations),
    TAP_NAMED("V8 unfit signers", unfit_signers), TAP_TEST(responses),
    TAP_TEST(by_key), TAP_TEST(reasons), TAP_TEST(refusals))
