# tests/fuzz: one target a parser. Without --enable-fuzzing each replays its corpus in make check;
# with it (clang) each is a libFuzzer program and `make fuzz-smoke` runs them for ten seconds each.
# A target is a row in FUZZERS, its SOURCES and LDADD, and a folder corpus-NAME.
FUZZERS = \
	tests/fuzz/fuzz-json \
	tests/fuzz/fuzz-text
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

tests_fuzz_fuzz_text_SOURCES = tests/fuzz/fuzz-text.c tests/fuzz/fuzz.h $(FUZZ_MAIN)
tests_fuzz_fuzz_text_LDADD = $(LIBBASE)
tests_fuzz_fuzz_text_LDFLAGS = $(FUZZ_LINK)

EXTRA_DIST += \
	tests/fuzz/replay.c \
	tests/fuzz/corpus-json \
	tests/fuzz/corpus-text

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
