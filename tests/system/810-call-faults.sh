#!/bin/sh
# SPDX-License-Identifier: ISC
#
# System calls of an import and its activation fail: in the monitor and its database, in verify,
# intake, reader and driver; each once, and then from it on for good. What comes out is old or new,
# nothing hangs, the words name what failed and what to do, and without the fault the import goes
# through. Some calls of each kind; SALLYPORT_LONG=1: every one.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/faults.sh"
faults_begin
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'calls can be failed on x86-64 only'

# Calls of each kind, once and for good; fewer as the second user. FAULT_KINDS names others.
samples=6
[ -z "${SALLYPORT_LONG-}" ] || samples=1000000
kinds=${FAULT_KINDS-}
[ -n "$kinds" ] || kinds='EIO:change,read ENOSPC:change EMFILE:open EINTR:change,open,message,read short:change,read'

failing() {
    two_versions
    [ -d "$work/before" ] || return
    for kind in $kinds; do
        for often in once steadily; do
            fail_each "${kind%%:*}" "${kind#*:}" "$often"
        done
    done
    [ -n "${SALLYPORT_LONG-}" ] || samples=2
}

# fail_each ERROR CLASSES once|steadily
fail_each() {
    trouble='' runs=0 outcomes=$work-outcomes
    : >"$outcomes"
    reset_state
    faulty -c "$2" -e "$1"
    calls=$(awk '$1 == "count" { sum += $4 } END { print sum + 0 }' "$work-hits")
    step=$(((calls + samples - 1) / samples))
    number=$(((step + 2) / 2)) # past a count of none, so that it ends
    while [ "$number" -le "$calls" ]; do
        fail_one "$1" "$2" "$3"
        number=$((number + step))
    done
    [ $runs -gt 0 ] && [ -z "$trouble" ]
    tap_result $? "$1 $3 at $runs of $calls calls; found after it $(shown_outcomes) [H6]$(also "$1") ($who)"
    [ -z "$trouble" ] || echo "${trouble#?}"
}

# Other numbers of the catalogue that such a failure shows.
also() {
    [ "$1" != EIO ] || echo ' [D11] [H5]'
}

fail_one() {
    reset_state
    steady=-s
    [ "$3" = steadily ] || steady=
    # shellcheck disable=SC2086 # a word or none
    faulty -c "$2" -e "$1" -n "$number" $steady
    status=$?
    grep -q '^hit' "$work-hits" || return
    runs=$((runs + 1))
    point="$1 $3 at call $number ($(sed -n 's/^hit //p' "$work-hits"))"
    ! grep -q '^orphan\|^hang' "$work-hits" || wrong "$(grep -v '^hit' "$work-hits")"
    ! died || wrong "exit status $status"
    [ $status -eq 0 ] || explained || wrong "$(tail -n 3 "$work-err")"
    [ $status -ne 0 ] || ! flush_failed "$1" || wrong 'a failed flush is passed over'
    recovers
    echo "$before_import" >>"$outcomes"
}

# Until content is in service a failed flush is final. After it the link is the next start's.
flush_failed() {
    case "$1 $(sed -n 's/^hit //p' "$work-hits")" in
    E[IN]O*' 'fetch*sync | E[IN]O*' 'judge*sync | E[IN]O*' 'commit*sync | E[IN]O*' 'activate*sync)
        true ;;
    *) false ;;
    esac
}

# A failure has a code, says of what, and what to do next.
explained() {
    grep -Eq '^sallyport-agent: [^:]+: .* \([a-z-]+\)$|^sallyport-agent: [^:]+ [^:]+ \([a-z-]+\)$' \
        "$work-err" && grep -q '^next: ' "$work-err"
}

for_each_user failing
tap_done
