noinst_LIBRARIES += libsc_provisioner.a
libsc_provisioner_a_SOURCES = \
	common/provisioner/audience.c common/provisioner/audience.h \
	common/provisioner/aws.c \
	common/provisioner/azure.c \
	common/provisioner/cert_template.c common/provisioner/cert_template.h \
	common/provisioner/authorize.c \
	common/provisioner/collection.c common/provisioner/collection.h \
	common/provisioner/gcp.c \
	common/provisioner/grant.c common/provisioner/grant.h \
	common/provisioner/instance.c common/provisioner/instance.h \
	common/provisioner/jwk.c common/provisioner/k8ssa.c \
	common/provisioner/jwks.c common/provisioner/jwks.h \
	common/provisioner/key_set.c common/provisioner/key_set.h \
	common/provisioner/nebula.c common/provisioner/oidc.c \
	common/provisioner/provisioner.h \
	common/provisioner/token.c common/provisioner/token.h \
	common/provisioner/token_chain.c common/provisioner/token_chain.h \
	common/provisioner/token_claims.c common/provisioner/token_claims.h \
	common/provisioner/types.c \
	common/provisioner/webhook.c common/provisioner/webhook.h \
	common/provisioner/x5c.c
libsc_provisioner_a_SOURCES += common/provisioner/ssh_grant.c \
	common/provisioner/ssh_grant.h
libsc_provisioner_a_CPPFLAGS = $(AM_CPPFLAGS) -DSC_PKGDATADIR='"$(pkgdatadir)"'
dist_pkgdata_DATA = common/provisioner/aws-certificates.pem
