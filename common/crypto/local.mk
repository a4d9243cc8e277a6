noinst_LIBRARIES += libsc_crypto.a
libsc_crypto_a_SOURCES = \
	common/crypto/asn1_text.c common/crypto/asn1_text.h
libsc_crypto_a_SOURCES += \
	common/crypto/der.c common/crypto/der.h \
	common/crypto/digest.c common/crypto/ossl.h \
	common/crypto/key.c common/crypto/key.h \
	common/crypto/key_build.c common/crypto/key_build.h \
	common/crypto/key_check.c common/crypto/key_pem.c \
	common/crypto/key_ctx.c common/crypto/key_ctx.h \
	common/crypto/key_ssh.c common/crypto/key_ssh.h \
	common/crypto/blowfish.c common/crypto/blowfish.h \
	common/crypto/bcrypt_pbkdf.c common/crypto/bcrypt_pbkdf.h \
	common/crypto/ssh_seal.c common/crypto/ssh_seal.h
libsc_crypto_a_SOURCES += \
	common/crypto/jwk.c common/crypto/jwk.h \
	common/crypto/jws.c common/crypto/jws.h \
	common/crypto/jws_alg.c common/crypto/jws_alg.h \
	common/crypto/jwt.c \
	common/crypto/jwe.c common/crypto/jwe.h \
	common/crypto/jwe_encrypt.c \
	common/crypto/jwe_key.c common/crypto/jwe_key.h \
	common/crypto/jwe_cipher.c common/crypto/jwe_cipher.h
libsc_crypto_a_SOURCES += \
	common/crypto/cert.c common/crypto/cert.h \
	common/crypto/cert_build.c common/crypto/cert_renew.c \
	common/crypto/cert_internal.h common/crypto/cert_issued.c \
	common/crypto/cert_verify.c \
	common/crypto/csr.c common/crypto/csr.h \
	common/crypto/csr_create.c \
	common/crypto/extensions.c common/crypto/extensions.h \
	common/crypto/general_names.c common/crypto/general_names.h \
	common/crypto/name.c common/crypto/name.h \
	common/crypto/pem.c \
	common/crypto/provisioner_ext.c \
	common/crypto/san.c common/crypto/san.h \
	common/crypto/sig_alg.c common/crypto/sig_alg.h \
	common/crypto/tbs.c common/crypto/tbs.h \
	common/crypto/x509_parse.c
libsc_crypto_a_SOURCES += \
	common/crypto/crl.c common/crypto/crl.h \
	common/crypto/serial.c common/crypto/serial.h
libsc_crypto_a_SOURCES += \
	common/crypto/ocsp.c common/crypto/ocsp.h \
	common/crypto/ocsp_response.c
libsc_crypto_a_SOURCES += \
	common/crypto/ssh_wire.c common/crypto/ssh_wire.h \
	common/crypto/ssh_key.c common/crypto/ssh_key.h \
	common/crypto/ssh_sig.c \
	common/crypto/ssh_cert.c common/crypto/ssh_cert.h \
	common/crypto/ssh_cert_sign.c \
	common/crypto/ssh_private.c common/crypto/ssh_private.h \
	common/crypto/ssh_krl.c common/crypto/ssh_krl.h \
	common/crypto/ssh_krl_parse.c common/crypto/ssh_krl_internal.h
libsc_crypto_a_SOURCES += common/crypto/name_constraints.c \
	common/crypto/name_constraints.h
libsc_crypto_a_SOURCES += \
	common/crypto/nebula.c common/crypto/nebula.h \
	common/crypto/nebula_v1.c common/crypto/nebula_v2.c \
	common/crypto/nebula_verify.c \
	common/crypto/xeddsa.c common/crypto/xeddsa.h
