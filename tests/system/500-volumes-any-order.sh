#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An export on three volumes, imported in each of the six orders: what is whole goes in at once, the
# message names the volumes that are missing, and the last one completes it.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

three_volumes() {
    make_mirror && enrol || return 1
    mkdir "$work/source"
    for part in a b c; do
        head -c 2M /dev/urandom >"$work/source/$part"
    done
    chmod -R a+rX "$work/source"
    mirror publish null "$work/source" --version 1 || return 1
    mirror promote public || return 1
    mirror export "$work/volumes" --ring public --volume-size 3M || return 1
    [ "$(ls "$work/volumes")" = "$(printf 'volume-1\nvolume-2\nvolume-3')" ]
}

# Which volumes hold frames of the large package, by the signed export document.
spread() {
    client inspect "$work/volumes/volume-1" --json >"$work-out" 2>"$work-err"
    jq -e '.plan.packages[] | select(.type == "null") | .volumes == [1, 2, 3]' "$work-out"
}

# needs NAME VOLUME...: the last import is partial, and these volumes are named.
needs() {
    order=$1
    shift
    holds "$order: partial" '.result == "partial" and .code == "volume-missing"'
    case $# in
    1) says "$order: names volume $1" "volume $1 of 3 of this export is needed" ;;
    *) says "$order: names volumes $1 and $2" "volumes ($1, $2|$1-$2) of 3 of this export are needed" ;;
    esac
}

# any_order FIRST SECOND THIRD
any_order() {
    agent_stop
    rm -rf "$work/state"
    cp -a "$work/state-before" "$work/state"
    agent_start || return
    expect 24 "$*: volume $1 [C5]" client import "$work/volumes/volume-$1" --json
    if [ "$2" -lt "$3" ]; then
        needs "$*" "$2" "$3"
    else
        needs "$*" "$3" "$2"
    fi
    expect 24 "$*: volume $2" client import "$work/volumes/volume-$2" --json
    needs "$*" "$3"
    holds "$*: what came first is kept" '.resumed_bytes > 0'
    expect 24 "$*: volume $1 again is no news" client import "$work/volumes/volume-$1" --json
    holds "$*: nothing is read twice" '.read_bytes == 0'
    expect 0 "$*: status" client status --json
    holds "$*: says what waits" '.partials[0].words | contains("needed")'
    expect 0 "$*: volume $3" client import "$work/volumes/volume-$3" --json
    holds "$*: completes it" '.result == "active" and .resumed_bytes > 0'
    expect 0 "$*: any of them again" client import "$work/volumes/volume-$2" --json
    holds "$*: is already current" '.result == "current" and .changed == false'
    [ -z "$(ls -A "$work/state/staging")" ]
    tap_result $? "$*: staging is empty ($who)"
}

volumes() {
    three_volumes >"$work-out" 2>&1
    tap_result $? "an export on three volumes ($who)"
    cp -a "$work/state" "$work/state-before"
    agent_start || return
    spread >/dev/null
    tap_result $? "the large package is on all three ($who)"
    expect 0 'a dry run of one' client import "$work/volumes/volume-2" --dry-run --json
    says 'names the others' 'volumes 1, 3 of 3 of this export are needed'
    for order in '1 2 3' '1 3 2' '2 1 3' '2 3 1' '3 1 2' '3 2 1'; do
        # shellcheck disable=SC2086 # three numbers
        any_order $order
    done
    expect 0 'the audit chain' client audit verify
}

for_each_user volumes
tap_done
