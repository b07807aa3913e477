# tests/mirror
check_PROGRAMS += tests/mirror/test-catalog
tests_mirror_test_catalog_SOURCES = tests/mirror/test-catalog.c tests/scratch.h
tests_mirror_test_catalog_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-repository
tests_mirror_test_repository_SOURCES = tests/mirror/test-repository.c tests/scratch.h
tests_mirror_test_repository_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-settings
tests_mirror_test_settings_SOURCES = tests/mirror/test-settings.c tests/scratch.h
tests_mirror_test_settings_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-founding
tests_mirror_test_founding_SOURCES = tests/mirror/test-founding.c tests/scratch.h
tests_mirror_test_founding_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-serve-client
tests_mirror_test_serve_client_SOURCES = tests/mirror/test-serve-client.c tests/test.h
tests_mirror_test_serve_client_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-unpack
tests_mirror_test_unpack_SOURCES = tests/mirror/test-unpack.c tests/scratch.h
tests_mirror_test_unpack_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-source-hold
tests_mirror_test_source_hold_SOURCES = tests/mirror/test-source-hold.c tests/scratch.h
tests_mirror_test_source_hold_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-source
tests_mirror_test_source_SOURCES = tests/mirror/test-source.c tests/scratch.h
tests_mirror_test_source_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-ring
tests_mirror_test_ring_SOURCES = tests/mirror/test-ring.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_ring_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-store
tests_mirror_test_store_SOURCES = tests/mirror/test-store.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_store_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-export
tests_mirror_test_export_SOURCES = tests/mirror/test-export.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_export_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
tests_mirror_test_export_LDFLAGS = $(AM_LDFLAGS) -Wl,--wrap=interrupt_check
check_PROGRAMS += tests/mirror/test-export-proof
tests_mirror_test_export_proof_SOURCES = tests/mirror/test-export-proof.c tests/scratch.h
tests_mirror_test_export_proof_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-flushed-file
tests_mirror_test_flushed_file_SOURCES = tests/mirror/test-flushed-file.c tests/scratch.h
tests_mirror_test_flushed_file_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-store-batch
tests_mirror_test_store_batch_SOURCES = tests/mirror/test-store-batch.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_store_batch_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-inventory
tests_mirror_test_inventory_SOURCES = tests/mirror/test-inventory.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_inventory_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-promotion
tests_mirror_test_promotion_SOURCES = tests/mirror/test-promotion.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_promotion_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-flag-table
tests_mirror_test_flag_table_SOURCES = tests/mirror/test-flag-table.c
tests_mirror_test_flag_table_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-publish-package
tests_mirror_test_publish_package_SOURCES = tests/mirror/test-publish-package.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_publish_package_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-rebuild
tests_mirror_test_rebuild_SOURCES = tests/mirror/test-rebuild.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_rebuild_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-keyring
tests_mirror_test_keyring_SOURCES = tests/mirror/test-keyring.c tests/scratch.h
tests_mirror_test_keyring_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-content-keys
tests_mirror_test_content_keys_SOURCES = tests/mirror/test-content-keys.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_content_keys_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-revocation-list
tests_mirror_test_revocation_list_SOURCES = tests/mirror/test-revocation-list.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_revocation_list_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-rotation
tests_mirror_test_rotation_SOURCES = tests/mirror/test-rotation.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_rotation_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-settings-edit
tests_mirror_test_settings_edit_SOURCES = tests/mirror/test-settings-edit.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_settings_edit_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-report
tests_mirror_test_report_SOURCES = tests/mirror/test-report.c tests/scratch.h
tests_mirror_test_report_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-withdrawal
tests_mirror_test_withdrawal_SOURCES = tests/mirror/test-withdrawal.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_withdrawal_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-volume-plan
tests_mirror_test_volume_plan_SOURCES = tests/mirror/test-volume-plan.c
tests_mirror_test_volume_plan_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-release
tests_mirror_test_release_SOURCES = tests/mirror/test-release.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_release_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-pruning
tests_mirror_test_pruning_SOURCES = tests/mirror/test-pruning.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_pruning_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-reissue
tests_mirror_test_reissue_SOURCES = tests/mirror/test-reissue.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_reissue_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-cosign
tests_mirror_test_cosign_SOURCES = tests/mirror/test-cosign.c \
	tests/mirror/mirror-fixture.c tests/mirror/mirror-fixture.h tests/scratch.h
tests_mirror_test_cosign_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-decision
tests_mirror_test_decision_SOURCES = tests/mirror/test-decision.c tests/scratch.h
tests_mirror_test_decision_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)
check_PROGRAMS += tests/mirror/test-source-compile
tests_mirror_test_source_compile_SOURCES = tests/mirror/test-source-compile.c tests/scratch.h
tests_mirror_test_source_compile_LDADD = $(LIBREPUTATIONKEY) $(LIBMIRROR) $(CMOCKA_LIBS)
EXTRA_tests_mirror_test_source_compile_DEPENDENCIES = drivers/compile/sallyport-compile
