noinst_LIBRARIES += libsc_authority.a
libsc_authority_a_SOURCES = \
	common/authority/constraints.c common/authority/constraints.h \
	common/authority/authority.c common/authority/authority.h \
	common/authority/client_cert.c common/authority/client_cert.h \
	common/authority/internal.h \
	common/authority/online.c common/authority/online.h \
	common/authority/public.c common/authority/public.h \
	common/authority/record.c common/authority/record.h \
	common/authority/renew.c common/authority/renew.h \
	common/authority/renew_token.c common/authority/renew_token.h \
	common/authority/request_check.c common/authority/request_check.h \
	common/authority/identity.c common/authority/identity.h \
	common/authority/leaf.c common/authority/leaf.h \
	common/authority/leaf_data.c common/authority/leaf_names.c \
	common/authority/leaf_read.c common/authority/leaf_usage.c \
	common/authority/webhook_body.c common/authority/webhook_call.c \
	common/authority/webhook_internal.h \
	common/authority/webhooks.c common/authority/webhooks.h \
	common/authority/sign_internal.h \
	common/authority/sign.c common/authority/sign.h \
	common/authority/validity.c common/authority/validity.h
libsc_authority_a_SOURCES += \
	common/authority/crl.c common/authority/crl.h \
	common/authority/crl_file.c common/authority/crl_file.h \
	common/authority/crl_state.c common/authority/crl_state.h \
	common/authority/revoke.c common/authority/revoke.h
libsc_authority_a_SOURCES += \
	common/authority/pki.c common/authority/pki.h \
	common/authority/pki_config.c \
	common/authority/pki_provisioner.c common/authority/pki_provisioner.h \
	common/authority/pki_internal.h \
	common/authority/pki_ssh_templates.c
libsc_authority_a_SOURCES += \
	common/authority/ocsp.c common/authority/ocsp.h \
	common/authority/ocsp_signer.c common/authority/ocsp_signer.h
libsc_authority_a_SOURCES += \
	common/authority/ssh_config.c common/authority/ssh_config.h \
	common/authority/ssh_templates.h \
	common/authority/ssh_hosts.c common/authority/ssh_hosts.h \
	common/authority/ssh_public.c common/authority/ssh_public.h \
	common/authority/ssh_krl_list.c common/authority/ssh_krl_list.h \
	common/authority/ssh_keys.c common/authority/ssh_keys.h \
	common/authority/ssh_leaf.c common/authority/ssh_leaf.h \
	common/authority/ssh_pop.c common/authority/ssh_pop.h \
	common/authority/ssh_renew.c common/authority/ssh_renew.h \
	common/authority/ssh_revoke.c \
	common/authority/ssh_record.c common/authority/ssh_record.h \
	common/authority/ssh_sign.c common/authority/ssh_sign.h \
	common/authority/ssh_validity.c common/authority/ssh_validity.h
