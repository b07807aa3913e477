#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Media put together from parts of two exports, each part signed and good by itself: refused, and
# nothing changes.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# Which trees: medium-6 is what is in service, medium-7 is newer.
tree6=sallyport tree7=sallyport

# mixed NAME BASE: a copy of a medium to be changed.
mixed() {
    rm -rf "$work/mixed"
    cp -R "$work/$1" "$work/mixed"
    chmod -R u+w "$work/mixed"
    tree6=$work/medium-6/sallyport
    tree7=$work/medium-7/sallyport
    tree=$work/mixed/sallyport
}

# refused NAME: neither accepted nor trusted with anything.
refused() {
    client import "$work/mixed" --json >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ge 20 ] && [ $status -le 24 ] && ! died
    tap_result $? "$1: refused with $status [C1] [C2] ($who)"
    remembered | cmp -s "$work-before" -
    tap_result $? "$1: nothing changed ($who)"
}

mix_and_match() {
    { make_mirror && enrol && next_medium 6 off && next_medium 7 available; } >"$work-out" 2>&1
    tap_result $? "two exports ($who)"
    agent_start || return
    expect 0 'version 6 is in service' client import "$work/medium-6"
    remembered >"$work-before"

    mixed medium-6
    cp "$tree7"/rings/public/set-*.p7m "$tree/rings/public/"
    refused 'the set of 7 among the files of 6'
    rm "$tree/export.p7m"
    refused 'the same without an export document'

    mixed medium-6
    cp "$tree7/export.p7m" "$tree/"
    refused 'the export document of 7 among the files of 6'

    mixed medium-7
    rm -r "$tree/packs"
    cp -R "$tree6/packs" "$tree/"
    refused 'documents of 7 with the frames of 6'
    rm "$tree/export.p7m"
    refused 'the same without an export document'

    mixed medium-7
    rm -r "$tree/recipes"
    cp -R "$tree6/recipes" "$tree/"
    rm "$tree/export.p7m"
    refused 'documents of 7 with the recipes of 6'

    # The manifest's own name over the other one's bytes.
    mixed medium-7
    rm "$tree/export.p7m"
    for file in "$tree"/recipes/*.rcp; do
        cat "$tree6"/recipes/*.rcp >"$file"
    done
    refused 'the recipe of 6 under the name of that of 7'
    mixed medium-7
    rm "$tree/export.p7m"
    for file in "$tree"/packages/flags-supplement/*.p7m; do
        cat "$tree6"/packages/flags-supplement/*.p7m >"$file"
    done
    refused 'the package of 6 under the name of that of 7'
    mixed medium-7
    rm "$tree/export.p7m"
    for file in "$tree"/packs/*.tar; do
        cat "$tree6"/packs/*.tar >"$file"
    done
    refused 'the pack of 6 under the name of that of 7'
    mixed medium-7
    for file in "$tree"/rings/public/set-*.p7m; do
        cat "$tree6"/rings/public/set-*.p7m >"$file"
    done
    refused 'the set of 6 under the name of that of 7'

    expect 0 'the audit chain' client audit verify
    expect 0 'the medium as it was exported' client import "$work/medium-7" --json
    holds 'is imported' '.result == "active"'
}

for_each_user mix_and_match
tap_done
