# client
# Everything but main and the tables of groups is in a library, so that unit
# tests can link it.
noinst_LIBRARIES += libsc_client.a
libsc_client_a_SOURCES = \
	client/command.h \
	client/cli/completion.c client/cli/completion.h \
	client/cli/core.c client/cli/core.h \
	client/cli/defaults.c client/cli/defaults.h \
	client/cli/emoji.c client/cli/emoji.h \
	client/cli/encoding.c client/cli/encoding.h \
	client/cli/help.c client/cli/help.h \
	client/cli/jose_key.c client/cli/jose_key.h \
	client/cli/key_options.c client/cli/key_options.h \
	client/cli/options.c client/cli/options.h \
	client/cli/output.c client/cli/output.h \
	client/cli/secret.c client/cli/secret.h \
	client/cli/suggest.c client/cli/suggest.h \
	client/cli/tty.c client/cli/tty.h \
	client/cli/ui.c client/cli/ui.h

# Speaking to a CA.
libsc_client_a_SOURCES += \
	client/net/ca_calls.c \
	client/net/ca_client.c client/net/ca_client.h \
	client/net/ca_error.c client/net/ca_error.h \
	client/net/ca_issue.c client/net/ca_issue.h \
	client/net/ca_options.c client/net/ca_options.h \
	client/net/oauth.c client/net/oauth.h client/net/oauth_internal.h \
	client/net/oauth_browser.c client/net/oauth_device.c \
	client/net/oauth_listen.c client/net/oauth_listen.h \
	client/net/pem_out.c client/net/pem_out.h \
	client/net/reason.c client/net/reason.h \
	client/net/provisioner_pick.c client/net/provisioner_pick.h \
	client/net/ssh_agent.c client/net/ssh_agent.h \
	client/net/ssh_request.c client/net/ssh_request.h \
	client/net/token.c client/net/token.h \
	client/net/token_flow.c client/net/token_flow.h \
	client/net/token_oidc.c client/net/token_oidc.h \
	client/net/token_x5c.c client/net/token_x5c.h

# A certificate's life.
libsc_client_a_SOURCES += \
	client/life/cert_pair.c client/life/cert_pair.h \
	client/life/renew_daemon.c \
	client/life/renew_hooks.c client/life/renew_hooks.h \
	client/life/renew_job.c client/life/renew_job.h \
	client/life/renew_limit.c client/life/renew_limit.h \
	client/life/renew_schedule.c client/life/renew_schedule.h \
	client/life/renewer.c client/life/renewer.h

SC_LIBS_CLIENT = libsc_client.a $(SC_LIBS_AUTHORITY) $(OPENSSL_LIBS)

bin_PROGRAMS += stepc
stepc_SOURCES = \
	client/ca/ca_claims.c \
	client/ca/ca_edit.c client/ca/ca_edit.h \
	client/ca/ca_policy.c client/ca/ca_policy.h \
	client/ca/ca_policy_check.c \
	client/ca/ca_init.c client/ca/ca_init.h \
	client/ca/ca_init_answers.c \
	client/ca/pki_files.c client/ca/pki_files.h \
	client/net/cert_source.c client/net/cert_source.h \
	client/certificate/certificate_create.c \
	client/certificate/certificate_fingerprint.c \
	client/certificate/certificate_inspect.c \
	client/certificate/certificate_verify.c \
	client/certificate/certinfo.h client/certificate/certinfo_internal.h \
	client/certificate/certinfo_ext.c client/certificate/certinfo_json.c \
	client/certificate/certinfo_short.c client/certificate/certinfo_text.c \
	client/ca/ca_validate.c client/ca/ca_validate.h \
	client/ca/ca_validate_files.c \
	client/commands.h \
	client/crypto/crypto_jwk.c \
	client/crypto/crypto_jwt.c client/crypto/crypto_jwt.h \
	client/crypto/crypto_jwe.c \
	client/crypto/crypto_jwt_sign.c \
	client/crypto/crypto_jws.c \
	client/crypto/jose_sign.c client/crypto/jose_sign.h \
	client/crypto/any_key.c client/crypto/any_key.h \
	client/crypto/crypto_hash.c \
	client/crypto/crypto_jwk.h \
	client/crypto/crypto_jwk_keyset.c \
	client/crypto/crypto_key.c client/crypto/crypto_key.h \
	client/crypto/crypto_key_format.c \
	client/crypto/crypto_key_sign.c \
	client/crypto/crypto_keypair.c \
	client/crypto/crypto_rand.c \
	client/crypto/hash_alg.c client/crypto/hash_alg.h \
	client/groups.c \
	client/main.c \
	client/net/tls_peek.c client/net/tls_peek.h

stepc_SOURCES += \
	client/ca/ca_bootstrap.c \
	client/ca/ca_certificate.c \
	client/ca/ca_health.c \
	client/ca/ca_offline.c client/ca/ca_offline.h \
	client/ca/ca_provisioner.c \
	client/ca/ca_provisioner_edit.c client/ca/ca_provisioner_edit.h \
	client/ca/ca_provisioner_webhook.c \
	client/ca/ca_root.c \
	client/ca/ca_ssh.c \
	client/ca/ca_token.c \
	client/ca/provisioner_jwk.c client/ca/provisioner_jwk.h \
	client/ca/provisioner_options.c \
	client/ca/provisioner_pem.c \
	client/ca/provisioner_set.c client/ca/provisioner_set.h \
	client/ca/provisioner_table.c client/ca/provisioner_table.h \
	client/ca/provisioner_values.c

stepc_SOURCES += \
	client/ca/ca_renew.c \
	client/ca/ca_revoke.c \
	client/certificate/certificate_needs_renewal.c \
	client/net/cert_urls.c client/net/cert_urls.h \
	client/crl/crl_inspect.c \
	client/crl/crlinfo.h client/crl/crlinfo_ext.c \
	client/crl/crlinfo_json.c client/crl/crlinfo_text.c \
	client/net/fetch.c client/net/fetch.h \
	client/certificate/revocation.c client/certificate/revocation.h
stepc_SOURCES += \
	client/store/store_backup.c \
	client/store/store_filter.c \
	client/store/store_list.c \
	client/store/store_options.c client/store/store_options.h \
	client/store/store_out.c client/store/store_out.h \
	client/store/store_prune.c \
	client/store/store_row.c client/store/store_row.h \
	client/store/store_row_text.c \
	client/store/store_show.c \
	client/store/store_status.c \
	client/store/store_table.c client/store/store_table.h \
	client/store/store_verify.c
stepc_SOURCES += \
	client/ssh/ssh_agent_cert.c client/ssh/ssh_agent_cert.h \
	client/ssh/ssh_certificate.c \
	client/ssh/ssh_config.c \
	client/ssh/ssh_edit.c client/ssh/ssh_edit.h \
	client/ssh/ssh_files.c client/ssh/ssh_files.h \
	client/ssh/ssh_fetch.c client/ssh/ssh_fetch.h \
	client/ssh/ssh_hosts.c \
	client/ssh/ssh_inspect.c \
	client/ssh/ssh_issue.c client/ssh/ssh_issue.h \
	client/ssh/ssh_list.c \
	client/ssh/ssh_login.c client/ssh/ssh_login.h \
	client/ssh/ssh_pop.c client/ssh/ssh_pop.h \
	client/ssh/ssh_proxycommand.c \
	client/ssh/ssh_renew.c \
	client/ssh/sshinfo.c client/ssh/sshinfo.h
stepc_SOURCES += client/oauth/oauth.c
stepc_LDADD = $(SC_LIBS_CLIENT)

bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = client/completions/stepc
client/completions/stepc: stepc$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) client/completions && \
	./stepc$(EXEEXT) completion bash >$@.tmp && mv $@.tmp $@
CLEANFILES += client/completions/stepc
