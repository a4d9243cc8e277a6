# Tests that set our code against foreign tools.
check_PROGRAMS += t/foreign/josetool
t_foreign_josetool_SOURCES = t/foreign/josetool.c
t_foreign_josetool_LDADD = $(SC_LIBS_CRYPTO)
SC_FOREIGN_TESTS = t/foreign/jose.t
TESTS += $(SC_FOREIGN_TESTS)
EXTRA_DIST += $(SC_FOREIGN_TESTS) t/foreign/pyjose.py

check_PROGRAMS += t/foreign/x509tool
t_foreign_x509tool_SOURCES = t/foreign/x509tool.c
t_foreign_x509tool_LDADD = $(SC_LIBS_CRYPTO)
TESTS += t/foreign/x509.t
EXTRA_DIST += t/foreign/x509.t

# OpenSSH's regression scripts, with ours in ssh-keygen's place.
check_PROGRAMS += t/foreign/krltool
t_foreign_krltool_SOURCES = t/foreign/krltool.c
t_foreign_krltool_LDADD = $(SC_LIBS_CRYPTO)
TESTS += t/foreign/openssh.t
EXTRA_DIST += t/foreign/openssh.t t/foreign/openssh_keygen.sh
