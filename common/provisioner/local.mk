noinst_LIBRARIES += libsc_provisioner.a
libsc_provisioner_a_SOURCES =
