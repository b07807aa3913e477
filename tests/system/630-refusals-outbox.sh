#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What was refused: a warning until somebody has seen it, a record for ever, and an item that waits
# to go home. And what the chain holds, as it is written and as a report.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

has_lines() {
    [ "$(wc -l <"$1")" -ge "$2" ]
}

refusals() {
    expect 0 'a mirror and a medium' make_mirror
    expect 0 'an enrolment' enrol
    expect 0 'a newer medium' next_medium 2 available
    agent_start || return
    # Whoever follows sees records come.
    call Events '{"after":0}' 0 >"$work-events" 2>&1 &
    follower=$!
    expect 0 'the newer one' client import "$work/medium-2"
    expect 21 'the older one is refused' client import "$work/medium-1"
    expect 0 'refusals' call Refusals '{}'
    holds 'one, open, with what it was about' \
        '.open == 1 and (.refusals | length) == 1 and .refusals[0].code == "rollback" and
         .refusals[0].acknowledged == null and .refusals[0].record > 0'
    expect 0 'status' client status --json
    holds 'counts it' '.refusals.count == 1'
    expect 0 'outgoing' call Outgoing '{}'
    holds 'it waits to go home, every field shown' \
        '.dropped == 0 and .categories[0].leaves and .categories[0].items == 1 and
         .items[0].category == "refusals" and .items[0].fields.code == "rollback" and
         .items[0].fields.endpoint == "endpoint-1"'
    ls "$work/state/outbox" >"$work-out"
    says 'as a file' '^1\.json$'
    expect 21 'the same once more' client import "$work/medium-1"
    expect 0 'is no second one' call Outgoing '{}'
    holds 'while it waits' '.categories[0].items == 1'
    expect 0 'somebody has seen it' call Acknowledge '{"up_to":1}'
    holds 'and none is open' '.acknowledged == 1 and .open == 0'
    expect 0 'status again' client status --json
    holds 'warns no more' '.refusals.count == 0'
    expect 0 'refusals again' call Refusals '{}'
    holds 'it stays listed' '.open == 0 and .refusals[0].acknowledged != null'
    expect 21 'refused after that' client import "$work/medium-1"
    expect 0 'is news' call Refusals '{"after":1}'
    holds 'again' '.open == 1 and (.refusals | length) == 1'
    expect 0 'the trail' call AuditVerify '{}'
    holds 'holds' '.ok'
    records=$(jq .records "$work-out")
    until_true has_lines "$work-events" "$records"
    tap_result $? "the follower has had every record ($who)"
    jq -e -s '[.[].record.number] == [range(1; length + 1)]' "$work-events" >/dev/null
    tap_result $? "each once and in order ($who)"
    kill "$follower" 2>/dev/null
    wait "$follower" 2>/dev/null
    expect 0 'a report of all times' \
        call Report '{"from":"2000-01-01T00:00:00Z","to":"2100-01-01T00:00:00Z"}'
    holds 'counts what the chain holds' \
        ".records == $records and .refusals.refused == 2 and .refusals.open == 1 and
         (.events[] | select(.what == \"activate\" and .result == \"ok\") | .count) == 1 and
         (.floors | length) == 1"
    expect 0 'a report of no time' \
        call Report '{"from":"2000-01-01T00:00:00Z","to":"2001-01-01T00:00:00Z"}'
    holds 'is empty' '.records == 0 and .head == ""'
    no_outbox
}

# What can't leave is no reason not to serve.
no_outbox() {
    agent_stop
    rm -rf "$work/state/outbox"
    echo 'no folder' >"$work/state/outbox"
    agent_start || return
    expect 0 'without an outbox: content' client contents --json
    holds 'is served' 'any(.contents[]; .version == "2" and .health == "ok")'
    expect 21 'a refusal' client import "$work/medium-1"
    expect 0 'is kept' call Refusals '{"after":2}'
    holds 'all the same' '.open == 1'
    expect 0 'and a newer set' next_medium 3 off
    expect 0 'is taken' client import "$work/medium-3" --json
    holds 'and in service' '.result == "active"'
    grep -q 'error: outbox' "$work-agent-log"
    tap_result $? "and the log tells why nothing leaves ($who)"
}

for_each_user refusals
tap_done
