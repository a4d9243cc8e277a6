#include "config.h"

#include "base/mem.h"
#include "client/ca/provisioner_table.h"

static const struct sc_prov_type types[] = {
    {"JWK", SC_OF_JWK},
    {"X5C", SC_OF_X5C},
    {"K8sSA", SC_OF_K8SSA},
    {"SSHPOP", SC_OF_SSHPOP},
};

const struct sc_prov_type *
sc_prov_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (sc_strcaseeq(name, types[i].name))
			return &types[i];
	return NULL;
}

const struct sc_prov_type *
sc_prov_type_of(unsigned bits)
{
	size_t i = 0;

	while ((types[i].bit & bits) == 0)
		i++;
	return &types[i];
}

#define OWN(of, member, option, reader)                                        \
	{                                                                      \
		.types = (of), .name = (member), .flag = (option),             \
		.read = (reader)                                               \
	}
#define REQUIRED(of, member, option, reader)                                   \
	{                                                                      \
		.types = (of), .name = (member), .flag = (option),             \
		.read = (reader), .required = true                             \
	}
#define CLAIM(member, option, reader, value)                                   \
	{                                                                      \
		.types = SC_OF_ALL, .in = "claims", .name = (member),          \
		.flag = (option), .read = (reader), .def = (value)             \
	}

const struct sc_prov_member sc_prov_members[] = {
    OWN(SC_OF_JWK, "key", "create", NULL),
    OWN(SC_OF_JWK, "key", "public-key", NULL),
    OWN(SC_OF_JWK, "encryptedKey", "private-key", NULL),
    OWN(SC_OF_JWK, "encryptedKey", "password-file", NULL),

    REQUIRED(SC_OF_X5C, "roots", "x5c-roots", sc_prov_roots),
    REQUIRED(SC_OF_K8SSA, "publicKeys", "public-key", sc_prov_keys),

    CLAIM("minTLSCertDuration", "x509-min-dur", sc_prov_text, NULL),
    CLAIM("maxTLSCertDuration", "x509-max-dur", sc_prov_text, NULL),
    CLAIM("defaultTLSCertDuration", "x509-default-dur", sc_prov_text, NULL),
    CLAIM("minUserSSHCertDuration", "ssh-user-min-dur", sc_prov_text, NULL),
    CLAIM("maxUserSSHCertDuration", "ssh-user-max-dur", sc_prov_text, NULL),
    CLAIM("defaultUserSSHCertDuration", "ssh-user-default-dur", sc_prov_text,
	NULL),
    CLAIM("minHostSSHCertDuration", "ssh-host-min-dur", sc_prov_text, NULL),
    CLAIM("maxHostSSHCertDuration", "ssh-host-max-dur", sc_prov_text, NULL),
    CLAIM("defaultHostSSHCertDuration", "ssh-host-default-dur", sc_prov_text,
	NULL),
    CLAIM("enableSSHCA", "ssh", sc_prov_switch, "true"),
    CLAIM("disableRenewal", "disable-renewal", sc_prov_switch, "false"),
    CLAIM("allowRenewalAfterExpiry", "allow-renewal-after-expiry",
	sc_prov_switch, "false"),
    /* `step` does not know it. */
    CLAIM("disableRenewalOfUnknown", "disable-renewal-of-unknown",
	sc_prov_switch, NULL),
    CLAIM("disableSmallstepExtensions", "disable-smallstep-extensions",
	sc_prov_switch, "false"),
    {.flag = NULL},
};
