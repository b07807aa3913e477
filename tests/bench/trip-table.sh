#!/bin/sh
# SPDX-License-Identifier: ISC
#
# trip-table.sh ROWS: medians of what trip.sh recorded, a line each way and one each thing that could
# not be measured.
set -u
. "$TOP_SRCDIR/tests/bench/median.sh"

row() {
    set -- "$1" "$(figure "$1" export1 wall)" "$(figure "$1" import1 wall)" \
        "$(figure "$1" export1 bytes)" "$(figure "$1" export2 wall)" "$(figure "$1" import2 wall)" \
        "$(figure "$1" export2 bytes)" "$(figure "$1" export3 bytes)" \
        "$(figure "$1" import1 written)" "$(figure "$1" import2 written)" "$(peak "$1")"
    printf '%s\n' "$@" | awk '
    NR == 1 { line = sprintf("%-11s", $0); next }
    $0 == "" { line = line sprintf("%9s", "-"); next }
    NR == 2 || NR == 3 || NR == 5 || NR == 6 { line = line sprintf("%9.2f", $0); next }
    NR == 11 { line = line sprintf("%9.0f", $0 / 1024); next }
    { line = line sprintf("%9.1f", $0 / 1e6) }
    END { print line }'
}
peak() {
    for step in import1 import2; do figure "$1" $step peak; done | sort -g | tail -n 1
}

printf '%-11s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s\n' '' 'export' 'import' 'medium' 'export' 'import' \
    'medium' 'medium' 'written' 'written' 'peak'
printf '%-11s%9s%9s%9s%9s%9s%9s%9s%9s%9s%9s\n' '' '1, s' '1, s' '1, MB' '1-2, s' '1-2, s' \
    '1-2, MB' '1-3, MB' '1, MB' '1-2, MB' 'MiB'
awk '$1 != "merge" && !seen[$1]++ { print $1 }' "$rows" | while read -r subject; do row "$subject"; done
awk '$3 == "none" && !seen[$0]++ { $3 = "-"; print "not measured:", $0 }' "$rows"
