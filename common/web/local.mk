noinst_LIBRARIES += libsc_web.a
libsc_web_a_SOURCES =
