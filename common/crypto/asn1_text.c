#include "config.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/asn1_text.h"
#include "crypto/der.h"

#define MAX_ELEMENT (1024 * 1024)
#define NUMERIC 0x12
#define SECONDS_2050 INT64_C(2524608000)

struct params {
	char type[16];
	bool explicit;
	uint8_t class; /* of the tag, when there is one */
	int tag; /* -1: none */
};

static bool
is_printable(const char *s)
{
	for (; *s != '\0'; s++)
		if (!((*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			(*s >= '0' && *s <= '9') ||
			strchr(" '()+,-./:=?*&", *s) != NULL))
			return false;
	return true;
}

static bool
is_of(const char *s, char from, char to, char also)
{
	for (; *s != '\0'; s++)
		if ((*s < from || *s > to) && *s != also)
			return false;
	return true;
}

static bool
is_type(const char *s)
{
	static const char *const types[] = {"utf8", "ia5", "numeric",
	    "printable", "int", "oid", "bool", "boolean", "utc", "generalized",
	    "raw"};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (sc_streq(s, types[i]))
			return true;
	return false;
}

static void
parse_word(struct params *p, const char *word)
{
	int64_t tag;

	if (is_type(word)) {
		memcpy(p->type, word, strlen(word) + 1);
	} else if (sc_streq(word, "explicit")) {
		p->explicit = true;
		if (p->tag < 0)
			p->tag = 0;
	} else if (sc_streq(word, "application")) {
		p->class = 0x40;
		if (p->tag < 0)
			p->tag = 0;
	} else if (sc_streq(word, "private")) {
		p->class = 0xc0;
		if (p->tag < 0)
			p->tag = 0;
	} else if (sc_has_prefix(word, "tag:") &&
	    sc_strtonum(word + 4, 0, 30, &tag) == 0) {
		p->tag = (int)tag;
	}
}

static int
parse_params(struct params *p, const char *s, struct sc_error *e)
{
	const char *end;
	char word[32];
	size_t n;

	*p = (struct params){.class = 0x80, .tag = -1};
	for (;; s = end + 1) {
		end = strchr(s, ',');
		n = end != NULL ? (size_t)(end - s) : strlen(s);
		if (n >= sizeof(word))
			return sc_fail(
			    e, SC_ERR_MALFORMED, "unknown ASN.1 parameter");
		memcpy(word, s, n);
		word[n] = '\0';
		parse_word(p, word);
		if (end == NULL)
			return 0;
	}
}

/* The two's complement of a number in the fewest octets. */
static void
put_integer(struct sc_buf *b, int64_t v)
{
	uint8_t octets[8];
	size_t i, skip = 0;

	for (i = 0; i < 8; i++)
		octets[i] = (uint8_t)((uint64_t)v >> (56 - 8 * i));
	while (skip < 7 &&
	    ((octets[skip] == 0 && octets[skip + 1] < 0x80) ||
		(octets[skip] == 0xff && octets[skip + 1] >= 0x80)))
		skip++;
	sc_der_put(b, SC_DER_INTEGER, octets + skip, 8 - skip);
}

static int
put_time(struct sc_buf *b, const char *value, bool generalized)
{
	char text[40];
	struct tm tm;
	int64_t t;
	time_t sec;
	size_t n;

	if (sc_time_parse(value, &t) != 0)
		return SC_ERR_MALFORMED;
	sec = (time_t)t;
	if (gmtime_r(&sec, &tm) == NULL)
		return SC_ERR_MALFORMED;
	if (!generalized && (t >= SECONDS_2050 || tm.tm_year < 50))
		return SC_ERR_MALFORMED;
	/* UTCTime is the same without the century. */
	n = strftime(text, sizeof(text), "%Y%m%d%H%M%SZ", &tm);
	if (generalized)
		sc_der_put(b, SC_DER_GENERALIZED_TIME, text, n);
	else
		sc_der_put(b, SC_DER_UTC_TIME, text + 2, n - 2);
	return 0;
}

static int
put_bool(struct sc_buf *b, const char *v)
{
	static const char *const yes[] = {"1", "t", "T", "TRUE", "true",
	    "True"},
				 *const no[] = {
				     "0", "f", "F", "FALSE", "false", "False"};
	size_t i;

	for (i = 0; i < 6; i++) {
		if (sc_streq(v, yes[i]) || sc_streq(v, no[i])) {
			sc_der_put(b, SC_DER_BOOLEAN,
			    sc_streq(v, yes[i]) ? "\xff" : "\0", 1);
			return 0;
		}
	}
	return SC_ERR_MALFORMED;
}

static int
put_raw(struct sc_buf *b, const char *value)
{
	uint8_t *der = NULL;
	struct sc_der in, rest;
	uint8_t tag;
	size_t n;
	int r;

	if ((r = sc_b64_decode(SC_B64_STD, value, strlen(value), &der, &n)) !=
	    0)
		return r;
	in = (struct sc_der){der, n};
	if (!sc_der_get_any(&in, &tag, &rest) || in.n != 0)
		r = SC_ERR_MALFORMED;
	else
		(void)sc_buf_put(b, der, n);
	free(der);
	return r;
}

static int
put_text(struct sc_buf *b, uint8_t tag, const char *value, bool valid)
{
	if (!valid)
		return SC_ERR_MALFORMED;
	sc_der_put(b, tag, value, strlen(value));
	return 0;
}

static int
put_value(struct sc_buf *b, const char *type, const char *value)
{
	int64_t i;

	if (sc_streq(type, "int")) {
		if (sc_strtonum(value[0] == '+' ? value + 1 : value, INT64_MIN,
			INT64_MAX, &i) != 0)
			return SC_ERR_MALFORMED;
		put_integer(b, i);
		return 0;
	}
	if (sc_streq(type, "oid"))
		return sc_der_put_oid(b, value);
	if (sc_streq(type, "bool") || sc_streq(type, "boolean"))
		return put_bool(b, value);
	if (sc_streq(type, "utc") || sc_streq(type, "generalized"))
		return put_time(b, value, type[0] == 'g');
	if (sc_streq(type, "utf8"))
		return put_text(
		    b, SC_DER_UTF8, value, sc_utf8_valid(value, strlen(value)));
	if (sc_streq(type, "ia5"))
		return put_text(
		    b, SC_DER_IA5, value, is_of(value, '\1', '\x7f', '\1'));
	if (sc_streq(type, "numeric"))
		return put_text(b, NUMERIC, value, is_of(value, '0', '9', ' '));
	return put_text(b, SC_DER_PRINTABLE, value, is_printable(value));
}

/* What is in inner, under the tag that the parameters give it. */
static void
put_tagged(struct sc_buf *b, const struct params *p, struct sc_buf *inner)
{
	uint8_t tag = (uint8_t)(p->class | p->tag);
	struct sc_der in = {sc_buf_data(inner), sc_buf_len(inner)}, value;
	uint8_t was;

	if (p->tag < 0) {
		(void)sc_buf_put(b, in.p, in.n);
	} else if (p->explicit) {
		sc_der_put(b, tag | 0x20, in.p, in.n);
	} else if (sc_der_get_any(&in, &was, &value)) {
		sc_der_put(b, (uint8_t)(tag | (was & 0x20)), value.p, value.n);
	}
}

int
sc_asn1_text_put(
    struct sc_buf *b, const char *params, const char *value, struct sc_error *e)
{
	struct sc_buf *inner;
	struct params p;
	int r;

	if ((r = parse_params(&p, params, e)) != 0)
		return r;
	if (sc_streq(p.type, "raw")) {
		if (put_raw(b, value) != 0)
			return sc_fail(
			    e, SC_ERR_MALFORMED, "invalid raw value");
		return 0;
	}
	inner = sc_buf_new(MAX_ELEMENT);
	r = put_value(inner, p.type, value);
	if (r != 0)
		r = sc_fail(e, SC_ERR_MALFORMED, "invalid %s value",
		    p.type[0] != '\0' ? p.type : "printable");
	else if ((r = sc_buf_error(inner)) != 0)
		r = sc_fail(e, r, "cannot encode an ASN.1 value");
	else
		put_tagged(b, &p, inner);
	sc_buf_free(inner);
	return r;
}

int
sc_asn1_text_put_typed(
    struct sc_buf *b, const char *text, int explicit_0, struct sc_error *e)
{
	const char *colon = strchr(text, ':');
	char *params;
	int r;

	/* "tag:0" in the parameters is not the separator. */
	while (colon != NULL && colon - text >= 3 &&
	    strncmp(colon - 3, "tag", 3) == 0 &&
	    (colon - text == 3 || colon[-4] == ','))
		colon = strchr(colon + 1, ':');
	params = sc_asprintf("%s%.*s", explicit_0 ? "explicit," : "",
	    colon != NULL ? (int)(colon - text) : 9,
	    colon != NULL ? text : "printable");
	if (params == NULL)
		return sc_fail_nomem(e);
	r = sc_asn1_text_put(b, params, colon != NULL ? colon + 1 : text, e);
	free(params);
	return r;
}
