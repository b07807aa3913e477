#!/bin/sh
# SPDX-License-Identifier: ISC
#
# flat.sh ROWS: what intake takes for a smaller content than that of trip.sh, whole and as a change,
# ours alone. Appends rows "small" and, of what trip.sh recorded, "large" for goals.sh. With BENCH_BIG=1
# the largest is a whole one of 8 GiB, which wants some 45 GB in BENCH_DIR.
set -u
rows=$1
own=$(mktemp) || exit 1
trap 'rm -f "$own" "$own.out"' EXIT

# flat NAME SIZE VERSIONS
flat() {
    : >"$own"
    BENCH_SIZE=$2 BENCH_VERSIONS=$3 BENCH_RUNS=1 BENCH_PEERS='' BENCH_IDLE_SECONDS=0 \
        BENCH_MEDIA="${BENCH_DIR:-/var/tmp}" \
        sh "$TOP_SRCDIR/tests/bench/trip.sh" "$own" >"$own.out" 2>&1 || cat "$own.out"
    awk -v name="$1" -v size="$2" -v rows="$rows" '
    $1 == "ours" && $3 == "intake" {
        print name, $2, $3, $4 >>rows
        printf "%-6s %-12s %.1f MiB\n", size, $2, $4 / 1024
    }' "$own"
}

flat small "${BENCH_SMALL:-128M}" '1 2'
awk '$1 == "ours" && $3 == "intake" { $1 = "large"; print }' "$rows" >"$own"
cat "$own" >>"$rows"
[ -z "${BENCH_BIG-}" ] || flat large 8G 1
