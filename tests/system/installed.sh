#!/bin/sh
# SPDX-License-Identifier: ISC
#
# installed.sh BINDIR SBINDIR [LIBEXEC]: programs as make install left them, from an empty folder to
# healthy content. Without LIBEXEC they find each other by themselves, as they must where they were
# configured for. Writes nothing when all is well.
set -u
bin=$1 sbin=$2 libexec=${3-}
folder=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-installed.XXXXXX") || exit 1
agent_pid=
trap 'stop; rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$folder"

stop() {
    [ -z "$agent_pid" ] || { kill "$agent_pid" && wait "$agent_pid"; } 2>/dev/null
    agent_pid=
}
fail() {
    printf 'installed: %s\n' "$*" >&2
    cat "$folder/said" "$folder/agent" >&2 2>/dev/null
    exit 1
}
# take COMMAND...: must end well.
take() {
    "$@" >"$folder/said" 2>&1 </dev/null || fail "$*: exit status $?"
}
mirror() { "$bin/sallyport-mirror" ${libexec:+--libexec "$libexec"} --repo "$folder/repo" "$@"; }
agent() {
    "$sbin/sallyport-agent" ${libexec:+--libexec "$libexec"} --state "$folder/state" \
        --socket "$folder/socket" "$@"
}
client() { "$bin/sallyport" ${libexec:+--libexec "$libexec"} --socket "$folder/socket" "$@"; }

mkdir "$folder/source"
echo '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"available"}}}' >"$folder/source/flags.json"
(umask 077 && echo 'correct horse battery staple' >"$folder/passphrase")
take mirror init "$folder/repo" --org Installed --ring engineering --ring public --unprotected-keys
take mirror publish flags-supplement "$folder/source" --version 1
take mirror promote public
take mirror export "$folder/medium" --ring public
take mirror enroll endpoint-1 --ring public -o "$folder/enrolment" \
    --passphrase-file "$folder/passphrase"
take agent enroll "$folder/enrolment" --passphrase-file "$folder/passphrase"
# Not by the function above: a shell in between would be ended in its place.
"$sbin/sallyport-agent" ${libexec:+--libexec "$libexec"} --state "$folder/state" \
    --socket "$folder/socket" run </dev/null >"$folder/agent" 2>&1 &
agent_pid=$!
tries=0
until client status >"$folder/said" 2>&1; do
    tries=$((tries + 1))
    { [ $tries -le 200 ] && kill -0 $agent_pid 2>/dev/null; } || fail 'no agent answers'
    sleep 0.05
done
take client import --yes "$folder/medium"
take client check
take agent check flags-supplement
stop
