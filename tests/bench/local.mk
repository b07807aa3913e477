# tests/bench: how fast, beside what others do, in one run on one machine. Not part of check: nothing
# here passes or fails. `./bootstrap bench` installs the peers first.
EXTRA_PROGRAMS += tests/bench/reputation tests/bench/reputation-driver
CLEANFILES += tests/bench/reputation tests/bench/reputation-driver tests/bench/results.txt
tests_bench_reputation_driver_SOURCES = tests/bench/reputation-driver.c
tests_bench_reputation_driver_LDADD = $(LIBMEDIA)
tests_bench_reputation_SOURCES = tests/bench/reputation.c
tests_bench_reputation_LDADD = $(LIBHASHINDEX) -llmdb $(SQLITE_LIBS)
# One source, two interpreters, which can't be in one program.
EXTRA_PROGRAMS += tests/bench/events tests/bench/events-lua tests/bench/events-luajit
CLEANFILES += tests/bench/events tests/bench/events-lua tests/bench/events-luajit
tests_bench_events_SOURCES = tests/bench/events.c
tests_bench_events_LDADD = $(LIBMEDIA)
tests_bench_events_lua_SOURCES = tests/bench/events-plain.c
tests_bench_events_lua_CPPFLAGS = -I/usr/include/lua5.1
tests_bench_events_lua_LDADD = -llua5.1
tests_bench_events_luajit_SOURCES = tests/bench/events-plain.c
tests_bench_events_luajit_CPPFLAGS = $(LUAJIT_CFLAGS) -DWITH_LUAJIT
tests_bench_events_luajit_LDADD = $(LUAJIT_LIBS)
EXTRA_DIST += tests/bench/reputation-trip.sh tests/bench/run.sh

# BENCH_KEYS: that many hashes (5000000).
bench: all tests/bench/reputation tests/bench/reputation-driver tests/bench/events \
    tests/bench/events-lua tests/bench/events-luajit
	TOP_SRCDIR='$(abs_top_srcdir)' TOP_BUILDDIR='$(abs_top_builddir)' \
	    $(SHELL) $(top_srcdir)/tests/bench/run.sh | tee tests/bench/results.txt
