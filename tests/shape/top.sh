#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Only agreed names at the top level (sallyport-architecture.7).
set -u
. "$TOP_SRCDIR/tests/tap.sh"

agreed='configure.ac Makefile.am bootstrap COPYING README.md mirror agent drivers media tui tests man'
# What autoreconf, make and a release tarball add (see .gitignore).
made='configure configure~ config.h.in config.h.in~ Makefile.in aclocal.m4 build-aux autom4te.cache
config.log config.status config.h stamp-h1 Makefile'
known=$(printf ' %s' "$agreed" "$made" | tr '\n' ' ')

strangers() {
    for path in "$1"/*; do
        name=${path##*/}
        case "$known " in
        *" $name "*) continue ;;
        esac
        case $name in
        build | build-* | _build | _inst | sallyport-*) continue ;;
        esac
        # Building in the source folder leaves things here; git knows what belongs.
        if git -C "$1" rev-parse >/dev/null 2>&1 &&
            [ -z "$(git -C "$1" ls-files "$name" | head -n 1)" ]; then
            continue
        fi
        echo "$name"
    done
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
tap_empty 'only agreed names at the top' strangers "$TOP_SRCDIR"
mkdir "$folder/src" "$folder/media"
tap_found 'finds a stranger' '^src$' strangers "$folder"
tap_done
