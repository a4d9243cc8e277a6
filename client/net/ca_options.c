#include "config.h"

#include <stddef.h>

#include "client/net/ca_options.h"

const struct sc_opt sc_options_force[] = {
    {.name = "force",
	.letter = 'f',
	.kind = SC_OPT_BOOL,
	.help = "overwrite files without asking"},
    SC_OPT_END};

const struct sc_opt sc_options_provisioner[] = {
    {.name = "provisioner",
	.alias = "issuer",
	.arg = "NAME",
	.help = "which provisioner vouches"},
    {.name = "kid", .arg = "ID", .help = "key id of the provisioner"},
    {.name = "provisioner-password-file",
	.alias = "password-file",
	.arg = "FILE",
	.help = "file with the password of the provisioner's key"},
    {.name = "x5c-cert",
	.arg = "FILE",
	.help = "certificate that vouches, for an X5C provisioner"},
    {.name = "x5c-key", .arg = "FILE", .help = "its key"},
    {.name = "x5c-chain",
	.arg = "FILE",
	.help = "certificates between it and the provisioner's root"},
    {.name = "k8ssa-token-path",
	.arg = "FILE",
	.help = "token of a service account, for a K8sSA provisioner"},
    {.name = "console",
	.kind = SC_OPT_BOOL,
	.help = "sign in for an OIDC provisioner without a browser here"},
    SC_OPT_END};

const struct sc_opt sc_options_offline[] = {
    {.name = "offline",
	.kind = SC_OPT_BOOL,
	.help = "do without the CA's servers"},
    {.name = "ca-config",
	.arg = "FILE",
	.help = "ca.json for --offline (default $STEPPATH/config/ca.json)"},
    SC_OPT_END};

const struct sc_opt sc_options_set[] = {
    {.name = "set",
	.kind = SC_OPT_LIST,
	.arg = "KEY=VALUE",
	.help = "data for the provisioner's template"},
    {.name = "set-file",
	.arg = "FILE",
	.help = "the same as a JSON object in FILE"},
    SC_OPT_END};
