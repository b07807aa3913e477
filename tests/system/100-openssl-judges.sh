#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A whole exported medium before judges that know nothing of ours: openssl reads every document,
# token and revocation list, tar and sha384sum read every pack.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
for tool in openssl tar sha384sum; do
    command -v $tool >/dev/null || tap_skip_all "$tool is not installed"
done
system_begin

# The root as an auditor gets it, not from the medium; the newest root document must name the same.
roots_of() {
    cp "$work/repo/root.pem" "$work-roots"
    newest=$(find "$1/sallyport/root" -name '*.p7m' | sort -V | tail -n 1)
    openssl cms -verify -inform DER -in "$newest" -CAfile "$work-roots" -purpose any 2>/dev/null |
        jq -r '.roots[]' | grep -v '^$' | cmp -s - "$work-roots"
}

# Each prints a line for what a judge refuses, and counts in $judged.
documents() {
    find "$1/sallyport" -name '*.p7m' | sort >"$work-list"
    while IFS= read -r document; do
        openssl cms -verify -inform DER -in "$document" -CAfile "$work-roots" -purpose any \
            -out "$work-json" 2>"$work-words" || sed "s|^|$document: |" "$work-words"
        jq -e '.schema // empty | startswith("sallyport.")' "$work-json" >/dev/null 2>&1 ||
            echo "$document: no JSON of ours"
        rm -f "$work-json"
        judged=$((judged + 1))
    done <"$work-list"
}

tokens() {
    find "$1" -name '*.tst' | sort >"$work-list"
    while IFS= read -r token; do
        openssl ts -verify -token_in -in "$token" -data "${token%.tst}.sig" -CAfile "$work-roots" \
            >"$work-words" 2>&1 || sed "s|^|$token: |" "$work-words"
        judged=$((judged + 1))
    done <"$work-list"
}

# The issuers' certificates come with the documents.
lists() {
    find "$1/sallyport" -name '*.p7m' | sort | while IFS= read -r document; do
        openssl cms -verify -inform DER -in "$document" -CAfile "$work-roots" -purpose any \
            -certsout /dev/stdout -out /dev/null 2>/dev/null
    done | cat "$work-roots" - >"$work-issuers"
    find "$1/sallyport" -name '*.crl' | sort >"$work-list"
    while IFS= read -r list; do
        openssl crl -inform DER -in "$list" -CAfile "$work-issuers" -noout >"$work-words" 2>&1
        grep -q '^verify OK$' "$work-words" || sed "s|^|$list: |" "$work-words"
        judged=$((judged + 1))
    done <"$work-list"
}

# Every entry but the last, the index, is named by the digest of its bytes.
packs() {
    find "$1/sallyport/packs" -name '*.tar' | sort >"$work-list"
    while IFS= read -r pack; do
        rm -rf "$work-pack"
        mkdir "$work-pack"
        tar tf "$pack" | sed '$d' >"$work-names"
        tar xf "$pack" -C "$work-pack" || echo "$pack: tar refuses it"
        grep -vE '^[0-9a-f]{96}$' "$work-names" | sed "s|^|$pack: odd name: |"
        (cd "$work-pack" && sed 's/.*/&  &/' "$work-names" | sha384sum -c --quiet 2>&1) |
            sed "s|^|$pack: |"
        judged=$((judged + $(wc -l <"$work-names")))
    done <"$work-list"
}

# judge NAME COUNT FUNCTION FOLDER: no refusals, and at least COUNT things were looked at.
judge() {
    judged=0
    "$3" "$4" >"$work-refusals"
    [ ! -s "$work-refusals" ] && [ "$judged" -ge "$2" ]
    tap_result $? "$1: $judged ($who)"
    sed 's/^/# /' "$work-refusals" | head -n 20
}

# before_judges MEDIUM DOCUMENTS TOKENS FRAMES: at least so many of each.
before_judges() {
    roots_of "$work/$1"
    tap_result $? "$1 names the root that init made ($who)"
    judge "openssl cms takes every document of $1" "$2" documents "$work/$1"
    # shellcheck disable=SC2086
    $as mkdir "$work/extract-$1"
    client inspect "$work/$1" --root "$work/$1/sallyport/root/1.p7m" \
        --extract "$work/extract-$1" >"$work-out" 2>"$work-err"
    judge "openssl ts takes every token of $1" "$3" tokens "$work/extract-$1"
    judge "openssl crl takes every list of $1" 2 lists "$work/$1"
    judge "tar and sha384sum agree with the frames of $1" "$4" packs "$work/$1"
}

# Root, package, set, export; the first three with a token for each signature.
media() {
    expect 0 'a medium is made' make_mirror
    before_judges medium-1 4 3 1
    expect 0 'and one with a second version' next_medium 2 off
    before_judges medium-2 4 3 1
}

two_signatures() {
    work=$work/two
    # shellcheck disable=SC2086
    $as mkdir "$work"
    flags_source "$work/source-1" available
    expect 0 'a mirror of two people' mirror init "$work/repo" --org 'Test Works' \
        --ring engineering --ring public --unprotected-keys --two-person
    expect 0 'publish' mirror publish flags-supplement "$work/source-1" --version 1
    expect 3 'one signs' mirror promote public --key "$work/repo/keys/release.key"
    expect 0 'the other cosigns' mirror cosign public --key "$work/repo/keys/release-2.key"
    expect 0 'export' mirror export "$work/medium-two" --ring public
    before_judges medium-two 4 4 1
}

# Judges that never refuse would prove nothing.
refusals() {
    cp -r "$work/medium-1" "$work/changed"
    find "$work/changed/sallyport" -name '*.p7m' | while IFS= read -r document; do
        flip "$document" 120 # in its JSON: what follows the signature is not openssl's to judge
    done
    find "$work/changed/sallyport/packs" -name '*.tar' | while IFS= read -r pack; do
        flip "$pack" 512
    done
    judged=0
    documents "$work/changed" >"$work-refusals"
    [ "$judged" -gt 0 ] && [ "$(grep -c ': ' "$work-refusals")" -ge "$judged" ]
    tap_result $? "openssl refuses documents that were changed ($who)"
    packs "$work/changed" >"$work-refusals"
    [ -s "$work-refusals" ]
    tap_result $? "sha384sum refuses frames that were changed ($who)"
}

judged=0
judges() {
    media
    refusals
    two_signatures
}
for_each_user judges
tap_done
