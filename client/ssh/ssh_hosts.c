/*
 * ssh hosts, ssh check-host: the hosts that have a certificate.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "client/cli/options.h"
#include "client/cli/ui.h"
#include "client/commands.h"
#include "client/net/ca_client.h"

#define MAX_TABLE (16 * 1024 * 1024)
#define TAB 8
#define UNKNOWN_HOST 1

/* Fill up to the column that the longest name needs, by tabs. */
static void
put_cell(struct sc_buf *b, const char *s, size_t width)
{
	size_t n = strlen(s);

	(void)sc_buf_puts(b, s);
	for (n -= n % TAB; n < width; n += TAB)
		(void)sc_buf_putc(b, '\t');
}

static const char *
text_of(struct json_object *o, const char *name)
{
	const char *s = NULL;

	return sc_json_get_string(o, name, &s, NULL) == 0 && s != NULL ? s : "";
}

static void
put_tags(struct sc_buf *b, struct json_object *tags)
{
	size_t i,
	    n = json_object_is_type(tags, json_type_array)
	    ? json_object_array_length(tags)
	    : 0;

	for (i = 0; i < n; i++) {
		struct json_object *t = json_object_array_get_idx(tags, i);

		(void)sc_buf_putf(b, "%s%s=%s", i > 0 ? "," : "",
		    text_of(t, "name"), text_of(t, "value"));
	}
}

static size_t
widest(struct json_object *list, const char *name, const char *title)
{
	size_t i, n = json_object_array_length(list), max = strlen(title), len;

	for (i = 0; i < n; i++) {
		len = strlen(text_of(json_object_array_get_idx(list, i), name));
		max = len > max ? len : max;
	}
	return (max / TAB + 1) * TAB;
}

static int
print_hosts(struct json_object *list, struct sc_error *e)
{
	size_t i, n = json_object_array_length(list);
	size_t name = widest(list, "hostname", "HOSTNAME");
	size_t id = widest(list, "hid", "ID");
	struct sc_buf *b = sc_buf_new(MAX_TABLE);
	char *text;

	put_cell(b, "HOSTNAME", name);
	put_cell(b, "ID", id);
	(void)sc_buf_puts(b, "TAGS\n");
	for (i = 0; i < n; i++) {
		struct json_object *h = json_object_array_get_idx(list, i);

		put_cell(b, text_of(h, "hostname"), name);
		put_cell(b, text_of(h, "hid"), id);
		put_tags(b, sc_json_member_exact(h, "host_tags"));
		(void)sc_buf_puts(b, "\n");
	}
	if ((text = sc_buf_steal(b, NULL)) == NULL)
		return sc_fail_nomem(e);
	fputs(text, stdout);
	free(text);
	return 0;
}

static int
hosts(struct sc_args *a, struct sc_error *e)
{
	struct json_object *answer = NULL, *list;
	struct sc_ca *ca = NULL;
	int r;

	if ((r = sc_ca_from_args(a, &ca, e)) == 0)
		r = sc_ca_get(ca, "/ssh/hosts", &answer, e);
	if (r == 0) {
		list = sc_json_member_exact(answer, "hosts");
		r = json_object_is_type(list, json_type_array)
		    ? print_hosts(list, e)
		    : sc_fail(e, SC_ERR_MALFORMED,
			  "the CA's answer has no list of hosts");
	}
	json_object_put(answer);
	sc_ca_free(ca);
	return r;
}

const struct sc_command sc_cmd_ssh_hosts = {.name = "hosts",
    .help = "list the hosts that have a certificate",
    .options = {sc_options_ca},
    .run = hosts};

static const struct sc_opt check_options[] = {
    {.name = "verbose",
	.letter = 'v',
	.kind = SC_OPT_BOOL,
	.help = "print true or false"},
    SC_OPT_END};

static int
ask(struct sc_ca *ca, const char *host, bool *exists, struct sc_error *e)
{
	struct json_object *body = json_object_new_object(), *answer = NULL;
	struct sc_ca_call call = {.path = "/ssh/check-host", .body = body};
	int r;

	if (body == NULL ||
	    json_object_object_add(
		body, "type", json_object_new_string("host")) != 0 ||
	    json_object_object_add(
		body, "principal", json_object_new_string(host)) != 0)
		r = sc_fail_nomem(e);
	else
		r = sc_ca_call(ca, &call, &answer, e);
	if (r == 0)
		*exists = json_object_get_boolean(
		    sc_json_member_exact(answer, "exists"));
	json_object_put(answer);
	json_object_put(body);
	return r;
}

static int
check_host(struct sc_args *a, struct sc_error *e)
{
	struct sc_ca *ca = NULL;
	bool exists = false;
	int r;

	if ((r = sc_ca_from_args(a, &ca, e)) == 0)
		r = ask(ca, sc_args_pos(a, 0), &exists, e);
	sc_ca_free(ca);
	if (r != 0)
		return r;
	if (sc_args_bool(a, "verbose"))
		puts(exists ? "true" : "false");
	return exists ? 0 : UNKNOWN_HOST;
}

const struct sc_command sc_cmd_ssh_check_host = {.name = "check-host",
    .args = "<host>",
    .help = "tell by the exit status whether a host has a certificate",
    .notes = "The exit status is 0 when it has, and 1 when it has not or the "
	     "CA cannot be asked.",
    .min_args = 1,
    .max_args = 1,
    .options = {check_options, sc_options_ca},
    .run = check_host};
