# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# What is in the file of rows that trip.sh wrote, for scripts that are called with it first; sourced.
# shellcheck disable=SC2034 # of those who source this
rows=$1

# figure SUBJECT STEP FIELD: the median of the runs; nothing where there is none.
figure() {
    awk -v want="$1 $2 $3" '$1 " " $2 " " $3 == want { print $4 }' "$rows" | sort -g |
        awk '{ v[NR] = $1 } END { if (NR) print NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

# most SUBJECT STEP FIELD: the largest.
most() {
    awk -v want="$1 $2 $3" '$1 " " $2 " " $3 == want { print $4 }' "$rows" | sort -g | tail -n 1
}

# why SUBJECT STEP: why there is none.
why() {
    awk -v subject="$1" -v step="$2" '
    $1 == subject && $3 == "none" && ($2 == step || $2 == "all" || $2 == "ready") {
        sub(/^[^ ]+ [^ ]+ none /, "")
        print
        exit
    }' "$rows"
}
