#include "config.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/store/store_row.h"

#define FORM(f) (1u << (f))

const struct sc_opt sc_options_store_filter[] = {
    {.name = "type",
	.arg = "TYPE",
	.flags = SC_OPT_LINE_ONLY,
	.choices = "x509, ssh, ssh-user, ssh-host",
	.help = "only certificates of this type"},
    {.name = "state",
	.kind = SC_OPT_LIST,
	.arg = "STATE",
	.flags = SC_OPT_LINE_ONLY,
	.choices = "valid, expired, revoked",
	.help = "only certificates in this state"},
    {.name = "expires-before",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "a time, or a duration from now, as 720h"},
    {.name = "expires-after",
	.arg = "TIME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "likewise"},
    {.name = "subject",
	.arg = "PATTERN",
	.flags = SC_OPT_LINE_ONLY,
	.help = "subject or SSH key id; * stands for anything"},
    {.name = "san",
	.arg = "PATTERN",
	.flags = SC_OPT_LINE_ONLY,
	.help = "one of the names, or of the principals; likewise"},
    {.name = "provisioner",
	.arg = "NAME",
	.flags = SC_OPT_LINE_ONLY,
	.help = "name or id of the provisioner; likewise"},
    {.name = "serial",
	.arg = "SERIAL",
	.flags = SC_OPT_LINE_ONLY,
	.help = "serial number, decimal or hexadecimal"},
    SC_OPT_END};

static unsigned
forms_of(const char *type)
{
	if (type == NULL)
		return 0;
	if (sc_streq(type, "x509"))
		return FORM(SC_STORE_X509);
	if (sc_streq(type, "ssh-user"))
		return FORM(SC_STORE_SSH_USER);
	if (sc_streq(type, "ssh-host"))
		return FORM(SC_STORE_SSH_HOST);
	return FORM(SC_STORE_SSH_USER) | FORM(SC_STORE_SSH_HOST);
}

static unsigned
states_of(const struct sc_strlist *l)
{
	unsigned states = 0;
	size_t i;

	for (i = 0; l != NULL && i < l->n; i++) {
		if (sc_streq(l->v[i], "valid"))
			states |= SC_ROW_VALID;
		else if (sc_streq(l->v[i], "expired"))
			states |= SC_ROW_EXPIRED;
		else
			states |= SC_ROW_REVOKED;
	}
	return states;
}

static int
read_time(const struct sc_args *a, const char *name, int64_t now, int64_t *out,
    struct sc_error *e)
{
	const char *text = sc_args_str(a, name);
	struct sc_timespec ts;

	if (sc_timespec_parse(text, &ts) != 0)
		return sc_args_invalid(a, name, text,
		    "it must be a time (RFC 3339) or a duration", e);
	*out = sc_timespec_resolve(&ts, now);
	return 0;
}

int
sc_row_filter_init(struct sc_row_filter *f, const struct sc_args *a,
    int64_t now, struct sc_error *e)
{
	const char *serial = sc_args_str(a, "serial");
	int r;

	memset(f, 0, sizeof(*f));
	f->forms = forms_of(sc_args_str(a, "type"));
	f->states = states_of(sc_args_list(a, "state"));
	f->subject = sc_args_str(a, "subject");
	f->san = sc_args_str(a, "san");
	f->provisioner = sc_args_str(a, "provisioner");
	if ((r = read_time(a, "expires-before", now, &f->expires_before, e)) !=
		0 ||
	    (r = read_time(a, "expires-after", now, &f->expires_after, e)) != 0)
		return r;
	if (serial == NULL)
		return 0;
	f->by_serial = true;
	if (sc_store_number_parse(serial, false, &f->serial[0]) != 0 ||
	    sc_store_number_parse(serial, true, &f->serial[1]) != 0)
		return sc_args_invalid(a, "serial", serial, NULL, e);
	return 0;
}

static bool
like(const char *pattern, const char *text)
{
	return fnmatch(pattern, text, FNM_CASEFOLD) == 0;
}

static bool
is_called(const char *pattern, const struct sc_store_entry *entry)
{
	char *name = sc_row_name(entry);
	bool called = like(pattern, entry->origin.subject) ||
	    (name != NULL && like(pattern, name));

	free(name);
	return called;
}

static bool
has_name(const char *pattern, const struct sc_store_cert *c)
{
	size_t i;

	for (i = 0; i < c->names_n; i++)
		if (like(pattern, c->names[i]))
			return true;
	return false;
}

static bool
has_serial(const struct sc_row_filter *f, struct sc_store_serial s)
{
	size_t i;

	for (; s.n > 1 && *s.p == 0; s.n--)
		s.p++;
	for (i = 0; i < 2; i++)
		if (s.n == f->serial[i].n &&
		    memcmp(s.p, f->serial[i].v, s.n) == 0)
			return true;
	return false;
}

/* What only a certificate can have. */
static bool
cert_may(const struct sc_row_filter *f, const struct sc_store_cert *c)
{
	if (f->expires_before != 0 &&
	    (c == NULL || c->not_after >= f->expires_before))
		return false;
	if (f->expires_after != 0 &&
	    (c == NULL || c->not_after <= f->expires_after))
		return false;
	return f->san == NULL || (c != NULL && has_name(f->san, c));
}

bool
sc_row_filter_may(
    const struct sc_row_filter *f, const struct sc_store_entry *entry)
{
	enum sc_store_form form = sc_row_form(entry);

	if (f->forms != 0 && (form == 0 || !(f->forms & FORM(form))))
		return false;
	if (f->by_serial && !has_serial(f, sc_row_serial(entry)))
		return false;
	if (f->subject != NULL && !is_called(f->subject, entry))
		return false;
	if (f->provisioner != NULL &&
	    !like(f->provisioner, entry->origin.provisioner_name) &&
	    !like(f->provisioner, entry->origin.provisioner_id))
		return false;
	return cert_may(f, entry->cert);
}

bool
sc_row_filter_wants(const struct sc_row_filter *f, const struct sc_row *row)
{
	return f->states == 0 || (f->states & row->state) != 0;
}
