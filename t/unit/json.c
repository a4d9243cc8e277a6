#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "mutate.h"
#include "tap.h"

/* Far above what linear work takes, far below what quadratic work takes. */
#define FAST (10 * SC_SECOND)

static struct json_object *
parse(const char *s)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj;

	if (!tap_int(sc_json_parse(s, strlen(s), 0, &obj, &e), 0))
		tap_fail("%s", e.msg);
	return obj;
}

static char *
print(struct json_object *obj, const char *indent)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY * 8);

	tap_int(sc_json_put(b, obj, indent), 0);
	return sc_buf_steal(b, NULL);
}

/* A copy without a NUL behind it shows reads beyond the end. */
static int
parse_exact(
    const char *s, size_t n, struct json_object **obj, struct sc_error *e)
{
	char *copy;
	int r;

	copy = malloc(n == 0 ? 1 : n);
	if (copy == NULL)
		return SC_ERR_NOMEM;
	if (n > 0)
		memcpy(copy, s, n);
	r = sc_json_parse(copy, n, 0, obj, e);
	free(copy);
	return r;
}

static void
valid_case(const char *name, const char *path, void *arg)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj, *again;
	size_t n;
	char *s;

	(void)arg;
	tap_context("%s", name);
	s = tap_slurp(path, &n);
	tap_need(s != NULL);
	if (!tap_int(parse_exact(s, n, &obj, &e), 0)) {
		tap_fail("%s", e.msg);
		return;
	}
	/* What is written is read back as the same. */
	s = print(obj, "  ");
	tap_need(s != NULL);
	again = parse(s);
	tap_ok(json_object_equal(obj, again));
	json_object_put(again);
	json_object_put(obj);
	free(s);
}

static void
valid_cases(void)
{
	tap_ok(tap_each_file(
		   tap_source("t/cases/json/valid"), valid_case, NULL) >= 26);
}

static void
invalid_case(const char *name, const char *path, void *arg)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj = (struct json_object *)arg;
	size_t n;
	char *s;
	int want = SC_ERR_MALFORMED;

	tap_context("%s", name);
	if (strstr(name, "depth-65") != NULL)
		want = SC_ERR_TOO_LARGE;
	s = tap_slurp(path, &n);
	tap_need(s != NULL);
	tap_int(parse_exact(s, n, &obj, &e), want);
	tap_ok(obj == NULL);
	tap_int(e.code, want);
	tap_has(e.msg, "invalid JSON: line ");
}

static void
invalid_cases(void)
{
	char mark;

	tap_ok(tap_each_file(tap_source("t/cases/json/invalid"), invalid_case,
		   &mark) >= 109);
}

static void
tells_the_place(void)
{
	static const struct {
		const char *text, *msg;
	} cases[] = {
	    {"", "invalid JSON: line 1 column 1: unexpected end"},
	    {"{\n \"a\": x}",
		"invalid JSON: line 2 column 7: value "
		"expected"},
	    {"{\"a\":1,\n\"b\":2,\n \"\\u0061\":3}",
		"invalid JSON: line 3 column 2: duplicate member"},
	    {"[1] 2",
		"invalid JSON: line 1 column 5: text behind the "
		"value"},
	    {"[1", "invalid JSON: line 1 column 3: unexpected end"},
	    {"\"\\ud800\"",
		"invalid JSON: line 1 column 8: lone "
		"surrogate"},
	};
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_int(sc_json_parse(
			    cases[i].text, strlen(cases[i].text), 0, &obj, &e),
		    SC_ERR_MALFORMED);
		tap_str(e.msg, cases[i].msg);
		tap_str(e.client, "");
	}
	tap_int(sc_json_parse("x", 1, 0, &obj, NULL), SC_ERR_MALFORMED);
}

static void
first_value(void)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
	    {" {\"a\":1}garbage", "{\"a\":1}"},
	    {"[]{}", "[]"},
	    {"12 34", "12"},
	    {"null,", "null"},
	    {"\"x\"\"y\"", "\"x\""},
	    {"{}{\"a\":1,\"a\":2}", "{}"},
	};
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj;
	size_t i;
	char *s;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].text);
		tap_int(sc_json_parse(cases[i].text, strlen(cases[i].text),
			    SC_JSON_FIRST_VALUE, &obj, &e),
		    0);
		s = print(obj, NULL);
		tap_str(s, cases[i].want);
		free(s);
		json_object_put(obj);
	}
	tap_int(sc_json_parse("{]{}", 4, SC_JSON_FIRST_VALUE, &obj, &e),
	    SC_ERR_MALFORMED);
	tap_int(sc_json_parse("", 0, SC_JSON_FIRST_VALUE, &obj, &e),
	    SC_ERR_MALFORMED);
}

/* Refused, and fast. */
static void
refused_fast(const char *s, size_t n, int want)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj;
	int64_t start = sc_clock_monotonic();

	tap_int(sc_json_parse(s, n, 0, &obj, &e), want);
	tap_ok(obj == NULL);
	tap_ok(sc_clock_monotonic() - start < FAST);
}

static void
t24_huge_texts(void)
{
	size_t n = 1000000;
	char *s = malloc(n);

	tap_need(s != NULL);
	memset(s, '7', n);
	refused_fast(s, n, SC_ERR_MALFORMED);
	s[1] = '.';
	refused_fast(s, n, SC_ERR_MALFORMED);
	memset(s, '[', n);
	refused_fast(s, 10000, SC_ERR_TOO_LARGE);
	refused_fast(s, n, SC_ERR_TOO_LARGE);
	memset(s, ' ', n);
	refused_fast(s, n, SC_ERR_MALFORMED);
	memset(s, '"', n);
	refused_fast(s, n, SC_ERR_MALFORMED);
	memset(s, 'x', n);
	s[0] = '"';
	refused_fast(s, n, SC_ERR_MALFORMED);
	free(s);
}

/* Members enough to fill a body, the last one twice or not. */
static struct sc_buf *
many_members(bool twice)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_BODY + 64);
	unsigned i;

	sc_buf_putc(b, '{');
	for (i = 0; sc_buf_len(b) < SC_MAX_BODY; i++)
		sc_buf_putf(b, "%s\"\\u0061%x\":0", i == 0 ? "" : ",", i);
	if (twice)
		sc_buf_puts(b, ",\"a0\":0");
	sc_buf_putc(b, '}');
	return b;
}

static void
t22_duplicates_among_many(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj;
	struct sc_buf *b;
	int64_t start;

	b = many_members(true);
	refused_fast(sc_buf_str(b), sc_buf_len(b), SC_ERR_MALFORMED);
	sc_buf_free(b);
	b = many_members(false);
	start = sc_clock_monotonic();
	tap_int(sc_json_parse(sc_buf_str(b), sc_buf_len(b), 0, &obj, &e), 0);
	tap_ok(sc_clock_monotonic() - start < FAST);
	tap_ok(json_object_object_length(obj) > 50000);
	json_object_put(obj);
	sc_buf_free(b);
}

static bool
parse_damaged(const uint8_t *p, size_t n, void *arg)
{
	struct json_object *obj;
	struct sc_error e = SC_ERROR_INIT;
	int r;

	(void)arg;
	r = sc_json_parse((const char *)p, n, 0, &obj, &e);
	if (r == SC_ERR_NOMEM || r == SC_ERR_INTERNAL)
		tap_fail("%s", e.msg);
	if (r == 0)
		json_object_put(obj);
	return r == 0;
}

/* The check and json-c never disagree: that would be NOMEM. */
static void
survives_damage(void)
{
	static const char sample[] =
	    "{\"a\":[1,-2.5e+10,true,false,null,\"\\ud83d\\ude00\\n\"],"
	    "\"b\\u0061\":{\"\":\"\xe2\x82\xac\"},\"c\":0}";
	size_t cases, accepted;

	accepted =
	    mutate(sample, sizeof(sample) - 1, 1, parse_damaged, NULL, &cases);
	tap_ok(cases > 800);
	tap_ok(accepted > 0 && accepted < cases);
}

static void
finds_members(void)
{
	struct json_object *obj, *v;

	obj = parse("{\"Sub\":1,\"sub\":2,\"CSR\":3,\"n\":null}");
	v = sc_json_member(obj, "sub");
	tap_int(json_object_get_int(v), 2);
	v = sc_json_member(obj, "SUB");
	tap_int(json_object_get_int(v), 1);
	v = sc_json_member(obj, "csr");
	tap_int(json_object_get_int(v), 3);
	tap_ok(sc_json_member(obj, "n") == NULL);
	tap_ok(sc_json_member(obj, "nope") == NULL);
	tap_ok(sc_json_member_exact(obj, "csr") == NULL);
	tap_ok(sc_json_member_exact(obj, "CSR") != NULL);
	tap_ok(sc_json_member(NULL, "x") == NULL);
	tap_ok(sc_json_member_exact(NULL, "x") == NULL);
	tap_ok(sc_json_member(v, "x") == NULL);
	json_object_put(obj);
}

static void
gets_typed_members(void)
{
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj, *v;
	const char *s = "unset";
	bool flag = true;
	int64_t i = 42;

	obj = parse("{\"s\":\"x\",\"b\":false,\"i\":-7,\"o\":{},\"a\":[],"
		    "\"n\":null,\"big\":9223372036854775808,"
		    "\"low\":-9223372036854775809,\"d\":1.0}");
	tap_int(sc_json_get_string(obj, "s", &s, &e), 0);
	tap_str(s, "x");
	tap_int(sc_json_get_string(obj, "n", &s, &e), 0);
	tap_ok(s == NULL);
	tap_int(sc_json_get_string(obj, "i", &s, &e), SC_ERR_MALFORMED);
	tap_str(e.msg, "member i is of type int, wanted string");
	tap_ok(s == NULL);
	tap_int(sc_json_get_bool(obj, "none", &flag, &e), 0);
	tap_ok(flag);
	tap_int(sc_json_get_bool(obj, "b", &flag, &e), 0);
	tap_ok(!flag);
	tap_int(sc_json_get_bool(obj, "i", &flag, &e), SC_ERR_MALFORMED);
	tap_int(sc_json_get_int(obj, "n", &i, &e), 0);
	tap_int(i, 42);
	tap_int(sc_json_get_int(obj, "i", &i, &e), 0);
	tap_int(i, -7);
	tap_int(sc_json_get_int(obj, "big", &i, &e), SC_ERR_MALFORMED);
	tap_int(sc_json_get_int(obj, "low", &i, &e), SC_ERR_MALFORMED);
	tap_int(sc_json_get_int(obj, "d", &i, &e), SC_ERR_MALFORMED);
	tap_int(sc_json_get_int(obj, "s", &i, &e), SC_ERR_MALFORMED);
	tap_int(i, -7);
	tap_int(sc_json_get_object(obj, "o", &v, &e), 0);
	tap_ok(v != NULL);
	tap_int(sc_json_get_object(obj, "a", &v, &e), SC_ERR_MALFORMED);
	tap_ok(v == NULL);
	tap_int(sc_json_get_array(obj, "a", &v, &e), 0);
	tap_ok(v != NULL);
	tap_int(sc_json_get_array(obj, "o", &v, &e), SC_ERR_MALFORMED);
	tap_int(sc_json_get_array(NULL, "o", &v, &e), 0);
	tap_ok(v == NULL);
	json_object_put(obj);
}

static void
gets_lists_of_strings(void)
{
	static const char text[] =
	    "{\"l\":[\"a\",\"\"],\"e\":[],\"n\":null,\"m\":[\"a\",1],"
	    "\"s\":\"a\"}";
	struct json_object *obj = NULL;
	struct sc_strlist l = {0};
	struct sc_error e = SC_ERROR_INIT;

	tap_need(tap_int(sc_json_parse(text, strlen(text), 0, &obj, &e), 0));
	tap_int(sc_json_get_strings(obj, "e", &l, &e), 0);
	tap_int(sc_json_get_strings(obj, "n", &l, &e), 0);
	tap_int(sc_json_get_strings(obj, "absent", &l, &e), 0);
	tap_int(l.n, 0);
	tap_int(sc_json_get_strings(obj, "l", &l, &e), 0);
	tap_int(l.n, 2);
	tap_str(l.v[0], "a");
	tap_str(l.v[1], "");
	tap_int(sc_json_get_strings(obj, "m", &l, &e), SC_ERR_MALFORMED);
	tap_str(e.msg, "m[1]: expected a string");
	tap_int(sc_json_get_strings(obj, "s", &l, &e), SC_ERR_MALFORMED);
	sc_strlist_clear(&l);
	json_object_put(obj);
}

static void
writes_strings_as_go(void)
{
	static const struct {
		const char *in;
		size_t n;
		const char *out;
	} cases[] = {
	    {"", 0, "\"\""},
	    {"a/b", 3, "\"a/b\""},
	    {"<>&", 3, "\"\\u003c\\u003e\\u0026\""},
	    {"\"\\\b\f\n\r\t", 7, "\"\\\"\\\\\\b\\f\\n\\r\\t\""},
	    {"\x01\x1f\x7f\0", 4, "\"\\u0001\\u001f\x7f\\u0000\""},
	    {"\xe2\x80\xa8\xe2\x80\xa9", 6, "\"\\u2028\\u2029\""},
	    {"\xe2\x80\xaa\xc3\xa9", 5, "\"\xe2\x80\xaa\xc3\xa9\""},
	    {"a\xff\x62", 3, "\"a\\ufffd\x62\""},
	};
	struct sc_buf *b;
	size_t i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		b = sc_buf_new(200);
		tap_int(sc_json_put_string(b, cases[i].in, cases[i].n), 0);
		tap_str(sc_buf_str(b), cases[i].out);
		sc_buf_free(b);
	}
}

static void
writes_objects(void)
{
	struct json_object *obj;
	struct sc_buf *b;
	char *s;

	obj = parse("{ \"z\" : [1, 2.50, {\"k\":null}], \"a<\": {},"
		    "\"e\":[], \"t\" : true, \"s\":\"\\u00e9\" }");
	s = print(obj, NULL);
	tap_str(s,
	    "{\"z\":[1,2.50,{\"k\":null}],\"a\\u003c\":{},\"e\":[],"
	    "\"t\":true,\"s\":\"\xc3\xa9\"}");
	free(s);
	s = print(obj, "\t");
	tap_str(s,
	    "{\n\t\"z\": [\n\t\t1,\n\t\t2.50,\n\t\t{\n\t\t\t\"k\": "
	    "null\n\t\t}\n\t],\n\t\"a\\u003c\": {},\n\t\"e\": [],\n"
	    "\t\"t\": true,\n\t\"s\": \"\xc3\xa9\"\n}");
	free(s);
	b = sc_buf_new(10);
	tap_int(sc_json_put(b, obj, NULL), SC_ERR_TOO_LARGE);
	sc_buf_free(b);
	tap_int(sc_json_put(NULL, obj, NULL), SC_ERR_NOMEM);
	json_object_put(obj);
	s = print(NULL, NULL);
	tap_str(s, "null");
	free(s);
}

TAP_MAIN(TAP_TEST(valid_cases),
    TAP_NAMED("T22 T23 T24 F6 invalid cases", invalid_cases),
    TAP_TEST(tells_the_place), TAP_TEST(first_value),
    TAP_NAMED("T24 huge texts are refused fast", t24_huge_texts),
    TAP_NAMED("T22 duplicates among many", t22_duplicates_among_many),
    TAP_TEST(survives_damage), TAP_TEST(finds_members),
    TAP_TEST(gets_typed_members), TAP_TEST(gets_lists_of_strings),
    TAP_TEST(writes_strings_as_go), TAP_TEST(writes_objects))
