#!/bin/sh
# SPDX-License-Identifier: ISC
#
# make bench: every measurement in turn, and the machine that they were made on.
set -u
machine() {
    printf '%s, %s processors, %s MiB, Linux %s, %s, load %s\n\n' \
        "$(sed -n 's/^model name[[:space:]]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" \
        "$(awk '$1 == "MemTotal:" { print int($2 / 1024) }' /proc/meminfo)" \
        "$(uname -r)" "$(date -u +%Y-%m-%d)" "$(cut -d' ' -f1 /proc/loadavg)"
}

# part NAME TITLE COMMAND...: what it prints is kept for goals.sh.
part() {
    name=$1 title=$2
    shift 2
    echo "== $title"
    "$@" | tee "$outputs/$name"
    echo
}

digest() {
    # One stream; OpenSSL counts in thousands of bytes.
    openssl speed -seconds 1 -bytes 1048576 -evp sha384 2>/dev/null |
        awk '$1 == "sha384" { printf "%-18s %-8s %7.2f GB/s\n", "1 MiB", "OpenSSL", $2 / 1e6 }'
    "$TOP_BUILDDIR/tests/bench/digest" "${BENCH_ROUNDS:-12}"
}
reputation() {
    "$TOP_BUILDDIR/tests/bench/reputation" "${BENCH_KEYS:-5000000}"
}
reputation_trip() {
    sh "$scripts/reputation-trip.sh" "${BENCH_KEYS:-5000000}"
}
events() {
    for program in events-lua events-luajit events-memory; do
        "$TOP_BUILDDIR/tests/bench/$program" "${BENCH_SECONDS:-3}"
    done
    "$TOP_BUILDDIR/tests/bench/events" "$TOP_BUILDDIR/drivers" "${BENCH_SECONDS:-3}"
}

scripts=$TOP_SRCDIR/tests/bench
outputs=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-bench.XXXXXX") || exit 1
trap 'rm -rf "$outputs"' EXIT
rows=$outputs/rows
: >"$rows"

machine
part digest 'SHA-384: one message after the other, and many side by side, one thread' digest
part reputation 'reputation: lookups in one process' reputation
part reputation-trip 'reputation: from a list to an answer' reputation_trip
part events 'behaviour rules: reactions, and a storm of events' events
part trip 'from a publisher to an endpoint, beside others' sh "$scripts/trip.sh" "$rows"
part flat 'memory of intake' sh "$scripts/flat.sh" "$rows"
part goals 'goals' sh "$scripts/goals.sh" "$rows" "$outputs"
