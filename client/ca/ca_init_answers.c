#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/url.h"
#include "client/ca/ca_init.h"
#include "client/command.h"
#include "crypto/cert.h"
#include "crypto/key.h"
#include "crypto/san.h"
#include "client/cli/options.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

#define GENERATED_LENGTH 32

/* NULL when the value is good, else what is wrong with it. */
typedef const char *check_fn(const char *value, struct sc_init *in);

static const char *
trimmed(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && strchr(" \t\r\n", s[n - 1]) != NULL)
		s[--n] = '\0';
	return s + strspn(s, " \t\r\n");
}

static const char *
check_text(const char *value, struct sc_init *in)
{
	(void)in;
	if (value[0] == '\0')
		return "it cannot be empty";
	return sc_utf8_valid(value, strlen(value)) ? NULL : "it is not UTF-8";
}

static const char *
check_address(const char *value, struct sc_init *in)
{
	const char *port = strrchr(value, ':');
	int64_t n;

	(void)in;
	if (port == NULL)
		return "it needs a port, as in :443";
	if (sc_strtonum(port + 1, 0, 65535, &n) != 0)
		return "its port is not a number up to 65535";
	if (value[0] != '[' && memchr(value, ':', (size_t)(port - value)))
		return "an IPv6 address needs brackets";
	if (value[0] == '[' && (port == value || port[-1] != ']'))
		return "its brackets do not match";
	return NULL;
}

/* One name: a DNS name or an address, its brackets removed. */
static const char *
add_dns_name(const char *p, size_t n, struct sc_init *in)
{
	struct sc_sans s = {0};
	const char *bad = NULL;
	char *name;

	if (n > 2 && p[0] == '[' && p[n - 1] == ']') {
		p++;
		n -= 2;
	}
	name = sc_strndup(p, n);
	if (name == NULL || sc_sans_add_auto(&s, name, NULL) != 0)
		bad = "out of memory";
	else if (s.n != 1 || strchr(name, '*') != NULL ||
	    (s.v[0].type != SC_SAN_DNS && s.v[0].type != SC_SAN_IP) ||
	    sc_san_check(&s.v[0], NULL) != 0)
		bad = "each must be a DNS name or an IP address, without port";
	else if (!sc_strlist_has(&in->dns_names, name) &&
	    sc_strlist_add(&in->dns_names, name) != 0)
		bad = "out of memory";
	sc_sans_clear(&s);
	free(name);
	return bad;
}

/* Names between commas and blanks. */
static const char *
add_dns_names(const char *value, struct sc_init *in)
{
	const char *bad = NULL;
	size_t n;

	while (bad == NULL) {
		value += strspn(value, ", \t");
		n = strcspn(value, ", \t");
		if (n == 0)
			break;
		bad = add_dns_name(value, n, in);
		value += n;
	}
	if (bad == NULL && in->dns_names.n == 0)
		bad = "it cannot be empty";
	if (bad != NULL)
		sc_strlist_clear(&in->dns_names);
	return bad;
}

/* Without a terminal: say which flag would have spared the question. */
static int
unasked(const char *flag, int r, struct sc_error *e)
{
	if (r == SC_ERR_IO || r == SC_ERR_INTERNAL)
		sc_error_prefix(e,
		    "flag '--%s' is not given and there is nobody to ask",
		    flag);
	return r;
}

/* Ask until the answer is good.  *out may be NULL: check keeps the value. */
static int
ask(const char *flag, const char *question, const char *example,
    check_fn *check, struct sc_init *in, char **out, struct sc_error *e)
{
	char *line = NULL;
	const char *bad;
	int r;

	sc_ui_info("%s", question);
	for (;;) {
		r = sc_ui_prompt(example, NULL, &line, e);
		if (r != 0)
			return unasked(flag, r, e);
		bad = check(trimmed(line), in);
		if (bad == NULL)
			break;
		sc_ui_info("%s", bad);
		free(line);
	}
	if (out != NULL && (*out = sc_strdup(trimmed(line))) == NULL)
		r = sc_fail_nomem(e);
	free(line);
	return r;
}

static int
get_text(const struct sc_args *a, const char *flag, const char *question,
    const char *example, check_fn *check, struct sc_init *in, char **out,
    struct sc_error *e)
{
	const char *bad;

	if (!sc_args_given(a, flag))
		return ask(flag, question, example, check, in, out, e);
	if ((*out = sc_strdup(sc_args_str(a, flag))) == NULL)
		return sc_fail_nomem(e);
	bad = check(*out, in);
	return bad == NULL ? 0 : sc_args_invalid(a, flag, *out, bad, e);
}

static int
get_dns_names(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	const struct sc_strlist *given = sc_args_list(a, "dns");
	const char *bad;
	size_t i;

	if (!sc_args_given(a, "dns"))
		return ask("dns",
		    "What DNS names or IP addresses will clients use to reach "
		    "your CA?",
		    "(e.g. ca.example.com[,10.1.2.3,etc.])", add_dns_names, in,
		    NULL, e);
	for (i = 0; i < given->n; i++) {
		bad = add_dns_names(given->v[i], in);
		if (bad != NULL)
			return sc_args_invalid(a, "dns", given->v[i], bad, e);
	}
	return 0;
}

/* Letters and digits, each equally likely. */
static int
generate_password(char out[GENERATED_LENGTH + 1], struct sc_error *e)
{
	static const char set[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "abcdefghijklmnopqrstuvwxyz0123456789";
	const unsigned limit = 256 - 256 % (sizeof(set) - 1);
	unsigned char c;
	size_t n = 0;

	while (n < GENERATED_LENGTH) {
		if (sc_random(&c, 1) != 0)
			return sc_fail(
			    e, SC_ERR_INTERNAL, "no random bytes to be had");
		if (c < limit)
			out[n++] = set[c % (sizeof(set) - 1)];
	}
	out[n] = '\0';
	return 0;
}

static int
password_from(const char *file, char **out, struct sc_error *e)
{
	int r = sc_password_read(file, out, e);

	if (r == 0 && (*out)[0] == '\0') {
		sc_free_secret(*out);
		*out = NULL;
		r = sc_fail(
		    e, SC_ERR_MALFORMED, "%s: there is no password", file);
	}
	return r;
}

static int
ask_password(bool pki_only, char **out, struct sc_error *e)
{
	char generated[GENERATED_LENGTH + 1];
	int r;

	sc_ui_info("%s",
	    pki_only ? "Choose a password for your CA keys."
		     : "Choose a password for your CA keys and first "
		       "provisioner.");
	r = sc_ui_password("[leave empty and we'll generate one]", out, e);
	if (r != 0)
		return unasked("password-file", r, e);
	while (r == 0 && (*out)[0] == '\0') {
		sc_free_secret(*out);
		*out = NULL;
		r = generate_password(generated, e);
		if (r == 0)
			r = sc_ui_prompt("Password", generated, out, e);
	}
	sc_wipe(generated, sizeof(generated));
	return r;
}

static int
get_passwords(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	const char *file = sc_args_str(a, "password-file");
	const char *other = sc_args_str(a, "provisioner-password-file");
	int r;

	r = file != NULL ? password_from(file, &in->password, e)
			 : ask_password(in->pki_only, &in->password, e);
	if (r != 0)
		return r;
	if (other != NULL)
		return password_from(other, &in->provisioner_password, e);
	in->provisioner_password = sc_strdup(in->password);
	return in->provisioner_password == NULL ? sc_fail_nomem(e) : 0;
}

static int
get_deployment_type(const struct sc_args *a, struct sc_error *e)
{
	static const char *const items[] = {
	    "Standalone - this machine alone runs the CA"};
	const char *type = sc_args_str(a, "deployment-type");
	size_t at;

	if (type != NULL && !sc_streq(type, "standalone"))
		return sc_fail(e, SC_ERR_UNSUPPORTED,
		    "deployment type '%s' is not supported yet; use standalone",
		    type);
	if (type != NULL || sc_args_bool(a, "pki") ||
	    (sc_args_given(a, "name") && sc_args_given(a, "password-file") &&
		sc_args_given(a, "address") && sc_args_given(a, "provisioner")))
		return 0;
	return unasked("deployment-type",
	    sc_ui_select("What deployment type would you like to configure?",
		"Deployment Type", items, 1, &at, e),
	    e);
}

static int
load_root(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	const char *file = sc_args_str(a, "root");
	struct sc_certs certs = {0};
	char *pem = NULL;
	size_t n = 0;
	int r;

	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r != 0)
		return r;
	r = sc_certs_from_pem(pem, n, &certs, e);
	if (r == 0 && certs.n != 1)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "it holds %zu certificates instead of one", certs.n);
	if (r != 0)
		sc_error_prefix(e, "%s", file);
	else
		in->root = sc_cert_dup(certs.v[0]);
	sc_certs_clear(&certs);
	free(pem);
	return r;
}

static int
load_root_key(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	struct sc_secret_source from = {sc_args_str(a, "key-password-file")};
	const char *file = sc_args_str(a, "key");
	struct sc_key *public = NULL;
	char *pem = NULL;
	size_t n = 0;
	int r;

	r = sc_file_read(file, SC_MAX_PEM_FILE, &pem, &n, e);
	if (r != 0)
		return r;
	r = sc_key_from_pem(
	    pem, n, file, sc_secret_for_key, &from, &in->root_key, e);
	sc_freezero(pem, n);
	if (r == 0)
		r = sc_cert_key(in->root, &public, e);
	if (r == 0 && !sc_key_same_public(public, in->root_key))
		r = sc_fail(e, SC_ERR_MALFORMED, "%s is not the key of %s",
		    file, sc_args_str(a, "root"));
	sc_key_free(public);
	return r;
}

static int
get_root(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	int r;

	if ((r = sc_args_check_needs(a, "root", "key", e)) != 0 ||
	    (r = sc_args_check_needs(a, "key", "root", e)) != 0 ||
	    (r = sc_args_check_needs(a, "key-password-file", "key", e)) != 0)
		return r;
	if (!sc_args_given(a, "root"))
		return 0;
	r = load_root(a, in, e);
	return r != 0 ? r : load_root_key(a, in, e);
}

/* https only; the scheme may be left out. */
static int
get_ca_url(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	const char *given = sc_args_str(a, "with-ca-url");
	struct sc_url u;
	bool good;

	if (given == NULL)
		return 0;
	in->ca_url = strstr(given, "://") != NULL
	    ? sc_strdup(given)
	    : sc_asprintf("https://%s", given);
	if (in->ca_url == NULL)
		return sc_fail_nomem(e);
	if (sc_url_parse(in->ca_url, &u) != 0)
		return sc_args_invalid(
		    a, "with-ca-url", given, "it is not a URL", e);
	good = sc_streq(u.scheme, "https") && u.host[0] != '\0' &&
	    u.userinfo[0] == '\0';
	sc_url_clear(&u);
	return good ? 0
		    : sc_args_invalid(a, "with-ca-url", given,
			  "it must be https://HOST[:PORT]", e);
}

static int
get_configuration(
    const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	int r;

	if (in->pki_only)
		return 0;
	if ((r = get_dns_names(a, in, e)) != 0 ||
	    (r = get_text(a, "address",
		 "What IP and port will your new CA bind to? (:443 will bind "
		 "to 0.0.0.0:443)",
		 "(e.g. :443 or 127.0.0.1:443)", check_address, in,
		 &in->address, e)) != 0)
		return r;
	return get_text(a, "provisioner",
	    "What would you like to name the CA's first provisioner?",
	    "(e.g. you@smallstep.com)", check_text, in, &in->provisioner, e);
}

int
sc_init_answers(const struct sc_args *a, struct sc_init *in, struct sc_error *e)
{
	int r;

	in->pki_only = sc_args_bool(a, "pki");
	if ((r = get_ca_url(a, in, e)) != 0 || (r = get_root(a, in, e)) != 0 ||
	    (r = get_deployment_type(a, e)) != 0 ||
	    (r = get_text(a, "name",
		 "What would you like to name your new PKI?",
		 "(e.g. Smallstep)", check_text, in, &in->name, e)) != 0 ||
	    (r = get_configuration(a, in, e)) != 0)
		return r;
	return get_passwords(a, in, e);
}

void
sc_init_clear(struct sc_init *in)
{
	free(in->name);
	free(in->address);
	free(in->provisioner);
	free(in->ca_url);
	sc_free_secret(in->password);
	sc_free_secret(in->provisioner_password);
	sc_strlist_clear(&in->dns_names);
	sc_cert_free(in->root);
	sc_key_free(in->root_key);
	*in = (struct sc_init){0};
}
