/*
 * ca ssh enable: SSH for a CA that was made without.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "authority/pki.h"
#include "authority/pki_provisioner.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/ca/pki_files.h"
#include "client/cli/options.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "config/ca_json.h"
#include "crypto/key.h"

static const struct sc_opt options[] = {
    {.name = "provisioner",
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "who may sign SSH certificates (default: every JWK "
		"provisioner that does not say otherwise)"},
    {.name = "password-file",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "file with the password of the CA's keys, the new ones "
		"included"},
    SC_OPT_END};

struct job {
	const struct sc_args *a;
	struct sc_ca_edit *edit;
	struct sc_config *config;
	char *password; /* NULL: the CA's key has none */
	struct sc_pki_ssh what;
	struct sc_pki pki;
};

static void
job_clear(struct job *j)
{
	sc_ca_edit_free(j->edit);
	sc_config_free(j->config);
	sc_free_secret(j->password);
	sc_pki_clear(&j->pki);
}

/* --- the password ------------------------------------------------------- */

static int
ask(void *arg, const char *what, char **pw, struct sc_error *e)
{
	struct job *j = arg;
	struct sc_secret_source from = {sc_args_str(j->a, "password-file")};
	int r = 0;

	if (from.file == NULL && j->config->password[0] != '\0')
		j->password = sc_strdup(j->config->password);
	else if ((r = sc_secret_for_key(&from, what, &j->password, e)) != 0)
		return r;
	*pw = j->password != NULL ? sc_strdup(j->password) : NULL;
	return *pw != NULL ? 0 : sc_fail_nomem(e);
}

/*
 * The workers know one password for all keys: it has to be that of the
 * issuing key, which is opened with it.
 */
static int
get_password(struct job *j, struct sc_error *e)
{
	struct sc_key *key = NULL;
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(j->config->key, SC_MAX_PEM_FILE, &pem, &n, e)) !=
	    0)
		return r;
	r = sc_key_from_pem(pem, n, j->config->key, ask, j, &key, e);
	sc_freezero(pem, n);
	sc_key_free(key);
	return r;
}

/* --- ca.json ------------------------------------------------------------ */

static int
put(struct json_object *o, const char *name, struct json_object *v,
    struct sc_error *e)
{
	sc_ca_edit_remove(o, name);
	if (v != NULL && json_object_object_add(o, name, v) == 0)
		return 0;
	json_object_put(v);
	return sc_fail_nomem(e);
}

static int
put_path(struct json_object *o, const char *name, const char *steppath,
    const char *rel, struct sc_error *e)
{
	char *path = sc_path_join(steppath, rel);
	int r = path != NULL ? put(o, name, json_object_new_string(path), e)
			     : sc_fail_nomem(e);

	free(path);
	return r;
}

static bool
is_type(struct json_object *p, const char *type)
{
	const char *s = NULL;

	return sc_json_get_string(p, "type", &s, NULL) == 0 && s != NULL &&
	    sc_strcaseeq(s, type);
}

/* Unless by_name: not where ca.json has something to say of it already. */
static int
allow(struct json_object *p, bool by_name, struct sc_error *e)
{
	struct json_object *claims = NULL;
	int r = sc_ca_edit_member(p, "claims", true, &claims, e);

	if (r != 0 || (!by_name && sc_json_member(claims, "enableSSHCA")))
		return r;
	return put(claims, "enableSSHCA", json_object_new_boolean(1), e);
}

static int
allow_named(struct job *j, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(j->a, "provisioner");
	struct json_object *p;
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < l->n; i++)
		if ((r = sc_ca_edit_provisioner(j->edit, l->v[i], &p, e)) == 0)
			r = allow(p, true, e);
	return r;
}

static int
add_sshpop(struct job *j, struct json_object *list, struct sc_error *e)
{
	struct sc_error none = SC_ERROR_INIT;
	struct json_object *p;
	char *name = sc_strdup("sshpop");
	unsigned n = 1;

	while (name != NULL &&
	    sc_ca_edit_provisioner(j->edit, name, &p, &none) == 0) {
		free(name);
		name = sc_asprintf("sshpop-%u", n++);
	}
	p = name != NULL ? sc_pki_sshpop_provisioner(name) : NULL;
	free(name);
	if (p != NULL && json_object_array_add(list, p) == 0)
		return 0;
	json_object_put(p);
	return sc_fail_nomem(e);
}

static int
edit_provisioners(struct job *j, struct sc_error *e)
{
	struct json_object *authority, *list = NULL, *p;
	bool all = !sc_args_given(j->a, "provisioner"), pop = false;
	size_t i;
	int r;

	if ((r = sc_ca_edit_member(sc_ca_edit_root(j->edit), "authority", true,
		 &authority, e)) != 0 ||
	    (r = sc_json_get_array(authority, "provisioners", &list, e)) != 0)
		return r;
	if (list == NULL) {
		list = json_object_new_array();
		if ((r = put(authority, "provisioners", list, e)) != 0)
			return r;
	}
	for (i = 0; r == 0 && i < json_object_array_length(list); i++) {
		p = json_object_array_get_idx(list, i);
		pop = pop || is_type(p, "SSHPOP");
		if (all && is_type(p, "JWK"))
			r = allow(p, false, e);
	}
	if (r == 0)
		r = allow_named(j, e);
	return r != 0 || pop ? r : add_sshpop(j, list, e);
}

static int
edit(struct job *j, struct sc_error *e)
{
	struct json_object *root = sc_ca_edit_root(j->edit), *ssh;
	const char *base = j->config->steppath;
	int r;

	if ((r = sc_ca_edit_member(root, "ssh", true, &ssh, e)) != 0)
		return r;
	if (j->what.host)
		r = put_path(ssh, "hostKey", base, SC_PKI_SSH_HOST_KEY, e);
	if (r == 0 && j->what.user)
		r = put_path(ssh, "userKey", base, SC_PKI_SSH_USER_KEY, e);
	if (r == 0 && j->what.templates)
		r = put(root, "templates", sc_pki_ssh_templates_json(), e);
	return r == 0 ? edit_provisioners(j, e) : r;
}

/* --- all of it ---------------------------------------------------------- */

static int
open_all(struct job *j, struct sc_error *e)
{
	const char *path;
	int r;

	if ((r = sc_ca_edit_open(j->a, &j->edit, e)) != 0)
		return r;
	path = sc_ca_edit_path(j->edit);
	if ((r = sc_config_load(path, &j->config, e)) != 0)
		return r;
	j->what.user = j->config->ssh.user_key[0] == '\0';
	j->what.host = j->config->ssh.host_key[0] == '\0';
	j->what.templates =
	    sc_json_member(sc_ca_edit_root(j->edit), "templates") == NULL;
	return j->what.user || j->what.host
	    ? 0
	    : sc_fail(
		  e, SC_ERR_CONFLICT, "%s has both keys for SSH already", path);
}

/* Keys that no ca.json names are of no use. */
static void
take_back(const struct sc_pki *pki)
{
	size_t i;

	for (i = 0; i < pki->n; i++)
		if (pki->files[i].data != NULL)
			(void)unlink(pki->files[i].path);
}

static void
tell(const struct sc_pki *pki)
{
	size_t i;

	for (i = 0; i < pki->n; i++)
		if (pki->files[i].label != NULL)
			sc_ui_status(pki->files[i].label, pki->files[i].path);
}

static int
enable(struct sc_args *a, struct sc_error *e)
{
	struct job j = {.a = a};
	int r;

	if ((r = open_all(&j, e)) != 0 || (r = get_password(&j, e)) != 0 ||
	    (r = edit(&j, e)) != 0 ||
	    (r = sc_pki_create_ssh(
		 j.config->steppath, j.password, &j.what, &j.pki, e)) != 0 ||
	    (r = sc_pki_files_ask(&j.pki, false, e)) != 0 ||
	    (r = sc_pki_files_write(&j.pki, e)) != 0)
		goto out;
	if ((r = sc_ca_edit_save(j.edit, e)) != 0)
		take_back(&j.pki);
	else
		tell(&j.pki);
out:
	job_clear(&j);
	return r;
}

static const struct sc_command cmd_enable = {.name = "enable",
    .help = "make keys for SSH certificates, and put them into ca.json",
    .notes = "The next reload of the workers makes an SSH authority of the "
	     "CA.  A key that ca.json has already stays.",
    .options = {options, sc_options_ca_edit},
    .run = enable};

static const struct sc_command *const subs[] = {&cmd_enable, NULL};

const struct sc_command sc_cmd_ca_ssh = {.name = "ssh",
    .help = "let the CA sign SSH certificates, too",
    .subs = subs};
