#!/bin/sh
# SPDX-License-Identifier: ISC
#
# kill -9 of each program of the endpoint at calls all over an import and its activation: what writes
# before a call that changes something, what only talks before one that sends or receives. After
# each: every content old or new, floors kept, the trail whole, nobody left behind, and the import
# goes through. SALLYPORT_LONG=1: before every one of these calls.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/faults.sh"
faults_begin

# At so many calls of each program in each phase: over 200 in all, most of them as who we are.
points=12
recovery_step=2
[ -z "${SALLYPORT_LONG-}" ] || points=100000
kills=0

# Of which program which calls count.
classes_of() {
    case $1 in
    agent | intake) echo change ;;
    *) echo message ;;
    esac
}

killed() {
    two_versions
    [ -d "$work/before" ] || return
    trouble='' outcomes=$work-outcomes histogram=$work-histogram
    : >"$outcomes"
    : >"$histogram"
    for program in agent intake verify reader driver; do
        reset_state
        faulty -p $program -c "$(classes_of $program)"
        cp "$work-hits" "$work-counts"
        while read -r _ phase _ count; do
            kill_within "$phase" "$program" "$count"
        done <"$work-counts"
    done
    again=0 reached=''
    recovery_killed
    [ -z "$trouble" ] && [ $again -ge 3 ]
    tap_result $? "killed $again times while it recovers, at calls up to$reached [H3] ($who)"
    front_killed
    [ -z "$trouble" ]
    tap_result $? "killed $(wc -l <"$outcomes") times; found after it $(shown_outcomes) [H1] ($who)"
    [ -z "$trouble" ] || echo "${trouble#?}"
    kills=$((kills + $(wc -l <"$outcomes")))
    [ -n "${SALLYPORT_LONG-}" ] || points=3 recovery_step=8
    show_histogram
}

# kill_within PHASE PROGRAM COUNT: of so many calls, at $points that lie evenly.
kill_within() {
    step=$((($3 + points - 1) / points))
    number=1
    while [ $number -le "$3" ]; do
        point="$2 killed in $1 at call $number"
        reset_state
        faulty -p "$2" -c "$(classes_of "$2")" -f "$1" -n $number
        if grep -q '^hit' "$work-hits"; then
            echo "$1 $2" >>"$histogram"
            ! grep -q '^orphan\|^hang' "$work-hits" || wrong "$(cat "$work-hits")"
            recovers
            echo "$before_import" >>"$outcomes"
        fi
        number=$((number + step))
    done
}

# A cut in the middle, and then one in each start after it, later and later, until one is through:
# recovery begins again from wherever the one before it was.
recovery_killed() {
    for phase in commit activate swap; do
        point="start after a cut in $phase, killed again and again"
        reset_state
        faulty -p agent -c change -f $phase -n 2
        number=1
        while faulty -p agent -c change -f start -n $number; grep -q '^hit' "$work-hits"; do
            again=$((again + 1))
            number=$((number + recovery_step))
        done
        reached="$reached $number"
        recovers
    done
}

# The front has an import only where there is a client: the agent serves, and outlives its front.
front_killed() {
    for phase in verify plan fetch judge commit check activate; do
        for number in 1 2 3; do
            point="front killed in $phase at call $number"
            reset_state
            serve_faulty -p front -c message -f "$phase" -n $number || { wrong 'no start'; return; }
            client import "$work/medium-2" >/dev/null 2>&1
            grep -q '^hit' "$work-hits" || { agent_stop; continue; }
            echo "$phase front" >>"$histogram"
            import_over || wrong 'the import does not end'
            agent_stop
            ! grep -q '^orphan\|^hang' "$work-hits" || wrong "$(cat "$work-hits")"
            recovers
            echo "$before_import" >>"$outcomes"
        done
    done
}
serve_faulty() {
    # shellcheck disable=SC2086
    "$faulter" "$@" -- $as "$folder/bin/sallyport-agent" --libexec "$folder/libexec" \
        --state "$work/state" --socket "$work/socket" run \
        </dev/null >>"$work-agent-log" 2>&1 3>"$work-hits" &
    agent_pid=$!
    answers
}
answers() {
    tries=0
    until client status --json >"$work-status" 2>/dev/null; do
        tries=$((tries + 1))
        [ $tries -le 400 ] || return 1
        sleep 0.02
    done
}
import_over() {
    for _ in $(seq 400); do
        answers || return 1
        jq -e '.importing == false' "$work-status" >/dev/null && return 0
        sleep 0.02
    done
    return 1
}

# Phase by program, for whoever reads the log.
show_histogram() {
    sort "$histogram" | uniq -c | awk -v who="$who" '
        { count[$2, $3] = $1; phases[$2]; programs[$3] }
        END {
            n = split("start verify plan fetch judge commit check activate swap", order, " ")
            m = split("agent verify intake reader driver front", names, " ")
            line = sprintf("# %-10s", who)
            for (j = 1; j <= m; j++) line = line sprintf("%8s", names[j])
            print line
            for (i = 1; i <= n; i++) {
                line = sprintf("# %-10s", order[i])
                for (j = 1; j <= m; j++) line = line sprintf("%8d", count[order[i], names[j]])
                print line
            }
        }'
    [ "$(cut -d' ' -f1 "$histogram" | sort -u | wc -l)" -eq 9 ]
    tap_result $? "in each of the nine phases ($who)"
    [ "$(cut -d' ' -f2 "$histogram" | sort -u | wc -l)" -eq 6 ]
    tap_result $? "each of the six programs ($who)"
}

for_each_user killed
[ "$kills" -ge 200 ]
tap_result $? "killed $kills times, at least 200"
tap_done
