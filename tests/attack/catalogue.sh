#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The catalogue of attacks (catalogue.tsv) against what the tests of this run wrote: every case is
# there once; what is said to be done is shown by each test that the row names, in a line of its log
# with the case's number in brackets; no such line tells of an attack that was accepted, of a changed
# state, or of a reason code that the row does not have. A test that this run leaves out is looked up
# in its source. In a log:
#
#   ok 7 - words [B1]                                    a test point
#   # [B1] words                                         a test without points of its own
#   # [B1] refused rollback, state unchanged: words      an attack, held to both
#   # [B1] lawful: words                                 what must be accepted beside it
#   # [B1] ACCEPTED, ... or ... state CHANGED ...        what must never be
set -u
. "$TOP_SRCDIR/tests/tap.sh"
catalogue=$TOP_SRCDIR/tests/attack/catalogue.tsv
codes=$TOP_SRCDIR/media/base/error-codes.h
# TESTS_OF_RUN: the logs that this run of make makes, of which ours comes last.
run=" ${TESTS_OF_RUN-} "
work=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-catalogue.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT

# How many cases each letter has: 111.
families='A19 B16 C9 D14 E6 F8 G11 H12 I7 J9'
every_id() {
    for family in $families; do
        seq -f "${family%"${family#?}"}%g" "${family#?}"
    done
}

# ---- the parts of one row ----

# source_of TEST, log_of TEST, in_run TEST
source_of() {
    case $1 in
    *.sh) echo "$TOP_SRCDIR/$1" ;;
    *) echo "$TOP_SRCDIR/$1.c" ;;
    esac
}
log_of() { echo "$TOP_BUILDDIR/${1%.sh}.log"; }
in_run() {
    case $run in
    *" ${1%.sh}.log "*) true ;;
    *) false ;;
    esac
}

# shown ID TEST: lines with its number that hold.
shown() {
    grep -E "^(ok [0-9]+ - |# )(.* )?\[$1\]" "$(log_of "$2")" | grep -v ' # SKIP'
}

# row_faults ID STATUS TESTS CODES WHY: what is wrong with a row, a line each.
row_faults() {
    case $2 in
    done) [ "$3" != - ] || echo "$1: no test" ;;
    not-yet | not-applicable) [ "$5" != - ] || echo "$1: $2 without a reason" ;;
    *) echo "$1: $2 is no status" ;;
    esac
    [ "$4" = - ] || for code in $4; do
        code_faults "$1" "$3" "$code"
    done
    [ "$3" = - ] || for test in $3; do
        test_faults "$1" "$test" "$4"
    done
}

# A code is one of ours, and a test of the row knows it, by symbol or by name.
code_faults() {
    symbol=$(sed -n "s/^ X(\([A-Z_]*\), *\"$3\",.*/\1/p" "$codes")
    [ -n "$symbol" ] || { echo "$1: no reason code is called $3"; return; }
    for test in $2; do
        [ ! -f "$(source_of "$test")" ] || cat "$(source_of "$test")"
    done | grep -qwE -- "ERROR_$symbol|$3" || echo "$1: no test of the row knows $3"
}

test_faults() {
    [ -f "$(source_of "$2")" ] || { echo "$1: there is no $2"; return; }
    if ! in_run "$2"; then
        grep -qE "\[$1\]|\"$1\"" "$(source_of "$2")" || echo "$1: $2 does not speak of it"
        return
    fi
    [ -f "$(log_of "$2")" ] || { echo "$1: $2 was not run"; return; }
    grep -E "^not ok .*\[$1\]" "$(log_of "$2")" | sed "s|^|$1: $2: |"
    # A test that this machine skips whole says why itself; .ci/skips has the last word.
    if ! shown "$1" "$2" >"$work/lines" && ! grep -qE '^(1\.\.0|ok .*) # SKIP' "$(log_of "$2")"; then
        echo "$1: $2 does not show it"
    fi
    sed -nE 's/.*\] refused ([a-z0-9-]+), state .*/\1/p' "$work/lines" | LC_ALL=C sort -u |
        while read -r code; do
            case " $3 " in
            *" $code "*) ;;
            *) echo "$1: $2 shows $code, which the row does not have" ;;
            esac
        done
    cat "$work/lines" >>"$work/shown"
}

# ---- the table ----

# judge_table FILE: all that is wrong with it.
judge_table() {
    grep -v '^#' "$1" | cut -f1 | LC_ALL=C sort >"$work/ids"
    every_id | LC_ALL=C sort | LC_ALL=C comm -3 - "$work/ids" | sed 's/^	/no case, or twice: /; s/^\([A-J]\)/missing: \1/'
    : >"$work/shown"
    tab=$(printf '\t')
    grep -v '^#' "$1" | while IFS=$tab read -r id _ status tests row_codes why rest; do
        [ -z "$rest" ] && [ -n "$why" ] || echo "$id: a row has six columns"
        row_faults "$id" "$status" "$tests" "$row_codes" "$why"
    done
}

# Numbers in brackets that are no case, in any log of this run.
strangers() {
    for log in $run; do
        [ -f "$TOP_BUILDDIR/$log" ] || continue
        grep -hoE '\[[A-J][0-9]{1,2}\]' "$TOP_BUILDDIR/$log"
    done | tr -d '[]' | LC_ALL=C sort -u >"$work/seen"
    every_id | LC_ALL=C sort | LC_ALL=C comm -13 - "$work/seen"
}

# by_status STATUS: how many rows.
by_status() {
    grep -v '^#' "$catalogue" | awk -F'\t' -v status="$1" '$3 == status' | wc -l
}
# of_shown PATTERN: how many lines of all cases.
of_shown() {
    grep -cE "$1" "$work/shown"
}

# of_any PATTERN: how many lines of all logs, whatever rows name them.
of_any() {
    for log in $run; do
        [ ! -f "$TOP_BUILDDIR/$log" ] || cat "$TOP_BUILDDIR/$log"
    done | grep -cE "$1"
}

# ---- what this script itself is worth: a row with each mistake ----

planted() {
    grep '^A5	' "$catalogue" | sed "$2" >"$work/planted.tsv"
    judge_table "$work/planted.tsv" >"$work/faults"
    grep -qF -- "$3" "$work/faults"
    tap_result $? "seen: $1"
    grep -qF -- "$3" "$work/faults" || sed 's/^/# /' "$work/faults"
}
plant() {
    planted 'a case is missing' '/^A5	/d' 'missing: A5'
    planted 'a case is there twice' '/^A5	/p' 'twice: A5'
    planted 'a number that is none' 's/^A5	/A20	/' 'twice: A20'
    planted 'a test that there is not' '/^A5	/s,test-document-attacks,test-absent,' 'there is no tests/attack/test-absent'
    planted 'a test that does not show it' '/^A5	/s,test-document-attacks,test-flip,' 'A5: tests/attack/test-flip does not'
    planted 'a reason code that there is not' '/^A5	/s,attribute-missing,attribute-absent,' 'called attribute-absent'
    planted 'what is not done has no reason' '/^A5	/s,	done	,	not-yet	,' 'A5: not-yet without a reason'
    planted 'a status that is none' '/^A5	/s,	done	,	soon	,' 'A5: soon is no status'
}

tap_empty 'every case is there once, and what is done is shown' judge_table "$catalogue"
tap_empty 'every number in a log is a case' strangers
wrong=$(of_any '^# \[[A-J][0-9]+\] ACCEPTED') changed=$(of_any '^# \[[A-J][0-9]+\] .*state CHANGED') cases=$(wc -l <"$work/shown")
[ "$wrong" -eq 0 ]
tap_result $? "$wrong wrong accepts"
[ "$changed" -eq 0 ]
tap_result $? "$changed state changes"
echo "# cases of the catalogue: $(by_status 'done') done, $(by_status not-yet) not yet," \
    "$(by_status not-applicable) not applicable; shown in this run by $cases lines:" \
    "$(of_shown '\] refused ') attacks refused with their code and the state unchanged," \
    "$(of_shown '\] lawful: ') lawful ones accepted, $wrong wrong accepts, $changed state changes"
plant
tap_done
