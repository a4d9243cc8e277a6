# Built by make bench only.
EXTRA_PROGRAMS += t/bench/bench_primitives t/bench/bench_sign
t_bench_bench_primitives_SOURCES = t/bench/bench.h t/bench/bench_primitives.c \
	t/bench/primitives.c t/bench/usage.c
t_bench_bench_primitives_LDADD = $(OPENSSL_LIBS)
t_bench_bench_sign_SOURCES = t/bench/bench.h t/bench/maker.h t/bench/bench_sign.c \
	t/bench/jobs.c t/bench/load.c t/bench/primitives.c t/bench/report.c \
	t/bench/usage.c
t_bench_bench_sign_LDADD = $(SC_LIBS_CRYPTO) -lpthread
EXTRA_PROGRAMS += t/bench/bench_renew
t_bench_bench_renew_SOURCES = t/bench/bench.h t/bench/maker.h t/bench/bench_renew.c \
	t/bench/jobs.c t/bench/load.c t/bench/primitives.c t/bench/report.c \
	t/bench/usage.c
t_bench_bench_renew_LDADD = $(SC_LIBS_CRYPTO) -lpthread
EXTRA_PROGRAMS += t/bench/bench_revoke
t_bench_bench_revoke_SOURCES = t/bench/bench.h t/bench/maker.h \
	t/bench/bench_revoke.c \
	t/bench/jobs.c t/bench/load.c t/bench/usage.c t/lib/revoke_kit.c \
	t/lib/revoke_kit.h
t_bench_bench_revoke_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/t/lib
t_bench_bench_revoke_LDADD = $(SC_LIBS_STORE) -lpthread
EXTRA_PROGRAMS += t/bench/bench_ocsp
t_bench_bench_ocsp_SOURCES = t/bench/bench.h t/bench/bench_ocsp.c \
	t/bench/load.c t/bench/primitives.c t/bench/report.c t/bench/usage.c
t_bench_bench_ocsp_LDADD = $(SC_LIBS_CRYPTO) -lpthread
EXTRA_PROGRAMS += t/bench/bench_template
t_bench_bench_template_SOURCES = t/bench/bench.h t/bench/bench_template.c \
	t/bench/primitives.c t/bench/usage.c
t_bench_bench_template_LDADD = $(SC_LIBS_AUTHORITY)
EXTRA_PROGRAMS += t/bench/bench_ssh
t_bench_bench_ssh_SOURCES = t/bench/bench.h t/bench/bench_ssh.c \
	t/bench/jobs.c t/bench/jobs_ssh.c t/bench/load.c t/bench/maker.h \
	t/bench/primitives.c t/bench/report.c t/bench/usage.c
t_bench_bench_ssh_LDADD = $(SC_LIBS_CRYPTO) -lpthread
EXTRA_DIST += t/bench/run.sh t/bench/reference.sh
EXTRA_PROGRAMS += t/bench/store_bench
t_bench_store_bench_SOURCES = t/bench/store_bench.c
t_bench_store_bench_LDADD = $(SC_LIBS_STORE)
EXTRA_PROGRAMS += t/bench/store_scale
t_bench_store_scale_SOURCES = t/bench/store_scale.c
t_bench_store_scale_LDFLAGS = $(AM_LDFLAGS) \
	-Wl,--wrap=fdatasync -Wl,--wrap=fsync
t_bench_store_scale_LDADD = $(SC_LIBS_STORE)
CLEANFILES += $(EXTRA_PROGRAMS)

bench: all t/bench/bench_primitives$(EXEEXT) t/bench/bench_sign$(EXEEXT) \
    t/bench/bench_renew$(EXEEXT) t/bench/bench_revoke$(EXEEXT) \
    t/bench/bench_ocsp$(EXEEXT) t/bench/bench_ssh$(EXEEXT) \
    t/bench/bench_template$(EXEEXT) \
    t/bench/store_bench$(EXEEXT) \
    t/bench/store_scale$(EXEEXT)
	top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	    $(srcdir)/t/bench/run.sh
.PHONY: bench
