#include "config.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "authority/leaf.h"
#include "base/buf.h"
#include "base/encode.h"
#include "base/err.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/mem.h"
#include "crypto/asn1_text.h"
#include "crypto/general_names.h"

#define OID_SAN "2.5.29.17"
#define OID_PERMANENT_IDENTIFIER "1.3.6.1.5.5.7.8.3" /* RFC 4043 */
#define OID_HARDWARE_MODULE_NAME "1.3.6.1.5.5.7.8.4" /* RFC 4108 */
#define OID_USER_PRINCIPAL_NAME "1.3.6.1.4.1.311.20.2.3"
#define NAMES_MAX (256 * 1024)

/* One entry of sans, borrowed. */
struct entry {
	const char *type, *value;
	struct json_object *asn1;
};

static int
wrong(struct sc_error *e, const struct entry *x, const char *want)
{
	return sc_fail(e, SC_ERR_INTERNAL,
	    "what the template writes: sans: type %.64s: expected %s", x->type,
	    want);
}

/* otherName: [0] of type and [0] EXPLICIT value, which is freed. */
static int
put_other(struct sc_buf *b, const struct entry *x, const char *oid,
    struct sc_buf *value, struct sc_error *e)
{
	struct sc_buf *in = sc_buf_new(NAMES_MAX);
	int r = sc_der_put_oid(in, oid);

	sc_der_put_buf(in, SC_DER_CONTEXT_CONS(0), value);
	sc_der_put_buf(b, SC_DER_CONTEXT_CONS(0), in);
	return r == 0 ? 0 : wrong(e, x, "a known one, or one as 1.2.3");
}

/* The object of a value that may be the text of one; NULL: none. */
static struct json_object *
structured(const struct entry *x)
{
	struct json_object *o = NULL;

	if (x->asn1 != NULL)
		return json_object_get(x->asn1);
	if (sc_json_parse(x->value, strlen(x->value), 0, &o, NULL) != 0)
		return NULL;
	return o;
}

static int
put_permanent_identifier(
    struct sc_buf *b, const struct entry *x, struct sc_error *e)
{
	struct sc_buf *in = sc_buf_new(NAMES_MAX), *seq = sc_buf_new(NAMES_MAX);
	const char *id = x->value, *assigner = NULL;
	int r = 0;

	if (x->asn1 != NULL &&
	    (sc_json_get_string(x->asn1, "identifier", &id, NULL) != 0 ||
		sc_json_get_string(x->asn1, "assigner", &assigner, NULL) != 0))
		r = wrong(e, x, "{identifier, assigner}");
	if (r == 0 && id != NULL && id[0] != '\0')
		sc_der_put(in, SC_DER_UTF8, id, strlen(id));
	if (r == 0 && assigner != NULL && assigner[0] != '\0' &&
	    sc_der_put_oid(in, assigner) != 0)
		r = wrong(e, x, "an assigner as 1.2.3");
	sc_der_put_buf(seq, SC_DER_SEQUENCE, in);
	if (r == 0)
		return put_other(b, x, OID_PERMANENT_IDENTIFIER, seq, e);
	sc_buf_free(seq);
	return r;
}

static int
put_hardware_module(struct sc_buf *b, const struct entry *x, struct sc_error *e)
{
	struct sc_buf *in = sc_buf_new(NAMES_MAX), *seq = sc_buf_new(NAMES_MAX);
	struct json_object *o = structured(x);
	const char *type = NULL, *serial = NULL;
	uint8_t *bytes = NULL;
	size_t n = 0;
	int r = 0;

	if (!json_object_is_type(o, json_type_object) ||
	    sc_json_get_string(o, "type", &type, NULL) != 0 || type == NULL ||
	    sc_json_get_string(o, "serialNumber", &serial, NULL) != 0 ||
	    serial == NULL || sc_der_put_oid(in, type) != 0 ||
	    sc_b64_decode(SC_B64_STD, serial, strlen(serial), &bytes, &n) != 0)
		r = wrong(e, x, "{type: 1.2.3, serialNumber: base64}");
	else
		sc_der_put(in, SC_DER_OCTET_STRING, bytes, n);
	sc_der_put_buf(seq, SC_DER_SEQUENCE, in);
	free(bytes);
	json_object_put(o);
	if (r == 0)
		return put_other(b, x, OID_HARDWARE_MODULE_NAME, seq, e);
	sc_buf_free(seq);
	return r;
}

static int
put_principal(struct sc_buf *b, const struct entry *x, struct sc_error *e)
{
	struct sc_buf *v = sc_buf_new(NAMES_MAX);

	sc_der_put(v, SC_DER_UTF8, x->value, strlen(x->value));
	return put_other(b, x, OID_USER_PRINCIPAL_NAME, v, e);
}

/* The type is an object identifier; the value says how it is encoded. */
static int
put_typed(struct sc_buf *b, const struct entry *x, struct sc_error *e)
{
	struct sc_buf *in = sc_buf_new(NAMES_MAX);
	int r = 0;

	if (sc_der_put_oid(in, x->type) != 0)
		r = wrong(e, x, "a known one, or one as 1.2.3");
	else if (sc_asn1_text_put_typed(in, x->value, 1, e) != 0)
		r = wrong(e, x, "a value as utf8:text");
	sc_der_put_buf(b, SC_DER_CONTEXT_CONS(0), in);
	return r;
}

static int
put_registered_id(struct sc_buf *b, const struct entry *x, struct sc_error *e)
{
	struct sc_buf *oid = sc_buf_new(NAMES_MAX);
	struct sc_der d, in;
	int r = 0;

	if (sc_der_put_oid(oid, x->value) != 0 || sc_buf_error(oid) != 0) {
		r = wrong(e, x, "a value as 1.2.3");
	} else {
		d = (struct sc_der){sc_buf_data(oid), sc_buf_len(oid)};
		if (sc_der_get(&d, SC_DER_OID, &in))
			sc_der_put(b, SC_DER_CONTEXT(8), in.p, in.n);
	}
	sc_buf_free(oid);
	return r;
}

static int
put_directory_name(struct sc_buf *b, const struct entry *x, struct sc_error *e)
{
	struct json_object *o = structured(x);
	struct sc_name name = {0};
	uint8_t *der = NULL;
	size_t n = 0;
	int r;

	if (!json_object_is_type(o, json_type_object))
		r = wrong(e, x, "a name as the subject's");
	else if ((r = sc_leaf_read_subject(&name, o, "sans: dn", e)) == 0 &&
	    (r = sc_name_to_der(&name, &der, &n, e)) == 0)
		sc_der_put(b, SC_DER_CONTEXT_CONS(4), der, n);
	free(der);
	sc_name_clear(&name);
	json_object_put(o);
	return r;
}

static const struct {
	const char *type;
	enum sc_san_type as;
} basic[] = {
    {"dns", SC_SAN_DNS},
    {"email", SC_SAN_EMAIL},
    {"ip", SC_SAN_IP},
    {"uri", SC_SAN_URI},
};
static const struct {
	const char *type;
	int (*put)(struct sc_buf *, const struct entry *, struct sc_error *);
} others[] = {
    {"dn", put_directory_name},
    {"registeredID", put_registered_id},
    {"permanentIdentifier", put_permanent_identifier},
    {"hardwareModuleName", put_hardware_module},
    {"userPrincipalName", put_principal},
};

static int
read_entry(struct sc_leaf *l, struct sc_buf *other, const struct entry *x,
    struct sc_error *e)
{
	size_t i;

	if (x->type[0] == '\0' || sc_streq(x->type, "auto"))
		return sc_sans_add_auto(&l->plan.sans, x->value, e);
	for (i = 0; i < sizeof(basic) / sizeof(basic[0]); i++)
		if (sc_streq(x->type, basic[i].type))
			return sc_sans_add(
			    &l->plan.sans, basic[i].as, x->value, e);
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (sc_streq(x->type, others[i].type))
			return others[i].put(other, x, e);
	return put_typed(other, x, e);
}

static int
not_entries(struct sc_error *e)
{
	return sc_fail(e, SC_ERR_INTERNAL,
	    "what the template writes: sans: expected a list of {type, value} "
	    "of texts");
}

static int
read_sans(struct sc_leaf *l, struct json_object *o, struct sc_buf *other,
    struct sc_error *e)
{
	struct json_object *list = NULL, *v;
	struct entry x;
	size_t i, n;
	int r = 0;

	if (sc_json_get_array(o, "sans", &list, NULL) != 0)
		return not_entries(e);
	n = list != NULL ? json_object_array_length(list) : 0;
	if (n > SC_MAX_SANS)
		return sc_fail(e, SC_ERR_INTERNAL,
		    "what the template writes: more than %d names",
		    SC_MAX_SANS);
	for (i = 0; r == 0 && i < n; i++) {
		v = json_object_array_get_idx(list, i);
		x = (struct entry){NULL, NULL, NULL};
		if (!json_object_is_type(v, json_type_object) ||
		    sc_json_get_string(v, "type", &x.type, NULL) != 0 ||
		    sc_json_get_string(v, "value", &x.value, NULL) != 0 ||
		    sc_json_get_object(v, "asn1Value", &x.asn1, NULL) != 0)
			return not_entries(e);
		x.type = x.type != NULL ? x.type : "auto";
		x.value = x.value != NULL ? x.value : "";
		r = read_entry(l, other, &x, e);
	}
	return r;
}

static int
read_basic(struct sc_leaf *l, struct json_object *o, const char *member,
    enum sc_san_type type, struct sc_error *e)
{
	struct sc_strlist names = {0};
	size_t i;
	int r = sc_leaf_read_texts(&names, o, member, e);

	for (i = 0; r == 0 && i < names.n; i++)
		r = sc_sans_add(&l->plan.sans, type, names.v[i], e);
	sc_strlist_clear(&names);
	return r;
}

int
sc_leaf_read_names(struct sc_leaf *l, struct json_object *o, struct sc_error *e)
{
	const struct sc_cert_ext *own = sc_leaf_ext(&l->plan, OID_SAN);
	struct sc_buf *other;
	size_t ignored = 0;
	int r;

	if (own != NULL) /* verbatim, and instead of all else */
		return sc_general_names_parse(
		    (struct sc_der){own->der, own->der_len}, &l->names,
		    &ignored, e);
	other = sc_buf_new(NAMES_MAX);
	if ((r = read_basic(l, o, "dnsNames", SC_SAN_DNS, e)) == 0 &&
	    (r = read_basic(l, o, "emailAddresses", SC_SAN_EMAIL, e)) == 0 &&
	    (r = read_basic(l, o, "ipAddresses", SC_SAN_IP, e)) == 0 &&
	    (r = read_basic(l, o, "uris", SC_SAN_URI, e)) == 0 &&
	    (r = read_sans(l, o, other, e)) == 0 &&
	    (r = sc_sans_copy(&l->names, &l->plan.sans, e)) == 0 &&
	    (r = sc_buf_error(other)) != 0)
		r = sc_fail(e, r, "what the template writes: sans");
	if (r == 0 && sc_buf_len(other) > 0) {
		l->plan.other_names.p =
		    (uint8_t *)sc_buf_steal(other, &l->plan.other_names.n);
		return l->plan.other_names.p != NULL ? 0 : sc_fail_nomem(e);
	}
	sc_buf_free(other);
	return r;
}
