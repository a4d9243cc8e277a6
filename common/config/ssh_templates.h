/*
 * The member "templates" of ca.json: files of SSH configuration that clients
 * and hosts are to have.
 */
#ifndef SC_CONFIG_SSH_TEMPLATES_H
#define SC_CONFIG_SSH_TEMPLATES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"

struct json_object;
struct sc_error;

/* Strings are owned, "" when the member is absent. */
struct sc_config_ssh_template {
	bool host; /* else for users */
	char *name;
	char *type; /* "snippet", "file", "prepend-line", "directory" */
	char *template; /* absolute path of its text; of no directory */
	char *path; /* where the result goes */
	char *comment; /* what begins a comment there */
	struct sc_strlist requires; /* keys that a request must have */
};

struct sc_config_ssh_templates { /* zero-initialise; clear when done */
	bool present; /* there is a member templates.ssh */
	struct sc_config_ssh_template *v; /* in their order, users' first */
	size_t n;
	struct json_object *data; /* borrowed; NULL: none */
};

/*
 * Read it from the top of ca.json; paths are relative to steppath.
 * MALFORMED names the member.
 */
int sc_config_ssh_templates_load(struct json_object *root, const char *steppath,
    struct sc_config_ssh_templates *out, struct sc_error *e);
void sc_config_ssh_templates_clear(struct sc_config_ssh_templates *c);

#endif
