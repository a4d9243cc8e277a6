/*
 * Files of SSH configuration for clients and hosts, made from templates
 * (ssh.md section 10 of the wire contract).
 */
#ifndef SC_AUTHORITY_SSH_CONFIG_H
#define SC_AUTHORITY_SSH_CONFIG_H

#include <stdbool.h>

struct json_object;
struct sc_authority;
struct sc_buf;
struct sc_error;

/*
 * {"userTemplates":[...]} or with host {"hostTemplates":[...]}, appended to
 * out.  data is the request's, an object of strings, or NULL: it is .User of
 * the templates, which are those of ca.json, else the built-in ones.  Their
 * files are read when they are first needed; they must have the text of a
 * built-in one.
 *
 * NOT_FOUND (no SSH authority), MALFORMED (a value that is no string; a
 * variable that a template requires is missing), UNSUPPORTED (another text),
 * INTERNAL (a file cannot be read: the log says why).
 */
int sc_ssh_config_json(struct sc_authority *ca, bool host,
    struct json_object *data, struct sc_buf *out, struct sc_error *e);

/* What a worker keeps of them; for authority.c. */
struct sc_ssh_config_state;
void sc_ssh_config_state_free(struct sc_ssh_config_state *st);

#endif
