#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One export as an image of every filesystem that is read, bare and in partitions: the same content
# each time, on an endpoint that has nothing yet. Then what is deleted, damaged or of another kind.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/images.sh"
system_begin
for kind in fat12 fat16 fat32 exfat ntfs iso mbr gpt; do
    tool=$(image_can $kind) || tap_skip_all "$tool is not there"
done

content_of() {
    (cd "$1/content" && find . -type f ! -name '*.lock' | LC_ALL=C sort | xargs sha384sum)
}

# take SOURCE TYPE: a new endpoint imports from there, as its configuration says.
take() {
    rm -rf "$work/state"
    agent enroll "$work/endpoint-1.enrol" --passphrase-file "$work-passphrase" >"$work-out" 2>&1 ||
        return 1
    printf '[source it]\ntype = %s\nlocation = %s\n' "$2" "$1" >"$work/agent.conf"
    agent --config "$work/agent.conf" run --once --json
}

import_folder() {
    expect 0 'the folder is imported' take "$work/medium-1" dir
    content_of "$work/state" >"$work/content-folder"
    [ -s "$work/content-folder" ]
    tap_result $? "and has content ($who)"
}

# import_image NAME
import_image() {
    expect 0 "$1: is imported" take "$work/images/$1" image
    content_of "$work/state" >"$work/content"
    jq -e '.imports[0].result == "active"' "$work-out" >/dev/null 2>&1 &&
        cmp -s "$work/content-folder" "$work/content"
    tap_result $? "$1: and active, with the folder's content ($who)"
}

make_images() {
    mkdir "$work/images"
    for kind in fat12 fat16 fat32 exfat ntfs iso; do
        image_make $kind "$work/images/$kind.img" "$work/medium-1" &&
            image_partition mbr "$work/images/$kind.img" "$work/images/$kind.mbr" &&
            image_partition gpt "$work/images/$kind.img" "$work/images/$kind.gpt"
        tap_result $? "$kind: images ($who)"
    done
    image_make exfat "$work/images/exfat.scattered" "$work/medium-1" scattered &&
        image_make ntfs "$work/images/ntfs.compressed" "$work/medium-1" compressed &&
        image_make iso "$work/images/iso.joliet" "$work/medium-1" joliet &&
        mirror export "$work/own.iso" --form iso >"$work-out" 2>&1 &&
        ln "$work/own.iso" "$work/images/iso.own"
    tap_result $? "images of other ways to lay out the same ($who)"
}

# Everything for the first user; for the second, what differs in rights.
every_kind() {
    images=$(cd "$work/images" && echo *)
    [ -z "$as" ] || images='fat32.img exfat.gpt ntfs.mbr iso.own'
    for image in $images; do
        import_image "$image"
    done
}

# By hand, and without an agent.
commands() {
    root=$work/medium-1/sallyport/root/1.p7m
    for kind in fat32 exfat ntfs iso; do
        expect 0 "$kind: inspect" client inspect "$work/images/$kind.mbr" --root "$root" --json
        holds "$kind: judges all of it" '.code == "ok" and (.documents | length) >= 6'
    done
    rm -rf "$work/state"
    agent enroll "$work/endpoint-1.enrol" --passphrase-file "$work-passphrase" >"$work-out" 2>&1
    agent_start || return
    expect 0 'import' client import "$work/images/exfat.gpt" --json
    holds 'is active' '.result == "active"'
    expect 0 'import of the same once more' client import "$work/images/ntfs.img" --json
    holds 'changes nothing' '.changed == false'
    agent_stop
    # shellcheck disable=SC2086 # $as is words
    expect 0 'a mirror of an image' $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" \
        --repo "$work/second" sync "$work/images/fat32.mbr" --root "$root"
    for part in root packages recipes; do
        diff -r "$work/medium-1/sallyport/$part" "$work/second/tree/sallyport/$part"
    done >"$work-out" 2>&1
    [ ! -s "$work-out" ]
    tap_result $? "has the same documents ($who)"
    sed 's/^/# /' "$work-out"
}

# refused STATUS NAME IMAGE PATTERN: inspect says why.
refused() {
    expect "$1" "$2" client inspect "$work/$3" --root "$work/medium-1/sallyport/root/1.p7m"
    says "$2: and is named" "$4"
}

# Whatever lies on a stick beside the tree is nobody's concern; what was deleted is not there.
others() {
    cp "$work/images/fat16.img" "$work/stick"
    chmod a+r "$work/stick"
    printf 'notes\n' >"$work/notes"
    MTOOLS_SKIP_CHECK=1 mcopy -i "$work/stick" "$work/notes" '::/My Holiday.txt' &&
        MTOOLS_SKIP_CHECK=1 mmd -i "$work/stick" '::/System Volume Information'
    tap_result $? "a stick with other things on it ($who)"
    expect 0 'is a medium all the same' client inspect "$work/stick" \
        --root "$work/medium-1/sallyport/root/1.p7m" --json
    holds 'without a word of them' '.code == "ok" and .plan.files.unlisted == []'
    MTOOLS_SKIP_CHECK=1 mdel -i "$work/stick" '::/sallyport/FORMAT'
    tap_result $? "its first file is deleted ($who)"
    refused 10 'and gone, though its bytes are there' stick 'no sallyport/FORMAT'
    MTOOLS_SKIP_CHECK=1 mdeltree -i "$work/stick" '::/sallyport'
    tap_result $? "its tree is deleted ($who)"
    refused 10 'and no medium any more' stick 'FAT without a folder sallyport'
}

damaged() {
    head -c 9000000 "$work/images/fat32.mbr" >"$work/short"
    refused 25 'a copy that was cut short' short 'partition 1 reaches beyond the end of the medium'
    head -c 9000000 "$work/images/fat32.img" >"$work/short"
    refused 25 'and without a table' short 'the copy was cut short'
    gzip -c "$work/images/fat12.img" >"$work/packed"
    refused 10 'a compressed image' packed 'a gzip file, which is not read: .*gzip -dc'
    head -c 100000 /dev/zero >"$work/zeros"
    refused 10 'zeros' zeros 'nothing that is known'
    truncate -s 1M "$work/luks"
    printf 'LUKS\272\276' | dd of="$work/luks" conv=notrunc status=none
    refused 10 'an encrypted one' luks 'LUKS, which is not read'
    mkfifo "$work/fifo"
    refused 10 'what is no file' fifo 'is no folder, file or block device'
}

run() {
    make_mirror >"$work-out" 2>&1 && enrol >>"$work-out" 2>&1
    tap_result $? "a mirror and an endpoint ($who)"
    import_folder
    make_images
    every_kind
    commands
    others
    damaged
}

for_each_user run
tap_done
