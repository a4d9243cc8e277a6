#include "config.h"

#include <stdlib.h>

#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"
#include "client/cli/secret.h"
#include "client/cli/ui.h"

int
sc_secret_get(
    const char *file, const char *prompt, char **out, struct sc_error *e)
{
	*out = NULL;
	if (file != NULL && file[0] != '\0')
		return sc_password_read(file, out, e);
	return sc_ui_password(prompt, out, e);
}

int
sc_secret_for_key(void *arg, const char *what, char **pw, struct sc_error *e)
{
	const struct sc_secret_source *s = arg;
	char *prompt;
	int r;

	*pw = NULL;
	prompt = sc_asprintf("Please enter the password to decrypt %s", what);
	if (prompt == NULL)
		return sc_fail_nomem(e);
	r = sc_secret_get(s != NULL ? s->file : NULL, prompt, pw, e);
	free(prompt);
	return r;
}
