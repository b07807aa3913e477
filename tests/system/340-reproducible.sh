#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The same source gives the same recipes and packs, in two repositories with different keys, from a
# folder and from an archive; and the same catalog gives the same stream but for the signature.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# names FOLDER: recipes and packs of an export, by content.
names() {
    (cd "$1/sallyport" && find recipes packs -type f | LC_ALL=C sort | xargs sha384sum)
}

publish_all() {
    mirror init "$work/repo" --org "$1" --ring public --unprotected-keys &&
        mirror publish null "$2" --version 1 &&
        mirror publish flags-supplement "$3" --version 1 &&
        mirror publish local-rep-data "$work/reputation" --version 1 &&
        mirror export "$work/medium-$4" &&
        mirror export "$work/$4.tar" --form tar &&
        mirror export "$work/again-$4.tar" --form tar
}

# The stream up to its last file, the signed list.
body() {
    head -c "$(tar tvRf "$1" | awk '/export.p7m$/ { sub(/:$/, "", $2); print $2 * 512 }')" "$1"
}

run() {
    mkdir "$work/source"
    for number in 1 2 3; do
        head -c 300000 /dev/urandom >"$work/source/noise-$number"
        seq $((number * 1000)) >"$work/source/text-$number"
    done
    flags_source "$work/flags" off
    cp -R "$TOP_SRCDIR/tests/fixtures/content/local-rep-data/good" "$work/reputation"
    chmod -R a+rX "$work/source" "$work/reputation"
    (cd "$work/flags" && tar cf "$work/flags.tar" flags.json)
    touch -d '2001-01-01' "$work"/source/*
    publish_all 'First Works' "$work/source" "$work/flags" 1 >"$work-out" 2>&1
    tap_result $? "a mirror ($who)"
    mv "$work/repo" "$work/repo-1"
    touch "$work"/source/*
    publish_all 'Second Works' "$work/source" "$work/flags.tar" 2 >"$work-out" 2>&1
    tap_result $? "another one, later, one source as an archive ($who)"
    names "$work/medium-1" >"$work/names-1"
    names "$work/medium-2" >"$work/names-2"
    [ "$(wc -l <"$work/names-1")" -ge 4 ] && cmp -s "$work/names-1" "$work/names-2"
    tap_result $? "recipes and packs are the same bytes ($who)"
    cmp -s "$work/medium-1/sallyport/root/1.p7m" "$work/medium-2/sallyport/root/1.p7m"
    [ $? -eq 1 ]
    tap_result $? "their keys are not ($who)"
    body "$work/1.tar" >"$work/body-1"
    body "$work/again-1.tar" | cmp -s - "$work/body-1"
    tap_result $? "a stream is the same bytes each time, up to the signed list ($who)"
    SOURCE_DATE_EPOCH=1000000000
    export SOURCE_DATE_EPOCH
    expect 0 'an export at a given time' mirror export "$work/medium-3"
    openssl cms -verify -inform DER -in "$work/medium-3/sallyport/export.p7m" \
        -CAfile "$work/repo/root.pem" -purpose any 2>/dev/null |
        jq -e '.created == "2001-09-09T01:46:40Z"' >/dev/null
    tap_result $? "says that time ($who)"
    unset SOURCE_DATE_EPOCH
}

for_each_user run
tap_done
