#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/internal.h"
#include "authority/ssh_config.h"
#include "authority/ssh_keys.h"
#include "authority/ssh_templates.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "config/ca_json.h"
#include "crypto/ssh_key.h"
#include "template/data.h"
#include "template/template.h"

#define DATA_VERSION "StepSSHTemplateVersion"
#define INCLUDES "step_includes.tpl"
#define BASE "${STEPPATH}/"

/* One template, ready; strings borrowed from the configuration or static. */
struct item {
	bool host;
	const char *name, *type, *path, *comment;
	struct sc_strlist requires;
	struct sc_template *text; /* NULL for a folder */
};

struct sc_ssh_config_state {
	struct item *v;
	size_t n;
};

void
sc_ssh_config_state_free(struct sc_ssh_config_state *st)
{
	if (st == NULL)
		return;
	while (st->n > 0) {
		st->n--;
		sc_strlist_clear(&st->v[st->n].requires);
		sc_template_free(st->v[st->n].text);
	}
	free(st->v);
	free(st);
}

/* --- reading ----------------------------------------------------------- */

/* Whatever is wrong with a template is our fault, not the client's. */
static int
ours(int r, struct sc_error *e)
{
	if (r == 0 || r == SC_ERR_NOMEM)
		return r;
	if (e != NULL) {
		e->code = SC_ERR_INTERNAL;
		e->client[0] = '\0';
	}
	return SC_ERR_INTERNAL;
}

static int
require(struct item *it, const char *key, struct sc_error *e)
{
	if (sc_strlist_has(&it->requires, key))
		return 0;
	return sc_strlist_add(&it->requires, key) != 0 ? sc_fail_nomem(e) : 0;
}

static const struct sc_ssh_template *
builtin(const char *name)
{
	const struct sc_ssh_template *v;
	size_t i, n;

	v = sc_ssh_templates(&n);
	for (i = 0; i < n; i++)
		if (sc_streq(v[i].file, name))
			return &v[i];
	return NULL;
}

/*
 * Configurations of old do not say what the built-in template of a host needs.
 */
static int
add_requires(struct item *it, const struct sc_strlist *list, const char *text,
    struct sc_error *e)
{
	const struct sc_ssh_template *b = builtin(it->name);
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && list != NULL && i < list->n; i++)
		r = require(it, list->v[i], e);
	if (b == NULL || !sc_streq(b->text, text))
		return r;
	for (i = 0; r == 0 && b->requires[i] != NULL; i++)
		r = require(it, b->requires[i], e);
	return r;
}

static int
read_configured(
    struct item *it, const struct sc_config_ssh_template *c, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	*it = (struct item){.host = c->host,
	    .name = c->name,
	    .type = c->type,
	    .path = c->path,
	    .comment = c->comment};
	if (sc_streq(c->type, "directory"))
		return 0;
	r = sc_file_read(c->template, SC_MAX_TEMPLATE, &text, &n, e);
	if (r == 0 && (r = sc_template_parse(text, n, &it->text, e)) != 0)
		sc_error_prefix(e, "%s", c->template);
	if (r == 0)
		r = add_requires(it, &c->requires, text, e);
	free(text);
	return ours(r, e);
}

static int
read_builtin(
    struct item *it, const struct sc_ssh_template *b, struct sc_error *e)
{
	int r;

	*it = (struct item){.host = sc_streq(b->set, "host"),
	    .name = b->file,
	    .type = b->type,
	    .path = b->path,
	    .comment = "#"};
	r = sc_template_parse(b->text, strlen(b->text), &it->text, e);
	return r != 0 ? r : add_requires(it, NULL, b->text, e);
}

static int
read_all(const struct sc_config_ssh_templates *c,
    struct sc_ssh_config_state *st, struct sc_error *e)
{
	const struct sc_ssh_template *b;
	size_t i, n = c->n;
	int r = 0;

	b = sc_ssh_templates(c->present ? &i : &n);
	if ((st->v = calloc(n + 1, sizeof(*st->v))) == NULL)
		return sc_fail_nomem(e);
	for (i = 0; r == 0 && i < n; i++) {
		st->n++;
		r = c->present ? read_configured(&st->v[i], &c->v[i], e)
			       : read_builtin(&st->v[i], &b[i], e);
	}
	return r;
}

static int
open_state(struct sc_authority *ca, struct sc_error *e)
{
	struct sc_ssh_config_state *st;
	int r;

	if (ca->ssh_config != NULL)
		return 0;
	if ((st = calloc(1, sizeof(*st))) == NULL)
		return sc_fail_nomem(e);
	if ((r = read_all(&ca->config->ssh_templates, st, e)) != 0)
		sc_ssh_config_state_free(st);
	else
		ca->ssh_config = st;
	return r;
}

/* --- the answer -------------------------------------------------------- */

static void
put_text(struct sc_buf *out, const char *sep, const char *name, const char *s)
{
	(void)sc_buf_putf(out, "%s\"%s\":", sep, name);
	(void)sc_json_put_string(out, s, strlen(s));
}

/* Clients of old know neither the type nor the path of this one. */
static void
put_head(const struct item *it, struct json_object *data, struct sc_buf *out)
{
	const char *type = it->type, *path = it->path;

	if (sc_streq(it->name, INCLUDES) &&
	    (data == NULL ||
		sc_json_member_exact(data, DATA_VERSION) == NULL)) {
		type = "file";
		if (sc_has_prefix(path, BASE))
			path += strlen(BASE);
	}
	put_text(out, "{", "name", it->name);
	put_text(out, ",", "type", type);
	put_text(out, ",", "path", path);
	put_text(out, ",", "comment", it->comment);
}

/* As Go's ssh.PublicKey, of which templates call Type and Marshal. */
static struct sc_tpl_val *
key_value(struct sc_tpl_data *d, const struct sc_ssh_key *k)
{
	struct sc_tpl_val *v = sc_tpl_struct(d, "ssh.PublicKey");
	const uint8_t *blob;
	size_t n;

	blob = sc_ssh_key_blob(k, &n);
	sc_tpl_field(d, v, "Type", NULL, sc_tpl_string(d, sc_ssh_key_type(k)));
	sc_tpl_field(d, v, "Marshal", NULL, sc_tpl_bytes(d, blob, n));
	return v;
}

/* The active key of a type, and those of other authorities. */
static void
set_keys(const struct sc_authority *ca, struct sc_tpl_data *d,
    struct sc_tpl_val *ssh, enum sc_ssh_cert_type type, const char *active,
    const char *federated)
{
	struct sc_tpl_val *list = sc_tpl_list(d, "[]ssh.PublicKey");
	const struct sc_ssh_key *k = sc_authority_ssh_active(ca, type);
	size_t i = 0;

	if (k != NULL) {
		sc_tpl_field(d, ssh, active, NULL, key_value(d, k));
		i = 1; /* it is the first of all, then */
	}
	for (; (k = sc_authority_ssh_federated(ca, type, i)) != NULL; i++)
		sc_tpl_list_add(d, list, key_value(d, k));
	sc_tpl_field(d, ssh, federated, NULL, list);
}

static int
render(struct sc_authority *ca, const struct sc_template *t,
    struct json_object *data, struct sc_buf *out, struct sc_error *e)
{
	struct sc_tpl_data *d = sc_tpl_data_new();
	struct sc_tpl_val *ssh, *step;
	int r;

	if (d == NULL)
		return sc_fail_nomem(e);
	ssh = sc_tpl_struct(d, "templates.StepSSH");
	set_keys(ca, d, ssh, SC_SSH_HOST, "HostKey", "HostFederatedKeys");
	set_keys(ca, d, ssh, SC_SSH_USER, "UserKey", "UserFederatedKeys");
	step = sc_tpl_struct(d, "templates.Step");
	sc_tpl_field(d, step, "SSH", NULL, ssh);
	sc_tpl_data_merge(d, ca->config->ssh_templates.data);
	sc_tpl_data_set(d, "Step", step);
	if (data != NULL && json_object_object_length(data) > 0)
		sc_tpl_data_set(d, "User", sc_tpl_json(d, data));
	r = sc_template_exec(t, d, out, e);
	sc_tpl_data_free(d);
	return ours(r, e);
}

static int
put_item(struct sc_authority *ca, const struct item *it,
    struct json_object *data, struct sc_buf *out, struct sc_error *e)
{
	struct sc_buf *text = sc_buf_new(SC_MAX_RESPONSE);
	int r = 0;

	if (it->text != NULL &&
	    (r = render(ca, it->text, data, text, e)) != 0) {
		sc_error_prefix(e, "%s", it->name);
		sc_buf_free(text);
		return r;
	}
	if ((r = sc_buf_error(text)) == 0) {
		put_head(it, data, out);
		(void)sc_buf_puts(out, ",\"content\":\"");
		(void)sc_b64_put(
		    out, SC_B64_STD, sc_buf_data(text), sc_buf_len(text));
		(void)sc_buf_puts(out, "\"}");
	}
	sc_buf_free(text);
	return r != 0 ? sc_fail(e, r, "%s: %s", it->name, sc_err_text(r)) : 0;
}

static int
check_requires(
    const struct item *it, struct json_object *data, struct sc_error *e)
{
	size_t i;

	for (i = 0; i < it->requires.n; i++)
		if (data == NULL ||
		    sc_json_member_exact(data, it->requires.v[i]) == NULL)
			return sc_fail_client(e, SC_ERR_MALFORMED,
			    "required variable '%s' is missing, please use "
			    "`--set <key=value>` flag",
			    it->requires.v[i]);
	return 0;
}

static int
check_data(struct json_object *data, struct sc_error *e)
{
	if (data == NULL)
		return 0;
	json_object_object_foreach(data, key, v)
	{
		(void)key;
		if (!json_object_is_type(v, json_type_string))
			return sc_fail_client(
			    e, SC_ERR_MALFORMED, "error decoding json");
	}
	return 0;
}

int
sc_ssh_config_json(struct sc_authority *ca, bool host, struct json_object *data,
    struct sc_buf *out, struct sc_error *e)
{
	const char *sep = "";
	size_t i;
	int r;

	if (ca->ssh == NULL)
		return sc_fail(e, SC_ERR_NOT_FOUND, "no SSH authority");
	if ((r = check_data(data, e)) != 0 || (r = open_state(ca, e)) != 0)
		return r;
	(void)sc_buf_putc(out, '{');
	for (i = 0; i < ca->ssh_config->n; i++) {
		const struct item *it = &ca->ssh_config->v[i];

		if (it->host != host)
			continue;
		if ((r = check_requires(it, data, e)) != 0)
			return r;
		if (sep[0] == '\0')
			(void)sc_buf_putf(
			    out, "\"%sTemplates\":[", host ? "host" : "user");
		(void)sc_buf_puts(out, sep);
		if ((r = put_item(ca, it, data, out, e)) != 0)
			return r;
		sep = ",";
	}
	(void)sc_buf_puts(out, sep[0] != '\0' ? "]}" : "}");
	r = sc_buf_error(out);
	return r != 0 ? sc_fail(e, r, "cannot build the response") : 0;
}
