/*
 * Rows as a table for people.
 */
#ifndef SC_CLIENT_STORE_TABLE_H
#define SC_CLIENT_STORE_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct sc_error;
struct sc_row;
struct sc_table;

/* events: rows are records.  NULL when out of memory. */
struct sc_table *sc_table_new(FILE *f, bool events);
int sc_table_put(
    struct sc_table *t, const struct sc_row *row, struct sc_error *e);
int sc_table_end(struct sc_table *t, struct sc_error *e); /* what is left */
void sc_table_free(struct sc_table *t); /* NULL is fine */

#endif
