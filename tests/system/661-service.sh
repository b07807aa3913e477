#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Agent and mirror as their units start them: with the unit's capabilities, system calls, address
# families and read-only places, a socket that is handed over, and a manager that hears how it goes
# (tests/system/supervise.c: there is no service manager here).
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/managed.sh"
system_begin
managed_begin
agent_unit=$TOP_BUILDDIR/agent/systemd/sallyport-agent.service
mirror_unit=$TOP_BUILDDIR/mirror/systemd/sallyport-mirror.service

agent_managed() {
    managed "$agent_unit" --listen "$work/socket" --notify "$work/told" --watchdog 200000 \
        "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
        --socket "$work/socket" run </dev/null >>"$work-agent-log" 2>&1 &
    agent_pid=$!
}
told() { grep -q -- "$1" "$work/told" 2>/dev/null; }
told_times() { [ "$(grep -c -- "$1" "$work/told")" -ge "$2" ]; }

# Bits of capabilities(7): chown 0, kill 5, setgid 6, setuid 7.
bounded() {
    if [ "$who" = nobody ] || [ "$(id -u)" -ne 0 ]; then echo '[0-9a-f]*'; else echo 00000000000000e1; fi
}

driver_unit=$TOP_BUILDDIR/agent/systemd/sallyport-driver@.service
checked() {
    (managed "$driver_unit" "$folder/bin/sallyport-agent" --libexec "$folder/libexec" \
        --state "$work/state" check flags-supplement)
}

service() {
    { make_mirror && enrol; } >"$work-out" 2>&1
    tap_result $? "a mirror and an endpoint ($who)"
    : >"$work/told"
    chmod 666 "$work/told"
    agent_managed
    until_true test -S "$work/socket"
    expect 0 'a client that comes early is answered' client status --json
    until_true told '^READY=1$'
    tap_result $? "the manager hears that it serves ($who)"
    grep -qx "CapBnd:.$(bounded)" "/proc/$(pgrep -P "$agent_pid")/status" &&
        grep -qx 'NoNewPrivs:.1' "/proc/$(pgrep -P "$agent_pid")/status" &&
        grep -qx 'Seccomp_filters:.3' "/proc/$(pgrep -P "$agent_pid")/status"
    tap_result $? "the settings are in force ($who)"
    told '^STATUS='
    tap_result $? "and what ($who)"
    expect 0 'an import under the settings of the unit' client import "$work/medium-1" --json
    holds 'is active' '.result == "active"'

    expect 0 'metrics' client metrics --output "$work/sallyport.prom"
    cp "$work/sallyport.prom" "$work-out"
    says 'tell of the import' '^sallyport_content_state\{content="flags-supplement",state="ok"\} 1$'
    sed -n 's/^# HELP \([a-z_]*\) .*/\1/p' "$work/sallyport.prom" | while IFS= read -r metric; do
        grep -q "^.It Li $metric\({.*\)*\$" "$TOP_SRCDIR/man/sallyport.1" || echo "$metric"
    done >"$work-missing"
    tap_empty "each metric is in the page ($who)" cat "$work-missing"
    says 'and of the chain' '^sallyport_audit_chain_ok 1$'
    expect 0 'a driver of its own takes the content' checked
    says 'and says so' '^flags-supplement: its driver takes it$'
    until_true told_times '^WATCHDOG=1$' 3
    tap_result $? "signs of life come ($who)"
    expect 2 'an HTTP source has no network' client import http://127.0.0.1:9/
    says 'which is said' 'no network .*http-source.conf'
    kill -HUP "$agent_pid"
    until_true told '^RELOADING=1 MONOTONIC_USEC=[0-9]*$' && until_true told_times '^READY=1$' 2
    tap_result $? "a reload begins and ends ($who)"
    kill "$agent_pid"
    wait "$agent_pid"
    tap_result $? "SIGTERM is a good end ($who)"
    agent_pid=
    told '^STOPPING=1$'
    tap_result $? "which is told first ($who)"
    [ -S "$work/socket" ]
    tap_result $? "the socket stays: it is the manager's ($who)"
    expect 2 'a socket in another place than configured is refused' managed_elsewhere
    says 'with both places' "listens at $work/other, the configuration says $work/socket"
}
managed_elsewhere() {
    (managed "$agent_unit" --listen "$work/other" "$folder/bin/sallyport-agent" \
        --libexec "$folder/libexec" --state "$work/state" --socket "$work/socket" run)
}

mirror_managed() {
    managed "$mirror_unit" --listen 0 --notify "$work/told" "$folder/bin/sallyport-mirror" \
        --repo "$work/repo" serve --json </dev/null >"$work-serve" 2>>"$work-serve-log" &
    serve_pid=$!
}
mirror_taken() {
    (managed "$mirror_unit" --listen 0 "$folder/bin/sallyport-mirror" --repo "$work/repo" serve \
        --listen 127.0.0.1:1)
}

offering() {
    rm -f "$work"/told*
    : >"$work/told"
    chmod 666 "$work/told"
    chmod 777 "$work"
    # Not the repository's owner: who serves reads the tree alone.
    [ -n "$as" ] || chmod 700 "$work/repo/keys"
    mirror_managed
    until_true told '^READY=1$'
    tap_result $? "the manager hears that the mirror serves ($who)"
    port=$(jq .port "$work-serve")
    expect 0 'a handed socket is served' curl -sS "http://127.0.0.1:$port/sallyport/FORMAT"
    says 'with the tree' '^sallyport 1$'
    serve_stop
    tap_result $? "and SIGTERM is a good end ($who)"
    expect 2 'a second place to listen is refused' mirror_taken
    says 'with both' '127.0.0.1:1: the service manager listens on 127.0.0.1:[0-9]+'
}
both() {
    service
    offering
}

for_each_user both
tap_done
