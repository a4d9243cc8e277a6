#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/err.h"
#include "crypto/ssh_key.h"
#include "issue.h"
#include "ssh_issue.h"

int
sc_ssh_issue_key(const char *text, const char *member, struct sc_ssh_key **out,
    struct sc_error *e)
{
	uint8_t *blob = NULL;
	size_t n = 0;
	int r;

	r = sc_b64_decode(SC_B64_STD, text, strlen(text), &blob, &n);
	if (r != 0) {
		(void)sc_fail(e, r, "%s: not base64", member);
		return sc_issue_undecodable(e);
	}
	r = sc_ssh_key_parse(blob, n, out, e);
	free(blob);
	if (r == 0 || r == SC_ERR_NOMEM)
		return r;
	e->code = SC_ERR_MALFORMED;
	if (e->client[0] == '\0')
		sc_error_client(e, "error parsing %s", member);
	return SC_ERR_MALFORMED;
}
