#include "config.h"

#include <string.h>

#include "authority/sign.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "base/mem.h"
#include "crypto/csr.h"
#include "issue.h"

int
sc_issue_undecodable(struct sc_error *e)
{
	if (e->code == SC_ERR_NOMEM)
		return e->code;
	e->code = SC_ERR_MALFORMED;
	sc_error_client(e, "error decoding json");
	return SC_ERR_MALFORMED;
}

int
sc_issue_csr(const char *pem, struct sc_csr **out, struct sc_error *e)
{
	int r;

	if (pem == NULL || pem[0] == '\0' || sc_streq(pem, "null"))
		return sc_fail_client(e, SC_ERR_MALFORMED, "missing csr");
	if ((r = sc_csr_parse_pem(pem, strlen(pem), out, e)) != 0)
		return e->client[0] == '\0' ? sc_issue_undecodable(e) : r;
	return sc_csr_verify(*out, e);
}

int
sc_issue_time(struct json_object *doc, const char *name,
    struct sc_timespec *out, struct sc_error *e)
{
	const char *s = NULL;
	int r;

	if ((r = sc_json_get_string(doc, name, &s, e)) != 0)
		return r;
	if (sc_timespec_parse(s, out) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "%s: \"%.64s\" is neither a time nor a duration", name, s);
	return 0;
}

void
sc_issue_log(struct sc_log_line *log, const struct sc_sign_info *info)
{
	if (info->provisioner[0] != '\0')
		sc_log_str(log, "provisioner", info->provisioner);
	if (info->subject[0] != '\0')
		sc_log_str(log, "subject", info->subject);
	if (info->serial[0] != '\0')
		sc_log_str(log, "serial", info->serial);
}
