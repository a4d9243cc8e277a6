#include "config.h"

#include "base/encode.h"
#include "base/mem.h"
#include "client/cli/emoji.h"
#include "client/cli/encoding.h"

char *
sc_encode(const char *name, const uint8_t *p, size_t n)
{
	if (sc_streq(name, "base64"))
		return sc_b64_encode(SC_B64_STD, p, n);
	if (sc_streq(name, "base64-url"))
		return sc_b64_encode(SC_B64_URL_PAD, p, n);
	if (sc_streq(name, "base64-raw"))
		return sc_b64_encode(SC_B64_STD_RAW, p, n);
	if (sc_streq(name, "base64-url-raw"))
		return sc_b64_encode(SC_B64_URL, p, n);
	if (sc_streq(name, "emoji"))
		return sc_emoji_encode(p, n);
	return sc_hex_encode(p, n);
}
