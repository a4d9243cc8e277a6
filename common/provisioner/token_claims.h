/*
 * The claims of one-time tokens that several types of provisioner read alike
 * (tokens.md sections 6 and 7 of the wire contract).
 */
#ifndef SC_PROVISIONER_TOKEN_CLAIMS_H
#define SC_PROVISIONER_TOKEN_CLAIMS_H

#include <stdint.h>

#include "provisioner/audience.h"

struct json_object;
struct sc_error;
struct sc_grant;
struct sc_token;

/*
 * iss is issuer, times are good at now, sub is not empty.  UNAUTHENTICATED or
 * EXPIRED.
 */
int sc_token_check_claims(const char *issuer, const struct sc_token *t,
    int64_t now, struct sc_error *e);
/*
 * One audience of the token is op of this CA, with id as its fragment.
 * UNAUTHENTICATED.
 */
int sc_token_check_audience(const struct sc_audiences *aud,
    enum sc_operation op, const char *id, const struct sc_token *t,
    struct sc_error *e);
/* The claim step.ssh, of whatever type; NULL: none.  Borrowed from t. */
struct json_object *sc_token_ssh(const struct sc_token *t);
/* UNAUTHENTICATED for one that asks for an SSH certificate (step.ssh). */
int sc_token_refuse_ssh(const struct sc_token *t, struct sc_error *e);

/* What the record says of the credential, whatever it is good for. */
int sc_grant_credential(
    struct sc_grant *g, const struct sc_token *t, struct sc_error *e);
/* The names to certify: claim sans, the subject when it is empty or absent. */
int sc_grant_names(
    struct sc_grant *g, const struct sc_token *t, struct sc_error *e);
/* claim cnf: {"x5rt#S256": fingerprint of the one CSR it is good for}. */
int sc_grant_confirmation(
    struct sc_grant *g, const struct sc_token *t, struct sc_error *e);

#endif
