/*
 * Completion for a shell, made from the tables.
 */
#ifndef SC_CLIENT_COMPLETION_H
#define SC_CLIENT_COMPLETION_H

#include <stdio.h>

struct sc_command;

/* A script for bash, for the whole tree below root. */
void sc_completion_bash(FILE *f, const struct sc_command *root);

#endif
