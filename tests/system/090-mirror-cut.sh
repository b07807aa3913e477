#!/bin/sh
# SPDX-License-Identifier: ISC
#
# kill -9 of the mirror before system calls that change what is on disk, verb by verb: afterwards
# everything verifies, the verb runs through, and what it was to do is done once. Every CUT_STEPth
# call (default 11); CUT_STEP=1 takes minutes.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
step=${CUT_STEP:-11}
cutter=$TOP_BUILDDIR/tests/system/cut
"$cutter" 0 /bin/true 3>/dev/null || tap_skip_all 'ptrace is not allowed here'
system_begin

run() {
    number=$1
    shift
    "$cutter" "$number" "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo" \
        "$@" </dev/null >"$work-out" 2>"$work-err" 3>"$work-count"
}

# cuts NAME CHECK VERB...: from the state in $work-before, cut at call after call.
cuts() {
    name=$1 check=$2
    shift 2
    done_=0 bad=''
    number=1
    while :; do
        rm -rf "$work"
        cp -a "$work-before" "$work"
        run "$number" "$@"
        [ $? -eq 137 ] || break
        done_=$((done_ + 1))
        "$check" cut || bad="$bad $number:cut"
        run 0 "$@" || { bad="$bad $number:again"; sed 's/^/# /' "$work-err"; }
        "$check" whole || bad="$bad $number:whole"
        number=$((number + step))
    done
    [ "$done_" -gt 3 ] && [ -z "$bad" ]
    tap_result $? "$name cut $done_ times, of $(cat "$work-count") calls"
    [ -z "$bad" ] || echo "#$bad"
}

# After a cut all that the catalog knows is good; at the end there are the sets that there should be.
verifies() {
    mirror verify --json >"$work-out" 2>"$work-err" || {
        sed 's/^/# /' "$work-out"
        return 1
    }
}
ring_is() {
    mirror list --json | jq -e --arg ring "$1" --argjson packages "$2" \
        '[.rows[] | select(.ring == $ring and .packages == $packages)] | length == 1' >/dev/null
}

init_check() {
    [ "$1" = cut ] || verifies
}
publish_check() {
    verifies || return 1
    [ "$1" = cut ] || {
        ring_is engineering 2 &&
            [ "$(mirror list packages --json | jq '[.rows[] | select(.type == "null")] | length')" -eq 1 ]
    }
}
promote_check() {
    verifies || return 1
    [ "$1" = cut ] || ring_is public 1
}
# A medium that was cut has the old export whole, or the new one, or is not taken for one.
export_check() {
    [ "$1" = cut ] || ring_is public 1
}

as='' who=$(id -un) work=$folder/work
mkdir "$work-before"
cuts init init_check init "$work/repo" --ring engineering --ring public --unprotected-keys
mkdir -p "$work/source"
echo '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"available"}}}' >"$work/source/flags.json"
head -c 400000 /dev/urandom >"$work/blob"
{ mirror init "$work/repo" --ring engineering --ring public --unprotected-keys &&
    mirror publish flags-supplement "$work/source" --version 1; } >"$work-out" 2>&1
tap_result $? 'a mirror with a package'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts publish publish_check publish null "$work/blob" --version 1
cuts promote promote_check promote public
rm -rf "$work"
cp -a "$work-before" "$work"
mirror promote public >"$work-out" 2>&1
tap_result $? 'a promoted package'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts export export_check export "$work/medium" --ring public
tap_done
