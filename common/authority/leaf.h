/*
 * What an X.509 leaf will hold: the built-in leaf from a grant, or what the
 * provisioner's template makes of it (x509.md section 8 of the wire contract).
 */
#ifndef SC_AUTHORITY_LEAF_H
#define SC_AUTHORITY_LEAF_H

#include <stdint.h>

#include "base/clock.h"
#include "crypto/cert.h"

struct json_object;
struct sc_hooks;
struct sc_key;
struct sc_config;
struct sc_csr;
struct sc_error;
struct sc_grant;
struct sc_tpl_data;
struct sc_tpl_val;

struct sc_leaf { /* zero-initialise; clear when done */
	struct sc_cert_plan plan; /* but its period */
	/*
	 * All names of the four kinds that rules know, for policies and for
	 * the record: also those in a SAN extension that the template wrote
	 * itself.
	 */
	struct sc_sans names;
	struct sc_timespec not_before, not_after; /* the template's, or unset */
	struct json_object *written; /* by the template; NULL: there is none */
};
void sc_leaf_clear(struct sc_leaf *l);

/*
 * user is templateData of the request; NULL: none.  What enriching webhooks
 * say is for the template.  MALFORMED with what the
 * template says when it fails the request; FORBIDDEN or MALFORMED
 * for names that nobody gets; FORBIDDEN for what a webhook does not allow;
 * INTERNAL when the template is at fault.
 */
int sc_leaf_plan(struct sc_leaf *l, const struct sc_config *config,
    const struct sc_grant *g, const struct sc_csr *csr,
    struct json_object *user, struct sc_hooks *hooks, struct sc_error *e);

/* --- for the files of the template alone -------------------------------- */

/* Variable AuthorizationCrt: the certificate that vouches, if one does. */
int sc_leaf_data_credential(
    struct sc_tpl_data *d, const struct sc_grant *g, struct sc_error *e);
/*
 * The values that are in them: of the DER of a Name and of Extensions (n 0:
 * none), NULL also for what is none; the names of one kind; RSA, ECDSA ...
 */
struct sc_tpl_val *sc_leaf_data_name(
    struct sc_tpl_data *d, const uint8_t *der, size_t n);
struct sc_tpl_val *sc_leaf_data_extensions(
    struct sc_tpl_data *d, const uint8_t *der, size_t n);
struct sc_tpl_val *sc_leaf_data_names(struct sc_tpl_data *d,
    const struct sc_sans *names, enum sc_san_type type, const char *go_type);
const char *sc_leaf_data_key_alg(const struct sc_key *key);
/*
 * Variables: Subject, SANs, Token, Insecure, AuthorizationCrt, and the
 * provisioner's own.
 */
int sc_leaf_data(struct sc_tpl_data *d, const struct sc_grant *g,
    const struct sc_csr *csr, struct json_object *user, struct sc_error *e);
/* Read what a template wrote: a JSON value, whatever stands behind it. */
int sc_leaf_read(
    struct sc_leaf *l, const char *text, size_t n, struct sc_error *e);
/* The members of it that are names; l->plan's extensions are there. */
int sc_leaf_read_names(
    struct sc_leaf *l, struct json_object *o, struct sc_error *e);
/* A Name: an object, or its common name; text and where for messages. */
int sc_leaf_read_subject(struct sc_name *to, struct json_object *o,
    const char *where, struct sc_error *e);
/* A string, or a list of strings; a missing member adds none. */
int sc_leaf_read_texts(struct sc_strlist *to, struct json_object *o,
    const char *name, struct sc_error *e);
/* The members keyUsage, extKeyUsage and unknownExtKeyUsage. */
int sc_leaf_read_key_usage(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e);
int sc_leaf_read_ext_key_usage(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e);
/* The template's words for a bit of keyUsage and for an OID, or NULL. */
const char *sc_leaf_key_usage_name(unsigned bit);
const char *sc_leaf_ext_key_usage_name(const char *oid);
/* The plan's extension, or NULL. */
struct sc_cert_ext *sc_leaf_ext(const struct sc_cert_plan *p, const char *oid);

#endif
