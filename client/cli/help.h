/*
 * Help texts, made from the tables.
 */
#ifndef SC_CLIENT_HELP_H
#define SC_CLIENT_HELP_H

#include <stdio.h>

struct sc_command;

/* path: the full name of cmd, "stepc ca token". */
void sc_help_print(FILE *f, const struct sc_command *cmd, const char *path);
/*
 * Walk down from root along the words (argc of them); *used is how many
 * named a command, path (of size bytes) its full name.
 */
const struct sc_command *sc_help_walk(const struct sc_command *root, int argc,
    char **argv, int *used, char *path, size_t size);
/* "'stepc ca tokn' is not a command; did you mean 'token'?" and the like. */
void sc_help_unknown(
    FILE *f, const struct sc_command *cmd, const char *path, const char *word);

#endif
