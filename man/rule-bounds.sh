#!/bin/sh
# SPDX-License-Identifier: ISC
#
# rule-bounds.sh LIMITS.H: the mdoc list of the bounds of Lua rules. make man-options puts it into
# sallyport-rules.5, tests/shape/pages.sh compares.
echo '.Bl -tag -width Ds'
sed -nE 's:^#define LIMIT_(LUA_[A-Z_]+) +([^/]*[^/ ]) *\/\* *(.*[^ ]) *\*\/$:\1|\2|\3:p' "$1" |
    awk -F'|' '
        {
            gsub(/[()]/, "", $2); gsub(/ \* /, " ", $2)
            sub(/KIB/, "KiB", $2); sub(/MIB/, "MiB", $2)
            gsub(/\(\)/, "\\\\\\&()", $3)
            if ($1 ~ /_US$/) $2 = $2 / 1000 " ms"
            print ".It Dv " $1 " Pq " $2; print $3
        }'
echo '.El'
