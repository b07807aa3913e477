#!/bin/sh
# SPDX-License-Identifier: ISC
#
# flat.sh ROWS: what intake takes for contents of different sizes, ours alone. Appends rows "small"
# and "large" for goals.sh. With BENCH_BIG=1 the largest has 8 GiB, which wants some 40 GB in BENCH_DIR.
set -u
rows=$1
sizes="${BENCH_SMALL:-128M} ${BENCH_SIZE:-1G}"
[ -z "${BENCH_BIG-}" ] || sizes="$sizes 8G"
own=$(mktemp) || exit 1
trap 'rm -f "$own"' EXIT
name=small
for size in $sizes; do
    : >"$own"
    BENCH_SIZE=$size BENCH_RUNS=1 BENCH_PEERS='' BENCH_VERSIONS=1 BENCH_IDLE_SECONDS=0 \
        BENCH_MEDIA="${BENCH_DIR:-/var/tmp}" \
        sh "$TOP_SRCDIR/tests/bench/trip.sh" "$own" >"$own.out" 2>&1 || cat "$own.out"
    rm -f "$own.out"
    awk -v name="$name" -v size="$size" '
    $1 == "ours" && $2 == "import1" && $3 == "intake" {
        print name, "import1", "intake", $4 >>rows
        printf "%-6s intake %.1f MiB\n", size, $4 / 1024
    }' rows="$rows" "$own"
    name=large
done
