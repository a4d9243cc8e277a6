# Tests that set our code against foreign tools.
check_PROGRAMS += t/foreign/josetool
t_foreign_josetool_SOURCES = t/foreign/josetool.c
t_foreign_josetool_LDADD = $(SC_LIBS_CRYPTO)
SC_FOREIGN_TESTS = t/foreign/jose.t
TESTS += $(SC_FOREIGN_TESTS)
EXTRA_DIST += $(SC_FOREIGN_TESTS) t/foreign/pyjose.py
