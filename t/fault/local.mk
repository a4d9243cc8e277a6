# What goes wrong under load, on purpose.
SC_FAULT_STORE = t/fault/store_disk t/fault/store_kill t/fault/store_race
check_PROGRAMS += $(SC_FAULT_STORE)
TESTS += $(SC_FAULT_STORE)
SC_STORE_KIT = t/lib/store_kit.c t/lib/store_kit.h
t_fault_store_disk_SOURCES = t/fault/store_disk.c $(SC_STORE_KIT)
t_fault_store_disk_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=fdatasync -Wl,--wrap=pwrite
t_fault_store_disk_LDADD = libsc_tap.a $(SC_LIBS_STORE)
t_fault_store_kill_SOURCES = t/fault/store_kill.c $(SC_STORE_KIT)
t_fault_store_kill_LDADD = libsc_tap.a $(SC_LIBS_STORE)
t_fault_store_race_SOURCES = t/fault/store_race.c $(SC_STORE_KIT)
t_fault_store_race_LDADD = libsc_tap.a $(SC_LIBS_STORE)

# What a disk may hold after a power cut, and calls that fail.
SC_SHIM = t/fault/shim.c t/fault/shim.h
SC_DISK_LOG = t/fault/disk_log.c t/fault/disk_log.h $(SC_SHIM)
SC_FAULT_DISK = t/fault/explore t/fault/inject t/fault/store_flat \
	t/fault/store_herd
check_PROGRAMS += $(SC_FAULT_DISK)
TESTS += $(SC_FAULT_DISK)
t_fault_explore_SOURCES = t/fault/explore.c $(SC_DISK_LOG) $(SC_STORE_KIT)
t_fault_explore_LDADD = libsc_tap.a $(SC_LIBS_STORE)
t_fault_inject_SOURCES = t/fault/inject.c $(SC_DISK_LOG) $(SC_STORE_KIT)
t_fault_inject_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc
t_fault_inject_LDADD = libsc_tap.a $(SC_LIBS_STORE)
t_fault_store_flat_SOURCES = t/fault/store_flat.c $(SC_SHIM) $(SC_STORE_KIT)
t_fault_store_flat_LDADD = libsc_tap.a $(SC_LIBS_STORE)
t_fault_store_herd_SOURCES = t/fault/store_herd.c $(SC_SHIM) $(SC_STORE_KIT)
t_fault_store_herd_LDADD = libsc_tap.a $(SC_LIBS_STORE)

# The administrator's verbs likewise.
check_PROGRAMS += t/fault/survey_inject
TESTS += t/fault/survey_inject
t_fault_survey_inject_SOURCES = t/fault/survey_inject.c $(SC_SHIM) \
	$(SC_STORE_KIT)
t_fault_survey_inject_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc
t_fault_survey_inject_LDADD = libsc_tap.a $(SC_LIBS_STORE)

# The same for LD_PRELOAD; not sanitized, for it is loaded into other programs.
check_PROGRAMS += t/fault/shim.so
t_fault_shim_so_SOURCES = t/fault/shim_preload.c $(SC_SHIM)
t_fault_shim_so_CFLAGS = -std=c11 -fPIC
t_fault_shim_so_LDFLAGS = -shared

# OCSP while memory runs out.
check_PROGRAMS += t/fault/ocsp_alloc
TESTS += t/fault/ocsp_alloc
t_fault_ocsp_alloc_SOURCES = t/fault/ocsp_alloc.c $(SC_AUTHORITY_KIT)
t_fault_ocsp_alloc_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc
t_fault_ocsp_alloc_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)

# SSH likewise.
check_PROGRAMS += t/fault/ssh_alloc
TESTS += t/fault/ssh_alloc
t_fault_ssh_alloc_SOURCES = t/fault/ssh_alloc.c $(SC_SSH_KIT)
t_fault_ssh_alloc_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc
t_fault_ssh_alloc_LDADD = libsc_tap.a $(SC_LIBS_CRYPTO)

# Webhooks likewise.
check_PROGRAMS += t/fault/webhook_alloc
TESTS += t/fault/webhook_alloc
t_fault_webhook_alloc_SOURCES = t/fault/webhook_alloc.c $(SC_X509_KIT)
t_fault_webhook_alloc_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=malloc \
	-Wl,--wrap=calloc -Wl,--wrap=realloc
t_fault_webhook_alloc_LDADD = libsc_tap.a $(SC_LIBS_AUTHORITY)
