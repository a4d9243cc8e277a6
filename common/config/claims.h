/*
 * Claims: bounds and switches at authority and provisioner level.
 */
#ifndef SC_CONFIG_CLAIMS_H
#define SC_CONFIG_CLAIMS_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct sc_error;
struct sc_strlist;

enum sc_claim_duration {
	SC_CLAIM_MIN_TLS,
	SC_CLAIM_MAX_TLS,
	SC_CLAIM_DEFAULT_TLS,
	SC_CLAIM_MIN_USER_SSH,
	SC_CLAIM_MAX_USER_SSH,
	SC_CLAIM_DEFAULT_USER_SSH,
	SC_CLAIM_MIN_HOST_SSH,
	SC_CLAIM_MAX_HOST_SSH,
	SC_CLAIM_DEFAULT_HOST_SSH,
	SC_CLAIM_DURATIONS
};
enum sc_claim_switch {
	SC_CLAIM_ENABLE_SSH_CA,
	SC_CLAIM_DISABLE_RENEWAL,
	SC_CLAIM_ALLOW_RENEWAL_AFTER_EXPIRY,
	SC_CLAIM_DISABLE_SMALLSTEP_EXTENSIONS,
	SC_CLAIM_DISABLE_RENEWAL_OF_UNKNOWN, /* ours */
	SC_CLAIM_SWITCHES
};
/* Where the value in force comes from. */
enum sc_claim_level {
	SC_LEVEL_BUILTIN,
	SC_LEVEL_AUTHORITY,
	SC_LEVEL_PROVISIONER
};

/* A complete set: every claim has a value and the level that set it. */
struct sc_claims {
	int64_t duration[SC_CLAIM_DURATIONS]; /* nanoseconds */
	enum sc_claim_level duration_level[SC_CLAIM_DURATIONS];
	bool on[SC_CLAIM_SWITCHES];
	enum sc_claim_level on_level[SC_CLAIM_SWITCHES];
	const char *provisioner; /* whose they are, borrowed; NULL: nobody's */
};

void sc_claims_builtin(struct sc_claims *c);
/*
 * Overlay the members of obj (NULL = none) on base; a level that sets only a
 * default outside the inherited bounds moves that bound.  MALFORMED
 * names where + "." + claim for a wrong type or duration and for bounds that
 * contradict each other (TLS only, as the reference).
 */
int sc_claims_overlay(struct sc_claims *out, const struct sc_claims *base,
    struct json_object *obj, enum sc_claim_level level, const char *where,
    struct sc_error *e);
/* "minTLSCertDuration" ... */
const char *sc_claim_duration_name(enum sc_claim_duration d);
/* "built-in default" / "authority.claims" / "the provisioner's claims". */
const char *sc_claim_level_text(enum sc_claim_level l);
/* The flag of `stepc ca claims` and `provisioner update` for it: "x509-min-dur" ... */
const char *sc_claim_duration_flag(enum sc_claim_duration d);
const char *sc_claim_switch_flag(enum sc_claim_switch s);
const char *sc_claim_switch_name(enum sc_claim_switch s);
/*
 * What a refusal says of the claim behind it: its name and value, where that
 * is set, and the command that changes it.
 */
#define SC_CLAIM_TEXT_MAX 320
void sc_claim_duration_text(const struct sc_claims *c, enum sc_claim_duration d,
    char out[SC_CLAIM_TEXT_MAX]);
void sc_claim_switch_text(const struct sc_claims *c, enum sc_claim_switch s,
    char out[SC_CLAIM_TEXT_MAX]);
/* True when name is a claim. */
bool sc_claim_known(const char *name);

#endif
