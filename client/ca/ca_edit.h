/*
 * Changing ca.json: read, changed in memory, and replaced by one rename only
 * when a CA would start with it; the one before is kept as ca.json.old.
 */
#ifndef SC_CLIENT_CA_EDIT_H
#define SC_CLIENT_CA_EDIT_H

#include <stdbool.h>

#include "client/command.h"

struct json_object;
struct sc_args;
struct sc_ca_edit;
struct sc_error;

/* --ca-config */
extern const struct sc_opt sc_options_ca_edit[];

int sc_ca_edit_open(
    const struct sc_args *a, struct sc_ca_edit **out, struct sc_error *e);
void sc_ca_edit_free(struct sc_ca_edit *d);
const char *sc_ca_edit_path(const struct sc_ca_edit *d);
/* The whole document; borrowed, and to be changed in place. */
struct json_object *sc_ca_edit_root(struct sc_ca_edit *d);
/*
 * Write it.  MALFORMED when it is not valid, a provisioner that was usable
 * included that no longer would be; CONFLICT when the file was changed by
 * others in the meantime.  Then the old file is as it was.
 */
int sc_ca_edit_save(struct sc_ca_edit *d, struct sc_error *e);

/* Say so when others on the machine can read it, now that it has secrets. */
void sc_ca_edit_warn_secret(const struct sc_ca_edit *d);

/*
 * The object that is a member of o, made when there is none (and make).  A
 * member that is no object is MALFORMED; *out is NULL when there is none.
 */
int sc_ca_edit_member(struct json_object *o, const char *name, bool make,
    struct json_object **out, struct sc_error *e);
/* The entry of that name in authority.provisioners.  NOT_FOUND. */
int sc_ca_edit_provisioner(struct sc_ca_edit *d, const char *name,
    struct json_object **out, struct sc_error *e);
/*
 * Set a member, in its place when there is one of that name in any case.
 * Takes v; a v of NULL is NOMEM.
 */
int sc_ca_edit_set(struct json_object *o, const char *name,
    struct json_object *v, struct sc_error *e);
/* Without the member of that name, whatever its case. */
void sc_ca_edit_remove(struct json_object *o, const char *name);

#endif
