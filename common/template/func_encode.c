/* sprig's encodings, digests, paths and URLs. */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>
#include <openssl/evp.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/random.h"
#include "base/url.h"
#include "template/internal.h"

#define P(i) (c->arg[i]->u.s.p)
#define N(i) (c->arg[i]->u.s.n)

static struct sc_tpl_val *
b64enc(struct sc_tpl_call *c)
{
	struct sc_buf *b = sc_tpl_buf();

	(void)sc_b64_put(b, SC_B64_STD, P(0), N(0));
	return sc_tpl_take(c->d, b);
}

/* As in sprig, what cannot be decoded gives the error's text. */
static struct sc_tpl_val *
b64dec(struct sc_tpl_call *c)
{
	struct sc_tpl_val *v;
	uint8_t *p = NULL;
	size_t n;

	if (sc_b64_decode(SC_B64_STD, P(0), N(0), &p, &n) != 0)
		return sc_tpl_string(c->d, "illegal base64 data");
	v = sc_tpl_stringn(c->d, (const char *)p, n);
	free(p);
	return v;
}

static const char alphabet32[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

static struct sc_tpl_val *
b32enc(struct sc_tpl_call *c)
{
	static const int letters[] = {0, 2, 4, 5, 7, 8};
	struct sc_buf *b = sc_tpl_buf();
	uint64_t bits;
	size_t i, k, n;

	for (i = 0; i < N(0); i += 5) {
		n = N(0) - i < 5 ? N(0) - i : 5;
		for (bits = k = 0; k < 5; k++)
			bits = bits << 8 |
			    (k < n ? (unsigned char)P(0)[i + k] : 0);
		for (k = 0; k < 8; k++)
			(void)sc_buf_putc(b,
			    (int)k < letters[n]
				? alphabet32[bits >> (35 - 5 * k) & 31]
				: '=');
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
b32dec(struct sc_tpl_call *c)
{
	size_t n = N(0), i, bits = 0;
	struct sc_buf *b;
	uint32_t v = 0;
	const char *p;

	if (n % 8 != 0)
		return sc_tpl_string(c->d, "illegal base32 data");
	while (n > 0 && N(0) - n < 6 && P(0)[n - 1] == '=')
		n--;
	b = sc_tpl_buf();
	for (i = 0; i < n; i++) {
		p = P(0)[i] != '\0' ? strchr(alphabet32, P(0)[i]) : NULL;
		if (p == NULL) {
			sc_buf_free(b);
			return sc_tpl_string(c->d, "illegal base32 data");
		}
		v = (v << 5 | (uint32_t)(p - alphabet32)) & 0xffff;
		if ((bits += 5) >= 8) {
			bits -= 8;
			(void)sc_buf_putc(b, (char)(v >> bits & 0xff));
		}
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
digest(struct sc_tpl_call *c, const char *name)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	struct sc_tpl_val *v;
	size_t n;
	char *hex;

	if (!EVP_Q_digest(NULL, name, NULL, P(0), N(0), md, &n))
		return sc_tpl_fail(c->x, "%s failed", name);
	if ((hex = sc_hex_encode(md, n)) == NULL)
		return sc_tpl_fail(c->x, "out of memory");
	v = sc_tpl_string(c->d, hex);
	free(hex);
	return v;
}

static struct sc_tpl_val *
sha1sum(struct sc_tpl_call *c)
{
	return digest(c, "SHA1");
}

static struct sc_tpl_val *
sha256sum(struct sc_tpl_call *c)
{
	return digest(c, "SHA256");
}

static struct sc_tpl_val *
adler32sum(struct sc_tpl_call *c)
{
	uint32_t a = 1, b = 0;
	struct sc_buf *out = sc_tpl_buf();
	size_t i;

	for (i = 0; i < N(0); i++) {
		a = (a + (unsigned char)P(0)[i]) % 65521;
		b = (b + a) % 65521;
	}
	(void)sc_buf_putf(out, "%lu", (unsigned long)(b << 16 | a));
	return sc_tpl_take(c->d, out);
}

/* toJson, toRawJson, toPrettyJson; only must... fails for what has none. */
static struct sc_tpl_val *
to_json(struct sc_tpl_call *c, const char *indent, bool html)
{
	struct sc_buf *b = sc_tpl_buf();

	if (!sc_tpl_put_json(c->x, b, c->arg[0], indent, html)) {
		sc_buf_free(b);
		return NULL;
	}
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
plain_json(struct sc_tpl_call *c)
{
	return to_json(c, NULL, true);
}

static struct sc_tpl_val *
raw_json(struct sc_tpl_call *c)
{
	return to_json(c, NULL, false);
}

static struct sc_tpl_val *
pretty_json(struct sc_tpl_call *c)
{
	return to_json(c, "  ", true);
}

static struct sc_tpl_val *
from_json(struct sc_tpl_call *c)
{
	struct json_object *obj = NULL;
	struct sc_tpl_val *v;

	if (sc_json_parse(P(0), N(0), 0, &obj, NULL) != 0)
		return sc_has_prefix(c->fn->name, "must")
		    ? sc_tpl_fail(c->x, "the text is no JSON value")
		    : sc_tpl_nil(c->d);
	v = sc_tpl_json(c->d, obj);
	json_object_put(obj);
	return v;
}

static struct sc_tpl_val *
rand_bytes(struct sc_tpl_call *c)
{
	int64_t n = c->arg[0]->u.i;
	struct sc_buf *b;
	unsigned char raw[4096];

	if (n < 0 || (size_t)n > sizeof(raw))
		return sc_tpl_fail(c->x, "randBytes makes up to 4096 bytes");
	if (sc_random(raw, (size_t)n) != 0)
		return sc_tpl_fail(c->x, "no random numbers");
	b = sc_tpl_buf();
	(void)sc_b64_put(b, SC_B64_STD, raw, (size_t)n);
	return sc_tpl_take(c->d, b);
}

static void
set_text(struct sc_tpl_call *c, struct sc_tpl_val *map, const char *key,
    const char *value)
{
	sc_tpl_map_set(c->d, map, key, sc_tpl_string(c->d, value));
}

static struct sc_tpl_val *
url_parse(struct sc_tpl_call *c)
{
	struct sc_tpl_val *map = sc_tpl_map(c->d);
	struct sc_buf *host;
	struct sc_url u;
	size_t n;

	if (strlen(P(0)) != N(0) || sc_url_parse(P(0), &u) != 0)
		return sc_tpl_fail(c->x, "unable to parse url");
	host = sc_tpl_buf();
	(void)sc_buf_puts(host, u.host);
	if (u.port[0] != '\0')
		(void)sc_buf_putf(host, ":%s", u.port);
	set_text(c, map, "scheme", u.scheme);
	sc_tpl_map_set(c->d, map, "host", sc_tpl_take(c->d, host));
	n = strlen(u.host);
	if (u.host[0] == '[' && n > 2)
		sc_tpl_map_set(c->d, map, "hostname",
		    sc_tpl_stringn(c->d, u.host + 1, n - 2));
	else
		set_text(c, map, "hostname", u.host);
	set_text(c, map, "path", u.path);
	set_text(c, map, "query", u.query);
	set_text(c, map, "opaque", u.opaque);
	set_text(c, map, "fragment", u.fragment);
	set_text(c, map, "userinfo", u.userinfo);
	sc_url_clear(&u);
	return map;
}

/* Before and behind a member that is there. */
static void
put_member(struct sc_buf *b, const struct sc_tpl_val *map, const char *key,
    const char *before, const char *after)
{
	const struct sc_tpl_entry *x = sc_tpl_find(map, key, strlen(key));

	if (x == NULL || x->v->kind != SC_TPL_STRING || x->v->u.s.n == 0)
		return;
	(void)sc_buf_puts(b, before);
	(void)sc_buf_put(b, x->v->u.s.p, x->v->u.s.n);
	(void)sc_buf_puts(b, after);
}

static struct sc_tpl_val *
url_join(struct sc_tpl_call *c)
{
	const struct sc_tpl_val *map = c->arg[0];
	const struct sc_tpl_entry *host = sc_tpl_find(map, "host", 4),
				  *path = sc_tpl_find(map, "path", 4);
	struct sc_buf *b = sc_tpl_buf();
	bool has_host = host != NULL && host->v->kind == SC_TPL_STRING &&
	    host->v->u.s.n > 0;

	put_member(b, map, "scheme", "", ":");
	if (has_host) {
		(void)sc_buf_puts(b, "//");
		put_member(b, map, "userinfo", "", "@");
		put_member(b, map, "host", "", "");
		if (path != NULL && path->v->kind == SC_TPL_STRING &&
		    path->v->u.s.n > 0 && path->v->u.s.p[0] != '/')
			(void)sc_buf_putc(b, '/');
		put_member(b, map, "path", "", "");
	} else {
		put_member(b, map, "opaque", "", "");
		put_member(b, map, "path", "", "");
	}
	put_member(b, map, "query", "?", "");
	put_member(b, map, "fragment", "#", "");
	return sc_tpl_take(c->d, b);
}

/* The last element; "." for none, "/" for a root. */
static struct sc_tpl_val *
base(struct sc_tpl_call *c)
{
	const char *s = P(0);
	size_t n = N(0), i;

	if (n == 0)
		return sc_tpl_string(c->d, ".");
	while (n > 0 && s[n - 1] == '/')
		n--;
	if (n == 0)
		return sc_tpl_string(c->d, "/");
	for (i = n; i > 0 && s[i - 1] != '/'; i--)
		;
	return sc_tpl_stringn(c->d, s + i, n - i);
}

static struct sc_tpl_val *
ext(struct sc_tpl_call *c)
{
	const char *s = P(0);
	size_t n = N(0), i;

	for (i = n; i > 0 && s[i - 1] != '/'; i--)
		if (s[i - 1] == '.')
			return sc_tpl_stringn(c->d, s + i - 1, n - i + 1);
	return sc_tpl_string(c->d, "");
}

static struct sc_tpl_val *
is_abs(struct sc_tpl_call *c)
{
	return sc_tpl_bool(c->d, N(0) > 0 && P(0)[0] == '/');
}

/* Go's path.Clean: no "." and "..", no empty elements. */
static struct sc_tpl_val *
clean_path(struct sc_tpl_call *c, const char *s, size_t n)
{
	struct sc_buf *b = sc_tpl_buf();
	bool root = n > 0 && s[0] == '/';
	size_t i, m, len, floor = root, end;

	if (root)
		(void)sc_buf_putc(b, '/');
	for (i = 0; i < n && sc_buf_error(b) == 0; i += len + 1) {
		for (len = 0; i + len < n && s[i + len] != '/'; len++)
			;
		end = sc_buf_len(b);
		if (len == 0 || (len == 1 && s[i] == '.'))
			continue;
		if (len == 2 && s[i] == '.' && s[i + 1] == '.') {
			if (end > floor) {
				for (m = end;
				     m > floor && sc_buf_data(b)[m - 1] != '/';
				     m--)
					;
				if (m > floor)
					m--;
				sc_buf_truncate(b, m);
				continue;
			}
			if (root)
				continue;
			if (end > 0)
				(void)sc_buf_putc(b, '/');
			(void)sc_buf_puts(b, "..");
			floor = sc_buf_len(b);
			continue;
		}
		if (end > (size_t)root)
			(void)sc_buf_putc(b, '/');
		(void)sc_buf_put(b, s + i, len);
	}
	if (sc_buf_len(b) == 0)
		(void)sc_buf_putc(b, '.');
	return sc_tpl_take(c->d, b);
}

static struct sc_tpl_val *
clean(struct sc_tpl_call *c)
{
	return clean_path(c, P(0), N(0));
}

static struct sc_tpl_val *
dir(struct sc_tpl_call *c)
{
	size_t n = N(0);

	while (n > 0 && P(0)[n - 1] != '/')
		n--;
	return clean_path(c, P(0), n);
}

const struct sc_tpl_func sc_tpl_funcs_encode[] = {
    {"b64enc", "s", b64enc},
    {"b64dec", "s", b64dec},
    {"b32enc", "s", b32enc},
    {"b32dec", "s", b32dec},
    {"sha1sum", "s", sha1sum},
    {"sha256sum", "s", sha256sum},
    {"adler32sum", "s", adler32sum},
    {"toJson", "a", plain_json},
    {"mustToJson", "a", plain_json},
    {"toRawJson", "a", raw_json},
    {"mustToRawJson", "a", raw_json},
    {"toPrettyJson", "a", pretty_json},
    {"mustToPrettyJson", "a", pretty_json},
    {"fromJson", "s", from_json},
    {"mustFromJson", "s", from_json},
    {"randBytes", "i", rand_bytes},
    {"urlParse", "s", url_parse},
    {"urlJoin", "m", url_join},
    {"base", "s", base},
    {"dir", "s", dir},
    {"clean", "s", clean},
    {"ext", "s", ext},
    {"isAbs", "s", is_abs},
    {"osBase", "s", base},
    {"osDir", "s", dir},
    {"osClean", "s", clean},
    {"osExt", "s", ext},
    {"osIsAbs", "s", is_abs},
    {0},
};
