#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Telemetry from end to end: the mirror publishes where it goes and how often, the endpoint's own
# configuration says whether anything leaves and to whom, and what was gathered waits in the outbox.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

fixtures=$TOP_SRCDIR/tests/fixtures/content/telemsup

# telemsup N SERVER INTERVAL: the next version, in the last ring, on $work/medium-N.
telemsup() {
    mkdir -p "$work/telemsup-$1"
    sed "s/mirror\.site\.example/$2/; s/86400/$3/" "$fixtures/good/telemetry.json" \
        >"$work/telemsup-$1/telemetry.json"
    chmod -R a+rX "$work/telemsup-$1"
    mirror publish telemsup "$work/telemsup-$1" --version "$1" && mirror promote public &&
        mirror export "$work/medium-$1" --ring public
}

# conf [LINE...]: agent.conf of these lines; the agent starts again with it.
conf() {
    printf '%s\n' "$@" >"$work/agent.conf"
    agent_stop
    agent_start --config "$work/agent.conf"
}

# Bad content: refused where it is published, with key and rule.
refused() {
    expect 23 "publish: $1" mirror publish telemsup "$fixtures/$1" --version bad
    says "publish: $1: the key is named" "telemetry\.json: $2"
}

# outgoing FILTER: true for what outgoing --show says, at last.
outgoing_is() {
    client outgoing --show --json >"$work-out" 2>"$work-err" && jq -e "$1" "$work-out" >/dev/null
}
outgoing() {
    until_true outgoing_is "$2"
    holds "$1" "$2"
}

health_is() {
    expect 0 'contents' client contents --json
    holds "$1" ".contents[] | select(.type == \"telemsup\") | $2"
}

driver() {
    pgrep -P "$agent_pid" -f sallyport-driver-telemetry
}
is_another() {
    now=$(driver) && [ "$now" != "$1" ]
}

waiting='[.categories[] | select(.category == "telemetry")][0]'

telemetry() {
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys >"$work-out" 2>&1
    refused interval 'interval: expected an integer from 3600 to 2592000'
    refused header 'additionalHeaders: .*control'
    refused server 'server: expected a full DNS name'
    expect 0 'what is good is published' telemsup 1 mirror.site.example 7200
    expect 0 'an enrolment' enrol

    # By default nothing leaves, whatever content says.
    conf '[agent]' || return
    expect 0 'without telemsup' client outgoing --json
    holds 'there is no telemetry' ".telemetry == null and ($waiting.leaves | not)"
    expect 0 'import' client import "$work/medium-1"
    outgoing 'by default nothing is gathered' "(.telemetry.gathers | not) and
        .telemetry.destination.server == \"mirror.site.example\" and $waiting.items == 0 and
        (.telemetry.words | test(\"telemetry = no\"))"

    # Where the site lets it, and without a suffix it leaves on the medium only.
    conf '[export]' 'telemetry = yes' || return
    outgoing 'allowed: an item waits, every field shown' "$waiting.items == 1 and
        (.telemetry.words | test(\"return medium only\")) and (.telemetry.pinned | not) and
        (.items[0].fields | .schema == \"sallyport.telemetry/1\" and .endpoint == \"endpoint-1\" and
         .destination == {server: \"mirror.site.example\", port: 443, path: \"/prod\", verb: \"PUT\",
          headers: [{name: \"x-site\", value: \"delta\"}]} and .set.sequence > 0 and
         .contents == [{type: \"telemsup\", version: \"1\", issue: .contents[0].issue, staged: null,
          health: \"ok\", reason: \"ok\", activated: 1, returned: 0, quarantined: 0}] and
         .driver_ends == {telemetry: 0} and .refusals == {})"
    grep -q "$work" "$work/state/outbox/"*.json
    [ $? -eq 1 ]
    tap_result $? "no path is in it ($who)"
    next=$(jq -r .telemetry.next "$work-out")

    # The schedule outlives the agent; a pinned suffix lets it go over a network one day.
    conf '[export]' 'telemetry = yes' '[telemetry]' 'suffix = lan site.example' || return
    outgoing 'a restart gathers no second one and keeps the schedule' "$waiting.items == 1 and
        .telemetry.next == \"$next\" and .telemetry.pinned and .telemetry.words == \"\""
    expect 0 'for people' client outgoing --show
    says 'destination, interval and next' "^Telemetry mirror.site.example:443/prod every 2h   next .* \[ OK \]"
    says 'headers' '^Header    x-site: delta'
    says 'what is pinned' '^Pinned    lan, site.example'
    expect 0 'status' client status
    says 'has it in a line' '^Telemetry mirror.site.example:443/prod every 2h'

    # Another server: refused by the suffix, said in health, and nothing is gathered for it.
    expect 0 'content that leads elsewhere' telemsup 2 offsite.example 3600
    expect 0 'is imported' client import "$work/medium-2"
    outgoing 'but gets nothing' "(.telemetry.gathers | not) and .telemetry.next == null and
        .telemetry.reason == \"foreign-server\" and $waiting.items == 1"
    health_is 'and health says why' '.health == "fail" and .reason == "foreign-server" and
        .words == "destination offsite.example is not beneath a pinned suffix"'
    expect 0 'the trail' call Audit '{}'
    holds 'tells of both destinations' '[.records[] | select(.what == "telemetry") | .code] ==
        ["ok", "foreign-server"]'
    due
}

# The clock goes on: one item for however many turns were missed, and it tells of a driver that ended.
due() {
    killed=$(driver)
    kill -9 "$killed"
    until_true is_another "$killed"
    tap_result $? "a driver that is killed comes back ($who)"
    faketime_find || {
        tap_skip "due ($who)" 'libfaketime is not installed'
        return
    }
    clock=+9h
    conf '[export]' 'telemetry = yes' '[telemetry]' 'suffix = offsite.example'
    started=$?
    clock=
    [ $started -eq 0 ] || return
    outgoing 'nine hours later there is one more' "$waiting.items == 2 and
        .items[1].fields.since == .items[0].fields.time and .telemetry.interval == 3600 and
        .items[1].fields.destination.server == \"offsite.example\" and
        .items[1].fields.driver_ends == {telemetry: 1} and
        .telemetry.next > .items[1].fields.time"
}

for_each_user telemetry
tap_done
