include t/lib/local.mk
include t/unit/local.mk
include t/bench/local.mk
TESTS += t/check-layers.sh t/check-man.sh
EXTRA_DIST += t/check-layers.sh t/check-man.sh
