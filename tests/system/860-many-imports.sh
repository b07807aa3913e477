#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One agent, many imports: memory, descriptors, processes and files stay what they were. Of ten
# imports one brings a new version and swaps it in, five bring what is there already, three are an
# older medium and one a damaged one: both refused. 300, and 100 as the second user;
# SALLYPORT_LONG=1: 10,000; SALLYPORT_IMPORTS: that many. At the end the agent's idle memory and wake-ups are printed.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
imports=300
[ -z "${SALLYPORT_LONG-}" ] || imports=10000
imports=${SALLYPORT_IMPORTS-$imports}
idle_seconds=5

children() {
    pgrep -P "$agent_pid"
}
# Of every process of the agent: a line "NAME KIB DESCRIPTORS", sorted.
figures() {
    for pid in $agent_pid $(children); do
        name=$(tr '\0' '\n' <"/proc/$pid/cmdline" | head -n 1)
        kib=$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")
        echo "${name##*/} $kib $(find "/proc/$pid/fd" -mindepth 1 2>/dev/null | wc -l)"
    done | sort
}
# What must be the same after each round: names and descriptors of processes, files of the state.
lasting() {
    figures | cut -d' ' -f1,3
    find "$work/state" -mindepth 1 ! -path '*/content/*/*' | sort
    find "$work/state/content" -mindepth 2 -maxdepth 2 | wc -l
}
memory_of() {
    figures | awk -v name="$1" '$1 == name { print $2 }'
}

prepare() {
    { make_mirror && enrol; } >"$work-out" 2>&1
    made=$?
    for number in $(seq 2 $((imports / 10 + 2))); do
        [ $((number % 2)) -eq 0 ] && value=off || value=available
        next_medium "$number" $value >"$work-out" 2>&1 || made=1
    done
    cp -R "$work/medium-2" "$work/damaged"
    chmod -R u+w "$work/damaged"
    for file in "$work"/damaged/sallyport/rings/public/set-*.p7m; do
        flip "$file" 100
    done
    tap_result $made "a mirror with $((imports / 10 + 2)) versions ($who)"
}

# one NUMBER: an import of the round, and the exit status that it must have.
one() {
    current=$((($1 - 1) / 10 + 2))
    case $(($1 % 10)) in
    1 | 2 | 4 | 6 | 8 | 9) medium=medium-$current wanted=0 ;;
    0) medium=damaged wanted=20 ;;
    *) medium=medium-1 wanted=21 ;;
    esac
    client import "$work/$medium" >"$work-out" 2>"$work-err"
    [ $? -eq $wanted ] || unexpected="$unexpected $1:$medium"
}

many() {
    shown=$((imports / 10)) # between two lines of figures
    prepare
    agent_start || return
    expect 0 'the first version is imported' client import "$work/medium-1"
    unexpected=''
    for number in $(seq 1 "$imports"); do
        one "$number"
        [ "$number" -ne 20 ] || { lasting >"$work-lasting"; early=$(memory_of sallyport-agent); }
        [ $((number % shown)) -ne 0 ] || echo "# $number: $(figures | tr '\n' ';') $(du -k \
            "$work/state/state.db" | cut -f1) KiB database"
    done
    [ -z "$unexpected" ]
    tap_result $? "$imports imports end as they should ($who)"
    [ -z "$unexpected" ] || echo "#$unexpected" | head -c 2000
    lasting | diff "$work-lasting" - >"$work-out"
    tap_result $? "processes, descriptors and files are those after 20 [H11] ($who)"
    sed 's/^/# /' "$work-out"
    late=$(memory_of sallyport-agent)
    [ $((late - early)) -le 4096 ]
    tap_result $? "the agent's memory: $early KiB after 20, $late KiB after $imports ($who)"
    [ -z "$(ls -A "$work/state/staging")" ]
    tap_result $? "nothing is left in staging ($who)"
    expect 0 'the trail is whole' client audit verify
    idle
    agent_stop
    imports=${SALLYPORT_IMPORTS-100}
}

switches() {
    for pid in $agent_pid $(children); do
        awk '$1 == "Name:" { name = $2 } $1 == "voluntary_ctxt_switches:" { print name, $2 }' \
            "/proc/$pid/status"
    done | sort
}
# The count is bounded generously: a busy loop has thousands.
idle() {
    switches >"$work-before"
    sleep $idle_seconds
    switches | paste -d' ' "$work-before" - | awk '{ printf "%s%s %d", (NR > 1) ? ", " : "", $1,
        $4 - $2; sum += $4 - $2 } END { printf "\n"; exit sum > 100 }' >"$work-out"
    tap_result $? "wake-ups in $idle_seconds idle seconds: $(cat "$work-out") ($who)"
    echo "# idle memory in KiB: $(figures | awk '{ printf "%s %d; ", $1, $2 }')"
}

if [ -n "${SALLYPORT_LONG-}" ]; then
    as='' who=$(id -un) work=$folder/work
    mkdir "$work"
    many
else
    for_each_user many
fi
tap_done
