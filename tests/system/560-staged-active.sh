#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Accepted is not active: content waits for its wave, says which and when, and goes into service when it
# opens, or when an admin does not wait for it where policy lets him.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

waves() {
    {
        make_mirror && enrol &&
            printf '[waves public]\nplan = 100%% 1h\n' >"$work/repo/release.conf" &&
            chmod a+r "$work/repo/release.conf" && next_medium 2 off
    } >"$work-out" 2>&1
    tap_result $? "a version that everybody takes after an hour ($who)"
    agent_start || return
    expect 0 'the first version is for everybody at once' client import "$work/medium-1"
    expect 0 'the second is accepted' client import "$work/medium-2" --json
    holds 'and staged' '.result == "staged" and .changed and .code == "ok"'
    holds 'it says its wave and when that opens' '.words | test("^accepted, not active: wave 1 of 1, opens 20")'
    holds 'so does the package' '.packages[0] | .result == "staged" and .wave.of == 1'
    expect 0 'the same again' client import "$work/medium-2" --json
    holds 'is no news, and still waits' \
        '.result == "current" and (.changed | not) and (.words | test("not active"))'
    expect 0 'contents' client contents --json
    holds 'keep staged and active apart [F7]' '.contents[] | select(.type == "flags-supplement")
        | .version == "1" and .staged.version == "2" and .staged.wave.number == 1'
    expect 21 'its floor is raised all the same' client import "$work/medium-1"

    expect 23 'not waiting is not allowed by default [F7]' client activate flags-supplement --json
    holds 'and blocked by policy' '.name == "blocked"'
    says 'with the key that allows it' 'policy = emergency'
    cp -a "$work/state" "$work/state-before"

    agent_stop
    printf '[wave]\npolicy = emergency\n' >"$work/agent.conf"
    [ -z "$as" ] || chown nobody "$work/agent.conf"
    agent_start --config "$work/agent.conf" || return
    expect 0 'emergency opens nothing by itself' client contents --json
    holds 'it waits still' '.contents[] | select(.type == "flags-supplement") | .version == "1"'
    expect 10 'what is not staged can not be activated' client activate behavior
    expect 10 'nor what is no type' client activate no-such-type
    expect 0 'where policy allows it' client activate flags-supplement --json
    holds 'it is active' '.version == "2"'
    expect 0 'contents' client contents --json
    holds 'say so' '.contents[] | select(.type == "flags-supplement")
        | .version == "2" and .staged == null and .health == "ok"'
    expect 0 'the audit chain' client audit list --json
    holds 'has both attempts and who made them' '[.records[] | select(.what == "activate-now")]
        | map(.code) == ["blocked", "ok"] and all(.who | startswith("uid "))'
    expect 0 'audit verify' client audit verify
    agent_stop

    # Without anybody's word, in time.
    rm -rf "$work/state"
    mv "$work/state-before" "$work/state"
    if faketime_find; then
        clock=+2h
        agent_start || return
        expect 0 'two hours later' client contents --json
        holds 'the wave has opened' '.contents[] | select(.type == "flags-supplement")
            | .version == "2" and .staged == null'
        agent_stop
        clock=''
    else
        tap_skip "two hours later ($who)" 'libfaketime is not installed'
    fi
}

for_each_user waves
tap_done
