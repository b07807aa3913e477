#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A set that has expired but is newer than what is here: better late than never. Health says so;
# --strict-expiry refuses.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
faketime_find || tap_skip_all 'libfaketime is not installed'
system_begin

expired() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first version while it is fresh' client import "$work/medium-1" --strict-expiry
    agent_stop

    clock='+900d'
    agent_start || return
    remembered >"$work-before"
    expect 22 'strict: the newer one has expired [B5]' client import "$work/medium-2" --json \
        --strict-expiry
    holds 'and is refused as that' '.name == "expired"'
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"
    expect 0 'else it is accepted' client import "$work/medium-2" --json
    holds 'and active' '.result == "active"'
    expect 0 'status' client status --json
    holds 'says that the set has expired' '.set.sequence == 2 and .set.expired'
    holds 'and that something is to be done' '.health != "ok" and .next != ""'
    expect 0 'contents' client contents --json
    holds 'what is loaded goes on [B5]' '[.contents[] | select(.type == "flags-supplement")][0]
        | .version == "2" and .health != "none"'
    expect 21 'an older one stays older, expired or not' client import "$work/medium-1"
    expect 22 'strict says so of the one that is here as well' client import "$work/medium-2" \
        --strict-expiry
    expect 0 'the same again is current' client import "$work/medium-2" --json
    holds 'and nothing is done' '.result == "current" and .changed == false'
    agent_stop
    clock=''
}

for_each_user expired
tap_done
