#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A release key that lives in a PKCS#11 token, and an RFC 3161 server in place of the built-in
# authority: the mirror signs through both, and the endpoint's judge believes the result.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
for tool in openssl softhsm2-util; do
    command -v $tool >/dev/null || tap_skip_all "$tool is not installed"
done
system_begin
cp "$TOP_BUILDDIR/tests/system/tsa-server" "$folder/bin"
server_pid=
trap 'server_stop; system_end' EXIT

# In mirror.conf: the locator of the release key.
relocate() {
    sed "s|^locator = keys/release.key\$|locator = $1|" "$work/repo/mirror.conf" >"$work-conf"
    cat "$work-conf" >"$work/repo/mirror.conf"
}

# Moves the release key into a new SoftHSM token with the PIN 2468.
token() {
    # shellcheck disable=SC2086
    $as mkdir "$work/tokens"
    printf 'directories.tokendir = %s\nobjectstore.backend = file\n' "$work/tokens" >"$work-hsm"
    chmod a+r "$work-hsm"
    SOFTHSM2_CONF=$work-hsm
    export SOFTHSM2_CONF
    # shellcheck disable=SC2086
    $as softhsm2-util --init-token --free --label site --so-pin 12345678 --pin 2468 &&
        $as softhsm2-util --import "$work/repo/keys/release.key" --token site --label release \
            --id a1 --pin 2468 &&
        rm "$work/repo/keys/release.key"
    relocate 'pkcs11:token=site;object=release;type=private'
}

# Starts openssl's authority with the site's own timestamp key; $url is where it listens.
server_start() {
    # shellcheck disable=SC2086
    $as mkdir "$work/tsa"
    (
        cd "$work/tsa" || exit 1
        cat ../repo/keys/timestamp.key >key.pem
        openssl x509 -in ../repo/keys/timestamp.pem -out leaf.pem
        sed '1,/END CERTIFICATE/d' ../repo/keys/timestamp.pem >chain.pem
        echo 4100000000000001 >serial
    )
    [ -z "$as" ] || chown -R nobody "$work/tsa"
    # shellcheck disable=SC2086
    $as "$folder/bin/tsa-server" "$work/tsa" >"$work-url" 2>"$work-tsa-log" </dev/null &
    server_pid=$!
    tries=0
    until [ -s "$work-url" ] || [ $tries -gt 200 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    url=$(cat "$work-url")
}

server_stop() {
    [ -n "$server_pid" ] || return 0
    kill "$server_pid" 2>/dev/null
    wait "$server_pid" 2>/dev/null
    server_pid=
}

inspected() {
    client inspect "$work/$1" --root "$work/$1/sallyport/root/1.p7m" --extract "$work/cut-$1" --json
}

# The policy that a token says it was made under.
policy() {
    openssl ts -reply -in "$1" -token_in -token_out -text 2>/dev/null | sed -n 's/^Policy OID: //p'
}

pin() {
    printf '%s\n' "$1" >"$work-pin"
    chmod 600 "$work-pin"
    [ -z "$as" ] || chown nobody "$work-pin"
}

promoted() {
    mirror publish flags-supplement "$work/source-$1" --version "$1" \
        --passphrase-file "$work-pin" || return
    mirror promote public --passphrase-file "$work-pin"
}

key_in_token() {
    token >"$work-out" 2>&1
    tap_result $? "the release key moves into a token ($who)"
    [ ! -e "$work/repo/keys/release.key" ]
    tap_result $? "and leaves no file behind ($who)"
    expect 2 'without a PIN no set is signed' \
        mirror publish flags-supplement "$work/source-2" --version 2
    pin 1357
    expect 23 'nor with a wrong one' promoted 2
    pin 2468
    expect 0 'with the PIN the token signs' promoted 2
    expect 0 'export' mirror export "$work/medium-2" --ring public
    expect 0 'and the judge believes it' inspected medium-2
}

times_from_server() {
    server_start
    printf '\n[timestamp]\nurl = %s\n' "$url" >>"$work/repo/mirror.conf"
    expect 0 'publish and promote ask the server' promoted 3
    expect 0 'export' mirror export "$work/medium-3" --ring public
    expect 0 'and the judge believes its times' inspected medium-3
    ours=$(policy "$work/cut-medium-2"/set-*-1.tst) theirs=$(policy "$work/cut-medium-3"/set-*-1.tst)
    [ "$ours" = 1.3.6.1.4.1.32473.3.1 ] && [ "$theirs" = 1.3.6.1.4.1.32473.3.9 ]
    tap_result $? "its tokens are the server's: $theirs ($who)"
    server_stop
    flags_source "$work/source-4" off
    expect 25 'a server that is gone is an error, nothing is signed without a time' \
        promoted 4
}

# No server can have a certificate of a site that does not exist yet.
init_with_server() {
    expect 0 'init with a server that nobody has set up yet' \
        mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys --tsa-url http://127.0.0.1:9/
    grep -q '^url = http://127.0.0.1:9/$' "$work/repo/mirror.conf"
    tap_result $? "mirror.conf names it ($who)"
    expect 0 'its root document is good' mirror verify
}

token_and_server() {
    expect 0 'a mirror and a medium' make_mirror
    flags_source "$work/source-2" off
    flags_source "$work/source-3" available
    key_in_token
    times_from_server
    work=$work/second
    # shellcheck disable=SC2086
    $as mkdir "$work"
    init_with_server
}

for_each_user token_and_server
tap_done
