/*
 * keyUsage and extKeyUsage, as templates name them.
 */
#include "config.h"

#include <stdbool.h>
#include <stddef.h>

#include "authority/leaf.h"
#include "base/err.h"
#include "base/mem.h"

static const struct {
	const char *name;
	unsigned bit;
} key_usages[] = {
    {"digitalSignature", SC_KU_DIGITAL_SIGNATURE},
    {"contentCommitment", SC_KU_CONTENT_COMMITMENT},
    {"nonRepudiation", SC_KU_CONTENT_COMMITMENT},
    {"keyEncipherment", SC_KU_KEY_ENCIPHERMENT},
    {"dataEncipherment", SC_KU_DATA_ENCIPHERMENT},
    {"keyAgreement", SC_KU_KEY_AGREEMENT},
    {"certSign", SC_KU_CERT_SIGN},
    {"crlSign", SC_KU_CRL_SIGN},
    {"encipherOnly", SC_KU_ENCIPHER_ONLY},
    {"decipherOnly", SC_KU_DECIPHER_ONLY},
};
#define KEY_USAGES (sizeof(key_usages) / sizeof(key_usages[0]))

#define EKU(last) "1.3.6.1.5.5.7.3." last
static const struct {
	const char *name, *oid;
} ext_key_usages[] = {
    {"any", "2.5.29.37.0"},
    {"serverAuth", EKU("1")},
    {"clientAuth", EKU("2")},
    {"codeSigning", EKU("3")},
    {"emailProtection", EKU("4")},
    {"ipsecEndSystem", EKU("5")},
    {"ipsecTunnel", EKU("6")},
    {"ipsecUser", EKU("7")},
    {"timeStamping", EKU("8")},
    {"ocspSigning", EKU("9")},
    {"microsoftServerGatedCrypto", "1.3.6.1.4.1.311.10.3.3"},
    {"netscapeServerGatedCrypto", "2.16.840.1.113730.4.1"},
    {"microsoftCommercialCodeSigning", "1.3.6.1.4.1.311.2.1.22"},
    {"microsoftKernelCodeSigning", "1.3.6.1.4.1.311.61.1.1"},
};
#define EXT_KEY_USAGES (sizeof(ext_key_usages) / sizeof(ext_key_usages[0]))

static int
wrong(struct sc_error *e, const char *member, const char *want)
{
	return sc_fail(e, SC_ERR_INTERNAL,
	    "what the template writes: %s: expected %s", member, want);
}

/* Whatever the case, and key_encipherment as keyEncipherment. */
static bool
same_name(const char *a, const char *b)
{
	char text[64];
	size_t n = 0;

	for (; *a != '\0'; a++)
		if (*a != '_') {
			if (n == sizeof(text) - 1)
				return false;
			text[n++] = *a;
		}
	text[n] = '\0';
	return sc_strcaseeq(text, b);
}

int
sc_leaf_read_key_usage(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct sc_strlist names = {0};
	size_t i, k;
	int r = sc_leaf_read_texts(&names, o, "keyUsage", e);

	for (i = 0; r == 0 && i < names.n; i++) {
		for (k = 0; k < KEY_USAGES; k++)
			if (same_name(names.v[i], key_usages[k].name))
				break;
		if (k < KEY_USAGES)
			p->key_usage |= key_usages[k].bit;
		else
			r = wrong(e, "keyUsage", "names of key usages");
	}
	sc_strlist_clear(&names);
	return r;
}

int
sc_leaf_read_ext_key_usage(
    struct sc_cert_plan *p, struct json_object *o, struct sc_error *e)
{
	struct sc_strlist names = {0};
	size_t i, k;
	int r = sc_leaf_read_texts(&names, o, "extKeyUsage", e);

	for (i = 0; r == 0 && i < names.n; i++) {
		for (k = 0; k < EXT_KEY_USAGES; k++)
			if (same_name(names.v[i], ext_key_usages[k].name))
				break;
		if (k == EXT_KEY_USAGES)
			r = wrong(
			    e, "extKeyUsage", "names of extended key usages");
		else if (sc_strlist_add(
			     &p->ext_key_usage, ext_key_usages[k].oid) != 0)
			r = sc_fail_nomem(e);
	}
	sc_strlist_clear(&names);
	return r != 0
	    ? r
	    : sc_leaf_read_texts(&p->ext_key_usage, o, "unknownExtKeyUsage", e);
}

const char *
sc_leaf_key_usage_name(unsigned bit)
{
	size_t i;

	for (i = 0; i < KEY_USAGES; i++)
		if (key_usages[i].bit == bit)
			return key_usages[i].name;
	return NULL;
}

const char *
sc_leaf_ext_key_usage_name(const char *oid)
{
	size_t i;

	for (i = 0; i < EXT_KEY_USAGES; i++)
		if (sc_streq(ext_key_usages[i].oid, oid))
			return ext_key_usages[i].name;
	return NULL;
}
