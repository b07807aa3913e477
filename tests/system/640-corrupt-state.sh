#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A state database that is damaged in several ways: nothing is imported over it, nothing of the state
# folder is changed, the socket says what is wrong and what to do, and the backup brings all back.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

db=

header() { dd if=/dev/zero of="$db" bs=16 count=1 conv=notrunc status=none; }
garbage() { dd if=/dev/urandom of="$db" bs=4096 count=1 conv=notrunc status=none; }
half() { truncate -s "$(($(stat -c %s "$db") / 2))" "$db"; }
page() { dd if=/dev/zero of="$db" bs=4096 seek=3 count=2 conv=notrunc status=none; }
text() { printf 'not a database at all, but long enough to be looked at\n' >"$db"; }

# Everything in the state folder but the lock, which names who tried.
fingerprint() {
    (cd "$work/state" && find . -type f ! -name lock ! -name '*-wal' ! -name '*-shm' -exec sha384sum {} + | sort)
}

damaged() {
    cp -p "$work/backup.db" "$db"
    rm -f "$db-wal" "$db-shm"
    "$1"
    before=$(fingerprint)
    expect 1 "$1: no import [H8]" agent run --once --import "$work/medium-2"
    says "$1: told" 'state-corrupt|state.db|database'
    # The socket is there, to say it.
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
        --socket "$work/socket" run </dev/null >>"$work-agent-log" 2>&1 &
    agent_pid=$!
    tries=0
    until [ -S "$work/socket" ] || [ $tries -gt 200 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    expect 1 "$1: status" client status
    says "$1: what is wrong" 'state-corrupt|database'
    says "$1: and what to do" 'Restore it from backup'
    expect 1 "$1: an import" client import "$work/medium-2"
    says "$1: is refused for that" 'state-corrupt|database'
    agent_stop
    [ "$(fingerprint)" = "$before" ]
    tap_result $? "$1: nothing was changed ($who)"
}

corrupt() {
    db=$work/state/state.db
    expect 0 'a mirror and a medium' make_mirror
    expect 0 'an enrolment' enrol
    expect 0 'a newer medium' next_medium 2 available
    expect 0 'the first one' agent run --once --import "$work/medium-1"
    cp -p "$db" "$work/backup.db"
    damaged header
    damaged garbage
    damaged half
    damaged page
    damaged text
    cp -p "$work/backup.db" "$db"
    rm -f "$db-wal" "$db-shm"
    expect 0 'with the backup the newer one is imported' agent run --once --import "$work/medium-2"
    agent_start || return
    expect 0 'and serves' client contents --json
    holds 'version 2' '[.contents[] | select(.version == "2")] | length == 1'
}

for_each_user corrupt
tap_done
