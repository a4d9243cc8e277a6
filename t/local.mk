include t/lib/local.mk
include t/unit/local.mk
include t/foreign/local.mk
include t/cli/local.mk
include t/fault/local.mk
include t/bench/local.mk
include t/fuzz/local.mk

SC_SOURCE_CHECKS = t/check-layers.sh t/check-man.sh t/check-style.sh
TESTS += $(SC_SOURCE_CHECKS)
EXTRA_DIST += $(SC_SOURCE_CHECKS)

TESTS += t/e2e/workers.sh t/e2e/quickstart.sh
EXTRA_DIST += t/e2e/workers.sh t/e2e/quickstart.sh
