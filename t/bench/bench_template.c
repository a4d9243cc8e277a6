/*
 * What a certificate's template costs: the leaf as it is built in, and the
 * same by a template, from the request to what goes into the certificate.
 */
#include <config.h>

#include <json-c/json.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "authority/leaf.h"
#include "authority/webhooks.h"
#include "base/err.h"
#include "bench.h"
#include "config/ca_json.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "provisioner/cert_template.h"
#include "provisioner/grant.h"
#include "template/template.h"

#define TIMES 2000
#define ROUNDS 15

/* The reference's own leaf template, in other words. */
static const char leaf_template[] =
    "{\n\t\"subject\": {{ toJson .Subject }},\n"
    "\t\"sans\": {{ toJson .SANs }},\n"
    "{{- if typeIs \"*rsa.PublicKey\" .Insecure.CR.PublicKey }}\n"
    "\t\"keyUsage\": [\"keyEncipherment\", \"digitalSignature\"],\n"
    "{{- else }}\n\t\"keyUsage\": [\"digitalSignature\"],\n{{- end }}\n"
    "\t\"extKeyUsage\": [\"serverAuth\", \"clientAuth\"]\n}\n";

static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* The best round: nothing else is of interest. */
static double
measure(const struct sc_config *config, const struct sc_grant *g,
    const struct sc_csr *csr)
{
	struct sc_error e = SC_ERROR_INIT;
	struct sc_leaf leaf = {0};
	struct sc_hooks hooks;
	double best = 0, began, us;
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		began = cpu_us();
		for (i = 0; i < TIMES; i++) {
			sc_hooks_init(&hooks, NULL, g, 0, NULL);
			if (sc_leaf_plan(
				&leaf, config, g, csr, NULL, &hooks, &e) != 0)
				bench_die("%s", e.msg);
			sc_leaf_clear(&leaf);
			sc_hooks_clear(&hooks);
		}
		us = (cpu_us() - began) / TIMES;
		if (round == 0 || us < best)
			best = us;
	}
	return best;
}

int
main(void)
{
	struct sc_config config = {0};
	struct sc_cert_template t = {0};
	struct sc_grant g = {0};
	struct sc_error e = SC_ERROR_INIT;
	struct bench_primitives prim;
	struct sc_key *key = NULL;
	struct sc_csr *csr = NULL;
	struct sc_sans sans = {0};
	char *pem = NULL;
	double plain, made;
	char name[] = "provisioner", subject[] = "a.example.com";

	if (sc_key_generate("EC", "P-256", 0, &key, &e) != 0 ||
	    sc_sans_add_auto(&sans, subject, &e) != 0 ||
	    sc_csr_create(NULL, &sans, key, &pem, &e) != 0 ||
	    sc_csr_parse_pem(pem, strlen(pem), &csr, &e) != 0 ||
	    sc_template_parse(
		leaf_template, strlen(leaf_template), &t.text, &e) != 0)
		bench_die("%s", e.msg);
	g.subject = subject;
	g.sans = sans;
	g.provisioner_name = name;
	bench_primitives(&prim);
	plain = measure(&config, &g, csr);
	g.template = &t;
	g.token = json_tokener_parse("{\"sub\":\"a.example.com\",\"iss\":"
				     "\"admin\",\"exp\":1700000000}");
	made = measure(&config, &g, csr);
	printf("a leaf as it is built in %.1f us, by a template %.1f us: "
	       "%.2f of the bare primitives of one signing\n",
	    plain, made, (made - plain) * 1e3 / bench_floor_ns(&prim));
	return 0;
}
