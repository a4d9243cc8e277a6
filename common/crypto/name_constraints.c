#include "config.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/err.h"
#include "base/limits.h"
#include "base/mem.h"
#include "base/url.h"
#include "crypto/cert.h"
#include "crypto/name_constraints.h"

struct sc_name_constraints {
	NAME_CONSTRAINTS *v[SC_MAX_CHAIN];
	size_t n;
};

/* One name, in the form in which libcrypto has constraints. */
struct name {
	int type; /* GEN_* */
	const char *text; /* as told */
	char *host; /* of a mail address or URI, or the DNS name */
	size_t local; /* octets before the '@' of text */
	uint8_t ip[16];
	size_t ip_len;
	X509_NAME *dn;
};

static const char *
type_text(int type)
{
	switch (type) {
	case GEN_DNS:
		return "DNS name";
	case GEN_EMAIL:
		return "Email address";
	case GEN_IPADD:
		return "IP address";
	case GEN_URI:
		return "URI";
	default:
		return "Subject";
	}
}

/* --- the issuers' ------------------------------------------------------ */

static int
check_subtrees(const STACK_OF(GENERAL_SUBTREE) * l, struct sc_error *e)
{
	const GENERAL_SUBTREE *t;
	int i;

	for (i = 0; i < sk_GENERAL_SUBTREE_num(l); i++) {
		t = sk_GENERAL_SUBTREE_value(l, i);
		switch (t->base->type) {
		case GEN_DNS:
		case GEN_EMAIL:
		case GEN_IPADD:
		case GEN_URI:
		case GEN_DIRNAME:
			break;
		default:
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "name constraints on names of type %d cannot be "
			    "checked",
			    t->base->type);
		}
		/* RFC 5280 section 4.2.1.10: always zero and absent. */
		if (t->maximum != NULL ||
		    (t->minimum != NULL && ASN1_INTEGER_get(t->minimum) != 0))
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "name constraints with a minimum or maximum "
			    "cannot be checked");
	}
	return 0;
}

static int
add_cert(struct sc_name_constraints *c, const struct sc_cert *cert,
    struct sc_error *e)
{
	NAME_CONSTRAINTS *nc;
	int critical = 0, r;
	X509 *x = sc_cert_x509(cert);

	if (x == NULL)
		return sc_fail_nomem(e);
	nc = X509_get_ext_d2i(x, NID_name_constraints, &critical, NULL);
	if (nc == NULL) {
		ERR_clear_error();
		return critical == -1
		    ? 0
		    : sc_fail(e, SC_ERR_MALFORMED,
			  "\"%.128s\": name constraints that cannot be read",
			  sc_cert_common_name(cert));
	}
	if ((r = check_subtrees(nc->permittedSubtrees, e)) != 0 ||
	    (r = check_subtrees(nc->excludedSubtrees, e)) != 0 ||
	    c->n == SC_MAX_CHAIN) {
		sc_error_prefix(e, "\"%.128s\"", sc_cert_common_name(cert));
		NAME_CONSTRAINTS_free(nc);
		return r;
	}
	c->v[c->n++] = nc;
	return 0;
}

/* The certificate in l that issued x; NULL when there is none or it is x. */
static const struct sc_cert *
issuer_of(const struct sc_cert *c, const struct sc_certs *l)
{
	X509 *x = sc_cert_x509(c), *y;
	size_t i;

	for (i = 0; x != NULL && i < l->n; i++)
		if (l->v[i] != c && (y = sc_cert_x509(l->v[i])) != NULL &&
		    X509_check_issued(y, x) == X509_V_OK && X509_cmp(x, y) != 0)
			return l->v[i];
	return NULL;
}

int
sc_name_constraints_new(const struct sc_certs *issuers,
    const struct sc_certs *roots, struct sc_name_constraints **out,
    struct sc_error *e)
{
	struct sc_name_constraints *c = calloc(1, sizeof(*c));
	const struct sc_cert *at = issuers->n > 0 ? issuers->v[0] : NULL;
	const struct sc_cert *next;
	int i, r = 0;

	*out = NULL;
	if (c == NULL)
		return sc_fail_nomem(e);
	for (i = 0; r == 0 && at != NULL && i < SC_MAX_CHAIN; i++) {
		r = add_cert(c, at, e);
		if ((next = issuer_of(at, issuers)) == NULL)
			next = issuer_of(at, roots);
		at = next;
	}
	if (r == 0 && c->n > 0)
		*out = c;
	else
		sc_name_constraints_free(c);
	return r;
}

void
sc_name_constraints_free(struct sc_name_constraints *c)
{
	if (c == NULL)
		return;
	while (c->n > 0)
		NAME_CONSTRAINTS_free(c->v[--c->n]);
	free(c);
}

/* --- one name and one constraint --------------------------------------- */

/*
 * Text of an IA5String; false when it has a NUL or no room.  A constraint
 * that cannot be compared permits nothing and excludes everything.
 */
static bool
ia5(const ASN1_STRING *s, char out[512])
{
	int n = ASN1_STRING_length(s);

	if (n < 0 || n >= 512 || memchr(ASN1_STRING_get0_data(s), 0, (size_t)n))
		return false;
	memcpy(out, ASN1_STRING_get0_data(s), (size_t)n);
	out[n] = '\0';
	return true;
}

/* host is c or below it; with below it must be, with exact it must not. */
static bool
match_host(const char *host, const char *c, bool exact)
{
	bool below = c[0] == '.';
	size_t nh, nc;

	if (c[0] == '\0')
		return true;
	c += below;
	nh = strlen(host);
	nc = strlen(c);
	if (nh == nc)
		return !below && sc_strcaseeq(host, c);
	return nh > nc && host[nh - nc - 1] == '.' && (below || !exact) &&
	    sc_strcaseeq(host + nh - nc, c);
}

static bool
match_email(const struct name *n, const char *c, bool permit)
{
	const char *at = strrchr(c, '@');
	size_t i, k = at != NULL ? (size_t)(at - c) : 0;

	if (at == NULL)
		return match_host(n->host, c, permit);
	if (k != n->local || !sc_strcaseeq(n->host, at + 1))
		return false;
	for (i = 0; i < k; i++)
		if (n->text[i] != c[i] &&
		    (permit || (n->text[i] | 0x20) != (c[i] | 0x20)))
			return false;
	return true;
}

/*
 * A wildcard is all hosts one label below its parent: excluded with any of
 * them.  (To be permitted, "*.x" is a name below x like any other.)
 */
static bool
match_dns(const struct name *n, const char *c, bool permit)
{
	const char *parent;

	if (match_host(n->host, c, false))
		return true;
	if (permit || n->host[0] != '*' || c[0] == '.')
		return false;
	parent = strchr(c, '.');
	return parent != NULL && sc_strcaseeq(n->host + 1, parent);
}

static bool
match_ip(const struct name *n, const ASN1_OCTET_STRING *s)
{
	const uint8_t *p = ASN1_STRING_get0_data(s);
	size_t i, len = (size_t)ASN1_STRING_length(s);

	if (len != 2 * n->ip_len)
		return false;
	for (i = 0; i < n->ip_len; i++)
		if ((n->ip[i] ^ p[i]) & p[n->ip_len + i])
			return false;
	return true;
}

/* base is the beginning of the name, in whole RDNs. */
static bool
match_dn(X509_NAME *name, X509_NAME *base)
{
	int k = X509_NAME_entry_count(base), n = X509_NAME_entry_count(name);
	X509_NAME *cut;
	bool same;

	if (k > n)
		return false;
	if (k > 0 && k < n &&
	    X509_NAME_ENTRY_set(X509_NAME_get_entry(name, k)) ==
		X509_NAME_ENTRY_set(X509_NAME_get_entry(name, k - 1)))
		return false;
	if ((cut = X509_NAME_dup(name)) == NULL)
		return false;
	while (n > k)
		X509_NAME_ENTRY_free(X509_NAME_delete_entry(cut, --n));
	same = X509_NAME_cmp(cut, base) == 0;
	X509_NAME_free(cut);
	return same;
}

static bool
match(const struct name *n, const GENERAL_NAME *base, bool permit)
{
	char c[512];

	switch (n->type) {
	case GEN_IPADD:
		return match_ip(n, base->d.iPAddress);
	case GEN_DIRNAME:
		return match_dn(n->dn, base->d.directoryName);
	default:
		break;
	}
	if (!ia5(base->d.ia5, c))
		return !permit;
	if (n->type == GEN_DNS)
		return match_dns(n, c, permit);
	return n->type == GEN_EMAIL ? match_email(n, c, permit)
				    : match_host(n->host, c, permit);
}

/* The constraint as text: the reference's for what it has any. */
static void
put_constraint(const GENERAL_NAME *base, char out[300])
{
	const ASN1_STRING *s;
	const uint8_t *p;
	char a[INET6_ADDRSTRLEN], m[INET6_ADDRSTRLEN];
	int n, family;

	if (base->type == GEN_DIRNAME) {
		(void)X509_NAME_oneline(base->d.directoryName, out, 300);
		return;
	}
	s = base->type == GEN_IPADD ? base->d.iPAddress : base->d.ia5;
	p = ASN1_STRING_get0_data(s);
	n = ASN1_STRING_length(s);
	family = n == 8 ? AF_INET : AF_INET6;
	if (base->type != GEN_IPADD)
		(void)snprintf(out, 300, "%.*s", n > 255 ? 255 : n, p);
	else if ((n == 8 || n == 32) &&
	    inet_ntop(family, p, a, sizeof(a)) != NULL &&
	    inet_ntop(family, p + n / 2, m, sizeof(m)) != NULL)
		(void)snprintf(out, 300, "%s/%s", a, m);
	else
		(void)snprintf(out, 300, "(unreadable)");
}

static int __attribute__((format(printf, 3, 4)))
refuse(struct sc_error *e, const struct name *n, const char *fmt, ...)
{
	char why[320];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	(void)sc_fail(e, SC_ERR_FORBIDDEN, "%s \"%.150s\" %s",
	    type_text(n->type), n->text, why);
	sc_error_client_whole(
	    e, "%s \"%.150s\" %s", type_text(n->type), n->text, why);
	return SC_ERR_FORBIDDEN;
}

static int
check_one(const NAME_CONSTRAINTS *nc, const struct name *n, struct sc_error *e)
{
	const STACK_OF(GENERAL_SUBTREE) *no = nc->excludedSubtrees;
	const STACK_OF(GENERAL_SUBTREE) *yes = nc->permittedSubtrees;
	bool any = false;
	char text[300];
	int i;

	for (i = 0; i < sk_GENERAL_SUBTREE_num(no); i++) {
		const GENERAL_NAME *b = sk_GENERAL_SUBTREE_value(no, i)->base;

		if (b->type != n->type || !match(n, b, false))
			continue;
		put_constraint(b, text);
		return refuse(e, n, "is excluded by constraint \"%s\"", text);
	}
	for (i = 0; i < sk_GENERAL_SUBTREE_num(yes); i++) {
		const GENERAL_NAME *b = sk_GENERAL_SUBTREE_value(yes, i)->base;

		if (b->type != n->type)
			continue;
		if (match(n, b, true))
			return 0;
		any = true;
	}
	return any ? refuse(e, n, "is not permitted by any constraint") : 0;
}

static bool
constrains(const struct sc_name_constraints *c, int type)
{
	const STACK_OF(GENERAL_SUBTREE) * l[2];
	size_t i;
	int k, m;

	for (i = 0; i < c->n; i++) {
		l[0] = c->v[i]->permittedSubtrees;
		l[1] = c->v[i]->excludedSubtrees;
		for (k = 0; k < 2; k++)
			for (m = 0; m < sk_GENERAL_SUBTREE_num(l[k]); m++)
				if (sk_GENERAL_SUBTREE_value(l[k], m)
					->base->type == type)
					return true;
	}
	return false;
}

static int
check_all(const struct sc_name_constraints *c, const struct name *n,
    struct sc_error *e)
{
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && i < c->n; i++)
		r = check_one(c->v[i], n, e);
	return r;
}

/* --- names ------------------------------------------------------------- */

/* RFC 5280: a URI without a host name is refused where URIs are constrained. */
static int
uri_host(struct name *n, struct sc_error *e)
{
	struct sc_url u;
	uint8_t ip[16];
	size_t len;
	const char *why = NULL;

	if (sc_url_parse(n->text, &u) != 0)
		return refuse(e, n, "cannot be matched against constraints");
	if (u.host[0] == '\0')
		why = "has no host to be matched against constraints";
	else if (u.host[0] == '[' || sc_san_ip_bytes(u.host, ip, &len) == 0)
		why = "with an IP address cannot be matched against "
		      "constraints";
	else
		n->host = sc_strdup(u.host);
	sc_url_clear(&u);
	if (why != NULL)
		return refuse(e, n, "%s", why);
	return n->host == NULL ? sc_fail_nomem(e) : 0;
}

static int
check_text(const struct sc_name_constraints *c, int type, const char *text,
    struct sc_error *e)
{
	struct name n = {.type = type, .text = text};
	const char *at;
	int r = 0;

	if (!constrains(c, type))
		return 0;
	switch (type) {
	case GEN_IPADD:
		if (sc_san_ip_bytes(text, n.ip, &n.ip_len) != 0)
			r = refuse(e, &n, "is not an IP address");
		break;
	case GEN_URI:
		r = uri_host(&n, e);
		break;
	case GEN_EMAIL:
		if ((at = strrchr(text, '@')) == NULL) {
			r = refuse(e, &n, "is not a mail address");
			break;
		}
		n.local = (size_t)(at - text);
		n.host = sc_strdup(at + 1);
		break;
	default:
		n.host = sc_strdup(text);
		break;
	}
	if (r == 0 && type != GEN_IPADD && n.host == NULL)
		r = sc_fail_nomem(e);
	if (r == 0)
		r = check_all(c, &n, e);
	free(n.host);
	return r;
}

static int
check_subject(const struct sc_name_constraints *c, const uint8_t *der, size_t n,
    struct sc_error *e)
{
	struct name s = {.type = GEN_DIRNAME};
	const unsigned char *p = der;
	char text[300];
	int r = 0;

	if (!constrains(c, GEN_DIRNAME))
		return 0;
	if ((s.dn = d2i_X509_NAME(NULL, &p, (long)n)) == NULL) {
		ERR_clear_error();
		return sc_fail(e, SC_ERR_INTERNAL, "cannot read the subject");
	}
	if (X509_NAME_entry_count(s.dn) > 0) {
		(void)X509_NAME_oneline(s.dn, text, sizeof(text));
		s.text = text;
		r = check_all(c, &s, e);
	}
	X509_NAME_free(s.dn);
	return r;
}

/* As libcrypto: only what has a dot is taken for the name of a host. */
static bool
looks_like_host(const char *s)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-_.*";

	return s != NULL && s[0] != '\0' && strchr(s, '.') != NULL &&
	    s[strspn(s, plain)] == '\0';
}

int
sc_name_constraints_check(const struct sc_name_constraints *c,
    const struct sc_sans *names, const char *common_name,
    const uint8_t *subject, size_t n, struct sc_error *e)
{
	static const int types[] = {
	    [SC_SAN_DNS] = GEN_DNS,
	    [SC_SAN_EMAIL] = GEN_EMAIL,
	    [SC_SAN_IP] = GEN_IPADD,
	    [SC_SAN_URI] = GEN_URI,
	};
	bool dns = false;
	size_t i;
	int r = 0;

	if (c == NULL)
		return 0;
	for (i = 0; r == 0 && i < names->n; i++) {
		dns = dns || names->v[i].type == SC_SAN_DNS;
		r = check_text(
		    c, types[names->v[i].type], names->v[i].value, e);
	}
	if (r == 0 && !dns && looks_like_host(common_name))
		r = check_text(c, GEN_DNS, common_name, e);
	return r == 0 ? check_subject(c, subject, n, e) : r;
}
