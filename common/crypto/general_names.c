#include "config.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "crypto/der.h"
#include "crypto/general_names.h"

#define NAMES_MAX_DER (1024 * 1024)

static const uint8_t tags[] = {
    [SC_SAN_DNS] = SC_DER_CONTEXT(2),
    [SC_SAN_EMAIL] = SC_DER_CONTEXT(1),
    [SC_SAN_IP] = SC_DER_CONTEXT(7),
    [SC_SAN_URI] = SC_DER_CONTEXT(6),
};

static int
add_ip(const struct sc_der *v, struct sc_sans *out, struct sc_error *e)
{
	char text[INET6_ADDRSTRLEN];

	if ((v->n != 4 && v->n != 16) ||
	    inet_ntop(v->n == 4 ? AF_INET : AF_INET6, v->p, text,
		sizeof(text)) == NULL)
		return sc_fail_client(
		    e, SC_ERR_MALFORMED, "IP address name of %zu octets", v->n);
	return sc_sans_add(out, SC_SAN_IP, text, e);
}

static int
add_text(enum sc_san_type type, const struct sc_der *v, struct sc_sans *out,
    struct sc_error *e)
{
	char *text;
	size_t i;
	int r;

	for (i = 0; i < v->n; i++)
		if (v->p[i] == 0 || v->p[i] >= 0x80)
			return sc_fail_client(e, SC_ERR_MALFORMED,
			    "%s name with a NUL or non-ASCII character",
			    sc_san_type_name(type));
	if ((text = sc_strndup((const char *)v->p, v->n)) == NULL)
		return sc_fail_nomem(e);
	r = sc_sans_add(out, type, text, e);
	free(text);
	return r;
}

int
sc_general_names_parse(struct sc_der value, struct sc_sans *out, size_t *others,
    struct sc_error *e)
{
	struct sc_der names, v;
	uint8_t tag;
	int r = 0;

	if (!sc_der_get(&value, SC_DER_SEQUENCE, &names) || value.n != 0)
		return sc_fail(e, SC_ERR_MALFORMED, "bad alternative names");
	while (r == 0 && names.n > 0) {
		if (!sc_der_get_any(&names, &tag, &v))
			return sc_fail(
			    e, SC_ERR_MALFORMED, "bad alternative names");
		if (tag == tags[SC_SAN_DNS])
			r = add_text(SC_SAN_DNS, &v, out, e);
		else if (tag == tags[SC_SAN_EMAIL])
			r = add_text(SC_SAN_EMAIL, &v, out, e);
		else if (tag == tags[SC_SAN_URI])
			r = add_text(SC_SAN_URI, &v, out, e);
		else if (tag == tags[SC_SAN_IP])
			r = add_ip(&v, out, e);
		else
			(*others)++;
	}
	return r;
}

static int
put_one(struct sc_buf *b, const struct sc_san *s, struct sc_error *e)
{
	uint8_t ip[16];
	size_t n;

	if (s->type != SC_SAN_IP) {
		for (n = 0; s->value[n] != '\0'; n++)
			if ((s->value[n] & 0x80) != 0)
				return sc_fail_client(e, SC_ERR_MALFORMED,
				    "%s name with a non-ASCII character",
				    sc_san_type_name(s->type));
		sc_der_put(b, tags[s->type], s->value, strlen(s->value));
		return 0;
	}
	if (sc_san_ip_bytes(s->value, ip, &n) != 0)
		return sc_fail(
		    e, SC_ERR_MALFORMED, "\"%s\" is no address", s->value);
	sc_der_put(b, tags[SC_SAN_IP], ip, n);
	return 0;
}

int
sc_general_names_put(struct sc_buf *b, const struct sc_sans *s,
    const uint8_t *others, size_t n, struct sc_error *e)
{
	struct sc_buf *in = sc_buf_new(NAMES_MAX_DER);
	int t, r = 0;
	size_t i;

	for (t = SC_SAN_DNS; r == 0 && t <= SC_SAN_URI; t++)
		for (i = 0; r == 0 && i < s->n; i++)
			if (s->v[i].type == (enum sc_san_type)t)
				r = put_one(in, &s->v[i], e);
	if (n > 0)
		(void)sc_buf_put(in, others, n);
	sc_der_put_buf(b, SC_DER_SEQUENCE, in);
	return r;
}
