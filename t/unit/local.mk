# One program per module; append for a new one, e.g.
#   check_PROGRAMS += t/unit/x
#   TESTS += t/unit/x
#   t_unit_x_SOURCES = t/unit/x.c
#   t_unit_x_LDADD = libsc_tap.a $(SC_LIBS_BASE)
SC_UNIT_BASE = \
	t/unit/buf \
	t/unit/clock \
	t/unit/encode \
	t/unit/err \
	t/unit/file \
	t/unit/form \
	t/unit/json \
	t/unit/limits \
	t/unit/log \
	t/unit/mem \
	t/unit/random \
	t/unit/url
check_PROGRAMS += $(SC_UNIT_BASE)
TESTS += $(SC_UNIT_BASE)
t_unit_buf_SOURCES = t/unit/buf.c
t_unit_buf_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_clock_SOURCES = t/unit/clock.c
t_unit_clock_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_encode_SOURCES = t/unit/encode.c
t_unit_encode_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_err_SOURCES = t/unit/err.c
t_unit_err_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_file_SOURCES = t/unit/file.c
t_unit_file_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_form_SOURCES = t/unit/form.c
t_unit_form_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_json_SOURCES = t/unit/json.c
t_unit_json_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_limits_SOURCES = t/unit/limits.c
t_unit_limits_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_log_SOURCES = t/unit/log.c
t_unit_log_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_mem_SOURCES = t/unit/mem.c
t_unit_mem_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_random_SOURCES = t/unit/random.c
t_unit_random_LDADD = libsc_tap.a $(SC_LIBS_BASE)
t_unit_url_SOURCES = t/unit/url.c
t_unit_url_LDADD = libsc_tap.a $(SC_LIBS_BASE)

# Test data of the unit tests.
EXTRA_DIST += t/cases/json
SC_UNIT_CRYPTO_KEYS = t/unit/key t/unit/jwk t/unit/jws t/unit/jwt t/unit/jwe
check_PROGRAMS += $(SC_UNIT_CRYPTO_KEYS)
TESTS += $(SC_UNIT_CRYPTO_KEYS)
check_PROGRAMS += t/unit/bcrypt_pbkdf
TESTS += t/unit/bcrypt_pbkdf
check_PROGRAMS += t/unit/ssh_private
TESTS += t/unit/ssh_private
t_unit_ssh_private_SOURCES = t/unit/ssh_private.c
t_unit_ssh_private_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_bcrypt_pbkdf_SOURCES = t/unit/bcrypt_pbkdf.c
t_unit_bcrypt_pbkdf_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_key_SOURCES = t/unit/key.c
t_unit_key_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_jwk_SOURCES = t/unit/jwk.c
t_unit_jwk_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_jws_SOURCES = t/unit/jws.c
t_unit_jws_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_jwt_SOURCES = t/unit/jwt.c
t_unit_jwt_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_jwe_SOURCES = t/unit/jwe.c
t_unit_jwe_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
EXTRA_DIST += t/vectors/jose

check_PROGRAMS += t/unit/options
TESTS += t/unit/options
t_unit_options_SOURCES = t/unit/options.c
t_unit_options_LDADD = libsc_tap.a $(SC_LIBS_CLIENT)
check_PROGRAMS += t/unit/renew_schedule
TESTS += t/unit/renew_schedule
t_unit_renew_schedule_SOURCES = t/unit/renew_schedule.c
t_unit_renew_schedule_LDADD = libsc_tap.a $(SC_LIBS_CLIENT)
check_PROGRAMS += t/unit/store
TESTS += t/unit/store
t_unit_store_SOURCES = t/unit/store.c t/lib/store_kit.c t/lib/store_kit.h
t_unit_store_LDADD = libsc_tap.a $(SC_LIBS_STORE)
check_PROGRAMS += t/unit/validity
TESTS += t/unit/validity
t_unit_validity_SOURCES = t/unit/validity.c
t_unit_validity_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
check_PROGRAMS += t/unit/record
TESTS += t/unit/record
t_unit_record_SOURCES = t/unit/record.c t/lib/store_kit.c t/lib/store_kit.h
t_unit_record_LDADD = libsc_tap.a $(SC_LIBS_STORE)
check_PROGRAMS += t/unit/claims t/unit/config t/unit/provisioner
TESTS += t/unit/claims t/unit/config t/unit/provisioner
t_unit_claims_SOURCES = t/unit/claims.c
t_unit_claims_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
t_unit_config_SOURCES = t/unit/config.c
t_unit_config_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
t_unit_provisioner_SOURCES = t/unit/provisioner.c
t_unit_provisioner_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
check_PROGRAMS += t/unit/jwks
TESTS += t/unit/jwks
t_unit_jwks_SOURCES = t/unit/jwks.c
t_unit_jwks_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)

check_PROGRAMS += t/unit/nebula
TESTS += t/unit/nebula
t_unit_nebula_SOURCES = t/unit/nebula.c $(SC_X509_KIT)
t_unit_nebula_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)

check_PROGRAMS += t/unit/instance
TESTS += t/unit/instance
t_unit_instance_SOURCES = t/unit/instance.c
t_unit_instance_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
check_PROGRAMS += t/unit/webhook
TESTS += t/unit/webhook
t_unit_webhook_SOURCES = t/unit/webhook.c
t_unit_webhook_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)

check_PROGRAMS += t/unit/pki
TESTS += t/unit/pki
t_unit_pki_SOURCES = t/unit/pki.c
t_unit_pki_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
SC_UNIT_X509 = t/unit/der t/unit/san t/unit/name t/unit/csr \
	t/unit/cert t/unit/cert_build t/unit/cert_verify \
	t/unit/cert_issued t/unit/provisioner_ext
check_PROGRAMS += $(SC_UNIT_X509)
TESTS += $(SC_UNIT_X509)
SC_X509_KIT = t/lib/x509_kit.c t/lib/x509_kit.h
t_unit_der_SOURCES = t/unit/der.c
t_unit_der_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_san_SOURCES = t/unit/san.c
t_unit_san_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_name_SOURCES = t/unit/name.c
t_unit_name_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_csr_SOURCES = t/unit/csr.c $(SC_X509_KIT)
t_unit_csr_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_cert_SOURCES = t/unit/cert.c $(SC_X509_KIT)
t_unit_cert_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_cert_build_SOURCES = t/unit/cert_build.c $(SC_X509_KIT)
t_unit_cert_build_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_cert_verify_SOURCES = t/unit/cert_verify.c $(SC_X509_KIT)
t_unit_cert_verify_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_cert_issued_SOURCES = t/unit/cert_issued.c $(SC_X509_KIT)
t_unit_cert_issued_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_provisioner_ext_SOURCES = t/unit/provisioner_ext.c $(SC_X509_KIT)
t_unit_provisioner_ext_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)

SC_UNIT_WEB = t/unit/request t/unit/response t/unit/route t/unit/serve
check_PROGRAMS += $(SC_UNIT_WEB)
TESTS += $(SC_UNIT_WEB)
t_unit_request_SOURCES = t/unit/request.c t/lib/web_kit.c t/lib/web_kit.h
t_unit_request_LDADD = libsc_tap.a $(SC_LIBS_WEB)
t_unit_response_SOURCES = t/unit/response.c
t_unit_response_LDADD = libsc_tap.a $(SC_LIBS_WEB)
t_unit_route_SOURCES = t/unit/route.c
t_unit_route_LDADD = libsc_tap.a $(SC_LIBS_WEB)
t_unit_serve_SOURCES = t/unit/serve.c t/lib/web_kit.c t/lib/web_kit.h
t_unit_serve_LDADD = libsc_tap.a $(SC_LIBS_WEB)

check_PROGRAMS += t/unit/crl t/unit/serial
TESTS += t/unit/crl t/unit/serial
t_unit_crl_SOURCES = t/unit/crl.c $(SC_X509_KIT)
t_unit_crl_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_serial_SOURCES = t/unit/serial.c
t_unit_serial_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
check_PROGRAMS += t/unit/ocsp
TESTS += t/unit/ocsp
t_unit_ocsp_SOURCES = t/unit/ocsp.c $(SC_X509_KIT)
t_unit_ocsp_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)

check_PROGRAMS += t/unit/client_cert
TESTS += t/unit/client_cert
t_unit_client_cert_SOURCES = t/unit/client_cert.c $(SC_X509_KIT)
t_unit_client_cert_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)

check_PROGRAMS += t/unit/emoji
TESTS += t/unit/emoji
t_unit_emoji_SOURCES = t/unit/emoji.c
t_unit_emoji_LDADD = libsc_tap.a $(SC_LIBS_CLIENT)

check_PROGRAMS += t/unit/crl_list
TESTS += t/unit/crl_list
SC_AUTHORITY_KIT = t/lib/authority_kit.c t/lib/authority_kit.h
t_unit_crl_list_SOURCES = t/unit/crl_list.c $(SC_AUTHORITY_KIT)
t_unit_crl_list_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)

check_PROGRAMS += t/unit/store_revoke
TESTS += t/unit/store_revoke
t_unit_store_revoke_SOURCES = t/unit/store_revoke.c t/lib/store_kit.c \
	t/lib/store_kit.h
t_unit_store_revoke_LDADD = libsc_tap.a $(SC_LIBS_STORE)
check_PROGRAMS += t/unit/renew
TESTS += t/unit/renew
t_unit_renew_SOURCES = t/unit/renew.c $(SC_X509_KIT)
t_unit_renew_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)

check_PROGRAMS += t/unit/ocsp_signer
TESTS += t/unit/ocsp_signer
t_unit_ocsp_signer_SOURCES = t/unit/ocsp_signer.c $(SC_AUTHORITY_KIT) \
	$(SC_X509_KIT)
t_unit_ocsp_signer_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
SC_SSH_KIT = t/lib/ssh_kit.c t/lib/ssh_kit.h
check_PROGRAMS += t/unit/ssh_key t/unit/ssh_cert t/unit/ssh_krl
TESTS += t/unit/ssh_key t/unit/ssh_cert t/unit/ssh_krl
t_unit_ssh_key_SOURCES = t/unit/ssh_key.c $(SC_SSH_KIT)
t_unit_ssh_key_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_ssh_cert_SOURCES = t/unit/ssh_cert.c $(SC_SSH_KIT)
t_unit_ssh_cert_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
t_unit_ssh_krl_SOURCES = t/unit/ssh_krl.c $(SC_SSH_KIT)
t_unit_ssh_krl_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)

check_PROGRAMS += t/unit/store_survey
TESTS += t/unit/store_survey
t_unit_store_survey_SOURCES = t/unit/store_survey.c t/lib/store_kit.c \
	t/lib/store_kit.h
t_unit_store_survey_LDADD = libsc_tap.a $(SC_LIBS_STORE)
check_PROGRAMS += t/unit/store_segments t/unit/store_prune
TESTS += t/unit/store_segments t/unit/store_prune
t_unit_store_segments_SOURCES = t/unit/store_segments.c t/lib/store_kit.c \
	t/lib/store_kit.h
t_unit_store_segments_LDADD = libsc_tap.a $(SC_LIBS_STORE)
t_unit_store_prune_SOURCES = t/unit/store_prune.c t/lib/store_kit.c \
	t/lib/store_kit.h
t_unit_store_prune_LDADD = libsc_tap.a $(SC_LIBS_STORE)
check_PROGRAMS += t/unit/policy
TESTS += t/unit/policy
t_unit_policy_SOURCES = t/unit/policy.c
t_unit_policy_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
EXTRA_DIST += t/cases/policy

check_PROGRAMS += t/unit/ssh_validity
TESTS += t/unit/ssh_validity
t_unit_ssh_validity_SOURCES = t/unit/ssh_validity.c
t_unit_ssh_validity_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
check_PROGRAMS += t/unit/name_constraints
TESTS += t/unit/name_constraints
t_unit_name_constraints_SOURCES = t/unit/name_constraints.c $(SC_X509_KIT)
t_unit_name_constraints_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
check_PROGRAMS += t/unit/template
TESTS += t/unit/template
t_unit_template_SOURCES = t/unit/template.c
t_unit_template_LDADD = libsc_tap.a $(SC_LIBS_TEMPLATE)
EXTRA_DIST += t/cases/templates

check_PROGRAMS += t/unit/extensions
TESTS += t/unit/extensions
t_unit_extensions_SOURCES = t/unit/extensions.c
t_unit_extensions_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)
