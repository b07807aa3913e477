#!/bin/sh
# SPDX-License-Identifier: ISC
#
# trip.sh ROWS: a large content from its publisher through a medium to an endpoint, and then the next
# version of it; ours and others in turn, BENCH_RUNS times. Appends to ROWS lines
#   SUBJECT STEP FIELD VALUE      one a run: seconds, bytes, KiB
#   SUBJECT STEP none REASON      there is nothing to measure, or it went wrong
# and prints the medians.
#
# One rule for all: contents and endpoints lie in BENCH_DIR (/var/tmp), the medium in BENCH_MEDIA
# (/dev/shm); both were read or written just before, so that they are in the page cache; every step
# begins with nothing left to write, where nothing was deleted (for minutes ext4 passes over each inode
# that was freed near a new one), on memory that is in use, and ends in `sync -f` of what it
# wrote to. In the first run what
# each import made is compared with what was exported.
set -u
rows=$1
size=${BENCH_SIZE:-1G} runs=${BENCH_RUNS:-3} versions=${BENCH_VERSIONS:-1 2 3}
export TMPDIR="${BENCH_DIR:-/var/tmp}"
. "$TOP_SRCDIR/tests/system/lib.sh"
scripts=$TOP_SRCDIR/tests/bench
programs=$TOP_BUILDDIR/tests/bench

system_begin
media=$(mktemp -d "${BENCH_MEDIA:-/dev/shm}/sallyport-bench.XXXXXX") || exit 1
trap 'rm -rf "$media"; system_end' EXIT
content=$folder/content keys=$folder/keys medium=
export folder content keys
mkdir "$content" "$keys"
. "$scripts/trip-ours.sh"
. "$scripts/trip-peers.sh"

# record SUBJECT STEP FIELD VALUE...
record() {
    echo "$*" >>"$rows"
}

# The largest process of a step, and one by itself.
figures_of() {
    awk -v step="$1 $2" '
    $1 == "peak" {
        if ($2 > peak) peak = $2
        if ($3 ~ /^sallyport-intake/) print step, "intake", $2
        next
    }
    { print step, $1, $2 }
    END { print step, "peak", peak }' "$folder/figures"
}

# measured SUBJECT STEP PID COMMAND...: runs it and records what it took.
measured() {
    subject=$1 name=$2 pid=$3
    shift 3
    sync -f "$folder" "$media"
    rm -f "$folder/figures"
    # shellcheck disable=SC2016 # the inner shell's
    if "$programs/measure" "$folder/figures" "$pid" \
        sh -c '"$@" && sync -f "$folder" "$medium"' sh "$@" </dev/null >"$folder/out" 2>&1; then
        figures_of "$subject" "$name" >>"$rows"
        return 0
    fi
    record "$subject" "$name" none "failed: $(tail -n 1 "$folder/out")"
    sed 's/^/# /' "$folder/out"
    return 1
}

# medium_new NAME, medium_bytes [FOLDER]: all of its files, of whatever size they are.
medium_new() {
    medium=$media/$1
    rm -rf "$medium"
    mkdir "$medium"
    export medium
}
medium_bytes() {
    find "$medium" -type f -printf '%s\n' | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# same FROM TO: whatever else lies in TO, all of FROM is there.
same() {
    diff -rq --no-dereference "$1" "$2" 2>&1 | grep -v "^Only in $2" | head -n 3 >"$folder/different"
    [ ! -s "$folder/different" ]
}

# retire PATH: out of the way, and at the end of the run emptied. Nothing is deleted.
retired=0
retire() {
    [ -e "$1" ] || return 0
    mkdir -p "$folder/retired"
    retired=$((retired + 1))
    mv "$1" "$folder/retired/$retired"
}

content_make() {
    for version in $versions; do
        "$programs/make-content" "$content/$version" "$size" 42 "$version"
    done
}

# What the others are, and where all of it lies.
surroundings() {
    echo "content and endpoints on $(stat -f -c %T "$folder"), the medium on $(stat -f -c %T "$media");" \
        "$size, $runs runs, medians"
    dpkg-query -W -f '${Package} ${Version}; ' rauc casync rsync ostree tar zstd openssl coreutils \
        2>/dev/null
    echo
}

# Folders in it then get a place of their own on the disk each (Orlov), not one behind the other.
chattr +T "$folder" 2>/dev/null
surroundings
content_make || exit 1
keys_make || exit 1
for run in $(seq "$runs"); do
    for subject in ours list ${BENCH_PEERS-$peers}; do
        work=$folder/$subject-$run
        mkdir "$work"
        export work
        case $subject in
        ours | list) "${subject}_round" ;;
        *) peer_round "$subject" ;;
        esac
        retire "$work"
        rm -rf "${media:?}"/*
    done
    find "$folder/retired" -type f -links 1 -size +16k -exec truncate -s 0 {} + 2>/dev/null
    sync -f "$folder"
done
sh "$scripts/trip-table.sh" "$rows"
