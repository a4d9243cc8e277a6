# What stands between the web server and the handlers.
nginxdir = $(pkgdatadir)/nginx
dist_nginx_DATA = nginx/stepc.conf nginx/stepc-http.conf \
	nginx/stepc-prune.service nginx/stepc-prune.timer \
	nginx/stepc-renew@.service nginx/stepc-renew@.timer \
	nginx/stepc-ssh-host.service nginx/stepc-ssh-host.timer \
	nginx/stepc-ssh-krl.service nginx/stepc-ssh-krl.timer \
	nginx/stepc-workers.service
examplesdir = $(nginxdir)/examples
dist_examples_SCRIPTS = nginx/examples/sign.sh
EXTRA_DIST += nginx/stepc-workers

# The installed script knows where the handlers are.
install-exec-local: install-workers
install-workers:
	$(MKDIR_P) '$(DESTDIR)$(sbindir)'
	sed 's|/usr/local/libexec/stepc|$(libexecdir)/stepc|' \
	    '$(srcdir)/nginx/stepc-workers' \
	    >'$(DESTDIR)$(sbindir)/stepc-workers'
	chmod 755 '$(DESTDIR)$(sbindir)/stepc-workers'
uninstall-local: uninstall-workers
uninstall-workers:
	rm -f '$(DESTDIR)$(sbindir)/stepc-workers'
.PHONY: install-workers uninstall-workers
