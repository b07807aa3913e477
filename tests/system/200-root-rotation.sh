#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Twelve rotations of the root on one medium: an endpoint that stayed at 1 and one at 7 follow, also
# across a second root CA. A document that is left out, or signed by nobody who counts, is refused.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# rotate TO [OPTION...]: root documents up to that version.
rotate() {
    to=$1
    shift
    newest=$(find "$work/repo/tree/sallyport/root" -name '*.p7m' | wc -l)
    while [ "$newest" -lt "$to" ]; do
        newest=$((newest + 1))
        mirror rotate-root "$@" >"$work-out" 2>"$work-err" || return 1
    done
}
endpoint() {
    cat "$work/$1.enrol" >"$work/endpoint-1.enrol"
    agent_stop
    $as rm -rf "$work/state"
    agent enroll "$work/$1.enrol" --passphrase-file "$work-passphrase" >"$work-out" 2>"$work-err"
    tap_result $? "an endpoint is enrolled with root documents of its day: $1 ($who)"
    agent_start
}
make_enrolment() {
    mirror enroll "$1" --ring public -o "$work/$1.enrol" --passphrase-file "$work-passphrase" \
        >"$work-out" 2>"$work-err"
    tap_result $? "an enrolment: $1 ($who)"
}
rotations() {
    printf 'correct horse battery staple\n' >"$work-passphrase"
    chmod 600 "$work-passphrase"
    [ -z "$as" ] || chown nobody "$work-passphrase"
    expect 0 'a mirror' make_mirror
    make_enrolment at-1
    rotate 6
    tap_result $? "five rotations ($who)"
    expect 0 'a second root CA beside the first' mirror rotate-root --new-root --json
    holds 'both are listed' '.version == 7 and .roots == 2 and .new_root'
    make_enrolment at-7
    rotate 13
    tap_result $? "twelve rotations in all ($who)"
    expect 0 'a dry run signs nothing' mirror rotate-root --dry-run --json
    holds 'and shows the document' '.version == 14 and .root_digest == null'
    [ "$(find "$work/repo/tree/sallyport/root" -name '*.p7m' | wc -l)" -eq 13 ]
    tap_result $? "thirteen documents lie in the tree ($who)"
    expect 0 'everything verifies' mirror verify
    expect 0 'the next content' next_medium 2 off
    [ "$(find "$work/medium-2/sallyport/root" -name '*.p7m' | wc -l)" -eq 13 ]
    tap_result $? "one medium carries all of them ($who)"
    judge_otherwise

    for from in 1 7; do
        endpoint at-$from
        gap=$work/gap-$from
        cp -R "$work/medium-2" "$gap"
        chmod -R u+w "$gap"
        rm "$gap/sallyport/export.p7m" "$gap/sallyport/root/9.p7m"
        expect 20 "without document 9 the endpoint at $from refuses" client import "$gap" --json
        holds 'as root-gap' '.name == "root-gap"'
        cp "$gap/sallyport/root/8.p7m" "$gap/sallyport/root/9.p7m"
        expect 20 'another in its place is refused' client import "$gap" --json
        expect 0 "the endpoint at $from follows" client import "$work/medium-2" --json
        serving | jq -e 'any(.[]; .version == "2")' >/dev/null
        tap_result $? "and serves the content ($who)"
        expect 0 'the same medium again is nothing new' client import "$work/medium-2" --json
    done
    drop
}

# Our documents by somebody else's judge: each is signed by a root-sign leaf under root.pem.
judge_otherwise() {
    command -v openssl >/dev/null || { tap_skip 'openssl agrees' 'openssl is not installed'; return; }
    for document in "$work"/medium-2/sallyport/root/*.p7m; do
        openssl cms -verify -inform DER -in "$document" -CAfile "$work/repo/root.pem" -purpose any \
            -out "$work/root.json" 2>"$work-err" || { tap_result 1 "openssl: $document ($who)"; return; }
        jq -e --argjson version "$(basename "$document" .p7m)" '.version == $version' \
            "$work/root.json" >/dev/null || { tap_result 1 "$document names itself ($who)"; return; }
    done
    tap_result 0 "openssl accepts all thirteen under root.pem ($who)"
}

# A root goes only when nothing hangs from it any more.
drop() {
    expect 2 'a root that keys hang from is not dropped' mirror rotate-root --drop-root root
    says 'the message names the verb' 'keys issue'
    for role in content release timestamp export; do
        mirror keys issue $role >"$work-out" 2>"$work-err" || tap_result 1 "keys issue $role ($who)"
    done
    expect 0 'with new keys it is' mirror rotate-root --drop-root root --json
    holds 'sets and packages were signed again' \
        '.roots == 1 and .sets_signed == 2 and .packages_signed == 1'
    expect 0 'everything verifies' mirror verify
    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'and is accepted' client import "$work/medium-3" --json
    serving | jq -e 'any(.[]; .version == "2")' >/dev/null
    tap_result $? "the content stays ($who)"
}

for_each_user rotations
tap_done
