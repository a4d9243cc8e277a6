noinst_LIBRARIES += libsc_base.a
libsc_base_a_SOURCES =
