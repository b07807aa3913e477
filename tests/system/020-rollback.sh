#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Nothing older than what was accepted before, and a refusal changes nothing.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

rollback() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the newer is imported' client import "$work/medium-2" --json
    remembered >"$work-before"
    expect 21 'the older set is refused [B1]' client import "$work/medium-1" --json
    holds 'as rollback' '.name == "rollback"'
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"

    # The same with one type only, and as a dry run: a floor has no side door.
    expect 21 'the older set by --only [B1]' client import "$work/medium-1" --only flags-supplement
    expect 21 'the older set as a dry run' client import "$work/medium-1" --dry-run

    # The newest set of the old medium beside the old packages: highest sequence counts.
    cp -R "$work/medium-1" "$work/mixed"
    chmod -R u+w "$work/mixed"
    cp "$work"/medium-2/sallyport/rings/public/set-*.p7m "$work/mixed/sallyport/rings/public/"
    client import "$work/mixed" --json >"$work-out" 2>"$work-err"
    status=$?
    { [ $status -ne 0 ] || jq -e '.changed == false' "$work-out" >/dev/null; } && ! died
    tap_result $? "old packages beside the new set change nothing ($who)"
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed by the mixed medium ($who)"

    agent_stop
    agent_start || return
    expect 21 'refused after a restart as well [B1]' client import "$work/medium-1"

    # The lawful way back: the old content with a new issue.
    expect 0 'reissue' mirror publish flags-supplement "$work/source-1" --version 1-again
    expect 0 'through the rings' mirror promote public
    expect 0 'to a medium' mirror export "$work/medium-3" --ring public
    expect 0 'is accepted' client import "$work/medium-3" --json
    holds 'and active' '.changed'
}

for_each_user rollback
tap_done
