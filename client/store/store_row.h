/*
 * A row of list, export and show: a record of the ledger with what else is
 * known of its certificate, which rows are wanted, and how they are written.
 */
#ifndef SC_CLIENT_STORE_ROW_H
#define SC_CLIENT_STORE_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "client/command.h"
#include "store/store.h"
#include "client/store/store_options.h"

struct sc_args;
struct sc_buf;
struct sc_error;

enum sc_row_state {
	SC_ROW_NONE = 0, /* of a record without a certificate */
	SC_ROW_VALID = 1,
	SC_ROW_EXPIRED = 2,
	SC_ROW_REVOKED = 4
};

struct sc_row { /* borrowed, but for the texts */
	const struct sc_store_entry *entry;
	enum sc_row_state state;
	const struct sc_store_revoked *revoked; /* of its certificate; NULL */
	char *serial; /* decimal, "" when there is none */
	char *replaces; /* likewise */
};
/* revoked may be NULL.  Clear in any case. */
int sc_row_init(struct sc_row *row, const struct sc_store_entry *entry,
    const struct sc_store_revoked *revoked, int64_t now, struct sc_error *e);
void sc_row_clear(struct sc_row *row);

/* Form and serial number of a record, 0 when it has none. */
enum sc_store_form sc_row_form(const struct sc_store_entry *entry);
struct sc_store_serial sc_row_serial(const struct sc_store_entry *entry);
const char *sc_row_type(const struct sc_store_entry *entry); /* "x509" */
const char *sc_row_event(const struct sc_store_entry *entry); /* "issue" */
/*
 * What the certificate is called: the subject of its request, or the key id
 * of SSH, which is what sshd writes into its log.  malloc'ed.
 */
char *sc_row_name(const struct sc_store_entry *entry);

/* --type, --state, --expires-before ... */
extern const struct sc_opt sc_options_store_filter[];
struct sc_row_filter {
	unsigned states; /* of enum sc_row_state; 0: any */
	unsigned forms; /* bits of enum sc_store_form; 0: any */
	int64_t expires_before, expires_after; /* 0: any */
	const char *subject, *san, *provisioner; /* patterns, or NULL */
	bool by_serial;
	struct sc_store_number serial[2]; /* read as decimal, as hex */
};
/* Borrows from a. */
int sc_row_filter_init(struct sc_row_filter *f, const struct sc_args *a,
    int64_t now, struct sc_error *e);
/* Without its state, which costs a look-up, and with it. */
bool sc_row_filter_may(
    const struct sc_row_filter *f, const struct sc_store_entry *entry);
bool sc_row_filter_wants(
    const struct sc_row_filter *f, const struct sc_row *row);

/* One JSON object on one line, without LF; with_cert: with the certificate. */
int sc_row_json(const struct sc_row *row, bool with_cert, struct sc_buf *b);
int sc_row_csv(const struct sc_row *row, struct sc_buf *b);
extern const char sc_row_csv_header[];
/* The certificate as PEM, or as the line of an SSH certificate's file. */
int sc_row_pem(const struct sc_row *row, struct sc_buf *b, struct sc_error *e);

#endif
