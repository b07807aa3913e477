#!/bin/sh
# SPDX-License-Identifier: ISC
#
# "-" as a source: what comes through a pipe lies in TMPDIR for as long as the verb needs it and not
# longer, whatever ends the verb.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v script >/dev/null || tap_skip_all 'script is not installed'
system_begin

# piped STATUS NAME WORDS...: the verb with what $piped says as its standard input.
piped=
piped() {
    wanted=$1 name=$2
    shift 2
    # shellcheck disable=SC2086 # $as is words
    { sh -c "$piped" | {
        TMPDIR=$work/spool $as "$folder/bin/sallyport" --libexec "$folder/libexec" \
            --socket "$work/socket" "$@" >"$work-out" 2>"$work-err"
        echo $? >"$work-status"
    }; } 2>/dev/null
    [ "$(cat "$work-status")" -eq "$wanted" ]
    held=$?
    tap_result $held "$name ($who)"
    [ $held -eq 0 ] || tail -n 20 "$work-status" "$work-out" "$work-err" | sed 's/^/# /'
}

spool_is_empty() {
    [ -z "$(ls -A "$work/spool")" ]
    tap_result $? "$1 ($who)"
}

through_a_pipe() {
    piped="cat $work/export.tar"
    piped 0 'inspect' inspect - --json
    holds 'judges all of it' '.code == "ok" and (.documents | length) >= 6'
    spool_is_empty 'and leaves nothing'
    piped 2 'an import with nobody to ask wants --yes' import -
    says 'and says so' 'give --yes'
    piped 0 'a dry run' import - --dry-run --json
    holds 'plans' '.result == "planned"'
    piped 0 'an import' import - --yes --json
    holds 'is active' '.result == "active"'
    spool_is_empty 'and leaves nothing either'
    piped="cat $work/export.iso"
    piped 0 'a disc image through a pipe' import - --yes --json
    piped 0 'and inspected' inspect - --root "$work/medium-1/sallyport/root/1.p7m" --json
    piped="gzip -c $work/export.tar | gzip -dc"
    piped 0 'unpacked on the way' import - --yes
    says 'with progress' '^standard input  .*, .*/s'
    piped 0 'quietly' import - --yes --quiet
    [ ! -s "$work-err" ]
    tap_result $? "says nothing ($who)"
}

what_is_wrong() {
    piped='true'
    piped 10 'nothing' import - --yes
    says 'is told' 'nothing came from standard input'
    piped="head -c 20000 $work/export.tar"
    piped 25 'a command that broke off' import - --yes
    says 'is told by what is torn' '[(]medium-damaged[)]'
    piped="gzip -c $work/export.tar"
    piped 10 'still compressed' import - --yes
    says 'is told, with the command' 'gzip -dc FILE \| sallyport import -'
    spool_is_empty 'none leaves anything'
    mv "$work/spool" "$work/elsewhere"
    piped="cat $work/export.tar"
    piped 25 'no folder for it' import - --yes
    says 'is told by name' "$work/spool"
    mv "$work/elsewhere" "$work/spool"
}

# A file as standard input is not copied: a folder that can't be written is no hindrance.
a_file() {
    # shellcheck disable=SC2086
    TMPDIR=/nowhere $as "$folder/bin/sallyport" --socket "$work/socket" import - --yes --json \
        <"$work/export.tar" >"$work-out" 2>"$work-err"
    tap_result $? "a file as standard input ($who)"
    holds 'is itself the source' ".source | endswith(\"/export.tar\")"
    # Opening a socket would be an error of the system: that there is none says that nothing opened it.
    expect 10 'what is no file is not even opened' client inspect "$work/socket"
    says 'and is told' 'no folder, file or block device'
}

# Whoever starts the client may open more than its user: then the bytes count, not the name.
another_users_file() {
    cp "$work/export.tar" "$work/unreadable.tar"
    chmod 600 "$work/unreadable.tar"
    # shellcheck disable=SC2086
    TMPDIR=$work/spool $as "$folder/bin/sallyport" --libexec "$folder/libexec" inspect - \
        --root "$work/medium-1/sallyport/root/1.p7m" --json \
        <"$work/unreadable.tar" >"$work-out" 2>"$work-err"
    tap_result $? "a file that only the shell may open ($who)"
    spool_is_empty 'it leaves nothing'
}

# Waits until the spool holds a file, or a bounded time.
await_spool() {
    tries=0
    until spooled=$(find "$work/spool" -type f -size +0 2>/dev/null) && [ -n "$spooled" ]; do
        tries=$((tries + 1))
        [ $tries -lt 400 ] || return 1
        sleep 0.02
    done
}

# ended SIGNAL: while the pipe still has something to give.
ended() {
    mkfifo "$work/fifo"
    chmod a+rw "$work/fifo"
    # env gives back what sh takes from "&", and what somebody ignored who runs this in the background.
    # shellcheck disable=SC2086 # $as is words
    TMPDIR=$work/spool $as env --default-signal=INT,QUIT,HUP,TERM,PIPE "$folder/bin/sallyport" \
        --socket "$work/socket" import - --yes <"$work/fifo" >"$work-out" 2>"$work-err" &
    importing=$!
    exec 7>"$work/fifo"
    rm "$work/fifo"
    head -c 5000 "$work/export.tar" >&7
    await_spool
    [ "$(stat -c '%a %U' "$spooled" 2>/dev/null)" = "600 $who" ]
    tap_result $? "what is spooled is the user's alone ($who)"
    kill -s "$1" $importing
    wait $importing
    [ $? -gt 128 ]
    tap_result $? "SIG$1 ends it ($who)"
    exec 7>&-
    spool_is_empty 'and takes the file away'
}

on_a_terminal() {
    words="$folder/bin/sallyport --socket $work/socket import -"
    # shellcheck disable=SC2086
    $as script -qec "$words" /dev/null </dev/null >"$work-out" 2>&1
    [ $? -eq 2 ] && grep -q 'standard input is a terminal' "$work-out"
    tap_result $? "a terminal as standard input is refused ($who)"
    rm -rf "$work/state"
    agent_stop
    agent enroll "$work/endpoint-1.enrol" --passphrase-file "$work-passphrase" >"$work-out" 2>&1
    agent_start || return
    for answer in n y; do
        # shellcheck disable=SC2086
        echo $answer | TMPDIR=$work/spool $as script -qec \
            "cat $work/export.tar | $words" /dev/null >"$work-out" 2>&1
        grep -q 'Import this now' "$work-out"
        tap_result $? "the question is asked on the terminal ($who)"
        says "and answered there: $answer" "$([ $answer = n ] && echo 'Nothing was imported' ||
            echo active)"
    done
    spool_is_empty 'and nothing is left'
}

# A filesystem of its own, which is too small.
too_small() {
    [ "$(id -u)" -eq 0 ] && [ -z "$as" ] || return 0
    mkdir "$work/small"
    mount -t tmpfs -o size=1m tmpfs "$work/small" 2>/dev/null || {
        tap_skip "a full TMPDIR ($who)" 'a tmpfs can not be mounted here'
        return
    }
    mounted=$work/small
    mv "$work/spool" "$work/elsewhere"
    ln -s small "$work/spool"
    piped='head -c 3000000 /dev/zero'
    piped 25 'a full TMPDIR' import - --yes
    says 'is told' 'no-space'
    spool_is_empty 'and nothing is left in it'
    umount "$mounted"
    mounted=
    rm "$work/spool"
    mv "$work/elsewhere" "$work/spool"
}

run() {
    make_mirror >"$work-out" 2>&1 && enrol >>"$work-out" 2>&1 &&
        mirror export "$work/export.tar" --ring public --form tar >>"$work-out" 2>&1 &&
        mirror export "$work/export.iso" --ring public --form iso >>"$work-out" 2>&1
    tap_result $? "a mirror, an endpoint and an export ($who)"
    mkdir -m 777 "$work/spool"
    agent_start || return
    through_a_pipe
    what_is_wrong
    a_file
    another_users_file
    for signal in INT TERM HUP QUIT PIPE; do
        ended $signal
    done
    too_small
    on_a_terminal
}

for_each_user run
tap_done
