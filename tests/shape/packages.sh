#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What the packages are told (.debian) is what the build says: version, what it needs, programs.
set -u
. "$TOP_SRCDIR/tests/tap.sh"
folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

version_differs() {
    built=$(sed -n 's/^AC_INIT(\[[^]]*\], \[\([^]]*\)\].*/\1/p' "$1/configure.ac")
    packaged=$(sed -n '1s/^sallyport (\(.*\)) .*/\1/p' "$1/.debian/changelog")
    [ -n "$built" ] && [ "$built" = "$packaged" ] || echo "configure.ac $built, changelog $packaged"
}
# Of bootstrap's list, what Debian's own build-essential and an unpacked tarball don't bring.
needs_missing() {
    sed -n "/^packages_build='/,/'\$/p" "$1/bootstrap" | tr "' " '\n' |
        grep -vxE '|packages_build=|autoconf|automake|make|gcc|libc6-dev|binutils' |
        while IFS= read -r package; do
            grep -qxE " $package,?" "$1/.debian/control" || echo "Build-Depends: $package"
        done
}
programs_missing() {
    find "$1" -name local.mk -exec cat {} + | sed -e ':a' -e '/\\$/{N;s/\\\n//;ba' -e '}' |
        sed -n 's/^\(bin\|sbin\|pkglibexec\)_PROGRAMS *+= *//p' | tr -s ' \t' '\n' |
        while IFS= read -r program; do
            cat "$1"/.debian/*.install | while IFS= read -r path; do
                # shellcheck disable=SC2254 # a pattern
                case ${program##*/} in ${path##*/}) echo found ;; esac
            done | grep -q found || echo "no package holds ${program##*/}"
        done
}

tap_empty 'the version is the same' version_differs "$TOP_SRCDIR"
tap_empty 'packages need what a build needs' needs_missing "$TOP_SRCDIR"
tap_empty 'each installed program is in a package' programs_missing "$TOP_SRCDIR"

mkdir "$folder/.debian"
echo 'AC_INIT([Sallyport], [0.2.0], [], [sallyport])' >"$folder/configure.ac"
echo 'sallyport (0.1.0) bookworm; urgency=medium' >"$folder/.debian/changelog"
tap_found 'finds another version' 0.2.0 version_differs "$folder"
printf "packages_build='make libold-dev\n    libnew-dev'\n" >"$folder/bootstrap"
printf 'Build-Depends: debhelper-compat (= 13),\n libold-dev,\n' >"$folder/.debian/control"
tap_found 'finds a need' '^Build-Depends: libnew-dev$' needs_missing "$folder"
printf 'sbin_PROGRAMS += a/old-one \\\n\ta/new-one\n' >"$folder/local.mk"
echo 'usr/sbin/old-*' >"$folder/.debian/old.install"
tap_found 'finds a program' '^no package holds new-one$' programs_missing "$folder"
tap_done
