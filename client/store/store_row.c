#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
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

/* How many strings a key of this kind has in a certificate; 0: unknown. */
static unsigned
key_fields(const char *type, size_t n)
{
	static const struct {
		const char *name; /* the begin of it */
		unsigned fields;
	} kinds[] = {{"ssh-ed25519", 1}, {"ssh-rsa", 2}, {"rsa-sha2", 2},
	    {"ecdsa-", 2}, {"sk-ssh-ed25519", 2}, {"sk-ecdsa", 3},
	    {"ssh-dss", 4}};
	size_t i, len;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		len = strlen(kinds[i].name);
		if (n >= len && memcmp(type, kinds[i].name, len) == 0)
			return kinds[i].fields;
	}
	return 0;
}

/* PROTOCOL.certkeys: type, nonce, key, u64 serial, u32 type, key id. */
static char *
key_id(const struct sc_store_cert *c)
{
	struct sc_reader r;
	const char *s;
	unsigned fields;
	size_t n;

	sc_reader_init(&r, c->der, c->der_len);
	s = (const char *)sc_reader_string(&r, &n);
	if (s == NULL || (fields = key_fields(s, n)) == 0)
		return NULL;
	for (fields++; fields > 0; fields--)
		(void)sc_reader_string(&r, &n);
	(void)sc_reader_bytes(&r, 12);
	s = (const char *)sc_reader_string(&r, &n);
	return s != NULL && r.err == 0 ? sc_strndup(s, n) : NULL;
}

char *
sc_row_name(const struct sc_store_entry *entry)
{
	char *s = NULL;

	if (entry->cert != NULL && entry->cert->form != SC_STORE_X509)
		s = key_id(entry->cert);
	return s != NULL ? s : sc_strdup(entry->origin.subject);
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
