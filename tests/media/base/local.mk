check_PROGRAMS += tests/media/base/test-bytes
tests_media_base_test_bytes_SOURCES = tests/media/base/test-bytes.c
tests_media_base_test_bytes_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-error
tests_media_base_test_error_SOURCES = tests/media/base/test-error.c
tests_media_base_test_error_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-instant
tests_media_base_test_instant_SOURCES = tests/media/base/test-instant.c
tests_media_base_test_instant_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-http-range tests/media/base/test-url
tests_media_base_test_http_range_SOURCES = tests/media/base/test-http-range.c
tests_media_base_test_http_range_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_url_SOURCES = tests/media/base/test-url.c
tests_media_base_test_url_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-json
tests_media_base_test_json_SOURCES = tests/media/base/test-json.c
tests_media_base_test_json_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-text
tests_media_base_test_text_SOURCES = tests/media/base/test-text.c
tests_media_base_test_text_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-frame
tests_media_base_test_frame_SOURCES = tests/media/base/test-frame.c
tests_media_base_test_frame_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-spawn
tests_media_base_test_spawn_SOURCES = tests/media/base/test-spawn.c
tests_media_base_test_spawn_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_media_base_test_spawn_DEPENDENCIES = tests/media/base/child-spawned
EXTRA_PROGRAMS += tests/media/base/child-spawned
CLEANFILES += tests/media/base/child-spawned
tests_media_base_child_spawned_SOURCES = tests/media/base/child-spawned.c
check_PROGRAMS += tests/media/base/test-path
tests_media_base_test_path_SOURCES = tests/media/base/test-path.c tests/scratch.h
tests_media_base_test_path_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-publish
tests_media_base_test_publish_SOURCES = tests/media/base/test-publish.c tests/scratch.h
tests_media_base_test_publish_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-command
tests_media_base_test_command_SOURCES = tests/media/base/test-command.c
tests_media_base_test_command_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-db
tests_media_base_test_db_SOURCES = tests/media/base/test-db.c tests/scratch.h
tests_media_base_test_db_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-log
tests_media_base_test_log_SOURCES = tests/media/base/test-log.c tests/scratch.h
tests_media_base_test_log_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
if WITH_SANDBOX
check_PROGRAMS += tests/media/base/test-sandbox
tests_media_base_test_sandbox_SOURCES = tests/media/base/test-sandbox.c
tests_media_base_test_sandbox_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_media_base_test_sandbox_DEPENDENCIES = tests/media/base/child-sandboxed
EXTRA_PROGRAMS += tests/media/base/child-sandboxed
CLEANFILES += tests/media/base/child-sandboxed
tests_media_base_child_sandboxed_SOURCES = tests/media/base/child-sandboxed.c
tests_media_base_child_sandboxed_LDADD = $(LIBBASE)
endif

check_PROGRAMS += tests/media/base/test-ini
tests_media_base_test_ini_SOURCES = tests/media/base/test-ini.c
tests_media_base_test_ini_LDADD = $(LIBBASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/base/test-secrecy
tests_media_base_test_secrecy_SOURCES = tests/media/base/test-secrecy.c
tests_media_base_test_secrecy_LDADD = $(LIBBASE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/base/test-passphrase
tests_media_base_test_passphrase_SOURCES = tests/media/base/test-passphrase.c tests/scratch.h
tests_media_base_test_passphrase_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-journal
tests_media_base_test_journal_SOURCES = tests/media/base/test-journal.c
tests_media_base_test_journal_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-notify tests/media/base/test-listen-fds
tests_media_base_test_notify_SOURCES = tests/media/base/test-notify.c
tests_media_base_test_notify_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_listen_fds_SOURCES = tests/media/base/test-listen-fds.c
tests_media_base_test_listen_fds_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-usb tests/media/base/test-usb-descriptor \
	tests/media/base/test-usb-rule tests/media/base/test-usb-verdict
tests_media_base_test_usb_SOURCES = tests/media/base/test-usb.c tests/media/base/usb-scene.h
tests_media_base_test_usb_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_usb_descriptor_SOURCES = tests/media/base/test-usb-descriptor.c tests/media/base/usb-scene.h
tests_media_base_test_usb_descriptor_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_usb_rule_SOURCES = tests/media/base/test-usb-rule.c tests/media/base/usb-scene.h
tests_media_base_test_usb_rule_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_usb_verdict_SOURCES = tests/media/base/test-usb-verdict.c tests/media/base/usb-scene.h
tests_media_base_test_usb_verdict_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/base/test-event tests/media/base/test-event-glob \
	tests/media/base/test-event-json tests/media/base/test-event-wire \
	tests/media/base/test-event-filter tests/media/base/test-event-group \
	tests/media/base/test-event-term tests/media/base/test-event-window \
	tests/media/base/test-siphash
tests_media_base_test_event_window_SOURCES = tests/media/base/test-event-window.c
tests_media_base_test_event_window_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_filter_SOURCES = tests/media/base/test-event-filter.c tests/media/base/event-scene.h
tests_media_base_test_event_filter_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_group_SOURCES = tests/media/base/test-event-group.c
tests_media_base_test_event_group_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_term_SOURCES = tests/media/base/test-event-term.c tests/media/base/event-scene.h
tests_media_base_test_event_term_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_siphash_SOURCES = tests/media/base/test-siphash.c
tests_media_base_test_siphash_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_json_SOURCES = tests/media/base/test-event-json.c tests/media/base/event-scene.h
tests_media_base_test_event_json_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_SOURCES = tests/media/base/test-event.c
tests_media_base_test_event_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_glob_SOURCES = tests/media/base/test-event-glob.c
tests_media_base_test_event_glob_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
tests_media_base_test_event_wire_SOURCES = tests/media/base/test-event-wire.c tests/media/base/event-scene.h
tests_media_base_test_event_wire_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
