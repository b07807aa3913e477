# agent
noinst_LIBRARIES += libagent.a
libagent_a_SOURCES = \
	agent/detection.c agent/detection.h \
	agent/eject.c agent/eject.h \
	agent/respawn.c agent/respawn.h \
	agent/sensor-dial.c agent/sensor-dial.h \
	agent/sensor-host.c agent/sensor-host.h agent/sensor-protocol.h \
	agent/exclusion-answer.c agent/exclusion-answer.h \
	agent/exclusion-list.c agent/exclusion-list.h \
	agent/exclusion-round.c agent/exclusion-round.h \
	agent/exclusion-user.c agent/exclusion-user.h \
	agent/inventory-broker.c agent/inventory-broker.h \
	agent/media-answer.c agent/media-answer.h \
	agent/media-registry.c agent/media-registry.h \
	agent/media-view.c agent/media-view.h \
	agent/minute-quota.c agent/minute-quota.h \
	agent/usb-gate.c agent/usb-gate.h \
	agent/usb-watch.c agent/usb-watch.h \
	agent/health.c agent/health.h \
	agent/privilege.c agent/privilege.h \
	agent/engines.c agent/engines.h \
	agent/monitor-answer.c agent/monitor-answer.h \
	agent/control-socket.c agent/control-socket.h \
	agent/monitor.c agent/monitor.h \
	agent/status-contents.c agent/status-floors.c \
	agent/status-view.c agent/status-view.h \
	agent/status.c agent/status.h \
	agent/volumes.c agent/volumes.h \
	agent/wave-turn.c agent/wave-turn.h \
	agent/content-check.c agent/content-check.h \
	agent/state-recipe.c agent/state-recipe.h \
	agent/config.c agent/config.h agent/config-find.c agent/config-origin.c \
	agent/config-export.c agent/config-export.h \
	agent/config-media.c agent/config-media.h \
	agent/floor.c agent/floor.h \
	agent/front-protocol.c agent/front-protocol.h \
	agent/medium.c agent/medium.h \
	agent/outbox.c agent/outbox.h \
	agent/telemetry.c agent/telemetry.h \
	agent/telemetry-item.c agent/telemetry-item.h \
	agent/telemetry-plan.c agent/telemetry-plan.h \
	agent/source-look.c agent/source-look.h \
	agent/refusal.c agent/refusal.h \
	agent/report.c agent/report.h
LIBAGENT = libagent.a libinventory.a libcontrol.a $(LIBMEDIA)

# libcontrol: the control protocol and its client; links libbase only.
noinst_LIBRARIES += libcontrol.a
libcontrol_a_SOURCES = \
	agent/control/block-device.c agent/control/block-device.h \
	agent/control/inspect-device.c agent/control/inspect-device.h \
	agent/control/client.c agent/control/client.h \
	agent/control/inspect-medium.c agent/control/inspect-medium.h \
	agent/control/protocol.c agent/control/protocol.h \
	agent/control/varlink.c agent/control/varlink.h \
	agent/control/verify-protocol.h
LIBCONTROL = libcontrol.a $(LIBBASE)

# Readers hold no trust code and no codec; of libarchive the tar's uses the tar format alone.
pkglibexec_PROGRAMS += agent/sallyport-reader-dir
agent_sallyport_reader_dir_SOURCES = \
	agent/reader-dir-main.c \
	agent/reader-serve.c agent/reader-serve.h
agent_sallyport_reader_dir_LDADD = $(LIBBASE)
pkglibexec_PROGRAMS += agent/sallyport-reader-http
agent_sallyport_reader_http_SOURCES = \
	agent/reader-http.h agent/reader-http-main.c \
	agent/reader-http-curl.c \
	agent/reader-http-fetch.c \
	agent/reader-http-tree.c \
	agent/reader-serve.c agent/reader-serve.h
agent_sallyport_reader_http_LDADD = $(LIBMEDIA) $(CURL_LIBS)

pkglibexec_PROGRAMS += agent/sallyport-reader-image
agent_sallyport_reader_image_SOURCES = \
	agent/reader-image.h agent/reader-image-main.c \
	agent/reader-image-file.c \
	agent/reader-image-iso.c \
	agent/reader-image-kinds.c \
	agent/reader-image-medium.c \
	agent/reader-image-partitions.c \
	agent/reader-image-tree.c \
	agent/reader-serve.c agent/reader-serve.h
agent_sallyport_reader_image_LDADD = $(LIBBASE) $(TSK_LIBS)

pkglibexec_PROGRAMS += agent/sallyport-reader-tar
agent_sallyport_reader_tar_SOURCES = \
	agent/reader-tar.h agent/reader-tar-main.c \
	agent/reader-tar-headers.c \
	agent/reader-tar-index.c \
	agent/reader-serve.c agent/reader-serve.h
agent_sallyport_reader_tar_LDADD = $(LIBBASE) $(ARCHIVE_LIBS)

# What sysfs says of USB devices: descriptors from outside are parsed in it. No trust code; of
# libmedia the digest alone.
pkglibexec_PROGRAMS += agent/sallyport-usb
agent_sallyport_usb_SOURCES = \
	agent/usb-look.c agent/usb-look.h \
	agent/usb-main.c \
	agent/usb-news.c agent/usb-news.h
agent_sallyport_usb_LDADD = $(LIBMEDIA) $(UDEV_LIBS)

# What software is here, for the rules of appfeed and userappfeed: reads only, no trust code.
noinst_LIBRARIES += libinventory.a
libinventory_a_SOURCES = \
	agent/account.c agent/account.h \
	agent/exclusion.c agent/exclusion.h \
	agent/exclusion-account.c agent/exclusion-account.h \
	agent/inventory-call.c agent/inventory-call.h \
	agent/inventory-dpkg.c agent/inventory-dpkg.h \
	agent/inventory-keyfile.c agent/inventory-keyfile.h \
	agent/inventory-place.c agent/inventory-place.h \
	agent/inventory-software.c agent/inventory-software.h \
	agent/inventory-unit.c agent/inventory-unit.h
LIBINVENTORY = libinventory.a $(LIBBASE)
pkglibexec_PROGRAMS += agent/sallyport-inventory
agent_sallyport_inventory_SOURCES = agent/inventory-main.c agent/inventory-protocol.h
agent_sallyport_inventory_LDADD = $(LIBINVENTORY)

# The sensor sees what processes do; apart from what the monitor and the drivers are made of.
noinst_LIBRARIES += libsensor.a
libsensor_a_SOURCES = \
	agent/sensor.h \
	agent/sensor-channel.c agent/sensor-channel.h \
	agent/sensor-connector.c agent/sensor-connector.h \
	agent/sensor-digest.c agent/sensor-digest.h \
	agent/sensor-exec.c agent/sensor-exec.h \
	agent/sensor-file.c agent/sensor-file.h \
	agent/sensor-hand.c agent/sensor-hand.h \
	agent/sensor-listen.c agent/sensor-listen.h \
	agent/sensor-monitor.c agent/sensor-monitor.h \
	agent/sensor-mount.c agent/sensor-mount.h \
	agent/sensor-mountinfo.c agent/sensor-mountinfo.h \
	agent/sensor-own.c agent/sensor-own.h \
	agent/sensor-proc.c agent/sensor-proc.h \
	agent/sensor-process.c agent/sensor-process.h \
	agent/sensor-rename.c agent/sensor-rename.h \
	agent/sensor-socket.c agent/sensor-socket.h \
	agent/sensor-source.c agent/sensor-source.h \
	agent/sensor-start.c agent/sensor-start.h \
	agent/sensor-tell.c
LIBSENSOR = libsensor.a $(LIBBASE) $(GNUTLS_LIBS)
pkglibexec_PROGRAMS += agent/sallyport-sensor
agent_sallyport_sensor_SOURCES = agent/sensor-main.c \
	agent/sensor-confine.c agent/sensor-confine.h
agent_sallyport_sensor_LDADD = $(LIBSENSOR)

# The front parses what clients write: no state, no trust code.
pkglibexec_PROGRAMS += agent/sallyport-front
agent_sallyport_front_SOURCES = \
	agent/front-call.c agent/front-call.h \
	agent/front-client.c agent/front-client.h \
	agent/front-main.c \
	agent/front-protocol.c agent/front-protocol.h
agent_sallyport_front_LDADD = $(LIBCONTROL) $(LIBBASE)
libagent_a_SOURCES += \
	agent/attest.c agent/attest.h agent/attest-protocol.h \
	agent/audit-answer.c agent/audit-answer.h \
	agent/audit.c agent/audit.h \
	agent/audit-journal.c agent/audit-journal.h \
	agent/borrowed-rights.c agent/borrowed-rights.h \
	agent/state.c agent/state.h \
	agent/state-content.c agent/state-content.h \
	agent/state-schema.c agent/state-schema.h

# Holds the endpoint's own key; parses nothing from outside.
pkglibexec_PROGRAMS += agent/sallyport-attest
agent_sallyport_attest_SOURCES = \
	agent/attest-key.c agent/attest-key.h \
	agent/attest-main.c agent/attest-protocol.h
agent_sallyport_attest_LDADD = $(LIBBASE) $(GNUTLS_LIBS)

# Hashes, decodes and writes; judges nothing.
pkglibexec_PROGRAMS += agent/sallyport-intake
agent_sallyport_intake_SOURCES = \
	agent/intake-base.c agent/intake-base.h \
	agent/intake-batch.c agent/intake-batch.h \
	agent/intake-files.c agent/intake-files.h \
	agent/intake-frames.c agent/intake-frames.h \
	agent/intake-kept.c agent/intake-kept.h \
	agent/intake-main.c \
	agent/intake-protocol.h \
	agent/intake-rebuild.c agent/intake-rebuild.h
agent_sallyport_intake_LDADD = $(LIBAGENT)
libagent_a_SOURCES += \
	agent/activate.c agent/activate.h \
	agent/behavior.c agent/behavior.h \
	agent/behavior-own.c agent/behavior-own.h \
	agent/rule-news.c agent/rule-news.h \
	agent/flag-gate.c agent/flag-gate.h \
	agent/driver-host.c agent/driver-host.h agent/driver-ends.c agent/driver-family.h \
	agent/driver-load.c agent/driver-load.h \
	agent/policy-source.c agent/policy-source.h \
	agent/setting.c agent/setting.h \
	agent/setting-answer.c agent/setting-answer.h \
	agent/setting-apply.c agent/setting-apply.h \
	agent/setting-keys.c agent/setting-keys.h \
	agent/setting-round.c agent/setting-round.h \
	agent/process.c agent/process.h \
	agent/partial.c agent/partial.h \
	agent/staging.c agent/staging.h

# Judges media. No decompressor is on its way to any byte, and nothing that signs is on its line.
pkglibexec_PROGRAMS += agent/sallyport-verify
agent_sallyport_verify_SOURCES = \
	agent/verify.h agent/verify-main.c \
	agent/verify-compare.c \
	agent/verify-documents.c \
	agent/verify-judge.c \
	agent/verify-package.c \
	agent/verify-recipe.c \
	agent/verify-report.c \
	agent/verify-request.c \
	agent/verify-resets.c \
	agent/verify-set.c \
	agent/verify-parts.c agent/verify-parts.h \
	agent/verify-staged.c \
	agent/verify-tree.c \
	agent/verify-workers.c agent/verify-workers.h
agent_sallyport_verify_LDADD = $(LIBAGENT)
libagent_a_SOURCES += \
	agent/flag.c agent/flag.h \
	agent/rule-flags.c agent/rule-flags.h \
	agent/rule-view.c agent/rule-view.h \
	agent/import.c agent/import.h \
	agent/import-base.c agent/import-base.h \
	agent/import-fetch.c agent/import-fetch.h \
	agent/import-pace.c agent/import-pace.h \
	agent/import-want.c agent/import-want.h \
	agent/import-plan.c agent/import-plan.h \
	agent/import-report.c agent/import-report.h \
	agent/import-stage.c agent/import-stage.h \
	agent/import-verify.c agent/import-verify.h \
	agent/pristine.c agent/pristine.h \
	agent/repair.c agent/repair.h \
	agent/repair-broker.c agent/repair-broker.h \
	agent/repair-kit.c agent/repair-kit.h \
	agent/repair-last-resort.c agent/repair-last-resort.h \
	agent/repair-note.c agent/repair-note.h \
	agent/repair-path.c agent/repair-path.h \
	agent/repair-round.c agent/repair-round.h \
	agent/repair-rule.c agent/repair-rule.h \
	agent/reputation.c agent/reputation.h \
	agent/probation.c agent/probation.h \
	agent/rollout.c agent/rollout.h

# Changes files for a run of repairs, and runs nothing.
pkglibexec_PROGRAMS += agent/sallyport-repaird
agent_sallyport_repaird_SOURCES = agent/repaird-main.c agent/repaird-protocol.h
agent_sallyport_repaird_LDADD = $(LIBAGENT)

# Copies of our own programs beside them, for the day on which one is damaged. Not of the mirror's,
# which are in another package.
EXTRA_DIST += agent/pristine.sh
install-exec-hook:
	cd '$(DESTDIR)$(pkglibexecdir)' && set -- && for program in $(pkglibexec_PROGRAMS); do \
	    case $$program in mirror/*) ;; *) set -- "$$@" \
	    "`echo $${program##*/} | sed '$(transform)'`" ;; esac; done && \
	    $(SHELL) '$(abs_top_srcdir)/agent/pristine.sh' pristine "$$@"
uninstall-hook:
	rm -rf '$(DESTDIR)$(pkglibexecdir)/pristine'
	-rmdir '$(DESTDIR)$(pkglibexecdir)' 2>/dev/null

# The monitor.
sbin_PROGRAMS += agent/sallyport-agent
agent_sallyport_agent_SOURCES = \
	agent/main.c agent/commands.h \
	agent/cmd-check.c agent/cmd-enroll.c agent/cmd-run.c
agent_sallyport_agent_LDADD = $(LIBAGENT)
