#!/bin/sh
# SPDX-License-Identifier: ISC
#
# "Still current": the same packages in a newer set. The endpoint takes it, says so, and changes
# nothing but how long the set counts as current.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

set_field() {
    client status --json 2>/dev/null | jq -r ".set.$1"
}

refresh() {
    { make_mirror && enrol; } >"$work-out" 2>&1
    tap_result $? "a mirror with one version ($who)"
    agent_start || return
    expect 0 'import' client import "$work/medium-1"
    serving >"$work-before"
    time=$(set_field time)
    expect 10 'a ring that is not there' mirror refresh nowhere
    expect 0 'a dry run' mirror refresh public --dry-run --json
    holds 'says which set it would be' '.sequence == 2 and .dry_run'
    sleep 1 # expiries have whole seconds
    expect 0 'refresh' mirror refresh public --json
    holds 'is the next set' '.sequence == 2'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'that says where it came from' '.document.evidence.refreshed.sequence == 1'
    expect 0 'export' mirror export "$work/medium-2" --ring public
    expect 0 'import' client import "$work/medium-2" --json
    holds 'is current, and news' '.result == "current" and .changed and .sequence == 2'
    serving | cmp -s "$work-before" -
    tap_result $? "the content is as it was ($who)"
    [ "$(set_field time)" \> "$time" ] && [ "$(set_field sequence)" -eq 2 ]
    tap_result $? "the set is newer ($who)"
    expect 0 'once more' client import "$work/medium-2" --json
    holds 'nothing at all changes' '.result == "current" and (.changed | not)'
    expect 0 'a third' mirror refresh public
    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'import' client import "$work/medium-3"
    says 'in words' 'still current'
    expect 21 'the set before is refused' client import "$work/medium-2"
    expect 0 'the repository is whole' mirror verify
}

for_each_user refresh
tap_done
