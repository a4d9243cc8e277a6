/*
 * --kty, --curve and --size: which kind of key to make.
 */
#ifndef SC_CLIENT_KEY_OPTIONS_H
#define SC_CLIENT_KEY_OPTIONS_H

#include "client/command.h"

struct sc_args;
struct sc_error;
struct sc_key;

extern const struct sc_opt sc_options_key[];

/* 0, or MALFORMED: flags that do not go together. */
int sc_key_options_check(const struct sc_args *a, struct sc_error *e);
/* Check, then make the key; EC P-256 when nothing is asked for. */
int sc_key_options_make(
    const struct sc_args *a, struct sc_key **out, struct sc_error *e);

#endif
