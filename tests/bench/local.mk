# tests/bench: how fast, beside what others do, in one run on one machine. Not part of check: nothing
# here passes or fails. `./bootstrap bench` installs the peers first.
EXTRA_PROGRAMS += tests/bench/digest
CLEANFILES += tests/bench/digest
tests_bench_digest_SOURCES = tests/bench/digest.c
tests_bench_digest_LDADD = $(LIBMEDIA)
EXTRA_PROGRAMS += tests/bench/reputation tests/bench/reputation-driver
CLEANFILES += tests/bench/reputation tests/bench/reputation-driver tests/bench/results.txt
tests_bench_reputation_driver_SOURCES = tests/bench/reputation-driver.c
tests_bench_reputation_driver_LDADD = $(LIBMEDIA)
tests_bench_reputation_SOURCES = tests/bench/reputation.c
tests_bench_reputation_LDADD = $(LIBHASHINDEX) -llmdb $(SQLITE_LIBS)
# One source, two interpreters, which can't be in one program.
bench_events = tests/bench/events-lua tests/bench/events-luajit tests/bench/events-memory \
	tests/bench/events
EXTRA_PROGRAMS += $(bench_events)
CLEANFILES += $(bench_events)
tests_bench_events_SOURCES = tests/bench/events.c tests/bench/events.h
tests_bench_events_LDADD = $(LIBMEDIA)
tests_bench_events_lua_SOURCES = tests/bench/events-plain.c tests/bench/events.h
tests_bench_events_lua_CPPFLAGS = $(AM_CPPFLAGS) -I/usr/include/lua5.1
tests_bench_events_lua_LDADD = -llua5.1
tests_bench_events_luajit_SOURCES = tests/bench/events-plain.c tests/bench/events.h
tests_bench_events_luajit_CPPFLAGS = $(AM_CPPFLAGS) $(LUAJIT_CFLAGS) -DWITH_LUAJIT
tests_bench_events_luajit_LDADD = $(LUAJIT_LIBS)
tests_bench_events_memory_SOURCES = tests/bench/events-memory.c tests/bench/events.h
tests_bench_events_memory_LDADD = libbehavior.a $(LIBDRIVER) $(LIBREPUTATION) $(LIBUNSEAL) librule.a \
	$(LUAJIT_LIBS) $(PCRE2_LIBS) -lm
# The whole trip of a large content, beside what others make of it.
bench_trip = tests/bench/make-content tests/bench/measure tests/bench/record-merge tests/bench/driver
EXTRA_PROGRAMS += $(bench_trip)
CLEANFILES += $(bench_trip)
tests_bench_make_content_SOURCES = tests/bench/make-content.c
tests_bench_make_content_LDADD = $(LIBBASE)
tests_bench_measure_SOURCES = tests/bench/measure.c
tests_bench_measure_LDADD = $(LIBBASE)
tests_bench_record_merge_SOURCES = tests/bench/record-merge.c
tests_bench_driver_SOURCES = tests/bench/driver.c
tests_bench_driver_LDADD = $(LIBDRIVER)
EXTRA_DIST += tests/bench/RESULTS.md tests/bench/flat.sh tests/bench/goals.sh tests/bench/median.sh tests/bench/ours.sh \
    tests/bench/peer.sh tests/bench/reputation-trip.sh tests/bench/run.sh tests/bench/trip.sh \
    tests/bench/trip-ours.sh tests/bench/trip-peers.sh tests/bench/trip-table.sh

tests/bench/smoke.log: $(bench_trip)

# BENCH_KEYS: that many hashes (5000000); trip.sh and flat.sh have the others.
bench_programs = tests/bench/digest tests/bench/reputation tests/bench/reputation-driver \
    $(bench_events) $(bench_trip)
bench: all $(bench_programs)
	TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(top_srcdir)/tests/bench/run.sh | tee tests/bench/results.txt
# The same in less than two minutes, beside the peers that goals name: to see that it runs, not how fast
# anything is.
bench-quick:
	BENCH_PEERS="$${BENCH_PEERS-rauc rsync patch}" BENCH_HELD_MIB=256 BENCH_ROUNDS=2 BENCH_KEYS=500000 BENCH_SECONDS=1 BENCH_SIZE=128M BENCH_RUNS=1 BENCH_SMALL=32M $(MAKE) bench
# What the sources tell of the last whole run.
bench-keep:
	{ echo '# What make bench printed'; echo; sed 's/^/    /; s/ *$$//' tests/bench/results.txt; } \
	    >$(srcdir)/tests/bench/RESULTS.md
