#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Whoever starts the agent leaves it what he likes: no standard descriptors or strange ones, any umask,
# no folder, an environment full of libraries' switches, signals ignored and blocked, limits. The
# import goes through as ever or fails with words, nobody else can read the state, and after it a
# plain start finds everything well.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/state.sh"
command -v sqlite3 >/dev/null || tap_skip_all 'sqlite3 is not installed'
system_begin

# The agent's command line, to be put behind what is done to it.
start() {
    # shellcheck disable=SC2086 # $as is words
    $as "$@" "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
        --socket "$work/socket" run --once --json --import "$work/medium-2"
}

# ---- each way; good: the import must go through; bad: it may fail ----

plain() { start env </dev/null >"$work-out" 2>"$work-err"; }
no_input() { start env <&- >"$work-out" 2>"$work-err"; }
no_errors() { start env </dev/null >"$work-out" 2>&-; }
no_output() { start env </dev/null >&- 2>"$work-err"; }
nothing_open() { start env <&- >&- 2>&-; }
strange_descriptors() {
    start env </dev/null >"$work-out" 2>"$work-err" 3</etc/passwd 5>"$work-leak" 9>"$work-leak"
    went=$?
    [ ! -s "$work-leak" ] || return 99
    return $went
}
open_umask() { (umask 0 && plain); }
closed_umask() { start sh -c 'umask 777; exec "$@"' sh </dev/null >"$work-out" 2>"$work-err"; }
no_folder() {
    mkdir "$work/gone"
    (cd "$work/gone" && rmdir "$work/gone" && plain)
}
no_environment() { start env -i </dev/null >"$work-out" 2>"$work-err"; }
strange_environment() {
    start env PATH=/nonexistent HOME=/nonexistent TMPDIR=/nonexistent SQLITE_TMPDIR=/nonexistent \
        GNUTLS_SYSTEM_PRIORITY_FILE=/etc/passwd GNUTLS_DEBUG_LEVEL=9 LC_ALL=xx \
        TZ=../../etc/passwd MALLOC_PERTURB_=85 http_proxy=http://127.0.0.1:1 \
        SSLKEYLOGFILE="$work-leak" </dev/null >"$work-out" 2>"$work-err"
}
ignored_signals() { start env --ignore-signal </dev/null >"$work-out" 2>"$work-err"; }
blocked_signals() { start env --block-signal </dev/null >"$work-out" 2>"$work-err"; }
few_descriptors() { start prlimit --nofile=16 </dev/null >"$work-out" 2>"$work-err"; }
no_descriptors() { start prlimit --nofile=7 </dev/null >"$work-out" 2>"$work-err"; }
small_files() { start prlimit --fsize=102400 </dev/null >"$work-out" 2>"$work-err"; }

# unharmed: what is trusted and in service is as before, but for a content that could not be looked
# at: that is said until somebody can.
unharmed() {
    grep -v '^INSERT INTO damaged' "$work-after" | cmp -s "$work-base" -
}

# way GOOD|BAD NAME: from the same state; then the plain one, from what it left.
way() {
    rm -rf "$work/state"
    cp -a "$work/state-base" "$work/state"
    "$2"
    status=$?
    state_print "$work/state" >"$work-after"
    lawful="$(untimed "$work-after" | cmp - "$work-lawful" >/dev/null 2>&1 && echo yes)"
    bad=''
    if [ "$1" = good ]; then
        [ "$status" -eq 0 ] && [ -n "$lawful" ] || bad="status $status, other state"
    else
        [ -n "$lawful" ] || { [ "$status" -ne 0 ] && unharmed; } || bad="status $status, harmed"
    fi
    [ "$status" -lt 126 ] || bad="$bad died"
    [ -z "$(find "$work/state" -perm /077 ! -type l)" ] || bad="$bad modes"
    grep -q '^sallyport-agent (pid [0-9]*)$' "$work/state/lock" || bad="$bad lock"
    plain
    status=$?
    state_print "$work/state" >"$work-after"
    [ $status -eq 0 ] && untimed "$work-after" | cmp -s - "$work-lawful" || bad="$bad afterwards"
    [ -z "$bad" ]
    tap_result $? "$(echo "$2" | tr _ ' '), then a plain start [J2] ($who)"
    [ -z "$bad" ] || { echo "#$bad" && tail -n 5 "$work-err" | sed 's/^/# /'; }
}

untimed() {
    sed -E 's/\b1[0-9]{15}\b/TIME/g' "$1"
}

starts() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    expect 0 'the first version is in service' agent run --once --import "$work/medium-1"
    cp -a "$work/state" "$work/state-base"
    state_print "$work/state" >"$work-base"
    plain
    tap_result $? "a plain start ($who)"
    state_print "$work/state" >"$work-after"
    untimed "$work-after" >"$work-lawful"
    ! cmp -s "$work-base" "$work-after"
    tap_result $? "imports the second ($who)"
    for name in no_input no_errors open_umask closed_umask no_folder strange_descriptors \
        no_environment strange_environment; do
        way good $name
    done
    for name in no_output nothing_open ignored_signals blocked_signals few_descriptors \
        no_descriptors small_files; do
        way bad $name
    done
}

for_each_user starts
tap_done
