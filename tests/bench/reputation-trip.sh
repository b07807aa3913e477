#!/bin/sh
# SPDX-License-Identifier: ISC
#
# reputation-trip.sh KEYS: a list of so many hashes from the publisher's file to the first answer at
# an endpoint: seconds of each step, what the driver's process holds, lookups over the socket.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
keys=$1
system_begin
work=$folder/work who=bench
mkdir -p "$work/lists"

# timed LABEL COMMAND...: one row; the command's words only where it fails.
timed() {
    label=$1
    shift
    began=$(date +%s.%N)
    "$@" >"$work-out" 2>"$work-err" || {
        cat "$work-out" "$work-err"
        exit 1
    }
    echo "$label $(date +%s.%N) $began" | awk '{ printf "%-34s %8.2f s\n", $1, $2 - $3 }' |
        sed 's/_/ /g'
}

# memory FIELD PID: of /proc/PID/status, in MiB.
memory() {
    awk -v field="$1:" '$1 == field { printf "%.1f", $2 / 1024 }' "/proc/$2/status"
}

import() {
    client import "$work/stick"
}
first() {
    client rep "$(head -n 1 "$work/lists/sha256.csv" | cut -d, -f1)"
}
many() {
    cut -d, -f1 "$work/lists/sha256.csv" | head -n 100000 >"$work/asked"
    "$folder/bin/sallyport" --socket "$work/socket" rep - --json <"$work/asked"
}

"$TOP_BUILDDIR/tests/bench/reputation" list "$keys" >"$work/lists/sha256.csv"
mirror init "$work/repo" --org Bench --ring one --unprotected-keys >"$work-out" 2>&1 || exit 1
echo "$keys keys, $(du -m "$work/lists/sha256.csv" | cut -f1) MiB of CSV"
timed 'publish_(compile,_check,_pack,_sign)' mirror publish local-rep-data "$work/lists" --version 1
timed export mirror export "$work/stick" --ring one
printf 'correct horse battery staple\n' >"$work-passphrase"
chmod 600 "$work-passphrase"
mirror enroll endpoint --ring one -o "$work/e" \
    --passphrase-file "$work-passphrase" >"$work-out" 2>&1 || exit 1
agent enroll "$work/e" --passphrase-file "$work-passphrase" >"$work-out" 2>&1 || exit 1
agent_start || exit 1
timed 'import_(verify,_check,_activate)' import
timed 'first_rep' first
timed '100,000_reps_over_the_socket' many
jq -e '.sha256 | length == 100000 and all(.verdict != "unknown")' "$work-out" >/dev/null ||
    echo 'NOT ALL WERE FOUND'
echo 'the process of the agent:'
for pid in $(pgrep -P "$agent_pid" -f sallyport-driver-scanner); do
    echo "driver: $(memory RssAnon "$pid") MiB private, $(memory RssFile "$pid") MiB of the mapped" \
        "file resident (shared), $(memory VmHWM "$pid") MiB at most"
done

echo
echo 'a driver process of its own, on the same files:'
"$TOP_BUILDDIR/tests/bench/reputation-driver" "$folder/libexec" \
    "$work/state/content/local-rep-data/current" "$work/lists/sha256.csv" 200000
