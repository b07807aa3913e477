#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Too little space for an import: said before anything is written, with figures; and a disk that
# becomes full on the way leaves everything as it was. Takes a small filesystem, so root.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
[ "$(id -u)" -eq 0 ] || tap_skip_all 'mounting a small filesystem takes root'
system_begin

small_disk() {
    mkdir "$work/source"
    for part in a b c; do
        head -c 8M /dev/urandom >"$work/source/$part"
    done
    make_mirror && enrol || return 1
    mirror publish null "$work/source" --version 1 || return 1
    mirror promote public || return 1
    mirror export "$work/medium-large" --ring public || return 1
    mv "$work/state" "$work/state-kept"
    mkdir "$work/state"
    mount -t tmpfs -o size=64m,mode=700 tmpfs "$work/state" || return 1
    mounted=$work/state
    cp -a "$work/state-kept/." "$work/state/"
}

# Leaves that many KiB free.
fill_but() {
    rm -f "$work/state/filler"
    free=$(df -k --output=avail "$work/state" | tail -n 1)
    head -c $(((free - $1) * 1024)) /dev/zero >"$work/state/filler"
}

no_space() {
    small_disk >"$work-out" 2>&1
    tap_result $? "a state folder on 64 MiB ($who)"
    agent_start || return
    expect 0 'a small package is in service' client import "$work/medium-1"
    remembered >"$work-before"

    fill_but 8192
    expect 0 'a dry run' client import "$work/medium-large" --dry-run --json
    holds 'tells needed and free' '.needed_bytes > 24000000 and .free_bytes < 9000000'
    expect 25 'an import is refused before it reads [H6]' client import "$work/medium-large" --json
    holds 'as no-space' '.name == "no-space"'
    expect 25 'and in words' client import "$work/medium-large"
    says 'with both figures, the folder and what to do' \
        "$work/state/staging: [0-9]+ KiB are needed, [0-9]+ KiB are free; free [0-9]+ KiB more"
    [ -z "$(ls -A "$work/state/staging")" ]
    tap_result $? "nothing was staged ($who)"
    remembered | cmp -s "$work-before" -
    tap_result $? "nothing changed ($who)"

    expect 0 'the audit chain' client audit verify
    rm -f "$work/state/filler"
    expect 0 'with room it goes through' client import "$work/medium-large" --json
    holds 'and is active' '.code == "ok"'
    agent_stop
    umount "$work/state"
    mounted=
}

# A second content, that intake needs several writes for.
some_files() {
    mkdir "$work/files"
    for part in a b c; do
        head -c 50k /dev/urandom >"$work/files/$part" || return 1
    done
    chmod -R a+rX "$work/files"
    mirror publish null "$work/files" --version 1
}

# Enough when it is asked, and then somebody else fills the disk: each of some of intake's writes, and
# all after it, find no space.
filled_on_the_way() {
    bad=''
    { make_mirror && enrol && some_files && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent run --once --import "$work/medium-1" >"$work-out" 2>&1
    cp -a "$work/state" "$work/state-before"
    before=$(ls "$work/state/content/flags-supplement")
    # The first is the memory that it reads into, which is no disk.
    for call in 2 3 4 5 6 7 8 9; do
        # shellcheck disable=SC2086 # $as is words
        $as "$faulter" -p intake -f fetch -n $call -s -e ENOSPC -- "$folder/bin/sallyport-agent" \
            --libexec "$folder/libexec" --state "$work/state" --socket "$work/socket" run --once \
            --import "$work/medium-2" </dev/null >"$work-out" 2>"$work-err" 3>"$work-hits"
        status=$?
        grep -q '^hit' "$work-hits" || break
        [ $status -eq 25 ] || bad="$bad $call=$status"
        grep -q 'No space left' "$work-err" || bad="$bad $call=words"
        [ -z "$(ls -A "$work/state/staging")" ] || bad="$bad $call=staging"
        [ "$(ls "$work/state/content/flags-supplement")" = "$before" ] || bad="$bad $call=content"
    done
    # The last one met no fault and went through.
    [ $status -eq 0 ] && [ "$call" -gt 3 ] && [ -z "$bad" ]
    tap_result $? "a disk that fills at write $((call - 1)) and before gets its space back [H6] ($who)"
    [ -z "$bad" ] || { echo "#$bad" && tail -n 5 "$work-err" | sed 's/^/# /'; }
    rm -rf "$work/state"
    mv "$work/state-before" "$work/state"
    agent_start || return
    expect 0 'with room it goes through' client import "$work/medium-2" --json
    holds 'and is active' '.result == "active"'
}

# looked QUERY: of the database as the agent left it, its log included.
looked() {
    rm -f "$work"/look.db*
    for file in "$work"/state/state.db*; do
        cp "$file" "$work/look.db${file#*/state.db}"
    done
    sqlite3 "$work/look.db" "$1"
}
# What is in service and how high floors are; and the records of what did that.
facts="SELECT 'activate', hex(id) FROM installed WHERE slot = 'active'
    UNION ALL SELECT CASE WHEN subject LIKE 'ring:%' THEN 'accept' ELSE 'stage' END, number FROM floors"

# Each call with which the monitor changes something from the commit on finds no space: nothing changes
# without its audit record, which is part of the same transaction.
audit_full() {
    rm -rf "$work"
    mkdir "$work"
    [ -z "$as" ] || chown nobody "$work"
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    agent run --once --import "$work/medium-1" >"$work-out" 2>&1
    cp -a "$work/state" "$work/state-before"
    looked "$facts" >"$work-facts"
    records=$(looked 'SELECT max(id) FROM events')
    faults=0 changes=0 bad=''
    for phase in commit activate swap; do
        call=1
        while :; do
            rm -rf "$work/state"
            cp -a "$work/state-before" "$work/state"
            # shellcheck disable=SC2086
            $as "$faulter" -p agent -f $phase -n $call -s -e ENOSPC -- \
                "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
                --socket "$work/socket" run --once --import "$work/medium-2" \
                </dev/null >"$work-out" 2>"$work-err" 3>"$work-hits"
            status=$?
            grep -q '^hit' "$work-hits" || break
            faults=$((faults + 1))
            for what in $(looked "$facts" | diff "$work-facts" - | sed -n 's/^> \([a-z]*\)|.*/\1/p' | sort -u); do
                changes=$((changes + 1))
                [ "$(looked "SELECT count(*) FROM events WHERE id > $records AND what = '$what'
                    AND code = 'ok'")" -ge 1 ] || bad="$bad $phase,$call:$what"
            done
            [ $status -lt 126 ] || bad="$bad $phase,$call=$status"
            call=$((call + space_step))
        done
    done
    [ $faults -gt 3 ] && [ $changes -gt 0 ] && [ -z "$bad" ]
    tap_result $? "no space from $faults calls on: each of $changes changes has its record [H10] ($who)"
    [ -z "$bad" ] || echo "#$bad"
    space_step=$((5 * space_step))
}

filled_on_the_way_and_audit() {
    filled_on_the_way
    agent_stop
    audit_full
}

space_step=4
[ -z "${SALLYPORT_LONG-}" ] || space_step=1
faulter=$TOP_BUILDDIR/tests/system/fault
who=root work=$folder/work-small
mkdir "$work"
no_space
"$faulter" -- /bin/true 3>/dev/null && for_each_user filled_on_the_way_and_audit
tap_done
