#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The mirror's half of deltas: publish makes recipes that build on the packages before, export
# --since carries what the other side lacks, and prune, verify and sync know them.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
cutter=$TOP_BUILDDIR/tests/system/cut
tap_built "$cutter"
system_begin

# A list of sorted records, a text, noise and small files; each version changes a little of each.
sources() {
    awk -v version="$1" 'BEGIN {
        for (i = 0; i < 20000; i++) {
            if (version > 1 && i % 50 == version) continue
            printf "%08d-%06d-record-%06d---\n", i, i * 7919 % 999983, i * 31 % 999979
            if (version > 1 && i % 60 == version)
                printf "%08d-%06d-record-%06d---\n", i, 999990, version
        }
    }' >"$work/source/list"
    awk -v version="$1" 'BEGIN {
        for (i = 0; i < 30000; i++) {
            if (i % 3000 == 1000) print "changed in", version, i
            print "rule", i, i * 104729 % 1000003
        }
    }' >"$work/source/text"
    head -c 2000 /dev/urandom >>"$work/source/noise"
    mkdir -p "$work/source/small"
    for number in 1 2 3 4 5 6 7 8 9; do
        echo "small file $number" >"$work/source/small/$number"
    done
    echo "version $1" >"$work/source/small/5"
    chmod -R a+rX "$work/source"
}

publish() {
    sources "$1"
    expect 0 "publish version $1" mirror publish null "$work/source" --version "$1" --json
}

# Bytes of a medium's packs.
packs() {
    cat "$1"/sallyport/packs/*.tar 2>/dev/null | wc -c
}

publishing() {
    mkdir "$work/source"
    head -c 900000 /dev/urandom >"$work/source/noise"
    flags_source "$work/flags" available
    expect 0 'a repository' mirror init "$work/repo" --org 'Test Works' --ring site \
        --unprotected-keys
    mirror publish flags-supplement "$work/flags" --version 1 >/dev/null 2>&1
    publish 1
    holds 'the first has nothing to build on' '.deltas == []'
    publish 2
    holds 'the second builds on the first' \
        '[.deltas[].version] == ["1"] and .deltas[0].packed < 60000'
    publish 3
    holds 'the third on both' '[.deltas[].version] == ["2", "1"]'
    expect 0 'list packages' mirror list packages
    says 'names the issues' '^null +3 3 .* 1,2$'
    says 'and where there is none' '^null +1 1 .* -$'
    expect 0 'as JSON' mirror list packages --json
    holds 'with their versions and sizes' \
        '[.rows[] | select(.type == "null" and .issue == 3) | .deltas[]] |
            [.[].version] == ["1", "2"] and all(.packed > 0 and .size > 0 and (.base | length) == 96)'
    expect 0 'the same again' mirror publish null "$work/source" --version 3 --json
    holds 'is no second package' '(.changed | not) and .deltas == []'
    expect 0 'verify proves them' mirror verify --json
    holds 'all of them' '.deltas == 3 and .failures == 0 and .strays == 0'
}

# Sets: 1 the flags, 2 to 4 the versions.
since() {
    expect 0 'a full export' mirror export "$work/full" --json
    full=$(jq .packed "$work-out")
    holds 'is for all' '.base == null and ([.contents[].carried] | unique) == ["full"]'
    expect 0 'what --since would carry' mirror export "$work/none" --since 2 --dry-run --json
    holds 'is a plan' '.base.sequence == 2 and .base.ring == "site" and (.written | not)'
    planned=$(jq .packed "$work-out")
    expect 0 'an export for those who have set 2' mirror export "$work/delta" --since site/2
    says 'says whom it serves' '^base .*builds on set site/2: endpoints that have it need 0\.[0-9] MB'
    expect 0 'the same as JSON' mirror export "$work/delta" --since 2 --json
    holds 'of one package what is new, of one its document' \
        '[.contents[] | .type + " " + .carried] | sort ==
            ["flags-supplement known", "null delta"]'
    [ "$(jq .packed "$work-out")" -eq "$planned" ] && [ $((planned * 4)) -lt "$full" ]
    tap_result $? "it is small, and as planned: $planned of $full bytes ($who)"
    [ "$(packs "$work/delta")" -lt $((planned * 2 + 20000)) ]
    tap_result $? "so is what lies on the medium ($who)"
    base=$(openssl cms -verify -inform DER -in "$work/delta/sallyport/export.p7m" \
        -CAfile "$work/repo/root.pem" -purpose any 2>/dev/null | jq -r .base)
    openssl cms -verify -inform DER -in "$work/repo/tree/sallyport/rings/site/set-2.p7m" \
        -CAfile "$work/repo/root.pem" -purpose any 2>/dev/null | sha384sum | grep -q "^$base "
    tap_result $? "its document names the set ($who)"
    expect 0 'the set itself' mirror export "$work/same" --since 4 --json
    holds 'needs nothing' '.packed == 0 and .frames == 0 and
        ([.contents[].carried] | unique) == ["known"]'
    [ ! -e "$work/same/sallyport/recipes" ] && [ "$(packs "$work/same")" -eq 0 ]
    tap_result $? "but documents ($who)"
    expect 0 'those who have only flags' mirror export "$work/first" --since 1 --json
    holds 'get all of the rest' '[.contents[] | .carried] | sort == ["full", "known"]'
    expect 0 'volumes of it' mirror export "$work/volumes" --since 2 --volume-size 800K --json
    holds 'are as small' "([.volumes[].bytes] | max) <= 819200 and .packed == $planned"
}

refused() {
    expect 10 'a set that never was' mirror export "$work/none" --since 9
    says 'the known ones are named' 'ring site has no set 9; known: 4 3 2 1'
    expect 10 'a ring that never was' mirror export "$work/none" --since other/1
    expect 2 'no number' mirror export "$work/none" --since site/x
    expect 2 'nothing at all' mirror export "$work/none" --since ''
    [ ! -e "$work/none" ]
    tap_result $? "nothing was made ($who)"
}

reissued() {
    expect 0 'the content is issued again' mirror reissue null 3
    expect 0 'for those who have the issue before' mirror export "$work/again" --since 4 --json
    holds 'nothing but documents and a recipe is carried' '.packed == 0 and .frames == 0 and
        ([.contents[].carried] | sort) == ["delta", "known"]'
    expect 0 'those further back' mirror export "$work/again" --since 2 --json
    holds 'need what they needed' ".packed == $planned"
    expect 0 'all of them' mirror verify --json
    holds 'are proven' '.deltas == 6 and .failures == 0 and .strays == 0'
}

pruned() {
    sed 's/^deltas.*/deltas = 1/' "$work/repo/mirror.conf" >"$work/conf"
    cat "$work/conf" >"$work/repo/mirror.conf"
    publish 4
    holds 'one base is asked for' '[.deltas[].version] == ["3"]'
    recipes=$(find "$work/repo/tree/sallyport/recipes" -type f | wc -l)
    expect 0 'prune' mirror prune --keep 2
    # Gone: versions 1 and 2, the recipes of 2 and 3 that build on them, and 3 as it was first issued.
    [ "$(find "$work/repo/tree/sallyport/recipes" -type f | wc -l)" -eq $((recipes - 6)) ]
    tap_result $? "recipes go with their base ($who)"
    expect 0 'all is well' mirror verify --json
    holds 'with what is left' '.deltas == 1 and .failures == 0 and .strays == 0'
    expect 0 'what built on a base that has gone' mirror export "$work/gone" --since 2 --json
    holds 'is carried in full' '[.contents[] | .carried] | sort == ["full", "known"]'
}

damaged() {
    pack=$(find "$work/repo/tree/sallyport/packs" -type f -printf '%T@ %p\n' | sort -n | tail -1 |
        cut -d' ' -f2)
    cp "$pack" "$work/pack"
    printf 'X' | dd of="$pack" bs=1 seek=600 conv=notrunc 2>/dev/null
    expect 20 'a frame that changed' mirror verify
    cat "$work/pack" >"$pack"
}

# A mirror of the mirror: takes the recipes with the packages that they build on.
below() {
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/below" "$@" \
        </dev/null
}
synced() {
    root=$work/repo/tree/sallyport/root/1.p7m
    below sync "$work/repo/tree" --root "$root" >/dev/null 2>&1
    publish 5
    holds 'it builds on the fourth' '[.deltas[].version] == ["4"]'
    expect 0 'a mirror of it, which has the fourth' below sync "$work/repo/tree" --root "$root"
    expect 0 'verifies' below verify --json
    holds 'with the recipe from one to the other' '.deltas == 1 and .failures == 0'
    expect 0 'and shows it' below show null
    says 'by its base' '^delta .*from 4: [0-9]+ bytes$'
}

cut_export() {
    # shellcheck disable=SC2086
    $as "$cutter" "$1" "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" \
        --repo "$work/repo" export "$2" </dev/null 3>"$work-calls" >/dev/null 2>&1
}
# The one pack there: its inode and when it was written.
pack_of() {
    stat -c '%i %Y %Z' "$1"/sallyport/packs/*.tar
}
# An export that is killed with its packs written goes on from there.
resumed() {
    [ -z "$as" ] && "$cutter" 0 /bin/true 3>/dev/null || return 0
    cut_export 0 "$work/uncut"
    at=$(cat "$work-calls") before=''
    # The last calls are about the signed list and what comes after it.
    until [ $status -eq 137 ] && [ ! -e "$work/cut/sallyport/export.p7m" ]; do
        at=$((at - 30))
        [ $at -gt 0 ] || break
        rm -rf "$work/cut"
        cut_export $at "$work/cut"
        status=$?
    done
    before=$(pack_of "$work/cut")
    tap_result $? "an export is killed, its pack is written ($who)"
    expect 0 'the same once more' mirror export "$work/cut" --json
    holds 'goes on' '.resumed == 1 and .written'
    [ "$(pack_of "$work/cut")" = "$before" ]
    tap_result $? "the pack is not written again ($who)"
    diff -r "$work/cut/sallyport" "$work/uncut/sallyport" -x export.p7m >"$work-out"
    tap_result $? "what is there is what an uncut one writes ($who)"
    for pack in "$work"/cut/sallyport/packs/*.tar; do
        printf 'X' | dd of="$pack" bs=1 seek=600 conv=notrunc 2>/dev/null
    done
    expect 0 'over a pack that is not whole' mirror export "$work/cut" --json
    holds 'it is written' '.resumed == 0 and .written'
    cmp -s "$work"/cut/sallyport/packs/*.tar "$work"/uncut/sallyport/packs/*.tar
    tap_result $? "and is whole then ($who)"
}

# One file stays, another is new each time: the way from each version before is the same recipe.
alike() {
    rm -rf "$work/repo" "$work/source"
    mkdir "$work/source"
    expect 0 'another repository' mirror init "$work/repo" --org 'Test Works' --ring site \
        --unprotected-keys
    head -c 900000 /dev/urandom >"$work/source/model"
    for version in 1 2 3; do
        echo "$version" >"$work/source/version"
        chmod -R a+rX "$work/source"
        expect 0 "publish version $version" mirror publish null "$work/source" --version $version \
            --json
    done
    holds 'the third has the same way from both' \
        '([.deltas[].version] == ["2", "1"]) and ([.deltas[].packed] | unique | length) == 1'
    for issue in 4 5; do
        expect 0 "issue $issue of the same" mirror reissue null 3
        expect 0 'those who have the issue before' mirror export "$work/alike" --since $((issue - 1)) \
            --json
        holds 'need nothing but documents' '[.contents[].carried] == ["delta"] and .packed == 0'
    done
    expect 0 'all of them' mirror verify --json
    holds 'are proven' '.deltas == 10 and .failures == 0 and .strays == 0'
}

run() {
    publishing
    since
    refused
    reissued
    pruned
    damaged
    synced
    resumed
    alike
}

for_each_user run
tap_done
