#!/bin/sh
# SPDX-License-Identifier: ISC
#
# fill.sh MARK PAGE: standard input takes the place of the lines between the comments "from MARK" and
# "end of MARK" in a page.
set -eu
new=$(mktemp)
trap 'rm -f "$new" "$new.list"' EXIT
cat >"$new.list"
[ -s "$new.list" ] || { echo "fill.sh: nothing for $1" >&2; exit 1; }
awk -v mark="$1" -v list="$new.list" '
    $0 == ".\\\" end of " mark { on = 0 }
    !on { print }
    $0 == ".\\\" from " mark { on = 1; while ((getline line < list) > 0) print line }' "$2" >"$new"
cat "$new" >"$2"
