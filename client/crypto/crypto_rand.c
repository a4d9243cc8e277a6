/*
 * crypto rand: random strings, numbers and words.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bn.h>
#include <openssl/err.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/random.h"
#include "client/cli/emoji.h"
#include "client/cli/options.h"
#include "client/command.h"
#include "client/commands.h"

#define LENGTH_MAX INT32_MAX
#define PRIME_BITS_MAX 16384
#define DICTIONARY_MAX (16u * 1024 * 1024)
#define PIECE 4096

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static const struct sc_opt options[] = {
    {.name = "format",
	.arg = "FORMAT",
	.flags = SC_OPT_LINE_ONLY,
	.help = "ascii (default), alphanumeric, alphabet, hex, dec, lower, "
		"upper, emoji, raw, uuid, die or prime"},
    {.name = "dictionary",
	.alias = "dict",
	.arg = "FILE",
	.flags = SC_OPT_LINE_ONLY,
	.help = "words to choose from, one a line"},
    SC_OPT_END};

static const struct {
	const char *name, *letters;
} alphabets[] = {
    {"alphanumeric", LOWER UPPER DIGITS},
    {"alphabet", LOWER UPPER},
    {"hex", DIGITS "abcdef"},
    {"hexadecimal", DIGITS "abcdef"},
    {"dec", DIGITS},
    {"decimal", DIGITS},
    {"lower", LOWER},
    {"upper", UPPER},
};

static int
no_random(struct sc_error *e)
{
	return sc_fail(e, SC_ERR_INTERNAL, "no random bytes to be had");
}

/* Evenly from 0 to bound - 1. */
static int
below(uint64_t bound, uint64_t *out, struct sc_error *e)
{
	uint64_t n, most = UINT64_MAX - UINT64_MAX % bound;

	do {
		if (sc_random(&n, sizeof(n)) != 0)
			return no_random(e);
	} while (n >= most);
	*out = n % bound;
	return 0;
}

static int
put_letters(const char *letters, int64_t length, struct sc_error *e)
{
	size_t n = strlen(letters);
	uint64_t i;
	int r;

	for (; length > 0; length--) {
		if ((r = below(n, &i, e)) != 0)
			return r;
		putchar(letters[i]);
	}
	putchar('\n');
	return 0;
}

static int
put_ascii(int64_t length, struct sc_error *e)
{
	char all['~' - '!' + 2];
	char c;

	for (c = '!'; c <= '~'; c++)
		all[c - '!'] = c;
	all[sizeof(all) - 1] = '\0';
	return put_letters(all, length, e);
}

/* Bytes as they are, or as pictures. */
static int
put_bytes(int64_t length, bool pictures, struct sc_error *e)
{
	uint8_t piece[PIECE];
	char *text;
	size_t n;

	for (; length > 0; length -= (int64_t)n) {
		n = length < PIECE ? (size_t)length : PIECE;
		if (sc_random(piece, n) != 0)
			return no_random(e);
		if (!pictures) {
			(void)fwrite(piece, 1, n, stdout);
			continue;
		}
		if ((text = sc_emoji_encode(piece, n)) == NULL)
			return sc_fail_nomem(e);
		fputs(text, stdout);
		free(text);
	}
	if (pictures)
		putchar('\n');
	return 0;
}

static int
put_uuid(struct sc_error *e)
{
	char text[37];

	if (sc_uuid4(text) != 0)
		return no_random(e);
	puts(text);
	return 0;
}

static int
put_die(int64_t sides, struct sc_error *e)
{
	uint64_t n;
	int r = below((uint64_t)sides, &n, e);

	if (r == 0)
		printf("%llu\n", (unsigned long long)n + 1);
	return r;
}

static int
put_prime(int64_t bits, struct sc_error *e)
{
	BIGNUM *bn = BN_secure_new();
	char *text = NULL;
	int r = 0;

	if (bits < 2 || bits > PRIME_BITS_MAX)
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "a prime may have 2 to %d bits", PRIME_BITS_MAX);
	else if (bn == NULL ||
	    BN_generate_prime_ex(bn, (int)bits, 0, NULL, NULL, NULL) != 1 ||
	    (text = BN_bn2dec(bn)) == NULL)
		r = sc_fail(e, SC_ERR_CRYPTO, "no prime was found");
	else
		puts(text);
	ERR_clear_error();
	OPENSSL_free(text);
	BN_clear_free(bn);
	return r;
}

/* Cut text into its lines, without the white space around them. */
static int
read_words(char *text, struct sc_strlist *out, struct sc_error *e)
{
	char *line, *rest = NULL;
	size_t n;

	for (line = strtok_r(text, "\n", &rest); line != NULL;
	     line = strtok_r(NULL, "\n", &rest)) {
		line += strspn(line, " \t\r");
		for (n = strlen(line); n > 0 && strchr(" \t\r", line[n - 1]);)
			line[--n] = '\0';
		if (n > 0 && sc_strlist_add(out, line) != 0)
			return sc_fail_nomem(e);
	}
	return 0;
}

static int
put_words(const char *file, int64_t count, struct sc_error *e)
{
	struct sc_strlist words = {NULL, 0};
	char *text = NULL;
	uint64_t i;
	size_t n;
	int r;

	r = sc_file_read(file, DICTIONARY_MAX, &text, &n, e);
	if (r == 0)
		r = read_words(text, &words, e);
	if (r == 0 && words.n == 0)
		r = sc_fail(e, SC_ERR_MALFORMED, "%s: no word in it", file);
	for (; r == 0 && count > 0; count--)
		if ((r = below(words.n, &i, e)) == 0)
			printf("%s%c", words.v[i], count > 1 ? '-' : '\n');
	sc_strlist_clear(&words);
	free(text);
	return r;
}

static int
put(const struct sc_args *a, const char *format, int64_t n, struct sc_error *e)
{
	size_t i;

	if (sc_strcaseeq(format, "ascii"))
		return put_ascii(n, e);
	if (sc_strcaseeq(format, "raw"))
		return put_bytes(n, false, e);
	if (sc_strcaseeq(format, "emoji"))
		return put_bytes(n, true, e);
	if (sc_strcaseeq(format, "uuid"))
		return put_uuid(e);
	if (sc_strcaseeq(format, "die") || sc_strcaseeq(format, "dice"))
		return put_die(n, e);
	if (sc_strcaseeq(format, "prime"))
		return put_prime(n, e);
	for (i = 0; i < sizeof(alphabets) / sizeof(alphabets[0]); i++)
		if (sc_strcaseeq(format, alphabets[i].name))
			return put_letters(alphabets[i].letters, n, e);
	return sc_args_invalid(a, "format", format, NULL, e);
}

static int
run(struct sc_args *a, struct sc_error *e)
{
	const char *words = sc_args_str(a, "dictionary");
	const char *format = sc_args_str(a, "format");
	const char *arg = sc_args_pos(a, 0);
	int64_t n = 32;
	int r;

	r = sc_args_check_conflict(a, "format", "dictionary", e);
	if (r != 0)
		return r;
	if (format == NULL || format[0] == '\0')
		format = "ascii";
	if (words != NULL || sc_strcaseeq(format, "die") ||
	    sc_strcaseeq(format, "dice"))
		n = 6;
	if (arg != NULL && sc_strtonum(arg, 1, LENGTH_MAX, &n) != 0)
		return sc_fail(e, SC_ERR_MALFORMED,
		    "positional argument <length> '%s' is not a number greater "
		    "than 0",
		    arg);
	r = words != NULL ? put_words(words, n, e) : put(a, format, n, e);
	if (r == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		r = sc_fail(e, SC_ERR_IO, "cannot write to stdout");
	return r;
}

const struct sc_command sc_cmd_crypto_rand = {.name = "rand",
    .args = "[<length>]",
    .help = "print random letters, words or numbers",
    .notes = "The length is 32 letters, or 6 words; of a die the number of its "
	     "sides, 6; of a prime its bits, 32.",
    .max_args = 1,
    .options = {options},
    .run = run};
