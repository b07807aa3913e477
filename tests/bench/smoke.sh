#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What make bench does, with a content so small that nothing can be said of its speed: the three
# versions come to an endpoint as they were published, the later ones over the first; what a step
# took is recorded; a goal that is missed is printed as missed, one without figures as not measured.
set -u
. "$TOP_SRCDIR/tests/tap.sh"
scripts=$TOP_SRCDIR/tests/bench programs=$TOP_BUILDDIR/tests/bench
tap_built "$programs/measure"
command -v jq >/dev/null || tap_skip_all 'jq is not installed'
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
rows=$folder/rows
: >"$rows"

# has NAME ROW: a line of the rows begins so and goes on with a number above 0.
has() {
    awk -v row="$2" '$1 " " $2 " " $3 == row && $4 > 0 { found = 1 } END { exit !found }' "$rows"
    tap_result $? "$1"
}

for copy in 1 2; do
    "$programs/make-content" "$folder/content-$copy" 4M 1 3 >"$folder/out"
done
diff -r "$folder/content-1" "$folder/content-2" >"$folder/out" 2>&1
tap_result $? 'the same arguments make the same content'
"$programs/make-content" "$folder/content-3" 4M 1 1 >"$folder/out"
! diff -r "$folder/content-1" "$folder/content-3" >"$folder/out" 2>&1
tap_result $? 'another version is another content'

BENCH_SIZE=4M BENCH_RUNS=1 BENCH_PEERS='' BENCH_IDLE_SECONDS=0 BENCH_DIR=$folder \
    BENCH_MEDIA=$folder sh "$scripts/trip.sh" "$rows" >"$folder/out" 2>&1
tap_result $? 'the whole trip, ours alone'
grep 'none' "$rows" | grep -E 'failed|differs' >"$folder/wrong"
[ ! -s "$folder/wrong" ]
tap_result $? 'nothing failed, and what came to the endpoint is what was published'
[ ! -s "$folder/wrong" ] || sed 's/^/# /' "$folder/wrong" "$folder/out"
has 'time was measured' 'ours import1 wall'
if [ "$(id -u)" -ne 0 ] || [ "$(stat -f -c %T "$folder")" = tmpfs ]; then
    tap_skip 'of an agent that was asked: what it wrote' 'needs root, and a folder on a disk'
else
    has 'of an agent that was asked: what it wrote' 'ours import1 written'
fi
has 'and the largest size of one of its children' 'ours import1 intake'
has 'a medium has bytes' 'ours export1 bytes'

cat >"$folder/planted" <<'END'
ours import1 wall 3
ours import1 wall 1
ours import1 wall 2
rauc import1 wall 10
ours export1 wall 10
rauc export1 wall 10
rsync all none rsync is not installed
END
sh "$scripts/goals.sh" "$folder/planted" "$folder" >"$folder/goals"
grep -qE '^full import .* 0\.2 .*met$' "$folder/goals"
tap_result $? 'a goal that the median meets'
grep -qE '^export .*MISSED$' "$folder/goals"
tap_result $? 'one that is missed'
grep -q 'not measured: rsync: rsync is not installed$' "$folder/goals"
tap_result $? 'one that has no figures says why'
tap_done
