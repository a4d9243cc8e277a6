/*
 * A web server in memory: parameters from a list, a body from a string.
 */
#ifndef SC_T_WEB_KIT_H
#define SC_T_WEB_KIT_H

#include <stddef.h>

#include "web/request.h"

struct web_kit {
	const char *const *params; /* name, value, ..., NULL */
	const char *body;
	size_t body_len; /* what there is, whatever CONTENT_LENGTH says */
	size_t piece; /* most bytes of one read; 0 = all */
	size_t taken;
};

/* sc_param_fn and sc_read_fn over a struct web_kit. */
const char *web_kit_param(void *arg, const char *name);
size_t web_kit_read(void *arg, void *p, size_t n);

#endif
