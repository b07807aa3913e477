#!/bin/sh
# SPDX-License-Identifier: ISC
#
# ours.sh STEP FROM TO: one step of Sallyport's way, as peer.sh has those of others. STEP is one of
#   publish  version TO into the first ring, as two types: one takes 4,000 files at most
#   export   that to $medium; with FROM other than 0 only what an endpoint with FROM lacks
#   import   $medium at the agent that listens at $work/socket
#   inspect  judge $medium as an import does, and take nothing
# $content/1 to 3 are the versions, $folder the programs, $work/repo the mirror.
set -eu
step=$1 from=$2 to=$3

mirror() {
    "$folder/bin/sallyport-mirror" --quiet --libexec "$folder/libexec" --repo "$work/repo" "$@"
}
client() {
    "$folder/bin/sallyport" --libexec "$folder/libexec" --socket "$work/socket" "$@"
}

case $step in
publish)
    mirror publish null "$content/$to/a" --version "$to"
    [ ! -d "$content/$to/b" ] || mirror publish ml-models "$content/$to/b" --version "$to"
    ;;
export)
    since=
    [ "$from" = 0 ] || since="--since $(cat "$work/set-$from")"
    # shellcheck disable=SC2086 # none or two words
    mirror export "$medium" --ring one $since
    ;;
import) client import --yes "$medium" ;;
inspect) client inspect "$medium" ;;
esac
