#!/bin/sh
# SPDX-License-Identifier: ISC
#
# An import that was interrupted is gone on with: what it had fetched is not read from the medium
# again, and nothing of it is believed.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# More than one import can read before it is noticed and killed.
large_mirror() {
    mkdir -p "$work/source"
    for part in a b c d e f; do
        head -c 16M /dev/urandom >"$work/source/$part"
    done
    chmod -R a+rX "$work/source"
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys || return 1
    mirror publish null "$work/source" --version 1 || return 1
    mirror promote public || return 1
    mirror export "$work/medium" --ring public || return 1
}

# Bytes that lie in staging.
held() {
    du -sk "$work/state/staging" 2>/dev/null | cut -f 1
}

# kill_in_fetch agent|intake: kills it once something has come; 0: it was in time. An import that was
# faster is made again.
kill_in_fetch() {
    for attempt in 1 2 3 4 5; do
        again || return 1
        client import "$work/medium" >/dev/null 2>&1 &
        importing=$!
        victim=''
        while [ -z "$victim" ] && kill -0 $importing 2>/dev/null; do
            victim=$(pgrep -P "$agent_pid" -f sallyport-intake)
        done
        [ "$1" = intake ] || victim=$agent_pid
        while [ "$(held)" -lt 4096 ] && kill -0 $importing 2>/dev/null; do
            sleep 0.002
        done
        kill -9 "$victim" 2>/dev/null
        wait $importing && continue
        if [ "$1" = agent ]; then
            wait "$agent_pid" 2>/dev/null
            agent_pid=
            agent_start || return 1
        fi
        # All of it there is too late, too: nothing would be left to read.
        kib=$(held)
        [ "$kib" -ge 4096 ] && [ "$kib" -lt 98304 ] && return 0
    done
    echo "# too late $attempt times"
    return 1
}

resumed() {
    holds "$1: it is active" '.result == "active"'
    holds "$1: what was there is not read again" \
        '.resumed_bytes > 0 and .read_bytes > 0 and .read_bytes < 98 * 1024 * 1024 - .resumed_bytes'
    [ -z "$(ls -A "$work/state/staging")" ]
    tap_result $? "$1: staging is empty ($who)"
}

# A fresh state, with nothing in service.
again() {
    agent_stop
    rm -rf "$work/state"
    cp -a "$work/state-before" "$work/state"
    agent_start
}

resume() {
    { large_mirror && enrol; } >"$work-out" 2>&1
    tap_result $? "a mirror with a large package ($who)"
    cp -a "$work/state" "$work/state-before"

    kill_in_fetch intake
    tap_result $? "intake is killed while it fetches ($who)"
    expect 0 'what waits is told' client status --json
    holds 'with its size' '.partials | length == 1 and .[0].type == "null" and .[0].held > 0'
    expect 0 'a dry run' client import "$work/medium" --dry-run --json
    holds 'tells what lies there, what is needed and what is free' \
        '.resumed_bytes > 0 and .needed_bytes > 0 and .free_bytes > .needed_bytes'
    expect 0 'the same medium again' client import "$work/medium" --json
    resumed 'intake killed'
    expect 0 'what waits' client status --json
    holds 'is nothing' '.partials == []'

    kill_in_fetch agent
    tap_result $? "the agent is killed while it fetches ($who)"
    expect 0 'the same medium again' client import "$work/medium" --json
    resumed 'agent killed'

    # A frame near the end of the stick is bad; another stick has it.
    again || return
    cp -R "$work/medium" "$work/damaged"
    chmod -R u+w "$work/damaged"
    pack=$(find "$work/damaged/sallyport/packs" -name '*.tar' | head -n 1)
    flip "$pack" $(($(wc -c <"$pack") - 1024 * 1024))
    expect 20 'a damaged medium is refused' client import "$work/damaged" --json
    expect 0 'a good one completes what it gave' client import "$work/medium" --json
    resumed 'damaged medium'

    # Somebody was at the files meanwhile: they count for nothing but their digests.
    again || return
    expect 20 'the damaged medium once more' client import "$work/damaged" --json
    for file in "$work"/state/staging/*/*; do
        flip "$file" 100
    done
    # shellcheck disable=SC2086 # $as is words
    $as touch "$(echo "$work"/state/staging/*)/stowaway"
    expect 20 'a file that no recipe names is refused' client import "$work/medium" --json
    expect 0 'and gone: the next import begins anew' client import "$work/medium" --json
    holds 'nothing was resumed' '.resumed_bytes == 0 and .result == "active"'
    expect 0 'the audit chain' client audit verify
}

for_each_user resume
tap_done
