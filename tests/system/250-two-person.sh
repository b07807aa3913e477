#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Two persons, each with a passphrase of their own: what one of them can do and what not; keys that
# are renewed; a repository of one person that becomes one of two; a key in a token.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

secret() {
    printf '%s\n' "$2" >"$work-$1"
    chmod 600 "$work-$1"
    [ -z "$as" ] || chown nobody "$work-$1"
}
first() {
    mirror "$@" --passphrase-file "$work-p1"
}

passphrases() {
    secret p1 'the first holder'
    secret p2 'the second holder'
    secret readable 'the first holder'
    chmod 644 "$work-readable"
    expect 2 'one passphrase for both is refused' mirror init "$work/repo" --two-person \
        --passphrase-file "$work-p1" --second-passphrase-file "$work-p1"
    expect 2 'none, and no terminal, is refused' mirror init "$work/repo" --two-person
    expect 0 'init' mirror init "$work/repo" --two-person --ring engineering --ring public \
        --root-key-dir "$work/vault" --passphrase-file "$work-p1" --second-passphrase-file "$work-p2"
    [ ! -e "$work/repo/root-key-MOVE-OFFLINE" ] && [ -e "$work/vault/root.key" ]
    tap_result $? "the root key lies apart ($who)"
    flags_source "$work/source-1" available
    set -- publish flags-supplement "$work/source-1" --version 1
    expect 2 'without a passphrase nothing is signed' mirror "$@"
    SALLYPORT_PASSPHRASE='the first holder' expect 2 'the environment is not asked' mirror "$@"
    expect 2 'a file that others can read is refused' mirror "$@" --passphrase-file "$work-readable"
    expect 23 'a wrong one opens nothing' mirror "$@" --passphrase-file "$work-p2"
    expect 0 'the right one does' first "$@"
    expect 3 'promote by one' first promote public
    [ -f "$work/repo/pending/public.p7m" ]
    tap_result $? "the set waits ($who)"
    expect 20 'the same person cannot complete it [A13] [F7]' first cosign public --key release
    expect 0 'the other can, by a descriptor' \
        mirror cosign public --key release-2 --passphrase-fd 5 5<"$work-p2"
    expect 0 'export' first export "$work/medium-1"
}

# warns VERB...: a root key beside the repository is told by whatever signs.
warns() {
    first "$@" >"$work-out" 2>"$work-err"
    grep -q 'the root key is readable beside the repository' "$work-err"
    tap_result $? "$1 ${2-} warns of a root key beside the repository ($who)"
}
beside() {
    mkdir "$work/repo/root-key-MOVE-OFFLINE"
    cp "$work/vault/root.key" "$work/repo/root-key-MOVE-OFFLINE"
    [ -z "$as" ] || chown -R nobody "$work/repo/root-key-MOVE-OFFLINE"
    warns publish flags-supplement "$work/source-1" --version 1
    warns promote public
    warns cosign public --key release
    warns export "$work/medium-1"
    warns refresh engineering
    warns keys status --root-key-dir "$work/vault"
    warns revoke nobody --reason x --root-key-dir "$work/vault"
    warns rotate-root --dry-run --root-key-dir "$work/vault"
    rm -r "$work/repo/root-key-MOVE-OFFLINE"
}

renewals() {
    vault="--root-key-dir $work/vault"
    # shellcheck disable=SC2086 # $vault is words
    set -- $vault
    expect 10 'the issuing key is not in the repository' first keys issue timestamp
    expect 0 'a timestamp key is renewed by one' first keys issue timestamp "$@"
    expect 2 'a release key asks its holder' first keys issue release-2 "$@"
    expect 2 'who is not the other one' first keys issue release-2 "$@" \
        --new-passphrase-file "$work-p1"
    says 'the message names the key' 'also opens the key release'
    expect 0 'renewed' first keys issue release-2 "$@" --new-passphrase-file "$work-p2" --json
    holds 'the key before counts no more' '.before == "release-2.1" and .before_revoked'
    flags_source "$work/source-2" off
    expect 0 'publish' first publish flags-supplement "$work/source-2" --version 2
    expect 3 'promote' first promote public
    expect 20 'the old key of the second holder is revoked' \
        mirror cosign public --key release-2.1 --passphrase-file "$work-p2"
    expect 0 'the new one counts' mirror cosign public --key release-2 --passphrase-file "$work-p2"
    expect 0 'everything verifies' mirror verify
    expect 0 'keys status' first keys status "$@" --json
    holds 'names content keys, and no key without protection' \
        '.content_keys == ["content-1"] and ([.keys[] | select(.protected_by == "none")] | length == 0)'
    expect 0 'a new content key' first keys content --json
    holds 'beside the old' '.content_keys == ["content-2", "content-1"]'
    expect 0 'the old one goes when no ring needs it' first keys content --retire content-1
    expect 2 'the newest stays' first keys content --retire content-2
}

# One person at first; the second comes later.
growth() {
    mv "$work/repo" "$work/repo-before"
    rm -r "$work/vault"
    expect 0 'a repository of one person' mirror init "$work/repo" --ring engineering \
        --ring public --root-key-dir "$work/vault" --passphrase-file "$work-p1"
    expect 0 'publish' first publish flags-supplement "$work/source-1" --version 1
    expect 0 'promote' first promote public
    expect 2 'two signatures of one key are none' first rotate-root --two-person \
        --root-key-dir "$work/vault"
    says 'the message names the verb' 'keys issue release --as'
    for role in release timestamp; do
        expect 0 "a $role key for the second holder" first keys issue $role --as $role-2 \
            --root-key-dir "$work/vault" --new-passphrase-file "$work-p2"
    done
    expect 3 'now the last ring asks for two' first rotate-root --two-person \
        --root-key-dir "$work/vault" --json
    holds 'and its set waits for the second' '.sets_pending == 1'
    expect 0 'cosign' mirror cosign public --key release-2 --passphrase-file "$work-p2"
    expect 0 'everything verifies' mirror verify
    expect 0 'export' first export "$work/medium-2"
    mirror enroll endpoint-1 --ring public -o "$work/endpoint-1.enrol" \
        --passphrase-file "$work-p2" --keys-passphrase-file "$work-p1" >"$work-out" 2>"$work-err"
    expect 0 'an endpoint' agent enroll "$work/endpoint-1.enrol" --passphrase-file "$work-p2"
    agent_start || return
    expect 0 'takes it' client import "$work/medium-2" --json
}

token() {
    command -v softhsm2-util >/dev/null || { tap_skip 'a key in a token' 'no softhsm2-util'; return; }
    # shellcheck disable=SC2086
    $as mkdir "$work/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\n' "$work/tokens" >"$work-hsm"
    chmod a+r "$work-hsm"
    SOFTHSM2_CONF=$work-hsm
    export SOFTHSM2_CONF
    secret pin 2468
    openssl ecparam -name secp384r1 -genkey -noout 2>/dev/null |
        openssl pkcs8 -topk8 -nocrypt -out "$work/third.key" 2>/dev/null
    [ -z "$as" ] || chown nobody "$work/third.key"
    # shellcheck disable=SC2086
    { $as softhsm2-util --init-token --free --label site --so-pin 12345678 --pin 2468 &&
        $as softhsm2-util --import "$work/third.key" --token site --label third --id a1 --pin 2468; } \
        >"$work-out" 2>&1
    tap_result $? "a token with a key ($who)"
    rm "$work/third.key"
    expect 0 'is certified' first keys issue release --as release-3 --root-key-dir "$work/vault" \
        --token 'pkcs11:token=site;object=third;type=private' --new-passphrase-file "$work-pin"
    expect 0 'content for it' first publish flags-supplement "$work/source-2" --version 2
    expect 3 'promote by the first holder' first promote public
    expect 2 'the token of the other asks for its PIN' mirror cosign public --key release-3
    expect 0 'a timestamp key for the same holder' first keys issue timestamp --as timestamp-3 \
        --root-key-dir "$work/vault" --new-passphrase-file "$work-pin"
    expect 0 'the token signs' mirror cosign public --key release-3 --passphrase-file "$work-pin"
    expect 0 'everything verifies' mirror verify
}

all() {
    passphrases
    beside
    renewals
    growth
    token
}

for_each_user all
tap_done
