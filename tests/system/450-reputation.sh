#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Reputation from a publisher's lists to an answer at the endpoint: compiled at publish, mapped by the
# driver, asked over the socket, replaced by the next version.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# hash TEXT: its SHA-256.
hash() {
    printf '%s' "$1" | sha256sum | cut -d' ' -f1
}

# lists N: a source with 3,000 files of each verdict, a few named ones and signers.
lists() {
    mkdir -p "$work/lists-$1"
    {
        printf '%s,good,coreutils ls\n' "$(hash ls)"
        printf '%s,neutral,\n' "$(hash tool)"
        printf '%s,bad,"worm, the ""first"""\n' "$(hash worm)"
    } >"$work/lists-$1/sha256.csv"
    printf '%s:68:Eicar\n' "$(hash eicar)" >"$work/lists-$1/feed.hsb"
    printf '%s:%s:false alarm\n' "$(hash mistaken)" 9 >"$work/lists-$1/feed.sfp"
    {
        printf 'pkgkey:1F89983E0081FDE018F3CC9673A4F27B8DD47936,good,Debian\n'
        printf 'serial:CN=Stolen;0A,bad,\n'
    } >"$work/lists-$1/signer.csv"
    [ "$1" = 1 ] || printf '%s,bad,seen since\n' "$(hash new)" >>"$work/lists-$1/sha256.csv"
    chmod -R a+rX "$work/lists-$1"
}

publish() {
    mirror publish local-rep-data "$work/lists-$1" --version "$1" && mirror promote public &&
        mirror export "$work/stick-$1" --ring public
}

verdict() {
    holds "$1" ".sha256[0].verdict == \"$2\""
}

reputation() {
    lists 1
    lists 2
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys >"$work-out" 2>&1
    expect 0 'the lists are published' publish 1
    expect 0 'enrol' enrol
    agent_start || return
    expect 10 'before the first import' client rep "$(hash ls)"
    says 'it says what to do' 'no local-rep-data is in service here; import'
    expect 0 'import' client import "$work/stick-1"
    for row in ls:good tool:neutral worm:bad eicar:bad mistaken:good new:unknown; do
        expect 0 "${row%:*} is looked up" client rep "$(hash "${row%:*}")" --json
        verdict "and is ${row#*:}" "${row#*:}"
    done
    client rep "$(hash worm | tr a-f A-F)" --json >"$work-out" 2>&1
    holds 'with its name' '.sha256[0].name == "worm, the \"first\""'
    holds 'and the version that says so' '.version == "1" and .issue == 1 and .age >= 0'
    printf ls >"$work/ls"
    chmod 644 "$work/ls"
    expect 0 'a file' client rep "$work/ls"
    says 'is known by what is in it' '^good +/.*/ls +\(coreutils ls\)$'
    expect 0 'signers' client rep pkgkey:1f89983e0081fde018f3cc9673a4f27b8dd47936 \
        'serial:CN=Stolen;a' 'serial:CN=Stolen;b' --json
    holds 'are known in any spelling' '[.signer[].verdict] == ["good", "bad", "unknown"]'
    expect 3 'a script can ask for bad ones' client rep --fail "$(hash ls)" "$(hash eicar)"
    expect 0 'and get none' client rep --fail "$(hash ls)" "$(hash none)"

    # Many at once, in the order asked: more than one question holds.
    awk -v ls="$(hash ls)" -v eicar="$(hash eicar)" -v none="$(hash none)" 'BEGIN {
        for (i = 0; i < 3400; i++)
            printf "%s  /bin/ls\n%s\n%s *x\n", ls, eicar, none
    }' >"$work/many"
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport" --socket "$work/socket" rep - --json <"$work/many" \
        >"$work-out" 2>"$work-err"
    holds '10,200 lines in order' '[.sha256[].verdict] == ([range(3400)] | map("good", "bad",
        "unknown"))'
    printf '%s\r\n' "$(hash ls)" | $as "$folder/bin/sallyport" --socket "$work/socket" rep - --json \
        >"$work-out" 2>"$work-err"
    verdict 'lines that end as on other systems' good
    echo 'not a hash' | $as "$folder/bin/sallyport" --socket "$work/socket" rep - \
        >"$work-out" 2>"$work-err"
    says 'a bad line is named' 'line 1: expected 64 hex digits'
    expect 2 'a folder is no file' client rep "$work"
    expect 10 'nor what is not there' client rep "$work/none"
    expect 2 'a signer that is none' client rep pkgkey:12
    call Reputation '{"sha256":["zz"]}' >"$work-out" 2>&1
    says 'the front refuses what is no hash' 'refused a parameter: sha256'
    call Reputation '{}' >"$work-out" 2>&1
    says 'and a question without a key' 'refused a parameter: asked'

    # The next version: the old one serves until it is ready.
    expect 0 'the next lists' publish 2
    expect 0 'import again' client import "$work/stick-2"
    client rep "$(hash new)" --json >"$work-out" 2>&1
    verdict 'what is new is known' bad
    agent_stop
    agent_start || return
    client rep "$(hash new)" --json >"$work-out" 2>&1
    verdict 'after a restart, too' bad
    holds 'from the version that was imported' '.version == "2"'
}

for_each_user reputation
tap_done
