#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Three versions of a content by full exports, by updates since one that is installed, over volumes,
# in whatever order floors allow: what lies on the endpoint in the end is what
# was published. And updates to what isn't there, or is damaged there.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

versions='1 2 3'
for version in $versions; do
    "$TOP_BUILDDIR/tests/bench/make-content" "$folder/content-$version" 12M 42 "$version" >/dev/null
done
chmod -R a+rX "$folder"/content-*

# number VERSION: the sequence of its set.
number() {
    cat "$work/set-$1"
}
publish() {
    mirror publish null "$folder/content-$1" --version "$1" && mirror promote public &&
        mirror show public --json | jq .document.sequence >"$work/set-$1" &&
        mirror export "$work/full-$1" --ring public
}
# since FROM TO [OPTION...]
since() {
    from=$1 to=$2
    shift 2
    mirror export "$work/since-$from-$to" --ring public --since "$(number "$from")" "$@"
}
exports() {
    make_mirror && enrol && publish 1 && publish 2 && since 1 2 && publish 3 && since 1 3 &&
        since 2 3 && mirror export "$work/volumes" --ring public --since "$(number 1)" \
        --volume-size 1M
}

here() {
    # shellcheck disable=SC2012 # one link
    echo "$work/state/content/null/$(readlink "$work/state/content/null/current")"
}
# has VERSION NAME
has() {
    diff -r "$folder/content-$1" "$(here)" >"$work-out" 2>&1
    tap_result $? "$2: version $1 as it was published ($who)"
}
anew() {
    agent_stop
    rm -rf "$work/state"
    cp -a "$work/state-before" "$work/state"
    agent_start
}

# way NAME STEP...: a new endpoint takes each; MEDIUM:VERSION is what must be there after it.
way() {
    name=$1
    shift
    anew || return
    for step in "$@"; do
        expect 0 "$name: ${step%:*}" client import "$work/${step%:*}" --json
        holds "$name: ${step%:*} is in service" '.result == "active"'
        has "${step#*:}" "$name"
    done
}

orders() {
    way 'each update' full-1:1 since-1-2:2 since-2-3:3
    [ "$who" = root ] || return
    way 'all in full' full-1:1 full-2:2 full-3:3
    way 'only the last' full-3:3
    way 'full in the middle' full-1:1 full-2:2 since-2-3:3
    way 'full at the end' full-1:1 since-1-2:2 full-3:3
}

# What an update reads and writes.
cost() {
    anew || return
    expect 0 'the first' client import "$work/full-1" --json
    whole=$(jq .read_bytes "$work-out")
    expect 0 'a dry run of the update' client import "$work/since-1-3" --json --dry-run
    holds 'reads little' ".read_bytes < $whole / 4"
    expect 0 'the update' client import "$work/since-1-3" --json
    holds 'read little, and the rest from what is installed' \
        ".read_bytes < $whole / 4 and .built_bytes > $whole"
    find "$(here)" -type f -links +1 | grep -q . && ! find "$(here)" -type f ! -perm 400 | grep -q .
    tap_result $? "files that stay are links ($who)"
    expect 21 'an older update' client import "$work/since-1-2" --json
    says 'is an older set' 'older than|rollback'
    has 3 'an older update'
    expect 0 'installed content' call Repair '{}'
    holds 'is sound' '.result == "sound"'
}

in_volumes() {
    anew || return
    expect 0 'the first' client import "$work/full-1"
    count=$(find "$work/volumes" -mindepth 1 -maxdepth 1 | wc -l)
    [ "$count" -ge 2 ]
    tap_result $? "the update takes $count volumes ($who)"
    for volume in $(seq "$count" -1 2); do
        expect 24 "volume $volume" client import "$work/volumes/volume-$volume" --json
    done
    expect 0 'volume 1' client import "$work/volumes/volume-1" --json
    holds 'completes it' '.result == "active" and .resumed_bytes > 0'
    has 3 'volumes'
}

# Nothing of a base that is not here is needed to say so.
without_base() {
    anew || return
    expect 24 'an update to nothing' client import "$work/since-1-3" --json
    says 'says what to ask for' 'comes as a change to content that is not here.*full export'
    expect 0 'state as before' client status --json
    expect 0 'then a full one' client import "$work/full-2" --json
    has 2 'a full one'
    expect 24 'an update to another version' client import "$work/since-1-3" --json
    has 2 'an update to another version'
}

# The byte lies in a file that every version has, or in one that the update builds on.
damaged() {
    anew || return
    expect 0 'the first' client import "$work/full-1"
    file=$(here)/$1
    $as chmod 600 "$file"
    flip "$file" 4100
    $as chmod 400 "$file"
    expect 24 "$1 is damaged: the update" client import "$work/since-1-3" --json
    says 'is refused as such' 'base-missing'
    client contents --json >"$work-out"
    says "$1: health says it" 'bad-digest'
    has_health fail
    expect 0 "$1: a full one mends it" client import "$work/full-3" --json
    has 3 "$1 was damaged"
    has_health ok
}
has_health() {
    client contents --json | jq -e --arg health "$1" \
        '.contents[] | select(.type == "null") | .health == $health' >/dev/null
    tap_result $? "health is $1 ($who)"
}

# A full medium goes on without what is damaged, in the same import: where a change would build on it,
# and where it would be linked.
damaged_and_full() {
    anew || return
    expect 0 'the first' client import "$work/full-1"
    file=$(here)/$1
    $as chmod 600 "$file"
    flip "$file" 4100
    $as chmod 400 "$file"
    expect 0 "$1 is damaged: a full one at once" client import "$work/full-3" --json
    has 3 "a full one over a damaged $1"
}

trip() {
    exports >"$work-out" 2>&1
    status=$?
    [ $status -eq 0 ] || tail -n 5 "$work-out" | sed "s,^,# ,"
    tap_result $status "three versions, full and since each other ($who)"
    cp -a "$work/state" "$work/state-before"
    orders
    cost
    in_volumes
    without_base
    [ "$who" = root ] || return
    damaged a/db/signatures.cdb
    damaged a/reputation/sha256.bin
    damaged a/misc/text-0.txt
    damaged_and_full a/db/signatures.cdb
    damaged_and_full a/misc/text-0.txt
    expect 0 'the audit chain' client audit verify
}

for_each_user trip
tap_done
