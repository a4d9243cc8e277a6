/*
 * Policy: which names may be certified, as rules that allow and deny, of the
 * authority (authority.policy) and of one provisioner (options.x509.policy
 * and options.ssh.policy).
 *
 * A name is held against the rules of its kind:
 *
 *	1. a rule that denies it decides;
 *	2. else, where rules of its kind allow, one of them must allow it;
 *	3. else it is allowed, unless the policy has rules that allow names of
 *	   other kinds only.
 *
 * Both sides are normalised first: ASCII case, one trailing dot, IPv4-mapped
 * addresses.  Names of hosts are compared in their ASCII form (xn--).
 *
 * Stricter than the reference, always towards refusing: a literal wildcard
 * is refused by a policy without allowWildcardNames even if that only denies,
 * and is denied with any host that it covers; a common name that a rule denies
 * is not tried as another kind of name, and one that no rule for common names
 * allows always is; the local part of a denied mail address has no case.
 */
#ifndef SC_CONFIG_POLICY_H
#define SC_CONFIG_POLICY_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto/san.h"

struct json_object;
struct sc_error;
struct sc_strlist;

enum sc_policy_scope {
	SC_POLICY_X509,
	SC_POLICY_SSH_USER,
	SC_POLICY_SSH_HOST
};
#define SC_POLICY_SCOPES 3

/* As the members that hold the rules are named. */
enum sc_policy_kind {
	SC_POLICY_CN,
	SC_POLICY_DNS,
	SC_POLICY_EMAIL,
	SC_POLICY_IP,
	SC_POLICY_PRINCIPAL,
	SC_POLICY_URI
};
#define SC_POLICY_KINDS 6

/* Constant after it was read; NULL is the policy that allows everything. */
struct sc_policy;

/*
 * x509: {"allow":{"dns":[...]},"deny":{...},"allowWildcardNames":false}, ssh:
 * {"user":{"allow":{...},"deny":{...}},"host":{...}}; NULL where absent.
 * x509_path and ssh_path say where they stand.  *out is NULL when there is
 * no rule in them.  MALFORMED names the member ("authority.policy.x509.allow.
 * ip[0]: ...") for a rule that cannot be read, and for a member that is none.
 */
int sc_policy_new(struct json_object *x509, const char *x509_path,
    struct json_object *ssh, const char *ssh_path, struct sc_policy **out,
    struct sc_error *e);
void sc_policy_free(struct sc_policy *p);
/* Is this a rule for names of this kind?  MALFORMED with text. */
int sc_policy_check_rule(enum sc_policy_scope scope, enum sc_policy_kind kind,
    const char *rule, struct sc_error *e);

/* What a policy says of one name, and why. */
struct sc_policy_verdict {
	bool allowed;
	char rule[256]; /* the rule that decided, as written; "" when none */
	char path[256]; /* where it stands; "" when no rule decided */
	char why[256];
};

/*
 * kind SC_POLICY_CN also stands for what such a name is besides: it must pass
 * as that unless a rule for common names allows it.
 */
void sc_policy_judge(const struct sc_policy *p, enum sc_policy_scope scope,
    enum sc_policy_kind kind, const char *name, struct sc_policy_verdict *v);

/*
 * All names of an X.509 certificate, then its common name unless empty.
 * FORBIDDEN, with the reference's words as the whole client text (`... dns
 * name "x" not allowed`), and for the log also why.
 */
int sc_policy_check_x509(const struct sc_policy *p, const struct sc_sans *sans,
    const char *common_name, struct sc_error *e);
/*
 * All principals of an SSH certificate: of hosts they are dns, ip and email
 * names, of users email names and else principals.  Rules for only one of the
 * two types of certificate refuse the other.  FORBIDDEN as above.
 */
int sc_policy_check_ssh(const struct sc_policy *p, bool host,
    const struct sc_strlist *principals, struct sc_error *e);

/* The kind that a principal has there, or -1: not a name for it. */
int sc_policy_principal_kind(bool host, const char *principal);

/* "dns", ... and back; -1 when there is none of that name in scope. */
const char *sc_policy_kind_name(enum sc_policy_kind kind);
int sc_policy_kind_parse(enum sc_policy_scope scope, const char *name);

#endif
