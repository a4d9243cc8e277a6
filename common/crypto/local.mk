noinst_LIBRARIES += libsc_crypto.a
libsc_crypto_a_SOURCES =
