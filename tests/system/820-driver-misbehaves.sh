#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Content that makes its driver crash, hang, allocate without end, fork, end, or break the protocol:
# at publish it is refused, on an endpoint it never gets into service, or out of it again. The driver is
# named and what it worked on, the digest is quarantined, the content before serves on, and so does
# the other content. The driver is tests/system/wild-driver.c: the real harness and sandbox around
# an engine that does what the content says.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/faults.sh"
system_begin
wild=$TOP_BUILDDIR/tests/system/wild-driver
ways='crash hang hog fork leave noise half type text code fds'

# The mirror's own driver takes everything, or else nothing of this gets out of the house.
install_wild() {
    mkdir -p "$folder/libexec-tame"
    cp "$folder"/libexec/* "$folder/libexec-tame"
    for family in flags null; do
        cp "$wild" "$folder/libexec/sallyport-driver-$family"
        cp "$wild" "$folder/libexec-tame/sallyport-driver-$family"
    done
    : >"$folder/libexec-tame/tame"
    chmod -R a+rX "$folder"
}
tame_mirror() {
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec-tame" --repo "$work/repo" "$@" \
        </dev/null
}

# wild_medium N MOMENT WAY: version N of both contents; that of flags misbehaves.
wild_medium() {
    mkdir -p "$work/flags-$1" "$work/null-$1"
    echo "{\"wild\":\"wild:$2:$3\"}" >"$work/flags-$1/flags.json"
    echo "version $1" >"$work/null-$1/file"
    chmod -R a+rX "$work/flags-$1" "$work/null-$1"
    {
        tame_mirror publish flags-supplement "$work/flags-$1" --version "$1" &&
            tame_mirror publish null "$work/null-$1" --version "$1" &&
            tame_mirror promote public && tame_mirror export "$work/medium-$1" --ring public
    } >"$work-out" 2>&1
}

content() {
    client contents --json | jq -r --arg type "$1" \
        '.contents[] | select(.type == $type) | "\(.version) \(.health) \(.reason)"'
}

misbehaving() {
    tame_mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys >"$work-out" 2>&1
    wild_medium 1 load well
    tap_result $? "a mirror whose driver takes everything ($who)"
    enrol >"$work-out" 2>&1
    agent_start || return
    expect 0 'content that is well' client import "$work/medium-1"
    number=1
    for way in $ways; do
        number=$((number + 1))
        at_publish "$way"
        at_load "$way"
    done
    number=$((number + 1))
    at_serve
    client audit verify >/dev/null 2>&1
    tap_result $? "the trail is whole ($who)"
    [ -z "$(ls -A "$work/state/staging")" ]
    tap_result $? "nothing is left in staging ($who)"
    agent_stop
    speechless
}

# In the catalogue: what a driver does to the machine, and what it says to its parent.
number_of() {
    case $1 in
    crash | hang | hog | fork | leave) echo '[G4]' ;;
    *) echo '[G6]' ;;
    esac
}

at_publish() {
    mkdir -p "$work/source-$1"
    echo "{\"wild\":\"wild:load:$1\"}" >"$work/source-$1/flags.json"
    mirror publish flags-supplement "$work/source-$1" --version 99 >"$work-out" 2>"$work-err"
    [ $? -eq 23 ] && grep -q 'sallyport-driver-flags: .*flags\.json:1: the wild one' "$work-err" &&
        grep -q '(driver-failed)$' "$work-err"
    tap_result $? "publish refuses what makes its driver $1 [G2] $(number_of "$1") ($who)"
    grep -q driver-failed "$work-err" || sed 's/^/# /' "$work-err"
}

at_load() {
    wild_medium "$number" load "$1" || tap_result 1 "a medium with it ($who)"
    client import "$work/medium-$number" >"$work-out" 2>"$work-err"
    bad=''
    [ "$(content flags-supplement)" = '1 fail driver-failed' ] ||
        [ "$(content flags-supplement)" = '1 blocked driver-failed' ] ||
        bad="flags: $(content flags-supplement)"
    [ "$(content null)" = "$number ok ok" ] || bad="$bad null: $(content null)"
    client contents --json | jq -e '.contents[] | select(.type == "flags-supplement")
        | .words | test("sallyport-driver-flags: .*flags.json:1: the wild one")' >/dev/null ||
        bad="$bad words"
    client import "$work/medium-$number" 2>&1 | grep -q quarantined || bad="$bad quarantine"
    [ "$(client flags --json 2>/dev/null | jq '.flags | length')" != '' ] || bad="$bad serving"
    [ -z "$bad" ]
    tap_result $? "on an endpoint: $1 while it is loaded [G2] $(number_of "$1") ($who)"
    [ -z "$bad" ] || echo "# $bad"
}

# Three ends within the time of probation: what was there before comes back.
at_serve() {
    wild_medium "$number" serve crash || tap_result 1 "a medium with it ($who)"
    expect 0 'content that is well until it is asked' client import "$work/medium-$number"
    [ "$(content flags-supplement)" = "$number ok ok" ]
    tap_result $? "it is in service ($who)"
    for _ in 1 2 3 4 5 6 7 8 9 10; do
        client flags >/dev/null 2>&1
        [ "$(content flags-supplement)" = "$number ok ok" ] || break
        sleep 0.1
    done
    case $(content flags-supplement) in
    '1 fail driver-failed' | '1 blocked driver-failed') true ;;
    *) false ;;
    esac
    tap_result $? "the content before comes back, and health says why [G10] ($who)"
    echo "# $(content flags-supplement)"
    client flags >/dev/null 2>&1
    tap_result $? "and it serves ($who)"
    expect 3 'the same again is left out' client import "$work/medium-$number"
    says 'because its digest is quarantined' 'refused +quarantined'
}

# A driver that does not even greet: no content is blamed for it.
speechless() {
    : >"$folder/libexec/speechless"
    number=$((number + 1))
    wild_medium "$number" load well
    agent_start || return
    client import "$work/medium-$number" >"$work-out" 2>&1
    says 'a driver that does not greet is named' 'driver-broken|sallyport-driver-flags'
    rm "$folder/libexec/speechless"
    expect 0 'once it is mended, the same content goes in' client import "$work/medium-$number"
    agent_stop
}

install_wild
for_each_user misbehaving
tap_done
