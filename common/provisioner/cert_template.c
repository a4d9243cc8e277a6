#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/file.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "provisioner/cert_template.h"
#include "template/template.h"

#define BLANKS " \t\r\n"

void
sc_cert_template_free(struct sc_cert_template *t)
{
	if (t == NULL)
		return;
	sc_template_free(t->text);
	free(t);
}

/* The member template: its text, or what its base64 holds. */
static int
from_member(const char *s, const char *which, struct sc_template **out,
    struct sc_error *e)
{
	uint8_t *text = NULL;
	size_t n = strlen(s);
	int r;

	if (s[strspn(s, BLANKS)] == '{') {
		r = sc_template_parse(s, n, out, e);
	} else if (sc_b64_decode(SC_B64_STD, s, n, &text, &n) != 0) {
		return sc_fail(e, SC_ERR_MALFORMED,
		    "options.%s.template: neither begins with { nor is base64",
		    which);
	} else {
		r = sc_template_parse((const char *)text, n, out, e);
		free(text);
	}
	if (r != 0)
		sc_error_prefix(e, "options.%s.template", which);
	return r;
}

static int
from_file(const char *name, const char *which, const char *steppath,
    struct sc_template **out, struct sc_error *e)
{
	char *path = name[0] == '/' || steppath == NULL
	    ? sc_strdup(name)
	    : sc_asprintf("%s/%s", steppath, name);
	char *text = NULL;
	size_t n = 0;
	int r;

	if (path == NULL)
		return sc_fail_nomem(e);
	if ((r = sc_file_read(path, SC_MAX_TEMPLATE, &text, &n, e)) == 0 &&
	    (r = sc_template_parse(text, n, out, e)) != 0)
		sc_error_prefix(e, "%s", path);
	if (r != 0)
		sc_error_prefix(e, "options.%s.templateFile", which);
	free(text);
	free(path);
	return r;
}

int
sc_cert_template_new(struct json_object *options, const char *which,
    const char *steppath, struct sc_cert_template **out, struct sc_error *e)
{
	struct json_object *o = NULL, *data = NULL;
	struct sc_cert_template *t = NULL;
	const char *text = NULL, *file = NULL;
	int r;

	*out = NULL;
	if ((r = sc_json_get_object(options, which, &o, e)) != 0 || o == NULL)
		return r;
	if ((r = sc_json_get_string(o, "template", &text, e)) != 0 ||
	    (r = sc_json_get_string(o, "templateFile", &file, e)) != 0 ||
	    (r = sc_json_get_object(o, "templateData", &data, e)) != 0) {
		sc_error_prefix(e, "options.%s", which);
		return r;
	}
	if (data != NULL && json_object_object_length(data) == 0)
		data = NULL;
	if ((t = calloc(1, sizeof(*t))) == NULL)
		return sc_fail_nomem(e);
	t->data = data;
	if (text != NULL && text[0] != '\0')
		r = from_member(text, which, &t->text, e);
	else if (file != NULL && file[0] != '\0')
		r = from_file(file, which, steppath, &t->text, e);
	if (r == 0 && (t->text != NULL || t->data != NULL)) {
		*out = t;
		t = NULL; /* transferred */
	}
	sc_cert_template_free(t);
	return r;
}

int
sc_cert_template_default(
    struct sc_cert_template **t, const char *text, struct sc_error *e)
{
	int r = sc_cert_template_ensure(t, e);

	return r != 0 || (*t)->text != NULL
	    ? r
	    : sc_template_parse(text, strlen(text), &(*t)->text, e);
}

int
sc_cert_template_ensure(struct sc_cert_template **t, struct sc_error *e)
{
	if (*t == NULL && (*t = calloc(1, sizeof(**t))) == NULL)
		return sc_fail_nomem(e);
	return 0;
}

/* A template's own word is for who asked; its mistakes are for the log. */
static int
failed(int r, struct sc_error *e)
{
	char said[sizeof(e->client)];

	sc_error_prefix(e, "template");
	if (r == SC_ERR_NOMEM || e == NULL)
		return r;
	if (r != SC_ERR_FORBIDDEN) {
		e->client[0] = '\0';
		return e->code = SC_ERR_INTERNAL;
	}
	memcpy(said, e->client, sizeof(said));
	sc_error_client(e, "%s", said);
	return e->code = SC_ERR_MALFORMED;
}

int
sc_cert_template_run(const struct sc_cert_template *t, const char *builtin,
    struct sc_tpl_data *d, struct sc_buf *out, struct sc_error *e)
{
	struct sc_template *own = NULL;
	int r = 0;

	if (t->text == NULL)
		r = sc_template_parse(builtin, strlen(builtin), &own, e);
	if (r == 0)
		r = sc_template_exec_json(
		    t->text != NULL ? t->text : own, d, out, e);
	if (r == 0 && (r = sc_buf_error(out)) != 0)
		(void)sc_fail(e, r, "writes too much");
	sc_template_free(own);
	return r == 0 ? 0 : failed(r, e);
}
