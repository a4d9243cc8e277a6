/*
 * What the provisioners of instances in a cloud (AWS, GCP, Azure) have in
 * common.  The cloud vouches for an instance, not for the names that it asks
 * for: so one certificate for each instance, or only names the cloud knows.
 */
#ifndef SC_PROVISIONER_INSTANCE_H
#define SC_PROVISIONER_INSTANCE_H

#include <stdbool.h>
#include <stdint.h>

struct sc_error;
struct sc_grant;
struct sc_provisioner;
struct sc_token;

struct sc_instance {
	bool known_names; /* disableCustomSANs */
	bool reusable; /* disableTrustOnFirstUse */
	int64_t max_age; /* instanceAge, nanoseconds; 0: any */
};

/* The default template of X.509 certificates: x509_template of the types. */
extern const char sc_instance_x509_template[];

/* Read these members into p->instance.  MALFORMED. */
int sc_instance_init(struct sc_provisioner *p, struct sc_error *e);
/* UNAUTHENTICATED when an instance that began at since is too old. */
int sc_instance_check_age(const struct sc_provisioner *p, int64_t since,
    int64_t now, struct sc_error *e);
/*
 * The one-time id: that of the instance, whose first certificate is its last,
 * or, when the provisioner says that it is reusable, that of this token.
 * instance is text that nothing else has ...
 */
int sc_instance_spend(const struct sc_provisioner *p, const struct sc_token *t,
    const char *instance, struct sc_grant *g, struct sc_error *e);
/* ... or id, which no other instance of this provisioner has. */
int sc_instance_spend_id(const struct sc_provisioner *p,
    const struct sc_token *t, const char *id, struct sc_grant *g,
    struct sc_error *e);
/* Add a pair to the provisioner extension. */
int sc_instance_pair(struct sc_grant *g, const char *name, const char *value,
    struct sc_error *e);

#endif
