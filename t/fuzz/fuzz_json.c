/* Documents; what was accepted must survive writing and reading again. */
#include <config.h>

#include <string.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/limits.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct json_object *a = NULL, *b = NULL;
	struct sc_buf *buf;

	if (sc_json_parse((const char *)data, size, 0, &a, NULL) != 0) {
		FUZZ_CHECK(a == NULL);
		return 0;
	}
	buf = sc_buf_new(SC_MAX_CONFIG_FILE);
	if (sc_json_put(buf, a, NULL) == 0) {
		FUZZ_CHECK(sc_json_parse(sc_buf_str(buf), sc_buf_len(buf), 0,
			       &b, NULL) == 0);
		FUZZ_CHECK(json_object_equal(a, b));
	}
	sc_buf_free(buf);
	json_object_put(a);
	json_object_put(b);
	return 0;
}
