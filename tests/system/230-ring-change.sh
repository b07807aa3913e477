#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An endpoint moves to a ring that is behind and back: it keeps what it has until the ring passes it,
# and no set from before the change is accepted.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

serves() {
    serving | jq -e --arg version "$1" 'any(.[]; .version == $version)' >/dev/null
    tap_result $? "version $1 is served ($who)"
}
publish() {
    flags_source "$work/source-$1" "$2"
    mirror publish flags-supplement "$work/source-$1" --version "$1" >"$work-out" 2>"$work-err" &&
        mirror promote public >"$work-out" 2>"$work-err"
}
request() {
    jq -cn --arg from "$1" --arg to "$2" '{schema: "sallyport.request/1", kind: "ring-change",
        endpoint: "endpoint-1", ring: $from, made: "2026-11-25T12:00:00Z", reason: "moved", to: $to}' \
        >"$work/ring.request"
    [ -z "$as" ] || chown nobody "$work/ring.request"
}
# change FROM TO: the request, its answer, and the endpoint that takes it.
change() {
    request "$1" "$2"
    agent_stop
    rm -f "$work/change-$2.enrol"
    expect 0 "the mirror answers the change to $2" mirror enroll endpoint-1 --replace \
        --request "$work/ring.request" -o "$work/change-$2.enrol" \
        --passphrase-file "$work-passphrase" --json
    holds 'with an enrolment in that ring' '.endpoint == "endpoint-1"'
    expect 23 'it replaces, or it is refused' agent enroll "$work/change-$2.enrol" \
        --passphrase-file "$work-passphrase"
    expect 0 'the endpoint takes it' agent enroll "$work/change-$2.enrol" --replace \
        --passphrase-file "$work-passphrase"
    expect 23 'and takes it once' agent enroll "$work/change-$2.enrol" --replace \
        --passphrase-file "$work-passphrase"
    agent_start
}

changes() {
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public --ring slow \
        --unprotected-keys >"$work-out" 2>"$work-err"
    publish 1 available && mirror promote slow >"$work-out" 2>"$work-err"
    tap_result $? "a mirror whose last ring is slow ($who)"
    mirror export "$work/slow-1" --ring slow >"$work-out" 2>"$work-err"
    mirror export "$work/public-1" --ring public >"$work-out" 2>"$work-err"
    publish 2 off && mirror export "$work/public-2" --ring public >"$work-out" 2>"$work-err"
    expect 0 'an endpoint of the ring before it' enrol
    agent_start || return
    expect 0 'is at 2' client import "$work/public-2" --json
    serves 2

    request public nowhere
    expect 10 'a ring that is not there is not granted' mirror enroll endpoint-1 --replace \
        --request "$work/ring.request" -o "$work/nowhere.enrol" --passphrase-file "$work-passphrase"
    expect 2 'a request goes with --replace' mirror enroll endpoint-1 \
        --request "$work/ring.request" -o "$work/nowhere.enrol" --passphrase-file "$work-passphrase"
    change public slow
    expect 21 'a set from before the change is refused' client import "$work/slow-1" --json
    expect 0 'refresh' mirror refresh slow
    expect 0 'export' mirror export "$work/slow-2" --ring slow
    expect 0 'a set from after it is accepted' client import "$work/slow-2" --json
    holds 'the type is held, ahead of the ring' \
        '[.. | objects | select(.code? == "ahead-of-ring")] | length >= 1'
    serves 2
    expect 0 'contents' client contents --json
    holds 'health says so and is good' '.contents[] | select(.type == "flags-supplement")
        | .health == "ok" and .reason == "ahead-of-ring" and .words != ""'
    expect 10 'a medium of the ring before is refused' client import "$work/public-2" --json
    publish 3 available && mirror promote slow >"$work-out" 2>"$work-err"
    expect 0 'export' mirror export "$work/slow-3" --ring slow
    expect 0 'the ring passes' client import "$work/slow-3" --json
    serves 3

    change slow public
    expect 21 'the floor of the ring before is still there' client import "$work/public-1" --json
    mirror export "$work/public-3" --ring public >"$work-out" 2>"$work-err"
    expect 0 'its newest set is accepted' client import "$work/public-3" --json
    serves 3
}

for_each_user changes
tap_done
