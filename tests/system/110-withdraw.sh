#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A package that turns out bad: out of every ring in one step, and off the endpoints: back to the
# content that was kept, or unloaded, or kept with a warning where nothing else is there.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

content_is() {
    client contents --json >"$work-out" 2>"$work-err" &&
        jq -e "[.contents[] | select(.type == \"flags-supplement\")][0] | $1" "$work-out" >/dev/null
}
point() {
    name=$1
    shift
    "$@"
    tap_result $? "$name ($who)"
}
reset() {
    agent_stop
    rm -rf "$work"
    mkdir "$work"
    [ -z "$as" ] || chown nobody "$work"
}

kept() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first' client import "$work/medium-1"
    expect 0 'and the second are imported' client import "$work/medium-2"

    expect 2 'no withdrawal without a reason' mirror withdraw flags-supplement 2
    expect 10 'nor of what is not there' mirror withdraw flags-supplement 7 --reason 'no such'
    expect 0 'a dry run' mirror withdraw flags-supplement 2 --reason 'stops pumps' --dry-run --json
    holds 'names both rings' '[.rings[] | select(.outcome == "signed" and .dry_run)] | length == 2'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'and changes nothing' '.document.sequence == 2 and (.document.withdrawn | length) == 0'
    expect 0 'withdraw' mirror withdraw flags-supplement 2 --reason 'stops pumps' \
        --link https://example.com/7 --json
    holds 'signs both rings' '[.rings[] | select(.outcome == "signed")] | length == 2'
    expect 0 'once more' mirror withdraw flags-supplement 2 --reason 'stops pumps' \
        --link https://example.com/7 --json
    holds 'is done already' '(.changed | not) and ([.rings[] | select(.outcome == "absent")] | length == 2)'
    expect 2 'other words do not replace what is signed' \
        mirror withdraw flags-supplement 2 --reason 'another'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'the set lists it with reason and link' \
        '.document | .packages == [] and .withdrawn[0].reason == "stops pumps" and .withdrawn[0].link == "https://example.com/7"'
    expect 23 'the same source is not published again' \
        mirror publish flags-supplement "$work/source-2" --version 3
    says 'and it says why' 'withdrawn \(stops pumps\)'
    expect 23 'nor re-issued' mirror reissue flags-supplement 2

    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'the endpoint imports it' client import "$work/medium-3" --json
    point 'is back at the first version, and says why' content_is \
        '.version == "1" and .reason == "withdrawn" and (.words | test("version 2 is withdrawn: stops pumps"))'
    expect 0 'the return is in the audit' client audit list --json
    holds 'as ail and return' '[.records[].what] | index("ail") != null and index("return") != null'
    expect 21 'the medium before is refused' client import "$work/medium-2"
    agent_stop
    agent_start || return
    point 'still so after a restart' content_is '.version == "1"'

    # A newer one is the way on.
    expect 0 'the next version' next_medium 4 available
    expect 0 'is imported' client import "$work/medium-4"
    point 'and active' content_is '.version == "4" and .health == "ok"'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'later sets go on listing what is bad' '.document.withdrawn | length == 1'
    expect 0 'the repository is whole' mirror verify
}

# Nothing kept: a content that is merely bad stays, one that is harmful goes.
none_kept() {
    { make_mirror && enrol; } >"$work-out" 2>&1
    agent_start || return
    expect 0 'import' client import "$work/medium-1"
    expect 0 'withdraw' mirror withdraw flags-supplement 1 --reason 'odd'
    expect 0 'export' mirror export "$work/medium-2" --ring public
    expect 0 'import of a set without packages' client import "$work/medium-2"
    point 'nothing else is there: it stays, and its health fails' \
        content_is '.version == "1" and .health == "fail" and .reason == "withdrawn"'
}
harmful() {
    { make_mirror && enrol; } >"$work-out" 2>&1
    agent_start || return
    expect 0 'import' client import "$work/medium-1"
    expect 0 'withdraw as harmful' mirror withdraw flags-supplement 1 --reason 'burns pumps' --harmful
    expect 0 'export' mirror export "$work/medium-2" --ring public
    expect 0 'import' client import "$work/medium-2"
    point 'it is unloaded' content_is '.version == null'
    agent_stop
    agent_start || return
    point 'and stays so' content_is '.version == null'
}

# A version that no ring carries any more, but that an endpoint went back to.
gone_back() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    agent_start || return
    expect 0 'the first' client import "$work/medium-1"
    expect 0 'and the second are imported' client import "$work/medium-2"
    expect 0 'the second is withdrawn' mirror withdraw flags-supplement 2 --reason 'stops pumps' \
        --harmful
    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'import' client import "$work/medium-3"
    point 'the endpoint is back at the first' content_is '.version == "1"'
    expect 0 'the first is withdrawn, too' mirror withdraw flags-supplement 1 \
        --reason 'burns pumps' --harmful --json
    holds 'both rings tell of it' '[.rings[] | select(.outcome == "signed")] | length == 2'
    expect 0 'once more' mirror withdraw flags-supplement 1 --reason 'burns pumps' --harmful --json
    holds 'they have told' '[.rings[] | select(.outcome == "absent")] | length == 2'
    expect 0 'export' mirror export "$work/medium-4" --ring public
    expect 0 'import' client import "$work/medium-4"
    point 'and it is unloaded' content_is '.version == null'
}

withdraw() {
    kept
    reset
    none_kept
    reset
    harmful
    reset
    gone_back
}

for_each_user withdraw
tap_done
