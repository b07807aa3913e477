#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Revocation that reaches endpoints on a medium: of the release key, the timestamp key and the content
# key. What the stolen key signs is refused, what was signed again is accepted, and no older list
# takes the place of a newer one.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# A thief's mirror: a copy of everything as it was before the key was revoked.
steal() {
    rm -rf "$work/thief"
    cp -a "$work/repo" "$work/thief"
}
thief() {
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/thief" "$@" </dev/null
}
# thief_medium N: content that the thief signs with the stolen keys.
thief_medium() {
    flags_source "$work/source-thief-$1" off
    { thief publish flags-supplement "$work/source-thief-$1" --version "stolen-$1" &&
        thief promote public && thief export "$work/thief-$1" --ring public; } \
        >"$work-out" 2>"$work-err"
    tap_result $? "the thief signs content: $1 ($who)"
}
serves() {
    serving | jq -e --arg version "$1" 'any(.[]; .version == $version)' >/dev/null
    tap_result $? "version $1 is served ($who)"
}
lists() {
    find "$work/repo/tree/sallyport/crl" -name '*.crl' | wc -l
}

revocations() {
    expect 0 'a mirror' make_mirror
    expect 0 'an endpoint' enrol
    agent_start || return
    expect 0 'it takes the first medium' client import "$work/medium-1" --json
    steal

    expect 10 'the only key is not revoked' mirror revoke release --reason 'laptop lost'
    says 'the message names the verb that makes another' 'keys issue release'
    [ "$(lists)" -eq 2 ]
    tap_result $? "and nothing was signed ($who)"
    expect 0 'another release key' mirror keys issue release --json
    holds 'takes the name' '.key == "release" and .before == "release.1"'
    expect 2 'a revocation has a reason' mirror revoke release.1 --compromised
    expect 0 'a dry run' mirror revoke release.1 --reason 'laptop lost' --compromised --dry-run --json
    expect 0 'revoke' mirror revoke release.1 --reason 'laptop lost' --compromised --json
    holds 'sets of both rings were signed again, packages were not' \
        '.changed and .crl_number == 2 and .sets_signed == 2 and .packages_signed == 0'
    expect 0 'everything verifies' mirror verify
    mirror show public --json >"$work-out" 2>"$work-err"
    holds 'the set carries the reason' \
        '[.. | objects | .revoked? // empty | .[] | select(.reason == "laptop lost")] | length == 1'
    expect 0 'once more is nothing new' mirror revoke "$work/repo/keys/release.pem" \
        --reason 'laptop lost' --compromised --json
    holds 'no list, no set' '(.changed | not) and .sets_signed == 0 and .crl_number == 2'
    thief_medium 2
    expect 0 'export' mirror export "$work/medium-2" --ring public
    expect 0 'the endpoint learns of it' client import "$work/medium-2" --json
    remembered >"$work-before"
    expect 20 'what the stolen key signs is refused [A16] [I7]' client import "$work/thief-2" --json
    holds 'as revoked' '.name == "revoked"'
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"

    # The older list cannot come back: not by an older medium, not inside a newer one.
    old=$(cd "$work/medium-1/sallyport/crl" && ls)
    mixed=$work/mixed
    cp -R "$work/thief-2" "$mixed" && chmod -R u+w "$mixed" && rm "$mixed/sallyport/export.p7m"
    expect 20 'without the newer list the endpoint still knows it' client import "$mixed" --json
    next_medium 3 off >"$work-out" 2>"$work-err"
    cp -R "$work/medium-3" "$work/stripped" && chmod -R u+w "$work/stripped"
    rm "$work/stripped/sallyport/export.p7m" "$work"/stripped/sallyport/crl/*
    for list in $old; do cp "$work/medium-1/sallyport/crl/$list" "$work/stripped/sallyport/crl"; done
    expect 0 'an older list beside what the endpoint knows changes nothing [A16]' \
        client import "$work/stripped" --json
    serves 3
    expect 20 'and the stolen key stays refused' client import "$work/thief-2" --json
    holds 'as revoked' '.name == "revoked"'
    timestamps
    contents
    since
}

# A stolen timestamp key gives any time: everything that it stamped is signed again.
timestamps() {
    expect 0 'another timestamp key' mirror keys issue timestamp
    expect 2 'a compromised one has no date' mirror revoke timestamp.1 --reason stolen \
        --compromised --since 2026-01-01
    expect 0 'revoke' mirror revoke timestamp.1 --reason stolen --compromised --json
    holds 'packages and sets were signed again' '.packages_signed == 1 and .sets_signed == 2'
    expect 0 'everything verifies' mirror verify
    expect 0 'export' mirror export "$work/medium-4" --ring public
    expect 0 'import' client import "$work/medium-4" --json
    serves 3
    expect 20 'what it stamped before is refused [I7]' client import "$work/medium-3" --json
}

# A content key, for the time from now on: what it signed stays.
contents() {
    steal
    expect 0 'another content key' mirror keys issue content
    # A revocation date has whole seconds: what was signed within the same one is not before it.
    sleep 1
    expect 0 'revoke' mirror revoke content.1 --reason replaced --json
    holds 'no package had to be signed again' '.packages_signed == 0 and .sets_signed == 2'
    next_medium 5 available >"$work-out" 2>"$work-err"
    expect 0 'import' client import "$work/medium-5" --json
    serves 5
}

# --since: what the key signed before stays good, what it signed after does not.
since() {
    sleep 2
    after=$(date -u +%Y-%m-%dT%H:%M:%SZ)
    sleep 1
    expect 0 'one more set by the key that is about to be lost' mirror flags set early on --ring public
    expect 0 'another release key' mirror keys issue release
    stolen=$(sed -n 's/^\[key \(release\.[0-9]*\)\]$/\1/p' "$work/repo/mirror.conf" | head -1)
    expect 2 'a date in the future is refused' mirror revoke "$stolen" --reason lost --since 2100-01-01
    expect 0 'revoke since' mirror revoke "$stolen" --reason lost --compromised --since "$after" --json
    holds 'the sets are signed again' '.sets_signed == 2 and .packages_signed == 0'
    expect 0 'everything verifies' mirror verify
    if command -v openssl >/dev/null; then
        newest=$(find "$work/repo/tree/sallyport/crl" -name '*.crl' |
            while read -r list; do
                openssl crl -inform DER -in "$list" -noout -text 2>/dev/null |
                    grep -c 'Invalidity Date' | sed "s|\$| $list|"
            done | sort -n | tail -1)
        [ "${newest%% *}" -ge 1 ]
        tap_result $? "openssl reads the date in the list ($who)"
    else
        tap_skip 'openssl reads the date in the list' 'openssl is not installed'
    fi
    expect 0 'export' mirror export "$work/medium-6" --ring public
    expect 0 'import' client import "$work/medium-6" --json
    serves 5
    expect 0 'keys status' mirror keys status --json
    holds 'shows lists with their entries' '[.revocation_lists[].entries] | add == 4'
}

for_each_user revocations
tap_done
