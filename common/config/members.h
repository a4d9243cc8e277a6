/*
 * Which members of ca.json have an effect, so that the others can be named.
 */
#ifndef SC_CONFIG_MEMBERS_H
#define SC_CONFIG_MEMBERS_H

struct json_object;
struct sc_error;
struct sc_strlist;

/*
 * Append the path of every member that is set and has no effect: known to
 * the reference but not supported yet ("crl.enabled"), or unknown altogether
 * ("autority (unknown)").  Members whose value says "off" are not named.
 */
int sc_config_name_unsupported(
    struct json_object *root, struct sc_strlist *out, struct sc_error *e);

#endif
