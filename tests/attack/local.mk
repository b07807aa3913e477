# tests/attack: the catalogue of attacks, one row a case, with the reason code each must give.
check_LIBRARIES += tests/attack/libattack.a
tests_attack_libattack_a_SOURCES = \
	tests/attack/attack.c tests/attack/attack.h \
	tests/attack/world.c tests/attack/world.h
LIBATTACK = tests/attack/libattack.a tests/media/libforge.a $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/attack/test-document-attacks
tests_attack_test_document_attacks_SOURCES = tests/attack/test-document-attacks.c
tests_attack_test_document_attacks_LDADD = $(LIBATTACK)

check_PROGRAMS += tests/attack/test-certificate-attacks
tests_attack_test_certificate_attacks_SOURCES = tests/attack/test-certificate-attacks.c
tests_attack_test_certificate_attacks_LDADD = $(LIBATTACK)

check_PROGRAMS += tests/attack/test-timestamp-attacks
tests_attack_test_timestamp_attacks_SOURCES = tests/attack/test-timestamp-attacks.c
tests_attack_test_timestamp_attacks_LDADD = $(LIBATTACK)

check_PROGRAMS += tests/attack/test-root-attacks
tests_attack_test_root_attacks_SOURCES = tests/attack/test-root-attacks.c
tests_attack_test_root_attacks_LDADD = $(LIBATTACK)

check_PROGRAMS += tests/attack/test-revocation-attacks
tests_attack_test_revocation_attacks_SOURCES = tests/attack/test-revocation-attacks.c
tests_attack_test_revocation_attacks_LDADD = $(LIBATTACK)

check_PROGRAMS += tests/attack/test-signed-attacks
tests_attack_test_signed_attacks_SOURCES = tests/attack/test-signed-attacks.c $(ENDPOINT_PARTS)
tests_attack_test_signed_attacks_LDADD = $(LIBAGENT) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_attack_test_signed_attacks_DEPENDENCIES = $(ENDPOINT_NEEDS)

check_PROGRAMS += tests/attack/test-flip
tests_attack_test_flip_SOURCES = tests/attack/test-flip.c \
	tests/media/make-medium.c tests/media/make-medium.h \
	tests/media/site.c tests/media/site.h tests/scratch.h
tests_attack_test_flip_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/attack/test-allocation
tests_attack_test_allocation_SOURCES = tests/attack/test-allocation.c
tests_attack_test_allocation_LDADD = $(LIBATTACK)

check_PROGRAMS += tests/attack/test-archive-attacks
tests_attack_test_archive_attacks_SOURCES = tests/attack/test-archive-attacks.c \
	tests/attack/hostile-archive.c tests/attack/hostile-archive.h \
	mirror/unpack.c mirror/unpack-end.c tests/scratch.h
tests_attack_test_archive_attacks_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)

check_PROGRAMS += tests/attack/test-archive-forms
tests_attack_test_archive_forms_SOURCES = tests/attack/test-archive-forms.c \
	tests/attack/hostile-archive.c tests/attack/hostile-archive.h tests/scratch.h
tests_attack_test_archive_forms_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)

check_PROGRAMS += tests/attack/test-archive-by-hand
tests_attack_test_archive_by_hand_SOURCES = tests/attack/test-archive-by-hand.c \
	tests/attack/hostile-archive.c tests/attack/hostile-archive.h tests/scratch.h
tests_attack_test_archive_by_hand_LDADD = $(LIBMIRROR) $(CMOCKA_LIBS)

check_PROGRAMS += tests/attack/test-wycheproof
tests_attack_test_wycheproof_SOURCES = tests/attack/test-wycheproof.c
tests_attack_test_wycheproof_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_DIST += tests/fixtures/wycheproof

check_PROGRAMS += tests/attack/test-pkits
tests_attack_test_pkits_SOURCES = tests/attack/test-pkits.c
tests_attack_test_pkits_LDADD = $(LIBATTACK)
EXTRA_DIST += tests/attack/pkits.tsv tests/attack/pkits.sh

# After every other test of the run, as it reads their logs.
TESTS += tests/attack/catalogue.sh
EXTRA_DIST += tests/attack/catalogue.sh tests/attack/catalogue.tsv
tests/attack/catalogue.log: $(TEST_LOGS:tests/attack/catalogue.log=)
tests/attack/catalogue.log: export TESTS_OF_RUN = $(TEST_LOGS)

EXTRA_PROGRAMS += tests/attack/mutate-image
CLEANFILES += tests/attack/mutate-image
tests_attack_mutate_image_SOURCES = tests/attack/mutate-image.c \
	tests/attack/mutate.c tests/attack/mutate.h tests/attack/mutate-aimed.c
tests_attack_mutate_image_LDADD = $(LIBBASE)
TESTS += tests/attack/image-mutations.sh
EXTRA_DIST += tests/attack/image-mutations.sh
tests/attack/image-mutations.log: tests/attack/mutate-image \
	tests/system/make-exfat tests/system/make-ntfs
