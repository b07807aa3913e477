#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An auditor needs nothing of ours: openssl reads every document that the mirror writes and accepts
# every token that inspect cuts out, tar and sha384sum prove every pack, recipe and package name.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v openssl >/dev/null || tap_skip_all 'openssl is not installed'
system_begin

sha384() {
    sha384sum "$1" | cut -d ' ' -f 1
}

# Each document: verified by openssl, its content is JSON of our schema; a package's name is the
# digest of its content.
documents() {
    count=0 bad=''
    find "$1/sallyport" -name '*.p7m' >"$work-list"
    while IFS= read -r file; do
        count=$((count + 1))
        openssl cms -verify -inform DER -in "$file" -CAfile "$work/repo/root.pem" -purpose any \
            -out "$work-json" 2>/dev/null &&
            jq -e '.schema | test("^sallyport\\.[a-z]+/1$")' "$work-json" >/dev/null ||
            bad="$bad ${file##*/}"
        case $file in
        */packages/*) [ "$(sha384 "$work-json").p7m" = "${file##*/}" ] || bad="$bad name:${file##*/}" ;;
        esac
    done <"$work-list"
    [ -z "$bad" ] && [ $count -ge "$2" ]
    tap_result $? "openssl cms -verify reads $count documents of $3 ($who)"
    [ -z "$bad" ] || echo "#$bad"
}

# Each token: over its signature, by an authority of the chain; not over another one's signature.
tokens() {
    count=0 bad=''
    for token in "$work"/cut/*.tst; do
        count=$((count + 1))
        openssl ts -verify -token_in -in "$token" -data "${token%.tst}.sig" \
            -CAfile "$work/repo/root.pem" >/dev/null 2>&1 || bad="$bad ${token##*/}"
        openssl ts -verify -token_in -in "$token" -data "$work/source-1/flags.json" \
            -CAfile "$work/repo/root.pem" >/dev/null 2>&1 && bad="$bad anything:${token##*/}"
    done
    [ -z "$bad" ] && [ $count -ge "$1" ]
    tap_result $? "openssl ts -verify accepts $count tokens ($who)"
    [ -z "$bad" ] || echo "#$bad"
}

# Each pack entry but the index has the digest of its bytes as its name; so have recipes and CRLs.
packs() {
    count=0 bad=''
    for pack in "$1"/sallyport/packs/*.tar; do
        rm -rf "$work/unpacked"
        mkdir "$work/unpacked"
        tar xf "$pack" -C "$work/unpacked" || bad="$bad ${pack##*/}"
        tar tf "$pack" | sed '$d' >"$work-list"
        while IFS= read -r name; do
            count=$((count + 1))
            [ "$(sha384 "$work/unpacked/$name")" = "$name" ] || bad="$bad $name"
        done <"$work-list"
    done
    for recipe in "$1"/sallyport/recipes/*.rcp; do
        count=$((count + 1))
        [ "$(sha384 "$recipe").rcp" = "${recipe##*/}" ] || bad="$bad ${recipe##*/}"
    done
    [ -z "$bad" ] && [ $count -ge 2 ]
    tap_result $? "tar and sha384sum agree with $count names of $2 ($who)"
    [ -z "$bad" ] || echo "#$bad"
}

# Each list: signed by its issuer, whose certificate comes with some document.
revocations() {
    count=0 bad=''
    cp "$work/repo/root.pem" "$work-issuers"
    find "$1/sallyport" -name '*.p7m' >"$work-list"
    while IFS= read -r file; do
        openssl cms -verify -inform DER -in "$file" -CAfile "$work/repo/root.pem" -purpose any \
            -certsout "$work-path" -out /dev/null 2>/dev/null && cat "$work-path" >>"$work-issuers"
    done <"$work-list"
    for list in "$1"/sallyport/crl/*.crl; do
        count=$((count + 1))
        openssl crl -inform DER -in "$list" -CAfile "$work-issuers" -noout 2>&1 |
            grep -q '^verify OK$' || bad="$bad ${list##*/}"
    done
    [ -z "$bad" ] && [ $count -ge 2 ]
    tap_result $? "openssl crl verifies $count revocation lists ($who)"
    [ -z "$bad" ] || echo "#$bad"
}

judges() {
    make_mirror >"$work-out" 2>&1
    tap_result $? "a mirror and a medium ($who)"
    expect 0 'inspect --extract cuts out tokens and signatures' \
        client inspect "$work/medium-1" --root "$work/medium-1/sallyport/root/1.p7m" \
        --extract "$work/cut"
    documents "$work/repo/tree" 4 'the mirror'
    documents "$work/medium-1" 4 'the medium'
    tokens 3
    packs "$work/repo/tree" 'the mirror'
    packs "$work/medium-1" 'the medium'
    revocations "$work/medium-1"
    # The eye that looks must see.
    cp "$work"/medium-1/sallyport/rings/public/set-1.p7m "$work/changed.p7m"
    chmod u+w "$work/changed.p7m"
    flip "$work/changed.p7m" 400
    ! openssl cms -verify -inform DER -in "$work/changed.p7m" -CAfile "$work/repo/root.pem" \
        -purpose any >/dev/null 2>&1
    tap_result $? "openssl refuses a changed document ($who)"
    two
}

# A set that two people signed: two signatures and two tokens in one document.
two() {
    work=$work/two
    # shellcheck disable=SC2086
    $as mkdir "$work"
    flags_source "$work/source-1" available
    { mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys --two-person &&
        mirror publish flags-supplement "$work/source-1" --version 1; } >"$work-out" 2>&1
    tap_result $? "a mirror of two people ($who)"
    expect 3 'one signs' mirror promote public --key release
    expect 0 'the other cosigns' mirror cosign public --key release-2
    expect 0 'export' mirror export "$work/medium-1" --ring public
    expect 0 'inspect --extract cuts out both signers' \
        client inspect "$work/medium-1" --root "$work/medium-1/sallyport/root/1.p7m" \
        --extract "$work/cut"
    documents "$work/medium-1" 4 'the medium of two'
    tokens 4
    revocations "$work/medium-1"
}

for_each_user judges
tap_done
