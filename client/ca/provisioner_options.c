/*
 * The flags of sc_prov_members for the command line and its help.
 */
#include "config.h"

#include "client/ca/provisioner_table.h"

#define VALUE(option, value, text)                                             \
	{                                                                      \
		.name = (option), .arg = (value), .flags = SC_OPT_LINE_ONLY,   \
		.help = (text)                                                 \
	}
#define SWITCH(option, text)                                                   \
	{                                                                      \
		.name = (option), .kind = SC_OPT_BOOL,                         \
		.flags = SC_OPT_LINE_ONLY, .help = (text)                      \
	}
#define LIST(option, value, text)                                              \
	{                                                                      \
		.name = (option), .kind = SC_OPT_LIST, .arg = (value),         \
		.flags = SC_OPT_LINE_ONLY, .help = (text)                      \
	}

const struct sc_opt sc_options_prov_type[] = {
    {.name = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.def = "JWK",
	.help = "JWK, OIDC, X5C, K8sSA, SSHPOP, ACME, SCEP, Nebula, AWS, GCP "
		"or Azure"},
    SC_OPT_END};

const struct sc_opt sc_options_prov_name[] = {
    VALUE("name", "NAME", "another name for it"), SC_OPT_END};

const struct sc_opt sc_options_prov_own[] = {
    SWITCH("create", "make a key for a JWK provisioner"),
    VALUE("public-key", "FILE",
	"the key of a JWK provisioner, a JWK; those of K8sSA, PEM"),
    VALUE("private-key", "FILE",
	"its private key, to be given to clients encrypted"),
    VALUE("password-file", "FILE", "password of the private key"),
    VALUE("client-id", "ID", "OIDC: whom tokens must be for"),
    VALUE("client-secret", "SECRET",
	"OIDC: what clients get tokens with; no secret to them"),
    VALUE("configuration-endpoint", "URL",
	"OIDC: where the identity provider describes itself"),
    VALUE("tenant-id", "ID", "OIDC: tenant in the provider's issuer"),
    LIST("admin", "EMAIL", "OIDC: who may have any name"),
    LIST("domain", "DOMAIN", "OIDC: domain of mail addresses"),
    LIST("group", "GROUP", "OIDC: group that may ask"),
    VALUE("listen-address", "HOST:PORT",
	"OIDC: where clients wait for the browser"),
    LIST("scope", "SCOPE", "OIDC: scope that clients ask for"),
    LIST("auth-param", "NAME=VALUE", "OIDC: parameter that clients add"),
    {.name = "x5c-roots",
	.alias = "x5c-root",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "X5C: roots of the certificates that vouch"},
    VALUE("nebula-root", "FILE", "Nebula: certificates of its authorities"),
    SC_OPT_END};

const struct sc_opt sc_options_prov_legacy[] = {
    SWITCH("force-cn", "ACME, SCEP: give every certificate a common name"),
    VALUE("terms-of-service", "URL", "ACME: terms that clients agree to"),
    VALUE("website", "URL", "ACME: about the authority"),
    LIST("caa-identity", "NAME", "ACME: name in CAA records"),
    SWITCH("require-eab", "ACME: accounts must be bound to a key"),
    LIST("challenge", "CHALLENGE",
	"ACME: http-01, dns-01, tls-alpn-01, device-attest-01; SCEP: the "
	"secret"),
    LIST("attestation-format", "FORMAT", "ACME: apple, step, tpm, android-key"),
    LIST("attestation-roots", "FILE", "ACME: roots of attestations"),
    LIST("capabilities", "NAME", "SCEP: what is announced"),
    SWITCH("include-root", "SCEP: send the root certificate, too"),
    SWITCH("exclude-intermediate", "SCEP: do not send the intermediate"),
    VALUE("min-public-key-length", "BITS", "SCEP: shortest RSA key"),
    VALUE("encryption-algorithm-identifier", "NUMBER",
	"SCEP: 0 DES-CBC, 1 AES-128-CBC, 2 AES-256-CBC, 3 AES-128-GCM, 4 "
	"AES-256-GCM"),
    VALUE("scep-decrypter-certificate-file", "FILE",
	"SCEP: certificate that messages are encrypted for"),
    VALUE("scep-decrypter-key-file", "FILE", "SCEP: its private key, PEM"),
    VALUE("scep-decrypter-key-uri", "URI", "SCEP: its private key elsewhere"),
    VALUE("scep-decrypter-key-password-file", "FILE",
	"SCEP: password of the private key"),
    SC_OPT_END};

const struct sc_opt sc_options_prov_cloud[] = {
    LIST("aws-account", "ID", "AWS: account of the machines"),
    LIST("imds-version", "VERSION", "AWS: v1, v2"),
    VALUE("iid-roots", "FILE", "AWS: certificates that sign documents"),
    LIST("gcp-service-account", "NAME", "GCP: service account that may ask"),
    LIST("gcp-project", "ID", "GCP: project of the machines"),
    VALUE("gcp-organization", "ID", "GCP: organization of the projects"),
    VALUE("azure-tenant", "ID", "Azure: tenant of the machines"),
    LIST("azure-resource-group", "NAME", "Azure: resource group that may ask"),
    LIST("azure-subscription-id", "ID", "Azure: subscription that may ask"),
    LIST("azure-object-id", "ID", "Azure: identity that may ask"),
    VALUE("azure-audience", "URL", "Azure: whom tokens must be for"),
    VALUE("instance-age", "DURATION", "AWS, GCP: how old machines may be"),
    SWITCH("disable-custom-sans",
	"AWS, GCP, Azure: only the names that the cloud gave"),
    {.name = "disable-trust-on-first-use",
	.alias = "disable-tofu",
	.kind = SC_OPT_BOOL,
	.flags = SC_OPT_LINE_ONLY,
	.help = "AWS, GCP, Azure: a machine may ask more than once"},
    SWITCH("disable-ssh-ca-user", "GCP: no SSH certificates of users"),
    SWITCH("disable-ssh-ca-host", "GCP: no SSH certificates of hosts"),
    SC_OPT_END};

const struct sc_opt sc_options_prov_remove[] = {
    LIST("remove-admin", "EMAIL", "take out of the list"),
    LIST("remove-domain", "DOMAIN", "likewise"),
    LIST("remove-group", "GROUP", "likewise"),
    LIST("remove-scope", "SCOPE", "likewise"),
    LIST("remove-auth-param", "NAME=VALUE", "likewise"),
    LIST("remove-caa-identity", "NAME", "likewise"),
    LIST("remove-challenge", "CHALLENGE", "likewise"),
    LIST("remove-attestation-format", "FORMAT", "likewise"),
    LIST("remove-aws-account", "ID", "likewise"),
    LIST("remove-imds-version", "VERSION", "likewise"),
    LIST("remove-gcp-service-account", "NAME", "likewise"),
    LIST("remove-gcp-project", "ID", "likewise"),
    LIST("remove-azure-resource-group", "NAME", "likewise"),
    LIST("remove-azure-subscription-id", "ID", "likewise"),
    LIST("remove-azure-object-id", "ID", "likewise"), SC_OPT_END};

const struct sc_opt sc_options_prov_claims[] = {
    VALUE("x509-min-dur", "DURATION", "least life of an X.509 certificate"),
    VALUE("x509-max-dur", "DURATION", "longest life of an X.509 certificate"),
    VALUE("x509-default-dur", "DURATION", "life of an X.509 certificate"),
    VALUE("ssh-user-min-dur", "DURATION",
	"least life of a user's SSH certificate"),
    VALUE("ssh-user-max-dur", "DURATION",
	"longest life of a user's SSH certificate"),
    VALUE(
	"ssh-user-default-dur", "DURATION", "life of a user's SSH certificate"),
    VALUE("ssh-host-min-dur", "DURATION",
	"least life of a host's SSH certificate"),
    VALUE("ssh-host-max-dur", "DURATION",
	"longest life of a host's SSH certificate"),
    VALUE(
	"ssh-host-default-dur", "DURATION", "life of a host's SSH certificate"),
    SWITCH("ssh", "sign SSH certificates (--ssh=false: do not)"),
    SWITCH("disable-renewal", "renew nothing"),
    SWITCH("allow-renewal-after-expiry", "renew what has expired, too"),
    SWITCH("disable-renewal-of-unknown",
	"renew only what the store has a record of"),
    SWITCH("disable-smallstep-extensions",
	"leave the provisioner's name out of certificates"),
    SC_OPT_END};

const struct sc_opt sc_options_prov_templates[] = {
    VALUE("x509-template", "FILE", "template of X.509 certificates"),
    VALUE("x509-template-data", "FILE", "its variables, JSON"),
    VALUE("ssh-template", "FILE", "template of SSH certificates"),
    VALUE("ssh-template-data", "FILE", "its variables, JSON"), SC_OPT_END};
