#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What goes wrong in real life: wrong paths, no rights, a full disk, a medium that vanishes, garbage,
# Ctrl-C. Each is an error with a code, nobody dies, and the state is as before.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

unchanged() {
    remembered | cmp -s "$work-before" -
    tap_result $? "$1: nothing changed ($who)"
}

trouble() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first version is imported' client import "$work/medium-1"
    remembered >"$work-before"
    newest=medium-2
    paths
    garbage
    rights
    vanishing
    interrupted
    full_disk
    agent_stop
    agent_start || return
    unchanged 'after all of it and a restart'
    expect 0 'the medium that was fine all along' client import "$work/$newest"
}

paths() {
    expect 10 'a path that is not there' client import "$work/absent"
    expect 10 'a folder without a tree' client import "$work/source-1"
    client import "$work/source-1/flags.json" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "a file in place of a folder ($who)"
    expect 2 'no path at all' client import
    expect 2 'an unknown option' client import "$work/medium-2" --force
    expect 2 'an unknown verb' client improt "$work/medium-2"
    says 'a near miss is pointed out' 'import'
    unchanged 'wrong paths'
}

garbage() {
    rm -rf "$work/garbage"
    cp -R "$work/medium-2" "$work/garbage"
    chmod -R u+w "$work/garbage"
    for file in $(cd "$work/garbage" && find sallyport -type f); do
        size=$(stat -c %s "$work/garbage/$file")
        head -c "$size" /dev/urandom >"$work/garbage/$file"
    done
    client import "$work/garbage" >"$work-out" 2>"$work-err"
    status=$?
    { [ $status -eq 20 ] || [ $status -eq 10 ]; } && ! died
    tap_result $? "random bytes in every file ($who)"
    for file in $(cd "$work/garbage" && find sallyport -type f); do
        : >"$work/garbage/$file"
    done
    client import "$work/garbage" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "every file empty ($who)"
    rm -rf "$work/garbage"
    cp -R "$work/medium-2" "$work/garbage"
    chmod -R u+w "$work/garbage"
    set=$(find "$work/garbage/sallyport/rings/public" -name 'set-*.p7m' | sort | tail -n 1)
    rm "$set"
    ln -s /dev/zero "$set"
    client import "$work/garbage" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "a link to a device in place of the set [D2] ($who)"
    rm "$set"
    mkfifo "$set"
    client import "$work/garbage" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "a pipe that nobody writes to in place of the set [D5] ($who)"
    unchanged 'garbage'
}

rights() {
    if [ -z "$as" ] && [ "$(id -u)" -eq 0 ]; then
        return 0 # root reads everything; the twin shows this
    fi
    cp -R "$work/medium-2" "$work/locked"
    [ -z "$as" ] || chown -R nobody "$work/locked"
    chmod 0 "$work/locked/sallyport"
    client import "$work/locked" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "a tree that may not be read ($who)"
    chmod 755 "$work/locked/sallyport"
    unchanged 'no rights'
}

# The frames go away between judging and staging: the plan is known, the packs are not there.
vanishing() {
    cp -R "$work/medium-2" "$work/vanishing"
    chmod -R u+w "$work/vanishing"
    rm -f "$work"/vanishing/sallyport/packs/*
    expect 24 'a medium without its packs' client import "$work/vanishing"
    unchanged 'no packs'
    rm -rf "$work/vanishing/sallyport/recipes"
    client import "$work/vanishing" >"$work-out" 2>"$work-err"
    status=$?
    [ $status -ne 0 ] && ! died
    tap_result $? "a medium without its recipes ($who)"
    cp -R "$work/medium-2" "$work/pulled"
    client import "$work/pulled" >"$work-out" 2>"$work-err" &
    importing=$!
    rm -rf "$work/pulled" 2>/dev/null
    wait $importing
    status=$?
    ! died
    tap_result $? "a medium that is pulled during the import [D11] ($who)"
    settled
    if [ $status -ne 0 ]; then
        unchanged 'pulled medium'
    else
        # It was read before it went: then all of it counts.
        remembered >"$work-before"
    fi
}

# Ctrl-C stops the client; what the agent had begun it ends or drops as a whole.
interrupted() {
    cp -R "$work/medium-2" "$work/slow"
    # shellcheck disable=SC2086
    $as timeout -s INT 0.02 "$folder/bin/sallyport" --socket "$work/socket" import --yes "$work/slow" \
        </dev/null >"$work-out" 2>"$work-err"
    tap_result 0 "interrupted with status $? ($who)"
    settled
    client contents --json | jq -e '.contents[] | select(.type == "flags-supplement")
        | .version == "1" or .version == "2"' >/dev/null
    tap_result $? "old or new, never between ($who)"
    remembered >"$work-before"
}

# Until no import runs any more: a second one is told that the first holds the lock; bounded.
settled() {
    tries=0
    while :; do
        client import "$work/medium-1" --dry-run >/dev/null 2>&1
        [ $? -eq 11 ] || return 0
        tries=$((tries + 1))
        [ $tries -le 200 ] || return 1
        sleep 0.05
    done
}

# A state folder on a disk that is full: a small tmpfs, which takes root.
full_disk() {
    if [ "$(id -u)" -ne 0 ] || [ -n "$as" ]; then
        return 0
    fi
    next_medium 4 available >"$work-out" 2>&1
    agent_stop
    mv "$work/state" "$work/state-kept"
    mkdir "$work/state"
    if mount -t tmpfs -o size=48m,mode=700 tmpfs "$work/state" 2>/dev/null; then
        mounted=$work/state
        cp -a "$work/state-kept/." "$work/state/"
        agent_start || return
        head -c 64000000 /dev/zero >"$work/state/filler" 2>/dev/null
        expect 25 'a full disk' client import "$work/medium-4"
        rm -f "$work/state/filler"
        unchanged 'full disk'
        head -c 64000000 /dev/zero >"$work/state/filler" 2>/dev/null
        agent_stop
        agent run --once >"$work-out" 2>"$work-err"
        status=$?
        ! died
        tap_result $? "an agent that starts on a full disk ends with words, if it can't run ($who)"
        rm -f "$work/state/filler"
        agent_start || return
        expect 0 'and once there is room again' client import "$work/medium-4"
        newest=medium-4
        remembered >"$work-before"
        agent_stop
        rm -rf "$work/state-kept"
        cp -a "$work/state" "$work/state-kept"
        umount "$work/state"
        mounted=
    else
        tap_skip "a full disk ($who)" 'no right to mount a tmpfs'
    fi
    rm -rf "$work/state"
    mv "$work/state-kept" "$work/state"
    agent_start
}

for_each_user trouble
tap_done
