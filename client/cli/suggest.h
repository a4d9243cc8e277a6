/*
 * How far a mistyped word is from one we know.
 */
#ifndef SC_CLIENT_SUGGEST_H
#define SC_CLIENT_SUGGEST_H

/* From here on two words have nothing in common. */
#define SC_SUGGEST_FAR 3

/*
 * Insertions, deletions, replacements and swaps of neighbours between two
 * words, or SC_SUGGEST_FAR for that many and more.  A prefix of three letters
 * and more counts as 1.
 */
unsigned sc_suggest_distance(const char *typed, const char *known);

#endif
