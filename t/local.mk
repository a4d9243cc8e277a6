include t/lib/local.mk
include t/unit/local.mk
