/*
 * The lists of commands, in the order in which help shows them.
 */
#include "config.h"

#include <stddef.h>

#include "client/command.h"
#include "client/commands.h"

static const struct sc_command *const ca_commands[] = {&sc_cmd_ca_init,
    &sc_cmd_ca_validate, &sc_cmd_ca_bootstrap, &sc_cmd_ca_health,
    &sc_cmd_ca_root, &sc_cmd_ca_roots, &sc_cmd_ca_federation, &sc_cmd_ca_token,
    &sc_cmd_ca_certificate, &sc_cmd_ca_sign, &sc_cmd_ca_renew, &sc_cmd_ca_rekey,
    &sc_cmd_ca_revoke, &sc_cmd_ca_provisioner, &sc_cmd_ca_claims,
    &sc_cmd_ca_policy, &sc_cmd_ca_ssh, NULL};

const struct sc_command sc_cmd_ca = {.name = "ca",
    .help = "work with a certificate authority",
    .subs = ca_commands};

static const struct sc_command *const certificate_commands[] = {
    &sc_cmd_certificate_create, &sc_cmd_certificate_inspect,
    &sc_cmd_certificate_fingerprint, &sc_cmd_certificate_verify,
    &sc_cmd_certificate_needs_renewal, NULL};

const struct sc_command sc_cmd_certificate = {.name = "certificate",
    .help = "make, show and verify certificates",
    .subs = certificate_commands};

static const struct sc_command *const crl_commands[] = {
    &sc_cmd_crl_inspect, NULL};

const struct sc_command sc_cmd_crl = {.name = "crl",
    .help = "show certificate revocation lists",
    .subs = crl_commands};

static const struct sc_command *const crypto_commands[] = {
    &sc_cmd_crypto_keypair, &sc_cmd_crypto_jwk, &sc_cmd_crypto_jwt,
    &sc_cmd_crypto_jws, &sc_cmd_crypto_jwe, &sc_cmd_crypto_key,
    &sc_cmd_crypto_hash, &sc_cmd_crypto_rand, NULL};

const struct sc_command sc_cmd_crypto = {.name = "crypto",
    .help = "make and convert keys, sign and verify, hash",
    .subs = crypto_commands};

static const struct sc_command *const ssh_commands[] = {&sc_cmd_ssh_certificate,
    &sc_cmd_ssh_inspect, &sc_cmd_ssh_fingerprint, &sc_cmd_ssh_needs_renewal,
    &sc_cmd_ssh_renew, &sc_cmd_ssh_rekey, &sc_cmd_ssh_revoke,
    &sc_cmd_ssh_config, &sc_cmd_ssh_krl, &sc_cmd_ssh_hosts,
    &sc_cmd_ssh_check_host, &sc_cmd_ssh_login, &sc_cmd_ssh_proxycommand,
    &sc_cmd_ssh_list, &sc_cmd_ssh_logout, NULL};

const struct sc_command sc_cmd_ssh = {.name = "ssh",
    .help = "sign in with SSH certificates",
    .subs = ssh_commands};

static const struct sc_command *const store_commands[] = {&sc_cmd_store_status,
    &sc_cmd_store_list, &sc_cmd_store_show, &sc_cmd_store_export,
    &sc_cmd_store_verify, &sc_cmd_store_backup, &sc_cmd_store_rebuild,
    &sc_cmd_store_prune, NULL};

const struct sc_command sc_cmd_store = {.name = "store",
    .help = "look after what the CA remembers",
    .subs = store_commands};

static const struct sc_command *const stepc_commands[] = {&sc_cmd_ca,
    &sc_cmd_certificate, &sc_cmd_crl, &sc_cmd_crypto, &sc_cmd_oauth,
    &sc_cmd_ssh, &sc_cmd_store, &sc_cmd_path, &sc_cmd_completion,
    &sc_cmd_version, &sc_cmd_help, NULL};

const struct sc_command sc_cmd_stepc = {.name = "stepc",
    .help = "a private certificate authority and its client",
    .subs = stepc_commands};
