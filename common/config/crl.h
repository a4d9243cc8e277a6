/*
 * The member "crl" of ca.json: active revocation by lists.
 */
#ifndef SC_CONFIG_CRL_H
#define SC_CONFIG_CRL_H

#include <stdbool.h>
#include <stdint.h>

struct json_object;
struct sc_error;
struct sc_strlist;

struct sc_config_crl { /* zero-initialise; clear when done */
	bool enabled;
	bool on_revoke; /* generateOnRevoke */
	int64_t cache; /* seconds from thisUpdate to nextUpdate, > 0 */
	int64_t renew; /* seconds after which it is made again, > 0 */
	/*
	 * Where the list is: idpURL, or the first DNS name's /1.0/crl when
	 * only addToLeaves is set; NULL when the list bears no name.
	 */
	char *url;
	bool add_to_leaves; /* addToLeaves: name the list in certificates */
};

/*
 * Read it from the top of ca.json.  MALFORMED names the member; the bounds
 * of durations hold whether it is enabled or not.
 */
int sc_config_crl_load(struct json_object *root,
    const struct sc_strlist *dns_names, struct sc_config_crl *out,
    struct sc_error *e);
void sc_config_crl_clear(struct sc_config_crl *c);

#endif
