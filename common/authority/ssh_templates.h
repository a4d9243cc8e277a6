/*
 * The built-in templates of SSH configuration files, which "stepc ca init
 * --ssh" writes out as well.
 */
#ifndef SC_AUTHORITY_SSH_TEMPLATES_H
#define SC_AUTHORITY_SSH_TEMPLATES_H

#include <stddef.h>

struct sc_ssh_template {
	const char *set; /* "user" or "host" */
	const char *file, *type, *path;
	const char *const requires[3]; /* NULL behind the last */
	const char *text;
};
const struct sc_ssh_template *sc_ssh_templates(size_t *n);

#endif
