#include "config.h"

#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "client/net/ca_client.h"
#include "client/net/ssh_agent.h"
#include "client/ssh/ssh_agent_cert.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

/* Has one of the CA's keys signed it? */
static bool
is_ours(const struct sc_ssh_cert *c, struct json_object *keys)
{
	size_t i, n = json_object_array_length(keys), len;
	struct sc_ssh_key *k;
	uint8_t *blob;
	const char *s;
	bool ours = false;

	for (i = 0; !ours && i < n; i++) {
		s = json_object_get_string(json_object_array_get_idx(keys, i));
		if (s == NULL ||
		    sc_b64_decode(SC_B64_STD, s, strlen(s), &blob, &len) != 0)
			continue;
		k = NULL;
		ours = sc_ssh_key_parse(blob, len, &k, NULL) == 0 &&
		    sc_ssh_cert_verify(c, k, NULL) == 0;
		sc_ssh_key_free(k);
		free(blob);
	}
	return ours;
}

static bool
fits(const struct sc_ssh_cert *c, const char *principal,
    struct json_object *keys)
{
	return c->type == SC_SSH_USER && c->principals.n > 0 &&
	    (principal == NULL || sc_strlist_has(&c->principals, principal)) &&
	    sc_ssh_cert_check_time(c, sc_clock_now(), NULL) == 0 &&
	    is_ours(c, keys);
}

static int
choose(struct sc_agent *agent, const char *principal, struct json_object *keys,
    struct sc_ssh_cert **out, struct sc_error *e)
{
	struct sc_agent_keys held = {0};
	struct sc_ssh_cert *c;
	size_t i;
	int r = sc_agent_list(agent, &held, e);

	for (i = 0; r == 0 && *out == NULL && i < held.n; i++) {
		if (sc_ssh_cert_parse(
			held.v[i].blob, held.v[i].blob_len, &c, NULL) != 0)
			continue;
		if (fits(c, principal, keys))
			*out = c;
		else
			sc_ssh_cert_free(c);
	}
	sc_agent_keys_clear(&held);
	return r;
}

int
sc_ssh_agent_cert(struct sc_ca *ca, const char *principal,
    struct sc_ssh_cert **out, struct sc_error *e)
{
	struct json_object *answer = NULL, *keys;
	struct sc_agent *agent = NULL;
	int r;

	*out = NULL;
	if ((r = sc_agent_open(&agent, e)) != 0)
		return r;
	if ((r = sc_ca_get(ca, "/ssh/roots", &answer, e)) == 0) {
		keys = sc_json_member_exact(answer, "userKey");
		if (json_object_is_type(keys, json_type_array))
			r = choose(agent, principal, keys, out, e);
	}
	sc_agent_close(agent);
	json_object_put(answer);
	if (r == 0 && *out == NULL)
		r = sc_fail(e, SC_ERR_NOT_FOUND,
		    "the SSH agent has no certificate of this CA");
	return r;
}
