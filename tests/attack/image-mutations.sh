#!/bin/sh
# SPDX-License-Identifier: ISC
#
# [D8] [D9] Damaged and hostile filesystems: each kind of image, with files in it, is changed hundreds
# of times, aimed and at random but the same every time, and the real reader reads what is left of it
# in its sandbox (mutate-image.c). It never dies, never fails within its own handler, never takes the
# time that a request has, and stays far below its memory.
#
# SALLYPORT_MUTATIONS=N: that many at random of each kind, beside the aimed ones.
set -u
. "$TOP_SRCDIR/tests/tap.sh"
. "$TOP_SRCDIR/tests/system/images.sh"
count=${SALLYPORT_MUTATIONS:-0}
mutate=$TOP_BUILDDIR/tests/attack/mutate-image
reader=$TOP_BUILDDIR/agent/sallyport-reader-image
tap_built "$mutate"
tap_built "$reader"
for kind in fat12 fat16 fat32 exfat ntfs iso mbr gpt; do
    tool=$(image_can $kind) && continue
    echo "Bail out! $tool is not there"
    exit 1
done
folder=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-images.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# content NAME LINES: a file whose every sector tells that it is content.
content() {
    yes 'CONTENT' | head -n "$2" >"$folder/tree/sallyport/$1"
}

mkdir -p "$folder/tree/sallyport/packs" "$folder/tree/sallyport/rings/public" \
    "$folder/tree/sallyport/deep/er/est"
content packs/0123456789abcdef0123456789abcdef0123456789abcdef.pack 12000
content packs/b.pack 4000
content rings/public/set.p7m 300
content deep/er/est/a.long.name 100
content FORMAT 2
: >"$folder/tree/sallyport/packs/empty"
for number in $(seq 24); do
    content "rings/$number.p7m" "$number"
done

# judge ID KIND COUNT LEAST: the aimed ones and COUNT at random, LEAST together.
judge() {
    random=$3 least=$4
    [ "$count" -eq 0 ] || random=$count least=1
    "$mutate" "$reader" "$folder/$2" CONTENT "$random" 1 >"$folder/out" 2>&1
    judged=$?
    grep '^#' "$folder/out" | head -n 40
    sed "/^#/d; s/^/# $2: /" "$folder/out"
    [ $judged -eq 0 ]
    tap_result $? "[$1] $2: no changed image that the reader dies of, or fails at"
    tried=$(sed -n 's/^\([0-9]*\) mutations.*/\1/p' "$folder/out")
    kib=$(sed -n 's/.* peak \([0-9]*\) KiB$/\1/p' "$folder/out")
    [ "${tried:-0}" -ge "$least" ] && [ "${kib:-999999}" -lt 131072 ]
    tap_result $? "[$1] $2: at least $least were tried, each in less than 128 MiB"
}

for kind in fat12 fat16 fat32 exfat ntfs iso; do
    image_make $kind "$folder/$kind" "$folder/tree"
    tap_result $? "$kind: an image"
done
for table in mbr gpt; do
    image_partition $table "$folder/fat12" "$folder/$table"
    tap_result $? "$table: an image"
done
for kind in fat12 fat16 fat32; do
    judge D8 $kind 210 365
done
judge D9 exfat 135 365
judge D9 ntfs 80 365
judge D9 iso 20 365
judge D9 mbr 40 60
judge D9 gpt 40 80
tap_done
