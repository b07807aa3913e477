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

# The list in sallyport.1 is the one that man/reason-codes.sh makes.
unexplained() {
    sh "$TOP_SRCDIR/man/reason-codes.sh" "$1/media/base/error-codes.h" >"$folder/made"
    awk '/^\.\\" from error-codes.h/ { on = 1; next } /^\.\\" end of error-codes.h/ { on = 0 } on' \
        "$1/man/sallyport.1" >"$folder/written"
    diff "$folder/written" "$folder/made" | grep '^[<>]'
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

tap_found 'reads the rows' '^ROLLBACK rollback$' rows "$TOP_SRCDIR"
tap_empty 'names are unique' twins "$TOP_SRCDIR"
tap_empty 'every code is used' unused "$TOP_SRCDIR"
tap_empty 'sallyport.1 explains every code (make man-options)' unexplained "$TOP_SRCDIR"

mkdir -p "$folder/media/base" "$folder/man"
: >"$folder/man/sallyport.1"
echo ' X(PLANTED, "planted", 1, "Cause.", "Next.")' >"$folder/media/base/error-codes.h"
tap_found 'finds an unused code' '^planted: ' unused "$folder"
tap_found 'finds an unexplained code' '^> .It Cm planted ' unexplained "$folder"
tap_done
