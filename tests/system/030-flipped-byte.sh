#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A medium with one flipped byte, through the whole import: every 97th byte of every file, or every
# byte with SALLYPORT_LONG=1 (make check-long). Each must be refused. What an import does not read
# (root documents that the endpoint has, packs before anything is staged) inspect must refuse, and
# the import that reads the packs must end with the intact content or none.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
stride=97
[ -z "${SALLYPORT_LONG-}" ] || stride=1

flips() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent_start || return
    expect 0 'the first version is imported' client import "$work/medium-1"
    remembered >"$work-before"
    cp -R "$work/medium-2" "$work/flipped"
    chmod -R u+w "$work/flipped"
    [ -z "$as" ] || chown -R nobody "$work/flipped"
    tried=0 refused=0 unread=0 bad=''
    for file in $(cd "$work/flipped" && find sallyport -type f | LC_ALL=C sort); do
        size=$(stat -c %s "$work/flipped/$file")
        at=0
        while [ $at -lt "$size" ]; do
            flip "$work/flipped/$file" $at
            client import "$work/flipped" --dry-run >"$work-out" 2>"$work-err"
            status=$?
            tried=$((tried + 1))
            case $status:$file in
            0:*/packs/* | 0:*/root/*)
                client inspect "$work/flipped" >/dev/null 2>&1
                [ $? -eq 20 ] || bad="$bad inspect:$file@$at"
                unread=$((unread + 1))
                ;;
            3:* | 10:* | 20:* | 21:* | 22:* | 23:* | 24:* | 25:*) refused=$((refused + 1)) ;;
            *) bad="$bad $file@$at=$status" ;;
            esac
            flip "$work/flipped/$file" $at
            at=$((at + stride))
        done
    done
    [ -z "$bad" ]
    tap_result $? "$tried flips: $refused refused, $unread not read and refused by inspect [A2] ($who)"
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
    serving >"$work-serving"
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
                serving | cmp -s - "$work-serving" || bad="$bad $file@$at=changed"
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
    tap_result $? "$tried flips imported: $refused refused, $hints were hints [A2] ($who)"
    [ -z "$bad" ] || echo "# $bad" | head -c 2000
    agent_start
}

for_each_user flips
tap_done
