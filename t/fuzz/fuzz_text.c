/* Small text forms: URLs, times, durations, encodings. */
#include <config.h>

#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "base/url.h"
#include "fuzz.h"

static void
try_base64(const char *s, size_t n)
{
	enum sc_b64 v;
	uint8_t *out;
	size_t len;
	char *again;

	for (v = SC_B64_STD; v <= SC_B64_URL_PAD; v++) {
		if (sc_b64_decode(v, s, n, &out, &len) != 0)
			continue;
		/* One spelling only. */
		again = sc_b64_encode(v, out, len);
		FUZZ_CHECK(again != NULL && strlen(again) == n &&
		    memcmp(again, s, n) == 0);
		free(again);
		free(out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *s = sc_strndup((const char *)data, size);
	char text[SC_DURATION_MAX];
	struct sc_url url;
	int64_t t, again;

	if (s == NULL)
		return 0;
	try_base64(s, strlen(s));
	if (sc_url_parse(s, &url) == 0)
		sc_url_clear(&url);
	(void)sc_time_parse(s, &t);
	if (sc_duration_parse(s, &t) == 0) {
		sc_duration_format(t, text);
		FUZZ_CHECK(sc_duration_parse(text, &again) == 0 && again == t);
	}
	free(s);
	return 0;
}
