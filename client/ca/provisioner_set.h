/*
 * Setting the members of a provisioner as the command line says.
 */
#ifndef SC_CLIENT_PROVISIONER_SET_H
#define SC_CLIENT_PROVISIONER_SET_H

#include <stdbool.h>

struct json_object;
struct sc_args;
struct sc_error;
struct sc_prov_member;
struct sc_prov_type;

/*
 * p is of type t; when adding it is new, gets what is written without flags
 * too, and what is required must be there.  A flag with an empty value takes
 * its member away again.  A flag of other types is MALFORMED.
 */
int sc_prov_set(const struct sc_args *a, const struct sc_prov_type *t,
    bool adding, struct json_object *p, struct sc_error *e);
/* One member of the object p; what is required is not checked. */
int sc_prov_set_member(const struct sc_args *a, const struct sc_prov_member *m,
    bool adding, struct json_object *p, struct sc_error *e);

#endif
