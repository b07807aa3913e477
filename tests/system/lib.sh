# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# What the system tests share: sourced, not run. Whole programs, copied from the build folder into
# one temporary folder, so that a user without rights reaches them wherever the build lies.
. "$TOP_SRCDIR/tests/tap.sh"

folder=
agent_pid=
serve_pid=
port=   # of the mirror that serve_start started
as=    # words in front of a command: who runs it
who=   # for the names of test points
status=0
clock= # of the agent, as libfaketime takes it; empty: the machine's
faketime=

# jq 1.6 takes 25 ms to begin, gojq 3, which is much where it is called a thousand times. gojq sorts
# keys unasked.
if command -v gojq >/dev/null; then
    jq() {
        [ "$1" != -S ] || shift
        gojq "$@"
    }
fi

system_begin() {
    command -v jq >/dev/null || tap_skip_all 'jq is not installed'
    folder=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-test.XXXXXX") || exit 1
    trap 'system_end' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    chmod 755 "$folder"
    mkdir -p "$folder/bin" "$folder/libexec"
    [ ! -x "$TOP_BUILDDIR/tests/system/call" ] || cp "$TOP_BUILDDIR/tests/system/call" "$folder/bin"
    cp "$TOP_BUILDDIR/mirror/sallyport-mirror" "$TOP_BUILDDIR/agent/sallyport-agent" \
        "$TOP_BUILDDIR/tui/sallyport" "$folder/bin" || exit 1
    for program in "$TOP_BUILDDIR"/agent/sallyport-* "$TOP_BUILDDIR"/mirror/sallyport-unpack \
        "$TOP_BUILDDIR"/drivers/compile/sallyport-compile \
        "$TOP_BUILDDIR"/drivers/convert/sallyport-convert "$TOP_BUILDDIR"/drivers/sallyport-driver-*; do
        case $program in
        *.o | *.c | */sallyport-agent) ;;
        *) cp "$program" "$folder/libexec" ;;
        esac
    done
}

system_end() {
    agent_stop
    serve_stop
    # A test that mounted something says so here.
    [ -z "${mounted-}" ] || umount "$mounted"
    [ -z "$folder" ] || rm -rf "$folder"
    folder=
}

# for_each_user FUNCTION: as who we are; when that is root, once more as nobody. Each time with a
# fresh folder $work that this user owns.
for_each_user() {
    as='' who=$(id -un)
    work=$folder/work-$who
    mkdir "$work"
    "$1"
    agent_stop
    [ "$(id -u)" -eq 0 ] || return 0
    as='setpriv --reuid nobody --regid nogroup --clear-groups --' who=nobody
    work=$folder/work-$who
    mkdir "$work"
    chown nobody "$work"
    "$1"
    agent_stop
}

# The programs, as the user of the moment. Standard input is empty: nothing may ask.
mirror() {
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo" "$@" </dev/null
}
agent() {
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
        --socket "$work/socket" "$@" </dev/null
}
# An import asks on a terminal and wants --yes elsewhere.
client() {
    if [ "${1-}" = import ]; then
        shift
        set -- import --yes "$@"
    fi
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport" --libexec "$folder/libexec" --socket "$work/socket" "$@" </dev/null
}

# call METHOD [JSON [COUNT]]: any method of the control protocol (tests/system/call.c).
call() {
    # shellcheck disable=SC2086
    $as "$folder/bin/call" "$work/socket" "$@" </dev/null
}

# expect STATUS NAME COMMAND...: runs, keeps both streams in $work-out and $work-err, one point.
expect() {
    wanted=$1 name=$2
    shift 2
    "$@" >"$work-out" 2>"$work-err"
    status=$?
    [ "$status" -eq "$wanted" ]
    tap_result $? "$name ($who)"
    if [ "$status" -ne "$wanted" ]; then
        echo "# $*"
        echo "# exit status $status, expected $wanted"
        tail -n 20 "$work-out" "$work-err" | sed 's/^/# /'
    fi
}

# says NAME PATTERN: a line of what the last command wrote matches.
says() {
    grep -qE -- "$2" "$work-out" "$work-err"
    tap_result $? "$1 ($who)"
    grep -qE -- "$2" "$work-out" "$work-err" || {
        echo "# expected a line like: $2"
        tail -n 20 "$work-out" "$work-err" | sed 's/^/# /'
    }
}

# holds NAME FILTER: jq's filter is true for the JSON that the last command wrote. (jq -e calls
# nothing at all true.)
holds() {
    [ -s "$work-out" ] && jq -e "$2" "$work-out" >/dev/null 2>&1
    held=$?
    tap_result $held "$1 ($who)"
    [ $held -eq 0 ] || {
        echo "# not true: $2"
        head -c 4000 "$work-out" | sed 's/^/# /'
        echo
    }
}

# until_true COMMAND...: true within ten seconds.
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ $tries -le 200 ] || return 1
        sleep 0.05
    done
}

# A program that died of a signal or a sanitizer is never an acceptable refusal.
died() {
    [ "$status" -ge 128 ] || grep -q 'ERROR: .*Sanitizer\|runtime error:' "$work-err"
}

# Finds libfaketime, for $clock. Only the agent itself sees that clock: its children get an
# environment of their own.
faketime_find() {
    for faketime in /usr/lib/*/faketime/libfaketime.so.1 /usr/lib/faketime/libfaketime.so.1; do
        [ ! -e "$faketime" ] || return 0
    done
    faketime=
    return 1
}

# Starts the agent and waits until its socket answers, or it has ended; bounded.
agent_start() {
    set -- "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
        --socket "$work/socket" run "$@"
    [ -z "$clock" ] ||
        set -- env "LD_PRELOAD=$faketime" "FAKETIME=$clock" FAKETIME_DONT_FAKE_MONOTONIC=1 "$@"
    # shellcheck disable=SC2086
    $as "$@" </dev/null >>"$work-agent-log" 2>&1 &
    agent_pid=$!
    tries=0
    until client status --json >/dev/null 2>&1; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$agent_pid" 2>/dev/null; then
            tap_result 1 "the agent starts ($who)"
            tail -n 20 "$work-agent-log" | sed 's/^/# /'
            return 1
        fi
        sleep 0.05
    done
}

# The mirror over HTTP on a free port ($port), in front of $work/repo; bounded.
serve_start() {
    serve_start_at 127.0.0.1:0 "$@"
}
# serve_start_at ADDRESS:0 [OPTION...]
serve_start_at() {
    listen=$1
    shift
    rm -f "$work-serve"
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport-mirror" --repo "$work/repo" serve --listen "$listen" --json \
        --verbose "$@" </dev/null >"$work-serve" 2>>"$work-serve-log" &
    serve_pid=$!
    tries=0
    until port=$(jq .port "$work-serve" 2>/dev/null) && [ -n "$port" ]; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$serve_pid" 2>/dev/null; then
            tap_result 1 "serve starts ($who)"
            tail -n 20 "$work-serve-log" | sed 's/^/# /'
            return 1
        fi
        sleep 0.05
    done
}

# Its exit status, after SIGTERM.
serve_stop() {
    [ -n "$serve_pid" ] || return 0
    kill "$serve_pid" 2>/dev/null
    wait "$serve_pid" 2>/dev/null
    served=$?
    serve_pid=
    return $served
}

agent_stop() {
    [ -n "$agent_pid" ] || return 0
    kill "$agent_pid" 2>/dev/null
    wait "$agent_pid" 2>/dev/null
    agent_pid=
}

# A source for publish: flags_source FOLDER VALUE.
flags_source() {
    mkdir -p "$1"
    printf '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"%s","behavior":"available"}}}\n' \
        "$2" >"$1/flags.json"
    chmod -R a+rX "$1"
}

# prepared NAME FUNCTION: what FUNCTION makes in an empty $work, copied into this one. It is made once
# and then taken by every test and user for an hour (keys take long), or until a program of it is
# built again. Nothing in it knows its place or its owner.
prepared() {
    prepared=$TOP_BUILDDIR/tests/system/prepared
    mkdir -p "$prepared" || return 1
    (
        exec 9>"$prepared/lock"
        flock 9
        prepared_fresh "$1" || prepared_make "$1" "$2" || exit 1
        prepared_fits "$prepared/$1" && cp -a "$prepared/$1"/* "$work"
    ) || return 1
    # shellcheck disable=SC2046 # names without blanks
    [ -z "$as" ] || (cd "$work" && chown -R nobody:nogroup $(ls -A "$prepared/$1"))
}
prepared_fresh() {
    [ -n "$(find "$prepared/$1/made" -mmin -60 -newer "$TOP_BUILDDIR/mirror/sallyport-mirror" \
        -newer "$TOP_BUILDDIR/agent/sallyport-agent" 2>/dev/null)" ]
}
prepared_make() {
    prepared_for=$work prepared_as=$as
    as='' work=$prepared/$1
    rm -rf "$work" && mkdir "$work" && "$2" 9>&- && touch "$work/made"
    prepared_status=$?
    as=$prepared_as work=$prepared_for
    return $prepared_status
}
# What goes on from a mirror as it was prepared is of no use for any other.
prepared_fits() {
    [ ! -e "$1/before.db" ] || { cmp -s "$1/before.db" "$work/repo/catalog.db" && [ ! -e "$work/state" ]; }
}

# A mirror with two rings and one package in both, exported to $work/medium-1, and an endpoint that
# is enrolled in the second ring.
make_mirror() {
    prepared mirror make_mirror_prepared
}
make_mirror_prepared() {
    rm -rf "$prepared/endpoint"
    make_mirror_anew
}
# For who has a flags_source of its own.
make_mirror_anew() {
    flags_source "$work/source-1" available
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys || return 1
    mirror publish flags-supplement "$work/source-1" --version 1 || return 1
    mirror promote public || return 1
    mirror export "$work/medium-1" --ring public
}

enrol() {
    passphrase_file
    prepared endpoint enrol_prepared || enrol_anew
}
passphrase_file() {
    printf 'correct horse battery staple\n' >"$work-passphrase"
    chmod 600 "$work-passphrase"
    [ -z "$as" ] || chown nobody "$work-passphrase"
}
enrol_prepared() {
    passphrase_file
    cp -a "$prepared/mirror/repo" "$work" && cp "$work/repo/catalog.db" "$work/before.db" && enrol_anew
}
enrol_anew() {
    mirror enroll endpoint-1 --ring public -o "$work/endpoint-1.enrol" \
        --passphrase-file "$work-passphrase" || return 1
    agent enroll "$work/endpoint-1.enrol" --passphrase-file "$work-passphrase"
}

# The next version of the content, through both rings, to a medium: next_medium N VALUE.
next_medium() {
    flags_source "$work/source-$1" "$2"
    mirror publish flags-supplement "$work/source-$1" --version "$1" || return 1
    mirror promote public || return 1
    mirror export "$work/medium-$1" --ring public
}

# flip FILE OFFSET: one byte of a file is another one.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059 # an octal escape
    printf "\\$(printf %03o $((byte ^ 255)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# What a refused import may not change: floors and contents. Health may: it tells of the refusal.
remembered() {
    client floor --json | jq -S 'walk(if type == "object" then del(.age, .generated) else . end)'
    serving
}

# Which package of each type is loaded.
serving() {
    client contents --json | jq -S '[.contents[] | {type, version, package}]'
}
