#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Branch coverage of the trust core, from a build with --enable-coverage in which check-unit has run.
# Where a branch can't be taken by a test, the source says why: a comment "COVERAGE-EXEMPT: reason"
# on the branch's line, or above its statement. Everything else that is not taken fails.
set -u

# File | the share of branches that must be taken or exempt, in percent.
gates='
media/cms.c             100
media/timestamp.c       100
media/chain.c           100
agent/floor.c           100
'

# What is gated, as gcovr's filters: the rest takes it twenty times as long.
filters() {
    printf '%s\n' "$gates" | awk 'NF { gsub(/\./, "[.]", $1); print "--filter .*/" $1 "$" }'
}

report=coverage-report
mkdir -p "$report" || exit 1
gcovr --root "$TOP_SRCDIR" --object-directory . --exclude-unreachable-branches \
    --exclude-throw-branches --gcov-ignore-parse-errors $(filters) \
    --json "$report/coverage.json" --html-details "$report/index.html" \
    --txt "$report/coverage.txt" --branches . >/dev/null || exit 1
cat "$report/coverage.txt"

# Lines that an exemption speaks for: its own, and those of the statement that follows it.
exempt_lines() {
    awk '
    { text = $0 }
    speaking {
        print FNR
        if (comment && text !~ /\*\//) next
        if (comment) { comment = 0; next }
        if (text ~ /[;{}][ \t]*(\/\*.*\*\/)?[ \t]*$/) speaking = 0
    }
    /COVERAGE-EXEMPT: ./ {
        print FNR
        code = text; sub(/\/\*.*/, "", code)
        if (code ~ /^[ \t]*$/) { speaking = 1; comment = text !~ /\*\// }
    }' "$1"
}

# Lines with a branch that was not taken.
missed_lines() {
    jq -r --arg file "$1" '.files[] | select(.file == $file) | .lines[]
        | select(.branches | any(.count == 0)) | .line_number' "$report/coverage.json"
}

branches_of() {
    jq -r --arg file "$1" '[.files[] | select(.file == $file) | .lines[].branches[]]
        | "\(map(select(.count > 0)) | length) \(length)"' "$report/coverage.json"
}

status=0
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
printf '\n%-20s %9s %9s %7s  %s\n' FILE BRANCHES TAKEN EXEMPT RESULT
printf '%s\n' "$gates" >"$folder/gates"
while read -r file gate; do
    [ -n "$file" ] || continue
    counts=$(branches_of "$file")
    all=${counts#* } taken=${counts% *}
    if [ "$all" -eq 0 ]; then
        printf '%-20s %9s %9s %7s  %s\n' "$file" - - - 'FAIL: was not measured'
        status=1
        continue
    fi
    exempt_lines "$TOP_SRCDIR/$file" | sort -u >"$folder/exempt"
    missed_lines "$file" | sort -u >"$folder/missed"
    open=$(LC_ALL=C comm -23 "$folder/missed" "$folder/exempt" | sort -n | tr '\n' ' ')
    covered=$(LC_ALL=C comm -12 "$folder/missed" "$folder/exempt" | wc -l)
    result=ok
    if [ -n "$open" ] && [ "$gate" -eq 100 ]; then
        result="FAIL: not taken: lines $open"
        status=1
    fi
    printf '%-20s %9s %9s %7s  %s\n' "$file" "$all" "$taken" "$covered" "$result"
    grep -n 'COVERAGE-EXEMPT: ' "$TOP_SRCDIR/$file" | sed -E 's|^([0-9]+):.*COVERAGE-EXEMPT: *|    line \1: |; s| *\*/$||'
done <"$folder/gates"
echo
echo "Details: $PWD/$report/index.html"
exit $status
