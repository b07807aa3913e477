#!/bin/sh
# SPDX-License-Identifier: ISC
#
# kill -9 of the agent at many moments of an import, then a new start: old or new, never between,
# and the import then goes through.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

killed() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first version is imported' client import "$work/medium-1"
    agent_stop
    cp -a "$work/state" "$work/state-before"
    old=0 new=0 bad=''
    for delay in 0.005 0.01 0.02 0.03 0.04 0.05 0.06 0.08 0.1 0.12 0.15 0.2 0.3; do
        rm -rf "$work/state"
        cp -a "$work/state-before" "$work/state"
        agent_start || return
        client import "$work/medium-2" >/dev/null 2>&1 &
        importing=$!
        sleep $delay
        kill -9 "$agent_pid" 2>/dev/null
        wait "$agent_pid" 2>/dev/null
        wait $importing
        agent_pid=
        agent_start || return
        contents=$(client contents --json | jq -r '.contents[]
            | select(.type == "flags-supplement") | "\(.version) \(.health)"')
        case $contents in
        '1 ok') old=$((old + 1)) ;;
        '2 ok') new=$((new + 1)) ;;
        *) bad="$bad $delay=$contents" ;;
        esac
        client audit verify >/dev/null 2>&1 || bad="$bad $delay=audit"
        client import "$work/medium-2" >/dev/null 2>&1 || bad="$bad $delay=import"
        [ -z "$(ls -A "$work/state/staging" 2>/dev/null)" ] || bad="$bad $delay=staging"
        agent_stop
    done
    [ -z "$bad" ]
    tap_result $? "killed 13 times: $old old, $new new ($who)"
    [ -z "$bad" ] || echo "#$bad"
    [ -z "$(orphans)" ]
    tap_result $? "no process is left behind ($who)"
}

# Children of a killed monitor end with it.
orphans() {
    pgrep -f "^$folder/libexec/" || :
}

for_each_user killed
tap_done
