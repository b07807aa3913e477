#!/bin/sh
# SPDX-License-Identifier: ISC
#
# trip-table.sh ROWS: medians of what trip.sh recorded, a line each way and one each thing that could
# not be measured.
set -u
. "$TOP_SRCDIR/tests/bench/median.sh"

# Of each table: the column's two heads, step, field, what it is divided by, decimals.
times='
publish 1,s   publish1 wall    1   2
export  1,s   export1  wall    1   2
import  1,s   import1  wall    1   2
export  1-2,s export2  wall    1   2
import  1-2,s import2  wall    1   2
export  1-3,s export3  wall    1   2
import  1-3,s import3  wall    1   2
'
processor='
publish 1,s   publish1 cpu     1   2
export  1,s   export1  cpu     1   2
import  1,s   import1  cpu     1   2
export  1-2,s export2  cpu     1   2
import  1-2,s import2  cpu     1   2
export  1-3,s export3  cpu     1   2
import  1-3,s import3  cpu     1   2
'
bytes='
medium  1,MB   export1 bytes   1e6  1
medium  1-2,MB export2 bytes   1e6  1
medium  1-3,MB export3 bytes   1e6  1
written 1,MB   import1 written 1e6  1
written 1-2,MB import2 written 1e6  1
peak    1,MiB  import1 peak    1024 0
peak    1-2,MiB import2 peak   1024 0
'

table() {
    echo "$1"
    echo "$2" | awk 'NF { a = a sprintf("%9s", $1); b = b sprintf("%9s", $2) }
        END { printf "%-11s%s\n%-11s%s\n", "", a, "", b }'
    awk '$1 != "merge" && !seen[$1]++ { print $1 }' "$rows" | while read -r subject; do
        printf '%-11s' "$subject"
        echo "$2" | while read -r _ _ step field scale decimals; do
            [ -z "$step" ] || figure "$subject" "$step" "$field" | awk -v scale="$scale" -v decimals="$decimals" '
                { printf "%9.*f", decimals, $1 / scale; found = 1 }
                END { if (!found) printf "%9s", "-" }'
        done
        echo
    done
    echo
}

table 'seconds' "$times"
table 'seconds of processors, of all processes' "$processor"
table 'bytes, and the largest process of an import' "$bytes"
echo "judging the medium alone (inspect): $(figure ours inspect1 wall) s," \
    "$(figure ours inspect1 cpu) s of processors"
awk '$3 == "none" && !seen[$0]++ { $3 = "-"; print "not measured:", $0 }' "$rows"
