#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The two-person rule: one signature is not a set of the last ring, two by different keys are.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

two() {
    flags_source "$work/source-1" available
    expect 0 'init with two release keys' \
        mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys --two-person
    expect 0 'publish' mirror publish flags-supplement "$work/source-1" --version 1
    expect 3 'promote with one key leaves it pending' \
        mirror promote public --key release
    says 'and names the verb that completes it' 'cosign'
    [ -f "$work/repo/pending/public.p7m" ]
    tap_result $? "the set waits in pending/ ($who)"
    mirror export "$work/medium-0" --ring public >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "nothing to export yet ($who)"
    mirror cosign public --key release >"$work-out" 2>"$work-err"
    status=$?
    [ $status -eq 20 ]
    tap_result $? "the same key does not count twice ($who)"
    expect 0 'cosign with the other key' mirror cosign public --key release-2
    expect 0 'export' mirror export "$work/medium-1" --ring public
    expect 0 'enrol' enrol
    agent_start || return

    # The pending document in the place of the set: good, but signed by one.
    next_one
    expect 0 'import' client import "$work/medium-1" --json
    remembered >"$work-before"
    cp -R "$work/medium-1" "$work/single"
    chmod -R u+w "$work/single"
    # Nor may a tree without an export document, which would list other files.
    rm "$work/single/sallyport/export.p7m"
    cp "$work/repo/pending/public.p7m" "$work/single/sallyport/rings/public/set-2.p7m"
    expect 20 'a set with one of two signatures is refused' client import "$work/single" --json
    holds 'as threshold' '.name == "threshold"'
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"
}

next_one() {
    flags_source "$work/source-2" off
    { mirror publish flags-supplement "$work/source-2" --version 2 &&
        mirror promote public --key release; } >"$work-out" 2>&1
    [ -f "$work/repo/pending/public.p7m" ]
    tap_result $? "a second set is pending ($who)"
}

for_each_user two
tap_done
