#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The sensor as its unit starts it, for an agent as its unit starts that: the agent has no right to see
# what others do, and its rules see it. For root: fanotify takes it.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/managed.sh"
[ "$(id -u)" -eq 0 ] || tap_skip_all 'takes root'
unshare --mount true 2>/dev/null || tap_skip_all 'takes a mount namespace'
system_begin
managed_begin
work=$folder/work who=root sensor_pid=
mkdir "$work"
trap 'sensor_stop; system_end' EXIT
agent_unit=$TOP_BUILDDIR/agent/systemd/sallyport-agent.service
sensor_unit=$TOP_BUILDDIR/agent/systemd/sallyport-sensor.service

# Its log is a pipe, as the manager's is: in its sandbox no file may grow.
sensor_managed() {
    mkfifo "$work-sensor-lines"
    cat "$work-sensor-lines" >"$work-sensor-log" &
    managed "$sensor_unit" --listen "$work/sensor.sock" --on-demand yes \
        "$folder/libexec/sallyport-sensor" </dev/null >"$work-sensor-lines" 2>&1 &
    sensor_pid=$!
    until_true test -S "$work/sensor.sock"
}
sensor_stop() {
    [ -z "$sensor_pid" ] || kill "$sensor_pid"
    sensor_pid=
}
agent_managed() {
    managed "$agent_unit" "$folder/bin/sallyport-agent" --libexec "$folder/libexec" \
        --state "$work/state" --socket "$work/socket" run </dev/null >>"$work-agent-log" 2>&1 &
    agent_pid=$!
    until_true client status >/dev/null 2>&1
}
# The sensor and its hand, the parent first.
sensors() { pgrep -f "^$folder/libexec/sallyport-sensor"; }
no_sensor() { ! sensors; }

rules() {
    mkdir -p "$work/rules" "$work/product" "$work/drop" "$work/flood"
    cat >"$work/product/none.lua" <<'END_OF_RULE'
rule{id="none", title="None", severity="info", attack={}, thumbprint={"path"}}
on("exec", {where={path="/no/such/file"}}, function(e) detect{path=e.path} end)
selftest{events={{type="exec", path="/no/such/file"}}, detects=1}
selftest{events={{type="exec", path="/bin/ls"}}, detects=0}
END_OF_RULE
    cat >"$work/rules/runs.lua" <<END_OF_RULE
rule{id="runs", title="It runs", severity="high", attack={}, thumbprint={"path"}}
on("exec", {where={path="$work/drop/*"}}, function(e) detect{path=e.path, hash=e.sha256} end)
on("write", {where={path="$work/flood/*"}}, function(e) end)
selftest{events={{type="write", path="$work/flood/a"}}, detects=0}
selftest{events={{type="exec", path="$work/drop/a"}}, detects=1}
selftest{events={{type="exec", path="/bin/ls"}}, detects=0}
END_OF_RULE
    for name in one two; do
        printf '#!/bin/sh\nexit 0\n' >"$work/drop/$name"
        chmod 755 "$work/drop/$name"
    done
}
publish() {
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys &&
        mirror publish product-rules-feed "$work/product" --version 1 &&
        mirror publish behavior "$work/rules" --version 1 &&
        mirror promote public && mirror flags set behavior on --ring public &&
        mirror export "$work/stick" --ring public && enrol
}
events() {
    call Engines >"$work-out" 2>"$work-err" &&
        jq -e ".engines[] | select(.family == \"behavior\") | $1" "$work-out" >/dev/null
}
detected() {
    client detections --json >"$work-out" 2>"$work-err" &&
        jq -e "[.detections[].facts.path] | index(\"$1\")" "$work-out" >/dev/null
}
powers_of() { sed -n 's/^CapBnd:.0*//p' "/proc/$1/status"; }

rules
expect 0 'a mirror and an endpoint' publish
sensor_managed
tap_result $? 'the manager listens for the sensor'
# Here its mode is no obstacle, as it is under the real manager.
expect 1 'another user has no sensor' setpriv --reuid nobody --regid nogroup --clear-groups \
    "$folder/bin/call" "$work/sensor.sock" Status
until_true grep -q 'denied: user [0-9]* is no monitor' "$work-sensor-log"
tap_result $? 'which is logged'
agent_managed
tap_result $? 'the agent serves'
no_sensor
tap_result $? 'nobody wants events yet, and no sensor runs'
expect 0 'rules come into service' client import "$work/stick"
until_true events '.events.sources.exec == "fanotify"'
tap_result $? 'events of processes come from the kernel'
# Bits of capabilities(7): DAC_READ_SEARCH 2, NET_ADMIN 12, SYS_PTRACE 19, SYS_ADMIN 21.
first=$(sensors | head -n 1)
agent=$(pgrep -P "$agent_pid")
[ "$(powers_of "$first")" = 281004 ] && [ "$(powers_of "$agent")" = e1 ]
tap_result $? 'the sensor has the rights to, the agent has none of them'
pgrep -P "$agent" -f sallyport-front >/dev/null && ! pgrep -P "$agent" -f sallyport-sensor >/dev/null
tap_result $? 'it is no child of the agent'
"$work/drop/one"
until_true detected "$work/drop/one"
tap_result $? 'a program that runs is detected'
holds 'and was read' '.detections[0].facts.hash | test("^[0-9a-f]{64}$")'

kill -9 "$first"
until_true test ! -e "/proc/$first"
until_true events '.events.sources.exec == "fanotify"'
tap_result $? 'another takes the place of one that died'
"$work/drop/two"
until_true detected "$work/drop/two"
tap_result $? 'and sees what runs'


# The driver does not read for a while: what finds its channel full is dropped and counted.
flood() {
    for n in $(seq 4000); do
        : >"$work/flood/a-file-with-a-name-that-takes-some-room-on-the-way-to-the-driver-$n"
    done
}
driver=$(pgrep -P "$agent" -f sallyport-driver-behavior)
kill -STOP "$driver"
flood
kill -CONT "$driver"
until_true events '.events.dropped > 0'
tap_result $? 'an overload is counted'
says_dropped() {
    client console --dump engines --size 160x48 >"$work-out" 2>&1
    grep -q '[1-9][0-9]* dropped' "$work-out"
}
says_dropped
tap_result $? 'and people are told'
agent_stop
until_true no_sensor
tap_result $? 'it ends with the agent'
tap_done
