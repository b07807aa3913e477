#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Content that is changed on the endpoint itself: a byte, its end, a file, a mode, a file more, the
# whole folder. Found, told as what it is, put right from a source, and recorded. What is loaded is
# served all the time.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# Where the active content lies.
here() {
    # shellcheck disable=SC2012 # one link
    echo "$work/state/content/flags-supplement/$(readlink "$work/state/content/flags-supplement/current")"
}

# As whoever owns the file: its mode comes back, so that only what is meant is different.
owner() {
    # shellcheck disable=SC2086
    $as "$@"
}
edit() {
    owner chmod 600 "$(here)/flags.json"
    "$@"
    owner chmod 400 "$(here)/flags.json"
}

flipped() { edit flip "$(here)/flags.json" 12; }
cut_short() { edit truncate -s 5 "$(here)/flags.json"; }
gone() { rm -f "$(here)/flags.json"; }
mode() { chmod 644 "$(here)/flags.json"; }
more() { owner cp "$(here)/flags.json" "$(here)/more.json"; }
folder() { rm -rf "$(here)"; }
recipe() {
    owner chmod 600 "$(here).rcp"
    flip "$(here).rcp" 50
    owner chmod 400 "$(here).rcp"
}

health() {
    client contents --json | jq -r \
        '.contents[] | select(.type == "flags-supplement") | "\(.health) \(.reason) \(.words)"'
}

# damaged NAME WORDS: does it, and the agent finds it, serves on, and mends it from the medium.
damaged() {
    before=$(serving)
    "$1"
    expect 0 "$1: repair looks, and there is no source" call Repair '{}'
    holds "$1: found" '.result == "damaged" and (.contents | length) == 1'
    health >"$work-out"
    says "$1: health names it" "^fail bad-digest 1: .*$2"
    [ "$(serving)" = "$before" ]
    tap_result $? "$1: what is in service stays ($who)"
    expect 0 "$1: a dry run plans" call Repair "{\"source\":\"$work/medium-1\",\"dry_run\":true}"
    holds "$1: and fetches nothing" '.result == "damaged" and (.sources[0].result | IN("planned", "partial"))'
    expect 0 "$1: repaired from the medium" call Repair "{\"source\":\"$work/medium-1\"}"
    holds "$1: it says so" '.result == "repaired" and .contents[0].repaired'
    health >"$work-out"
    says "$1: health is well" '^ok '
    expect 0 "$1: once more: sound" call Repair '{}'
    holds "$1: nothing is left" '.result == "sound"'
}

trip() {
    expect 0 'a mirror and a medium' make_mirror
    expect 0 'an enrolment' enrol
    agent_start || return
    expect 0 'the first import' client import "$work/medium-1"
    damaged flipped 'flags.json does not have its digest'
    damaged cut_short 'flags.json has 5 bytes'
    damaged gone 'flags.json is no regular file'
    damaged mode 'flags.json has mode 0644 in place of 0400'
    damaged more 'more.json is no file of this package'
    damaged folder 'its folder is gone'
    damaged recipe 'its recipe does not have its digest'
    expect 0 'the trail' call Audit '{"after":0,"limit":1000}'
    holds 'every damage and every repair is in it' \
        '([.records[] | select(.what == "damage" and .code == "bad-digest")] | length) == 7 and
         ([.records[] | select(.what == "repair")] | length) == 7'
    # shellcheck disable=SC2016
    expect 0 'and the chain holds' call AuditVerify '{}'
    holds 'from its start' '.ok'
    # At the start, before anything is loaded, and healed by the look at a source that follows.
    agent_stop
    flipped
    expect 0 'a start with damaged content, and a look at the medium' \
        agent run --once --json --import "$work/medium-1"
    says 'it was seen before anything was loaded' 'flags.json does not have its digest'
    agent_start || return
    health >"$work-out"
    says 'and it is well' '^ok '
    agent_stop
}

for_each_user trip
tap_done
