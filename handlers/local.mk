EXTRA_DIST += handlers/main.c handlers/main.h handlers/roots.c handlers/sign.c
