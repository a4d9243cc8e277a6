#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "client/ssh/sshinfo.h"
#include "crypto/ssh_cert.h"
#include "crypto/ssh_key.h"

#define INDENT "        "
#define SIGNATURE_ROW 16 /* bytes in a line */

static const char *
type_name(const struct sc_ssh_cert *c)
{
	return c->type == SC_SSH_HOST ? "host" : "user";
}

static void
put_time(struct sc_buf *b, uint64_t t)
{
	time_t seconds = (time_t)t;
	char text[64];
	struct tm tm;

	if (t > INT64_MAX || localtime_r(&seconds, &tm) == NULL ||
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		(void)sc_buf_putf(b, "%llu", (unsigned long long)t);
	else
		(void)sc_buf_puts(b, text);
}

static void
put_validity(struct sc_buf *b, const struct sc_ssh_cert *c)
{
	(void)sc_buf_puts(b, INDENT "Valid: ");
	if (c->valid_before == SC_SSH_FOREVER) {
		(void)sc_buf_puts(b, "forever\n");
		return;
	}
	(void)sc_buf_puts(b, "from ");
	put_time(b, c->valid_after);
	(void)sc_buf_puts(b, " to ");
	put_time(b, c->valid_before);
	(void)sc_buf_puts(b, "\n");
}

/* Names of somebody else: no control character gets to the terminal. */
static void
put_clean(struct sc_buf *b, const char *s)
{
	for (; *s != '\0'; s++)
		(void)sc_buf_putc(
		    b, (unsigned char)*s < 0x20 || *s == 0x7f ? '?' : *s);
}

static void
put_options(struct sc_buf *b, const char *title, const struct sc_ssh_options *o)
{
	size_t i;

	(void)sc_buf_putf(
	    b, INDENT "%s: %s\n", title, o->n == 0 ? "(none)" : "");
	for (i = 0; i < o->n; i++) {
		(void)sc_buf_puts(b, INDENT INDENT);
		put_clean(b, o->v[i].name);
		(void)sc_buf_puts(b, " ");
		put_clean(b, o->v[i].value);
		(void)sc_buf_puts(b, "\n");
	}
}

static void
put_signature(struct sc_buf *b, const struct sc_ssh_cert *c)
{
	size_t i;

	(void)sc_buf_puts(b, INDENT "Signature:");
	for (i = 0; i < c->sig_len; i++)
		(void)sc_buf_putf(b, "%s%02x",
		    i % SIGNATURE_ROW == 0
			? (i == 0 ? "\n" INDENT INDENT : ":\n" INDENT INDENT)
			: ":",
		    c->sig[i]);
	(void)sc_buf_puts(b, "\n");
}

int
sc_sshinfo_text(const struct sc_ssh_cert *c, const char *name, struct sc_buf *b)
{
	char key[SC_SSH_FINGERPRINT] = "?", ca[SC_SSH_FINGERPRINT] = "?";
	size_t i;

	(void)sc_ssh_key_fingerprint(c->key, key);
	(void)sc_ssh_key_fingerprint(c->signer, ca);
	(void)sc_buf_putf(b,
	    "%s:\n" INDENT "Type: %s %s certificate\n" INDENT
	    "Public key: %s-CERT %s\n" INDENT
	    "Signing CA: %s %s (using %s)\n" INDENT "Key ID: \"",
	    name, sc_ssh_key_cert_type(c->key), type_name(c),
	    sc_ssh_key_short_type(c->key), key,
	    sc_ssh_key_short_type(c->signer), ca,
	    c->sig_alg != NULL ? c->sig_alg : "an unknown algorithm");
	put_clean(b, c->key_id);
	(void)sc_buf_putf(
	    b, "\"\n" INDENT "Serial: %llu\n", (unsigned long long)c->serial);
	put_validity(b, c);
	(void)sc_buf_putf(
	    b, INDENT "Principals: %s\n", c->principals.n == 0 ? "(none)" : "");
	for (i = 0; i < c->principals.n; i++) {
		(void)sc_buf_puts(b, INDENT INDENT);
		put_clean(b, c->principals.v[i]);
		(void)sc_buf_puts(b, "\n");
	}
	put_options(b, "Critical Options", &c->critical);
	put_options(b, "Extensions", &c->extensions);
	put_signature(b, c);
	return sc_buf_error(b);
}

static void
add_text(struct json_object *o, const char *name, const char *s)
{
	json_object_object_add(o, name, json_object_new_string(s));
}

static void
add_time(struct json_object *o, const char *name, uint64_t t)
{
	struct sc_buf *b = sc_buf_new(64);

	if (t == SC_SSH_FOREVER)
		(void)sc_buf_puts(b, "forever");
	else
		put_time(b, t);
	if (sc_buf_error(b) == 0)
		add_text(o, name, sc_buf_str(b));
	sc_buf_free(b);
}

static void
add_options(
    struct json_object *o, const char *name, const struct sc_ssh_options *l)
{
	struct json_object *v = json_object_new_object();
	size_t i;

	for (i = 0; v != NULL && i < l->n; i++)
		add_text(v, l->v[i].name, l->v[i].value);
	json_object_object_add(o, name, v);
}

static void
add_signature(struct json_object *o, const struct sc_ssh_cert *c)
{
	struct json_object *sig = json_object_new_object();
	char *value = sc_b64_encode(SC_B64_STD, c->sig, c->sig_len);

	add_text(sig, "Type", c->sig_alg != NULL ? c->sig_alg : "");
	add_text(sig, "Value", value != NULL ? value : "");
	json_object_object_add(o, "Signature", sig);
	free(value);
}

int
sc_sshinfo_json(
    const struct sc_ssh_cert *c, const char *name, struct json_object **out)
{
	struct json_object *o = *out = json_object_new_object(), *names;
	char key[SC_SSH_FINGERPRINT] = "", ca[SC_SSH_FINGERPRINT] = "";
	size_t i;

	if (o == NULL || (names = json_object_new_array()) == NULL)
		return SC_ERR_NOMEM;
	(void)sc_ssh_key_fingerprint(c->key, key);
	(void)sc_ssh_key_fingerprint(c->signer, ca);
	add_text(o, "Type", type_name(c));
	add_text(o, "KeyName", name);
	add_text(o, "KeyID", c->key_id);
	add_text(o, "KeyAlgo", sc_ssh_key_cert_type(c->key));
	add_text(o, "KeyFingerprint", key);
	add_text(o, "SigningKeyAlgo", sc_ssh_key_type(c->signer));
	add_text(o, "SigningKeyFingerprint", ca);
	add_signature(o, c);
	json_object_object_add(o, "Serial", json_object_new_uint64(c->serial));
	add_time(o, "ValidAfter", c->valid_after);
	add_time(o, "ValidBefore", c->valid_before);
	for (i = 0; i < c->principals.n; i++)
		json_object_array_add(
		    names, json_object_new_string(c->principals.v[i]));
	json_object_object_add(o, "Principals", names);
	add_options(o, "CriticalOptions", &c->critical);
	add_options(o, "Extensions", &c->extensions);
	return 0;
}

int
sc_sshinfo_line(const struct sc_ssh_key *k, const struct sc_ssh_cert *whole,
    const char *comment, int cert, struct sc_buf *b)
{
	char fingerprint[SC_SSH_FINGERPRINT];
	int r = whole != NULL
	    ? sc_ssh_fingerprint(whole->blob, whole->blob_len, fingerprint)
	    : sc_ssh_key_fingerprint(k, fingerprint);

	if (r != 0)
		return r;
	(void)sc_buf_putf(
	    b, "%u %s ", sc_key_bits(sc_ssh_key_public(k)), fingerprint);
	put_clean(b, comment[0] != '\0' ? comment : "no comment");
	(void)sc_buf_putf(
	    b, " (%s%s)\n", sc_ssh_key_short_type(k), cert ? "-CERT" : "");
	return sc_buf_error(b);
}
