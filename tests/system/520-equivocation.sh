#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Two documents that are signed for one place: the second is refused and is an alarm, whichever comes
# first, and nothing changes.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# The same keys in two hands: another mirror that knows nothing of the first one's last set.
fork_mirror() {
    make_mirror && enrol && cp -a "$work/repo" "$work/repo-fork" || return 1
    next_medium 2 off || return 1
    mv "$work/repo" "$work/repo-first" && mv "$work/repo-fork" "$work/repo" || return 1
    flags_source "$work/source-fork" available
    mirror publish flags-supplement "$work/source-fork" --version 2-other || return 1
    mirror promote public || return 1
    mirror export "$work/medium-fork" --ring public || return 1
    rm -rf "$work/repo"
    mv "$work/repo-first" "$work/repo"
}

# refused_as_equivocation MEDIUM: and the alarm stands until somebody has seen it.
refused_as_equivocation() {
    remembered >"$work-before"
    expect 21 "$1: the other set of that number is refused [B2]" client import "$work/$1" --json
    holds "$1: as equivocation" '.name == "equivocation"'
    remembered | cmp -s "$work-before" -
    tap_result $? "$1: nothing changed ($who)"
    expect 0 "$1: status" client status --json
    holds "$1: warns of it" '.refusals.last.code == "equivocation" and .health == "warn"'
    expect 0 "$1: the audit chain" client audit list --json
    holds "$1: keeps it" '[.records[] | select(.what == "refuse" and .code == "equivocation")]
        | length == 1'
}

equivocation() {
    fork_mirror >"$work-out" 2>&1
    tap_result $? "two media with set 2 of one ring ($who)"
    cp -a "$work/state" "$work/state-before"
    agent_start || return
    expect 0 'the first of them' client import "$work/medium-2"
    refused_as_equivocation medium-fork
    expect 0 'the one that is here is still current' client import "$work/medium-2" --json
    holds 'and no alarm' '.result == "current"'
    next_medium 3 available >"$work-out" 2>&1
    expect 0 'its mirror goes on' client import "$work/medium-3" --json
    holds 'as before' '.result == "active"'

    # The other way round, on an endpoint that saw the other one first.
    agent_stop
    rm -rf "$work/state"
    cp -a "$work/state-before" "$work/state"
    agent_start || return
    expect 0 'the later of the two first' client import "$work/medium-fork"
    refused_as_equivocation medium-2
    expect 0 'audit verify' client audit verify
}

for_each_user equivocation
tap_done
