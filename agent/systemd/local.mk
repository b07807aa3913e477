# What a service manager needs to know: units, users, folders, what happens when a disk is plugged in.
# A unit X.in is filled in at build time: its paths are those of this configuration.
UNITS = \
	agent/systemd/sallyport-agent.service \
	agent/systemd/sallyport-agent.socket \
	agent/systemd/sallyport-check.service \
	agent/systemd/sallyport-driver@.service \
	agent/systemd/sallyport-media@.service \
	agent/systemd/sallyport-sensor.service \
	agent/systemd/sallyport-sensor.socket \
	mirror/systemd/sallyport-mirror.service
TMPFILES = \
	agent/systemd/tmpfiles/sallyport-agent.conf \
	mirror/systemd/tmpfiles/sallyport-mirror.conf
nodist_systemdsystemunit_DATA = $(UNITS)
nodist_tmpfiles_DATA = $(TMPFILES)
dist_systemdsystemunit_DATA = \
	agent/systemd/sallyport-check.timer \
	mirror/systemd/sallyport-mirror.socket
dist_sysusers_DATA = \
	agent/systemd/sysusers/sallyport-agent.conf \
	mirror/systemd/sysusers/sallyport-mirror.conf
dist_udevrules_DATA = agent/systemd/70-sallyport.rules
dist_pkgdata_DATA = agent/systemd/http-source.conf
nodist_catalog_DATA = agent/systemd/sallyport.catalog
CLEANFILES += $(nodist_catalog_DATA)
noinst_DATA = agent/systemd/agent.conf

FILLED = $(UNITS) $(TMPFILES) $(noinst_DATA)
CLEANFILES += $(FILLED)
EXTRA_DIST += $(FILLED:=.in) agent/systemd/hardening

# Lines with @system@ hold where state is in /var and the socket in /run, which systemd makes by
# itself; those with @elsewhere@ in any other prefix.
FILL = case '$(localstatedir) $(runstatedir) $(sysconfdir)' in \
	    '/var /run /etc') kept=system dropped=elsewhere;; \
	    *) kept=elsewhere dropped=system;; esac; \
	$(SED) -e "s/^@$$kept@//" -e "/^@$$dropped@/d" \
	-e '/^@hardening@$$/{' -e 'r $(srcdir)/agent/systemd/hardening' -e 'd' -e '}' \
	-e 's|[@]bindir[@]|$(bindir)|g' -e 's|[@]sbindir[@]|$(sbindir)|g' -e 's|[@]pkgdatadir[@]|$(pkgdatadir)|g' \
	-e 's|[@]pkglibexecdir[@]|$(pkglibexecdir)|g' \
	-e 's|[@]configdir[@]|$(sysconfdir)/sallyport|g' -e 's|[@]rundir[@]|$(runstatedir)/sallyport|g' \
	-e 's|[@]checkdir[@]|$(localstatedir)/lib/sallyport-check|g' \
	-e 's|[@]statedir[@]|$(localstatedir)/lib/sallyport|g' \
	-e 's|[@]mirrordir[@]|$(localstatedir)/lib/sallyport-mirror|g'
$(FILLED): $(FILLED:=.in) agent/systemd/hardening Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D); $(FILL) '$(srcdir)/$@.in' >'$@.new' && mv '$@.new' '$@'

$(nodist_catalog_DATA): tui/sallyport$(EXEEXT)
	$(AM_V_GEN)$(MKDIR_P) $(@D); tui/sallyport explain --catalog >$@.new && mv $@.new $@

# A configuration that somebody wrote stays; one that is still the example goes with us.
CONFIG_FOLDER = $(DESTDIR)$(sysconfdir)/sallyport
install-data-local: agent/systemd/agent.conf
	$(MKDIR_P) '$(CONFIG_FOLDER)/conf.d' '$(CONFIG_FOLDER)/policy'
	test -e '$(CONFIG_FOLDER)/agent.conf' || \
	    $(INSTALL_DATA) agent/systemd/agent.conf '$(CONFIG_FOLDER)/agent.conf'
uninstall-local:
	! cmp -s agent/systemd/agent.conf '$(CONFIG_FOLDER)/agent.conf' || \
	    rm -f '$(CONFIG_FOLDER)/agent.conf'
	-rmdir '$(CONFIG_FOLDER)/conf.d' '$(CONFIG_FOLDER)/policy' '$(CONFIG_FOLDER)' 2>/dev/null
