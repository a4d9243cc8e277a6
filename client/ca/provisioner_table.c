#include "config.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "client/ca/provisioner_table.h"

/* In the order in which help names them. */
static const struct sc_prov_type types[] = {
    {"JWK", SC_OF_JWK},
    {"OIDC", SC_OF_OIDC},
    {"X5C", SC_OF_X5C},
    {"K8sSA", SC_OF_K8SSA},
    {"SSHPOP", SC_OF_SSHPOP},
    {"ACME", SC_OF_ACME},
    {"SCEP", SC_OF_SCEP},
    {"Nebula", SC_OF_NEBULA},
    {"AWS", SC_OF_AWS},
    {"GCP", SC_OF_GCP},
    {"Azure", SC_OF_AZURE},
};
#define TYPES (sizeof(types) / sizeof(types[0]))

#define OF_ALL 0xffffu
#define OF_CLOUD (SC_OF_AWS | SC_OF_GCP | SC_OF_AZURE)
#define OF_X509 (OF_ALL & ~(unsigned)SC_OF_SSHPOP)
#define OF_SSH (OF_X509 & ~(unsigned)(SC_OF_ACME | SC_OF_SCEP))

const struct sc_prov_type *
sc_prov_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < TYPES; i++)
		if (sc_strcaseeq(name, types[i].name))
			return &types[i];
	return NULL;
}

void
sc_prov_types_text(unsigned bits, char out[SC_PROV_TYPES_MAX])
{
	size_t i, n = 0;
	unsigned left = 0;

	for (i = 0; i < TYPES; i++)
		left |= types[i].bit & bits;
	out[0] = '\0';
	for (i = 0; i < TYPES; i++) {
		if ((types[i].bit & bits) == 0)
			continue;
		left &= ~types[i].bit;
		n += (size_t)snprintf(out + n, SC_PROV_TYPES_MAX - n, "%s%s",
		    n == 0	    ? ""
			: left == 0 ? " or "
				    : ", ",
		    types[i].name);
	}
}

#define OWN(of, member, option, reader)                                        \
	.types = (of), .name = (member), .flag = (option), .read = (reader)
#define CLAIM(member, option, reader)                                          \
	OWN(OF_ALL, member, option, reader), .in = {"claims"}
#define LIST(of, member, option)                                               \
	OWN(of, member, option, sc_prov_list), .remove = "remove-" option
#define TEMPLATE(of, kind, member, option, reader)                             \
	OWN(of, member, option, reader), .in = {"options", kind}

const struct sc_prov_member sc_prov_members[] = {
    {OWN(SC_OF_JWK, "key", "create", NULL)},
    {OWN(SC_OF_JWK, "key", "public-key", NULL)},
    {OWN(SC_OF_JWK, "encryptedKey", "private-key", NULL)},
    {OWN(SC_OF_JWK, "encryptedKey", "password-file", NULL)},

    {OWN(SC_OF_OIDC, "clientID", "client-id", sc_prov_text), .required = true},
    {OWN(SC_OF_OIDC, "clientSecret", "client-secret", sc_prov_text),
	.def = "\"\""},
    {OWN(SC_OF_OIDC, "configurationEndpoint", "configuration-endpoint",
	 sc_prov_https),
	.required = true},
    {OWN(SC_OF_OIDC, "tenantID", "tenant-id", sc_prov_text)},
    {LIST(SC_OF_OIDC, "admins", "admin")},
    {LIST(SC_OF_OIDC, "domains", "domain")},
    {LIST(SC_OF_OIDC, "groups", "group")},
    {OWN(SC_OF_OIDC, "listenAddress", "listen-address", sc_prov_text)},
    {LIST(SC_OF_OIDC, "scopes", "scope")},
    {LIST(SC_OF_OIDC, "authParams", "auth-param")},

    {OWN(SC_OF_X5C, "roots", "x5c-roots", sc_prov_roots), .required = true},
    {OWN(SC_OF_K8SSA, "publicKeys", "public-key", sc_prov_keys),
	.required = true},
    {OWN(SC_OF_NEBULA, "roots", "nebula-root", sc_prov_nebula),
	.required = true},

    {OWN(SC_OF_ACME | SC_OF_SCEP, "forceCN", "force-cn", sc_prov_switch)},
    {OWN(SC_OF_ACME, "termsOfService", "terms-of-service", sc_prov_text)},
    {OWN(SC_OF_ACME, "website", "website", sc_prov_text)},
    {LIST(SC_OF_ACME, "caaIdentities", "caa-identity")},
    {OWN(SC_OF_ACME, "requireEAB", "require-eab", sc_prov_switch)},
    {LIST(SC_OF_ACME, "challenges", "challenge"),
	.choices = "http-01, dns-01, tls-alpn-01, device-attest-01"},
    {LIST(SC_OF_ACME, "attestationFormats", "attestation-format"),
	.choices = "apple, step, tpm, android-key"},
    {OWN(SC_OF_ACME, "attestationRoots", "attestation-roots",
	sc_prov_roots_list)},

    {OWN(SC_OF_SCEP, "challenge", "challenge", sc_prov_one)},
    {OWN(SC_OF_SCEP, "capabilities", "capabilities", sc_prov_list)},
    {OWN(SC_OF_SCEP, "includeRoot", "include-root", sc_prov_switch)},
    {OWN(SC_OF_SCEP, "excludeIntermediate", "exclude-intermediate",
	sc_prov_switch)},
    {OWN(SC_OF_SCEP, "minimumPublicKeyLength", "min-public-key-length",
	 sc_prov_number),
	.min = 1024, .max = 16384},
    {OWN(SC_OF_SCEP, "decrypterCertificate", "scep-decrypter-certificate-file",
	sc_prov_cert)},
    {OWN(SC_OF_SCEP, "decrypterKeyPEM", "scep-decrypter-key-file",
	sc_prov_private_key)},
    {OWN(SC_OF_SCEP, "decrypterKey", "scep-decrypter-key-uri", sc_prov_text)},
    {OWN(SC_OF_SCEP, "decrypterKeyPassword", "scep-decrypter-key-password-file",
	sc_prov_password)},
    {OWN(SC_OF_SCEP, "encryptionAlgorithmIdentifier",
	 "encryption-algorithm-identifier", sc_prov_number),
	.min = 0, .max = 4},

    {LIST(SC_OF_AWS, "accounts", "aws-account"), .def = "null"},
    {LIST(SC_OF_GCP, "serviceAccounts", "gcp-service-account")},
    {LIST(SC_OF_GCP, "projectIDs", "gcp-project")},
    {OWN(SC_OF_GCP, "organizationID", "gcp-organization", sc_prov_text)},
    {OWN(SC_OF_AZURE, "tenantID", "azure-tenant", sc_prov_text),
	.required = true},
    {LIST(SC_OF_AZURE, "resourceGroups", "azure-resource-group"),
	.def = "null"},
    {LIST(SC_OF_AZURE, "subscriptionIDs", "azure-subscription-id"),
	.def = "null"},
    {LIST(SC_OF_AZURE, "objectIDs", "azure-object-id"), .def = "null"},
    {OWN(SC_OF_AZURE, "audience", "azure-audience", sc_prov_text)},
    {OWN(OF_CLOUD, "disableCustomSANs", "disable-custom-sans", sc_prov_switch),
	.def = "false"},
    {OWN(OF_CLOUD, "disableTrustOnFirstUse", "disable-trust-on-first-use",
	 sc_prov_switch),
	.def = "false"},
    {LIST(SC_OF_AWS, "imdsVersions", "imds-version"), .def = "null",
	.choices = "v1, v2"},
    {OWN(SC_OF_GCP, "disableSSHCAUser", "disable-ssh-ca-user", sc_prov_switch)},
    {OWN(SC_OF_GCP, "disableSSHCAHost", "disable-ssh-ca-host", sc_prov_switch)},
    {OWN(SC_OF_AWS | SC_OF_GCP, "instanceAge", "instance-age",
	sc_prov_duration)},
    {OWN(SC_OF_AWS, "iidRoots", "iid-roots", sc_prov_path)},

    {CLAIM("minTLSCertDuration", "x509-min-dur", sc_prov_duration)},
    {CLAIM("maxTLSCertDuration", "x509-max-dur", sc_prov_duration)},
    {CLAIM("defaultTLSCertDuration", "x509-default-dur", sc_prov_duration)},
    {CLAIM("minUserSSHCertDuration", "ssh-user-min-dur", sc_prov_duration)},
    {CLAIM("maxUserSSHCertDuration", "ssh-user-max-dur", sc_prov_duration)},
    {CLAIM("defaultUserSSHCertDuration", "ssh-user-default-dur",
	sc_prov_duration)},
    {CLAIM("minHostSSHCertDuration", "ssh-host-min-dur", sc_prov_duration)},
    {CLAIM("maxHostSSHCertDuration", "ssh-host-max-dur", sc_prov_duration)},
    {CLAIM("defaultHostSSHCertDuration", "ssh-host-default-dur",
	sc_prov_duration)},
    {CLAIM("enableSSHCA", "ssh", sc_prov_switch), .def = "true"},
    {CLAIM("disableRenewal", "disable-renewal", sc_prov_switch),
	.def = "false"},
    {CLAIM("allowRenewalAfterExpiry", "allow-renewal-after-expiry",
	 sc_prov_switch),
	.def = "false"},
    /* `step` does not know it. */
    {CLAIM("disableRenewalOfUnknown", "disable-renewal-of-unknown",
	sc_prov_switch)},
    {CLAIM("disableSmallstepExtensions", "disable-smallstep-extensions",
	 sc_prov_switch),
	.def = "false"},

    {TEMPLATE(OF_X509, "x509", "template", "x509-template", sc_prov_file)},
    {TEMPLATE(
	OF_X509, "x509", "templateData", "x509-template-data", sc_prov_json)},
    {TEMPLATE(OF_SSH, "ssh", "template", "ssh-template", sc_prov_file)},
    {TEMPLATE(
	OF_SSH, "ssh", "templateData", "ssh-template-data", sc_prov_json)},
    {.flag = NULL},
};
