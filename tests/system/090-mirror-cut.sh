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
tap_built "$cutter"
"$cutter" 0 /bin/true 3>/dev/null || tap_skip_all 'ptrace is not allowed here'
system_begin

# Without the tracer.
complete() {
    mirror "$@" >"$work-out" 2>"$work-err"
}

run() {
    at=$1
    shift
    "$cutter" "$at" "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo" \
        "$@" </dev/null >"$work-out" 2>"$work-err" 3>"$work-count"
}

# cuts NAME CHECK AGAIN VERB...: from the state in $work-before, cut at call after call.
cuts() {
    name=$1 check=$2 again=$3
    shift 3
    done_=0 bad=''
    number=1
    while :; do
        rm -rf "$work"
        cp -a "$work-before" "$work"
        run "$number" "$@"
        [ $? -eq 137 ] || break
        done_=$((done_ + 1))
        "$check" cut || bad="$bad $number:cut"
        complete "$@"
        "$again" $? || { bad="$bad $number:again"; sed 's/^/# /' "$work-err"; }
        "$check" whole || bad="$bad $number:whole"
        number=$((number + step))
    done
    [ "$done_" -gt 3 ] && [ -z "$bad" ]
    tap_result $? "$name cut $done_ times, of $(cat "$work-count") calls [H1]"
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

succeeds() {
    [ "$1" -eq 0 ]
}
# Cut at its very end an init is complete, and says so.
succeeds_or_was_complete() {
    [ "$1" -eq 0 ] || { [ "$1" -eq 2 ] && grep -q 'is a repository already' "$work-err"; }
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
withdraw_check() {
    verifies || return 1
    # Whatever was cut: what is decided is in the catalog, and no set carries what it names.
    [ "$1" = cut ] || {
        ring_is engineering 1 && ring_is public 1 &&
            [ "$(mirror list withdrawn --json | jq '.rows | length')" -eq 1 ] &&
            mirror show public --json | jq -e '.document | .packages[0].version == "1" and
                .packages[0].issue > 2 and (.withdrawn | length) == 1' >/dev/null
    }
}
reissue_check() {
    verifies || return 1
    [ "$1" = cut ] ||
        mirror show engineering --json | jq -e '.document.packages[0] | .version == "1" and .issue > 2' \
            >/dev/null
}
refresh_check() {
    verifies || return 1
    [ "$1" = cut ] || mirror show public --json | jq -e '.document.sequence > 2' >/dev/null
}
prune_check() {
    verifies || return 1
    [ "$1" = cut ] || {
        [ "$(mirror list packages --json | jq '.rows | length')" -eq 2 ] &&
            [ "$(mirror prune --keep 1 --json | jq '.files')" -eq 0 ]
    }
}
cosign_check() {
    verifies || return 1
    [ "$1" = cut ] || ring_is public 1
}
# Cut at its very end the set is released, and nothing waits any more.
succeeds_or_was_complete_cosign() {
    [ "$1" -eq 0 ] || { [ "$1" -eq 10 ] && grep -q 'no set waits' "$work-err"; }
}
# Cut at its very end the key is gone from mirror.conf, which is the last thing to happen.
succeeds_or_was_complete_revoke() {
    [ "$1" -eq 0 ] || { [ "$1" -eq 10 ] && grep -q 'no key of mirror.conf' "$work-err"; }
}
# A medium that was cut has the old export whole, or the new one, or is not taken for one.
export_check() {
    [ "$1" = cut ] || ring_is public 1
}

# A root document is there whole and followed, or not there; the next call makes one more. root.pem
# follows with the next verb that changes anything.
rotate_check() {
    mirror verify --json >"$work-out" 2>"$work-err" || {
        [ "$1" = cut ] &&
            jq -e '.findings | all(.message | startswith("root.pem: "))' "$work-out" >/dev/null
    } || return 1
    [ "$1" = cut ] ||
        [ "$(find "$work/repo/tree/sallyport/root" -name '*.p7m' | wc -l)" -ge 2 ]
}
# After a cut the list may be in force while sets wait to be made again: then what is refused is so as
# revoked or overtaken, and the same call completes it.
revoke_check() {
    mirror verify --json >"$work-out" 2>"$work-err" ||
        { [ "$1" = cut ] && jq -e '.findings | all(.code == "revoked")' "$work-out" >/dev/null; } ||
        return 1
    [ "$1" = cut ] || {
        ring_is public 1 &&
            [ "$(mirror keys status --json | jq '[.revocation_lists[].entries] | add')" -eq 1 ]
    }
}

# A mirror of a mirror has each ring as it was, or as it is above; founded, or not there.
sync_check() {
    [ "$1" != cut ] || [ -e "$work/repo/mirror.conf" ] || return 0
    # Cut after its last transaction a ring's first set is there, and set.p7m not yet.
    mirror verify --json >"$work-out" 2>"$work-err" ||
        jq -e '.findings | all(.message | test("^root.pem: |/set[.]p7m"))' "$work-out" >/dev/null ||
        { sed 's/^/# /' "$work-out"; return 1; }
    [ "$1" = cut ] || {
        verifies &&
        ring_is engineering 2 && ring_is public 2 &&
            [ "$(mirror sync --json 2>"$work-err" | jq '.changed or .frames > 0')" = false ]
    }
}

as='' who=$(id -un) work=$folder/work
mkdir "$work-before"
cuts init init_check succeeds_or_was_complete init "$work/repo" --ring engineering --ring public --unprotected-keys
rm -rf "$work"
mkdir -p "$work/source"
echo '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"available"}}}' >"$work/source/flags.json"
head -c 400000 /dev/urandom >"$work/blob"
{ mirror init "$work/repo" --ring engineering --ring public --unprotected-keys &&
    mirror publish flags-supplement "$work/source" --version 1; } >"$work-out" 2>&1
tap_result $? 'a mirror with a package'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts publish publish_check succeeds publish null "$work/blob" --version 1
cuts promote promote_check succeeds promote public
rm -rf "$work"
cp -a "$work-before" "$work"
mirror promote public >"$work-out" 2>&1
tap_result $? 'a promoted package'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts rotate-root rotate_check succeeds rotate-root
cuts rotate-root-new rotate_check succeeds rotate-root --new-root
rm -rf "$work"
cp -a "$work-before" "$work"
mirror keys issue release >"$work-out" 2>&1
tap_result $? 'a second release key'
rm -rf "$work-keys"
cp -a "$work-before" "$work-keys"
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts revoke revoke_check succeeds_or_was_complete_revoke revoke release.1 --reason lost --compromised
rm -rf "$work-before"
mv "$work-keys" "$work-before"
cuts export export_check succeeds export "$work/medium" --ring public

# Two versions in both rings: the ways back, and what is left over.
echo '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"off"}}}' >"$work/source/flags.json"
{ mirror publish flags-supplement "$work/source" --version 2 && mirror promote public; } \
    >"$work-out" 2>&1
tap_result $? 'a second version'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts withdraw withdraw_check succeeds withdraw flags-supplement 2 --reason bad --reissue 1
rm -rf "$work"
cp -a "$work-before" "$work"
cuts reissue reissue_check succeeds reissue flags-supplement 1
cuts refresh refresh_check succeeds refresh public
rm -rf "$work"
cp -a "$work-before" "$work"
echo '{"schema":"sallyport.flags/1","releases":{"*":{"behavior":"off"}}}' >"$work/source/flags.json"
{ mirror publish null "$work/blob" --version 1 && mirror promote public &&
    mirror publish null "$work/source" --version 2 && mirror promote public &&
    mirror publish flags-supplement "$work/source" --version 3 && mirror promote public; } \
    >"$work-out" 2>&1
tap_result $? 'packages that nothing names'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts prune prune_check succeeds prune --keep 1

# A mirror of this one: the first sync, and a later one.
above() {
    "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/above" "$@" </dev/null
}
rm -rf "$work"
cp -a "$work-before" "$work"
mv "$work/repo" "$work/above"
{ above publish null "$work/blob" --version 3 && above promote public; } >"$work-out" 2>&1
tap_result $? 'a mirror above'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts sync-first sync_check succeeds sync "$work/above/tree" \
    --root "$work/above/tree/sallyport/root/1.p7m"
rm -rf "$work"
cp -a "$work-before" "$work"
head -c 600000 /dev/urandom >"$work/blob"
{ mirror sync "$work/above/tree" --root "$work/above/tree/sallyport/root/1.p7m" &&
    above rotate-root && above publish null "$work/blob" --version 4 && above promote public; } \
    >"$work-out" 2>&1
tap_result $? 'a mirror below, and news above'
rm -rf "$work-before"
cp -a "$work" "$work-before"
cuts sync sync_check succeeds sync

# The second signature.
rm -rf "$work" "$work-before"
mkdir "$work"
mkdir "$work/source"
echo '{"schema":"sallyport.flags/1","releases":{"*":{"ips":"off"}}}' >"$work/source/flags.json"
{ mirror init "$work/repo" --ring engineering --ring public --unprotected-keys --two-person &&
    mirror publish flags-supplement "$work/source" --version 1; } >"$work-out" 2>&1
mirror promote public --key release >"$work-out" 2>&1
[ $? -eq 3 ]
tap_result $? 'a set that waits'
cp -a "$work" "$work-before"
cuts cosign cosign_check succeeds_or_was_complete_cosign cosign public --key release-2
tap_done
