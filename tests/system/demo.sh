#!/bin/sh
# SPDX-License-Identifier: ISC
#
# demo.sh INSTALLED FOLDER: the story that ./bootstrap demo tells. INSTALLED holds what make install
# put there, FOLDER is empty and ours. Ends at the first step that does not end as announced.
set -u

installed=$1
folder=$2
libexec=$installed/libexec/sallyport
agent_pid=
step=0

cd "$folder" || exit 1
trap 'stop_agent' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

stop_agent() {
    [ -n "$agent_pid" ] || return 0
    kill "$agent_pid" 2>/dev/null
    wait "$agent_pid" 2>/dev/null
    agent_pid=
}

fail() {
    printf '\ndemo: %s\n' "$*" >&2
    exit 1
}

# tell WHY: one line, numbered.
tell() {
    step=$((step + 1))
    printf '\n%2d. %s\n' "$step" "$*"
}

# The programs by their names, with the places that a demo needs: nothing lies in /etc or /var.
run() {
    program=$1
    shift
    case $program in
    sallyport-mirror)
        "$installed/bin/sallyport-mirror" --libexec "$libexec" --repo "$folder/mirror" "$@"
        ;;
    sallyport-agent)
        "$installed/sbin/sallyport-agent" --libexec "$libexec" --state "$folder/state" \
            --socket "$folder/socket" "$@"
        ;;
    sallyport)
        "$installed/bin/sallyport" --libexec "$libexec" --socket "$folder/socket" "$@"
        ;;
    esac
}

# show STATUS COMMAND...: prints the command, runs it, and ends the demo when its exit status is not
# the one announced.
show() {
    announced=$1
    shift
    printf '    $ %s\n' "$*" | shorten
    run "$@" >output 2>&1 </dev/null
    status=$?
    shorten <output | sed 's/^/    | /'
    printf '    exit status %s\n' "$status"
    [ "$status" -eq "$announced" ] || fail "step $step: exit status $status, expected $announced"
}

must_say() {
    grep -qiE -- "$1" output || fail "step $step: no line like: $1"
}

flags() {
    mkdir -p "$1"
    printf '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"%s","scanner":"available"}}}\n' \
        "$2" >"$1/flags.json"
}

# The folder's own path is long and says nothing: shown as here.
shorten() {
    sed "s|$folder/||g; s|$folder|.|g"
}

printf 'Sallyport: from publish to a healthy endpoint, as %s, in %s\n' "$(id -un)" "$folder"

printf 'three rooks guard the inner gate\n' >keys.pass
printf 'correct horse battery staple\n' >enrol.pass
chmod 600 keys.pass enrol.pass

tell 'The mirror, on the connected side: a private chain of keys, two rings, a catalog.'
show 0 sallyport-mirror init mirror --org 'Example Works' --ring engineering --ring public \
    --passphrase-file keys.pass
printf '    $ mv mirror/root-key-MOVE-OFFLINE vault      # the root key leaves the machine\n'
mv mirror/root-key-MOVE-OFFLINE vault

tell 'Publish feature flags: the driver checks them first, then they are signed and timestamped.'
flags content-1 available
show 0 sallyport-mirror publish flags-supplement content-1 --version 1 --passphrase-file keys.pass

tell 'They are in the first ring only. Promote: verify again, sign a set for the next ring.'
show 0 sallyport-mirror promote public --passphrase-file keys.pass

tell 'Export to a medium (here a folder; a stick holds the same tree).'
show 0 sallyport-mirror export stick-1 --ring public --passphrase-file keys.pass

tell 'Enrol an endpoint: one sealed file carries roots, ring and keys to it.'
show 0 sallyport-mirror enroll endpoint-1 --ring public -o endpoint-1.enrol \
    --passphrase-file enrol.pass --keys-passphrase-file keys.pass

tell 'The endpoint, on the other side of the gap: take the enrolment.'
show 0 sallyport-agent enroll endpoint-1.enrol --passphrase-file enrol.pass

tell 'Start the agent, without any privilege.'
printf '    $ sallyport-agent run &\n'
# Not by run: a function in the background is a shell of its own, and that would be what is ended.
"$installed/sbin/sallyport-agent" --libexec "$libexec" --state "$folder/state" \
    --socket "$folder/socket" run </dev/null >agent.log 2>&1 &
agent_pid=$!
tries=0
until run sallyport status >/dev/null 2>&1; do
    tries=$((tries + 1))
    if [ $tries -gt 200 ] || ! kill -0 "$agent_pid" 2>/dev/null; then
        cat agent.log >&2
        fail 'the agent did not answer'
    fi
    sleep 0.05
done

tell 'Import: every document judged, every byte matched by digest, then the driver loads it.'
show 0 sallyport import "$folder/stick-1" --yes

tell 'What the endpoint knows now: ring, set sequence, genTime, floors, sandbox, health.'
show 0 sallyport status
must_say 'public'
must_say 'flags-supplement'

tell 'The same medium again: already current, nothing done.'
show 0 sallyport import "$folder/stick-1" --yes
must_say 'already current'

tell 'A newer version travels the same way.'
flags content-2 off
show 0 sallyport-mirror publish flags-supplement content-2 --version 2 --passphrase-file keys.pass
show 0 sallyport-mirror promote public --passphrase-file keys.pass
show 0 sallyport-mirror export stick-2 --ring public --passphrase-file keys.pass
show 0 sallyport import "$folder/stick-2" --yes

tell 'ATTACK: the older medium. Its signatures are good, but its genTime is below the floor.'
show 21 sallyport import "$folder/stick-1" --yes
must_say 'rollback'

tell 'ATTACK: one flipped byte in the signed set.'
cp -R stick-2 stick-3
chmod -R u+w stick-3
set=$(find stick-3/sallyport/rings/public -name 'set-*.p7m' | sort | tail -n 1)
size=$(wc -c <"$set")
at=$((size / 2))
byte=$(od -An -tu1 -j "$at" -N 1 "$set" | tr -d ' ')
# shellcheck disable=SC2059 # an octal escape
printf "\\$(printf %03o $((byte ^ 1)))" | dd of="$set" bs=1 seek="$at" conv=notrunc status=none
show 20 sallyport import "$folder/stick-3" --yes

tell 'Look at that medium, document by document, without importing.'
show 20 sallyport inspect "$folder/stick-3"

tell 'After both attacks the endpoint is as it was.'
show 0 sallyport contents
must_say 'flags-supplement'

tell 'The same as a site admin sees it: the first screen of the console.'
show 0 sallyport console --dump status --charset ascii
must_say 'Ring .* public   set 2'

cat <<END

All steps ended as announced. Where to look next:
    man -l man/sallyport.1                every verb, exit status and reason code
    man -l man/sallyport-set.5            the format, and how to check it with openssl alone
    man -l man/sallyport-architecture.7   which process may touch what
    ./bootstrap demo --keep               keeps the folder: look at stick-1/sallyport
    ./bootstrap check                     every test
END
