# One program per module; append three lines for a new one, e.g.
#   check_PROGRAMS += t/unit/x
#   t_unit_x_SOURCES = t/unit/x.c
#   t_unit_x_LDADD = libsc_tap.a $(SC_LIBS_BASE)
SC_UNIT_BASE = t/unit/err
check_PROGRAMS += $(SC_UNIT_BASE)
TESTS += $(SC_UNIT_BASE)
t_unit_err_SOURCES = t/unit/err.c
t_unit_err_LDADD = libsc_tap.a $(SC_LIBS_BASE)
