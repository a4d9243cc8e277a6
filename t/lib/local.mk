check_LIBRARIES += libsc_tap.a
libsc_tap_a_SOURCES = \
	t/lib/mutate.c t/lib/mutate.h \
	t/lib/tap.c t/lib/tap.h

# Fills a store for tests of large lists.
check_PROGRAMS += t/lib/fill_revoked
t_lib_fill_revoked_SOURCES = t/lib/fill_revoked.c t/lib/revoke_kit.c \
	t/lib/revoke_kit.h
t_lib_fill_revoked_LDADD = $(SC_LIBS_STORE)

# Fills a store with records of all kinds.
check_PROGRAMS += t/lib/fill_store
t_lib_fill_store_SOURCES = t/lib/fill_store.c
t_lib_fill_store_LDADD = $(SC_LIBS_STORE)
