#include "config.h"

#include <stddef.h>

#include "base/err.h"
#include "base/mem.h"
#include "client/cli/options.h"
#include "client/crypto/hash_alg.h"

static const struct {
	const char *name, *md;
} algs[] = {{"sha256", "SHA256"}, {"sha1", "SHA1"}, {"sha", "SHA1"},
    {"sha224", "SHA224"}, {"sha384", "SHA384"}, {"sha512", "SHA512"},
    {"sha512-224", "SHA512-224"}, {"sha512-256", "SHA512-256"}, {"md5", "MD5"}};

int
sc_hash_alg(const struct sc_args *a, const char **out, struct sc_error *e)
{
	const char *name = sc_args_str(a, "alg");
	size_t i;

	for (i = 0; i < sizeof(algs) / sizeof(algs[0]); i++)
		if (sc_strcaseeq(name, algs[i].name))
			break;
	if (i == sizeof(algs) / sizeof(algs[0]))
		return sc_args_invalid(a, "alg", name, NULL, e);
	if (sc_streq(algs[i].md, "MD5") && !sc_args_bool(a, "insecure"))
		return sc_fail(e, SC_ERR_MALFORMED,
		    "flag '--alg %s' requires the '--insecure' flag", name);
	*out = algs[i].md;
	return 0;
}
