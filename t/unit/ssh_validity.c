/* From when to when SSH certificates are valid (row S5). */
#include "config.h"

#include <stdint.h>
#include <string.h>

#include "authority/ssh_validity.h"
#include "base/clock.h"
#include "base/err.h"
#include "config/claims.h"
#include "tap.h"

#define NOW INT64_C(1700000000)
#define BACK SC_MINUTE

static struct sc_error e;

static struct sc_timespec
when(const char *s)
{
	struct sc_timespec t;

	tap_int(sc_timespec_parse(s, &t), 0);
	return t;
}

struct row {
	enum sc_ssh_cert_type type;
	const char *request[2], *token[2]; /* after, before */
	int code;
	int64_t after, before; /* from NOW */
};

static int64_t end = INT64_MAX; /* of the credential */

static int
resolve(const struct row *r, int64_t backdate, struct sc_ssh_cert *c)
{
	struct sc_ssh_times request = {
	    when(r->request[0]), when(r->request[1])};
	struct sc_ssh_times token = {when(r->token[0]), when(r->token[1])};
	struct sc_claims claims;

	sc_claims_builtin(&claims);
	*c = (struct sc_ssh_cert){.type = r->type};
	e = (struct sc_error)SC_ERROR_INIT;
	return sc_ssh_validity(
	    &request, &token, &claims, backdate, end, NOW, c, &e);
}

static void
table(void)
{
	static const struct row rows[] = {
	    /* Nobody says anything. */
	    {SC_SSH_USER, {"", ""}, {"", ""}, 0, -60, 16 * 3600},
	    {SC_SSH_HOST, {"", ""}, {"", ""}, 0, -60, 720 * 3600},
	    /* The default counts from the beginning, before it is backdated. */
	    {SC_SSH_USER, {"1h", ""}, {"", ""}, 0, 3600, 17 * 3600},
	    /* Both durations count from now. */
	    {SC_SSH_USER, {"1h", "2h"}, {"", ""}, 0, 3600, 7200},
	    {SC_SSH_USER, {"", ""}, {"1h", "2h"}, 0, 3600, 7200},
	    {SC_SSH_USER, {"", "2h"}, {"", "2h"}, 0, -60, 7200},
	    {SC_SSH_USER, {"-10m", "2h"}, {"", ""}, 0, -600, 7200},
	    {SC_SSH_USER, {"", "2023-11-14T23:13:20Z"}, {"", ""}, 0, -60, 3600},
	    {SC_SSH_USER, {"", "2023-11-15T00:13:20+01:00"},
		{"", "2023-11-14T23:13:20Z"}, 0, -60, 3600},
	    /* Not the same. */
	    {SC_SSH_USER, {"", "2h"}, {"", "1h"}, SC_ERR_FORBIDDEN, 0, 0},
	    {SC_SSH_USER, {"1m", ""}, {"2m", ""}, SC_ERR_FORBIDDEN, 0, 0},
	    {SC_SSH_USER, {"", "1h"}, {"", "2023-11-14T23:13:20Z"},
		SC_ERR_FORBIDDEN, 0, 0},
	    /* No period of time. */
	    {SC_SSH_USER, {"2h", "1h"}, {"", ""}, SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"1h", "1h"}, {"", ""}, SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"-2h", "-1h"}, {"", ""}, SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"", "-1s"}, {"", ""}, SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"", "1970-01-01T00:00:00Z"}, {"", ""},
		SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"1970-01-01T00:00:00Z", ""}, {"", ""},
		SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"0001-01-01T00:00:00Z", ""}, {"", ""},
		SC_ERR_MALFORMED, 0, 0},
	    {SC_SSH_USER, {"-2562047h", ""}, {"", ""}, SC_ERR_MALFORMED, 0, 0},
	};
	struct sc_ssh_cert c;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		tap_context("row %zu", i);
		if (!tap_int(resolve(&rows[i], BACK, &c), rows[i].code)) {
			tap_note("%s", e.msg);
			continue;
		}
		if (rows[i].code != 0) {
			tap_ok(e.client[0] != '\0');
			continue;
		}
		tap_int((int64_t)c.valid_after - NOW, rows[i].after);
		tap_int((int64_t)c.valid_before - NOW, rows[i].before);
	}
	tap_context("%s", "");
}

/* A backdate before 1970 does not make a certificate of all times. */
static void
backdate(void)
{
	static const struct row plain = {
	    SC_SSH_USER, {"", ""}, {"", ""}, 0, 0, 0};
	struct sc_ssh_cert c;

	tap_int(resolve(&plain, INT64_MAX, &c), 0);
	tap_int(c.valid_after, 1);
	tap_int((int64_t)c.valid_before - NOW, 16 * 3600);
}

static int
duration(enum sc_ssh_cert_type type, uint64_t seconds, int64_t back)
{
	struct sc_ssh_cert c = {
	    .type = type, .valid_after = 1000, .valid_before = 1000 + seconds};
	struct sc_claims claims;

	sc_claims_builtin(&claims);
	e = (struct sc_error)SC_ERROR_INIT;
	return sc_ssh_check_duration(&c, &claims, back, &e);
}

static void
s5_bounds(void)
{
	tap_int(duration(SC_SSH_USER, 300, BACK), 0);
	tap_int(duration(SC_SSH_USER, 299, BACK), SC_ERR_FORBIDDEN);
	tap_str(e.client,
	    "requested duration of 4m59s is less than minimum accepted "
	    "duration for selected provisioner of 5m0s "
	    "(minUserSSHCertDuration is 5m0s, set by the built-in default; to "
	    "change it: stepc ca provisioner update NAME "
	    "--ssh-user-min-dur DURATION)");
	tap_int(duration(SC_SSH_USER, 24 * 3600 + 60, BACK), 0);
	tap_int(duration(SC_SSH_USER, 24 * 3600 + 61, BACK), SC_ERR_FORBIDDEN);
	tap_str(e.client,
	    "requested duration of 24h1m1s is greater than maximum accepted "
	    "duration for selected provisioner of 24h1m0s "
	    "(maxUserSSHCertDuration is 24h0m0s, set by the built-in default; "
	    "to change it: stepc ca provisioner update NAME "
	    "--ssh-user-max-dur DURATION)");
	tap_int(duration(SC_SSH_HOST, 720 * 3600 + 60, BACK), 0);
	tap_int(duration(SC_SSH_HOST, 720 * 3600 + 61, BACK), SC_ERR_FORBIDDEN);
	tap_int(
	    duration(SC_SSH_USER, UINT64_MAX - 1000, BACK), SC_ERR_FORBIDDEN);
	tap_int(duration(SC_SSH_USER, 0, BACK), SC_ERR_FORBIDDEN);
	tap_int(duration(SC_SSH_USER, 24 * 3600, INT64_MAX), 0);
}

static void
credential(void)
{
	static const struct row plain = {
	    SC_SSH_HOST, {"", ""}, {"", ""}, 0, 0, 0};
	static const struct row exact = {
	    SC_SSH_USER, {"", "2h"}, {"", ""}, 0, 0, 0};
	static const struct row late = {
	    SC_SSH_USER, {"3h", ""}, {"", ""}, 0, 0, 0};
	struct sc_ssh_cert c;

	end = NOW + 7200;
	tap_int(resolve(&plain, BACK, &c), 0);
	tap_int((int64_t)c.valid_before - NOW, 7200);
	tap_int(resolve(&exact, BACK, &c), 0);
	tap_int((int64_t)c.valid_before - NOW, 7200);
	tap_int(resolve(&late, BACK, &c), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "validAfter is after the expiration of the "
	    "provisioning credential");
	end = NOW + 7199;
	tap_int(resolve(&exact, BACK, &c), SC_ERR_FORBIDDEN);
	tap_has(e.client,
	    "validBefore is after the expiration of the "
	    "provisioning credential");
	end = INT64_MAX;
}

TAP_MAIN(TAP_TEST(table), TAP_TEST(backdate),
    TAP_NAMED("T27 within the credential", credential),
    TAP_NAMED("S5 bounds of the claims", s5_bounds))
