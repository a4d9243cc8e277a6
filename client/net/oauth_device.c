/*
 * The device authorization grant (RFC 8628): the person signs in with a
 * browser anywhere, and we ask until it is done.
 */
#include "config.h"

#include <stdbool.h>

#include <errno.h>
#include <time.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/form.h"
#include "base/json.h"
#include "client/net/oauth_internal.h"
#include "client/cli/ui.h"

#define GRANT "urn:ietf:params:oauth:grant-type:device_code"
#define INTERVAL 5 /* section 3.2, when the provider names none */
#define SLOWER 5 /* section 3.5, slow_down */
#define INTERVAL_MAX 60
#define PATIENCE 300 /* seconds, or as long as the code is good */

struct device {
	const char *code; /* borrowed from the answer */
	int64_t interval, expires_in;
};

static int
ask_code(
    const struct sc_oauth_run *o, struct json_object **out, struct sc_error *e)
{
	struct sc_buf *form = sc_buf_new(SC_OAUTH_URL_MAX);
	int r;

	sc_oauth_put_client(o, form);
	sc_form_put(form, "scope", o->scope);
	r = sc_oauth_post(o->device_endpoint, form, out, e);
	sc_buf_free(form);
	if (r == 0 && sc_oauth_error(*out)[0] != '\0')
		return sc_oauth_refused(
		    "The provider gives no device code", *out, e);
	return r;
}

static const char *
text(struct json_object *o, const char *name)
{
	const char *s = NULL;

	return sc_json_get_string(o, name, &s, NULL) == 0 ? s : NULL;
}

static int
tell(struct json_object *answer, struct device *d, struct sc_error *e)
{
	const char *complete = text(answer, "verification_uri_complete");
	const char *uri = text(answer, "verification_uri");
	const char *user_code = text(answer, "user_code");

	/* As one large provider has it. */
	if (uri == NULL)
		uri = text(answer, "verification_url");
	d->code = text(answer, "device_code");
	if (d->code == NULL ||
	    (complete == NULL && (uri == NULL || user_code == NULL)))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "the provider's answer for this device lacks "
		    "'device_code', 'verification_uri' or 'user_code'");
	d->interval = INTERVAL;
	d->expires_in = PATIENCE;
	(void)sc_json_get_int(answer, "interval", &d->interval, NULL);
	(void)sc_json_get_int(answer, "expires_in", &d->expires_in, NULL);
	if (d->interval <= 0)
		d->interval = INTERVAL;
	if (d->expires_in <= 0 || d->expires_in > PATIENCE)
		d->expires_in = PATIENCE;
	if (complete != NULL)
		sc_ui_info("Visit %s:", complete);
	else
		sc_ui_info("Visit %s and enter the code:\n%s", uri, user_code);
	return 0;
}

static void
wait_seconds(int64_t n)
{
	struct timespec t = {(time_t)n, 0};

	while (nanosleep(&t, &t) != 0 && errno == EINTR)
		;
}

/* *out stays NULL while the person has not finished. */
static int
poll_once(const struct sc_oauth_run *o, struct device *d,
    struct json_object **out, struct sc_error *e)
{
	struct sc_buf *form = sc_buf_new(SC_OAUTH_URL_MAX);
	struct json_object *answer = NULL;
	const char *error;
	int r;

	sc_form_put(form, "grant_type", GRANT);
	sc_form_put(form, "device_code", d->code);
	sc_oauth_put_client(o, form);
	r = sc_oauth_post(o->token_endpoint, form, &answer, e);
	sc_buf_free(form);
	if (r != 0)
		return r;
	error = sc_oauth_error(answer);
	if (error[0] == '\0') {
		*out = answer;
		return 0;
	}
	if (sc_streq(error, "slow_down"))
		d->interval += SLOWER;
	else if (!sc_streq(error, "authorization_pending"))
		r = sc_oauth_refused("The sign-in failed", answer, e);
	json_object_put(answer);
	return r;
}

int
sc_oauth_device(
    const struct sc_oauth_run *o, struct json_object **out, struct sc_error *e)
{
	struct json_object *answer = NULL;
	struct device d = {0};
	int64_t end;
	int r = ask_code(o, &answer, e);

	if (r == 0)
		r = tell(answer, &d, e);
	end = sc_clock_monotonic() + d.expires_in * SC_SECOND;
	while (r == 0 && *out == NULL) {
		if (d.interval > INTERVAL_MAX ||
		    sc_clock_monotonic() + d.interval * SC_SECOND > end) {
			r = sc_fail(
			    e, SC_ERR_IO, "device authorization grant expired");
			break;
		}
		wait_seconds(d.interval);
		r = poll_once(o, &d, out, e);
	}
	json_object_put(answer);
	return r;
}
