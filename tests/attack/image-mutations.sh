#!/bin/sh
# SPDX-License-Identifier: ISC
#
# [D8] [D9] Damaged and hostile filesystems: each kind of image, with files in it, is changed hundreds
# of times, and the real reader reads what is left of it in its sandbox (mutate-image.c). It never
# dies, never hangs, and stays within its memory.
#
# SALLYPORT_MUTATIONS=N: that many of each kind.
set -u
. "$TOP_SRCDIR/tests/tap.sh"
. "$TOP_SRCDIR/tests/system/images.sh"
count=${SALLYPORT_MUTATIONS:-400}
tap_built "$TOP_BUILDDIR/tests/attack/mutate-image"
tap_built "$TOP_BUILDDIR/agent/sallyport-reader-image"
folder=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-test.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# file NAME BYTES: of one byte over and over, so that only what describes it is worth a change.
file() {
    mkdir -p "$(dirname "$folder/tree/sallyport/$1")"
    head -c "$2" /dev/zero | tr '\0' '\245' >"$folder/tree/sallyport/$1"
}

make_tree() {
    file FORMAT 12
    file export.p7m 9000
    for number in 1 2 3; do
        file "root/$number.p7m" 3000
        file "sets/a-ring-whose-name-takes-several-entries-$number/set.p7m" 700
    done
    for number in $(seq 30); do
        file "recipes/$number$number-a-name-as-long-as-a-digest-would-be-in-hexadecimal-digits" 1500
    done
    file packs/0001.pack 300000
    file packs/0002.pack 70000
}

mutate() {
    "$TOP_BUILDDIR/tests/attack/mutate-image" "$TOP_BUILDDIR/agent" "$folder/image" "$2" \
        >"$folder/out" 2>&1
    tap_result $? "[D8] [D9] $1: $2 changed images, none that the reader dies of"
    sed 's/^\([^#]\)/# \1/' "$folder/out" | head -n 40
}

make_tree
for kind in fat12 fat16 fat32 exfat ntfs iso; do
    image_can "$kind" >/dev/null || {
        tap_result 1 "$(image_can "$kind") is not there"
        continue
    }
    image_make "$kind" "$folder/image" "$folder/tree" >"$folder/out" 2>&1
    tap_result $? "an image: $kind"
    mutate "$kind" "$count"
    [ "$kind" != fat12 ] || cp "$folder/image" "$folder/small"
done
for table in mbr gpt; do
    image_partition $table "$folder/small" "$folder/image" >"$folder/out" 2>&1
    tap_result $? "an image: fat12 behind $table"
    # The table itself lies in few blocks among those of the filesystem.
    mutate "fat12 behind $table" $((count / 2))
done
tap_done
