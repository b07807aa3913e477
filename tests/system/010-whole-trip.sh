#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One package from publish to a healthy endpoint, then again, as JSON.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

trip() {
    flags_source "$work/source-1" available
    expect 0 'init makes a chain, rings and a catalog' \
        mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys
    expect 0 'publish signs a package' \
        mirror publish flags-supplement "$work/source-1" --version 1
    expect 0 'the same source makes no second package' \
        mirror publish flags-supplement "$work/source-1" --version 1 --json
    expect 0 'promote signs a set for the next ring' mirror promote public
    expect 0 'export writes a medium' mirror export "$work/medium-1" --ring public
    [ -f "$work/medium-1/sallyport/FORMAT" ]
    tap_result $? "the medium has a tree ($who)"

    expect 10 'an endpoint without enrolment imports nothing' \
        agent run --once --import "$work/medium-1"
    expect 0 'enrol' enrol
    expect 23 'a second enrolment needs --replace' agent enroll "$work/endpoint-1.enrol" \
        --passphrase-file "$work-passphrase"

    agent_start || return
    expect 0 'import' client import "$work/medium-1" --json
    holds 'import says what it did' '.result == "active" and .changed'
    expect 2 'only a type that there is' client import "$work/medium-1" --only bogus --json
    expect 0 'status answers' client status --json
    holds 'status names the ring' '.ring == "public"'
    holds 'status names the set' '.set.sequence == 1 and (.set.time | endswith("Z"))'
    holds 'status tells the sandbox' '.sandbox.seccomp and (.sandbox.landlock | type == "number")'
    holds 'status has floors' '.floors.types == 1 and .floors.rings == 1'
    expect 0 'contents answers' client contents --json
    holds 'the content is healthy' \
        '.contents[] | select(.type == "flags-supplement") | .version == "1" and .health == "ok"'
    expect 0 'floor answers' client floor --json
    holds 'floors are genTimes' '[.. | .time? // empty | endswith("Z")] | all and length >= 2'

    expect 0 'the same medium again' client import "$work/medium-1" --json
    holds 'is already current' '.changed == false'
    expect 4 'and says so by exit status when asked' \
        client import "$work/medium-1" --fail-unchanged
    expect 0 'inspect' client inspect "$work/medium-1" --json
    holds 'inspect has a verdict' '.code == "ok" and .anchored'
    expect 0 'explain' client explain rollback
    says 'explain names the way out' 're-issue'

    expect 0 'a newer version' next_medium 2 off
    expect 0 'is imported' client import "$work/medium-2" --json
    holds 'and active' '.result == "active" and .changed'
    expect 0 'audit verifies' client audit verify
    agent_stop

    agent_start || return
    expect 0 'after a restart' client contents --json
    holds 'the newer content serves' \
        '.contents[] | select(.type == "flags-supplement") | .version == "2" and .health == "ok"'
    agent_stop
    expect 13 'without an agent the client says so' client import "$work/medium-2"
    expect 0 'a look at a source without a socket' \
        agent run --once --json --import "$work/medium-2"
    holds 'is told in one document' '.schema == "sallyport.run/1" and (.imports | length == 1)'
}

for_each_user trip
tap_done
