#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The limits of the format in sallyport-set.5 are those of media/base/limits.h: each limit of the
# sections up to the packs stands in the page with its number, and nothing else does.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# Limit | why it is no part of the format
elsewhere='
ENROLMENT_BYTES       enrolment files
REQUEST_BYTES         requests, which are no part of a medium
KEY_FILE_BYTES        private keys
KDF_ITERATIONS        private keys and enrolment files
KDF_ITERATIONS_LEAST  private keys and enrolment files
CERTIFICATES          follows from SIGNERS
SERIAL_BYTES          RFC 5280
'

# "(4 * GIB - 1)" -> "4 GiB - 1", up to the messages between processes.
of_header() {
    awk '/^\/\* Messages between processes/ { exit } /^#define LIMIT_/ {
        name = substr($2, 7); $1 = ""; $2 = ""; sub(/\/\*.*/, "")
        gsub(/[()]/, ""); gsub(/ \* /, " "); sub(/KIB/, "KiB"); sub(/MIB/, "MiB"); sub(/GIB/, "GiB")
        gsub(/^ +| +$/, ""); print name, $0 }' "$1" | sort >"$folder/all"
    printf '%s\n' "$elsewhere" | awk 'NF { print $1 }' >"$folder/elsewhere"
    awk 'NR == FNR { skip[$1] = 1; next } !($1 in skip)' "$folder/elsewhere" "$folder/all"
}
of_page() {
    awk '/^\.\\" from media\/base\/limits.h/ { on = 1; next } /^\.\\" end of/ { on = 0 }
        on { $1 = ""; $2 = ""; sub(/ Ta /, " "); gsub(/^ +/, ""); gsub(/ +/, " "); print }' "$1" |
        sort
}
differences() {
    of_header "$1" >"$folder/header"
    of_page "$2" >"$folder/page"
    [ -s "$folder/header" ] || echo "no limits in $1"
    diff "$folder/header" "$folder/page"
}

header=$TOP_SRCDIR/media/base/limits.h
page=$TOP_SRCDIR/man/sallyport-set.5
tap_empty 'the page has the limits of the code' differences "$header" "$page"
sed 's/^\.It Dv SIGNERS Ta 64/.It Dv SIGNERS Ta 65/' "$page" >"$folder/planted.5"
tap_found 'finds another number' 'SIGNERS 65' differences "$header" "$folder/planted.5"
grep -v '^\.It Dv WAVES' "$page" >"$folder/planted.5"
tap_found 'finds a missing limit' 'WAVES 16' differences "$header" "$folder/planted.5"
tap_done
