# tests/drivers
check_PROGRAMS += tests/drivers/test-harness
tests_drivers_test_harness_SOURCES = tests/drivers/test-harness.c tests/scratch.h
tests_drivers_test_harness_LDADD = $(LIBBASE) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_harness_DEPENDENCIES = drivers/sallyport-driver-null

check_PROGRAMS += tests/drivers/test-flags
tests_drivers_test_flags_SOURCES = tests/drivers/test-flags.c \
	tests/drivers/driver-scene.h tests/scratch.h
tests_drivers_test_flags_LDADD = libflags.a $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_flags_DEPENDENCIES = drivers/sallyport-driver-flags

check_PROGRAMS += tests/drivers/test-hash-index tests/drivers/test-hash-names tests/drivers/test-reputation-key
tests_drivers_test_hash_index_SOURCES = tests/drivers/test-hash-index.c tests/scratch.h
tests_drivers_test_hash_index_LDADD = $(LIBHASHINDEX) $(CMOCKA_LIBS)
tests_drivers_test_hash_names_SOURCES = tests/drivers/test-hash-names.c tests/scratch.h
tests_drivers_test_hash_names_LDADD = $(LIBHASHINDEX) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-telemetry
tests_drivers_test_telemetry_SOURCES = tests/drivers/test-telemetry.c \
	tests/drivers/driver-scene.h tests/scratch.h
tests_drivers_test_telemetry_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_telemetry_DEPENDENCIES = drivers/sallyport-driver-telemetry
EXTRA_DIST += tests/fixtures/content/telemsup
tests_drivers_test_reputation_key_SOURCES = tests/drivers/test-reputation-key.c
tests_drivers_test_reputation_key_LDADD = $(LIBREPUTATIONKEY) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-reputation
tests_drivers_test_reputation_SOURCES = tests/drivers/test-reputation.c \
	tests/drivers/driver-scene.h tests/scratch.h
tests_drivers_test_reputation_LDADD = $(LIBREPUTATIONKEY) $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_reputation_DEPENDENCIES = drivers/sallyport-driver-scanner

check_PROGRAMS += tests/drivers/test-key-list
tests_drivers_test_key_list_SOURCES = tests/drivers/test-key-list.c tests/scratch.h
tests_drivers_test_key_list_LDADD = $(LIBCOMPILE) $(CMOCKA_LIBS)
EXTRA_DIST += tests/fixtures/content/local-rep-data

check_PROGRAMS += tests/drivers/convert/test-yaml-tree tests/drivers/convert/test-lua-text
tests_drivers_convert_test_yaml_tree_SOURCES = tests/drivers/convert/test-yaml-tree.c
tests_drivers_convert_test_yaml_tree_LDADD = $(LIBCONVERT) $(CMOCKA_LIBS)
tests_drivers_convert_test_lua_text_SOURCES = tests/drivers/convert/test-lua-text.c
tests_drivers_convert_test_lua_text_LDADD = $(LIBCONVERT) $(LUAJIT_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/drivers/convert/test-sigma
EXTRA_DIST += tests/fixtures/sigma tests/fixtures/content/behavior tests/fixtures/content/product-rules-feed
tests_drivers_convert_test_sigma_SOURCES = tests/drivers/convert/test-sigma.c \
	tests/drivers/convert/rule-host.c tests/drivers/convert/rule-host.h
tests_drivers_convert_test_sigma_LDADD = $(LIBCONVERT) $(LUAJIT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-remapper
tests_drivers_test_remapper_SOURCES = tests/drivers/test-remapper.c \
	tests/drivers/driver-scene.h tests/scratch.h
tests_drivers_test_remapper_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_remapper_DEPENDENCIES = drivers/sallyport-driver-remapper

FEED_SCENE = tests/drivers/feed-scene.h tests/drivers/driver-scene.h tests/scratch.h
check_PROGRAMS += tests/drivers/test-repair tests/drivers/test-exclusions
tests_drivers_test_repair_SOURCES = tests/drivers/test-repair.c $(FEED_SCENE)
tests_drivers_test_repair_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_repair_DEPENDENCIES = drivers/sallyport-driver-repair
tests_drivers_test_exclusions_SOURCES = tests/drivers/test-exclusions.c $(FEED_SCENE)
tests_drivers_test_exclusions_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_exclusions_DEPENDENCIES = drivers/sallyport-driver-exclusions
EXTRA_DIST += tests/fixtures/content/repair-kit tests/fixtures/content/appfeed \
	tests/fixtures/content/userappfeed

check_PROGRAMS += tests/drivers/test-remapper-hostile
tests_drivers_test_remapper_hostile_SOURCES = tests/drivers/test-remapper-hostile.c \
	tests/drivers/driver-scene.h tests/scratch.h
tests_drivers_test_remapper_hostile_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_remapper_hostile_DEPENDENCIES = drivers/sallyport-driver-remapper

check_PROGRAMS += tests/drivers/test-behavior-detect tests/drivers/test-behavior-number
check_PROGRAMS += tests/drivers/test-behavior-state
tests_drivers_test_behavior_number_SOURCES = tests/drivers/test-behavior-number.c
tests_drivers_test_behavior_number_LDADD = $(LIBBEHAVIOR) $(CMOCKA_LIBS)
tests_drivers_test_behavior_detect_SOURCES = tests/drivers/test-behavior-detect.c
tests_drivers_test_behavior_detect_LDADD = $(LIBBEHAVIOR) $(CMOCKA_LIBS)
tests_drivers_test_behavior_state_SOURCES = tests/drivers/test-behavior-state.c
tests_drivers_test_behavior_state_LDADD = $(LIBBEHAVIOR) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-rule-engine
tests_drivers_test_rule_engine_SOURCES = tests/drivers/test-rule-engine.c tests/drivers/rule-scene.h
tests_drivers_test_rule_engine_LDADD = $(LIBRULE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-rule-pause
tests_drivers_test_rule_pause_SOURCES = tests/drivers/test-rule-pause.c
tests_drivers_test_rule_pause_LDADD = $(LIBRULE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-rule-telemetry
tests_drivers_test_rule_telemetry_SOURCES = tests/drivers/test-rule-telemetry.c
tests_drivers_test_rule_telemetry_LDADD = $(LIBRULE) $(CMOCKA_LIBS)

check_PROGRAMS += tests/drivers/test-rule-escape
tests_drivers_test_rule_escape_SOURCES = tests/drivers/test-rule-escape.c tests/drivers/rule-scene.h
tests_drivers_test_rule_escape_LDADD = $(LIBRULE) $(CMOCKA_LIBS)

BEHAVIOR_SCENE = tests/drivers/behavior-scene.h tests/drivers/driver-scene.h tests/scratch.h
check_PROGRAMS += tests/drivers/test-behavior-main
tests_drivers_test_behavior_main_SOURCES = tests/drivers/test-behavior-main.c $(BEHAVIOR_SCENE)
tests_drivers_test_behavior_main_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_behavior_main_DEPENDENCIES = drivers/sallyport-driver-behavior
check_PROGRAMS += tests/drivers/test-behavior-serve
tests_drivers_test_behavior_serve_SOURCES = tests/drivers/test-behavior-serve.c $(BEHAVIOR_SCENE) \
	tests/agent/tiny-index.c tests/agent/tiny-index.h
tests_drivers_test_behavior_serve_LDADD = $(LIBHASHINDEX) $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_behavior_serve_DEPENDENCIES = drivers/sallyport-driver-behavior
check_PROGRAMS += tests/drivers/test-behavior-replay
tests_drivers_test_behavior_replay_SOURCES = tests/drivers/test-behavior-replay.c $(BEHAVIOR_SCENE)
tests_drivers_test_behavior_replay_LDADD = $(LIBMEDIA) $(CMOCKA_LIBS)
EXTRA_tests_drivers_test_behavior_replay_DEPENDENCIES = drivers/sallyport-driver-behavior
