#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Sources in the order of the files: one that is gone, one that is damaged, an old one and a newer
# one. None keeps the next from being tried, and how each went is remembered. SIGHUP reads the
# configuration again.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# source_is NAME FILTER: the row of a source.
source_is() {
    call Media '{}' >"$work-out" 2>"$work-err" &&
        jq -e --arg n "$1" ".sources[] | select(.name == \$n) | $2" "$work-out" >/dev/null
}

recorded() {
    call Audit '{"after":0,"limit":1000}' >"$work-out" 2>"$work-err" &&
        jq -e "[.records[] | select($1)] | length > 0" "$work-out" >/dev/null
}

configure() {
    printf '[agent]\ninterval = %s\n' "$1" >"$work/agent.conf"
    shift
    while [ $# -gt 0 ]; do
        printf '[source %s]\ntype = dir\nlocation = %s\n' "$1" "$2" >>"$work/agent.conf"
        shift 2
    done
}

schedule() {
    expect 0 'a mirror and a medium' make_mirror
    expect 0 'an enrolment' enrol
    expect 0 'a newer medium' next_medium 2 available
    cp -R "$work/medium-1" "$work/damaged"
    chmod u+w "$work/damaged/sallyport/export.p7m"
    flip "$work/damaged/sallyport/export.p7m" 300
    configure 3600 gone "$work/nowhere" damaged "$work/damaged" old "$work/medium-1" \
        newer "$work/medium-2"
    agent_start --config "$work/agent.conf" || return
    until_true source_is newer '.result == "active"'
    tap_result $? "the last source is reached, and the newest set wins ($who)"
    source_is gone '.code == "not-found" and .failures == 1 and .succeeded == null'
    tap_result $? "the one that is gone is told ($who)"
    source_is damaged '.result == "refused" and .failures == 1'
    tap_result $? "the damaged one is told ($who)"
    source_is old '.result == "active" and .failures == 0 and .succeeded != null'
    tap_result $? "the old one was good when it was looked at ($who)"
    expect 0 'media' call Media '{}'
    holds 'what was read is a row, with who made it' \
        '[.media[] | select(.code == "ok" and .exporter != "")] | length == 2'
    expect 0 'status' client status --json
    holds 'has the sources too' '.sources | length == 4'

    # The configuration is read again: all of it, or nothing.
    configure 600 newer "$work/medium-2" again "$work/medium-1"
    kill -HUP "$agent_pid"
    until_true source_is again '.looked == null'
    tap_result $? "SIGHUP: the sources are others now ($who)"
    source_is newer '.result == "active"'
    tap_result $? "SIGHUP: one that stays keeps what is known of it ($who)"
    expect 0 'its values' call Config '{}'
    holds 'are in force, with file and line' \
        '[.values[] | select(.key == "agent.interval" and .value == "600" and
            (.origin | endswith("/agent.conf:2")))] | length == 1'
    printf '[agent]\nintervall = 5\n' >"$work/agent.conf"
    kill -HUP "$agent_pid"
    until_true recorded '.what == "configure" and .code == "bad-config"'
    tap_result $? "SIGHUP: a wrong one is refused, on the record ($who)"
    says 'with file, line and nearest key' 'agent.conf:2: unknown key intervall; nearest: interval'
    expect 0 'and the values' call Config '{}'
    holds 'stay' '[.values[] | select(.key == "agent.interval" and .value == "600")] | length == 1'
    printf '[agent]\nread-group = others\n' >"$work/agent.conf"
    kill -HUP "$agent_pid"
    until_true recorded '.what == "configure" and (.words | contains("read-group"))'
    tap_result $? "SIGHUP: what takes a restart says so ($who)"

    # Remembered over a restart.
    agent_stop
    configure 3600 newer "$work/medium-2"
    agent_start --config "$work/agent.conf" || return
    until_true source_is newer '.succeeded != null'
    tap_result $? "a restart forgets nothing ($who)"
}

for_each_user schedule
tap_done
