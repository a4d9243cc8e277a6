/*
 * Where the rows of list and export go: a table, JSON, CSV or certificates,
 * on stdout, in a file or in a file each.  One row is in memory at a time, but
 * for the first ones of a table, which tell how wide its columns are.
 */
#ifndef SC_CLIENT_STORE_OUT_H
#define SC_CLIENT_STORE_OUT_H

#include <stdbool.h>

#include "client/store/store_row.h"

struct sc_row_out;

enum sc_row_format {
	SC_ROW_TABLE,
	SC_ROW_JSON, /* one array */
	SC_ROW_JSONL, /* an object a line */
	SC_ROW_CSV,
	SC_ROW_PEM,
	SC_ROW_DER /* only into a folder */
};

struct sc_row_target {
	enum sc_row_format format;
	bool events; /* rows are records, not certificates */
	bool certs; /* JSON has the certificate */
	const char *file; /* NULL: stdout */
	const char *folder; /* of a file for each certificate; or NULL */
	bool force; /* overwrite what is there */
};
int sc_row_out_open(
    const struct sc_row_target *t, struct sc_row_out **out, struct sc_error *e);
int sc_row_out_put(
    struct sc_row_out *o, const struct sc_row *row, struct sc_error *e);
/*
 * Write what is left; with failed the file is thrown away instead.  Frees o
 * (NULL is fine).
 */
int sc_row_out_close(struct sc_row_out *o, bool failed, struct sc_error *e);

#endif
