#!/bin/sh
# SPDX-License-Identifier: ISC
#
# goals.sh ROWS OUTPUTS: each goal, what was measured of it in this run, and whether it is met. ROWS is
# trip.sh's; the folder OUTPUTS has what the other parts of run.sh printed. A goal that was not
# measured says why.
set -u
. "$TOP_SRCDIR/tests/bench/median.sh"
outputs=$2

# judge WHAT SIGN BOUND UNIT VALUE SHOWN WHY: VALUE against BOUND, in what UNIT says; SHOWN is how it
# came about. The last column is how much room there is: 1 is just met, 2 is twice as good.
judge() {
    [ -n "$5" ] || {
        printf '%-46s %-26s %s\n' "$1" "$2 $3 $4" "not measured: ${7:-no figures}"
        return
    }
    awk -v what="$1" -v sign="$2" -v bound="$3" -v unit="$4" -v value="$5" -v shown="$6" 'BEGIN {
        met = sign == "<=" ? value <= bound : value >= bound
        room = sign == "<=" ? (value > 0 ? bound / value : 99) : value / bound
        measured = sprintf("%.3g%s", value, shown == "" ? "" : " (" shown ")")
        printf "%-46s %-26s %-38s %6.2f  %s\n", what, sign " " bound " " unit, measured, room,
            met ? "met" : "MISSED"
    }'
}

# compare WHAT BOUND UNIT A B SCALE SUFFIX WHY: A / B at most BOUND.
compare() {
    value=$(echo "$4 $5" | awk 'NF == 2 && $2 > 0 { print $1 / $2 }')
    shown=$(echo "$4 $5" | awk -v scale="$6" -v suffix="$7" 'NF == 2 {
        printf "%.4g : %.4g %s", $1 / scale, $2 / scale, suffix }')
    judge "$1" '<=' "$2" "$3" "$value" "$shown" "$8"
}

sum() {
    echo "$1 $2" | awk 'NF == 2 { print $1 + $2 }'
}

# first_why SUBJECT STEP SUBJECT STEP: of the first that has one.
first_why() {
    reason=$(why "$1" "$2")
    [ -z "$reason" ] || {
        echo "$1: $reason"
        return
    }
    reason=$(why "$3" "$4")
    [ -z "$reason" ] || echo "$3: $reason"
}

# The least that any other one wrote for the change, or nothing.
least_written() {
    awk '$1 != "ours" && $3 == "none" { next } $1 != "ours" { print $1 }' "$rows" | sort -u |
        while read -r peer; do figure "$peer" import2 written; done | awk '$1 > 0' | sort -g | head -n 1
}

# found FILE PATTERN: the first number behind the pattern's line head, in what another part printed.
found() {
    [ -e "$outputs/$1" ] || return 0
    sed -nE "s/^$2[^0-9]*([0-9.]+).*/\\1/p" "$outputs/$1" | head -n 1
}

goals_trip() {
    compare 'full import' 0.5 'x RAUC verity' "$(figure ours import1 wall)" \
        "$(figure rauc import1 wall)" 1 s "$(first_why ours import1 rauc import1)"
    compare 'import of a change (1 -> 2)' 0.45 'x rsync batch' "$(figure ours import2 wall)" \
        "$(figure rsync import2 wall)" 1 s "$(first_why ours import2 rsync import2)"
    compare 'an endpoint writes for it' 1 'x the best other' "$(figure ours import2 written)" \
        "$(least_written)" 1e6 MB "$(why ours import2)"
    compare 'medium for it' 0.9 'x zstd --patch-from' "$(figure ours export2 bytes)" \
        "$(figure patch export2 bytes)" 1e6 MB "$(first_why ours export2 patch export2)"
    compare 'medium, sorted list changed evenly (1 -> 3)' 0.9 'x zstd --patch-from' \
        "$(figure ours export3 bytes)" "$(figure patch export3 bytes)" 1e6 MB \
        "$(first_why ours export3 patch export3)"
    compare 'medium, that list alone (1 -> 3)' 1.1 'x its record merge' \
        "$(figure list export3 bytes)" "$(figure merge export3 bytes)" 1e6 MB "$(why list export3)"
    compare 'export' 0.6 'x RAUC verity' "$(figure ours export1 wall)" \
        "$(figure rauc export1 wall)" 1 s "$(first_why ours export1 rauc export1)"
    compare 'publish and export' 1.5 'x RAUC verity' \
        "$(sum "$(figure ours publish1 wall)" "$(figure ours export1 wall)")" \
        "$(figure rauc export1 wall)" 1 s "$(first_why ours publish1 rauc export1)"
}

goals_memory() {
    for step in import1 import2; do
        [ $step = import1 ] && what= || what=', a change'
        judge "memory of intake$what" '<=' 96 MiB \
            "$(most ours $step intake | awk '{ print $1 / 1024 }')" '' "$(why ours $step)"
        compare "the same, largest to small content$what" 1.1 times \
            "$(most large $step intake)" "$(most small $step intake)" 1024 MiB \
            'see tests/bench/flat.sh'
    done
    judge 'agent, idle: memory' '<=' 12 MiB \
        "$(figure ours idle agent | awk '{ print $1 / 1024 }')" '' "$(why ours import1)"
    judge 'agent and drivers, idle: wake-ups' '<=' "${BENCH_IDLE_WAKEUPS:-0}" \
        "in $(figure ours idle seconds) s" "$(figure ours idle wakeups)" '' "$(why ours import1)"
}

goals_engines() {
    judge 'reputation: lookups of a thread' '>=' 15 'M/s' \
        "$(found reputation 'hash index, 256 at once')" '' 'no reputation part'
    for way in 'in memory' 'from the wire'; do
        judge "behaviour: events to one reactor, $way" '>=' 4.5 'M/s' \
            "$(found events "our driver, one reactor an event, $way" | awk '{ print $1 / 1e6 }')" \
            '' 'no events part'
    done
    for way in '3 avx512' '1.5 avx2'; do
        judge "verification: SHA-384, ${way#* }" '>=' "${way% *}" 'x one stream' \
            "$(found digest "ratio ${way#* }")" '' "no ${way#* } here, or no digest part"
    done
    judge 'scan' '>=' 5 'x yara' '' '' 'there is no scan yet'
    judge 'network rules' '>=' 300 'k packets/s' '' '' 'there is no such engine yet'
    echo 'activation: failed requests under load are counted by tests/system/830-swap-under-load.sh'
}

printf '%-46s %-26s %-38s %6s\n' 'what' 'goal' 'measured' 'room'
goals_trip
goals_memory
goals_engines
