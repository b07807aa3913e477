# tests/agent
check_PROGRAMS += tests/agent/test-floor
tests_agent_test_floor_SOURCES = tests/agent/test-floor.c
tests_agent_test_floor_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-front-protocol
tests_agent_test_front_protocol_SOURCES = tests/agent/test-front-protocol.c
tests_agent_test_front_protocol_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-reader
tests_agent_test_reader_SOURCES = tests/agent/test-reader.c tests/scratch.h
tests_agent_test_reader_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_reader_DEPENDENCIES = agent/sallyport-reader-dir

RUN_READER_TAR = tests/agent/run-reader-tar.c tests/agent/run-reader-tar.h \
	tests/agent/tar-blocks.c tests/agent/tar-blocks.h tests/scratch.h
check_PROGRAMS += tests/agent/test-reader-tar tests/agent/test-reader-tar-hostile
tests_agent_test_reader_tar_SOURCES = tests/agent/test-reader-tar.c $(RUN_READER_TAR)
tests_agent_test_reader_tar_LDADD = $(LIBAGENT) $(ARCHIVE_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_reader_tar_DEPENDENCIES = agent/sallyport-reader-tar
tests_agent_test_reader_tar_hostile_SOURCES = tests/agent/test-reader-tar-hostile.c $(RUN_READER_TAR)
tests_agent_test_reader_tar_hostile_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_reader_tar_hostile_DEPENDENCIES = agent/sallyport-reader-tar

check_PROGRAMS += tests/agent/test-reader-image
tests_agent_test_reader_image_SOURCES = tests/agent/test-reader-image.c tests/scratch.h
tests_agent_test_reader_image_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_reader_image_DEPENDENCIES = agent/sallyport-reader-image

check_PROGRAMS += tests/agent/test-reader-image-tables
tests_agent_test_reader_image_tables_SOURCES = tests/agent/test-reader-image-tables.c \
	agent/reader-image-kinds.c agent/reader-image-medium.c agent/reader-image-partitions.c
tests_agent_test_reader_image_tables_LDADD = $(LIBBASE) $(TSK_LIBS) $(CMOCKA_LIBS)

if HAVE_UMOCKDEV
check_PROGRAMS += tests/agent/test-usb-main
tests_agent_test_usb_main_SOURCES = tests/agent/test-usb-main.c tests/media/base/usb-scene.h \
	tests/agent/usb-stage.c tests/agent/usb-stage.h
tests_agent_test_usb_main_CPPFLAGS = $(AM_CPPFLAGS) $(UMOCKDEV_CFLAGS) $(USB_CFLAGS)
tests_agent_test_usb_main_LDADD = $(LIBBASE) $(UMOCKDEV_LIBS) $(USB_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_usb_main_DEPENDENCIES = agent/sallyport-usb
endif

check_PROGRAMS += tests/agent/test-exclusion
tests_agent_test_exclusion_SOURCES = tests/agent/test-exclusion.c tests/scratch.h
tests_agent_test_exclusion_LDADD = $(LIBINVENTORY) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-sensor-main
tests_agent_test_sensor_main_SOURCES = tests/agent/test-sensor-main.c tests/run.h tests/scratch.h
tests_agent_test_sensor_main_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_sensor_main_DEPENDENCIES = agent/sallyport-sensor
check_PROGRAMS += tests/agent/test-respawn tests/agent/test-sensor-dial
tests_agent_test_respawn_SOURCES = tests/agent/test-respawn.c
tests_agent_test_respawn_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
tests_agent_test_sensor_dial_SOURCES = tests/agent/test-sensor-dial.c tests/scratch.h
tests_agent_test_sensor_dial_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
check_PROGRAMS += tests/agent/test-sensor-connector tests/agent/test-sensor-digest \
	tests/agent/test-sensor-listen tests/agent/test-sensor-mountinfo \
	tests/agent/test-sensor-own tests/agent/test-sensor-start
tests_agent_test_sensor_connector_SOURCES = tests/agent/test-sensor-connector.c
tests_agent_test_sensor_connector_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_digest_SOURCES = tests/agent/test-sensor-digest.c tests/scratch.h
tests_agent_test_sensor_digest_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_listen_SOURCES = tests/agent/test-sensor-listen.c tests/scratch.h
tests_agent_test_sensor_listen_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_mountinfo_SOURCES = tests/agent/test-sensor-mountinfo.c tests/scratch.h
tests_agent_test_sensor_mountinfo_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_own_SOURCES = tests/agent/test-sensor-own.c tests/scratch.h
tests_agent_test_sensor_own_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_start_SOURCES = tests/agent/test-sensor-start.c tests/scratch.h
tests_agent_test_sensor_start_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/agent/test-sensor-channel tests/agent/test-sensor-proc \
	tests/agent/test-sensor-process
tests_agent_test_sensor_channel_SOURCES = tests/agent/test-sensor-channel.c
tests_agent_test_sensor_channel_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_proc_SOURCES = tests/agent/test-sensor-proc.c tests/scratch.h
tests_agent_test_sensor_proc_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)
tests_agent_test_sensor_process_SOURCES = tests/agent/test-sensor-process.c
tests_agent_test_sensor_process_LDADD = $(LIBSENSOR) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-exclusion-list
tests_agent_test_exclusion_list_SOURCES = tests/agent/test-exclusion-list.c tests/scratch.h
tests_agent_test_exclusion_list_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-exclusion-round
EXTRA_PROGRAMS += tests/agent/fake-exclusions
CLEANFILES += tests/agent/fake-exclusions
tests_agent_test_exclusion_round_SOURCES = tests/agent/test-exclusion-round.c \
	tests/agent/host-place.c tests/agent/host-place.h tests/scratch.h
tests_agent_test_exclusion_round_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_exclusion_round_DEPENDENCIES = agent/sallyport-inventory \
	tests/agent/fake-exclusions
tests_agent_fake_exclusions_SOURCES = tests/agent/fake-exclusions.c \
	tests/agent/fake-content.c tests/agent/fake-content.h
tests_agent_fake_exclusions_LDADD = $(LIBDRIVER)

check_PROGRAMS += tests/agent/test-rules-in-service
tests_agent_test_rules_in_service_SOURCES = tests/agent/test-rules-in-service.c \
	tests/agent/host-place.c tests/agent/host-place.h tests/scratch.h
tests_agent_test_rules_in_service_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_rules_in_service_DEPENDENCIES = agent/sallyport-inventory \
	agent/sallyport-repaird drivers/sallyport-driver-exclusions drivers/sallyport-driver-repair

check_PROGRAMS += tests/agent/test-inventory
tests_agent_test_inventory_SOURCES = tests/agent/test-inventory.c \
	tests/agent/run-inventory.c tests/agent/run-inventory.h tests/scratch.h
tests_agent_test_inventory_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_inventory_DEPENDENCIES = agent/sallyport-inventory

check_PROGRAMS += tests/agent/test-front
tests_agent_test_front_SOURCES = tests/agent/test-front.c
tests_agent_test_front_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_front_DEPENDENCIES = agent/sallyport-front
check_PROGRAMS += tests/agent/test-state
tests_agent_test_state_SOURCES = tests/agent/test-state.c
tests_agent_test_state_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
check_PROGRAMS += tests/agent/test-attest
tests_agent_test_attest_SOURCES = tests/agent/test-attest.c agent/attest-key.c
tests_agent_test_attest_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-pristine
tests_agent_test_pristine_SOURCES = tests/agent/test-pristine.c tests/scratch.h
tests_agent_test_pristine_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

REPAIR_PLACE = tests/agent/repair-place.c tests/agent/repair-place.h tests/scratch.h
check_PROGRAMS += tests/agent/test-repaird tests/agent/test-repair-kit
tests_agent_test_repaird_SOURCES = tests/agent/test-repaird.c $(REPAIR_PLACE)
tests_agent_test_repaird_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_repaird_DEPENDENCIES = agent/sallyport-repaird
tests_agent_test_repair_kit_SOURCES = tests/agent/test-repair-kit.c $(REPAIR_PLACE)
tests_agent_test_repair_kit_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_repair_kit_DEPENDENCIES = agent/sallyport-repaird
check_PROGRAMS += tests/agent/test-repair-rule
tests_agent_test_repair_rule_SOURCES = tests/agent/test-repair-rule.c $(REPAIR_PLACE)
tests_agent_test_repair_rule_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_repair_rule_DEPENDENCIES = agent/sallyport-repaird
check_PROGRAMS += tests/agent/test-repair-round
tests_agent_test_repair_round_SOURCES = tests/agent/test-repair-round.c \
	tests/agent/host-place.c tests/agent/host-place.h tests/scratch.h
tests_agent_test_repair_round_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_repair_round_DEPENDENCIES = agent/sallyport-repaird tests/agent/fake-repair \
	drivers/sallyport-driver-null
EXTRA_PROGRAMS += tests/agent/fake-repair
CLEANFILES += tests/agent/fake-repair
tests_agent_fake_repair_SOURCES = tests/agent/fake-repair.c \
	tests/agent/fake-content.c tests/agent/fake-content.h
tests_agent_fake_repair_LDADD = $(LIBDRIVER)

check_PROGRAMS += tests/agent/test-audit
tests_agent_test_audit_SOURCES = tests/agent/test-audit.c
tests_agent_test_audit_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/control/test-varlink
tests_agent_control_test_varlink_SOURCES = tests/agent/control/test-varlink.c
tests_agent_control_test_varlink_LDADD = $(LIBCONTROL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/control/test-protocol
tests_agent_control_test_protocol_SOURCES = tests/agent/control/test-protocol.c
tests_agent_control_test_protocol_LDADD = $(LIBCONTROL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/control/test-client
tests_agent_control_test_client_SOURCES = tests/agent/control/test-client.c \
	tests/fake-agent.c tests/fake-agent.h
tests_agent_control_test_client_LDADD = $(LIBCONTROL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-config
tests_agent_test_config_SOURCES = tests/agent/test-config.c tests/scratch.h
tests_agent_test_config_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-refusal
tests_agent_test_refusal_SOURCES = tests/agent/test-refusal.c tests/scratch.h
tests_agent_test_refusal_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-medium
tests_agent_test_medium_SOURCES = tests/agent/test-medium.c tests/scratch.h
tests_agent_test_medium_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-import-base
tests_agent_test_import_base_SOURCES = tests/agent/test-import-base.c tests/agent/enrolled.c tests/agent/enrolled.h tests/scratch.h
tests_agent_test_import_base_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-import-want
tests_agent_test_import_want_SOURCES = tests/agent/test-import-want.c tests/scratch.h
tests_agent_test_import_want_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
tests_agent_test_import_want_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=linkat -Wl,--wrap=copy_file_range

check_PROGRAMS += tests/agent/test-import-pace
tests_agent_test_import_pace_SOURCES = tests/agent/test-import-pace.c tests/scratch.h
tests_agent_test_import_pace_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-rule-news
tests_agent_test_rule_news_SOURCES = tests/agent/test-rule-news.c tests/agent/enrolled.c tests/agent/enrolled.h tests/scratch.h
tests_agent_test_rule_news_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-detection
tests_agent_test_detection_SOURCES = tests/agent/test-detection.c tests/agent/enrolled.c tests/agent/enrolled.h tests/scratch.h
tests_agent_test_detection_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-outbox
tests_agent_test_outbox_SOURCES = tests/agent/test-outbox.c tests/agent/enrolled.c tests/agent/enrolled.h tests/scratch.h
tests_agent_test_outbox_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-telemetry
tests_agent_test_telemetry_SOURCES = tests/agent/test-telemetry.c tests/scratch.h
tests_agent_test_telemetry_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_telemetry_DEPENDENCIES = drivers/sallyport-driver-telemetry

check_PROGRAMS += tests/agent/test-source-look
tests_agent_test_source_look_SOURCES = tests/agent/test-source-look.c tests/scratch.h
tests_agent_test_source_look_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-report
tests_agent_test_report_SOURCES = tests/agent/test-report.c tests/scratch.h
tests_agent_test_report_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-health
tests_agent_test_health_SOURCES = tests/agent/test-health.c
tests_agent_test_health_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-wave-turn
tests_agent_test_wave_turn_SOURCES = tests/agent/test-wave-turn.c
tests_agent_test_wave_turn_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-status
tests_agent_test_status_SOURCES = tests/agent/test-status.c tests/scratch.h
tests_agent_test_status_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_status_DEPENDENCIES = drivers/sallyport-driver-flags

check_PROGRAMS += tests/agent/test-intake
tests_agent_test_intake_SOURCES = \
	tests/agent/intake-fixture.c tests/agent/intake-fixture.h \
	tests/agent/test-intake.c tests/scratch.h
tests_agent_test_intake_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_intake_DEPENDENCIES = agent/sallyport-intake agent/sallyport-reader-dir
check_PROGRAMS += tests/agent/test-activate
tests_agent_test_activate_SOURCES = tests/agent/test-activate.c
tests_agent_test_activate_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

RUN_VERIFY = \
	tests/agent/run-verify.c tests/agent/run-verify.h \
	tests/media/make-medium.c tests/media/make-medium.h \
	tests/media/site.c tests/media/site.h tests/scratch.h

check_PROGRAMS += tests/agent/test-verify
tests_agent_test_verify_SOURCES = tests/agent/test-verify.c $(RUN_VERIFY)
tests_agent_test_verify_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_verify_DEPENDENCIES = agent/sallyport-verify agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-verify-inspect
tests_agent_test_verify_inspect_SOURCES = tests/agent/test-verify-inspect.c $(RUN_VERIFY)
tests_agent_test_verify_inspect_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_verify_inspect_DEPENDENCIES = agent/sallyport-verify agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-verify-package
tests_agent_test_verify_package_SOURCES = tests/agent/test-verify-package.c $(RUN_VERIFY)
tests_agent_test_verify_package_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_verify_package_DEPENDENCIES = agent/sallyport-verify agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-verify-resets
tests_agent_test_verify_resets_SOURCES = tests/agent/test-verify-resets.c $(RUN_VERIFY)
tests_agent_test_verify_resets_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_verify_resets_DEPENDENCIES = agent/sallyport-verify agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-verify-staged
tests_agent_test_verify_staged_SOURCES = tests/agent/test-verify-staged.c $(RUN_VERIFY)
tests_agent_test_verify_staged_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_verify_staged_DEPENDENCIES = agent/sallyport-verify agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-verify-parts
tests_agent_test_verify_parts_SOURCES = tests/agent/test-verify-parts.c \
	agent/verify-parts.c agent/verify-parts.h agent/verify-workers.c agent/verify-workers.h
tests_agent_test_verify_parts_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-verify-workers
tests_agent_test_verify_workers_SOURCES = tests/agent/test-verify-workers.c \
	agent/verify-workers.c agent/verify-workers.h
tests_agent_test_verify_workers_LDADD = $(LIBBASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-monitor
tests_agent_test_monitor_SOURCES = tests/agent/test-monitor.c tests/scratch.h
tests_agent_test_monitor_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_monitor_DEPENDENCIES = agent/sallyport-front

check_PROGRAMS += tests/agent/control/test-inspect-medium
tests_agent_control_test_inspect_medium_SOURCES = tests/agent/control/test-inspect-medium.c
tests_agent_control_test_inspect_medium_LDADD = $(LIBCONTROL) $(CMOCKA_LIBS)
EXTRA_tests_agent_control_test_inspect_medium_DEPENDENCIES = \
	agent/sallyport-reader-dir tests/agent/control/fake-verify
EXTRA_PROGRAMS += tests/agent/control/fake-verify
CLEANFILES += tests/agent/control/fake-verify
tests_agent_control_fake_verify_SOURCES = tests/agent/control/fake-verify.c
tests_agent_control_fake_verify_LDADD = $(LIBBASE)
ENDPOINT_PARTS = tests/agent/endpoint.c tests/agent/endpoint.h \
	tests/media/make-medium.c tests/media/make-medium.h \
	tests/media/site.c tests/media/site.h tests/scratch.h
ENDPOINT_NEEDS = \
	agent/sallyport-verify agent/sallyport-intake agent/sallyport-reader-dir \
	agent/sallyport-reader-image \
	drivers/sallyport-driver-null drivers/sallyport-driver-flags
check_PROGRAMS += tests/agent/test-import
tests_agent_test_import_SOURCES = tests/agent/test-import.c $(ENDPOINT_PARTS)
tests_agent_test_import_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_import_DEPENDENCIES = $(ENDPOINT_NEEDS) tests/agent/fake-intake
EXTRA_PROGRAMS += tests/agent/fake-intake
CLEANFILES += tests/agent/fake-intake
tests_agent_fake_intake_SOURCES = tests/agent/fake-intake.c
tests_agent_fake_intake_LDADD = $(LIBBASE)
check_PROGRAMS += tests/agent/test-service
tests_agent_test_service_SOURCES = tests/agent/test-service.c $(ENDPOINT_PARTS)
tests_agent_test_service_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_service_DEPENDENCIES = $(ENDPOINT_NEEDS)
check_PROGRAMS += tests/agent/test-import-plan
tests_agent_test_import_plan_SOURCES = tests/agent/test-import-plan.c tests/scratch.h
tests_agent_test_import_plan_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-privilege
tests_agent_test_privilege_SOURCES = tests/agent/test-privilege.c
tests_agent_test_privilege_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
check_PROGRAMS += tests/agent/test-borrowed-rights
tests_agent_test_borrowed_rights_SOURCES = tests/agent/test-borrowed-rights.c tests/scratch.h
tests_agent_test_borrowed_rights_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)


check_PROGRAMS += tests/agent/test-partial
tests_agent_test_partial_SOURCES = tests/agent/test-partial.c $(ENDPOINT_PARTS)
tests_agent_test_partial_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_partial_DEPENDENCIES = $(ENDPOINT_NEEDS)

check_PROGRAMS += tests/agent/test-intake-kept
tests_agent_test_intake_kept_SOURCES = \
	tests/agent/intake-fixture.c tests/agent/intake-fixture.h \
	tests/agent/test-intake-kept.c tests/scratch.h
tests_agent_test_intake_kept_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_intake_kept_DEPENDENCIES = agent/sallyport-intake agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-intake-base
tests_agent_test_intake_base_SOURCES = \
	tests/agent/intake-fixture.c tests/agent/intake-fixture.h \
	tests/agent/test-intake-base.c tests/scratch.h
tests_agent_test_intake_base_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_intake_base_DEPENDENCIES = agent/sallyport-intake agent/sallyport-reader-dir

check_PROGRAMS += tests/agent/test-content-check
tests_agent_test_content_check_SOURCES = tests/agent/test-content-check.c $(ENDPOINT_PARTS)
tests_agent_test_content_check_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_content_check_DEPENDENCIES = $(ENDPOINT_NEEDS)

check_PROGRAMS += tests/agent/test-volumes
tests_agent_test_volumes_SOURCES = tests/agent/test-volumes.c
tests_agent_test_volumes_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-import-volumes
tests_agent_test_import_volumes_SOURCES = tests/agent/test-import-volumes.c $(ENDPOINT_PARTS)
tests_agent_test_import_volumes_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_import_volumes_DEPENDENCIES = $(ENDPOINT_NEEDS)

check_PROGRAMS += tests/agent/test-import-waves
tests_agent_test_import_waves_SOURCES = tests/agent/test-import-waves.c $(ENDPOINT_PARTS)
tests_agent_test_import_waves_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_import_waves_DEPENDENCIES = $(ENDPOINT_NEEDS)

check_PROGRAMS += tests/agent/test-setting
tests_agent_test_setting_SOURCES = tests/agent/test-setting.c tests/scratch.h
tests_agent_test_setting_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-policy-source
tests_agent_test_policy_source_SOURCES = tests/agent/test-policy-source.c tests/scratch.h
tests_agent_test_policy_source_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

HOST_PLACE = tests/agent/host-place.c tests/agent/host-place.h tests/scratch.h
check_PROGRAMS += tests/agent/test-setting-round
tests_agent_test_setting_round_SOURCES = tests/agent/test-setting-round.c $(HOST_PLACE)
tests_agent_test_setting_round_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_setting_round_DEPENDENCIES = \
	tests/agent/fake-remapper drivers/sallyport-driver-remapper drivers/sallyport-driver-telemetry
EXTRA_PROGRAMS += tests/agent/fake-remapper
CLEANFILES += tests/agent/fake-remapper
tests_agent_fake_remapper_SOURCES = tests/agent/fake-remapper.c
tests_agent_fake_remapper_LDADD = $(LIBDRIVER)

check_PROGRAMS += tests/agent/test-driver-reads
TINY_INDEX = tests/agent/tiny-index.c tests/agent/tiny-index.h
tests_agent_test_driver_reads_SOURCES = tests/agent/test-driver-reads.c $(TINY_INDEX) $(HOST_PLACE)
tests_agent_test_driver_reads_LDADD = $(LIBAGENT) $(LIBHASHINDEX) $(CMOCKA_LIBS)
check_PROGRAMS += tests/agent/test-import-reader
tests_agent_test_import_reader_SOURCES = tests/agent/test-import-reader.c $(TINY_INDEX) $(ENDPOINT_PARTS)
tests_agent_test_import_reader_LDADD = \
	$(LIBAGENT) $(LIBMEDIAWRITE) $(LIBHASHINDEX) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_import_reader_DEPENDENCIES = \
	$(ENDPOINT_NEEDS) tests/agent/fake-reader drivers/sallyport-driver-scanner
EXTRA_tests_agent_test_driver_reads_DEPENDENCIES = \
	tests/agent/fake-reader drivers/sallyport-driver-scanner
EXTRA_PROGRAMS += tests/agent/fake-reader
CLEANFILES += tests/agent/fake-reader
tests_agent_fake_reader_SOURCES = tests/agent/fake-reader.c
tests_agent_fake_reader_LDADD = libreputation.a $(LIBDRIVER) $(LIBREPUTATION)

check_PROGRAMS += tests/agent/test-reputation
tests_agent_test_reputation_SOURCES = tests/agent/test-reputation.c $(HOST_PLACE)
tests_agent_test_reputation_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_reputation_DEPENDENCIES = tests/agent/fake-scanner
EXTRA_PROGRAMS += tests/agent/fake-scanner
CLEANFILES += tests/agent/fake-scanner
tests_agent_fake_scanner_SOURCES = tests/agent/fake-scanner.c
tests_agent_fake_scanner_LDADD = $(LIBDRIVER)

check_PROGRAMS += tests/agent/test-engines
tests_agent_test_engines_SOURCES = tests/agent/test-engines.c $(HOST_PLACE)
tests_agent_test_engines_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_engines_DEPENDENCIES = tests/agent/fake-reader

check_PROGRAMS += tests/agent/control/test-block-device
tests_agent_control_test_block_device_SOURCES = tests/agent/control/test-block-device.c tests/scratch.h
tests_agent_control_test_block_device_LDADD = $(LIBCONTROL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-usb-gate
tests_agent_test_usb_gate_SOURCES = tests/agent/test-usb-gate.c tests/scratch.h
tests_agent_test_usb_gate_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
EXTRA_tests_agent_test_usb_gate_DEPENDENCIES = tests/agent/fake-usb
EXTRA_PROGRAMS += tests/agent/fake-usb
CLEANFILES += tests/agent/fake-usb
tests_agent_fake_usb_SOURCES = tests/agent/fake-usb.c
tests_agent_fake_usb_LDADD = $(LIBBASE)

check_PROGRAMS += tests/agent/test-eject
tests_agent_test_eject_SOURCES = tests/agent/test-eject.c tests/scratch.h
tests_agent_test_eject_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)

check_PROGRAMS += tests/agent/test-media-registry
tests_agent_test_media_registry_SOURCES = tests/agent/test-media-registry.c tests/scratch.h
tests_agent_test_media_registry_LDADD = $(LIBAGENT) $(CMOCKA_LIBS)
