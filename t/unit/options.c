#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/command.h"
#include "client/cli/options.h"
#include "client/cli/suggest.h"
#include "tap.h"

static const struct sc_opt table[] = {
    {.name = "provisioner", .alias = "issuer", .arg = "NAME", .help = "x"},
    {.name = "force", .letter = 'f', .kind = SC_OPT_BOOL, .help = "x"},
    {.name = "san", .kind = SC_OPT_LIST, .help = "x"},
    {.name = "ca-url", .help = "x"},
    {.name = "insecure", .kind = SC_OPT_BOOL, .help = "x"},
    {.name = "kty", .def = "EC", .choices = "EC, RSA, OKP", .help = "x"},
    {.name = "secret-less", .flags = SC_OPT_LINE_ONLY, .help = "x"},
    SC_OPT_END};
static const struct sc_command cmd = {.name = "token",
    .args = "<subject>",
    .help = "x",
    .min_args = 1,
    .max_args = 2,
    .options = {table}};

/* Up to ten words; NULL when refused, and then err tells why. */
static struct sc_error err;

static struct sc_args *
parse(const char *w0, const char *w1, const char *w2, const char *w3,
    const char *w4)
{
	const char *in[] = {w0, w1, w2, w3, w4};
	struct sc_args *a;
	char *argv[5];
	int i, n;

	memset(&err, 0, sizeof(err));
	for (n = 0; n < 5 && in[n] != NULL; n++)
		argv[n] = sc_strdup(in[n]);
	(void)sc_args_parse(&cmd, "stepc ca token", n, argv, &a, &err);
	for (i = 0; i < n; i++)
		free(argv[i]);
	return a;
}

static void
start(const char *defaults)
{
	const char *dir = tap_tempdir();
	char *path = sc_asprintf("%s/config", dir), *file;

	setenv("STEPPATH", dir, 1);
	unsetenv("STEP_PROVISIONER");
	unsetenv("STEP_ISSUER");
	unsetenv("STEP_CA_URL");
	unsetenv("STEP_SAN");
	unsetenv("STEP_FORCE");
	unsetenv("STEP_SECRET_LESS");
	(void)sc_mkdirs(path, 0700, NULL);
	file = sc_asprintf("%s/defaults.json", path);
	tap_int(sc_file_write(file, defaults, strlen(defaults), 0600, NULL), 0);
	free(file);
	free(path);
}

static void
forms(void)
{
	struct sc_args *a;

	start("{}");
	a = parse("--issuer", "joe", "sub", "-f", "-san=a");
	tap_need(tap_ok(a != NULL));
	tap_str(sc_args_str(a, "provisioner"), "joe");
	tap_str(sc_args_pos(a, 0), "sub");
	tap_ok(sc_args_bool(a, "force"));
	tap_str(sc_args_list(a, "san")->v[0], "a");
	tap_str(sc_args_str(a, "kty"), "EC");
	tap_ok(!sc_args_given(a, "kty"));
	tap_ok(sc_args_pos(a, 1) == NULL);
	sc_args_free(a);

	a = parse("--force=false", "--", "--issuer", NULL, NULL);
	tap_need(tap_ok(a != NULL));
	tap_ok(!sc_args_bool(a, "force"));
	tap_ok(!sc_args_given(a, "force"));
	tap_str(sc_args_pos(a, 0), "--issuer");
	sc_args_free(a);

	a = parse("-", "--ca-url=", "--san", "-5m", "--san=b");
	tap_need(tap_ok(a != NULL));
	tap_str(sc_args_pos(a, 0), "-");
	tap_str(sc_args_str(a, "ca-url"), "");
	tap_int(sc_args_list(a, "san")->n, 2);
	tap_str(sc_args_list(a, "san")->v[0], "-5m");
	sc_args_free(a);
}

static void
refusals(void)
{
	start("{}");
	tap_ok(parse(NULL, NULL, NULL, NULL, NULL) == NULL);
	tap_str(err.msg,
	    "not enough positional arguments were provided in 'stepc ca "
	    "token <subject> [flags]'");
	tap_ok(parse("a", "b", "c", NULL, NULL) == NULL);
	tap_str(err.msg,
	    "too many positional arguments were provided in 'stepc ca token "
	    "<subject> [flags]'");
	tap_ok(parse("a", "--kty", "DSA", NULL, NULL) == NULL);
	tap_str(err.msg,
	    "invalid value 'DSA' for flag '--kty'; options are EC, RSA, OKP");
	tap_ok(parse("a", "--kty", "", NULL, NULL) == NULL);
	tap_ok(parse("a", "--force=maybe", NULL, NULL, NULL) == NULL);
	tap_str(err.msg, "invalid value 'maybe' for flag '--force'");
	tap_ok(parse("a", "--ca-url", NULL, NULL, NULL) == NULL);
	tap_has(err.msg, "flag '--ca-url' needs a value");
	tap_ok(parse("a", "--ca-ulr", "x", NULL, NULL) == NULL);
	tap_has(err.msg, "unknown flag '--ca-ulr'");
	tap_has(err.msg, "did you mean '--ca-url'?");
}

static void
order(void)
{
	struct sc_args *a;

	start("{\"ca-url\":\"file\",\"issuer\":\"file\",\"force\":true,"
	      "\"san\":[\"x\",\"y\"],\"kty\":\"RSA\",\"secret-less\":\"no\"}");
	a = parse("s", NULL, NULL, NULL, NULL);
	tap_need(tap_ok(a != NULL));
	tap_str(sc_args_str(a, "ca-url"), "file");
	tap_str(sc_args_str(a, "provisioner"), "file");
	tap_str(sc_args_str(a, "kty"), "RSA");
	tap_ok(sc_args_bool(a, "force"));
	tap_ok(sc_args_given(a, "force") && !sc_args_on_line(a, "force"));
	tap_int(sc_args_list(a, "san")->n, 2);
	tap_ok(sc_args_str(a, "secret-less") == NULL);
	sc_args_free(a);

	setenv("STEP_CA_URL", "env", 1);
	setenv("STEP_SAN", "p,q,r", 1);
	setenv("STEP_FORCE", "0", 1);
	setenv("STEP_SECRET_LESS", "x", 1);
	a = parse("s", "--issuer", "line", NULL, NULL);
	tap_need(tap_ok(a != NULL));
	tap_str(sc_args_str(a, "ca-url"), "env");
	tap_str(sc_args_str(a, "provisioner"), "line");
	tap_int(sc_args_list(a, "san")->n, 3);
	tap_ok(!sc_args_bool(a, "force"));
	tap_ok(sc_args_str(a, "secret-less") == NULL);
	sc_args_free(a);

	a = parse("s", "--ca-url", "line", "--san", "only");
	tap_need(tap_ok(a != NULL));
	tap_str(sc_args_str(a, "ca-url"), "line");
	tap_int(sc_args_list(a, "san")->n, 1);
	sc_args_free(a);
}

static void
broken_defaults(void)
{
	start("{\"ca-url\":");
	tap_ok(parse("s", NULL, NULL, NULL, NULL) == NULL);
	tap_has(err.msg, "defaults.json");
	start("[]");
	tap_ok(parse("s", NULL, NULL, NULL, NULL) == NULL);
	start("{\"kty\":\"DSA\"}");
	tap_ok(parse("s", NULL, NULL, NULL, NULL) == NULL);
	/* Help is there even so. */
	sc_args_free(parse("--help", NULL, NULL, NULL, NULL));
	tap_str(err.msg, "");
}

static void
checks(void)
{
	struct sc_args *a;

	start("{}");
	a = parse("s", "s", "--force", "--san", "x");
	tap_need(tap_ok(a != NULL));
	tap_int(sc_args_check_required(a, "ca-url", &err), SC_ERR_MALFORMED);
	tap_str(err.msg, "'stepc ca token' requires the '--ca-url' flag");
	tap_int(
	    sc_args_check_needs(a, "force", "ca-url", &err), SC_ERR_MALFORMED);
	tap_str(err.msg, "flag '--force' requires the '--ca-url' flag");
	tap_int(sc_args_check_needs(a, "ca-url", "force", &err), 0);
	tap_int(
	    sc_args_check_conflict(a, "force", "san", &err), SC_ERR_MALFORMED);
	tap_str(err.msg, "flag '--force' is incompatible with '--san'");
	tap_int(sc_args_check_conflict(a, "force", "ca-url", &err), 0);
	tap_int(
	    sc_args_check_exclusive(a, "force", "san", &err), SC_ERR_MALFORMED);
	tap_str(
	    err.msg, "flag '--force' and flag '--san' are mutually exclusive");
	tap_int(sc_args_check_insecure(a, "san", &err), SC_ERR_MALFORMED);
	tap_str(err.msg, "flag '--san' requires the '--insecure' flag");
	tap_int(sc_args_check_distinct(a, 0, 1, "crt-file", "key-file", &err),
	    SC_ERR_MALFORMED);
	tap_str(err.msg,
	    "positional arguments <crt-file> and <key-file> cannot be equal "
	    "in 'stepc ca token <subject> [flags]'");
	tap_int(sc_args_invalid(a, "kty", "v", "why", &err), SC_ERR_MALFORMED);
	tap_str(err.msg, "invalid value 'v' for flag '--kty'; why");
	sc_args_free(a);
}

static void
suggestions(void)
{
	tap_int(sc_suggest_distance("token", "token"), 0);
	tap_int(sc_suggest_distance("tokn", "token"), 1);
	tap_int(sc_suggest_distance("otken", "token"), 1);
	tap_int(sc_suggest_distance("cert", "certificate"), 1);
	tap_int(sc_suggest_distance("health", "token"), SC_SUGGEST_FAR);
	tap_int(sc_suggest_distance("", "token"), SC_SUGGEST_FAR);
	tap_int(sc_suggest_distance("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
				    "aaaaaaaaaaaaa",
		    "token"),
	    SC_SUGGEST_FAR);
}

TAP_MAIN(TAP_TEST(forms), TAP_TEST(refusals), TAP_TEST(order),
    TAP_TEST(broken_defaults), TAP_TEST(checks), TAP_TEST(suggestions))
