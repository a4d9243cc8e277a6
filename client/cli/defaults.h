/*
 * Where a flag that is not on the command line is looked up: the environment
 * and config/defaults.json.
 */
#ifndef SC_CLIENT_DEFAULTS_H
#define SC_CLIENT_DEFAULTS_H

struct sc_defaults;
struct sc_error;
struct sc_opt;
struct sc_strlist;

/*
 * file NULL: config/defaults.json of the current authority, which need not
 * exist; a file that is named must.  MALFORMED names the file.
 */
int sc_defaults_load(
    const char *file, struct sc_defaults **out, struct sc_error *e);
void sc_defaults_free(struct sc_defaults *d);
/*
 * Append the values found for o: STEP_NAME (or STEP_ALIAS), else the member
 * of that name; nothing when there is none.  A list in the environment is
 * separated by commas.
 */
int sc_defaults_find(const struct sc_defaults *d, const struct sc_opt *o,
    struct sc_strlist *out, struct sc_error *e);

#endif
