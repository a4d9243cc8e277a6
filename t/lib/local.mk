check_LIBRARIES += libsc_tap.a
libsc_tap_a_SOURCES = \
	t/lib/mutate.c t/lib/mutate.h \
	t/lib/tap.c t/lib/tap.h
