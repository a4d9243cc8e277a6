#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/form.h"
#include "tap.h"

static void
percent_decoding(void)
{
	static const struct {
		const char *in, *want;
	} cases[] = {
	    {"", ""},
	    {"a+b", "a+b"},
	    {"%2f%2F", "//"},
	    {"%2541", "%41"},
	    {"%c3%a9", "\xc3\xa9"},
	    {"%c3", NULL},
	    {"%ed%a0%80", NULL},
	    {"%00", NULL},
	    {"%", NULL},
	    {"%4", NULL},
	    {"%%41", NULL},
	    {"%+1", NULL},
	    {"% 1", NULL},
	    {"\xff", NULL},
	};
	size_t i;
	char *got;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tap_context("%s", cases[i].in);
		got = sc_percent_decode(cases[i].in, strlen(cases[i].in));
		if (cases[i].want == NULL)
			tap_ok(got == NULL);
		else
			tap_str(got, cases[i].want);
		free(got);
	}
	tap_context("%s", "");
}

static void
fields_are_encoded(void)
{
	struct sc_buf *b = sc_buf_new(80);
	char *got;

	sc_form_put(b, "a b", "x&y=z+\xc3\xa9");
	sc_form_put(b, "redirect_uri", "http://127.0.0.1:1/~_.-");
	tap_int(sc_buf_error(b), 0);
	tap_str(sc_buf_str(b),
	    "a%20b=x%26y%3Dz%2B%C3%A9&"
	    "redirect_uri=http%3A%2F%2F127.0.0.1%3A1%2F~_.-");
	got = sc_form_get(sc_buf_str(b), "redirect_uri");
	tap_str(got, "http://127.0.0.1:1/~_.-");
	free(got);
	sc_form_put(b, "long", "0123456789");
	tap_int(sc_buf_error(b), SC_ERR_TOO_LARGE);
	sc_buf_free(b);
}

TAP_MAIN(TAP_TEST(percent_decoding), TAP_TEST(fields_are_encoded))
