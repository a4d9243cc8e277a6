#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/ca/ca_edit.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/cli/ui.h"
#include "config/ca_json.h"
#include "provisioner/provisioner.h"

struct sc_ca_edit {
	char *path; /* of the file itself, no link */
	char *text; /* as it was read; may have a password */
	size_t len;
	struct json_object *root;
};

const struct sc_opt sc_options_ca_edit[] = {
    {.name = "ca-config",
	.arg = "FILE",
	.help = "ca.json of the CA (default $STEPPATH/config/ca.json)"},
    SC_OPT_END};

int
sc_ca_edit_open(
    const struct sc_args *a, struct sc_ca_edit **out, struct sc_error *e)
{
	const char *file = sc_args_str(a, "ca-config");
	struct sc_ca_edit *d = calloc(1, sizeof(*d));
	char real[PATH_MAX];
	int r;

	*out = NULL;
	if (d == NULL)
		return sc_fail_nomem(e);
	d->path =
	    file != NULL ? sc_strdup(file) : sc_output_abs("config/ca.json");
	if (d->path == NULL) {
		r = sc_fail_nomem(e);
		goto out;
	}
	if ((r = sc_file_read(
		 d->path, SC_MAX_CONFIG_FILE, &d->text, &d->len, e)) != 0)
		goto out;
	if (realpath(d->path, real) != NULL) {
		free(d->path);
		d->path = sc_strdup(real);
	}
	if (d->path == NULL)
		r = sc_fail_nomem(e);
	else if ((r = sc_json_parse(d->text, d->len, 0, &d->root, e)) != 0)
		sc_error_prefix(e, "%s", d->path);
	else if (!json_object_is_type(d->root, json_type_object))
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "%s: expected a JSON object", d->path);
out:
	if (r != 0)
		sc_ca_edit_free(d);
	else
		*out = d;
	return r;
}

void
sc_ca_edit_free(struct sc_ca_edit *d)
{
	if (d == NULL)
		return;
	free(d->path);
	sc_freezero(d->text, d->len);
	json_object_put(d->root);
	free(d);
}

const char *
sc_ca_edit_path(const struct sc_ca_edit *d)
{
	return d->path;
}

struct json_object *
sc_ca_edit_root(struct sc_ca_edit *d)
{
	return d->root;
}

/* --- checking ---------------------------------------------------------- */

static int
load(const char *path, struct sc_config **c, struct sc_provisioners **ps,
    struct sc_error *e)
{
	int r;

	if ((r = sc_config_load(path, c, e)) != 0)
		return r;
	if ((r = sc_provisioners_new((*c)->provisioners, &(*c)->claims,
		 &(*c)->dns_names, (*c)->steppath, ps, e)) != 0)
		sc_error_prefix(e, "%s", path);
	return r;
}

/* Nobody whose tokens were good may be shut out by a mistake. */
static int
check_usable(const struct sc_provisioners *before,
    const struct sc_provisioners *after, const char *path, struct sc_error *e)
{
	const struct sc_provisioner *p, *old;
	size_t i;

	for (i = 0; i < sc_provisioners_count(after); i++) {
		p = sc_provisioners_at(after, i);
		if (p->disabled == NULL)
			continue;
		old = before != NULL ? sc_provisioners_by_name(before, p->name)
				     : NULL;
		if (old == NULL || old->disabled == NULL)
			return sc_fail(e, SC_ERR_MALFORMED,
			    "%s: authority.provisioners: \"%s\": %s", path,
			    p->name, p->disabled);
	}
	return 0;
}

/* Would a CA start with the file new? */
static int
validate(const struct sc_ca_edit *d, const char *new_path, struct sc_error *e)
{
	struct sc_config *c[2] = {NULL, NULL};
	struct sc_provisioners *ps[2] = {NULL, NULL};
	int i, r;

	/* A file that is not valid may be made so. */
	(void)load(d->path, &c[0], &ps[0], NULL);
	if ((r = load(new_path, &c[1], &ps[1], e)) == 0)
		r = check_usable(ps[0], ps[1], new_path, e);
	for (i = 0; i < 2; i++) {
		sc_provisioners_free(ps[i]);
		sc_config_free(c[i]);
	}
	return r;
}

/*
 * Alone among those who write the file, until the descriptor is closed: on its
 * folder, because the file itself is replaced.  Where there is no locking (-1)
 * they have to be careful themselves.
 */
static int
lock(const struct sc_ca_edit *d)
{
	char *folder = sc_strdup(d->path);
	char *slash = folder != NULL ? strrchr(folder, '/') : NULL;
	int fd;

	if (slash != NULL)
		slash[slash == folder] = '\0';
	fd = open(
	    slash != NULL ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(folder);
	while (fd != -1 && flock(fd, LOCK_EX) != 0 && errno == EINTR)
		;
	return fd;
}

static int
check_unchanged(const struct sc_ca_edit *d, struct sc_error *e)
{
	char *text = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(d->path, SC_MAX_CONFIG_FILE, &text, &n, e)) != 0)
		return r;
	if (n != d->len || memcmp(text, d->text, n) != 0)
		r = sc_fail(e, SC_ERR_CONFLICT,
		    "%s was changed in the meantime; nothing was written",
		    d->path);
	sc_freezero(text, n);
	return r;
}

/* --- writing ----------------------------------------------------------- */

/* The file that was tried is gone; what is wrong would be in the real one. */
static void
rename_in_message(const char *tried, const char *path, struct sc_error *e)
{
	size_t n = strlen(tried);
	char *rest;

	if (!sc_has_prefix(e->msg, tried) ||
	    (rest = sc_strdup(e->msg + n)) == NULL)
		return;
	(void)snprintf(e->msg, sizeof(e->msg), "%s%s", path, rest);
	free(rest);
}

/* Beside the file, because paths in it may be relative to its folder. */
static int
try_new(const struct sc_ca_edit *d, const struct sc_buf *b, struct sc_error *e)
{
	char *new_path = sc_asprintf("%s.new-%ld", d->path, (long)getpid());
	int r;

	if (new_path == NULL)
		return sc_fail_nomem(e);
	r = sc_file_write_like(
	    new_path, d->path, sc_buf_data(b), sc_buf_len(b), 0600, e);
	if (r == 0 && (r = validate(d, new_path, e)) != 0)
		rename_in_message(new_path, d->path, e);
	(void)unlink(new_path);
	free(new_path);
	return r;
}

static int
replace(const struct sc_ca_edit *d, const struct sc_buf *b, struct sc_error *e)
{
	char *old = sc_asprintf("%s.old", d->path);
	struct stat st;
	mode_t mode = stat(d->path, &st) == 0 ? st.st_mode & 0777 : 0600;
	int r;

	if (old == NULL)
		return sc_fail_nomem(e);
	r = sc_file_write_like(old, d->path, d->text, d->len, mode, e);
	if (r == 0)
		r = sc_output_put(
		    d->path, sc_buf_data(b), sc_buf_len(b), 0600, e);
	if (r == 0)
		sc_ui_info("%s is written, %s is what it was; the workers read "
			   "it at their next reload.",
		    d->path, old);
	free(old);
	return r;
}

int
sc_ca_edit_save(struct sc_ca_edit *d, struct sc_error *e)
{
	struct sc_buf *b = sc_buf_new(SC_MAX_CONFIG_FILE);
	int fd, r;

	(void)sc_json_put(b, d->root, "\t");
	(void)sc_buf_putc(b, '\n');
	if ((r = sc_buf_error(b)) != 0)
		(void)sc_fail(e, r, "%s: %s", d->path, sc_err_text(r));
	else if ((r = try_new(d, b, e)) == 0) {
		fd = lock(d);
		if ((r = check_unchanged(d, e)) == 0)
			r = replace(d, b, e);
		if (fd != -1)
			(void)close(fd);
	}
	sc_buf_free(b);
	return r;
}

void
sc_ca_edit_warn_secret(const struct sc_ca_edit *d)
{
	struct stat st;

	if (stat(d->path, &st) == 0 && (st.st_mode & S_IROTH) != 0)
		sc_ui_info("%s has a secret in it, and everybody on this "
			   "machine can read it.",
		    d->path);
}

/* --- members ----------------------------------------------------------- */

int
sc_ca_edit_member(struct json_object *o, const char *name, bool make,
    struct json_object **out, struct sc_error *e)
{
	*out = sc_json_member(o, name);
	if (*out != NULL && !json_object_is_type(*out, json_type_object)) {
		*out = NULL;
		return sc_fail(
		    e, SC_ERR_MALFORMED, "%s: expected an object", name);
	}
	if (*out != NULL || !make)
		return 0;
	sc_ca_edit_remove(o, name); /* null */
	if ((*out = json_object_new_object()) == NULL)
		return sc_fail_nomem(e);
	if (json_object_object_add(o, name, *out) != 0) {
		json_object_put(*out);
		*out = NULL;
		return sc_fail_nomem(e);
	}
	return 0;
}

int
sc_ca_edit_provisioner(struct sc_ca_edit *d, const char *name,
    struct json_object **out, struct sc_error *e)
{
	struct json_object *a = NULL, *l = NULL, *p;
	const char *s;
	size_t i;
	int r;

	*out = NULL;
	if ((r = sc_ca_edit_member(d->root, "authority", false, &a, e)) != 0 ||
	    (a != NULL &&
		(r = sc_json_get_array(a, "provisioners", &l, e)) != 0))
		return r;
	for (i = 0; l != NULL && i < json_object_array_length(l); i++) {
		p = json_object_array_get_idx(l, i);
		s = NULL;
		if (json_object_is_type(p, json_type_object) &&
		    sc_json_get_string(p, "name", &s, NULL) == 0 &&
		    sc_streq(s, name)) {
			*out = p;
			return 0;
		}
	}
	return sc_fail(e, SC_ERR_NOT_FOUND,
	    "error loading provisioner: provisioner %s not found", name);
}

void
sc_ca_edit_remove(struct json_object *o, const char *name)
{
	json_object_object_foreach(o, key, v)
	{
		(void)v;
		if (sc_strcaseeq(key, name)) {
			json_object_object_del(o, key);
			return;
		}
	}
}

int
sc_ca_edit_set(struct json_object *o, const char *name, struct json_object *v,
    struct sc_error *e)
{
	if (v == NULL)
		return sc_fail_nomem(e);
	if (!json_object_object_get_ex(o, name, NULL))
		sc_ca_edit_remove(o, name);
	if (json_object_object_add(o, name, v) != 0) {
		json_object_put(v);
		return sc_fail_nomem(e);
	}
	return 0;
}
