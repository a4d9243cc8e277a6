/* Templates, run with data that holds one value of each kind. */
#include <config.h>

#include <json-c/json.h>

#include "base/buf.h"
#include "base/limits.h"
#include "fuzz.h"
#include "template/data.h"
#include "template/template.h"

static void
fill(struct sc_tpl_data *d)
{
	static const char text[] =
	    "{\"s\":\"a\\\"b\",\"n\":1.5,\"t\":true,\"z\":null,"
	    "\"l\":[\"b\",\"a\"],\"m\":{\"k\":\"v\"}}";
	static struct json_object *obj;
	struct sc_tpl_val *o = sc_tpl_struct(d, "x509util.Subject");

	if (obj == NULL)
		obj = json_tokener_parse(text);
	sc_tpl_data_merge(d, obj);
	sc_tpl_field(d, o, "CommonName", "commonName", sc_tpl_string(d, "cn"));
	sc_tpl_data_set(d, "Subject", o);
	sc_tpl_data_set(d, "b", sc_tpl_bytes(d, "\0\xff", 2));
	sc_tpl_data_set(d, "w", sc_tpl_time(d, 1));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sc_template *t = NULL;
	struct sc_tpl_data *d;
	struct sc_buf *out;

	if (sc_template_parse((const char *)data, size, &t, NULL) != 0) {
		FUZZ_CHECK(t == NULL);
		return 0;
	}
	d = sc_tpl_data_new();
	fill(d);
	out = sc_buf_new(SC_MAX_TEMPLATE_OUTPUT);
	(void)sc_template_exec(t, d, out, NULL);
	FUZZ_CHECK(sc_buf_len(out) <= SC_MAX_TEMPLATE_OUTPUT);
	sc_buf_free(out);
	sc_tpl_data_free(d);
	sc_template_free(t);
	return 0;
}
