noinst_LIBRARIES += libsc_store.a
libsc_store_a_SOURCES = \
	common/store/store.h
