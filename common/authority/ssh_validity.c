#include "config.h"

#include <stdio.h>

#include "authority/ssh_validity.h"
#include "base/err.h"
#include "config/claims.h"

/* Beyond this a time cannot be written (year 9999). */
#define LAST_SECOND INT64_C(253402300799)

static void
show(const struct sc_timespec *t, char out[SC_TIME_MAX])
{
	if (t->kind == SC_TS_DURATION)
		sc_duration_format(t->value, out);
	else
		sc_time_format(t->value, out);
}

static int
agree(const struct sc_timespec *got, const struct sc_timespec *want,
    const char *name, struct sc_error *e)
{
	char a[SC_TIME_MAX], b[SC_TIME_MAX];

	if (got->kind == SC_TS_UNSET || want->kind == SC_TS_UNSET ||
	    (got->kind == want->kind && got->value == want->value))
		return 0;
	show(got, a);
	show(want, b);
	return sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "ssh certificate %s does not match - got %s, want %s", name, a, b);
}

/* The token's word wins; 0 when there is none. */
static int
choose(const struct sc_timespec *request, const struct sc_timespec *token,
    const char *name, int64_t now, int64_t *out, struct sc_error *e)
{
	const struct sc_timespec *t =
	    token->kind != SC_TS_UNSET ? token : request;
	int r = agree(request, token, name, e);

	if (r != 0)
		return r;
	*out = sc_timespec_resolve(t, now);
	if (t->kind != SC_TS_UNSET && (*out <= 0 || *out > LAST_SECOND))
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate %s is outside the years 1970 to 9999",
		    name);
	return 0;
}

static int
beyond(const char *name, int64_t end, struct sc_error *e)
{
	char t[SC_TIME_MAX];

	sc_time_format_go(end, t);
	return sc_fail_client(e, SC_ERR_FORBIDDEN,
	    "requested ssh certificate %s is after the expiration of the "
	    "provisioning credential (%s)",
	    name, t);
}

int
sc_ssh_validity(const struct sc_ssh_times *request,
    const struct sc_ssh_times *token, const struct sc_claims *claims,
    int64_t backdate, int64_t end, int64_t now, struct sc_ssh_cert *c,
    struct sc_error *e)
{
	enum sc_claim_duration d = c->type == SC_SSH_HOST
	    ? SC_CLAIM_DEFAULT_HOST_SSH
	    : SC_CLAIM_DEFAULT_USER_SSH;
	int64_t after, before;
	int r;

	if ((r = choose(&request->after, &token->after, "validAfter", now,
		 &after, e)) != 0 ||
	    (r = choose(&request->before, &token->before, "validBefore", now,
		 &before, e)) != 0)
		return r;
	if (after > end || before > end)
		return beyond(
		    after > end ? "validAfter" : "validBefore", end, e);
	if (before == 0)
		before = (after != 0 ? after : now) +
		    claims->duration[d] / SC_SECOND;
	if (before > end)
		before = end;
	if (after == 0)
		after = now - backdate / SC_SECOND;
	if (after < 1)
		after = 1;
	if (after >= before)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate validAfter cannot be greater than "
		    "validBefore");
	if (before < now)
		return sc_fail_client(e, SC_ERR_MALFORMED,
		    "ssh certificate validBefore cannot be in the past");
	c->valid_after = (uint64_t)after;
	c->valid_before = (uint64_t)before;
	return 0;
}

int
sc_ssh_check_duration(const struct sc_ssh_cert *c,
    const struct sc_claims *claims, int64_t backdate, struct sc_error *e)
{
	bool host = c->type == SC_SSH_HOST;
	enum sc_claim_duration least =
	    host ? SC_CLAIM_MIN_HOST_SSH : SC_CLAIM_MIN_USER_SSH;
	enum sc_claim_duration longest =
	    host ? SC_CLAIM_MAX_HOST_SSH : SC_CLAIM_MAX_USER_SSH;
	int64_t min = claims->duration[least], max = claims->duration[longest];
	uint64_t seconds = c->valid_before - c->valid_after;
	uint64_t most = INT64_MAX / SC_SECOND;
	char d[SC_DURATION_MAX], bound[SC_DURATION_MAX];
	char claim[SC_CLAIM_TEXT_MAX];
	int64_t ns;

	/* No claim can be that long, and the product must not overflow. */
	ns = (int64_t)(seconds > most ? most : seconds) * SC_SECOND;
	max = max > INT64_MAX - backdate ? INT64_MAX : max + backdate;
	sc_duration_format(ns, d);
	if (ns < min) {
		sc_duration_format(min, bound);
		sc_claim_duration_text(claims, least, claim);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested duration of %s is less than minimum accepted "
		    "duration for selected provisioner of %s (%s)",
		    d, bound, claim);
	}
	if (ns > max) {
		sc_duration_format(max, bound);
		sc_claim_duration_text(claims, longest, claim);
		return sc_fail_client(e, SC_ERR_FORBIDDEN,
		    "requested duration of %s is greater than maximum "
		    "accepted duration for selected provisioner of %s (%s)",
		    d, bound, claim);
	}
	return 0;
}
