#include "config.h"

#include <ctype.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/internal.h"
#include "authority/public.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "crypto/key.h"
#include "provisioner/provisioner.h"
#include "provisioner/webhook.h"

#define DEFAULT_LIMIT 20
#define MAX_LIMIT 100
#define UID_HEX 40 /* characters of a provisioner's uid */

static const struct sc_certs *
list(const struct sc_authority *ca, enum sc_cert_list which)
{
	switch (which) {
	case SC_LIST_ROOTS:
		return &ca->roots;
	case SC_LIST_INTERMEDIATES:
		return &ca->intermediates;
	default:
		return &ca->federated;
	}
}

static int
put_pem(struct sc_buf *out, const struct sc_cert *c, bool as_json)
{
	char *pem = NULL;

	if (sc_cert_to_pem(c, &pem) != 0)
		return sc_buf_put(NULL, "", 0);
	if (as_json)
		(void)sc_json_put_string(out, pem, strlen(pem));
	else
		(void)sc_buf_puts(out, pem);
	free(pem);
	return sc_buf_error(out);
}

static int
done(struct sc_buf *out, struct sc_error *e)
{
	int r = sc_buf_error(out);

	return r != 0 ? sc_fail(e, r, "cannot build the response") : 0;
}

int
sc_public_certs_json(const struct sc_authority *ca, enum sc_cert_list which,
    struct sc_buf *out, struct sc_error *e)
{
	const struct sc_certs *l = list(ca, which);
	size_t i;

	if (l->n == 0)
		return sc_fail(e, SC_ERR_UNSUPPORTED, "no certificates");
	(void)sc_buf_puts(out, "{\"crts\":[");
	for (i = 0; i < l->n; i++) {
		if (i > 0)
			(void)sc_buf_putc(out, ',');
		if (put_pem(out, l->v[i], true) != 0)
			return sc_fail_nomem(e);
	}
	(void)sc_buf_puts(out, "]}");
	return done(out, e);
}

int
sc_public_certs_pem(const struct sc_authority *ca, enum sc_cert_list which,
    struct sc_buf *out, struct sc_error *e)
{
	const struct sc_certs *l = list(ca, which);
	size_t i;

	if (l->n == 0)
		return sc_fail(e, SC_ERR_UNSUPPORTED, "no certificates");
	for (i = 0; i < l->n; i++)
		if (put_pem(out, l->v[i], false) != 0)
			return sc_fail_nomem(e);
	return done(out, e);
}

/* Dashes dropped, lower-cased; malloc'ed. */
static char *
normalise_sha(const char *sha)
{
	char *s = sc_strdup(sha), *w = s;

	if (s == NULL)
		return NULL;
	for (; *sha != '\0'; sha++)
		if (*sha != '-')
			*w++ = *sha >= 'A' && *sha <= 'Z' ? *sha | 0x20 : *sha;
	*w = '\0';
	return s;
}

int
sc_public_root_json(const struct sc_authority *ca, const char *sha,
    struct sc_buf *out, struct sc_error *e)
{
	const struct sc_cert *found = NULL;
	char *want = normalise_sha(sha), *hex;
	uint8_t sum[32];
	size_t i;
	int r = 0;

	if (want == NULL)
		return sc_fail_nomem(e);
	for (i = 0; found == NULL && i < ca->federated.n; i++) {
		sc_cert_fingerprint(ca->federated.v[i], sum);
		if ((hex = sc_hex_encode(sum, sizeof(sum))) == NULL)
			break;
		if (sc_streq(hex, want))
			found = ca->federated.v[i];
		free(hex);
	}
	if (found == NULL) {
		r = sc_fail_client(e, SC_ERR_NOT_FOUND,
		    "root certificate with fingerprint \"%.128s\" was not "
		    "found",
		    want);
		goto out;
	}
	(void)sc_buf_puts(out, "{\"ca\":");
	(void)put_pem(out, found, true);
	(void)sc_buf_puts(out, "}");
	r = done(out, e);
out:
	free(want);
	return r;
}

/* Position in the list, then 16 bytes of the identifier's SHA-1. */
static int
make_uid(size_t i, const char *id, char out[UID_HEX + 1])
{
	uint8_t raw[20], sum[64];
	size_t n;
	char *hex;

	if (sc_digest(SC_SHA1, id, strlen(id), sum, &n) != 0)
		return SC_ERR_CRYPTO;
	memcpy(raw, sum, sizeof(raw));
	raw[0] = (uint8_t)(i >> 24);
	raw[1] = (uint8_t)(i >> 16);
	raw[2] = (uint8_t)(i >> 8);
	raw[3] = (uint8_t)i;
	if ((hex = sc_hex_encode(raw, sizeof(raw))) == NULL)
		return SC_ERR_NOMEM;
	memcpy(out, hex, UID_HEX + 1);
	free(hex);
	return 0;
}

static int
put_member(struct sc_buf *out, const char *name, struct json_object *v)
{
	(void)sc_json_put_string(out, name, strlen(name));
	(void)sc_buf_putc(out, ':');
	return sc_json_put(out, v, NULL);
}

/* What a SCEP provisioner keeps to itself. */
static bool
put_redacted(struct sc_buf *out, const char *name)
{
	static const struct {
		const char *name, *value;
	} secret[] = {
	    {"challenge", "*** REDACTED ***"},
	    {"decrypterKey", "*** REDACTED ***"},
	    {"decrypterKeyPassword", "*** REDACTED ***"},
	    {"decrypterCertificate", "KioqIFJFREFDVEVEICoqKg=="},
	    {"decrypterKeyPEM", "KioqIFJFREFDVEVEICoqKg=="},
	};
	size_t i;

	for (i = 0; i < sizeof(secret) / sizeof(secret[0]); i++)
		if (sc_strcaseeq(name, secret[i].name)) {
			(void)sc_buf_putf(out, "\"%s\":\"%s\"", secret[i].name,
			    secret[i].value);
			return true;
		}
	return false;
}

static int
put_provisioner(struct sc_buf *out, const struct sc_provisioner *p)
{
	bool scep = sc_streq(p->type->name, "SCEP");
	const char *sep = "{";

	json_object_object_foreach(p->raw, key, v)
	{
		(void)sc_buf_puts(out, sep);
		if (sc_strcaseeq(key, "options")) {
			(void)sc_buf_puts(out, "\"options\":");
			(void)sc_webhooks_put_public(out, v);
		} else if (!scep || !put_redacted(out, key)) {
			(void)put_member(out, key, v);
		}
		sep = ",";
	}
	if (p->disabled != NULL) {
		(void)sc_buf_puts(
		    out, ",\"state\":\"Uninitialized\",\"stateReason\":");
		(void)sc_json_put_string(out, p->disabled, strlen(p->disabled));
	}
	return sc_buf_putc(out, '}');
}

/* The cursor padded to a uid; a longer one is past every entry. */
static void
pad_cursor(const char *cursor, char out[UID_HEX + 1])
{
	size_t n = strlen(cursor);

	if (n > UID_HEX) {
		memset(out, 'z', UID_HEX);
	} else {
		memset(out, '0', UID_HEX - n);
		memcpy(out + UID_HEX - n, cursor, n);
	}
	out[UID_HEX] = '\0';
}

int
sc_public_provisioners_json(const struct sc_authority *ca, const char *cursor,
    int64_t limit, struct sc_buf *out, struct sc_error *e)
{
	const struct sc_provisioners *ps = ca->provisioners;
	const struct sc_provisioner *p;
	char from[UID_HEX + 1], uid[UID_HEX + 1] = "";
	const char *next = "", *sep = "[";
	int64_t n = 0;
	size_t i;
	int r;

	limit = limit <= 0 ? DEFAULT_LIMIT : limit;
	limit = limit > MAX_LIMIT ? MAX_LIMIT : limit;
	pad_cursor(cursor, from);
	(void)sc_buf_puts(out, "{\"provisioners\":");
	for (i = 0; i < sc_provisioners_count(ps); i++) {
		p = sc_provisioners_at(ps, i);
		if ((r = make_uid(i, p->id, uid)) != 0)
			return sc_fail(e, r, "cannot make a cursor");
		if (strcmp(uid, from) < 0)
			continue;
		if (n++ == limit) {
			next = uid + strspn(uid, "0");
			break;
		}
		(void)sc_buf_puts(out, sep);
		(void)put_provisioner(out, p);
		sep = ",";
	}
	(void)sc_buf_putf(
	    out, "%s,\"nextCursor\":\"%s\"}", n > 0 ? "]" : "null", next);
	return done(out, e);
}

int
sc_public_encrypted_key_json(const struct sc_authority *ca, const char *kid,
    struct sc_buf *out, struct sc_error *e)
{
	const struct sc_provisioner *p =
	    sc_provisioners_by_kid(ca->provisioners, kid);

	if (p == NULL || p->encrypted_key == NULL ||
	    p->encrypted_key[0] == '\0')
		return sc_fail(e, SC_ERR_NOT_FOUND,
		    "no encrypted key for kid \"%.128s\"", kid);
	(void)sc_buf_puts(out, "{\"key\":");
	(void)sc_json_put_string(
	    out, p->encrypted_key, strlen(p->encrypted_key));
	(void)sc_buf_putc(out, '}');
	return done(out, e);
}
