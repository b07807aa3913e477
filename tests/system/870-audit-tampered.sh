#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The audit chain of a real endpoint, with somebody at its database: each row changed, removed, moved,
# one added. `audit verify` names the first record that does not fit. A chain that was cut short,
# with its count put right, is one that fits: it takes a head noted elsewhere to see that.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v sqlite3 >/dev/null || tap_skip_all 'sqlite3 is not installed'
system_begin

# A trail of imports, refusals and a failure.
trail() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    for medium in medium-1 medium-2 medium-1 source-1 medium-2; do
        client import "$work/$medium" >/dev/null 2>&1
    done
    client audit verify --json >"$work-out" 2>"$work-err"
    records=$(jq .records "$work-out") head=$(jq -r .head "$work-out")
    [ "$records" -ge 10 ] && jq -e .ok "$work-out" >/dev/null
    tap_result $? "a trail of $records records verifies ($who)"
    agent_stop
    cp "$work/state/state.db" "$work-state.db"
}

# tampered WORDS SQL: the agent starts, verify fails and says so.
tampered() {
    cp "$work-state.db" "$work/state/state.db"
    rm -f "$work/state/state.db-wal"
    sqlite3 "$work/state/state.db" "$2" || { missed="$missed sql:$2"; return; }
    agent_start || { missed="$missed start:$2"; return; }
    client audit verify >"$work-out" 2>"$work-err"
    { [ $? -eq 1 ] && grep -q "$1" "$work-err" && grep -q '^next: ' "$work-err"; } ||
        missed="$missed $2: $(cat "$work-err")"
    agent_stop
    found=$((found + 1))
}

# each NAME FIRST LAST WORDS SQL: with N as the row's number, in both.
each() {
    missed='' found=0
    for number in $(seq "$2" "$3"); do
        tampered "$(echo "$4" | sed "s/N/$number/")" "$(echo "$5" | sed "s/:N/$number/g")"
    done
    [ -z "$missed" ]
    tap_result $? "$found times $1 ($who)"
    [ -z "$missed" ] || echo "#$missed" | head -n 20
}

every_row() {
    trail
    each 'a row changed' 1 "$records" 'record N was changed' \
        "UPDATE events SET words = words || ' ' WHERE id = :N"
    each 'a row removed' 1 $((records - 1)) 'record N is missing' 'DELETE FROM events WHERE id = :N'
    each 'a row removed and the rest moved up' 1 $((records - 1)) 'record N was changed' \
        'DELETE FROM events WHERE id = :N; UPDATE events SET id = id - 1 WHERE id > :N'
    each 'two rows in each other'"'"'s place' 1 $((records - 1)) 'record N was changed' \
        'UPDATE events SET id = -1 WHERE id = :N; UPDATE events SET id = :N WHERE id = :N + 1;
         UPDATE events SET id = :N + 1 WHERE id = -1'
    each 'the last row removed' "$records" "$records" "$((records - 1)) audit records are there" \
        'DELETE FROM events WHERE id = :N'
    each 'a row added' "$records" "$records" "record $((records + 1)) was changed" \
        "INSERT INTO events SELECT id + 1, at_us, who, what, result, code, subject, words, digest
         FROM events WHERE id = :N"
    cut_short
    untouched
}

# Cut short with its count put right: it verifies from its start, and lacks the head that was noted.
cut_short() {
    cp "$work-state.db" "$work/state/state.db"
    sqlite3 "$work/state/state.db" "DELETE FROM events WHERE id > $records - 3;
        UPDATE numbers SET value = $records - 3 WHERE name = 'audit_records'"
    agent_start || return
    expect 0 'a chain cut short with its count put right fits' client audit verify
    expect 1 'with the head that was noted it does not' client audit verify --head "$head"
    says 'and says so' 'no record has the digest'
    agent_stop
}

untouched() {
    cp "$work-state.db" "$work/state/state.db"
    agent_start || return
    expect 0 'the chain as it was verifies' client audit verify --head "$head"
    client import "$work/medium-2" >/dev/null 2>&1
    expect 0 'and with the old head when it has grown' client audit verify --head "$head"
    expect 2 'what is no digest is no head' client audit verify --head "${head%???}"
    agent_stop
}

for_each_user every_row
tap_done
