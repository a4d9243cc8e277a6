/*
 * What the built-in templates of SSH configuration files (ssh_templates.h)
 * give, written down in C.
 */
#ifndef SC_AUTHORITY_SSH_RENDER_H
#define SC_AUTHORITY_SSH_RENDER_H

struct json_object;
struct sc_authority;
struct sc_buf;

/* data is an object of strings, or NULL.  Errors stick to out. */
typedef void sc_ssh_render_fn(const struct sc_authority *ca,
    struct json_object *data, struct sc_buf *out);
/* For the template whose text this is; NULL when it is none of them. */
sc_ssh_render_fn *sc_ssh_render_find(const char *text);

#endif
