# One target per kind of input.  With --enable-fuzzer they are libFuzzer
# programs (make fuzzers); without, they replay the corpus in make check.
FUZZERS = t/fuzz/fuzz_policy t/fuzz/fuzz_cert t/fuzz/fuzz_config \
	t/fuzz/fuzz_csr \
	t/fuzz/fuzz_json t/fuzz/fuzz_jwe t/fuzz/fuzz_jws t/fuzz/fuzz_jwk \
	t/fuzz/fuzz_nebula t/fuzz/fuzz_ocsp \
	t/fuzz/fuzz_key t/fuzz/fuzz_text t/fuzz/fuzz_renew \
	t/fuzz/fuzz_request t/fuzz/fuzz_ssh_cert t/fuzz/fuzz_ssh_krl t/fuzz/fuzz_template
check_PROGRAMS += $(FUZZERS)

if ENABLE_FUZZER
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
FUZZ_MAIN = t/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
TESTS += t/fuzz/replay.sh
endif
EXTRA_DIST += t/fuzz/replay.sh t/fuzz/seeds.sh

t_fuzz_fuzz_cert_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_cert.c $(FUZZ_MAIN)
t_fuzz_fuzz_cert_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_cert_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_config_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_config.c $(FUZZ_MAIN)
t_fuzz_fuzz_config_LDADD = $(SC_LIBS_AUTHORITY)
t_fuzz_fuzz_config_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_csr_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_csr.c $(FUZZ_MAIN)
t_fuzz_fuzz_csr_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_csr_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_json_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_json.c $(FUZZ_MAIN)
t_fuzz_fuzz_json_LDADD = $(SC_LIBS_BASE)
t_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_jwe_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_jwe.c $(FUZZ_MAIN)
t_fuzz_fuzz_jwe_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_jwe_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_jws_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_jws.c $(FUZZ_MAIN)
t_fuzz_fuzz_jws_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_jws_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_jwk_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_jwk.c $(FUZZ_MAIN)
t_fuzz_fuzz_jwk_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_jwk_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_key_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_key.c $(FUZZ_MAIN)
t_fuzz_fuzz_key_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_key_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_nebula_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_nebula.c $(FUZZ_MAIN)
t_fuzz_fuzz_nebula_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_nebula_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ocsp_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_ocsp.c $(FUZZ_MAIN)
t_fuzz_fuzz_ocsp_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_ocsp_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_text_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_text.c $(FUZZ_MAIN)
t_fuzz_fuzz_text_LDADD = $(SC_LIBS_BASE)
t_fuzz_fuzz_text_LDFLAGS = $(FUZZ_LINK)

t_fuzz_fuzz_renew_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_renew.c $(FUZZ_MAIN)
t_fuzz_fuzz_renew_LDADD = $(SC_LIBS_AUTHORITY)
t_fuzz_fuzz_renew_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_request_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_request.c $(FUZZ_MAIN)
t_fuzz_fuzz_request_LDADD = $(SC_LIBS_WEB)
t_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ssh_cert_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_ssh_cert.c $(FUZZ_MAIN)
t_fuzz_fuzz_ssh_cert_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_ssh_cert_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_ssh_krl_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_ssh_krl.c $(FUZZ_MAIN)
t_fuzz_fuzz_ssh_krl_LDADD = $(SC_LIBS_CRYPTO)
t_fuzz_fuzz_ssh_krl_LDFLAGS = $(FUZZ_LINK)
t_fuzz_fuzz_template_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_template.c $(FUZZ_MAIN)
t_fuzz_fuzz_template_LDADD = $(SC_LIBS_TEMPLATE)
t_fuzz_fuzz_template_LDFLAGS = $(FUZZ_LINK)

t_fuzz_fuzz_policy_SOURCES = t/fuzz/fuzz.h t/fuzz/fuzz_policy.c $(FUZZ_MAIN)
t_fuzz_fuzz_policy_LDADD = $(SC_LIBS_AUTHORITY)
t_fuzz_fuzz_policy_LDFLAGS = $(FUZZ_LINK)

fuzzers: $(FUZZERS)
.PHONY: fuzzers
