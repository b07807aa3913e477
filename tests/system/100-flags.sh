#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Feature flags from end to end: the mirror's `flags set` travels in the signed set, the endpoint's
# driver answers with it, and the agent's own look at its sources follows it.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

gate='{"schema":"sallyport.flags/1","releases":{"*":{"source-schedule":"available","note":"NOTE"}}}'

# release N: the next version of the content, in the last ring, on the medium that is the source.
release() {
    mkdir -p "$work/gate-$1"
    printf '%s\n' "$gate" | sed 's/"NOTE"/"off"/;s/note/note-'"$1"'/' >"$work/gate-$1/flags.json"
    chmod -R a+rX "$work/gate-$1"
    mirror publish flags-supplement "$work/gate-$1" --version "$1" && mirror promote public &&
        mirror export "$work/stick" --ring public
}

version_is() {
    client contents --json >"$work-out" 2>"$work-err" &&
        jq -e --arg v "$1" '[.contents[] | select(.version == $v)] | length == 1' \
            "$work-out" >/dev/null
}

skipped() {
    grep -q 'source-schedule is off; no look at the sources' "$work-agent-log"
}

# The agent looks as it starts; $work-agent-log is of this start only.
start_and_look() {
    agent_stop
    : >"$work-agent-log"
    agent_start --config "$work/agent.conf"
}

flags() {
    printf '[agent]\nsite = delta\n[source stick]\ntype = dir\nlocation = %s/stick\n' "$work" \
        >"$work/agent.conf"
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys >"$work-out" 2>&1
    expect 10 'an empty ring carries no flag' mirror flags set source-schedule on --ring public
    expect 0 'a first set' release 1
    expect 0 'enrol' enrol
    for name in verification signatures timestamps revocation thresholds floors rollback audit \
        sandbox repair; do
        expect 2 "$name is no flag" mirror flags set $name off --ring public
    done
    says 'and it says why' 'is never switched off'
    expect 2 'neither on nor off' mirror flags set ips maybe --ring public
    expect 2 'a ring must be named' mirror flags set ips on
    expect 10 'a ring that is not there' mirror flags set ips on --ring nowhere --json
    expect 2 'no share of nobody' mirror flags set ips on --ring public --percent 0
    holds_none=$(mirror show public --json 2>/dev/null | jq -c .document.flags)
    [ "$holds_none" = '{}' ]
    tap_result $? "refusals signed nothing ($who)"

    start_and_look || return
    until_true version_is 1
    tap_result $? "before the first set the schedule looks: content arrives ($who)"

    expect 0 'the next version lies at the source' release 2
    start_and_look || return
    until_true skipped
    tap_result $? "no service value: the look is skipped ($who)"
    version_is 1
    tap_result $? "and nothing arrived ($who)"

    expect 0 'on for another site' mirror flags set source-schedule on --ring public --site lima
    expect 0 'export' mirror export "$work/stick" --ring public
    expect 0 'an import by hand goes on' client import "$work/stick" --json
    start_and_look || return
    until_true skipped
    tap_result $? "still skipped here ($who)"

    expect 0 'on for this site' mirror flags set source-schedule on --ring public --site delta --json
    holds 'the set was signed anew' '.changed and .sequence == 4 and (.pending | not)'
    expect 4 'once more changes nothing' \
        mirror flags set source-schedule on --ring public --site delta --fail-unchanged
    expect 0 'export' mirror export "$work/stick" --ring public
    expect 0 'import of the same packages' client import "$work/stick" --json
    version_is 2
    tap_result $? "with the same content ($who)"
    expect 0 'a later set of the ring' release 3
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'carries the values on' '.document.flags["source-schedule"] | length == 2'
    start_and_look || return
    until_true version_is 3
    tap_result $? "on: the schedule looks again, content arrives ($who)"

    expect 0 "on for every site" mirror flags set source-schedule on --ring public
    expect 0 'off for every site' mirror flags set source-schedule off --ring public --json
    holds 'is the only row' '.flags["source-schedule"] == [{percent: 100, site: null, value: "off"}]'
    expect 0 'export' mirror export "$work/stick" --ring public
    expect 0 'import' client import "$work/stick" --json
    start_and_look || return
    until_true skipped
    tap_result $? "off: skipped ($who)"
    expect 0 'the repository is whole' mirror verify
}

for_each_user flags
tap_done
