# client
# Everything but main and the tables of groups is in a library, so that unit
# tests can link it.
noinst_LIBRARIES += libsc_client.a
libsc_client_a_SOURCES = \
	client/command.h \
	client/defaults.c client/defaults.h \
	client/emoji.c client/emoji.h \
	client/help.c client/help.h \
	client/jose_key.c client/jose_key.h \
	client/key_options.c client/key_options.h \
	client/options.c client/options.h \
	client/output.c client/output.h \
	client/secret.c client/secret.h \
	client/suggest.c client/suggest.h \
	client/tty.c client/tty.h \
	client/ui.c client/ui.h

# Speaking to a CA.
libsc_client_a_SOURCES += \
	client/ca_calls.c \
	client/ca_client.c client/ca_client.h \
	client/ca_error.c client/ca_error.h \
	client/ca_issue.c client/ca_issue.h \
	client/ca_options.c client/ca_options.h \
	client/http.c client/http.h \
	client/pem_out.c client/pem_out.h \
	client/provisioner_pick.c client/provisioner_pick.h \
	client/token.c client/token.h \
	client/token_flow.c client/token_flow.h

# A certificate's life.
libsc_client_a_SOURCES += \
	client/cert_pair.c client/cert_pair.h \
	client/renew_daemon.c \
	client/renew_hooks.c client/renew_hooks.h \
	client/renew_job.c client/renew_job.h \
	client/renew_schedule.c client/renew_schedule.h \
	client/renewer.c client/renewer.h

SC_LIBS_CLIENT = libsc_client.a $(SC_LIBS_AUTHORITY) $(OPENSSL_LIBS) \
	$(CURL_LIBS)

bin_PROGRAMS += stepc
stepc_SOURCES = \
	client/ca_init.c client/ca_init.h \
	client/ca_init_answers.c \
	client/cert_source.c client/cert_source.h \
	client/certificate_create.c \
	client/certificate_fingerprint.c \
	client/certificate_inspect.c \
	client/certificate_verify.c \
	client/certinfo.h client/certinfo_internal.h \
	client/certinfo_ext.c client/certinfo_json.c \
	client/certinfo_short.c client/certinfo_text.c \
	client/ca_validate.c client/ca_validate.h \
	client/ca_validate_files.c \
	client/commands.h \
	client/crypto_jwk.c \
	client/crypto_jwt.c client/crypto_jwt.h \
	client/crypto_jwt_sign.c \
	client/crypto_keypair.c \
	client/groups.c \
	client/main.c \
	client/tls_peek.c client/tls_peek.h

stepc_SOURCES += \
	client/ca_bootstrap.c \
	client/ca_certificate.c \
	client/ca_health.c \
	client/ca_offline.c client/ca_offline.h \
	client/ca_provisioner.c \
	client/ca_root.c \
	client/ca_token.c

stepc_SOURCES += \
	client/ca_renew.c \
	client/ca_revoke.c \
	client/certificate_needs_renewal.c \
	client/cert_urls.c client/cert_urls.h \
	client/crl_inspect.c \
	client/crlinfo.h client/crlinfo_ext.c \
	client/crlinfo_json.c client/crlinfo_text.c \
	client/fetch.c client/fetch.h \
	client/revocation.c client/revocation.h
stepc_LDADD = $(SC_LIBS_CLIENT)

bashcompletiondir = $(datadir)/bash-completion/completions
nodist_bashcompletion_DATA = client/completions/stepc
client/completions/stepc: stepc$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) client/completions && \
	./stepc$(EXEEXT) completion bash >$@.tmp && mv $@.tmp $@
CLEANFILES += client/completions/stepc
