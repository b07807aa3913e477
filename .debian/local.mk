# .debian: packages for Debian 12. debhelper wants this folder as debian/, and the top level of the
# project wants no more names: `make deb` copies it there in what a release tarball holds.
EXTRA_DIST += \
	.debian/changelog \
	.debian/control \
	.debian/copyright \
	.debian/rules \
	.debian/sallyport-agent.install \
	.debian/sallyport-agent.postrm \
	.debian/sallyport-drivers.install \
	.debian/sallyport-mirror.install \
	.debian/sallyport-mirror.postrm \
	.debian/sallyport.install \
	.debian/source/format

# The tests ran on this tree: DEB_BUILD_OPTIONS= and DEB_BUILD_PROFILES= run them again.
DEB_BUILD_OPTIONS ?= nocheck
DEB_BUILD_PROFILES ?= nocheck
deb:
	rm -rf deb && mkdir deb
	$(MAKE) $(AM_MAKEFLAGS) distdir
	mv $(distdir) deb/
	cp -R deb/$(distdir)/.debian deb/$(distdir)/debian
	cd deb/$(distdir) && test "`dpkg-parsechangelog -S Version`" = '$(VERSION)'
	cd deb/$(distdir) && env -u MAKEFLAGS -u MAKELEVEL -u MFLAGS \
	    DEB_BUILD_OPTIONS='$(DEB_BUILD_OPTIONS)' DEB_BUILD_PROFILES='$(DEB_BUILD_PROFILES)' \
	    dpkg-buildpackage -jauto -us -uc -b
	rm -rf deb/$(distdir)
	ls deb/*.deb
# Installs them into a Debian of nothing but its base. For root, and with Debian's archive in reach.
check-packages: deb
	@$(AM_TESTS_ENVIRONMENT) $(SHELL) $(srcdir)/tests/system/950-packages.sh
clean-local: deb-clean
deb-clean:
	rm -rf deb
.PHONY: check-packages deb deb-clean
