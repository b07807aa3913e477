#!/bin/sh
# SPDX-License-Identifier: ISC
#
# New content is swapped in again and again while a client asks the driver through the control socket
# as fast as it can: no request fails, and each answer is the old content's or the new one's.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
hammer=$TOP_BUILDDIR/tests/system/hammer
swaps=20
[ -z "${SALLYPORT_LONG-}" ] || swaps=200

# Even versions switch the flag off, odd ones make it available; the set has it on.
value_of() {
    if [ $(($1 % 2)) -eq 0 ]; then echo off; else echo available; fi
}

under_load() {
    { make_mirror && mirror flags set ips on --ring public && mirror export "$work/medium-1" \
        --ring public && enrol; } >"$work-out" 2>&1
    made=$?
    for number in $(seq 2 $((swaps + 1))); do
        next_medium "$number" "$(value_of "$number")" >"$work-out" 2>&1 || made=1
    done
    tap_result $made "a mirror with $((swaps + 1)) versions ($who)"
    agent_start || return
    expect 0 'the first version is imported' client import "$work/medium-1"
    $as "$hammer" "$work/socket" ips >"$work-asked" 2>&1 &
    asking=$!
    bad=''
    for number in $(seq 2 $((swaps + 1))); do
        client import "$work/medium-$number" >"$work-out" 2>&1 || bad="$bad $number"
    done
    kill "$asking"
    wait "$asking"
    failed=$?
    [ -z "$bad" ]
    tap_result $? "$swaps versions are swapped in one after another ($who)"
    [ -z "$bad" ] || echo "# not imported:$bad"
    read -r _ asked _ failures _ on _ off <"$work-asked"
    [ $failed -eq 0 ] && [ "$failures" = 0 ]
    tap_result $? "of $asked requests meanwhile $failures fail: $on on, $off off ($who)"
    sed -n '2s/^\(.\)/# \1/p' "$work-asked"
    [ "$asked" -ge $((10 * swaps)) ] && [ "$on" -gt 0 ] && [ "$off" -gt 0 ]
    tap_result $? "ten requests a swap at least, answered from both contents ($who)"
    agent_stop
}

for_each_user under_load
tap_done
