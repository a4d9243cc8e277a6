/*
 * The authorization code grant with a browser on this machine (RFC 8252).
 */
#include "config.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/form.h"
#include "base/url.h"
#include "client/net/oauth_internal.h"
#include "client/net/oauth_listen.h"
#include "client/cli/ui.h"

#define PATIENCE (2 * SC_MINUTE)
#define OPENER "xdg-open"

extern char **environ;

/* Nothing of it is waited for; what it says is nobody's. */
static int
spawn_opener(const char *url)
{
	char *opener = sc_strdup(OPENER), *target = sc_strdup(url);
	char *argv[] = {opener, target, NULL};
	posix_spawn_file_actions_t actions;
	int r = -1;
	pid_t pid;

	if (opener == NULL || target == NULL ||
	    posix_spawn_file_actions_init(&actions) != 0)
		goto out;
	if (posix_spawn_file_actions_addopen(
		&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0) == 0 &&
	    posix_spawn_file_actions_addopen(
		&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0) == 0 &&
	    posix_spawn_file_actions_addopen(
		&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0) == 0)
		r = posix_spawnp(&pid, OPENER, &actions, NULL, argv, environ);
	(void)posix_spawn_file_actions_destroy(&actions);
out:
	free(opener);
	free(target);
	return r;
}

static void
show(const char *url)
{
	const char *wish = getenv("STEP_OPEN_BROWSER");

	if (wish != NULL && sc_streq(wish, "0"))
		sc_ui_info("%s", url);
	else if (spawn_opener(url) == 0)
		sc_ui_info("Your default web browser has been opened to "
			   "visit:\n\n%s\n",
		    url);
	else
		sc_ui_info("Cannot open a web browser on your platform.\n\n"
			   "Open a local web browser and visit:\n\n%s\n",
		    url);
}

/* What the browser brings; *code stays NULL when it is not meant for us. */
static int
judge(const struct sc_oauth_run *o, const char *query, char **code,
    struct sc_error *e)
{
	char *error = sc_form_get(query, "error");
	char *state = sc_form_get(query, "state");
	int r = 0;

	*code = sc_form_get(query, "code");
	if (state == NULL || strlen(state) != strlen(o->state) ||
	    !sc_eq_ct(state, o->state, strlen(state))) {
		/* Any page in the browser can send such a thing. */
		sc_ui_info("A request that is not of this sign-in was "
			   "ignored.");
		sc_free_secret(*code);
		*code = NULL;
	} else if (error != NULL) {
		r = sc_fail(e, SC_ERR_FORBIDDEN,
		    "Failed to authenticate: %.200s", error);
		sc_text_clean(e->msg);
	} else if (*code == NULL || (*code)[0] == '\0')
		r = sc_fail(e, SC_ERR_MALFORMED,
		    "Failed to authenticate: missing or invalid code");
	free(error);
	free(state);
	return r;
}

static void
answer(struct sc_oauth_listener *l, const char *location, int r)
{
	if (r == 0)
		sc_oauth_reply(l, location != NULL ? 302 : 200, "Signed in",
		    "Look for what comes next at the command line. This "
		    "window can be closed.",
		    location);
	else
		sc_oauth_reply(l, 400, "Not signed in",
		    "The command line says why.", NULL);
}

static int
wait_for_code(const struct sc_oauth_run *o, struct sc_oauth_listener *l,
    const char *path, struct json_object **out, struct sc_error *e)
{
	int64_t deadline = sc_clock_monotonic() + PATIENCE;
	const char *query;
	char *code = NULL;
	int r;

	do {
		if ((r = sc_oauth_accept(l, path, deadline, &query, e)) != 0)
			return sc_fail(e, SC_ERR_IO,
			    "oauth command timed out, please try again");
		r = judge(o, query, &code, e);
		if (r == 0 && code == NULL)
			sc_oauth_reply(l, 400, "Bad request",
			    "This is not of the sign-in that goes on.", NULL);
	} while (r == 0 && code == NULL);
	if (r == 0)
		r = sc_oauth_exchange(o, code, out, e);
	answer(l, o->q->redirect_url, r);
	sc_free_secret(code);
	return r;
}

/* Where the browser comes back to, and the path of it. */
static int
set_redirect(struct sc_oauth_run *o, const struct sc_oauth_listener *l,
    char **path, struct sc_error *e)
{
	const char *url = o->q->listen_url;
	struct sc_url u;

	if (url == NULL) {
		o->redirect_uri = sc_strdup(sc_oauth_listener_url(l));
		*path = sc_strdup("/");
	} else {
		if (sc_url_parse(url, &u) != 0 || u.scheme[0] == '\0')
			return sc_fail(e, SC_ERR_MALFORMED,
			    "invalid value '%s' for flag '--listen-url'", url);
		o->redirect_uri = sc_strdup(url);
		*path = sc_strdup(u.path[0] != '\0' ? u.path : "/");
		sc_url_clear(&u);
	}
	return o->redirect_uri == NULL || *path == NULL ? sc_fail_nomem(e) : 0;
}

int
sc_oauth_browser(
    struct sc_oauth_run *o, struct json_object **out, struct sc_error *e)
{
	struct sc_oauth_listener *l = NULL;
	char *url = NULL, *path = NULL;
	int r;

	if ((r = sc_oauth_listen(o->q->listen, &l, e)) == 0 &&
	    (r = set_redirect(o, l, &path, e)) == 0 &&
	    (r = sc_oauth_url(o, &url, e)) == 0) {
		show(url);
		r = wait_for_code(o, l, path, out, e);
	}
	sc_oauth_listener_free(l);
	free(url);
	free(path);
	return r;
}
