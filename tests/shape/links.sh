#!/bin/sh
# SPDX-License-Identifier: ISC
#
# What each built program really links. The symbols to look for come from our own libraries as
# built, so that nothing new can slip past a list of names.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

# Programs (pattern below the build folder) | libraries of ours whose functions they may not hold |
# system libraries that they may not need.
rules='
mirror/sallyport-*              |                                           | libtsk
mirror/sallyport-unpack         | libmediawrite.a libmedia.a libmirror.a    | libgnutls libcurl libsqlite3
agent/sallyport-[!r]*           | libmediawrite.a                           | libcurl libarchive libncurses libtsk
agent/sallyport-attest          | libmedia.a libmirror.a libagent.a         | libcurl libsqlite3 libzstd libtasn1 libncurses
agent/sallyport-reader-*        | libmediawrite.a                           | libncurses libsqlite3 libzstd libtasn1
agent/sallyport-reader-[!t]*    |                                           | libarchive
agent/sallyport-reader-dir      |                                           | libcurl libgnutls libtsk
agent/sallyport-reader-http     |                                           | libtsk
agent/sallyport-reader-image    |                                           | libcurl libgnutls
agent/sallyport-reader-tar      |                                           | libcurl libgnutls libtsk
agent/sallyport-usb             |                                           | libzstd libsqlite3 libtasn1
agent/sallyport-inventory       | libmedia.a libagent.a                     | libgnutls libzstd libsqlite3 libtasn1
agent/sallyport-verify          |                                           | libzstd libsqlite3
drivers/convert/sallyport-convert | libmediawrite.a libmedia.a libmirror.a libdriver.a libcompile.a | libcurl libarchive libtasn1 libncurses libtsk libsqlite3 libgnutls
drivers/compile/sallyport-compile | libmediawrite.a libmedia.a libmirror.a libdriver.a | libcurl libarchive libtasn1 libncurses libtsk
drivers/sallyport-driver-*      | libmediawrite.a libmedia.a libcontrol.a   | libcurl libtasn1 libncurses libsqlite3 libtsk
drivers/sallyport-driver-[!r]*  |                                           | libxml2
mirror/sallyport-*              |                                           | libxml2
agent/sallyport-*               |                                           | libxml2
tui/sallyport                   | libmediawrite.a libmedia.a                | libcurl libarchive libgnutls libtasn1 libzstd libtsk
'

# Programs of an endpoint are apart in what they parse: program | files of libmedia.a (* all) whose
# functions they may not hold.
documents='set package root export'
judging="der cms certificate chain crl timestamp signature trust trust-case trust-crl trust-root $documents"
apart="
agent/sallyport-agent      $judging recipe pack frame-codec
agent/sallyport-front      *
agent/sallyport-inventory  *
agent/sallyport-reader-dir *
agent/sallyport-reader-image *
agent/sallyport-reader-tar *
agent/sallyport-usb        $judging recipe pack frame-codec seal enrolment
agent/sallyport-reader-http $judging recipe pack frame-codec seal enrolment
agent/sallyport-intake     $judging
agent/sallyport-verify     frame-codec pack seal enrolment
"

# Names of functions that an archive offers, or only those of one of its files.
functions_of() {
    nm -A --defined-only "$1" 2>/dev/null | awk -v only="${2-*}" '
        $2 == "T" {
            split($1, place, ":")
            if (only == "*" || place[2] == only ".o" || place[2] ~ "-" only "\\.o$") print $3
        }' | LC_ALL=C sort -u
}

# held PROGRAM ARCHIVE [FILE]: prints the functions of the archive that the program holds.
held() {
    functions_of "$2" "${3-*}" >"$folder/offered"
    nm --defined-only "$1" | awk '{ print $3 }' | LC_ALL=C sort -u >"$folder/present"
    LC_ALL=C comm -12 "$folder/offered" "$folder/present"
}

# needed PROGRAM LIBRARY: prints the entry when the program names the library itself.
needed() {
    objdump -p "$1" | awk -v name="$2" '$1 == "NEEDED" && index($2, name) == 1 { print $2 }'
}

# breaches FOLDER: every program below it against its rule.
breaches() {
    printf '%s\n' "$rules" | while IFS='|' read -r pattern archives strangers; do
        for program in "$1"/$(printf '%s' "$pattern" | tr -d ' '); do
            if [ ! -f "$program" ] || [ ! -x "$program" ]; then
                continue
            fi
            for archive in $archives; do
                held "$program" "$1/$archive" | sed "s|^|${program#"$1"/}: holds $archive: |"
            done
            for stranger in $strangers; do
                needed "$program" "$stranger" | sed "s|^|${program#"$1"/}: needs |"
            done
        done
    done
}

# parsers FOLDER: every program below it against what it may parse.
parsers() {
    printf '%s\n' "$apart" | while read -r program files; do
        [ -n "$program" ] || continue
        [ -f "$1/$program" ] || continue
        set -f
        for file in $files; do
            held "$1/$program" "$1/libmedia.a" "$file" | sed "s|^|$program: holds $file.c: |"
        done
        set +f
    done
}

# mounting FOLDER: programs that could mount something, or that run with another's rights. Nothing of
# ours has a filesystem mounted or helps somebody to: media are read through descriptors.
mounting() {
    for program in "$1"/agent/sallyport-* "$1"/drivers/sallyport-driver-* "$1"/mirror/sallyport-* \
        "$1"/tui/sallyport; do
        [ -f "$program" ] && [ -x "$program" ] || continue
        objdump -T "$program" 2>/dev/null | awk -v program="${program#"$1"/}" '
            $NF ~ /^(mount|umount2?|fsopen|fsmount|move_mount|open_tree|setns|pivot_root|chroot)$/ {
                print program ": calls " $NF
            }'
        find "$program" -perm /6000 | sed "s|^$1/||; s|\$|: runs with its owner's rights|"
    done
}

# Writable memory of our libraries that outlives a call: object file | why just there.
globals='
log.o      the one piece of process-wide state: who speaks, where to (media/base/log.h)
'
writable() {
    for archive in "$1"/*.a; do
        objdump -t "$archive" 2>/dev/null | awk -v archive="${archive##*/}" -v allowed="$globals" '
            BEGIN { n = split(allowed, lines, "\n") }
            / file format / { member = $1; sub(/:$/, "", member) }
            / O \.(t?bss|t?data)[.\t]/ && !/ O \.data\.rel\.ro/ {
                for (i = 1; i <= n; i++) {
                    split(lines[i], row, " ")
                    if (row[1] == member) next
                }
                print archive ": " member ": " $NF
            }'
    done
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

tap_empty 'every program holds only what its place allows' breaches "$TOP_BUILDDIR"

tap_empty 'every program of an endpoint parses only what is its own' parsers "$TOP_BUILDDIR"

tap_empty 'no program mounts anything or has rights of its own [D10]' mounting "$TOP_BUILDDIR"

# The eye that looks must see: the mirror does sign, so its functions must be found in it.
if [ -x "$TOP_BUILDDIR/mirror/sallyport-mirror" ]; then
    tap_found 'sees signing in the mirror' '^sign_document$' \
        held "$TOP_BUILDDIR/mirror/sallyport-mirror" "$TOP_BUILDDIR/libmediawrite.a"
    tap_found 'sees judging in verify' '^trust_judge$' \
        held "$TOP_BUILDDIR/agent/sallyport-verify" "$TOP_BUILDDIR/libmedia.a" trust
fi

if grep -qE '^#define WITH_(SANITIZERS|COVERAGE) 1' "$TOP_BUILDDIR/config.h"; then
    tap_skip 'no library of ours has globals' 'sanitizers and coverage add their own'
else
    tap_empty 'no library of ours has globals' writable "$TOP_BUILDDIR"
fi

# Planted: an endpoint program that signs, and one that talks to the network.
mkdir "$folder/agent"
cat >"$folder/write.c" <<'END'
int sign_document(void);
int sign_document(void)
{
    return 0;
}
END
cat >"$folder/main.c" <<'END'
#include <sys/mount.h>
int sign_document(void);
static int counter;
int main(void)
{
    counter++;
    return sign_document() + counter + umount("/nowhere");
}
END
(cd "$folder" && cc -c write.c && ar rcD libmediawrite.a write.o &&
    cc -o agent/sallyport-planted main.c libmediawrite.a)
tap_found 'finds signing in an endpoint program' \
    '^agent/sallyport-planted: holds libmediawrite.a: sign_document$' breaches "$folder"
cp "$folder/libmediawrite.a" "$folder/libmedia.a"
cp "$folder/agent/sallyport-planted" "$folder/agent/sallyport-front"
tap_found 'finds a parser in the front' '^agent/sallyport-front: holds .*: sign_document$' \
    parsers "$folder"
(cd "$folder" && cc -c main.c && ar rcD libglobal.a main.o)
tap_found 'finds who unmounts' '^agent/sallyport-planted: calls umount$' mounting "$folder"
chmod u+s "$folder/agent/sallyport-planted"
tap_found 'finds rights of its own' '^agent/sallyport-planted: runs with' mounting "$folder"
tap_found 'finds a global' '^libglobal.a: main.o: counter' writable "$folder"
tap_done
