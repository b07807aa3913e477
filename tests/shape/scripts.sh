#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Every script can be read by a shell to its end, also those that no test runs; what make bench and
# bootstrap do, which nobody watches, is looked at by shellcheck as well.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

scripts() {
    find "$1" \( -name build -o -name 'build-*' -o -name .git \) -prune -o \
        -name '*.sh' -type f -print | LC_ALL=C sort
}
unreadable() {
    scripts "$1" | while IFS= read -r file; do
        sh -n "$file" 2>&1
    done
}
# SC2154 and SC2034: names of a script that sources it, or is sourced.
warnings() {
    shellcheck -f gcc -S warning -e SC2154,SC2034 "$@"
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
tap_empty 'every script can be read' unreadable "$TOP_SRCDIR"
printf 'if true; then\n' >"$folder/planted.sh"
tap_found 'finds one that is cut' 'planted.sh.*' unreadable "$folder"
if command -v shellcheck >/dev/null; then
    tap_empty 'shellcheck has nothing to say' warnings "$TOP_SRCDIR"/tests/bench/*.sh \
        "$TOP_SRCDIR/bootstrap"
    # shellcheck disable=SC2016 # a planted line
    printf '#!/bin/sh\ncd $1\n' >"$folder/planted.sh"
    tap_found 'finds a folder that may not be there' 'SC2164' warnings "$folder/planted.sh"
else
    tap_skip 'shellcheck has nothing to say' 'shellcheck is not installed'
fi
tap_done
