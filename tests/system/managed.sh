# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# A unit's settings without a service manager, by tests/system/supervise.c: sourced after lib.sh, by
# tests that run what we install as units.
[ -x "$TOP_BUILDDIR/tests/system/supervise" ] || tap_skip_all 'built without a sandbox'
command -v systemd-analyze >/dev/null || tap_skip_all 'systemd-analyze is not installed'

managed_begin() {
    cp "$TOP_BUILDDIR/tests/system/supervise" "$folder/bin"
    systemd-analyze syscall-filter >"$folder/sets"
}

# calls UNIT: the names that its SystemCallFilter= lines leave, sets taken apart.
calls() {
    sed -n 's/^SystemCallFilter=//p' "$1" | awk -v sets="$folder/sets" '
        function each(word, give,   i, n, list) {
            if (word !~ /^@/) { if (give) left[word] = 1; else delete left[word]; return }
            n = split(members[word], list, " ")
            for (i = 1; i <= n; i++) each(list[i], give)
        }
        BEGIN {
            while ((getline line < sets) > 0) {
                if (line ~ /^@/) name = line
                else if (line ~ /^ +[@a-z_]/) { sub(/^ +/, "", line); members[name] = members[name] " " line }
            }
            each("@default", 1)
        }
        {
            give = !sub(/^~/, "")
            for (i = 1; i <= NF; i++) each($i, give)
        }
        END { for (call in left) print call }'
}
setting() { sed -n "s/^$2=//p" "$1"; }
families() { setting "$1" RestrictAddressFamilies | tr -d '\n' | sed 's/AF_//g; s/ /,/g' | tr A-Z a-z; }
# As setpriv takes them: none but these.
powers() {
    setting "$1" CapabilityBoundingSet | tr A-Z a-z | sed 's/cap_/,+/g; s/ //g; s/^/-all/'
}

# managed UNIT MANAGER-OPTION... -- PROGRAM...: as root all of it, else what takes no rights.
managed() {
    unit=$1
    shift
    calls "$unit" >"$folder/calls-${unit##*/}"
    set -- "$folder/bin/supervise" --calls "$folder/calls-${unit##*/}" --families "$(families "$unit")" "$@"
    identity=$as
    [ -z "$(setting "$unit" User)" ] || [ "$(id -u)" -ne 0 ] ||
        identity='setpriv --reuid nobody --regid nogroup --clear-groups --'
    [ -z "$identity" ] && [ "$(id -u)" -eq 0 ] || {
        # shellcheck disable=SC2086 # words
        exec $identity setpriv --no-new-privs -- "$@"
    }
    # A container may have root and no mounts.
    unshare --mount true 2>/dev/null ||
        exec setpriv --no-new-privs --inh-caps -all --bounding-set "$(powers "$unit")" -- "$@"
    exec unshare --mount sh -c 'work=$1 powers=$2
        shift 2
        mount --bind "$work" "$work" && mount -o remount,bind,ro / &&
            mount -t proc -o subset=pid,hidepid=invisible proc /proc || exit 125
        exec setpriv --no-new-privs --inh-caps -all --bounding-set "$powers" -- "$@"' \
        sh "$work" "$(powers "$unit")" "$@"
}
