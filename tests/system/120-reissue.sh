#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The way back: old content under a new issue and time. Endpoints take it, floors rise, and the media
# of before stay refused. Also in one step with a withdrawal.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

version_is() {
    client contents --json >"$work-out" 2>"$work-err" &&
        jq -e --arg v "$1" --argjson i "$2" \
            '[.contents[] | select(.version == $v and .issue == $i and .health == "ok")] | length == 1' \
            "$work-out" >/dev/null
    tap_result $? "version $1, issue $2 is active ($who)"
}
floor() {
    client floor --json | jq -r '[.floors[] | select(.subject == "type:flags-supplement")][0] | .issue // .number'
}

reissue() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first' client import "$work/medium-1"
    expect 0 'and the second are imported' client import "$work/medium-2"
    expect 21 'the first medium is no way back' client import "$work/medium-1"

    expect 10 'a version that is not there' mirror reissue flags-supplement 9
    packs=$(find "$work/repo/tree/sallyport/packs" -type f | wc -l)
    expect 0 'a dry run' mirror reissue flags-supplement 1 --dry-run --json
    holds 'says the issue that it would have' '.issue == 3 and .dry_run'
    expect 0 'the first again' mirror reissue flags-supplement 1 --notes 'back from 2' --json
    holds 'under a new issue, in the first ring' '.issue == 3 and .ring == "engineering" and .sequence == 3'
    [ "$(find "$work/repo/tree/sallyport/packs" -type f | wc -l)" -eq "$packs" ]
    tap_result $? "no new frames ($who)"
    mirror show flags-supplement --json >"$work-out" 2>"$work-err"
    holds 'with its notes' '.document.notes == "back from 2" and .document.version == "1"'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'the last ring does not have it yet' '.document.packages[0].issue == 2'
    expect 0 'promote' mirror promote public
    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'is accepted' client import "$work/medium-3" --json
    holds 'and active' '.result == "active"'
    version_is 1 3
    expect 21 'the second medium is older now' client import "$work/medium-2"
    expect 0 'the same source has nothing new' \
        mirror publish flags-supplement "$work/source-1" --json
    holds 'so it says' '.changed | not'
    tar -C "$work/source-1" -cf "$work/source-1.tar" flags.json
    gzip -k "$work/source-1.tar"
    for form in source-1.tar source-1.tar.gz source-1/flags.json; do
        expect 4 "the same as $form" \
            mirror publish flags-supplement "$work/$form" --fail-unchanged
    done
    expect 4 'with an exit status where that is asked for' \
        mirror publish flags-supplement "$work/source-1" --fail-unchanged

    # Withdrawn, with the earlier one in its place in the same step.
    expect 0 'a third version' next_medium 4 'off'
    expect 0 'a fourth' next_medium 5 'available'
    expect 0 'is imported' client import "$work/medium-5"
    expect 0 'withdraw it, with the third in its place' \
        mirror withdraw flags-supplement 5 --reason 'wrong' --reissue 4 --json
    holds 'in both rings' '[.rings[] | select(.outcome == "signed" and .replaced)] | length == 2'
    expect 0 'again' mirror withdraw flags-supplement 5 --reason 'wrong' --reissue 4 --json
    holds 'there is nothing left to do' '[.rings[] | select(.outcome == "absent")] | length == 2'
    expect 0 'export' mirror export "$work/medium-6" --ring public
    expect 0 'import' client import "$work/medium-6" --json
    version_is 4 6
    expect 0 'the repository is whole' mirror verify
}

for_each_user reissue
tap_done
