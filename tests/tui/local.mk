# tests/tui: the real program against an agent with canned replies.
TUI_TESTS = \
	tests/tui/test-audit \
	tests/tui/test-check \
	tests/tui/test-config \
	tests/tui/test-console \
	tests/tui/test-dialog \
	tests/tui/test-events \
	tests/tui/test-exclusions \
	tests/tui/test-feed \
	tests/tui/test-flags \
	tests/tui/test-grid \
	tests/tui/test-import \
	tests/tui/test-inspect \
	tests/tui/test-job \
	tests/tui/test-keys \
	tests/tui/test-last-known \
	tests/tui/test-lines \
	tests/tui/test-listing \
	tests/tui/test-media \
	tests/tui/test-metrics \
	tests/tui/test-plain \
	tests/tui/test-questions \
	tests/tui/test-rep \
	tests/tui/test-report \
	tests/tui/test-report-format \
	tests/tui/test-request \
	tests/tui/test-sallyport \
	tests/tui/test-screen \
	tests/tui/test-status \
	tests/tui/test-theme
check_PROGRAMS += $(TUI_TESTS)
check_LIBRARIES += tests/tui/libscene.a
tests_tui_libscene_a_SOURCES = tests/tui/scene.c tests/tui/scene.h \
	tests/tui/run-sallyport.c tests/tui/run-sallyport.h \
	tests/fake-agent.c tests/fake-agent.h
LIBSCENE = tests/tui/libscene.a $(LIBBASE) $(CMOCKA_LIBS)
tests_tui_test_audit_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_audit_DEPENDENCIES = tui/sallyport
tests_tui_test_exclusions_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_exclusions_DEPENDENCIES = tui/sallyport
tests_tui_test_check_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_check_DEPENDENCIES = tui/sallyport
tests_tui_test_flags_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_flags_DEPENDENCIES = tui/sallyport
tests_tui_test_import_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_import_DEPENDENCIES = tui/sallyport
tests_tui_test_inspect_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_inspect_DEPENDENCIES = tui/sallyport
tests_tui_test_request_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_request_DEPENDENCIES = tui/sallyport
tests_tui_test_sallyport_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_sallyport_DEPENDENCIES = tui/sallyport
tests_tui_test_config_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_config_DEPENDENCIES = tui/sallyport
tests_tui_test_events_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_events_DEPENDENCIES = tui/sallyport
tests_tui_test_rep_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_rep_DEPENDENCIES = tui/sallyport
tests_tui_test_report_format_LDADD = tests/tui/libscene.a $(LIBREPORT) $(NETTLE_LIBS) $(CMOCKA_LIBS)
tests_tui_test_report_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_report_DEPENDENCIES = tui/sallyport
tests_tui_test_metrics_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_metrics_DEPENDENCIES = tui/sallyport
tests_tui_test_media_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_media_DEPENDENCIES = tui/sallyport
tests_tui_test_status_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_status_DEPENDENCIES = tui/sallyport
tests_tui_test_grid_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_dialog_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_job_SOURCES = tests/tui/test-job.c tests/fake-agent.c
tests_tui_test_job_LDADD = $(LIBFEED) $(CMOCKA_LIBS)
tests_tui_test_feed_SOURCES = tests/tui/test-feed.c tests/fake-agent.c
tests_tui_test_feed_LDADD = $(LIBFEED) $(CMOCKA_LIBS)
tests_tui_test_last_known_LDADD = $(LIBFEED) $(CMOCKA_LIBS)
tests_tui_test_keys_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_lines_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_listing_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_theme_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_screen_LDADD = $(LIBSCREEN) $(CMOCKA_LIBS)
tests_tui_test_questions_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_questions_DEPENDENCIES = tui/sallyport
tests_tui_test_plain_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_plain_DEPENDENCIES = tui/sallyport
tests_tui_test_console_LDADD = $(LIBSCENE)
EXTRA_tests_tui_test_console_DEPENDENCIES = tui/sallyport
EXTRA_DIST += tests/tui/fixture tests/tui/golden

# After a change of what the console shows; look at each file before it is committed.
golden-console: tui/sallyport tests/tui/test-console tests/tui/test-plain
	for test in console plain; do \
		GOLDEN_WRITE=1 TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' \
			LC_ALL=C.UTF-8 tests/tui/test-$$test || exit 1; \
	done
