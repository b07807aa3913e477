#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Clocks that are wrong: 1970, behind the floor, a year ahead, another one at each look; and a set that
# is signed ahead of the clock.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/state.sh"
command -v sqlite3 >/dev/null || tap_skip_all 'sqlite3 is not installed'
faketime_find || tap_skip_all 'libfaketime is not installed'
system_begin

at_clock() {
    agent_stop
    clock=$1
    agent_start
}

# A set whose timestamp lies two days ahead.
future_medium() {
    flags_source "$work/source-$1" off
    mirror_ahead publish flags-supplement "$work/source-$1" --version "$1" || return 1
    mirror_ahead promote public || return 1
    mirror_ahead export "$work/medium-$1" --ring public
}
mirror_ahead() {
    # shellcheck disable=SC2086 # $as is words
    $as env "LD_PRELOAD=$faketime" FAKETIME=+2d FAKETIME_DONT_FAKE_MONOTONIC=1 \
        "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo" "$@" </dev/null
}

# stepping STEP...: imports the set that is two days ahead, with a clock that leaps so many seconds
# at every look at it. One look decides for set and packages, in verify and in the monitor: all is
# refused as from the future, or all is accepted.
stepping() {
    steps=$* seen_refused=0 seen_accepted=0 bad=''
    cp -a "$work/state" "$work/state-kept"
    state_print "$work/state" >"$work-kept"
    for leap in $steps; do
        # shellcheck disable=SC2086 # $as is words
        $as env "LD_PRELOAD=$faketime" FAKETIME="+0 i$leap" FAKETIME_DONT_FAKE_MONOTONIC=1 \
            "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
            --socket "$work/socket" run --once --json --import "$work/medium-3" \
            </dev/null >"$work-out" 2>"$work-err"
        stepped=$?
        state_print "$work/state" >"$work-now"
        if [ $stepped -eq 22 ]; then
            jq -e '.name == "from-the-future"' "$work-out" >/dev/null &&
                cmp -s "$work-kept" "$work-now" || bad="$bad $leap:changed"
            seen_refused=$((seen_refused + 1))
        else
            jq -e '.imports[0] | .code == "ok" and all(.packages[]; .result == "active")' \
                "$work-out" >/dev/null || bad="$bad $leap:$stepped"
            seen_accepted=$((seen_accepted + 1))
        fi
        rm -rf "$work/state"
        cp -a "$work/state-kept" "$work/state"
    done
    rm -rf "$work/state-kept"
    [ $seen_refused -gt 0 ] && [ $seen_accepted -gt 0 ] && [ -z "$bad" ]
    tap_result $? "a clock that leaps at each look: $seen_refused times all is refused, \
$seen_accepted times all is accepted [B6] ($who)"
    [ -z "$bad" ] || echo "#$bad"
}

clocks() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"

    at_clock '@1970-01-02 00:00:00' || return
    expect 0 '1970: status' client status --json
    holds '1970: the clock is behind, both are named' \
        '.clock.behind and (.clock.local | startswith("1970-01-02")) and .clock.floor > "2026"'
    expect 0 '1970: an import goes through' client import "$work/medium-1" --json
    holds '1970: and is active' '.result == "active"'
    expect 0 '1970: status' client status --json
    holds '1970: warns and counts from the floor [B7]' \
        '.health == "warn" and .clock.behind and .generated > "2026" and .set.accepted > "2026"'
    says '1970: the next step is the clock' 'clock is behind'
    expect 0 '1970: the same again' client import "$work/medium-1" --json
    holds '1970: is current' '.result == "current"'

    # An hour before the newest timestamp that was accepted.
    at_clock '-1h' || return
    expect 0 'behind the floor: status' client status --json
    holds 'behind the floor: said' '.clock.behind and .clock.local < .clock.floor'
    expect 0 'behind the floor: the newer set' client import "$work/medium-2" --json
    holds 'behind the floor: is active' '.result == "active"'
    expect 21 'behind the floor: the older set stays older' client import "$work/medium-1"

    at_clock '' || return
    expect 0 'a right clock' client status --json
    holds 'is not behind' '.clock.behind | not'

    future_medium 3 >"$work-out" 2>&1
    tap_result $? "a set signed two days ahead ($who)"
    remembered >"$work-before"
    expect 22 'from the future: refused [B7]' client import "$work/medium-3" --json
    holds 'from the future: as that' '.name == "from-the-future"'
    expect 22 'from the future: once more in words' client import "$work/medium-3"
    says 'from the future: with the verb that confirms it' 'import --confirm-time'
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"

    agent_stop
    # From a quarter of an hour to three days. (One that falls is behind, and says nothing of a future.)
    stepping 900 3600 10800 21600 32400 43200 64800 86400 129600 259200

    # A clock that runs a year ahead calls nothing the future, and ages everything.
    cp -a "$work/state" "$work/state-before"
    at_clock '+365d' || return
    expect 0 'a year ahead: the set is accepted' client import "$work/medium-3" --json
    holds 'a year ahead: active' '.result == "active"'
    expect 0 'a year ahead: health' client status --json
    holds 'a year ahead: age and expiry are told [B7]' '.health != "ok" and .set.age > 86400 * 300'
    agent_stop
    rm -rf "$work/state"
    mv "$work/state-before" "$work/state"

    at_clock '' || return
    expect 0 'confirmed: accepted' client import "$work/medium-3" --confirm-time --json
    holds 'confirmed: active' '.result == "active"'
    expect 0 'confirmed: the audit chain' client audit list --json
    holds 'confirmed: keeps who said so' '[.records[] | select(.what == "confirm-time")]
        | length == 1 and (.[0].who | startswith("uid "))'
    expect 0 'confirmed: status' client status --json
    holds 'confirmed: from now on the clock is behind' '.clock.behind'
    expect 0 'audit verify' client audit verify
    agent_stop
}

for_each_user clocks
tap_done
