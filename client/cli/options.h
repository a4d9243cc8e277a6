/*
 * The arguments of one run of a command: parsed, looked up, asked for.
 *
 * A flag is --name VALUE, --name=VALUE, or either with one dash; a boolean
 * one --name or --name=false.  Flags and positional arguments mix in any
 * order, "--" ends the flags.  A flag that is not on the command line is
 * looked up in the environment (STEP_ and its name in upper case, "-" as
 * "_"), then in config/defaults.json, then in its table.
 */
#ifndef SC_CLIENT_OPTIONS_H
#define SC_CLIENT_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/mem.h"
#include "client/command.h"

struct sc_args;
struct sc_error;

/*
 * argv: what follows the name of the command.  path: its full name, "stepc ca
 * token".  cmd, path and argv are borrowed.  MALFORMED with the user's
 * message.  Positional arguments are counted against the table unless help
 * is asked for.
 */
int sc_args_parse(const struct sc_command *cmd, const char *path, int argc,
    char **argv, struct sc_args **out, struct sc_error *e);
void sc_args_free(struct sc_args *a); /* NULL is fine */

/* Was --help or -h there? */
bool sc_args_help(const struct sc_args *a);
/* "stepc ca token", and "stepc ca token <subject> [flags]". */
const char *sc_args_path(const struct sc_args *a);
const char *sc_args_usage(const struct sc_args *a);

/* Positional arguments; NULL beyond the last. */
size_t sc_args_n(const struct sc_args *a);
const char *sc_args_pos(const struct sc_args *a, size_t i);

/*
 * The value of a flag by its first name.  A flag that the command does not
 * have is a mistake in the table and aborts.
 */
/* NULL when there is none, not even a default. */
const char *sc_args_str(const struct sc_args *a, const char *name);
bool sc_args_bool(const struct sc_args *a, const char *name);
const struct sc_strlist *sc_args_list(
    const struct sc_args *a, const char *name);
/* Set by command line, environment or defaults.json? */
bool sc_args_given(const struct sc_args *a, const char *name);
/* Set on the command line itself? */
bool sc_args_on_line(const struct sc_args *a, const char *name);
/* Does the command have such a flag at all? */
bool sc_args_knows(const struct sc_args *a, const char *name);

/*
 * The usual refusals.  Each returns a code and fills e; the check_ ones
 * return 0 when there is nothing to refuse.
 */
/* "'stepc ca X' requires the '--f' flag" */
int sc_args_check_required(
    const struct sc_args *a, const char *name, struct sc_error *e);
/* When f is given: "flag '--f' requires the '--needed' flag". */
int sc_args_check_needs(const struct sc_args *a, const char *name,
    const char *needed, struct sc_error *e);
/* Both given: "flag '--x' is incompatible with '--y'". */
int sc_args_check_conflict(
    const struct sc_args *a, const char *x, const char *y, struct sc_error *e);
/* Both given: "flag '--x' and flag '--y' are mutually exclusive". */
int sc_args_check_exclusive(
    const struct sc_args *a, const char *x, const char *y, struct sc_error *e);
/* Given without --insecure: "flag '--f' requires the '--insecure' flag". */
int sc_args_check_insecure(
    const struct sc_args *a, const char *name, struct sc_error *e);
/* "invalid value 'v' for flag '--f'", "; reason" when reason is not NULL. */
int sc_args_invalid(const struct sc_args *a, const char *name,
    const char *value, const char *reason, struct sc_error *e);
/* Neither a time nor a duration: "invalid value 'v' for flag '--f'; ..." */
int sc_args_check_time(
    const struct sc_args *a, const char *name, struct sc_error *e);
/* Positional arguments i and k name the same file. */
int sc_args_check_distinct(const struct sc_args *a, size_t i, size_t k,
    const char *iname, const char *kname, struct sc_error *e);

/* Flags that every command has (--help, --config). */
extern const struct sc_opt sc_options_global[];

#endif
