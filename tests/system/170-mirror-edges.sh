#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The mirror's verbs where they meet: words that no document can hold, decisions while a set waits for
# signatures, a key that is revoked while it does, thresholds that nobody could meet. After each the
# next verb goes on.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

fresh() {
    rm -rf "$work"
    mkdir "$work"
    [ -z "$as" ] || chown nobody "$work"
    make_mirror >"$work-out" 2>&1
    tap_result $? "a mirror: $1 ($who)"
}
files() {
    (cd "$work/repo" && find . -type f ! -name lock -exec sha384sum {} + | sort)
}
# untouched NAME COMMAND...: as expect 0, and no file of the repository is another one afterwards.
untouched() {
    name=$1
    shift
    files >"$work-before"
    expect 0 "$name" mirror "$@" --dry-run --json
    files | cmp -s "$work-before" -
    tap_result $? "and changes nothing ($who)"
}

words() {
    fresh words
    bad=$(printf 'not\377text') escape=$(printf 'a\033[31mb')
    for reason in "$bad" "$escape"; do
        files >"$work-before"
        expect 2 'a reason that is no text' mirror withdraw flags-supplement 1 --reason "$reason"
        says 'is named' '--reason: expected UTF-8'
        expect 2 'nor a link' mirror withdraw flags-supplement 1 --reason good --link "$reason"
        expect 2 'nor one for abort' mirror abort public/1 --reason "$reason"
        expect 2 'nor for revoke' mirror revoke release --reason "$reason"
        expect 2 'nor notes' mirror reissue flags-supplement 1 --notes "$reason"
        expect 2 'nor those of a publication' \
            mirror publish flags-supplement "$work/source-1" --version 2 --notes "$reason"
        files | cmp -s "$work-before" -
        tap_result $? "nothing was decided ($who)"
    done
    expect 23 'one that is too long' \
        mirror withdraw flags-supplement 1 --reason "$(head -c 5000 /dev/zero | tr '\0' a)"
    expect 0 'a good one' mirror withdraw flags-supplement 1 --reason "$(printf 'zwei\nZeilen: \303\244')"
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'is in the set' '.document.withdrawn | length == 1 and (.[0].reason | test("Zeilen"))'
    untouched 'an old package in the place of one that no ring holds' \
        withdraw flags-supplement 1 --reason "$(printf 'zwei\nZeilen: \303\244')"
}

replacement() {
    fresh 'a replacement'
    flags_source "$work/source-2" off
    expect 0 'a second version' mirror publish flags-supplement "$work/source-2" --version 2
    expect 0 'withdrawn' mirror withdraw flags-supplement 2 --reason bad --link https://kb.example/2
    expect 0 'it is listed' mirror list withdrawn
    says 'with its reason and its link apart' 'bad; https://kb.example/2'
    mirror list packages --json >"$work-before" 2>"$work-err"
    expect 0 'a replacement afterwards' mirror withdraw flags-supplement 2 --reason bad \
        --link https://kb.example/2 --reissue 1
    says 'has no place, and the way on is named' 'next: sallyport-mirror reissue flags-supplement 1'
    mirror list packages --json 2>"$work-err" | cmp -s "$work-before" -
    tap_result $? "and is not made ($who)"
}

# The last ring asks for two from now on; its set waits for the second, and is bad meanwhile.
threshold() {
    fresh 'a threshold'
    expect 2 'two signatures of one key' mirror rotate-root --two-person
    expect 0 'a second key' mirror keys issue release --as release-2
    untouched 'two persons for a new last ring' rotate-root --two-person --add-ring final
    holds 'means that ring' '[.rings[] | select(.threshold == 2) | .ring] == ["final"]'
    expect 3 'two persons' mirror rotate-root --two-person
    expect 3 'withdraw what waits' mirror withdraw flags-supplement 1 --reason bad
    says 'the set without it waits' 'ring public, set [0-9]+: 1 of 2 signatures'
    expect 0 'cosign' mirror cosign public --key release-2 --json
    holds 'releases it' '.pending | not'
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'without it' '.document.packages == []'
    expect 0 'everything verifies' mirror verify
}

# A key is stolen while a set that it signed waits.
stolen() {
    fresh 'a stolen key'
    { mirror keys issue release --as release-2 && mirror rotate-root --two-person; } >"$work-out" 2>&1
    expect 0 'cosign' mirror cosign public --key release-2
    flags_source "$work/source-2" off
    { mirror publish flags-supplement "$work/source-2" --version 2 &&
        mirror keys issue release --as release-3; } >"$work-out" 2>&1
    expect 3 'a set that waits' mirror promote public --key release
    expect 3 'revoke its key' mirror revoke release --reason stolen --compromised --key release-3
    expect 0 'what waits can be listed' mirror list pending --json
    holds 'as what cosign takes' '.rows[0].missing == 1 and .rows[0].obsolete == null'
    expect 0 'prune is not in the way' mirror prune
    expect 0 'nor is abort' mirror abort public/2 --reason 'false alarms' --dry-run --json
    holds 'which names what that ring holds' '.packages | length == 1'
    expect 0 'the second signature' mirror cosign public --key release-2
    says 'who signs is told what' 'package +flags-supplement 1'
    expect 0 'everything verifies' mirror verify
    expect 3 'promote' mirror promote public --key release-3
    expect 0 'a fourth key' mirror keys issue release --as release-4
    expect 3 'revoke the third' mirror revoke release-3 --reason stolen --compromised --key release-4
    expect 0 'the second signature' mirror cosign public --key release-2
    expect 0 'everything verifies' mirror verify
}

# The same where the ring has no set that could be signed again.
stolen_first() {
    rm -rf "$work"
    mkdir "$work"
    [ -z "$as" ] || chown nobody "$work"
    flags_source "$work/source-1" available
    { mirror init "$work/repo" --ring engineering --ring public --unprotected-keys --two-person &&
        mirror publish flags-supplement "$work/source-1" --version 1 &&
        mirror keys issue release --as release-3; } >"$work-out" 2>&1
    expect 3 'the first set of a ring waits' mirror promote public --key release
    expect 0 'its key is revoked' \
        mirror revoke release --reason stolen --compromised --key release-2 --json
    holds 'and it with it' '.changed and (.dry_run | not) and .pending_dropped == ["public"]'
    expect 0 'nothing waits' mirror list pending --json
    holds 'indeed' '.rows == []'
    expect 0 'prune is not in the way' mirror prune
    expect 3 'promote' mirror promote public --key release-2
    expect 0 'cosign' mirror cosign public --key release-3
}

# Keys of a root that counts no more do not make a threshold.
dead_keys() {
    fresh 'dead keys'
    { mirror rotate-root --new-root && for role in content timestamp export release; do
        mirror keys issue $role || return 1
    done; } >"$work-out" 2>&1
    tap_result $? "keys under a new root ($who)"
    expect 0 'the old root goes' mirror rotate-root --drop-root root
    expect 2 'two persons with one good key' mirror rotate-root --two-person
    says 'is refused' '1 good release key;'
    expect 0 'another document' mirror rotate-root
}

dry_runs() {
    fresh 'dry runs'
    flags_source "$work/source-2" off
    { mirror publish flags-supplement "$work/source-2" --version 2 &&
        mirror keys issue release; } >"$work-out" 2>&1
    untouched 'publish' publish flags-supplement "$work/source-1" --version 3
    untouched 'promote' promote public
    untouched 'withdraw' withdraw flags-supplement 2 --reason bad --reissue 1
    untouched 'reissue' reissue flags-supplement 1
    untouched 'refresh' refresh public
    untouched 'abort' abort engineering/2 --reason bad
    untouched 'prune' prune --keep 1
    untouched 'rotate-root' rotate-root --new-root
    rm "$work/repo/tree/sallyport/rings/public/set.p7m"
    untouched 'nothing that a cut left is completed' refresh public
    untouched 'revoke' revoke release.1 --reason lost
    holds 'revoke says so' '.dry_run and (.changed | not)'
    untouched 'keys content' keys content
    untouched 'export' export "$work/medium-2" --ring public
    [ ! -e "$work/medium-2" ]
    tap_result $? "and there is no medium ($who)"
    files >"$work-before"
    ln -s "$work/repo/tree" "$work/link"
    for place in "$work/repo/tree" "$work/link"; do
        expect 2 'the tree of the repository is no medium' mirror export "$place" --ring public
    done
    files | cmp -s "$work-before" -
    tap_result $? "and keeps its files ($who)"
    expect 2 'a life of no days' mirror keys issue release --days 0
    files >"$work-before"
    expect 2 'a name that mirror.conf cannot hold' \
        mirror keys issue release --as "$(head -c 60 /dev/zero | tr '\0' x)"
    files | cmp -s "$work-before" -
    tap_result $? "makes no key ($who)"
}

all() {
    words
    replacement
    threshold
    stolen
    stolen_first
    dead_keys
    dry_runs
}
for_each_user all
tap_done
