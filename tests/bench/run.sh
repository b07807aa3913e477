#!/bin/sh
# SPDX-License-Identifier: ISC
#
# make bench: every measurement in turn, and the machine that they were made on.
set -u
machine() {
    printf '%s, %s processors, Linux %s, %s\n\n' \
        "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(uname -r)" "$(date -u +%Y-%m-%d)"
}

machine
echo '== reputation: lookups in one process'
"$TOP_BUILDDIR/tests/bench/reputation" "${BENCH_KEYS:-5000000}"

echo
echo '== reputation: from a list to an answer'
sh "$TOP_SRCDIR/tests/bench/reputation-trip.sh" "${BENCH_KEYS:-5000000}"

echo
echo '== behaviour rules: reactions, and a storm of events'
for program in events-lua events-luajit; do
    "$TOP_BUILDDIR/tests/bench/$program" "${BENCH_SECONDS:-3}"
done
"$TOP_BUILDDIR/tests/bench/events" "$TOP_BUILDDIR/drivers" "${BENCH_SECONDS:-3}"
