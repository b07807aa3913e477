#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every header compiles alone, twice in one file, with gcc and clang, and is guarded by its own name.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# The warnings are configure's own.
warnings=$(sed -n 's/^warnings="\(.*\)"$/\1/p' "$TOP_SRCDIR/configure.ac")
[ -n "$warnings" ] || { echo 'Bail out! no warnings in configure.ac'; exit 1; }

# Where libraries of folders of their own have their headers, as configure found it.
libraries=$(sed -nE 's/^(XML|LUAJIT)_CFLAGS = //p' "$TOP_BUILDDIR/Makefile")

# alone COMPILER TOP HEADER...: prints what the compiler says about each.
alone() {
    compiler=$1 top=$2
    shift 2
    for header; do
        printf '#include "%s"\n#include "%s"\n' "$header" "$header" >"$folder/alone.c"
        # shellcheck disable=SC2086 # a list of flags
        "$compiler" -std=gnu11 -D_GNU_SOURCE $warnings -Werror \
            -fsyntax-only ${TEST_CFLAGS-} $libraries \
            -I"$top" -I"$TOP_BUILDDIR" "$folder/alone.c" 2>&1
    done
}

# The guard is the path in capitals, so that no two are alike.
guards() {
    (cd "$1" && shift && for header; do
        guard=$(printf '%s' "$header" | tr 'a-z/.-' 'A-Z___')
        grep -q "^#ifndef $guard\$" "$header" && grep -q "^#define $guard\$" "$header" ||
            echo "$header: its guard is not $guard"
    done)
}

headers=$(cd "$TOP_SRCDIR" && find media mirror agent drivers tui tests -name '*.h' | LC_ALL=C sort)
for compiler in gcc clang; do
    if command -v $compiler >/dev/null; then
        # shellcheck disable=SC2086 # names without blanks
        tap_empty "every header compiles alone with $compiler" alone $compiler "$TOP_SRCDIR" $headers
    else
        tap_skip "every header compiles alone with $compiler" "$compiler is not installed"
    fi
done
# shellcheck disable=SC2086
tap_empty 'every header is guarded by its own name' guards "$TOP_SRCDIR" $headers

mkdir "$folder/planted"
printf 'uint8_t needs_stdint(void);\n' >"$folder/planted/needy.h"
printf '#ifndef OTHER_H\n#define OTHER_H\n#endif\n' >"$folder/planted/other.h"
tap_found 'finds a header that needs another' 'uint8_t' alone gcc "$folder" planted/needy.h
tap_found 'finds a foreign guard' 'PLANTED_OTHER_H' guards "$folder" planted/other.h
tap_done
