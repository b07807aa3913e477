#!/bin/sh
# SPDX-License-Identifier: ISC
#
# One export in every form: folder, tar file, tar through a pipe, ISO image. What GNU tar and bsdtar
# take out of them is the folder's tree, name by name and byte by byte, but for the signature on the
# list.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v bsdtar >/dev/null || tap_skip_all 'bsdtar is not installed'
system_begin

# same_tree NAME COMMAND...: what the command extracts into a fresh folder is the folder's tree.
same_tree() {
    name=$1
    shift
    rm -rf "$work/extracted"
    mkdir "$work/extracted"
    (cd "$work/extracted" && "$@") >"$work-out" 2>&1 &&
        diff -r -x export.p7m "$work/folder" "$work/extracted" >>"$work-out" 2>&1 &&
        [ -s "$work/extracted/sallyport/export.p7m" ]
    tap_result $? "$name ($who)"
    chmod -R a+rX "$work/extracted"
    client inspect "$work/extracted" --root "$work/extracted/sallyport/root/1.p7m" >"$work-out" 2>&1
    tap_result $? "$name: inspect accepts it ($who)"
}

# The order of a stream that is read once.
in_order() {
    tar tf "$1" | sed -E 's|^sallyport/||; s|^([a-zA-Z]+)[/.].*|\1|' | uniq | tr '\n' ' ' >"$work-out"
    [ "$(cat "$work-out")" = 'FORMAT root crl rings packages recipes packs export ' ]
    tap_result $? "the stream can be read once from front to end ($who)"
}

# Everything but the signed list is the same bytes each time.
repeats() {
    head -c "$(tar tvRf "$1" | awk '/export.p7m$/ { sub(/:$/, "", $2); print $2 * 512 }')" "$1" |
        sha384sum
}

run() {
    make_mirror >"$work-out" 2>&1
    tap_result $? "a mirror ($who)"
    expect 0 'a folder' mirror export "$work/folder"
    expect 0 'a tar file' mirror export "$work/one.tar" --form tar
    says 'was read back' 'flushed and read back'
    [ "$(ls -A "$work" | grep -c part)" -eq 0 ]
    tap_result $? "no other file is left ($who)"
    same_tree 'GNU tar takes it apart' tar xf "$work/one.tar"
    same_tree 'bsdtar takes it apart' bsdtar xf "$work/one.tar"
    in_order "$work/one.tar"
    expect 0 'again, over it' mirror export "$work/two.tar" --form tar
    [ "$(repeats "$work/one.tar")" = "$(repeats "$work/two.tar")" ]
    tap_result $? "is the same bytes but for the signature ($who)"

    mirror export - --form tar 2>"$work-err" | cat >"$work/piped.tar"
    same_tree 'a pipe carries it' tar xf "$work/piped.tar"
    grep -q "can't be read back" "$work-err"
    tap_result $? "and the mirror says what it can't know of it ($who)"
    [ "$(repeats "$work/one.tar")" = "$(repeats "$work/piped.tar")" ]
    tap_result $? "nothing but data went through ($who)"
    expect 2 'a pipe takes no JSON' mirror export - --form tar --json
    expect 2 'nor an image' mirror export - --form iso
    expect 2 'and is no folder' mirror export -
    if command -v script >/dev/null; then
        # shellcheck disable=SC2086 # $as is words
        $as script -qec "$folder/bin/sallyport-mirror --repo $work/repo export - --form tar" \
            /dev/null >"$work-out" 2>&1 </dev/null
        [ $? -eq 2 ] && grep -q 'is a terminal' "$work-out"
        tap_result $? "a terminal is refused ($who)"
    else
        tap_skip "a terminal is refused ($who)" 'script is not installed'
    fi

    mkdir -m 777 "$work/spool"
    export TMPDIR="$work/spool"
    expect 0 'an image' mirror export "$work/one.iso" --form iso
    [ -z "$(ls -A "$work/spool")" ]
    tap_result $? "the spool is empty again ($who)"
    export TMPDIR="$work/absent"
    expect 25 'without a spool' mirror export "$work/two.iso" --form iso
    unset TMPDIR
    same_tree 'bsdtar takes the image apart' bsdtar xf "$work/one.iso"
    expect 2 'a form that there is not' mirror export "$work/x" --form zip
    expect 2 'a folder is no file' mirror export "$work/folder" --form tar
    expect 25 'a file is no folder' mirror export "$work/one.tar"
}

# Volumes as files: one each, none over the limit.
volumes() {
    head -c 1200000 /dev/urandom >"$work/noise"
    chmod a+r "$work/noise"
    mirror publish null "$work/noise" --version 1 >"$work-out" 2>&1 &&
        mirror promote public >>"$work-out" 2>&1
    tap_result $? "a larger package ($who)"
    { mirror export - --form tar 2>"$work-err"; echo $? >"$work-status"; } | head -c 1000 >/dev/null
    [ "$(cat "$work-status")" -eq 1 ] && grep -q 'reader of the stream ended' "$work-err"
    tap_result $? "a reader that ends is an error of its own ($who)"
    expect 2 'a file holds one volume' mirror export "$work/all.tar" --form tar --volume-size 1500K
    says 'the message tells how many there are' '2 volumes'
    for form in tar iso; do
        for volume in 1 2; do
            expect 0 "volume $volume as $form" mirror export "$work/volume-$volume.$form" \
                --form $form --volume-size 1500K --volume $volume
            [ "$(stat -c %s "$work/volume-$volume.$form")" -le 1536000 ]
            tap_result $? "is no larger than asked ($who)"
        done
    done
    expect 0 'side by side' mirror export "$work/side" --volume-size 1500K
    rm -rf "$work/extracted"
    mkdir "$work/extracted"
    bsdtar xf "$work/volume-2.iso" -C "$work/extracted" &&
        diff -r -x export.p7m "$work/extracted" "$work/side/volume-2" >"$work-out" 2>&1
    tap_result $? "a volume is the same in every form ($who)"
}

both() {
    run
    volumes
}

for_each_user both
tap_done
