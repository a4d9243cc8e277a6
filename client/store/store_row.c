#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/mem.h"
#include "crypto/cert.h"
#include "client/store/store_row.h"

enum sc_store_form
sc_row_form(const struct sc_store_entry *entry)
{
	if (entry->cert != NULL)
		return entry->cert->form;
	return entry->revocation != NULL ? entry->revocation->form
					 : (enum sc_store_form)0;
}

struct sc_store_serial
sc_row_serial(const struct sc_store_entry *entry)
{
	static const struct sc_store_serial none;

	if (entry->cert != NULL)
		return entry->cert->serial;
	return entry->revocation != NULL ? entry->revocation->serial : none;
}

const char *
sc_row_type(const struct sc_store_entry *entry)
{
	switch (sc_row_form(entry)) {
	case SC_STORE_X509:
		return "x509";
	case SC_STORE_SSH_USER:
		return "ssh-user";
	case SC_STORE_SSH_HOST:
		return "ssh-host";
	default:
		return "";
	}
}

const char *
sc_row_event(const struct sc_store_entry *entry)
{
	switch (entry->kind) {
	case SC_STORE_ISSUE:
		return "issue";
	case SC_STORE_USE_TOKEN:
		return "use-token";
	case SC_STORE_RENEW:
		return "renew";
	case SC_STORE_REKEY:
		return "rekey";
	case SC_STORE_REVOKE:
		return "revoke";
	default:
		return "other";
	}
}

static char *
decimal(struct sc_store_serial s)
{
	return s.n != 0 ? sc_serial_decimal(s.p, s.n) : sc_strdup("");
}

int
sc_row_init(struct sc_row *row, const struct sc_store_entry *entry,
    const struct sc_store_revoked *revoked, int64_t now, struct sc_error *e)
{
	static const struct sc_store_serial none;

	memset(row, 0, sizeof(*row));
	row->entry = entry;
	row->revoked = revoked;
	if (entry->cert != NULL) {
		row->state = SC_ROW_VALID;
		if (entry->cert->not_after < now)
			row->state = SC_ROW_EXPIRED;
		if (revoked != NULL)
			row->state = SC_ROW_REVOKED;
	}
	row->serial = decimal(sc_row_serial(entry));
	row->replaces =
	    decimal(entry->cert != NULL ? entry->cert->replaces : none);
	if (row->serial == NULL || row->replaces == NULL)
		return sc_fail_nomem(e);
	return 0;
}

void
sc_row_clear(struct sc_row *row)
{
	free(row->serial);
	free(row->replaces);
	row->serial = row->replaces = NULL;
}
