/*
 * The inside of struct sc_authority, for the files of this folder only.
 */
#ifndef SC_AUTHORITY_INTERNAL_H
#define SC_AUTHORITY_INTERNAL_H

#include "authority/authority.h"
#include "crypto/cert.h"

struct sc_crl_state;
struct sc_name_constraints;
struct sc_ocsp_state;
struct sc_ssh_config_state;
struct sc_ssh_hosts;
struct sc_ssh_keys;
struct sc_store;

struct sc_authority {
	struct sc_config *config;
	struct sc_provisioners *provisioners;
	struct sc_certs roots;
	struct sc_certs federated; /* roots, then federated, no duplicates */
	struct sc_certs intermediates; /* issuer first */
	struct sc_key **ca_keys; /* public keys of roots and intermediates */
	size_t ca_keys_n;
	struct sc_name_constraints *constraints; /* of the issuer; or NULL */
	struct sc_key *key; /* NULL unless opened */
	struct sc_issuer *issuer; /* likewise */
	struct sc_ssh_keys *ssh; /* likewise */
	struct sc_store *store; /* likewise */
	int64_t issuer_checked; /* when its own path was last good; 0: never */
	struct sc_crl_state *crl; /* NULL until a list is asked for */
	struct sc_crl_state *krl; /* likewise, of SSH */
	struct sc_ssh_config_state *ssh_config; /* NULL until asked for */
	struct sc_ssh_hosts *hosts; /* NULL until they are asked for */
	char *key_failure; /* why a key that may be missing is; or NULL */
	struct sc_ocsp_state *ocsp; /* NULL unless enabled and needed */
	int64_t signer_checked; /* by sc_authority_ocsp_rotate */
	char *peer_roots; /* PEM, of online.h; NULL: nobody is to be asked */
	char *warning;
	char notice[256];
	/* What is between and behind the leaves of every /sign response, made
	 * once: both, or neither. */
	char *chain_middle_json, *chain_tail_json;
};

/* Add to what is told at start: "WHAT: WHY".  NOMEM. */
int sc_authority_warn(struct sc_authority *ca, const char *what,
    const char *why, struct sc_error *e);

#endif
