/*
 * Entries of authority.provisioners, as `step` writes them.
 */
#ifndef SC_AUTHORITY_PKI_PROVISIONER_H
#define SC_AUTHORITY_PKI_PROVISIONER_H

struct json_object;
struct sc_error;
struct sc_jwk;

/*
 * A JWK provisioner: of the private key jwk, or of a new P-256 key when that is
 * NULL, under the password.  The caller puts *out.  CRYPTO, NOMEM.
 */
int sc_pki_jwk_provisioner(const char *name, const char *password,
    const struct sc_jwk *jwk, struct json_object **out, struct sc_error *e);
/* What renews, rekeys and revokes SSH certificates; new reference. */
struct json_object *sc_pki_sshpop_provisioner(const char *name);
/* The member "claims" of a provisioner that may sign SSH; new reference. */
struct json_object *sc_pki_ssh_claims(void);

#endif
