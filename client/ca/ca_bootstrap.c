#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/commands.h"
#include "config/ca_json.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"

#define DEFAULTS_MAX 65536

static const struct sc_opt options[] = {
    {.name = "fingerprint",
	.arg = "HASH",
	.help = "SHA-256 fingerprint of the root"},
    {.name = "redirect-url",
	.arg = "URL",
	.help = "kept in defaults.json, for single sign-on"},
    {.name = "provisioner",
	.alias = "issuer",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "kept in defaults.json as the default provisioner"},
    {.name = "min-password-length",
	.arg = "N",
	.help = "kept in defaults.json"},
    /* The reference's flags that ask for what is not done here. */
    {.name = "install",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    {.name = "team", .flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    {.name = "team-authority", .flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    {.name = "team-url", .flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    SC_OPT_END};

struct files {
	char *root, *defaults;
};

static int
place(struct files *f, struct sc_error *e)
{
	char *base = sc_steppath_authority(), *certs = NULL, *config = NULL;
	int r;

	if (base == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "there is no home folder; set STEPPATH");
	certs = sc_path_join(base, "certs");
	config = sc_path_join(base, "config");
	if (certs != NULL && config != NULL) {
		f->root = sc_path_join(certs, "root_ca.crt");
		f->defaults = sc_path_join(config, "defaults.json");
	}
	if (f->root == NULL || f->defaults == NULL)
		r = sc_fail_nomem(e);
	else {
		r = sc_mkdirs(certs, 0700, e);
		if (r == 0)
			r = sc_mkdirs(config, 0700, e);
	}
	free(certs);
	free(config);
	free(base);
	return r;
}

static int
check_refused(const struct sc_args *a, struct sc_error *e)
{
	static const char *const team[] = {
	    "team", "team-authority", "team-url"};
	size_t i;

	for (i = 0; i < sizeof(team) / sizeof(team[0]); i++)
		if (sc_args_given(a, team[i]))
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "flag '--%s' is not supported; use '--ca-url' "
			    "and '--fingerprint'",
			    team[i]);
	if (sc_args_bool(a, "install"))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "flag '--install' is not supported; bootstrap without it "
		    "and add certs/root_ca.crt to the system's certificates "
		    "with its own tools");
	return 0;
}

static int
min_length(const struct sc_args *a, int64_t *n, struct sc_error *e)
{
	const char *text = sc_args_str(a, "min-password-length");

	*n = 0;
	if (text == NULL || text[0] == '\0' ||
	    sc_strtonum(text, 0, INT32_MAX, n) == 0)
		return 0;
	return sc_args_invalid(
	    a, "min-password-length", text, "it is not a number", e);
}

static void
put_member(struct json_object *o, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		json_object_object_add(o, name, json_object_new_string(value));
}

static int
defaults_text(const struct sc_args *a, const char *base, const char *fp,
    const char *root, struct sc_buf *b, struct sc_error *e)
{
	struct json_object *o;
	int64_t min;
	int r;

	if ((r = min_length(a, &min, e)) != 0)
		return r;
	if ((o = json_object_new_object()) == NULL)
		return sc_fail_nomem(e);
	put_member(o, "ca-url", base);
	put_member(o, "fingerprint", fp);
	put_member(o, "root", root);
	put_member(o, "redirect-url", sc_args_str(a, "redirect-url"));
	put_member(o, "provisioner", sc_args_str(a, "provisioner"));
	/* A number, as the reference writes and reads it. */
	if (min > 0)
		json_object_object_add(
		    o, "min-password-length", json_object_new_int64(min));
	r = sc_json_put(b, o, "  ");
	if (r == 0)
		r = sc_buf_putc(b, '\n');
	json_object_put(o);
	return r == 0 ? 0 : sc_fail_nomem(e);
}

/* Both questions before the first file is written. */
static int
save(const struct sc_args *a, const char *base, const char *fp, const char *pem,
    struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(DEFAULTS_MAX);
	struct files f = {NULL, NULL};
	bool force = sc_args_bool(a, "force");
	int r;

	r = place(&f, e);
	if (r == 0)
		r = defaults_text(a, base, fp, f.root, b, e);
	if (r == 0)
		r = sc_output_ask(f.root, force, e);
	if (r == 0)
		r = sc_output_ask(f.defaults, force, e);
	if (r == 0)
		r = sc_output_put(f.root, pem, strlen(pem), 0600, e);
	if (r == 0) {
		sc_ui_info(
		    "The root certificate has been saved in %s.", f.root);
		r = sc_output_put(
		    f.defaults, sc_buf_data(b), sc_buf_len(b), 0644, e);
	}
	if (r == 0)
		sc_ui_info("The authority configuration has been saved in %s.",
		    f.defaults);
	free(f.root);
	free(f.defaults);
	sc_buf_free(b);
	return r;
}

static int
bootstrap(struct sc_args *a, struct sc_error *e)
{
	char fp[65], *base = NULL, *pem = NULL;
	int64_t timeout = 0, min;
	int r;

	r = check_refused(a, e);
	if (r == 0)
		r = sc_args_check_required(a, "ca-url", e);
	if (r == 0)
		r = sc_args_check_required(a, "fingerprint", e);
	if (r == 0)
		r = sc_ca_fingerprint(sc_args_str(a, "fingerprint"), fp, e);
	if (r == 0)
		r = sc_ca_url(sc_args_str(a, "ca-url"), &base, e);
	if (r == 0 &&
	    sc_strtonum(sc_args_str(a, "timeout"), 1, 3600, &timeout) != 0)
		r = sc_args_invalid(a, "timeout", sc_args_str(a, "timeout"),
		    "it is in seconds", e);
	if (r == 0)
		r = min_length(a, &min, e);
	if (r == 0)
		r = sc_ca_fetch_root(base, fp, (long)timeout, &pem, e);
	if (r == 0)
		r = save(a, base, fp, pem, e);
	free(pem);
	free(base);
	return r;
}

const struct sc_command sc_cmd_ca_bootstrap = {.name = "bootstrap",
    .help = "trust a CA: fetch its root, remember its URL",
    .options = {options, sc_options_force, sc_options_ca},
    .run = bootstrap};
