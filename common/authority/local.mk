noinst_LIBRARIES += libsc_authority.a
libsc_authority_a_SOURCES =
