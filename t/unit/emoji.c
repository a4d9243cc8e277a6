#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "client/cli/emoji.h"
#include "tap.h"

/* A digest and its pictures, as the reference prints them. */
static void
as_reference(void)
{
	static const uint8_t digest[32] = {0x38, 0x01, 0x16, 0x21, 0xec, 0xdc,
	    0xc2, 0x17, 0x2e, 0x93, 0x3a, 0x1e, 0xf2, 0x31, 0x7e, 0xfc, 0x53,
	    0x5a, 0x16, 0x1c, 0x00, 0x33, 0x3a, 0xee, 0x3f, 0x84, 0xab, 0xfa,
	    0xb4, 0xe6, 0x40, 0xbf};
	char *text = sc_emoji_encode(digest, sizeof(digest));

	/* clang-format off */
	tap_str(text,
	    "💨🎱🌼📆🎠🎉🎿🚙🍪🌊♦️"
	    "💡✌️🐮🔒❌🖕😬🌼👦👍👑"
	    "♦️🇬🇧👂🔬📌♿🚀🚜🍆🐑");
	/* clang-format on */
	free(text);
	text = sc_emoji_encode(digest, 0);
	tap_str(text, "");
	free(text);
}

static void
all_different(void)
{
	char *text[256];
	uint8_t byte;
	int i, k, same = 0, longest = 0;

	for (i = 0; i < 256; i++) {
		byte = (uint8_t)i;
		tap_need((text[i] = sc_emoji_encode(&byte, 1)) != NULL);
		if ((int)strlen(text[i]) > longest)
			longest = (int)strlen(text[i]);
		for (k = 0; k < i; k++)
			same += strcmp(text[i], text[k]) == 0;
	}
	tap_int(same, 0);
	tap_int(longest, SC_EMOJI_MAX);
	for (i = 0; i < 256; i++)
		free(text[i]);
}

TAP_MAIN(TAP_TEST(as_reference), TAP_TEST(all_different))
