noinst_LIBRARIES += libsc_config.a
libsc_config_a_SOURCES = \
	common/config/claims.c common/config/claims.h \
	common/config/ca_json.h \
	common/config/load.c \
	common/config/members.c common/config/members.h \
	common/config/steppath.c
libsc_config_a_SOURCES += common/config/crl.c common/config/crl.h
libsc_config_a_SOURCES += common/config/ocsp.c common/config/ocsp.h
libsc_config_a_SOURCES += common/config/ssh.c common/config/ssh.h
libsc_config_a_SOURCES += common/config/ssh_templates.c \
	common/config/ssh_templates.h

libsc_config_a_SOURCES += common/config/policy.c common/config/policy.h \
	common/config/policy_internal.h common/config/policy_rule.c
