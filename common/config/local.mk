noinst_LIBRARIES += libsc_config.a
libsc_config_a_SOURCES =
