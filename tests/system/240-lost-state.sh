#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An endpoint that has lost its state accepts nothing until it is enrolled again; one that has not
# lost it keeps its floors whatever enrolment replaces the one before.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

again() {
    rm -f "$work/again.enrol"
    expect "$1" "$2" mirror enroll endpoint-1 --ring public -o "$work/again.enrol" \
        --passphrase-file "$work-passphrase" ${3-}
}

lost() {
    expect 0 'a mirror' make_mirror
    expect 0 'an endpoint' enrol
    agent_start || return
    expect 0 'it takes the first medium' client import "$work/medium-1" --json
    expect 0 'the next content' next_medium 2 off
    expect 0 'it takes the second' client import "$work/medium-2" --json

    # Not lost: a new enrolment replaces name and keys, and no floor.
    again 2 'the mirror gives no second enrolment unasked'
    again 0 'asked to, it does' --replace
    agent_stop
    expect 23 'an enrolled endpoint takes none unasked' agent enroll "$work/again.enrol" \
        --passphrase-file "$work-passphrase"
    expect 0 'asked to, it does' agent enroll "$work/again.enrol" --replace \
        --passphrase-file "$work-passphrase"
    expect 23 'a file is used once' agent enroll "$work/again.enrol" --replace \
        --passphrase-file "$work-passphrase"
    says 'and the refusal says so' 'one use'
    agent_start
    expect 21 'floors were kept' client import "$work/medium-1" --json
    expect 0 'what it has is current' client import "$work/medium-2" --json

    # Lost: without state nothing is a first install.
    agent_stop
    # shellcheck disable=SC2086
    $as rm -rf "$work/state"
    agent_start
    expect 10 'an endpoint without state imports nothing [B3]' client import "$work/medium-2" --json
    holds 'as not-enrolled' '.name == "not-enrolled"'
    agent_stop
    again 0 'a new enrolment' --replace
    expect 23 'not with another passphrase' agent enroll "$work/again.enrol" \
        --passphrase-file "$work-other"
    expect 0 'enrol' agent enroll "$work/again.enrol" --passphrase-file "$work-passphrase"
    agent_start
    expect 0 'and it takes the newest medium' client import "$work/medium-2" --json
    expect 21 'which is a floor from then on' client import "$work/medium-1" --json
}

setup() {
    printf 'not this one\n' >"$work-other"
    chmod 600 "$work-other"
    [ -z "$as" ] || chown nobody "$work-other"
    lost
}

for_each_user setup
tap_done
