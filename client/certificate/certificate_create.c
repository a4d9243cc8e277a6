#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/mem.h"
#include "client/net/cert_source.h"
#include "client/command.h"
#include "client/commands.h"
#include "crypto/cert.h"
#include "crypto/csr.h"
#include "crypto/key.h"
#include "client/cli/key_options.h"
#include "client/cli/options.h"
#include "client/cli/output.h"
#include "client/net/pem_out.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

#define LEAF_SECONDS (INT64_C(24) * 3600)
#define CA_SECONDS (INT64_C(87600) * 3600)

static const struct sc_opt options[] = {
    {.name = "csr",
	.kind = SC_OPT_BOOL,
	.help = "make a certificate request instead of a certificate"},
    {.name = "profile",
	.arg = "PROFILE",
	.def = "leaf",
	.choices = "leaf, intermediate-ca, root-ca, self-signed",
	.help = "leaf, intermediate-ca, root-ca or self-signed"},
    {.name = "san",
	.kind = SC_OPT_LIST,
	.arg = "NAME",
	.help = "DNS name, IP address, e-mail address or URI"},
    {.name = "not-before",
	.arg = "TIME",
	.help = "start of validity, as time or duration from now"},
    {.name = "not-after",
	.arg = "TIME",
	.help = "end of validity, as time or duration from its start"},
    {.name = "ca", .arg = "FILE", .help = "certificate of the issuer"},
    {.name = "ca-key", .arg = "FILE", .help = "private key of the issuer"},
    {.name = "ca-password-file",
	.arg = "FILE",
	.help = "file with the password of the issuer's key"},
    {.name = "key",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "existing private key to certify"},
    {.name = "password-file",
	.arg = "FILE",
	.help = "file with the password to encrypt the private key"},
    {.name = "no-password",
	.kind = SC_OPT_BOOL,
	.help = "do not encrypt the private key"},
    {.name = "bundle",
	.kind = SC_OPT_BOOL,
	.help = "append the issuer's certificate"},
    {.name = "subtle", .kind = SC_OPT_BOOL, .help = "allow a self-signed leaf"},
    {.name = "insecure",
	.kind = SC_OPT_BOOL,
	.help = "allow what puts a key at risk"},
    {.name = "force",
	.letter = 'f',
	.kind = SC_OPT_BOOL,
	.help = "overwrite files without asking"},
    /* The reference's flags that ask for what is not there yet. */
    {.name = "template", .flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    {.name = "set",
	.kind = SC_OPT_LIST,
	.flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    {.name = "set-file", .flags = SC_OPT_LINE_ONLY | SC_OPT_HIDDEN},
    SC_OPT_END};

/* What one run makes. */
struct job {
	const struct sc_args *a;
	const char *profile;
	struct sc_key *key;
	struct sc_issuer *issuer; /* NULL for a root, self-signed or a CSR */
	struct sc_cert *issuer_cert; /* likewise */
	char *cert_pem, *key_pem;
};

static bool
is(const struct job *j, const char *profile)
{
	return sc_streq(j->profile, profile);
}

static bool
needs_issuer(const struct job *j)
{
	return is(j, "leaf") || is(j, "intermediate-ca");
}

static int
check_refused(const struct sc_args *a, struct sc_error *e)
{
	static const char *const refused[] = {"template", "set", "set-file"};
	size_t i;

	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (sc_args_given(a, refused[i]))
			return sc_fail(e, SC_ERR_UNSUPPORTED,
			    "flag '--%s' is not supported yet", refused[i]);
	return 0;
}

/* Without a name there must be another one, and authorities need one. */
static int
check_subject(const struct job *j, struct sc_error *e)
{
	bool ca = is(j, "root-ca") || is(j, "intermediate-ca");

	if (sc_args_pos(j->a, 0)[0] != '\0' ||
	    (!ca && sc_args_list(j->a, "san")->n > 0))
		return 0;
	return sc_fail(e, SC_ERR_MALFORMED,
	    "positional argument <subject> cannot be empty");
}

static int
check_csr(const struct sc_args *a, struct sc_error *e)
{
	static const char *const others[] = {
	    "ca", "ca-key", "bundle", "not-before", "not-after"};
	size_t i;
	int r;

	if (!sc_streq(sc_args_str(a, "profile"), "leaf"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--csr' is incompatible with '--profile'");
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if ((r = sc_args_check_conflict(a, "csr", others[i], e)) != 0)
			return r;
	if (sc_args_on_line(a, "ca-password-file"))
		return sc_args_check_conflict(a, "csr", "ca-password-file", e);
	return 0;
}

static int
check_issuer(const struct job *j, struct sc_error *e)
{
	static const char *const flags[] = {"ca", "ca-key"};
	size_t i;

	for (i = 0; i < 2; i++) {
		if (needs_issuer(j) && !sc_args_given(j->a, flags[i]))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "'--profile %s' requires the '--%s' flag",
			    j->profile, flags[i]);
		if (!needs_issuer(j) && sc_args_given(j->a, flags[i]))
			return sc_fail(e, SC_ERR_MALFORMED,
			    "flag '--%s' is incompatible with flag "
			    "'--profile %s'",
			    flags[i], j->profile);
	}
	if (!needs_issuer(j) && sc_args_on_line(j->a, "ca-password-file"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--ca-password-file' is incompatible with flag "
		    "'--profile %s'",
		    j->profile);
	if (sc_args_bool(j->a, "bundle") && !is(j, "leaf"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--bundle' is incompatible with flag '--profile %s'",
		    j->profile);
	if (is(j, "self-signed") && !sc_args_bool(j->a, "subtle"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "'--profile self-signed' requires the '--subtle' flag");
	return 0;
}

static int
check(const struct job *j, struct sc_error *e)
{
	static const char *const made[] = {"kty", "curve", "size"};
	const struct sc_args *a = j->a;
	size_t i;
	int r;

	if ((r = check_refused(a, e)) != 0 || (r = check_subject(j, e)) != 0 ||
	    (r = sc_args_check_distinct(a, 1, 2, "crt-file", "key-file", e)) !=
		0 ||
	    (r = sc_args_check_conflict(
		 a, "no-password", "password-file", e)) != 0)
		return r;
	if (sc_args_bool(a, "no-password") &&
	    (r = sc_args_check_insecure(a, "no-password", e)) != 0)
		return r;
	if (sc_args_n(a) < 3 && !sc_args_given(a, "key"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "missing positional argument <key-file> in '%s'",
		    sc_args_usage(a));
	if (sc_args_given(a, "key"))
		for (i = 0; i < sizeof(made) / sizeof(made[0]); i++)
			if ((r = sc_args_check_conflict(
				 a, "key", made[i], e)) != 0)
				return r;
	return sc_args_bool(a, "csr") ? check_csr(a, e) : check_issuer(j, e);
}

static int
load_key(const char *path, const char *password_file, struct sc_key **out,
    struct sc_error *e)
{
	struct sc_secret_source src = {password_file};
	char *pem = NULL;
	size_t n = 0;
	int r;

	if ((r = sc_file_read(path, SC_MAX_PEM_FILE, &pem, &n, e)) != 0)
		return r;
	r = sc_key_from_pem(pem, n, path, sc_secret_for_key, &src, out, e);
	sc_freezero(pem, n);
	return r;
}

static int
load_issuer(struct job *j, struct sc_error *e)
{
	const char *path = sc_args_str(j->a, "ca");
	struct sc_certs certs = {0};
	struct sc_key *key = NULL;
	int r;

	if ((r = sc_cert_source_roots(path, &certs, e)) != 0 ||
	    (r = load_key(sc_args_str(j->a, "ca-key"),
		 sc_args_str(j->a, "ca-password-file"), &key, e)) != 0 ||
	    (r = sc_issuer_new(certs.v[0], key, &j->issuer, e)) != 0)
		goto out;
	if (is(j, "intermediate-ca") && sc_cert_path_len(certs.v[0]) == 0) {
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "issuer certificate cannot sign an intermediate-ca: "
		    "pathLenConstraint is 0");
		goto out;
	}
	j->issuer_cert = sc_cert_dup(certs.v[0]);
out:
	sc_key_free(key);
	sc_certs_clear(&certs);
	return r;
}

/* --san, else the subject where a leaf needs a name. */
static int
get_sans(const struct job *j, struct sc_sans *out, struct sc_error *e)
{
	const struct sc_strlist *l = sc_args_list(j->a, "san");
	size_t i;
	int r = 0;

	for (i = 0; r == 0 && l != NULL && i < l->n; i++)
		r = sc_sans_add_auto(out, l->v[i], e);
	if (r == 0 && out->n == 0 && !is(j, "root-ca") &&
	    !is(j, "intermediate-ca"))
		r = sc_sans_add_auto(out, sc_args_pos(j->a, 0), e);
	for (i = 0; r == 0 && i < out->n; i++)
		r = sc_san_check(&out->v[i], e);
	return r;
}

static int
get_time(const struct job *j, const char *flag, int64_t base, int64_t def,
    int64_t *out, struct sc_error *e)
{
	const char *text = sc_args_str(j->a, flag);
	struct sc_timespec ts;

	*out = def;
	if (text == NULL)
		return 0;
	if (sc_timespec_parse(text, &ts) != 0)
		return sc_args_invalid(
		    j->a, flag, text, "it is neither a time nor a duration", e);
	if (ts.kind != SC_TS_UNSET)
		*out = sc_timespec_resolve(&ts, base);
	return 0;
}

static int
plan_validity(const struct job *j, struct sc_cert_plan *p, struct sc_error *e)
{
	int64_t now = sc_clock_now();
	int64_t life = p->is_ca ? CA_SECONDS : LEAF_SECONDS;
	const char *why;
	int r;

	if ((r = get_time(j, "not-before", now, now, &p->not_before, e)) != 0 ||
	    (r = get_time(j, "not-after", p->not_before, p->not_before + life,
		 &p->not_after, e)) != 0)
		return r;
	why = p->not_after < p->not_before
	    ? "certificate expires before it is valid"
	    : p->not_after < now ? "certificate is already expired"
				 : NULL;
	if (why == NULL)
		return 0;
	/* The default end may be past, too, when the start is given. */
	if (!sc_args_given(j->a, "not-after"))
		return sc_fail(e, SC_ERR_MALFORMED, "%s", why);
	return sc_args_invalid(
	    j->a, "not-after", sc_args_str(j->a, "not-after"), why, e);
}

static int
make_plan(const struct job *j, struct sc_cert_plan *p, struct sc_error *e)
{
	int r;

	p->is_ca = is(j, "root-ca") || is(j, "intermediate-ca");
	p->path_len = is(j, "root-ca") ? 1 : 0;
	p->subject.common_name = sc_strdup(sc_args_pos(j->a, 0));
	if (p->subject.common_name == NULL)
		return sc_fail_nomem(e);
	if (p->is_ca) {
		p->key_usage = SC_KU_CERT_SIGN | SC_KU_CRL_SIGN;
	} else {
		p->key_usage = SC_KU_DIGITAL_SIGNATURE;
		if (sc_key_type(j->key) == SC_KEY_RSA)
			p->key_usage |= SC_KU_KEY_ENCIPHERMENT;
		if (sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_SERVER_AUTH) !=
			0 ||
		    sc_strlist_add(&p->ext_key_usage, SC_OID_EKU_CLIENT_AUTH) !=
			0)
			return sc_fail_nomem(e);
	}
	if ((r = get_sans(j, &p->sans, e)) != 0)
		return r;
	return plan_validity(j, p, e);
}

static int
make_certificate(struct job *j, struct sc_error *e)
{
	struct sc_cert_plan plan = {0};
	struct sc_cert *cert = NULL, *chain[2];
	struct sc_certs all = {chain, 1}; /* borrows */
	int r;

	if ((needs_issuer(j) && (r = load_issuer(j, e)) != 0) ||
	    (r = make_plan(j, &plan, e)) != 0 ||
	    (r = sc_cert_build(&plan, j->key, j->issuer, &cert, e)) != 0)
		goto out;
	chain[0] = cert;
	chain[1] = j->issuer_cert;
	all.n = sc_args_bool(j->a, "bundle") ? 2 : 1;
	r = sc_pem_out(&all, &j->cert_pem, e);
out:
	sc_cert_free(cert);
	sc_cert_plan_clear(&plan);
	return r;
}

static int
make_request(struct job *j, struct sc_error *e)
{
	struct sc_name subject = {0};
	struct sc_sans sans = {0};
	int r;

	if ((subject.common_name = sc_strdup(sc_args_pos(j->a, 0))) == NULL)
		return sc_fail_nomem(e);
	if ((r = get_sans(j, &sans, e)) == 0)
		r = sc_csr_create(&subject, &sans, j->key, &j->cert_pem, e);
	sc_sans_clear(&sans);
	sc_name_clear(&subject);
	return r;
}

static int
get_key(struct job *j, struct sc_error *e)
{
	char *pw = NULL;
	int r;

	if (sc_args_given(j->a, "key"))
		r = load_key(sc_args_str(j->a, "key"),
		    sc_args_str(j->a, "password-file"), &j->key, e);
	else if ((r = sc_key_options_check(j->a, e)) == 0)
		r = sc_key_options_make(j->a, &j->key, e);
	if (r != 0 || sc_args_n(j->a) < 3)
		return r;
	if (!sc_args_bool(j->a, "no-password") &&
	    (r = sc_secret_get(sc_args_str(j->a, "password-file"),
		 "Please enter the password to encrypt the private key", &pw,
		 e)) != 0)
		return r;
	r = sc_key_to_pem(j->key, pw, &j->key_pem, e);
	sc_free_secret(pw);
	return r;
}

static int
write_files(const struct job *j, struct sc_error *e)
{
	const char *crt = sc_args_pos(j->a, 1), *key = sc_args_pos(j->a, 2);
	bool force = sc_args_bool(j->a, "force");
	int r;

	if ((r = sc_output_ask(crt, force, e)) != 0 ||
	    (key != NULL && (r = sc_output_ask(key, force, e)) != 0))
		return r;
	if (key != NULL &&
	    (r = sc_output_key(key, j->key_pem, strlen(j->key_pem), e)) != 0)
		return r;
	if ((r = sc_output_put(
		 crt, j->cert_pem, strlen(j->cert_pem), 0600, e)) != 0)
		return r;
	sc_ui_info("Your certificate %shas been saved in %s.",
	    sc_args_bool(j->a, "csr") ? "signing request " : "", crt);
	if (key != NULL)
		sc_ui_info("Your private key has been saved in %s.", key);
	return 0;
}

static int
create(struct sc_args *a, struct sc_error *e)
{
	struct job j = {.a = a, .profile = sc_args_str(a, "profile")};
	int r;

	if ((r = check(&j, e)) != 0 || (r = get_key(&j, e)) != 0)
		goto out;
	r = sc_args_bool(a, "csr") ? make_request(&j, e)
				   : make_certificate(&j, e);
	if (r == 0)
		r = write_files(&j, e);
out:
	sc_cert_free(j.issuer_cert);
	sc_issuer_free(j.issuer);
	sc_key_free(j.key);
	free(j.cert_pem);
	sc_free_secret(j.key_pem);
	return r;
}

const struct sc_command sc_cmd_certificate_create = {.name = "create",
    .args = "<subject> <crt-file> [<key-file>]",
    .help = "create a certificate or a certificate request",
    .min_args = 2,
    .max_args = 3,
    .options = {options, sc_options_key},
    .run = create};
