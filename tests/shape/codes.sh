#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every reason code is given by some program and explained in a manual page.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

# Rows as "SYMBOL name".
rows() {
    sed -nE 's/^ X\(([A-Z0-9_]+), *"([a-z0-9-]+)".*/\1 \2/p' "$1/media/base/error-codes.h"
}

twins() {
    rows "$1" | awk '{ print $2 }' | LC_ALL=C sort | uniq -d
}

unused() {
    rows "$1" | while read -r symbol name; do
        [ "$symbol" = OK ] || grep -rqwE "ERROR_$symbol" --include='*.c' \
            "$1/media" "$1/mirror" "$1/agent" "$1/drivers" "$1/tui" 2>/dev/null ||
            echo "$name: no program gives it"
    done
}

unexplained() {
    rows "$1" | while read -r symbol name; do
        grep -qE "^\.It (Cm|Sy) $name( |\$)" "$1"/man/*.[1-8] 2>/dev/null ||
            echo "$name: in no manual page"
    done
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

tap_found 'reads the rows' '^ROLLBACK rollback$' rows "$TOP_SRCDIR"
tap_empty 'names are unique' twins "$TOP_SRCDIR"
tap_empty 'every code is used' unused "$TOP_SRCDIR"
tap_empty 'every code is explained' unexplained "$TOP_SRCDIR"

mkdir -p "$folder/media/base" "$folder/man"
echo ' X(PLANTED, "planted", 1, "", "")' >"$folder/media/base/error-codes.h"
tap_found 'finds an unused code' '^planted: ' unused "$folder"
tap_found 'finds an unexplained code' '^planted: ' unexplained "$folder"
tap_done
