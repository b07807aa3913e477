#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Exports that can't end well: no room, no more names, a medium that can't be written, a stream that
# is stopped. Each says why, what lay there before is whole or says nothing, and the next run is good.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# small_medium OPTIONS: a filesystem of its own at $medium, or the reason why there is none.
small_medium() {
    medium=$work/medium
    mkdir -p "$medium"
    [ "$(id -u)" -eq 0 ] && mount -t tmpfs -o "$1" tmpfs "$medium" 2>/dev/null || return 1
    mounted=$medium
    chmod 777 "$medium"
}

leave_medium() {
    umount "$medium"
    mounted=
}

flip_step=1

good() {
    client inspect "$1" --root "$1/sallyport/root/1.p7m" --json >"$work-look" 2>&1 &&
        jq -e '.code == "ok"' "$work-look" >/dev/null
    tap_result $? "$2 ($who)"
}

full() {
    if ! small_medium size=1m,mode=777; then
        tap_skip "a full medium ($who)" 'no filesystem can be mounted here'
        return
    fi
    expect 25 'a medium without room' mirror export "$medium"
    says 'tells how much is needed and free' 'are needed, .* are free'
    [ -z "$(ls -A "$medium")" ]
    tap_result $? "nothing was written ($who)"
    expect 25 'no room for a file' mirror export "$medium/one.tar" --form tar
    [ -z "$(ls -A "$medium")" ]
    tap_result $? "nothing was written there either ($who)"
    leave_medium
}

# Bytes are free, but no names: it shows only in the middle.
no_names() {
    small_medium size=64m,nr_inodes=12,mode=777 || return
    expect 25 'a medium that takes no more files' mirror export "$medium"
    says 'the file is named' 'sallyport/|No space|free space'
    [ -z "$(find "$medium" -type f)" ]
    tap_result $? "what was begun was taken away ($who)"
    mount -o remount,nr_inodes=1000 "$medium"
    expect 0 'with room for names' mirror export "$medium"
    good "$medium" 'the next run is good'
    mirror publish null "$work/noise-2" --version 2 >"$work-out" 2>&1 &&
        mirror promote public >>"$work-out" 2>&1
    used=$(df --output=iused "$medium" | tail -n 1)
    mount -o remount,nr_inodes=$((used + 1)) "$medium"
    find "$medium" -type f -exec sha384sum {} + | LC_ALL=C sort >"$work-before"
    expect 25 'a second export that ends in the middle' mirror export "$medium"
    find "$medium" -type f -exec sha384sum {} + | LC_ALL=C sort | cmp -s - "$work-before"
    tap_result $? "the export before is as it was ($who)"
    good "$medium" 'and inspect accepts it'
    mount -o remount,nr_inodes=1000 "$medium"
    expect 0 'again with room' mirror export "$medium"
    good "$medium" 'the new one is good'
    leave_medium
}

# broken_pack NAME COMMAND...: what a cut run left of the largest pack, of its size or shorter, on a medium
# on which a second one would not fit beside it.
broken_pack() {
    name=$1
    shift
    rm -f "$medium/sallyport/export.p7m"
    pack=$(find "$medium/sallyport/packs" -type f -size +3000k | head -n 1)
    "$@" "$pack"
    free=$(df -k --output=avail "$medium" | tail -n 1)
    [ "$free" -lt 2500 ] && [ -n "$pack" ]
    tap_result $? "$name: $free KiB are free ($who)"
    expect 0 "$name is written again" mirror export "$medium" --json
    holds 'and the others are not' ".resumed == $packs - 1"
    good "$medium" "$name: the export is good"
}
flip_middle() {
    flip "$1" 2000000
}
half_full() {
    head -c 4000000 /dev/urandom >"$work/noise-3"
    chmod a+r "$work/noise-3"
    mirror publish null "$work/noise-3" --version 3 >"$work-out" 2>&1 &&
        mirror promote public >>"$work-out" 2>&1 &&
        mirror export "$work/whole" >>"$work-out" 2>&1
    packs=$(find "$work/whole/sallyport/packs" -type f | wc -l)
    small_medium size=$(($(du -sk "$work/whole" | cut -f1) + 1200))k,mode=777 || return
    expect 0 'an export that fills most of a medium' mirror export "$medium"
    broken_pack 'a pack with another byte' flip_middle
    broken_pack 'a pack that ends early' truncate -s 3000000
    leave_medium
}

read_only() {
    if [ -n "$as" ] || [ "$(id -u)" -ne 0 ]; then
        mkdir "$work/closed"
        chmod 555 "$work/closed"
        expect 25 'a folder that may not be written' mirror export "$work/closed"
        expect 25 'a file in it' mirror export "$work/closed/one.tar" --form tar
        chmod 755 "$work/closed"
    elif small_medium size=64m,mode=777; then
        mount -o remount,ro "$medium"
        expect 25 'a medium that may not be written' mirror export "$medium"
        says 'says so' 'Read-only'
        leave_medium
    fi
}

# A reader that takes nothing: the pipe is full, and a signal must still end it.
stopped() {
    mkfifo "$work/stream"
    [ -z "$as" ] || chown nobody "$work/stream"
    exec 9<>"$work/stream"
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo" \
        export - --form tar >"$work/stream" 2>"$work-err" </dev/null 9<&- &
    stream_pid=$!
    # Its plan is told before the first byte: from then on signals are held.
    tries=0
    until grep -q '^carries' "$work-err" || [ $tries -gt 600 ]; do
        tries=$((tries + 1))
        sleep 0.05
    done
    until head -c 512 <&9 | grep -qa FORMAT || [ $tries -gt 700 ]; do
        tries=$((tries + 1))
    done
    kill -INT $stream_pid
    wait $stream_pid
    [ $? -eq 130 ] && grep -q 'stopped before the end' "$work-err"
    tap_result $? "a signal ends a stream that nobody reads ($who)"
    exec 9<&-
    echo old >"$work/.one.tar.sallyport-part"
    [ -z "$as" ] || chown nobody "$work/.one.tar.sallyport-part"
    expect 0 'a file whose part a cut left' mirror export "$work/one.tar" --form tar
    [ ! -e "$work/.one.tar.sallyport-part" ] && tar tf "$work/one.tar" >"$work-out" 2>&1
    tap_result $? "the part is gone, the file is whole ($who)"
}

# One byte of any read is another one: of the repository's files while they are judged, planned or
# copied, and of the medium's while they are read back, as from a stick that is smaller than it says.
# Then the export fails; or it was no byte of the medium's, and the medium is good.
rotten() {
    faulter=$TOP_BUILDDIR/tests/system/fault
    if ! "$faulter" -p mirror -c read -e flip -n 0 -- /bin/true 3>/dev/null; then
        tap_skip "a byte that is another at each read [D14] ($who)" 'no calls can be changed here'
        return
    fi
    rotten_export
    reads=$(awk '$1 == "count" { print $4 }' "$work-hits")
    read_back=0 failed=0 bad=''
    for number in $(seq 1 $flip_step "$reads"); do
        rotten_export -e flip -n "$number"
        rotten_status=$?
        client inspect "$work/rotten" --root "$work/repo/tree/sallyport/root/1.p7m" \
            >"$work-look" 2>&1
        case $rotten_status:$? in
        0:0) ;;
        25:0) read_back=$((read_back + 1)) ;; # what was written is good, but did not seem so
        1:* | 2:* | 2[0-5]:*) failed=$((failed + 1)) ;;
        *) bad="$bad $number:$rotten_status:$(grep -h '^hit' "$work-hits")" ;;
        esac
    done
    [ "$reads" -gt 20 ] && [ $failed -gt 0 ] && [ $read_back -gt 0 ] && [ -z "$bad" ]
    tap_result $? "a byte is another at one of $reads reads: $failed exports fail, \
$read_back when they are read back, no bad one is passed off as good [C8] [D14] ($who)"
    [ -z "$bad" ] || echo "#$bad"
}
rotten_export() {
    rm -rf "$work/rotten"
    # shellcheck disable=SC2086 # $as is words
    "$faulter" -p mirror -c read "$@" -- $as "$folder/bin/sallyport-mirror" --libexec \
        "$folder/libexec" --repo "$work/repo" export "$work/rotten" --ring public \
        </dev/null >"$work-out" 2>"$work-err" 3>"$work-hits"
}

run() {
    make_mirror >"$work-out" 2>&1
    tap_result $? "a mirror ($who)"
    rotten
    flip_step=5
    for number in 1 2; do
        head -c 600000 /dev/urandom >"$work/noise-$number"
        chmod a+r "$work/noise-$number"
    done
    mirror publish null "$work/noise-1" --version 1 >"$work-out" 2>&1 &&
        mirror promote public >>"$work-out" 2>&1
    full
    no_names
    half_full
    read_only
    stopped
}

for_each_user run
tap_done
