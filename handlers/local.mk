# One program per set of endpoints; each opens only the keys it needs.
stepcexecdir = $(libexecdir)/stepc
stepcexec_PROGRAMS = handlers/sign handlers/roots
stepcexec_PROGRAMS += handlers/renew
stepcexec_PROGRAMS += handlers/revoke handlers/crl handlers/ocsp

handlers_sign_SOURCES = handlers/sign.c handlers/issue.c handlers/issue.h \
	handlers/main.c handlers/main.h
handlers_sign_LDADD = $(SC_LIBS_WEB)
handlers_roots_SOURCES = handlers/roots.c handlers/roots_ssh.c \
	handlers/roots_ssh.h handlers/issue.c handlers/issue.h \
	handlers/main.c handlers/main.h
handlers_roots_LDADD = $(SC_LIBS_WEB)
handlers_renew_SOURCES = handlers/renew.c handlers/issue.c handlers/issue.h \
	handlers/main.c handlers/main.h
handlers_renew_LDADD = $(SC_LIBS_WEB)
handlers_revoke_SOURCES = handlers/revoke.c handlers/main.c handlers/main.h
handlers_revoke_LDADD = $(SC_LIBS_WEB)
handlers_crl_SOURCES = handlers/crl.c handlers/main.c handlers/main.h
handlers_crl_LDADD = $(SC_LIBS_WEB)
handlers_ocsp_SOURCES = handlers/ocsp.c handlers/main.c handlers/main.h
handlers_ocsp_LDADD = $(SC_LIBS_WEB)

stepcexec_PROGRAMS += handlers/ssh-sign
handlers_ssh_sign_SOURCES = handlers/ssh_sign.c handlers/ssh_issue.c \
	handlers/ssh_issue.h handlers/issue.c handlers/issue.h \
	handlers/main.c handlers/main.h
handlers_ssh_sign_LDADD = $(SC_LIBS_WEB)
stepcexec_PROGRAMS += handlers/ssh-renew
handlers_ssh_renew_SOURCES = handlers/ssh_renew.c handlers/ssh_issue.c \
	handlers/ssh_issue.h handlers/issue.c handlers/issue.h \
	handlers/main.c handlers/main.h
handlers_ssh_renew_LDADD = $(SC_LIBS_WEB)
