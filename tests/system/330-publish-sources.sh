#!/bin/sh
# SPDX-License-Identifier: ISC
#
# publish from every kind of source: a folder, a file, every archive that there is a writer for, and a
# pipe. The same files are the same package whatever they came in. What is no source is refused by
# name, and nothing is left of it.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v bsdtar >/dev/null || tap_skip_all 'bsdtar is not installed'
system_begin

# Everything that stands in the repository's work folder: nothing, between runs.
nothing_is_left() {
    [ -z "$(find "$work/repo/scratch" -mindepth 1 2>/dev/null)" ]
    tap_result $? "$1: nothing is left in scratch ($who)"
}

# same FILE: the archive has just the content that was published as a folder.
same() {
    expect 4 "${1##*/}: the same content" mirror publish null - --fail-unchanged <"$1"
}

# The archive is content where its name fits the type: through a pipe it never is.
mirror() {
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo" "$@"
}

archives() {
    for filter in none gzip bzip2 xz zstd lzma lz4 lzip compress; do
        option=--$filter
        [ $filter != none ] || option=
        # shellcheck disable=SC2086
        (cd "$work/source" && bsdtar -c $option -f "$work/content.tar-$filter" ./*) 2>"$work-err" ||
            { tap_skip "tar with $filter ($who)" 'bsdtar can not write it'; continue; }
        same "$work/content.tar-$filter"
    done
    for format in ustar pax gnutar cpio newc zip 7zip iso9660; do
        (cd "$work/source" && bsdtar -c --format $format -f "$work/content.$format" ./*) \
            2>"$work-err" || { tap_skip "$format ($who)" 'bsdtar can not write it'; continue; }
        same "$work/content.$format"
    done
    # libarchive 3.6 makes a longer file of a large one in it, and says nothing.
    (cd "$work/source" && bsdtar -c --format xar -f "$work/content.xar" ./*) 2>"$work-err"
    expect 23 'xar is not read' mirror publish null - <"$work/content.xar"
    nothing_is_left 'archives'
}

folders() {
    mkdir "$work/odd"
    echo 1 >"$work/odd/.hidden"
    echo 2 >"$work/odd/plain"
    ln "$work/odd/plain" "$work/odd/other"
    chmod -R a+rX "$work/odd"
    expect 0 'hidden files and hard links are files' mirror publish null "$work/odd" --dry-run --json </dev/null
    exec 7>>"$work/odd/plain"
    expect 0 'a file that somebody has open for writing' \
        mirror publish null "$work/odd" --dry-run --json </dev/null 7>&-
    exec 7>&-
    ln -s plain "$work/odd/link"
    expect 23 'a symbolic link in a folder' mirror publish null "$work/odd" </dev/null
    says 'is named' 'link: neither a regular file nor a folder'
    rm "$work/odd/link"
    mkfifo "$work/odd/pipe"
    expect 23 'a FIFO in a folder' mirror publish null "$work/odd" </dev/null
    says 'is named too' 'pipe: neither a regular file nor a folder'
    rm "$work/odd/pipe"
    if [ -n "$as" ] || [ "$(id -u)" -ne 0 ]; then
        chmod 000 "$work/odd/other"
        expect 25 'a file that may not be read' mirror publish null "$work/odd" </dev/null
        says 'is named as well' 'other'
        chmod 644 "$work/odd/other"
    fi
    echo 3 >"$work/odd/PLAIN"
    chmod a+r "$work/odd/PLAIN"
    expect 23 'two names that differ by case' mirror publish null "$work/odd" </dev/null
    says 'both are named' '"PLAIN" and "plain" differ only by case'
    nothing_is_left 'folders'
}

refused() {
    flags_source "$work/flags" available
    (cd "$work/flags" && bsdtar -cf "$work/flags.tar" ./*)
    chmod a+r "$work/flags.tar"
    expect 0 'an archive by its name' mirror publish flags-supplement "$work/flags.tar" </dev/null
    expect 4 'and its folder is the same' \
        mirror publish flags-supplement "$work/flags" --fail-unchanged </dev/null
    printf 'no archive\n' >"$work/notes"
    chmod a+r "$work/notes"
    expect 23 'a file that is neither content nor archive' \
        mirror publish flags-supplement "$work/notes" </dev/null
    says 'it is told what would be' 'notes: a file of type flags-supplement is named like'
    expect 23 'a pipe without an archive' mirror publish null - <"$work/notes"
    (cd "$work/source" && bsdtar -cf "$work/foreign.tar" ./*)
    expect 23 'an archive of other files' mirror publish flags-supplement - <"$work/foreign.tar"
    head -c 5000 "$work/content.ustar" >"$work/cut"
    expect 23 'an archive that is cut off' mirror publish null - <"$work/cut"
    says 'says so' 'Truncated'
    ln -s /etc/passwd "$work/passwd"
    bsdtar -C "$work" -cf "$work/link.tar" passwd
    expect 23 'a symbolic link in an archive' mirror publish null - <"$work/link.tar"
    says 'with its name' 'passwd: a symbolic link'
    nothing_is_left 'refused archives'
    expect 0 'none of it was published' mirror list packages --json </dev/null
    holds 'two packages are there' '.rows | length == 2'
    rm "$folder/libexec/sallyport-unpack"
    expect 10 'without the program that unpacks' mirror publish null - <"$work/content.zip"
    cp "$TOP_BUILDDIR/mirror/sallyport-unpack" "$folder/libexec"
}

run() {
    mkdir -p "$work/source/below"
    head -c 200000 /dev/urandom >"$work/source/large"
    echo one >"$work/source/one"
    echo two >"$work/source/below/two"
    chmod -R a+rX "$work/source"
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring public \
        --unprotected-keys </dev/null
    expect 0 'a folder' mirror publish null "$work/source" </dev/null
    expect 4 'again' mirror publish null "$work/source" --fail-unchanged </dev/null
    archives
    folders
    refused
}

for_each_user run
tap_done
