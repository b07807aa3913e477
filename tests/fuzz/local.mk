# tests/fuzz: one target a parser. Without --enable-fuzzing each replays its corpus in make check;
# with it (clang) each is a libFuzzer program and `make fuzz-smoke` runs them for ten seconds each.
# A target is a row in FUZZERS, its SOURCES and LDADD, and a folder corpus-NAME.
FUZZERS = \
	tests/fuzz/fuzz-control \
	tests/fuzz/fuzz-destination \
	tests/fuzz/fuzz-digest-lanes \
	tests/fuzz/fuzz-evaluation \
	tests/fuzz/fuzz-event \
	tests/fuzz/fuzz-event-filter \
	tests/fuzz/fuzz-flags \
	tests/fuzz/fuzz-hash-index \
	tests/fuzz/fuzz-inventory \
	tests/fuzz/fuzz-json \
	tests/fuzz/fuzz-mountinfo \
	tests/fuzz/fuzz-nsrl \
	tests/fuzz/fuzz-sensor-proc \
	tests/fuzz/fuzz-sensor-start \
	tests/fuzz/fuzz-settings \
	tests/fuzz/fuzz-sigma \
	tests/fuzz/fuzz-sources \
	tests/fuzz/fuzz-tar \
	tests/fuzz/fuzz-text \
	tests/fuzz/fuzz-verify \
	tests/fuzz/fuzz-der \
	tests/fuzz/fuzz-cms \
	tests/fuzz/fuzz-timestamp \
	tests/fuzz/fuzz-certificate \
	tests/fuzz/fuzz-remapper \
	tests/fuzz/fuzz-request \
	tests/fuzz/fuzz-root \
	tests/fuzz/fuzz-rule \
	tests/fuzz/fuzz-package \
	tests/fuzz/fuzz-set \
	tests/fuzz/fuzz-export \
	tests/fuzz/fuzz-recipe \
	tests/fuzz/fuzz-pack \
	tests/fuzz/fuzz-frame-codec \
	tests/fuzz/fuzz-unseal \
	tests/fuzz/fuzz-usb-descriptor \
	tests/fuzz/fuzz-usb-rule \
	tests/fuzz/fuzz-names \
	tests/fuzz/fuzz-pristine \
	tests/fuzz/fuzz-http \
	tests/fuzz/fuzz-image \
	tests/fuzz/fuzz-enrolment \
	tests/fuzz/fuzz-tsa-reply
if FUZZING
EXTRA_PROGRAMS += $(FUZZERS)
FUZZ_MAIN =
FUZZ_LINK = $(AM_LDFLAGS) -fsanitize=fuzzer
else
check_PROGRAMS += $(FUZZERS)
FUZZ_MAIN = tests/fuzz/replay.c
FUZZ_LINK = $(AM_LDFLAGS)
endif

tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz-json.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_json_LDADD = $(LIBBASE)
tests_fuzz_fuzz_json_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-json

tests_fuzz_fuzz_pristine_SOURCES = tests/fuzz/fuzz-pristine.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_pristine_LDADD = $(LIBAGENT)
tests_fuzz_fuzz_pristine_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-pristine

tests_fuzz_fuzz_inventory_SOURCES = tests/fuzz/fuzz-inventory.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_inventory_LDADD = $(LIBINVENTORY)
tests_fuzz_fuzz_inventory_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-inventory

tests_fuzz_fuzz_event_SOURCES = tests/fuzz/fuzz-event.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_event_LDADD = $(LIBBASE)
tests_fuzz_fuzz_event_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-event

tests_fuzz_fuzz_event_filter_SOURCES = tests/fuzz/fuzz-event-filter.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_event_filter_LDADD = $(LIBBASE)
tests_fuzz_fuzz_event_filter_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-event-filter
tests_fuzz_fuzz_rule_SOURCES = tests/fuzz/fuzz-rule.c tests/fuzz/fuzz.h \
	tests/drivers/rule-scene.h $(FUZZ_MAIN)
tests_fuzz_fuzz_rule_LDADD = $(LIBRULE)
tests_fuzz_fuzz_rule_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-rule

tests_fuzz_fuzz_usb_descriptor_SOURCES = tests/fuzz/fuzz-usb-descriptor.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_usb_descriptor_LDADD = $(LIBBASE)
tests_fuzz_fuzz_usb_descriptor_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-usb-descriptor

tests_fuzz_fuzz_usb_rule_SOURCES = tests/fuzz/fuzz-usb-rule.c tests/fuzz/fuzz.h \
	tests/media/base/usb-scene.h $(FUZZ_MAIN)
tests_fuzz_fuzz_usb_rule_LDADD = $(LIBBASE)
tests_fuzz_fuzz_usb_rule_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-usb-rule

tests_fuzz_fuzz_sigma_SOURCES = tests/fuzz/fuzz-sigma.c tests/fuzz/fuzz.h $(FUZZ_MAIN) \
	tests/drivers/convert/rule-host.c tests/drivers/convert/rule-host.h
tests_fuzz_fuzz_sigma_LDADD = $(LIBCONVERT) $(LUAJIT_LIBS)
tests_fuzz_fuzz_sigma_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-sigma

tests_fuzz_fuzz_settings_SOURCES = tests/fuzz/fuzz-settings.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_settings_LDADD = $(LIBMIRROR)
tests_fuzz_fuzz_settings_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-settings

tests_fuzz_fuzz_hash_index_SOURCES = tests/fuzz/fuzz-hash-index.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_hash_index_LDADD = $(LIBHASHINDEX)
tests_fuzz_fuzz_hash_index_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-hash-index

tests_fuzz_fuzz_sources_SOURCES = tests/fuzz/fuzz-sources.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_sources_LDADD = $(LIBCOMPILE)
tests_fuzz_fuzz_sources_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-sources

tests_fuzz_fuzz_nsrl_SOURCES = tests/fuzz/fuzz-nsrl.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_nsrl_LDADD = $(LIBCOMPILE)
tests_fuzz_fuzz_nsrl_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-nsrl

tests_fuzz_fuzz_tar_SOURCES = tests/fuzz/fuzz-tar.c tests/fuzz/fuzz.h $(FUZZ_MAIN) \
	agent/reader-tar.h agent/reader-tar-headers.c agent/reader-tar-index.c
tests_fuzz_fuzz_tar_LDADD = $(LIBBASE) $(ARCHIVE_LIBS)
tests_fuzz_fuzz_tar_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-tar

tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz-text.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_text_LDADD = $(LIBBASE)
tests_fuzz_fuzz_text_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-text

tests_fuzz_fuzz_flags_SOURCES = tests/fuzz/fuzz-flags.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_flags_LDADD = libflags.a $(LIBBASE)
tests_fuzz_fuzz_flags_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-flags

tests_fuzz_fuzz_remapper_SOURCES = tests/fuzz/fuzz-remapper.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_remapper_LDADD = libremap.a $(LIBBASE) $(XML_LIBS)
tests_fuzz_fuzz_remapper_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-remapper tests/fixtures/content/remapper-rules \
	tests/fixtures/content/policy

tests_fuzz_fuzz_destination_SOURCES = tests/fuzz/fuzz-destination.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_destination_LDADD = $(LIBBASE)
tests_fuzz_fuzz_destination_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-destination

tests_fuzz_fuzz_request_SOURCES = tests/fuzz/fuzz-request.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_request_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_request_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-request

tests_fuzz_fuzz_root_SOURCES = tests/fuzz/fuzz-root.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_root_LDADD = $(LIBMEDIAWRITE)
tests_fuzz_fuzz_root_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-root

tests_fuzz_fuzz_package_SOURCES = tests/fuzz/fuzz-package.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_package_LDADD = $(LIBMEDIAWRITE)
tests_fuzz_fuzz_package_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-package

tests_fuzz_fuzz_set_SOURCES = tests/fuzz/fuzz-set.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_set_LDADD = $(LIBMEDIAWRITE)
tests_fuzz_fuzz_set_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-set

tests_fuzz_fuzz_export_SOURCES = tests/fuzz/fuzz-export.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_export_LDADD = $(LIBMEDIAWRITE)
tests_fuzz_fuzz_export_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-export

tests_fuzz_fuzz_recipe_SOURCES = tests/fuzz/fuzz-recipe.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_recipe_LDADD = $(LIBMEDIAWRITE)
tests_fuzz_fuzz_recipe_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-recipe

tests_fuzz_fuzz_pack_SOURCES = tests/fuzz/fuzz-pack.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_pack_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_pack_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-pack

tests_fuzz_fuzz_frame_codec_SOURCES = tests/fuzz/fuzz-frame-codec.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_frame_codec_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_frame_codec_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-frame-codec

tests_fuzz_fuzz_names_SOURCES = tests/fuzz/fuzz-names.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_names_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_names_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-names

tests_fuzz_fuzz_http_SOURCES = tests/fuzz/fuzz-http.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_http_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_http_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-http

tests_fuzz_fuzz_control_SOURCES = tests/fuzz/fuzz-control.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_control_LDADD = $(LIBCONTROL)
tests_fuzz_fuzz_control_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-control

tests_fuzz_fuzz_verify_SOURCES = tests/fuzz/fuzz-verify.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_verify_LDADD = $(LIBFORGE) $(LIBMEDIAWRITE)
tests_fuzz_fuzz_verify_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-verify

tests_fuzz_fuzz_der_SOURCES = tests/fuzz/fuzz-der.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_der_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_der_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-der

tests_fuzz_fuzz_cms_SOURCES = tests/fuzz/fuzz-cms.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_cms_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_cms_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-cms

tests_fuzz_fuzz_timestamp_SOURCES = tests/fuzz/fuzz-timestamp.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_timestamp_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_timestamp_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-timestamp

tests_fuzz_fuzz_certificate_SOURCES = tests/fuzz/fuzz-certificate.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_certificate_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_certificate_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-certificate

tests_fuzz_fuzz_enrolment_SOURCES = tests/fuzz/fuzz-enrolment.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_enrolment_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_enrolment_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-enrolment

tests_fuzz_fuzz_tsa_reply_SOURCES = tests/fuzz/fuzz-tsa-reply.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_tsa_reply_LDADD = $(LIBMEDIAWRITE)
tests_fuzz_fuzz_tsa_reply_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-tsa-reply

tests_fuzz_fuzz_unseal_SOURCES = tests/fuzz/fuzz-unseal.c tests/fuzz/fuzz.h $(FUZZ_MAIN) \
	tests/media/seal-by-hand.c tests/media/seal-by-hand.h
tests_fuzz_fuzz_unseal_LDADD = $(LIBUNSEAL)
tests_fuzz_fuzz_unseal_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-unseal

EXTRA_DIST += tests/fuzz/replay.c

# Seeds that our own writers make; run when a format changes, then commit what it wrote.
EXTRA_PROGRAMS += tests/fuzz/seeds
tests_fuzz_seeds_SOURCES = tests/fuzz/seeds.c tests/media/sample-documents.c \
	tests/media/seal-by-hand.c tests/media/seal-by-hand.h
tests_fuzz_seeds_LDADD = $(LIBFORGE) $(LIBMEDIAWRITE) $(CMOCKA_LIBS)
fuzz-seeds: tests/fuzz/seeds
	tests/fuzz/seeds $(top_srcdir)/tests/fuzz

FUZZ_SECONDS = 10
fuzz-smoke: $(FUZZERS)
if FUZZING
	@printf '%s\n' $(FUZZERS) | xargs -P "$$(nproc)" -I FUZZER sh -c 'name=FUZZER; \
	    name=$${name##*/fuzz-}; mkdir -p "fuzz-$$name"; \
	    FUZZER -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -print_final_stats=1 \
	        -artifact_prefix="fuzz-$$name-" "fuzz-$$name" \
	        "$(abs_top_srcdir)/tests/fuzz/corpus-$$name" >"fuzz-$$name.log" 2>&1 || \
	    { tail -n 40 "fuzz-$$name.log"; echo "not ok: FUZZER"; exit 255; }; \
	    echo "ok: FUZZER: $$(sed -n "s/stat::number_of_executed_units: *//p" "fuzz-$$name.log") runs"'
else
	@echo 'Configure with CC=clang --enable-fuzzing --enable-sanitizers first.' >&2; exit 2
endif

tests_fuzz_fuzz_evaluation_SOURCES = tests/fuzz/fuzz-evaluation.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_evaluation_LDADD = $(LIBAGENT)
tests_fuzz_fuzz_evaluation_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-evaluation

tests_fuzz_fuzz_image_SOURCES = tests/fuzz/fuzz-image.c tests/fuzz/fuzz.h $(FUZZ_MAIN) \
	agent/reader-image-file.c agent/reader-image-iso.c agent/reader-image-kinds.c \
	agent/reader-image-medium.c agent/reader-image-partitions.c agent/reader-image-tree.c
tests_fuzz_fuzz_image_LDADD = $(LIBBASE) $(TSK_LIBS)
tests_fuzz_fuzz_image_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-image

tests_fuzz_fuzz_digest_lanes_SOURCES = tests/fuzz/fuzz-digest-lanes.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_digest_lanes_LDADD = $(LIBMEDIA)
tests_fuzz_fuzz_digest_lanes_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-digest-lanes

tests_fuzz_fuzz_mountinfo_SOURCES = tests/fuzz/fuzz-mountinfo.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_mountinfo_LDADD = $(LIBSENSOR)
tests_fuzz_fuzz_mountinfo_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-mountinfo

tests_fuzz_fuzz_sensor_proc_SOURCES = tests/fuzz/fuzz-sensor-proc.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_sensor_proc_LDADD = $(LIBSENSOR)
tests_fuzz_fuzz_sensor_proc_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-sensor-proc

tests_fuzz_fuzz_sensor_start_SOURCES = tests/fuzz/fuzz-sensor-start.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_sensor_start_LDADD = $(LIBSENSOR)
tests_fuzz_fuzz_sensor_start_LDFLAGS = $(FUZZ_LINK)
EXTRA_DIST += tests/fuzz/corpus-sensor-start
