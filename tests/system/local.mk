# tests/system: whole programs, from publish to a healthy endpoint. `make check SYSTEM_TESTS=` runs
# all the others.
#   0xx one trip, and what goes wrong on it   1xx rings      2xx keys and roots   3xx export and publish
#   4xx HTTP    5xx incomplete, late and contradicting media    6xx the service   7xx the client
#   8xx cuts, faults and load    9xx the manual
# The long ones first, so that none is alone at the end.
ALL_SYSTEM_TESTS = \
	tests/system/800-killed-everywhere.sh \
	tests/system/810-call-faults.sh \
	tests/system/410-http-faults.sh \
	tests/system/820-driver-misbehaves.sh \
	tests/system/090-mirror-cut.sh \
	tests/system/860-many-imports.sh \
	tests/system/010-whole-trip.sh \
	tests/system/020-rollback.sh \
	tests/system/030-flipped-byte.sh \
	tests/system/040-trouble.sh \
	tests/system/050-two-signatures.sh \
	tests/system/070-second-judges.sh \
	tests/system/080-token-and-server.sh \
	tests/system/100-flags.sh \
	tests/system/110-withdraw.sh \
	tests/system/120-reissue.sh \
	tests/system/130-refresh.sh \
	tests/system/140-ring-order.sh \
	tests/system/150-waves.sh \
	tests/system/170-mirror-edges.sh \
	tests/system/200-root-rotation.sh \
	tests/system/210-revocation.sh \
	tests/system/220-floor-reset.sh \
	tests/system/230-ring-change.sh \
	tests/system/240-lost-state.sh \
	tests/system/250-two-person.sh \
	tests/system/300-volumes.sh \
	tests/system/310-export-forms.sh \
	tests/system/320-export-trouble.sh \
	tests/system/330-publish-sources.sh \
	tests/system/340-reproducible.sh \
	tests/system/345-delta.sh \
	tests/system/350-reputation-sources.sh \
	tests/system/360-sigma.sh \
	tests/system/400-http.sh \
	tests/system/420-sync.sh \
	tests/system/450-reputation.sh \
	tests/system/430-images.sh \
	tests/system/440-every-way-in.sh \
	tests/system/445-pipe.sh \
	tests/system/460-remapper.sh \
	tests/system/465-behavior.sh \
	tests/system/470-policy-switch.sh \
	tests/system/480-telemetry.sh \
	tests/system/500-volumes-any-order.sh \
	tests/system/505-updates.sh \
	tests/system/510-resume.sh \
	tests/system/520-equivocation.sh \
	tests/system/530-mix-and-match.sh \
	tests/system/540-expired-newer.sh \
	tests/system/550-clock.sh \
	tests/system/560-staged-active.sh \
	tests/system/570-no-space.sh \
	tests/system/580-medium-attacks.sh \
	tests/system/590-changing-medium.sh \
	tests/system/600-damaged-content.sh \
	tests/system/605-repair.sh \
	tests/system/606-repair-kit.sh \
	tests/system/610-schedule.sh \
	tests/system/620-config.sh \
	tests/system/630-refusals-outbox.sh \
	tests/system/640-corrupt-state.sh \
	tests/system/650-hostile-start.sh \
	tests/system/670-usb.sh \
	tests/system/660-units.sh \
	tests/system/680-usb-media.sh \
	tests/system/661-service.sh \
	tests/system/663-sensor.sh \
	tests/system/662-install.sh \
	tests/system/700-client.sh \
	tests/system/710-console.sh \
	tests/system/720-reports.sh \
	tests/system/730-behavior.sh \
	tests/system/735-product-rules.sh \
	tests/system/740-exclusions.sh \
	tests/system/830-swap-under-load.sh \
	tests/system/870-audit-tampered.sh \
	tests/system/900-manual.sh \
	tests/bench/smoke.sh
# Apart, so that whoever runs none of them still has them in the tarball.
SYSTEM_TESTS = $(ALL_SYSTEM_TESTS)
TESTS += $(SYSTEM_TESTS)
EXTRA_DIST += tests/system/reports.sh tests/system/oscal-validate.py tests/fixtures/oscal
EXTRA_DIST += $(ALL_SYSTEM_TESTS) tests/system/demo.sh tests/system/faults.sh tests/system/images.sh \
	tests/system/950-packages.sh \
	tests/system/qemu.sh \
	tests/system/installed.sh tests/system/lib.sh tests/system/managed.sh \
	tests/system/state.sh \
	tests/system/web.sh

EXTRA_PROGRAMS += tests/system/tsa-server
CLEANFILES += tests/system/tsa-server
tests_system_tsa_server_SOURCES = tests/system/tsa-server.c tests/media/tsa-server.c
tests_system_tsa_server_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests/system/080-token-and-server.log: tests/system/tsa-server

EXTRA_PROGRAMS += tests/system/call
CLEANFILES += tests/system/call
tests_system_call_SOURCES = tests/system/call.c
tests_system_call_LDADD = $(LIBCONTROL)
tests/system/480-telemetry.log: tests/system/call
tests/system/505-updates.log: tests/system/call
tests/system/680-usb-media.log: tests/agent/fake-usb
tests/system/600-damaged-content.log: tests/system/call
tests/system/730-behavior.log tests/system/663-sensor.log: tests/system/call
tests/system/605-repair.log: tests/system/call
tests/system/606-repair-kit.log: tests/system/call
tests/system/610-schedule.log: tests/system/call
tests/system/620-config.log: tests/system/call
tests/system/630-refusals-outbox.log: tests/system/call

EXTRA_PROGRAMS += tests/system/cut
CLEANFILES += tests/system/cut
tests_system_cut_SOURCES = tests/system/cut.c
tests/system/090-mirror-cut.log tests/system/345-delta.log: tests/system/cut

EXTRA_PROGRAMS += tests/system/fault
CLEANFILES += tests/system/fault
tests_system_fault_SOURCES = tests/system/fault.c tests/system/fault.h \
	tests/system/fault-calls.c tests/system/fault-filter.c tests/system/fault-phase.c
tests/system/800-killed-everywhere.log tests/system/810-call-faults.log: tests/system/fault
EXTRA_PROGRAMS += tests/system/wild-driver tests/system/hammer
CLEANFILES += tests/system/wild-driver tests/system/hammer
tests_system_wild_driver_SOURCES = tests/system/wild-driver.c
tests_system_wild_driver_LDADD = $(LIBDRIVER) $(LIBUNSEAL)
tests/system/735-product-rules.log tests/system/820-driver-misbehaves.log: tests/system/wild-driver
tests_system_hammer_SOURCES = tests/system/hammer.c
tests_system_hammer_LDADD = $(LIBCONTROL)
tests/system/830-swap-under-load.log: tests/system/hammer

tests/system/320-export-trouble.log tests/system/470-policy-switch.log: tests/system/hammer
tests/system/570-no-space.log: tests/system/fault
tests/system/590-changing-medium.log: tests/system/fault

EXTRA_PROGRAMS += tests/system/http-peer
CLEANFILES += tests/system/http-peer
tests_system_http_peer_SOURCES = tests/system/http-peer.c
tests/system/410-http-faults.log: tests/system/http-peer

# What lib.sh keeps for the next test.
clean-local:
	rm -rf tests/system/prepared

# What was installed, where it was configured for: make distcheck does it.
installcheck-local:
	$(SHELL) $(srcdir)/tests/system/installed.sh '$(DESTDIR)$(bindir)' '$(DESTDIR)$(sbindir)'

# What images.sh calls.
EXTRA_PROGRAMS += tests/system/make-exfat
CLEANFILES += tests/system/make-exfat
tests_system_make_exfat_SOURCES = tests/system/make-exfat.c
tests_system_make_exfat_LDADD = $(LIBBASE)
IMAGE_TOOLS = tests/system/make-exfat
if HAVE_NTFS3G
EXTRA_PROGRAMS += tests/system/make-ntfs
CLEANFILES += tests/system/make-ntfs
tests_system_make_ntfs_SOURCES = tests/system/make-ntfs.c
tests_system_make_ntfs_CPPFLAGS = $(AM_CPPFLAGS) $(NTFS3G_CFLAGS)
tests_system_make_ntfs_LDADD = $(NTFS3G_LIBS)
IMAGE_TOOLS += tests/system/make-ntfs
endif
tests/system/430-images.log tests/system/440-every-way-in.log: $(IMAGE_TOOLS)
tests/system/450-reputation.log: tests/system/call
if WITH_SANDBOX
EXTRA_PROGRAMS += tests/system/supervise
CLEANFILES += tests/system/supervise
tests_system_supervise_SOURCES = tests/system/supervise.c
tests_system_supervise_LDADD = $(SECCOMP_LIBS)
tests/system/661-service.log tests/system/663-sensor.log: tests/system/supervise
endif
tests/system/505-updates.log: tests/bench/make-content$(EXEEXT)
