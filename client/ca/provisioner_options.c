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

const struct sc_opt sc_options_prov_type[] = {
    {.name = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.def = "JWK",
	.choices = "JWK, SSHPOP, X5C, K8sSA",
	.help = "JWK, SSHPOP, X5C or K8sSA"},
    SC_OPT_END};

const struct sc_opt sc_options_prov_own[] = {
    SWITCH("create", "make a key for a JWK provisioner"),
    VALUE("public-key", "FILE",
	"the key of a JWK provisioner, a JWK; those of K8sSA, PEM"),
    VALUE("private-key", "FILE",
	"its private key, to be given to clients encrypted"),
    VALUE("password-file", "FILE", "password of the private key"),
    {.name = "x5c-roots",
	.alias = "x5c-root",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "roots of the certificates that an X5C provisioner takes"},
    SC_OPT_END};

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
