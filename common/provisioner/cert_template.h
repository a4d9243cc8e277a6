/*
 * A provisioner's template of the certificates it grants: options.x509 and
 * options.ssh of ca.json (x509.md section 8, ssh.md of the wire contract).
 */
#ifndef SC_PROVISIONER_CERT_TEMPLATE_H
#define SC_PROVISIONER_CERT_TEMPLATE_H

struct json_object;
struct sc_error;
struct sc_buf;
struct sc_template;
struct sc_tpl_data;

struct sc_cert_template {
	struct sc_template *text; /* parsed, or NULL: the built-in one */
	struct json_object *data; /* templateData, borrowed; NULL: none */
};

/*
 * Read options[which] (may be absent; borrowed, must outlive the result):
 * template, a text or the base64 of one, else templateFile, a path relative to
 * steppath.  *out is NULL when there is neither a template nor data.
 * MALFORMED, with line and column of what is wrong in a template; NOT_FOUND
 * and so on for a file.
 */
int sc_cert_template_new(struct json_object *options, const char *which,
    const char *steppath, struct sc_cert_template **out, struct sc_error *e);
/* Give *t, which may be NULL, this text where it has none. */
int sc_cert_template_default(
    struct sc_cert_template **t, const char *text, struct sc_error *e);
/* Let there be one, of no text and no data, where *t is NULL. */
int sc_cert_template_ensure(struct sc_cert_template **t, struct sc_error *e);
void sc_cert_template_free(struct sc_cert_template *t);

/*
 * Append to out the JSON that t, or builtin where t has no text, makes of d,
 * in which the caller has let t's data stand in for what was there.  MALFORMED,
 * with what the template says, when it fails the request; NOMEM; else INTERNAL,
 * and the details are for the log.
 */
int sc_cert_template_run(const struct sc_cert_template *t, const char *builtin,
    struct sc_tpl_data *d, struct sc_buf *out, struct sc_error *e);

#endif
