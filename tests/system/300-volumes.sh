#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An export in volumes: none is larger than asked, each is a whole tree that inspect and the usual
# tools accept, together they are what one medium would hold, and an export in fewer volumes takes
# the others away.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

limit=1500000

# One package that is larger than a volume, and one that fits on any.
sources() {
    mkdir -p "$work/large"
    for part in 1 2 3; do
        head -c 900000 /dev/urandom >"$work/large/part-$part"
    done
    chmod -R a+rX "$work/large"
    flags_source "$work/small" available
    mirror init "$work/repo" --org 'Test Works' --ring public --unprotected-keys &&
        mirror publish null "$work/large" --version 1 &&
        mirror publish flags-supplement "$work/small" --version 1
}

# Bytes of a tree as a medium holds it: whole clusters.
taken() {
    du -s --apparent-size --block-size=4096 "$1" | awk '{ print $1 * 4096 }'
}

# The JSON of an export document, by openssl.
document() {
    openssl cms -verify -inform DER -in "$1/sallyport/export.p7m" -CAfile "$work/repo/root.pem" \
        -purpose any 2>"$work-err"
}

# Names of the frames of a tree's packs, sorted. Packs prove themselves on the way.
frames() {
    for pack in "$1"/sallyport/packs/*.tar; do
        rm -rf "$work/unpacked"
        mkdir "$work/unpacked"
        tar xf "$pack" -C "$work/unpacked" || return 1
        (cd "$work/unpacked" && for frame in *; do echo "$frame  $frame"; done |
            sha384sum -c --quiet) || return 1
        # The last entry is the index.
        tar tf "$pack" | sed '$d'
    done | LC_ALL=C sort
}

all_fit() {
    large=0
    for volume in "$work"/volumes/volume-*; do
        [ "$(taken "$volume")" -le $limit ] || large=$((large + 1))
    done
    [ $large -eq 0 ]
    tap_result $? "no volume is larger than asked ($who)"
}

each_is_whole() {
    bad=0 number=0
    for volume in "$work"/volumes/volume-*; do
        number=$((number + 1))
        client inspect "$volume" --root "$volume/sallyport/root/1.p7m" --json >"$work-out" 2>&1 &&
            jq -e '.code == "ok" and .anchored' "$work-out" >/dev/null || bad=$((bad + 1))
        document "$volume" >"$work/document-$number" || bad=$((bad + 1))
        jq -e ".volume == $number and .volumes == $count" "$work/document-$number" >/dev/null ||
            bad=$((bad + 1))
    done
    [ $bad -eq 0 ] && [ $number -eq "$count" ]
    tap_result $? "inspect and openssl accept each volume ($who)"
    [ "$(cat "$work"/document-* | jq -r .export | sort -u | wc -l)" -eq 1 ]
    tap_result $? "all say the same export ($who)"
    [ "$(cat "$work"/document-* | jq -c .packages | sort -u | wc -l)" -eq 1 ]
    tap_result $? "all say alike which volume holds what ($who)"
    jq -e '[.packages[].volumes | length] | sort | .[0] == 1 and .[1] > 1' "$work/document-1" \
        >/dev/null
    tap_result $? "the small package is on one volume, the large one on several ($who)"
}

# Documents stand on each, frames on one.
together_they_are_the_whole() {
    bad=0
    : >"$work/frames"
    for volume in "$work"/volumes/volume-*; do
        frames "$volume" >>"$work/frames" || bad=$((bad + 1))
        diff -r -x packs -x export.p7m "$work/whole/sallyport" "$volume/sallyport" >/dev/null ||
            bad=$((bad + 1))
    done
    [ $bad -eq 0 ]
    tap_result $? "documents stand on each volume, and every frame proves itself ($who)"
    frames "$work/whole" >"$work/expected"
    LC_ALL=C sort "$work/frames" | cmp -s - "$work/expected"
    tap_result $? "every frame of the whole is on exactly one volume ($who)"
}

run() {
    sources >"$work-out" 2>&1
    tap_result $? "a mirror with a large and a small package ($who)"
    expect 0 'one medium for all' mirror export "$work/whole"
    expect 0 'the plan alone' mirror export "$work/volumes" --volume-size $limit --dry-run --json
    holds 'it has several volumes, none over the limit' \
        "(.volumes | length) > 1 and all(.volumes[]; .bytes <= $limit) and (.written | not)"
    count=$(jq '.volumes | length' "$work-out")
    plan=$(jq -r .export "$work-out")
    [ ! -e "$work/volumes" ]
    tap_result $? "and made nothing ($who)"
    expect 0 'all volumes, side by side' mirror export "$work/volumes" --volume-size $limit
    says 'says what is where' '^package +null 1, volume [0-9]+( [0-9]+)+$'
    all_fit
    each_is_whole
    [ "$(jq -r .export "$work/document-1")" = "$plan" ]
    tap_result $? "and it is the export that was planned ($who)"
    together_they_are_the_whole

    expect 0 'one volume alone, onto its medium' \
        mirror export "$work/disc" --volume-size $limit --volume 2
    diff -r -x export.p7m "$work/disc" "$work/volumes/volume-2" >"$work-out" 2>&1
    tap_result $? "is the same volume ($who)"
    document "$work/disc" | jq -e ".volume == 2 and .export == \"$plan\"" >/dev/null
    tap_result $? "and says so ($who)"
    expect 2 'a volume that there is not' \
        mirror export "$work/disc" --volume-size $limit --volume $((count + 1))

    mkdir -p "$work/volumes/volume-1/sallyport/receipts/here" "$work/volumes/volume-9"
    echo receipt >"$work/volumes/volume-1/sallyport/receipts/here/1.p7m"
    echo mine >"$work/volumes/volume-9/photo"
    [ -z "$as" ] || chown -R nobody "$work/volumes"
    expect 0 'everything onto one again' mirror export "$work/volumes"
    says 'tells what goes' '^goes +[0-9]+ files'
    [ ! -e "$work/volumes/volume-2" ] && [ -e "$work/volumes/volume-9/photo" ] &&
        [ ! -e "$work/volumes/volume-1/sallyport/export.p7m" ] &&
        [ -e "$work/volumes/volume-1/sallyport/receipts/here/1.p7m" ]
    tap_result $? "the volumes went, what is not theirs stayed ($who)"
    expect 0 'and in volumes again' mirror export "$work/volumes" --volume-size $limit
    [ ! -e "$work/volumes/sallyport/export.p7m" ] && [ -e "$work/volumes/volume-2/sallyport" ]
    tap_result $? "the tree of one went ($who)"
    all_fit

    expect 2 'what stands on every volume has to fit' \
        mirror export "$work/tiny" --volume-size 100K
    says 'the largest of it is named' '--volume-size 100K: .*the largest of it is sallyport/'
    expect 2 'a frame has to fit' mirror export "$work/tiny" --volume-size 720K
    says 'it is named' '--volume-size 720K: frame [0-9a-f]{96} of null 1'
    [ ! -e "$work/tiny" ]
    tap_result $? "nothing was made for them ($who)"
}

for_each_user run
tap_done
