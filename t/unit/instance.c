/* What the provisioners of cloud instances have in common (row T29). */
#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "provisioner/provisioner.h"
#include "tap.h"

#define NOW INT64_C(1700000000)

static struct sc_error e;

static int
init(struct sc_provisioner *p, const char *members)
{
	*p = (struct sc_provisioner){0};
	if (sc_json_parse(members, strlen(members), 0, &p->raw, &e) != 0)
		return SC_ERR_INTERNAL;
	return sc_instance_init(p, &e);
}

static void
members(void)
{
	static const char *const bad[] = {
	    "{\"instanceAge\":\"-1s\"}",
	    "{\"instanceAge\":\"1\"}",
	    "{\"instanceAge\":60}",
	    "{\"disableCustomSANs\":\"true\"}",
	    "{\"disableTrustOnFirstUse\":1}",
	};
	struct sc_provisioner p;
	size_t i;

	tap_int(init(&p, "{}"), 0);
	tap_ok(!p.instance.known_names && !p.instance.reusable);
	tap_int(p.instance.max_age, 0);
	json_object_put(p.raw);
	tap_int(init(&p,
		    "{\"disableCustomSANs\":true,\"instanceAge\":\"1h\","
		    "\"disableTrustOnFirstUse\":true}"),
	    0);
	tap_ok(p.instance.known_names && p.instance.reusable);
	tap_int(p.instance.max_age, SC_HOUR);
	json_object_put(p.raw);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tap_context("%s", bad[i]);
		tap_int(init(&p, bad[i]), SC_ERR_MALFORMED);
		json_object_put(p.raw);
	}
}

static void
age(void)
{
	struct sc_provisioner p;

	tap_int(init(&p, "{\"instanceAge\":\"1m\"}"), 0);
	tap_int(sc_instance_check_age(&p, NOW - 60, NOW, &e), 0);
	tap_int(sc_instance_check_age(&p, NOW + 60, NOW, &e), 0);
	tap_int(sc_instance_check_age(&p, NOW - 61, NOW, &e),
	    SC_ERR_UNAUTHENTICATED);
	tap_str(e.client,
	    "the instance is older than 1m0s (instanceAge of the "
	    "provisioner)");
	json_object_put(p.raw);
	tap_int(init(&p, "{\"instanceAge\":\"\"}"), 0);
	tap_int(sc_instance_check_age(&p, 0, NOW, &e), 0);
	json_object_put(p.raw);
}

static void
spend(const char *members, const char *token, const char *id, int64_t until)
{
	struct sc_provisioner p;
	struct sc_grant g = {0};
	struct sc_token *t = NULL;

	tap_int(init(&p, members), 0);
	tap_need(tap_int(sc_token_parse(token, &t, &e), 0));
	tap_int(sc_instance_spend(&p, t, "aws/a.i-1", &g, &e), 0);
	tap_str(g.spend_id, id);
	tap_int(g.spend_expires, until);
	sc_grant_clear(&g);
	sc_token_free(t);
	json_object_put(p.raw);
}

/* The digests are those of sha256sum. */
static void
one_time_id(void)
{
	/* {"alg":"ES256"}, {"exp":10,"jti":"x"} */
	static const char token[] = "eyJhbGciOiJFUzI1NiJ9."
				    "eyJleHAiOjEwLCJqdGkiOiJ4In0.AAAA";

	spend("{}", token,
	    "15ec652bd7e94c6631e27377aaade85f3fdbd3ce77b6e290e77138a5718f609f",
	    0);
	spend("{\"disableTrustOnFirstUse\":true}", token,
	    "ee3e4f1e876293c64eda31f6d8c53b403d778487393b8856dbb40c845d2a7752",
	    70);
}

/* One for each region, all of RSA. */
static void
aws_certificates(void)
{
	const char *src = getenv("top_srcdir");
	struct sc_provisioner p = {0};
	char *path = sc_asprintf("%s/common/provisioner/aws-certificates.pem",
	    src != NULL ? src : ".");
	size_t i;

	p.raw = json_object_new_object();
	json_object_object_add(p.raw, "iidRoots", json_object_new_string(path));
	tap_int(sc_provisioner_aws.init(&p, &e), 0);
	tap_int(p.keys_n, 33);
	for (i = 0; i < p.keys_n; i++)
		sc_key_free(p.keys[i]);
	free(p.keys);
	json_object_put(p.raw);
	free(path);
}

static void
pairs(void)
{
	struct sc_grant g = {0};

	tap_int(sc_instance_pair(&g, "InstanceID", "i-1", &e), 0);
	tap_int(g.ext_pairs.n, 2);
	tap_str(g.ext_pairs.v[1], "i-1");
	sc_grant_clear(&g);
}

TAP_MAIN(TAP_TEST(members), TAP_TEST(age), TAP_TEST(one_time_id),
    TAP_TEST(pairs), TAP_TEST(aws_certificates))
