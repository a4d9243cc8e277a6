/*
 * What a provisioner in ca.json is made of: one row for each member, with the
 * flags of `ca provisioner add` and `update` that set it.
 */
#ifndef SC_CLIENT_PROVISIONER_TABLE_H
#define SC_CLIENT_PROVISIONER_TABLE_H

#include <stdbool.h>

#include "client/command.h"

struct json_object;
struct sc_args;
struct sc_error;

enum {
	SC_OF_JWK = 1,
	SC_OF_X5C = 2,
	SC_OF_K8SSA = 4,
	SC_OF_SSHPOP = 8,
	SC_OF_ALL = 0xffff
};
struct sc_prov_type {
	const char *name; /* as it is written; matched in any case */
	unsigned bit;
};
/* NULL: no such type. */
const struct sc_prov_type *sc_prov_type_find(const char *name);

/* The first of the types in a set of bits. */
const struct sc_prov_type *sc_prov_type_of(unsigned bits);

struct sc_prov_member;
/* The value of m's flag as it is in ca.json; the caller puts *out. */
typedef int sc_prov_reader(const struct sc_args *a,
    const struct sc_prov_member *m, struct json_object **out,
    struct sc_error *e);

struct sc_prov_member {
	unsigned types; /* SC_OF_... */
	const char *in; /* the object that has it; NULL: the provisioner */
	const char *name;
	const char *flag;
	sc_prov_reader *read; /* NULL: the flag is provisioner_jwk.c's */
	bool required;
	const char *def; /* JSON that `add` writes without the flag, or NULL */
};
/* In the order in which they are written; the last has no flag. */
extern const struct sc_prov_member sc_prov_members[];

/* --type; the flags of the rows by concern. */
extern const struct sc_opt sc_options_prov_type[];
extern const struct sc_opt sc_options_prov_own[];
extern const struct sc_opt sc_options_prov_claims[];

/* Readers: provisioner_values.c */
sc_prov_reader sc_prov_text, sc_prov_switch;
/* A file of certificates of CAs, of public keys: its text in base64. */
sc_prov_reader sc_prov_roots, sc_prov_keys;

#endif
