#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A medium with one flipped byte, through the whole import: every 97th byte of every file, or every
# byte with SALLYPORT_LONG=1 (make check-long). Each must be refused, or be a harmless hint: then the
# content is what the intact medium brings.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
stride=97
[ -z "${SALLYPORT_LONG-}" ] || stride=1

# What a flip may end in, by exit status: 0 only where the file is a hint (the pack's tar headers
# and index), 3 partial, 10 no medium, 20 signatures and digests, 21.. other refusals, 25 damaged.
flips() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first version is imported' client import "$work/medium-1"
    remembered >"$work-before"
    cp -R "$work/medium-2" "$work/flipped"
    chmod -R u+w "$work/flipped"
    [ -z "$as" ] || chown -R nobody "$work/flipped"
    tried=0 refused=0 harmless=0 bad=''
    for file in $(cd "$work/flipped" && find sallyport -type f | LC_ALL=C sort); do
        size=$(stat -c %s "$work/flipped/$file")
        at=0
        while [ $at -lt "$size" ]; do
            flip "$work/flipped/$file" $at
            client import "$work/flipped" --dry-run >"$work-out" 2>"$work-err"
            status=$?
            tried=$((tried + 1))
            case $status:$file in
            0:*/packs/*) harmless=$((harmless + 1)) ;;
            3:* | 10:* | 20:* | 21:* | 22:* | 23:* | 24:* | 25:*) refused=$((refused + 1)) ;;
            *) bad="$bad $file@$at=$status" ;;
            esac
            flip "$work/flipped/$file" $at
            at=$((at + stride))
        done
    done
    [ -z "$bad" ]
    tap_result $? "$tried flips planned, $refused refused, $harmless in packs ($who)"
    [ -z "$bad" ] || echo "# accepted or died:$bad" | head -c 2000
    [ "$(find "$work/flipped" -type f | wc -l)" -ge 6 ] && [ $tried -ge 50 ]
    tap_result $? "every kind of file was there ($who)"
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"
    packs
    cmp -s "$work/flipped/sallyport/FORMAT" "$work/medium-2/sallyport/FORMAT"
    expect 0 'the intact medium is imported' client import "$work/flipped"
}

# Frames are read only when something is staged: each flip of a pack with a real import, from a copy
# of the state that is put back.
packs() {
    agent_stop
    cp -a "$work/state" "$work/state-before"
    tried=0 refused=0 hints=0 bad=''
    for file in $(cd "$work/flipped" && find sallyport/packs sallyport/recipes -type f | LC_ALL=C sort); do
        size=$(stat -c %s "$work/flipped/$file")
        at=5
        while [ $at -lt "$size" ]; do
            flip "$work/flipped/$file" $at
            agent_start || return
            client import "$work/flipped" --json >"$work-out" 2>"$work-err"
            status=$?
            tried=$((tried + 1))
            case $status in
            0)
                # Accepted: then the loaded content must be the intact one.
                client contents --json | jq -e '.contents[] | select(.type == "flags-supplement")
                    | .version == "2" and .health == "ok"' >/dev/null || bad="$bad $file@$at=loaded"
                hints=$((hints + 1))
                ;;
            3 | 2[0-5])
                refused=$((refused + 1))
                remembered | jq -s '.[1]' | cmp -s - "$work-contents-before" ||
                    bad="$bad $file@$at=changed"
                ;;
            *) bad="$bad $file@$at=$status" ;;
            esac
            agent_stop
            rm -rf "$work/state"
            cp -a "$work/state-before" "$work/state"
            flip "$work/flipped/$file" $at
            at=$((at + 10 * stride))
        done
    done
    [ -z "$bad" ] && [ $tried -gt 0 ]
    tap_result $? "$tried flips imported: $refused refused, $hints were hints ($who)"
    [ -z "$bad" ] || echo "# $bad" | head -c 2000
    agent_start
}

for_each_user flips
tap_done
