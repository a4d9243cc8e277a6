#include "config.h"

#include <string.h>

#include "base/err.h"
#include "crypto/key.h"
#include "store/record.h"

static int
hashed(uint8_t kind, const void *p, size_t n, uint8_t key[SC_RECORD_KEY],
    struct sc_error *e)
{
	int r = sc_sha256(p, n, key + 1);

	key[0] = kind;
	return r == 0 ? 0 : sc_fail(e, r, "SHA-256 failed");
}

int
sc_record_token_key(
    const char *id, uint8_t key[SC_RECORD_KEY], struct sc_error *e)
{
	return hashed(SC_KEY_TOKEN, id, strlen(id), key, e);
}

int
sc_record_serial_key(enum sc_store_form form, struct sc_store_serial serial,
    int revoked, uint8_t key[SC_RECORD_KEY], struct sc_error *e)
{
	uint8_t kind;

	if (form == SC_STORE_X509)
		kind = revoked ? SC_KEY_X509_REVOKED : SC_KEY_X509;
	else
		kind = revoked ? SC_KEY_SSH_REVOKED : SC_KEY_SSH;
	for (; serial.n > 1 && *serial.p == 0; serial.n--)
		serial.p++;
	return hashed(kind, serial.p, serial.n, key, e);
}

int
sc_record_key_revokes(const uint8_t key[SC_RECORD_KEY])
{
	return key[0] == SC_KEY_X509_REVOKED || key[0] == SC_KEY_SSH_REVOKED;
}

int
sc_record_keys(const struct sc_record *r,
    struct sc_record_key keys[SC_RECORD_KEYS_MAX], size_t *n,
    struct sc_error *e)
{
	struct sc_store_serial serial = {r->serial.p, r->serial.n};
	struct sc_record_key *k = keys;
	int rc;

	*n = 0;
	if (r->token != NULL) {
		k->key[0] = SC_KEY_TOKEN;
		memcpy(k->key + 1, r->token, 32);
		k->until = r->token_expires;
		k++;
	}
	if (r->serial.n != 0) {
		rc = sc_record_serial_key(
		    r->form, serial, r->type == SC_STORE_REVOKE, k->key, e);
		if (rc != 0)
			return rc;
		k->until = r->not_after;
		k++;
	}
	*n = (size_t)(k - keys);
	return 0;
}
