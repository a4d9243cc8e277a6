/*
 * Rules as they are compared; for policy*.c only.
 */
#ifndef SC_CONFIG_POLICY_INTERNAL_H
#define SC_CONFIG_POLICY_INTERNAL_H

#include <stdint.h>

#include "config/policy.h"

struct sc_rule {
	char *written; /* as in the file */
	char *host; /* normalised; "" when the rule has none */
	char *local; /* of a mail address; NULL: any */
	bool below; /* one label more than host ("*.x") */
	uint8_t net[16]; /* an address range */
	size_t net_len; /* 4 or 16 */
	unsigned bits; /* of net that count */
};
struct sc_rules {
	struct sc_rule *v;
	size_t n;
	char *path; /* of the list; NULL when there is none */
};
struct sc_rule_set {
	struct sc_rules allow[SC_POLICY_KINDS], deny[SC_POLICY_KINDS];
	size_t allows, denies; /* rules of all kinds */
	bool wildcards;
	char *path; /* of the set; NULL when there is none */
};
struct sc_policy {
	struct sc_rule_set set[SC_POLICY_SCOPES];
};

/* A name in the form in which it is compared. */
struct sc_policy_name {
	char host[256]; /* lower case, no trailing dot */
	const char *local; /* borrowed; n octets */
	size_t local_n;
	bool wildcard; /* host is what follows "*." */
	uint8_t ip[16];
	size_t ip_len;
	const char *bad; /* why it cannot be compared; NULL: it can */
};

/*
 * Host names of letters, digits, '-' and '_' in labels, in lower case and
 * without one trailing dot; NULL, or why s[0..n) is none.
 */
const char *sc_policy_host(const char *s, size_t n, char out[256]);
/* IPv4-mapped addresses become IPv4 ones. */
int sc_policy_ip(const char *s, uint8_t out[16], size_t *n);
/* r is zero.  MALFORMED without path. */
int sc_rule_parse(enum sc_policy_kind kind, const char *text, struct sc_rule *r,
    struct sc_error *e);
void sc_rule_clear(struct sc_rule *r);
void sc_policy_name_init(
    struct sc_policy_name *n, enum sc_policy_kind kind, const char *name);
/* deny: a wildcard matches what it covers, and local parts have no case. */
bool sc_rule_match(const struct sc_rule *r, enum sc_policy_kind kind,
    const char *name, const struct sc_policy_name *n, bool deny);

#endif
