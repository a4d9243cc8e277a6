/*
 * What a provisioner in ca.json is made of: one row for each member, with the
 * flags of `ca provisioner add` and `update` that set it.
 */
#ifndef SC_CLIENT_PROVISIONER_TABLE_H
#define SC_CLIENT_PROVISIONER_TABLE_H

#include <stdbool.h>
#include <stdint.h>

#include "client/command.h"

struct json_object;
struct sc_args;
struct sc_error;

enum {
	SC_OF_JWK = 1,
	SC_OF_OIDC = 2,
	SC_OF_X5C = 4,
	SC_OF_K8SSA = 8,
	SC_OF_SSHPOP = 16,
	SC_OF_ACME = 32,
	SC_OF_SCEP = 64,
	SC_OF_NEBULA = 128,
	SC_OF_AWS = 256,
	SC_OF_GCP = 512,
	SC_OF_AZURE = 1024
};
struct sc_prov_type {
	const char *name; /* as it is written; matched in any case */
	unsigned bit;
};
/* NULL: no such type. */
const struct sc_prov_type *sc_prov_type_find(const char *name);
/* "JWK, OIDC or X5C": the types in a set of bits. */
#define SC_PROV_TYPES_MAX 96
void sc_prov_types_text(unsigned bits, char out[SC_PROV_TYPES_MAX]);

struct sc_prov_member;
/* The value of m's flag as it is in ca.json; the caller puts *out. */
typedef int sc_prov_reader(const struct sc_args *a,
    const struct sc_prov_member *m, struct json_object **out,
    struct sc_error *e);

struct sc_prov_member {
	unsigned types; /* SC_OF_... */
	const char *in[2]; /* the object that has it; NULL: the provisioner */
	const char *name;
	const char *flag;
	sc_prov_reader *read; /* NULL: the flag is provisioner_jwk.c's */
	bool required;
	const char *def; /* JSON that `add` writes without the flag, or NULL */
	/* Of lists: the flag that takes out, and what may be in, or NULL. */
	const char *remove, *choices;
	int64_t min, max; /* of numbers */
};
/* In the order in which they are written; the last has no flag. */
extern const struct sc_prov_member sc_prov_members[];

/* --type and --name; the flags of the rows by concern. */
extern const struct sc_opt sc_options_prov_type[], sc_options_prov_name[];
extern const struct sc_opt sc_options_prov_own[], sc_options_prov_cloud[];
extern const struct sc_opt sc_options_prov_legacy[], sc_options_prov_remove[];
extern const struct sc_opt sc_options_prov_claims[];
extern const struct sc_opt sc_options_prov_templates[];

/* Readers of what is in the flag itself. */
sc_prov_reader sc_prov_text, sc_prov_https, sc_prov_number, sc_prov_duration;
sc_prov_reader sc_prov_switch, sc_prov_list, sc_prov_one;
/* Of a file: its absolute path, its text, its JSON, the password in it. */
sc_prov_reader sc_prov_path, sc_prov_file, sc_prov_json, sc_prov_password;
/* The PEM in one file or several, checked, in base64. */
sc_prov_reader sc_prov_roots, sc_prov_roots_list, sc_prov_cert, sc_prov_keys;
sc_prov_reader sc_prov_private_key, sc_prov_nebula;

/*
 * The list v, which --FLAG named and is taken, after what is in the list old
 * (may be NULL), without what m's --remove-FLAG names.  NOT_FOUND for what
 * is not there to be removed.
 */
int sc_prov_list_merge(const struct sc_args *a, const struct sc_prov_member *m,
    struct json_object *old, struct json_object *v, struct json_object **out,
    struct sc_error *e);

#endif
