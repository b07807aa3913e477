# tests/media
# What writes anything, so that it can be refused; for tests and fuzzers.
check_LIBRARIES += tests/media/libforge.a
tests_media_libforge_a_SOURCES = \
	tests/media/forge.c tests/media/forge-document.c \
	tests/media/forge-edit.c tests/media/forge.h
LIBFORGE = tests/media/libforge.a $(LIBMEDIA)

check_PROGRAMS += tests/media/test-der
tests_media_test_der_SOURCES = tests/media/test-der.c
tests_media_test_der_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-signature
tests_media_test_signature_SOURCES = tests/media/test-signature.c
tests_media_test_signature_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-timestamp
tests_media_test_timestamp_SOURCES = tests/media/test-timestamp.c
tests_media_test_timestamp_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-chain-departures
tests_media_test_chain_departures_SOURCES = \
	tests/media/test-chain-departures.c tests/media/chain-scene.h
tests_media_test_chain_departures_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-chain
tests_media_test_chain_SOURCES = tests/media/test-chain.c tests/media/chain-scene.h
tests_media_test_chain_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-crl
tests_media_test_crl_SOURCES = tests/media/test-crl.c
tests_media_test_crl_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-cms-departures
tests_media_test_cms_departures_SOURCES = \
	tests/media/test-cms-departures.c tests/media/cms-scene.h
tests_media_test_cms_departures_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-cms
tests_media_test_cms_SOURCES = tests/media/test-cms.c tests/media/cms-scene.h
tests_media_test_cms_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-digest
tests_media_test_digest_SOURCES = tests/media/test-digest.c
tests_media_test_digest_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-digest-check
tests_media_test_digest_check_SOURCES = tests/media/test-digest-check.c
tests_media_test_digest_check_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-digest-thread
tests_media_test_digest_thread_SOURCES = tests/media/test-digest-thread.c
tests_media_test_digest_thread_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-digest-lanes
tests_media_test_digest_lanes_SOURCES = tests/media/test-digest-lanes.c
tests_media_test_digest_lanes_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-document
tests_media_test_document_SOURCES = tests/media/test-document.c
tests_media_test_document_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-asn
tests_media_test_asn_SOURCES = tests/media/test-asn.c
tests_media_test_asn_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-content-type
tests_media_test_content_type_SOURCES = tests/media/test-content-type.c
tests_media_test_content_type_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-tree-index
tests_media_test_tree_index_SOURCES = tests/media/test-tree-index.c
tests_media_test_tree_index_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/test-volume
tests_media_test_volume_SOURCES = tests/media/test-volume.c
tests_media_test_volume_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-wave
tests_media_test_wave_SOURCES = tests/media/test-wave.c
tests_media_test_wave_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-root
tests_media_test_root_SOURCES = tests/media/test-root.c tests/media/sample-documents.c tests/media/sample-documents.h
tests_media_test_root_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-package
tests_media_test_package_SOURCES = tests/media/test-package.c tests/media/sample-documents.c tests/media/sample-documents.h
tests_media_test_package_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-set
tests_media_test_set_SOURCES = tests/media/test-set.c tests/media/sample-documents.c tests/media/sample-documents.h
tests_media_test_set_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-export
tests_media_test_export_SOURCES = tests/media/test-export.c tests/media/sample-documents.c tests/media/sample-documents.h
tests_media_test_export_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-chunk
tests_media_test_chunk_SOURCES = tests/media/test-chunk.c
tests_media_test_chunk_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-recipe-stream
tests_media_test_recipe_stream_SOURCES = tests/media/test-recipe-stream.c
tests_media_test_recipe_stream_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-recipe
tests_media_test_recipe_SOURCES = tests/media/test-recipe.c
tests_media_test_recipe_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-frame-codec
tests_media_test_frame_codec_SOURCES = tests/media/test-frame-codec.c
tests_media_test_frame_codec_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-record-codec
tests_media_test_record_codec_SOURCES = tests/media/test-record-codec.c
tests_media_test_record_codec_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-pack
tests_media_test_pack_SOURCES = tests/media/test-pack.c
tests_media_test_pack_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-key
tests_media_test_key_SOURCES = tests/media/test-key.c tests/media/site.c tests/media/site.h
tests_media_test_key_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-certify
tests_media_test_certify_SOURCES = tests/media/test-certify.c tests/media/site.c tests/media/site.h
tests_media_test_certify_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-driver-message
tests_media_test_driver_message_SOURCES = tests/media/test-driver-message.c tests/media/driver-scene.h tests/scratch.h
tests_media_test_driver_message_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_media_test_driver_message_DEPENDENCIES = drivers/sallyport-driver-null
check_PROGRAMS += tests/media/test-driver-run
tests_media_test_driver_run_SOURCES = tests/media/test-driver-run.c tests/media/driver-scene.h tests/scratch.h
tests_media_test_driver_run_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
EXTRA_tests_media_test_driver_run_DEPENDENCIES = \
	drivers/sallyport-driver-null drivers/sallyport-driver-flags tests/media/fake-driver
EXTRA_PROGRAMS += tests/media/fake-driver
CLEANFILES += tests/media/fake-driver
tests_media_fake_driver_SOURCES = tests/media/fake-driver.c
tests_media_fake_driver_LDADD = $(LIBBASE)

check_PROGRAMS += tests/media/test-package-build
tests_media_test_package_build_SOURCES = tests/media/test-package-build.c
tests_media_test_package_build_LDADD = $(LIBMEDIAWRITE) $(LIBUNSEAL) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-seal
tests_media_test_seal_SOURCES = tests/media/test-seal.c \
	tests/media/seal-by-hand.c tests/media/seal-by-hand.h
tests_media_test_seal_LDADD = $(LIBMEDIAWRITE) $(LIBUNSEAL) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/test-sign
tests_media_test_sign_SOURCES = tests/media/test-sign.c tests/media/site.c tests/media/site.h \
	tests/run.h tests/scratch.h
tests_media_test_sign_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-enrolment
tests_media_test_enrolment_SOURCES = tests/media/test-enrolment.c
tests_media_test_enrolment_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-tsa-client
tests_media_test_tsa_client_SOURCES = tests/media/test-tsa-client.c tests/media/site.c \
	tests/media/site.h tests/media/tsa-server.c tests/media/tsa-server.h tests/run.h tests/scratch.h
tests_media_test_tsa_client_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-secrets
tests_media_test_secrets_SOURCES = tests/media/test-secrets.c tests/media/site.h tests/scratch.h
tests_media_test_secrets_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-signature-encodings
tests_media_test_signature_encodings_SOURCES = tests/media/test-signature-encodings.c
tests_media_test_signature_encodings_LDADD = $(LIBFORGE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-sign-believed
tests_media_test_sign_believed_SOURCES = tests/media/test-sign-believed.c tests/media/site.c \
	tests/media/site.h
tests_media_test_sign_believed_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-key-token
tests_media_test_key_token_SOURCES = tests/media/test-key-token.c tests/media/site.c \
	tests/media/site.h tests/run.h tests/scratch.h
tests_media_test_key_token_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

TRUST_FIXTURE = \
	tests/media/trust-fixture.c tests/media/trust-fixture.h
check_PROGRAMS += tests/media/test-trust
tests_media_test_trust_SOURCES = tests/media/test-trust.c $(TRUST_FIXTURE)
tests_media_test_trust_LDADD = tests/media/libforge.a $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-trust-root
tests_media_test_trust_root_SOURCES = tests/media/test-trust-root.c $(TRUST_FIXTURE)
tests_media_test_trust_root_LDADD = tests/media/libforge.a $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-trust-crl
tests_media_test_trust_crl_SOURCES = tests/media/test-trust-crl.c $(TRUST_FIXTURE)
tests_media_test_trust_crl_LDADD = tests/media/libforge.a $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-file-digests
tests_media_test_file_digests_SOURCES = tests/media/test-file-digests.c
tests_media_test_file_digests_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
check_PROGRAMS += tests/media/test-frame-queue
tests_media_test_frame_queue_SOURCES = tests/media/test-frame-queue.c
tests_media_test_frame_queue_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-request
tests_media_test_request_SOURCES = tests/media/test-request.c
tests_media_test_request_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-flags
tests_media_test_flags_SOURCES = tests/media/test-flags.c
tests_media_test_flags_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-document-json
tests_media_test_document_json_SOURCES = tests/media/test-document-json.c
tests_media_test_document_json_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-pem
tests_media_test_pem_SOURCES = tests/media/test-pem.c
tests_media_test_pem_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-version
tests_media_test_version_SOURCES = tests/media/test-version.c
tests_media_test_version_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-record-scan
tests_media_test_record_scan_SOURCES = tests/media/test-record-scan.c
tests_media_test_record_scan_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/media/test-delta-build
tests_media_test_delta_build_SOURCES = tests/media/test-delta-build.c
tests_media_test_delta_build_LDADD = $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
