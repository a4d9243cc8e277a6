#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "crypto/jwe.h"
#include "crypto/jwe_cipher.h"
#include "crypto/key.h"
#include "mutate.h"
#include "tap.h"

static char *
vector(const char *name, size_t *n)
{
	char path[200];
	char *s;

	snprintf(path, sizeof path, "t/vectors/jose/%s", name);
	s = tap_slurp(tap_source(path), n);
	if (s == NULL)
		tap_fail("no vector %s", name);
	return s;
}

static void
rfc7520_5_3(void)
{
	static const char *const forms[] = {
	    "rfc7520_5.3.jwec", "rfc7520_5.3.jwef", "rfc7520_5.3.jweg"};
	struct json_object *pwd = NULL;
	size_t n, want_len, len, i;
	char *s = vector("rfc7520_5.3.pwd", &n), *want;
	uint8_t *out;

	tap_int(sc_json_parse(s, n, 0, &pwd, NULL), 0);
	tap_need(pwd != NULL);
	want = vector("rfc7520_5.3.pt", &want_len);
	for (i = 0; i < 3; i++) {
		tap_context("%s", forms[i]);
		s = vector(forms[i], &n);
		tap_int(sc_jwe_decrypt(s, n, json_object_get_string(pwd), &out,
			    &len, NULL),
		    0);
		tap_mem(out, len, want, want_len);
		sc_freezero(out, len);
		tap_int(sc_jwe_decrypt(s, n, "wrong", &out, &len, NULL),
		    SC_ERR_UNAUTHENTICATED);
		tap_ok(out == NULL);
	}
	json_object_put(pwd);
}

static void
round_trip(void)
{
	struct sc_error e = SC_ERROR_INIT;
	uint8_t *out, *h;
	char *s;
	size_t n;

	tap_int(sc_jwe_encrypt("pw", "jwk+json", "{}", 2, 1, &s, &e), 0);
	tap_need(s != NULL);
	tap_int(sc_b64_decode(SC_B64_URL, s, strcspn(s, "."), &h, &n), 0);
	tap_has((char *)h,
	    "{\"alg\":\"PBES2-HS256+A128KW\",\"cty\":\"jwk+json\","
	    "\"enc\":\"A256GCM\",\"p2c\":600000,\"p2s\":\"");
	free(h);
	tap_int(sc_jwe_decrypt(s, strlen(s), "pw", &out, &n, &e), 0);
	tap_mem(out, n, "{}", 2);
	tap_int(out[n], 0);
	sc_freezero(out, n);
	tap_int(sc_jwe_decrypt(s, strlen(s), "pW", &out, &n, &e),
	    SC_ERR_UNAUTHENTICATED);
	tap_str(e.msg, "failed to decrypt JWE: invalid password");
	free(s);
	tap_int(sc_jwe_encrypt("", NULL, "", 0, 0, &s, &e), 0);
	tap_need(s != NULL);
	tap_int(strncmp(s, "{\n  \"protected\": \"", 18), 0);
	tap_has(s, "\",\n  \"encrypted_key\": \"");
	tap_has(s, "\"\n}");
	tap_int(sc_jwe_decrypt(s, strlen(s), "", &out, &n, &e), 0);
	tap_int(n, 0);
	sc_freezero(out, n);
	free(s);
}

/* --- hand-made, with few rounds --------------------------------------- */

#define SALT "0123456789abcdef"
#define SALT64 "MDEyMzQ1Njc4OWFiY2RlZg"

struct made {
	char *header; /* of the token, as JSON */
	const char *alg, *enc; /* what is really done */
	unsigned p2c;
	const char *p2s; /* raw, 16 octets */
};

/* Compact JWE of "secret" under the password "pw". */
static char *
make(const struct made *m)
{
	const struct sc_jwe_enc *enc = sc_jwe_enc_by_name(m->enc);
	const struct sc_jwe_alg *alg = sc_jwe_alg_by_name(m->alg);
	struct sc_buf *b = sc_buf_new(10000);
	uint8_t cek[SC_JWE_MAX_CEK], wrapped[SC_JWE_MAX_WRAPPED], ct[64];
	struct sc_jwe_content c = {.cek = cek};
	size_t n, ct_len;
	char *h;

	h = sc_b64_encode(SC_B64_URL, m->header, strlen(m->header));
	c.aad = h;
	c.aad_len = strlen(h);
	n = sc_jwe_enc_cek_len(enc);
	sc_random(cek, n);
	sc_random(c.iv, sizeof c.iv);
	tap_int(sc_jwe_wrap(alg, "pw", (const uint8_t *)m->p2s, 16, m->p2c, cek,
		    n, wrapped),
	    0);
	tap_int(
	    sc_jwe_seal(enc, &c, (const uint8_t *)"secret", 6, ct, &ct_len), 0);
	sc_buf_putf(b, "%s.", h);
	sc_b64_put(b, SC_B64_URL, wrapped, n + 8);
	sc_buf_putc(b, '.');
	sc_b64_put(b, SC_B64_URL, c.iv, sc_jwe_enc_iv_len(enc));
	sc_buf_putc(b, '.');
	sc_b64_put(b, SC_B64_URL, ct, ct_len);
	sc_buf_putc(b, '.');
	sc_b64_put(b, SC_B64_URL, c.tag, sc_jwe_enc_tag_len(enc));
	free(h);
	return sc_buf_steal(b, NULL);
}

static int
verdict(const char *s)
{
	uint8_t *out;
	size_t n;
	int r = sc_jwe_decrypt(s, strlen(s), "pw", &out, &n, NULL);

	if (r == 0)
		tap_mem(out, n, "secret", 6);
	else
		tap_ok(out == NULL);
	sc_freezero(out, n);
	return r;
}

static char *
header(const char *alg, const char *enc, const char *p2c)
{
	return sc_asprintf("{\"alg\":\"%s\",\"enc\":\"%s\",\"p2c\":%s,"
			   "\"p2s\":\"" SALT64 "\"}",
	    alg, enc, p2c);
}

static const char *const algs[] = {
    "PBES2-HS256+A128KW", "PBES2-HS384+A192KW", "PBES2-HS512+A256KW"};
static const char *const encs[] = {"A128GCM", "A192GCM", "A256GCM",
    "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512"};

static void
all_algorithms(void)
{
	struct made m = {.p2c = 10, .p2s = SALT};
	size_t a, c;
	char *s;

	for (a = 0; a < 3; a++)
		for (c = 0; c < 6; c++) {
			tap_context("%s %s", algs[a], encs[c]);
			m.alg = algs[a];
			m.enc = encs[c];
			m.header = header(m.alg, m.enc, "10");
			s = make(&m);
			tap_int(verdict(s), 0);
			free(s);
			free(m.header);
		}
}

static void
t32_swapped(void)
{
	struct made m = {.p2c = 10, .p2s = SALT};
	size_t a, b;
	char *s;

	m.enc = "A128GCM";
	for (a = 0; a < 3; a++)
		for (b = 0; b < 3; b++) {
			if (a == b)
				continue;
			m.alg = algs[a];
			m.header = header(algs[b], m.enc, "10");
			s = make(&m);
			tap_int(verdict(s), SC_ERR_UNAUTHENTICATED);
			free(s);
			free(m.header);
		}
	m.alg = algs[0];
	for (a = 0; a < 6; a++)
		for (b = 0; b < 6; b++) {
			if (a == b)
				continue;
			tap_context("%s said to be %s", encs[a], encs[b]);
			m.enc = encs[a];
			m.header = header(m.alg, encs[b], "10");
			s = make(&m);
			tap_ok(verdict(s) == SC_ERR_MALFORMED ||
			    verdict(s) == SC_ERR_UNAUTHENTICATED);
			free(s);
			free(m.header);
		}
}

static void
t32_header(void)
{
	static const struct {
		const char *header;
		int want;
	} v[] = {
	    {"{\"alg\":\"dir\",\"enc\":\"A128GCM\",\"p2c\":10,\"p2s\":"
	     "\"" SALT64 "\"}",
		SC_ERR_UNSUPPORTED},
	    {"{\"alg\":\"none\",\"enc\":\"A128GCM\",\"p2c\":10,\"p2s\":"
	     "\"" SALT64 "\"}",
		SC_ERR_UNSUPPORTED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"none\",\"p2c\":10,"
	     "\"p2s\":\"" SALT64 "\"}",
		SC_ERR_UNSUPPORTED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"p2c\":10,\"p2s\":"
	     "\"" SALT64 "\"}",
		SC_ERR_MALFORMED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2s\":\"" SALT64 "\"}",
		SC_ERR_MALFORMED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2c\":10}",
		SC_ERR_MALFORMED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2c\":\"10\",\"p2s\":\"" SALT64 "\"}",
		SC_ERR_MALFORMED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2c\":10,\"p2s\":\"AAAA\"}",
		SC_ERR_MALFORMED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2c\":10,\"p2c\":10,\"p2s\":\"" SALT64 "\"}",
		SC_ERR_MALFORMED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2c\":10,\"p2s\":\"" SALT64 "\",\"zip\":\"DEF\"}",
		SC_ERR_UNSUPPORTED},
	    {"{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A128GCM\","
	     "\"p2c\":10,\"p2s\":\"" SALT64 "\",\"crit\":[\"exp\"]}",
		SC_ERR_UNSUPPORTED},
	    {"[]", SC_ERR_MALFORMED},
	    {"", SC_ERR_MALFORMED},
	};
	struct made m = {
	    .alg = algs[0], .enc = "A128GCM", .p2c = 10, .p2s = SALT};
	char *s;
	size_t i;

	for (i = 0; i < sizeof v / sizeof v[0]; i++) {
		tap_context("%s", v[i].header);
		m.header = sc_strdup(v[i].header);
		s = make(&m);
		tap_int(verdict(s), v[i].want);
		free(s);
		free(m.header);
	}
}

/* The count is refused before any work: thousands of them take no time. */
static void
t32_p2c(void)
{
	static const char *const counts[] = {"0", "-1", "1000001", "2147483648",
	    "4294967297", "9223372036854775807", "99999999999999999999", "1.5",
	    "1e3", "true", "null"};
	struct made m = {
	    .alg = algs[0], .enc = "A128GCM", .p2c = 1, .p2s = SALT};
	int64_t start;
	char *s;
	size_t i;
	int k;

	m.header = header(algs[0], "A128GCM", "1");
	s = make(&m);
	tap_int(verdict(s), 0);
	free(s);
	free(m.header);
	m.p2c = 1000000;
	m.header = header(algs[0], "A128GCM", "1000000");
	s = make(&m);
	tap_int(verdict(s), 0);
	free(s);
	free(m.header);
	m.p2c = 1;
	for (i = 0; i < sizeof counts / sizeof counts[0]; i++) {
		tap_context("p2c %s", counts[i]);
		m.header = header(algs[0], "A128GCM", counts[i]);
		s = make(&m);
		start = sc_clock_monotonic();
		for (k = 0; k < 100; k++)
			tap_int(verdict(s), SC_ERR_MALFORMED);
		/* a million rounds take more than 100 ms each time */
		tap_ok(sc_clock_monotonic() - start < 5 * SC_SECOND);
		free(s);
		free(m.header);
	}
}

static void
t32_truncated_tag(void)
{
	struct made m = {.alg = algs[0], .p2c = 1, .p2s = SALT};
	char *s, *bad;
	size_t i, cut;

	for (i = 0; i < 6; i++) {
		m.enc = encs[i];
		m.header = header(algs[0], encs[i], "1");
		s = make(&m);
		for (cut = 1; cut < strlen(strrchr(s, '.')); cut++) {
			bad = sc_strndup(s, strlen(s) - cut);
			tap_int(verdict(bad), SC_ERR_MALFORMED);
			free(bad);
		}
		free(s);
		free(m.header);
	}
}

static void
json_headers(void)
{
	static const struct {
		const char *fmt;
		int want;
	} v[] = {
	    {"{'protected':'P','header':{'alg':'PBES2-HS256+A128KW',"
	     "'p2c':1,'p2s':'" SALT64 "'},'encrypted_key':'K',"
	     "'iv':'I','ciphertext':'C','tag':'T'}",
		0},
	    {"{'protected':'P','unprotected':{'alg':'PBES2-HS256+A128KW'"
	     "},'recipients':[{'header':{'p2c':1,'p2s':'" SALT64 "'},"
	     "'encrypted_key':'K'}],'iv':'I','ciphertext':'C',"
	     "'tag':'T'}",
		0},
	    {"{'protected':'P','header':{'alg':'PBES2-HS256+A128KW',"
	     "'enc':'A256GCM','p2c':1,'p2s':'" SALT64 "'},"
	     "'encrypted_key':'K','iv':'I','ciphertext':'C','tag':'T'}",
		SC_ERR_MALFORMED}, /* enc twice */
	    {"{'protected':'P','recipients':[],"
	     "'iv':'I','ciphertext':'C','tag':'T'}",
		SC_ERR_MALFORMED},
	    {"{'protected':'P','recipients':[{'encrypted_key':'K'},"
	     "{'encrypted_key':'K'}],'iv':'I','ciphertext':'C',"
	     "'tag':'T'}",
		SC_ERR_MALFORMED},
	    {"{'protected':'P','header':{'alg':'PBES2-HS256+A128KW',"
	     "'p2c':1,'p2s':'" SALT64 "'},'encrypted_key':'K',"
	     "'aad':'AAAA','iv':'I','ciphertext':'C','tag':'T'}",
		SC_ERR_UNAUTHENTICATED},
	    {"{'protected':'P','header':{'alg':'PBES2-HS256+A128KW',"
	     "'p2c':1,'p2s':'" SALT64 "'},'encrypted_key':'K',"
	     "'iv':'I','ciphertext':'C'}",
		SC_ERR_MALFORMED},
	};
	char enc_only[] = "{\"enc\":\"A128GCM\"}";
	struct made m = {.header = enc_only,
	    .alg = algs[0],
	    .enc = "A128GCM",
	    .p2c = 1,
	    .p2s = SALT};
	char *s = make(&m), *part[5], *p = s, *text;
	const char *f, *c;
	struct sc_buf *b;
	size_t i;

	for (i = 0; i < 5; i++) {
		part[i] = p;
		p = strchr(p, '.');
		if (p != NULL)
			*p++ = '\0';
	}
	for (i = 0; i < sizeof v / sizeof v[0]; i++) {
		b = sc_buf_new(10000);
		for (f = v[i].fmt; *f != '\0'; f++) {
			c = strchr("PKICT", *f);
			if (c != NULL && f[-1] == '\'' && f[1] == '\'')
				sc_buf_puts(b, part[c - "PKICT"]);
			else
				sc_buf_putc(b, *f == '\'' ? '"' : *f);
		}
		text = sc_buf_steal(b, NULL);
		tap_context("%s", text);
		tap_int(verdict(text), v[i].want);
		free(text);
	}
	free(s);
}

static bool
accepts(const uint8_t *p, size_t n, void *arg)
{
	uint8_t *out;
	size_t len;

	(void)arg;
	if (sc_jwe_decrypt((const char *)p, n, "pw", &out, &len, NULL) != 0)
		return false;
	sc_freezero(out, len);
	return true;
}

static void
damaged(void)
{
	struct made m = {.alg = algs[0], .p2c = 1, .p2s = SALT};
	static const size_t which[] = {2, 3};
	size_t i;
	char *s;

	for (i = 0; i < 2; i++) {
		m.enc = encs[which[i]];
		m.header = header(algs[0], m.enc, "1");
		s = make(&m);
		tap_int(mutate(s, strlen(s), 1, accepts, NULL, NULL), 0);
		free(s);
		free(m.header);
	}
}

static bool
opens(const uint8_t *p, size_t n, void *arg)
{
	size_t len;
	uint8_t *out;

	if (sc_jwe_decrypt_key(
		(const char *)p, n, arg, NULL, &out, &len, NULL) != 0)
		return false;
	sc_freezero(out, len);
	return true;
}

/* Whatever one character of it is turned into, nothing is decrypted. */
static void
damaged_for_keys(void)
{
	static const char *const key_algs[] = {
	    "ECDH-ES", "ECDH-ES+A192KW", "RSA-OAEP-256"};
	struct sc_error e = SC_ERROR_INIT;
	struct sc_jwe_to for_key = {.cty = "x"};
	struct sc_key *key = NULL;
	char *s;
	size_t i, len;
	uint8_t *out;

	for (i = 0; i < sizeof key_algs / sizeof *key_algs; i++) {
		tap_int(
		    sc_key_generate(i < 2 ? "EC" : "RSA", NULL, 0, &key, &e),
		    0);
		for_key.key = key;
		for_key.alg = key_algs[i];
		tap_int(sc_jwe_encrypt_to(&for_key, "text", 4, 1, &s, &e), 0);
		tap_int(
		    sc_jwe_decrypt_key(s, strlen(s), key, NULL, &out, &len, &e),
		    0);
		tap_mem(out, len, "text", 4);
		sc_freezero(out, len);
		tap_int(sc_jwe_decrypt(s, strlen(s), "pw", &out, &len, &e),
		    SC_ERR_UNSUPPORTED);
		tap_int(sc_jwe_decrypt_key(
			    s, strlen(s), key, "RSA-OAEP", &out, &len, &e),
		    SC_ERR_UNAUTHENTICATED);
		tap_int(
		    mutate(s, strlen(s), i < 2 ? 3 : 11, opens, key, NULL), 0);
		free(s);
		sc_key_free(key);
	}
}

TAP_MAIN(TAP_NAMED("RFC 7520 section 5.3", rfc7520_5_3), TAP_TEST(round_trip),
    TAP_TEST(all_algorithms), TAP_NAMED("T32 alg and enc swapped", t32_swapped),
    TAP_NAMED("T32 header members", t32_header),
    TAP_NAMED("T32 p2c out of bounds", t32_p2c),
    TAP_NAMED("T32 truncated tag", t32_truncated_tag), TAP_TEST(json_headers),
    TAP_TEST(damaged), TAP_TEST(damaged_for_keys))
