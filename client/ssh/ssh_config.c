/*
 * ssh config: the configuration that the CA has for clients or hosts.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"
#include "client/net/ca_options.h"
#include "client/net/token_flow.h"
#include "client/ssh/ssh_agent_cert.h"
#include "client/ssh/ssh_edit.h"
#include "client/ssh/ssh_fetch.h"
#include "config/ca_json.h"
#include "crypto/ssh_cert.h"

#define MAX_FILE (16 * 1024 * 1024)
#define BASE "${STEPPATH}/"

static const struct sc_opt options[] = {
    {.name = "host",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "configuration or keys for a host, not for a user"},
    {.name = "roots",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "print the keys of the CA"},
    {.name = "federation",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "print the keys of federated CAs, too"},
    {.name = "dry-run",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "print what would be written"},
    SC_OPT_END};

/* One file of the CA's; borrowed from its answer but for path and content. */
struct item {
	const char *name, *type, *comment;
	char *path, *content;
};

static void
item_clear(struct item *it)
{
	free(it->path);
	free(it->content);
}

/* --- what is asked for -------------------------------------------------- */

static int
add_text(struct json_object *o, const char *name, const char *s)
{
	struct json_object *v = NULL;

	if (s == NULL || sc_json_member_exact(o, name) != NULL)
		return 0;
	v = json_object_new_string(s);
	return v != NULL && json_object_object_add(o, name, v) == 0
	    ? 0
	    : SC_ERR_NOMEM;
}

/* The CA takes texts alone: what --set read as JSON is written out again. */
static int
texts_only(struct json_object *data, struct sc_error *e)
{
	struct json_object *text;

	json_object_object_foreach(data, key, v)
	{
		if (json_object_is_type(v, json_type_string))
			continue;
		text = json_object_new_string(json_object_to_json_string(v));
		if (text == NULL ||
		    json_object_object_add(data, key, text) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

/* The first name of the agent's certificate of this CA. */
static int
add_user(struct sc_ca *ca, struct json_object *data, struct sc_error *e)
{
	struct sc_ssh_cert *c = NULL;
	int r;

	if (sc_json_member_exact(data, "User") != NULL)
		return 0;
	r = sc_ssh_agent_cert(ca, NULL, &c, e);
	if (r == SC_ERR_NOT_FOUND)
		return sc_fail(e, r,
		    "ssh certificate not found: please run `stepc ssh login "
		    "<identity>`, or name the user with --set User=NAME");
	if (r == 0 && add_text(data, "User", c->principals.v[0]) != 0)
		r = sc_fail_nomem(e);
	sc_ssh_cert_free(c);
	return r;
}

static int
make_data(const struct sc_args *a, struct sc_ca *ca, struct json_object **out,
    struct sc_error *e)
{
	char *path = sc_steppath_authority(), *base = sc_steppath();
	struct json_object *data = NULL;
	int r = sc_token_user_data(a, &data, e);

	if (r == 0 && (r = texts_only(data, e)) == 0 &&
	    (path == NULL || base == NULL ||
		add_text(data, "GOOS", "linux") != 0 ||
		add_text(data, "StepPath", path) != 0 ||
		add_text(data, "StepBasePath", base) != 0 ||
		add_text(data, "StepSSHTemplateVersion", "v2") != 0))
		r = sc_fail_nomem(e);
	if (r == 0 && !sc_args_bool(a, "host"))
		r = add_user(ca, data, e);
	free(path);
	free(base);
	if (r != 0)
		json_object_put(data);
	else
		*out = data;
	return r;
}

static int
ask(struct sc_ca *ca, bool host, struct json_object *data,
    struct json_object **answer, struct sc_error *e)
{
	struct json_object *body = json_object_new_object();
	struct sc_ca_call call = {.path = "/ssh/config", .body = body};
	int r;

	if (body == NULL ||
	    add_text(body, "type", host ? "host" : "user") != 0 ||
	    json_object_object_add(body, "data", json_object_get(data)) != 0)
		r = sc_fail_nomem(e);
	else
		r = sc_ca_call(ca, &call, answer, e);
	json_object_put(body);
	return r;
}

/* --- what came ---------------------------------------------------------- */

static bool
goes_up(const char *path)
{
	const char *s = path;

	while ((s = strstr(s, "..")) != NULL) {
		if ((s == path || s[-1] == '/') &&
		    (s[2] == '/' || s[2] == '\0'))
			return true;
		s += 2;
	}
	return false;
}

/*
 * Where a user's file goes, the CA does not decide alone: below ~/.ssh or
 * $STEPPATH.  For a host it is below /etc/ssh as well.
 */
static int
resolve(const char *path, bool host, char **out, struct sc_error *e)
{
	char *base;

	if (path[0] == '\0' || goes_up(path) ||
	    (path[0] == '~' && !sc_has_prefix(path, "~/.ssh/")) ||
	    (path[0] == '/' && !(host && sc_has_prefix(path, "/etc/ssh/"))))
		return sc_fail(e, SC_ERR_FORBIDDEN,
		    "the CA wants to write \"%.128s\", which is neither below "
		    "~/.ssh nor below $STEPPATH%s",
		    path, host ? " nor below /etc/ssh" : "");
	if (!sc_has_prefix(path, BASE)) {
		*out = sc_output_abs(path);
	} else {
		base = sc_steppath();
		*out = base != NULL ? sc_path_join(base, path + strlen(BASE))
				    : NULL;
		free(base);
	}
	return *out != NULL ? 0 : sc_fail_nomem(e);
}

static const char *
text_of(struct json_object *o, const char *name)
{
	const char *s = NULL;

	return sc_json_get_string(o, name, &s, NULL) == 0 && s != NULL ? s : "";
}

static int
read_item(struct json_object *o, bool host, struct item *it, struct sc_error *e)
{
	const char *content = text_of(o, "content");
	uint8_t *bytes = NULL;
	size_t n = 0;

	*it = (struct item){.name = text_of(o, "name"),
	    .type = text_of(o, "type"),
	    .comment = text_of(o, "comment")};
	if (it->comment[0] == '\0')
		it->comment = "#";
	if (sc_b64_decode(SC_B64_STD, content, strlen(content), &bytes, &n) !=
		0 ||
	    (n > 0 && memchr(bytes, '\0', n) != NULL)) {
		free(bytes);
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the CA sent a file \"%.64s\" that is none", it->name);
	}
	it->content = sc_ssh_edit_program((const char *)bytes);
	free(bytes);
	if (it->content == NULL)
		return sc_fail_nomem(e);
	return resolve(text_of(o, "path"), host, &it->path, e);
}

/* "" when there is none. */
static int
read_old(const char *path, char **old, struct sc_error *e)
{
	size_t n;

	if (sc_file_exists(path))
		return sc_file_read(path, MAX_FILE, old, &n, e);
	*old = sc_strdup("");
	return *old != NULL ? 0 : sc_fail_nomem(e);
}

static int
make_folder(const char *path, struct sc_error *e)
{
	char *folder = sc_strdup(path), *slash;
	int r;

	if (folder == NULL)
		return sc_fail_nomem(e);
	if ((slash = strrchr(folder, '/')) != NULL)
		*slash = '\0';
	r = sc_mkdirs(folder, 0700, e);
	free(folder);
	return r;
}

static int
write_item(const struct item *it, struct sc_error *e)
{
	char *old = NULL, *text = NULL;
	int r;

	if (sc_streq(it->type, "directory"))
		return sc_mkdirs(it->path, 0700, e);
	if ((r = make_folder(it->path, e)) != 0)
		return r;
	if (sc_streq(it->type, "file"))
		return sc_output_put(
		    it->path, it->content, strlen(it->content), 0600, e);
	if ((r = read_old(it->path, &old, e)) != 0)
		return r;
	if (sc_streq(it->type, "snippet"))
		text = sc_ssh_edit_snippet(
		    old, it->content, it->comment, sc_clock_now());
	else if (sc_streq(it->type, "prepend-line"))
		text = sc_ssh_edit_prepend(old, it->content);
	else
		r = sc_fail(e, SC_ERR_UNSUPPORTED,
		    "the CA sent \"%.64s\" of the unknown type \"%.64s\"",
		    it->name, it->type);
	if (r == 0 && text == NULL)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = sc_output_put(it->path, text, strlen(text), 0600, e);
	free(text);
	free(old);
	return r;
}

static int
read_all(struct json_object *list, bool host, struct item *v, size_t n,
    struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		r = read_item(
		    json_object_array_get_idx(list, i), host, &v[i], e);
	return r;
}

/* Whatever may be refused is, before anything is written. */
static int
ask_all(
    const struct sc_args *a, const struct item *v, size_t n, struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < n; i++)
		if (sc_streq(v[i].type, "file"))
			r = sc_output_ask(
			    v[i].path, sc_args_bool(a, "force"), e);
	return r;
}

static int
write_all(
    const struct sc_args *a, const struct item *v, size_t n, struct sc_error *e)
{
	size_t i;
	int r = ask_all(a, v, n, e);

	for (i = 0; r == 0 && i < n; i++)
		if ((r = write_item(&v[i], e)) == 0)
			sc_ui_info("✔ %s", v[i].path);
	return r;
}

static int
use_all(const struct sc_args *a, struct json_object *answer, struct sc_error *e)
{
	const bool host = sc_args_bool(a, "host");
	struct json_object *list = sc_json_member_exact(
	    answer, host ? "hostTemplates" : "userTemplates");
	struct item *v;
	size_t i, n = 0;
	int r;

	if (json_object_is_type(list, json_type_array))
		n = json_object_array_length(list);
	if (n == 0) {
		sc_ui_info("No configuration changes were found.");
		return 0;
	}
	if ((v = calloc(n, sizeof *v)) == NULL)
		return sc_fail_nomem(e);
	r = read_all(list, host, v, n, e);
	if (r == 0 && !sc_args_bool(a, "dry-run"))
		r = write_all(a, v, n, e);
	else
		for (i = 0; r == 0 && i < n; i++)
			printf("%s\n%s\n\n", v[i].path, v[i].content);
	for (i = 0; i < n; i++)
		item_clear(&v[i]);
	free(v);
	return r;
}

static int
config(struct sc_args *a, struct sc_error *e)
{
	struct json_object *data = NULL, *answer = NULL;
	struct sc_ca *ca = NULL;
	int r;

	if (sc_args_bool(a, "roots") || sc_args_bool(a, "federation"))
		return sc_ssh_print_keys(a, e);
	if ((r = sc_ca_from_args(a, &ca, e)) == 0 &&
	    (r = make_data(a, ca, &data, e)) == 0 &&
	    (r = ask(ca, sc_args_bool(a, "host"), data, &answer, e)) == 0)
		r = use_all(a, answer, e);
	json_object_put(answer);
	json_object_put(data);
	sc_ca_free(ca);
	return r;
}

const struct sc_command sc_cmd_ssh_config = {.name = "config",
    .help = "configure ssh or sshd as the CA says, or print its keys",
    .notes = "Writes what the CA's templates make for a user, or with --host "
	     "for a host.  With --roots prints keys instead: those of users "
	     "are for TrustedUserCAKeys of sshd_config; with --host, those "
	     "behind @cert-authority in known_hosts.",
    .options = {options, sc_options_set, sc_options_force, sc_options_ca},
    .run = config};
