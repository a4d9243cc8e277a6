/*
 * Every command that is in the table of another file.
 */
#ifndef SC_CLIENT_COMMANDS_H
#define SC_CLIENT_COMMANDS_H

#include "client/command.h"

/* The root of the tree. */
extern const struct sc_command sc_cmd_stepc;

extern const struct sc_command sc_cmd_help;
extern const struct sc_command sc_cmd_version;
extern const struct sc_command sc_cmd_path;
extern const struct sc_command sc_cmd_completion;

extern const struct sc_command sc_cmd_ca;
extern const struct sc_command sc_cmd_ca_bootstrap;
extern const struct sc_command sc_cmd_ca_certificate;
extern const struct sc_command sc_cmd_ca_claims;
extern const struct sc_command sc_cmd_ca_federation;
extern const struct sc_command sc_cmd_ca_health;
extern const struct sc_command sc_cmd_ca_init;
extern const struct sc_command sc_cmd_ca_policy;
extern const struct sc_command sc_cmd_ca_provisioner;
extern const struct sc_command sc_cmd_ca_rekey;
extern const struct sc_command sc_cmd_ca_renew;
extern const struct sc_command sc_cmd_ca_revoke;
extern const struct sc_command sc_cmd_ca_root;
extern const struct sc_command sc_cmd_ca_roots;
extern const struct sc_command sc_cmd_ca_sign;
extern const struct sc_command sc_cmd_ca_ssh;
extern const struct sc_command sc_cmd_ca_token;
extern const struct sc_command sc_cmd_ca_validate;

extern const struct sc_command sc_cmd_certificate;
extern const struct sc_command sc_cmd_certificate_create;
extern const struct sc_command sc_cmd_certificate_fingerprint;
extern const struct sc_command sc_cmd_certificate_inspect;
extern const struct sc_command sc_cmd_certificate_needs_renewal;
extern const struct sc_command sc_cmd_certificate_verify;

extern const struct sc_command sc_cmd_crl;
extern const struct sc_command sc_cmd_crl_inspect;

extern const struct sc_command sc_cmd_crypto;
extern const struct sc_command sc_cmd_crypto_hash;
extern const struct sc_command sc_cmd_crypto_jwe;
extern const struct sc_command sc_cmd_crypto_jwk;
extern const struct sc_command sc_cmd_crypto_jws;
extern const struct sc_command sc_cmd_crypto_jwt;
extern const struct sc_command sc_cmd_crypto_key;
extern const struct sc_command sc_cmd_crypto_keypair;
extern const struct sc_command sc_cmd_crypto_rand;

extern const struct sc_command sc_cmd_oauth;

extern const struct sc_command sc_cmd_ssh;
extern const struct sc_command sc_cmd_ssh_certificate;
extern const struct sc_command sc_cmd_ssh_check_host;
extern const struct sc_command sc_cmd_ssh_config;
extern const struct sc_command sc_cmd_ssh_fingerprint;
extern const struct sc_command sc_cmd_ssh_hosts;
extern const struct sc_command sc_cmd_ssh_inspect;
extern const struct sc_command sc_cmd_ssh_krl;
extern const struct sc_command sc_cmd_ssh_list;
extern const struct sc_command sc_cmd_ssh_login;
extern const struct sc_command sc_cmd_ssh_proxycommand;
extern const struct sc_command sc_cmd_ssh_logout;
extern const struct sc_command sc_cmd_ssh_needs_renewal;
extern const struct sc_command sc_cmd_ssh_rekey;
extern const struct sc_command sc_cmd_ssh_renew;
extern const struct sc_command sc_cmd_ssh_revoke;

extern const struct sc_command sc_cmd_store;
extern const struct sc_command sc_cmd_store_backup;
extern const struct sc_command sc_cmd_store_export;
extern const struct sc_command sc_cmd_store_list;
extern const struct sc_command sc_cmd_store_prune;
extern const struct sc_command sc_cmd_store_rebuild;
extern const struct sc_command sc_cmd_store_show;
extern const struct sc_command sc_cmd_store_status;
extern const struct sc_command sc_cmd_store_verify;

#endif
