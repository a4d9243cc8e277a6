#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "tap.h"
#include "template/data.h"
#include "template/template.h"

/* The result of a template for data; the error's code, out then empty. */
static int
run(const char *text, size_t n, struct json_object *input, struct sc_buf *out,
    struct sc_error *e)
{
	struct sc_template *t = NULL;
	struct sc_tpl_data *d = sc_tpl_data_new();
	int r;

	sc_tpl_data_merge(d, input);
	r = sc_template_parse(text, n, &t, e);
	if (r == 0)
		r = sc_template_exec(t, d, out, e);
	sc_template_free(t);
	sc_tpl_data_free(d);
	return r;
}

static int
run_text(const char *text, struct sc_buf *out, struct sc_error *e)
{
	*e = (struct sc_error)SC_ERROR_INIT;
	return run(text, strlen(text), NULL, out, e);
}

static size_t cases;

static void
one_case(struct json_object *c)
{
	struct json_object *text = sc_json_member_exact(c, "template"),
			   *want = sc_json_member_exact(c, "output");
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_error e = SC_ERROR_INIT;
	int r;

	cases++;
	tap_context("%s: ", json_object_get_string(text));
	r = run(json_object_get_string(text),
	    (size_t)json_object_get_string_len(text),
	    sc_json_member_exact(c, "input"), out, &e);
	if (want == NULL) {
		tap_ok(r != 0);
		tap_has(r == SC_ERR_FORBIDDEN ? "column" : e.msg, "column");
	} else if (tap_int(r, 0)) {
		tap_mem(sc_buf_data(out), sc_buf_len(out),
		    json_object_get_string(want),
		    (size_t)json_object_get_string_len(want));
	} else {
		tap_note("%s", e.msg);
	}
	tap_context("%s", "");
	sc_buf_free(out);
}

static void
one_file(const char *name, const char *path, void *arg)
{
	struct json_object *list = NULL;
	size_t i, n;
	char *text = tap_slurp(path, &n);

	(void)arg;
	tap_note("%s", name);
	tap_need(text != NULL);
	/* A NUL is in one of the texts, which sc_json_parse refuses. */
	list = json_tokener_parse(text);
	tap_need(json_object_is_type(list, json_type_array));
	for (i = 0; i < json_object_array_length(list); i++)
		one_case(json_object_array_get_idx(list, i));
	json_object_put(list);
}

static void
table(void)
{
	/* The table was made by Go where the clock's zone is UTC. */
	(void)setenv("TZ", "UTC", 1);
	tap_ok(tap_each_file(tap_source("t/cases/templates"), one_file, NULL) >=
	    9);
	tap_ok(cases >= 150);
}

static const struct {
	const char *text, *where;
} wrong[] = {
    {"{{", "line 1 column 3: unclosed action"},
    {"a\nb {{ .x", "line 2 column 8: unclosed action"},
    {"a\n\n  {{ nope }}", "line 3 column 6: function \"nope\" not defined"},
    {"{{ $x }}", "line 1 column 4: undefined variable \"$x\""},
    {"{{ if true }}", "line 1 column 14: unexpected end of the template"},
    {"{{ end }}", "unexpected {{end}}"},
    {"x{{ \"a }}", "line 1 column 5: unterminated quoted string"},
    {"{{ (1 }}", "line 1 column 7: unclosed left paren"},
    {"{{/* x", "line 1 column 1: unclosed comment"},
    {"{{ 0x }}", "bad number syntax"},
    {"{{ nil }}", "nil is not a command"},
    {"{{ else }}", "unexpected {{else}}"},
    {"{{ continue }}", "{{continue}} outside {{range}}"},
    {"{{ if true }}{{ define \"x\" }}{{ end }}{{ end }}",
	"unexpected {{define}}"},
    /* while it runs */
    {"\n {{ index (list 1) 5 }}", "line 2 column 5: index out of range: 5"},
    {"{{ upper 5 }}",
	"line 1 column 4: wrong type for value; expected "
	"string; got int"},
    {"{{ template \"no\" }}", "template \"no\" not defined"},
    {"{{ semver }}", "wrong number of args for semver: want 1 got 0"},
};

static void
positions(void)
{
	struct sc_error e;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);

		tap_context("%s: ", wrong[i].text);
		tap_int(run_text(wrong[i].text, out, &e), SC_ERR_MALFORMED);
		tap_has(e.msg, wrong[i].where);
		tap_str(e.client, "");
		tap_context("%s", "");
		sc_buf_free(out);
	}
}

/* No environment, no files, no network, no keys. */
static void
absent_functions(void)
{
	static const char *const names[] = {"env", "expandenv", "getHostByName",
	    "genPrivateKey", "genCA", "readFile", "include", "tpl", "call",
	    "htpasswd", "derivePassword"};
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_error e;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(
		    text, sizeof(text), "{{ %s \"/etc/passwd\" }}", names[i]);
		tap_int(run_text(text, out, &e), SC_ERR_MALFORMED);
		tap_has(e.msg, "not defined");
	}
	tap_int(sc_buf_len(out), 0);
	sc_buf_free(out);
}

static void
fails_with_message(void)
{
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_error e;

	tap_int(
	    run_text("a{{ fail \"not today\" }}b", out, &e), SC_ERR_FORBIDDEN);
	tap_str(e.client, "not today");
	tap_int(e.whole, 1);
	sc_buf_free(out);
}

static const char *const endless[] = {
    "{{ range until 10000000 }}{{ end }}",
    "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" }}",
    "{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}"
    "{{ end }}{{ end }}{{ end }}",
    "{{ repeat 1000000000 \"0123456789\" }}",
    "{{ $x := \"0123456789\" }}{{ range until 100 }}{{ $x = print $x $x }}"
    "{{ end }}",
    "{{ range until 100000 }}{{ repeat 100 \"0123456789\" }}{{ end }}",
    "{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ toJson $m }}",
    "{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ $m }}",
    "{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ deepCopy $m }}",
    "{{ $m := dict }}{{ $_ := set $m \"m\" $m }}{{ $n := dict }}"
    "{{ $_ := set $n \"m\" $n }}{{ deepEqual $m $n }}",
    "{{ $l := list 1 }}{{ range until 64 }}{{ $l = list $l $l }}{{ end }}"
    "{{ deepEqual $l (list $l $l) }}{{ toJson $l }}",
    "{{ indent 1000000000 \"a\" }}",
    "{{ printf \"%1000000000d\" 1 | repeat 1000000 }}",
    "{{ untilStep 0 9223372036854775807 1 }}",
    "{{ seq 0 1 9223372036854775807 }}",
    "{{ randAlphaNum 1000000000 }}",
    "{{ regexReplaceAll \"\" (repeat 100000 \"a\") (repeat 100 \"b\") }}",
    "{{ $l := list }}{{ range until 100000 }}{{ $l = append $l . }}{{ end }}",
};

/* C12: loops, floods, structures that hold themselves. */
static void
bounds(void)
{
	struct sc_error e;
	size_t i;

	for (i = 0; i < sizeof(endless) / sizeof(endless[0]); i++) {
		struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);

		tap_context("%s: ", endless[i]);
		if (!tap_int(run_text(endless[i], out, &e), SC_ERR_TOO_LARGE))
			tap_note("%s", e.msg);
		tap_ok(sc_buf_len(out) <= SC_MAX_TEMPLATE_OUTPUT);
		tap_context("%s", "");
		sc_buf_free(out);
	}
}

static void
slow_regex(void)
{
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_error e;

	tap_int(run_text("{{ regexMatch \"^(([a-z])+.)+[A-Z]([a-z])+$\" "
			 "(repeat 60 \"a\") }}",
		    out, &e),
	    SC_ERR_MALFORMED);
	tap_has(e.msg, "takes too long");
	sc_buf_free(out);
}

/* A NUL is a character as any other, but no verb and no mark. */
static void
nul_characters(void)
{
	static const char text[] = "a\0{{ printf \"%\0|\" 1.5 }}",
			  want[] = "a\0%!\0(float64=1.5)|";
	static const char bad[] = "{{ .\0 }}";
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_error e = SC_ERROR_INIT;

	tap_int(run(text, sizeof(text) - 1, NULL, out, &e), 0);
	tap_mem(sc_buf_data(out), sc_buf_len(out), want, sizeof(want) - 1);
	tap_int(run(bad, sizeof(bad) - 1, NULL, out, &e), SC_ERR_MALFORMED);
	sc_buf_free(out);
}

static int
parse_nested(const char *open, const char *close, size_t depth)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_TEMPLATE);
	struct sc_template *t = NULL;
	size_t i;
	int r;

	(void)sc_buf_puts(b, open[0] == '(' ? "{{ " : "");
	for (i = 0; i < depth; i++)
		(void)sc_buf_puts(b, open);
	(void)sc_buf_puts(b, open[0] == '(' ? "1" : "");
	for (i = 0; i < depth; i++)
		(void)sc_buf_puts(b, close);
	(void)sc_buf_puts(b, open[0] == '(' ? " }}" : "");
	r = sc_template_parse(sc_buf_str(b), sc_buf_len(b), &t, NULL);
	sc_template_free(t);
	sc_buf_free(b);
	return r;
}

static void
limits(void)
{
	struct sc_template *t = NULL;
	char *text = malloc(SC_MAX_TEMPLATE + 1);

	tap_need(text != NULL);
	memset(text, 'a', SC_MAX_TEMPLATE + 1);
	tap_int(sc_template_parse(text, SC_MAX_TEMPLATE, &t, NULL), 0);
	sc_template_free(t);
	tap_int(sc_template_parse(text, SC_MAX_TEMPLATE + 1, &t, NULL),
	    SC_ERR_TOO_LARGE);
	free(text);
	/* The action's pipeline is a level, too. */
	tap_int(parse_nested("(", ")", SC_MAX_TEMPLATE_DEPTH - 1), 0);
	tap_int(
	    parse_nested("(", ")", SC_MAX_TEMPLATE_DEPTH), SC_ERR_TOO_LARGE);
	tap_int(parse_nested(
		    "{{ with 1 }}", "{{ end }}", SC_MAX_TEMPLATE_DEPTH - 1),
	    0);
	tap_int(
	    parse_nested("{{ with 1 }}", "{{ end }}", SC_MAX_TEMPLATE_DEPTH),
	    SC_ERR_TOO_LARGE);
}

/* C11: between quotes no value ends the string, whatever it holds. */
static void
inside_strings(void)
{
	static const char hostile[] = "a\",\"isCA\":true,\"x\":\"{{ . }}\n\\";
	static const char text[] =
	    "{\"a\": \"<{{ .name }}>\", \"b\\\"\": {{ toJson .name }}, "
	    "\"c\": \"{{ .name }}{{ .name }}\", \"d\": {{ 5 }}}";
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_buf *out = sc_buf_new(65536);
	struct sc_template *t = NULL;
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj = NULL;
	char *want;

	sc_tpl_data_set(d, "name", sc_tpl_string(d, hostile));
	tap_int(sc_template_parse(text, strlen(text), &t, &e), 0);
	tap_int(sc_template_exec_json(t, d, out, &e), 0);
	tap_int(
	    sc_json_parse(sc_buf_str(out), sc_buf_len(out), 0, &obj, &e), 0);
	tap_int(json_object_object_length(obj), 4);
	want = sc_asprintf("<%s>", hostile);
	tap_str(json_object_get_string(sc_json_member_exact(obj, "a")), want);
	free(want);
	tap_str(
	    json_object_get_string(sc_json_member_exact(obj, "b\"")), hostile);
	want = sc_asprintf("%s%s", hostile, hostile);
	tap_str(json_object_get_string(sc_json_member_exact(obj, "c")), want);
	free(want);
	tap_int(json_object_get_int(sc_json_member_exact(obj, "d")), 5);
	json_object_put(obj);
	sc_buf_free(out);
	sc_template_free(t);
	sc_tpl_data_free(d);
}

/* C11: what names hold stays inside its JSON string. */
static void
no_injection(void)
{
	static const char hostile[] = "a\",\"isCA\":true,\"x\":\"{{ .Token }}"
				      "\\\n\xe2\x80\xa8<>&\xff";
	static const char text[] = "{\"subject\": {{ toJson .name }}, "
				   "\"sans\": {{ toJson .names }}}";
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *list = sc_tpl_list(d, NULL);
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_template *t = NULL;
	struct sc_error e = SC_ERROR_INIT;
	struct json_object *obj = NULL;

	sc_tpl_list_add(
	    d, list, sc_tpl_stringn(d, hostile, sizeof(hostile) - 1));
	sc_tpl_data_set(
	    d, "name", sc_tpl_stringn(d, hostile, sizeof(hostile) - 1));
	sc_tpl_data_set(d, "names", list);
	tap_int(sc_template_parse(text, sizeof(text) - 1, &t, &e), 0);
	tap_int(sc_template_exec(t, d, out, &e), 0);
	tap_int(
	    sc_json_parse(sc_buf_str(out), sc_buf_len(out), 0, &obj, &e), 0);
	tap_int(json_object_object_length(obj), 2);
	tap_has(sc_buf_str(out), "\\u2028\\u003c\\u003e\\u0026\\ufffd");
	json_object_put(obj);
	sc_template_free(t);
	sc_tpl_data_free(d);
	sc_buf_free(out);
}

static void
structs(void)
{
	static const char text[] =
	    "{{ .Subject.CommonName }} {{ toJson .Subject }} "
	    "{{ .Subject.Nothing }}";
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *s = sc_tpl_struct(d, "x509util.Subject");
	struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	struct sc_template *t = NULL;
	struct sc_error e = SC_ERROR_INIT;

	sc_tpl_field(d, s, "Country", "country,omitempty",
	    sc_tpl_list(d, "x509util.MultiString"));
	sc_tpl_field(
	    d, s, "CommonName", "commonName,omitempty", sc_tpl_string(d, "cn"));
	sc_tpl_field(d, s, "Hidden", NULL, sc_tpl_bytes(d, "\1", 1));
	sc_tpl_data_set(d, "Subject", s);
	tap_int(sc_template_parse(text, sizeof(text) - 1, &t, &e), 0);
	tap_int(sc_template_exec(t, d, out, &e), SC_ERR_MALFORMED);
	tap_has(e.msg,
	    "can't evaluate field Nothing in type "
	    "x509util.Subject");
	tap_str(sc_buf_str(out), "cn {\"commonName\":\"cn\"} ");
	sc_template_free(t);
	sc_tpl_data_free(d);
	sc_buf_free(out);
}

static const struct {
	const char *text, *want;
} others[] = {
    {"{{ toTime 1600000000 | toJson }}", "\"2020-09-13T12:26:40Z\""},
    {"{{ formatTime 1600000000.0 }}", "2020-09-13T12:26:40Z"},
    {"{{ parseTime \"2024-07-02T23:16:02Z\" | unixEpoch }}", "1719962162"},
    {"{{ parseTime \"time.DateOnly\" \"2024-07-02\" | formatTime }}",
	"2024-07-02T00:00:00Z"},
    {"{{ toTimeLayout \"RFC3339\" }}", "2006-01-02T15:04:05Z07:00"},
    {"{{ asn1Enc \"utf8:a\" }}", "DAFh"},
    {"{{ asn1Enc \"a\" }}", "EwFh"},
    {"{{ asn1Enc \"int:-129\" }}", "AgL/fw=="},
    {"{{ asn1Enc \"oid:1.2.840\" }}", "BgMqhkg="},
    {"{{ asn1Enc \"bool:true\" }}", "AQH/"},
    {"{{ asn1Enc \"utf8,explicit,tag:3:a\" }}", "owMMAWE="},
    {"{{ asn1Seq (asn1Enc \"int:1\") (asn1Enc \"ia5:b\") }}", "MAYCAQEWAWI="},
    {"{{ asn1Set (asn1Enc \"int:1\") }}", "MQMCAQE="},
    {"{{ asn1Marshal 5 }}{{ asn1Marshal \"a@b\" }}", "AgEFDANhQGI="},
    {"{{ range 3 }}{{ . }}{{ end }}", "012"},
    {"{{ with \"\" }}a{{ else with \"x\" }}{{ . }}{{ end }}", "x"},
};

/* What the packaged sprig and Go do not have. */
static void
newer_functions(void)
{
	struct sc_error e;
	size_t i;

	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct sc_buf *out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);

		tap_context("%s: ", others[i].text);
		if (!tap_int(run_text(others[i].text, out, &e), 0))
			tap_note("%s", e.msg);
		tap_str(sc_buf_str(out), others[i].want);
		tap_context("%s", "");
		sc_buf_free(out);
	}
}

TAP_MAIN(TAP_TEST(table), TAP_TEST(positions), TAP_TEST(absent_functions),
    TAP_TEST(fails_with_message), TAP_NAMED("C12 bounds", bounds),
    TAP_NAMED("C12 slow regular expression", slow_regex),
    TAP_TEST(nul_characters), TAP_TEST(limits),
    TAP_NAMED("C11 no injection", no_injection),
    TAP_NAMED("C11 no injection inside of strings", inside_strings),
    TAP_TEST(structs), TAP_TEST(newer_functions))
