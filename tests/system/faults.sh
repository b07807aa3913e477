# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# What the tests of cuts and faults share, on top of lib.sh: sourced, not run. An endpoint with two
# contents, a medium that brings the next version of both, and the judge: old or new, nothing else.

# shellcheck disable=SC2154 # lib.sh sets $work, $folder, $as and $who

fault_types='flags-supplement null'
faulter=$TOP_BUILDDIR/tests/system/fault
point=         # what was done last, in words
trouble=       # what was wrong, at which point
before_import= # the versions that the last recovery found

faults_begin() {
    tap_built "$faulter"
    "$faulter" -- /bin/true 3>/dev/null || tap_skip_all 'ptrace is not allowed here'
    system_begin
}

null_source() {
    mkdir -p "$1/folder"
    echo "version $2" >"$1/first"
    yes "line of version $2" | head -n 3000 >"$1/folder/second"
    head -c 70000 /dev/urandom >"$1/folder/third"
    chmod -R a+rX "$1"
}

# publish_both N VALUE: version N of both contents, to $work/medium-N.
publish_both() {
    flags_source "$work/flags-supplement-$1" "$2"
    null_source "$work/null-$1" "$1"
    for type in $fault_types; do
        digests "$work/$type-$1" >"$work/digests-$type-$1"
    done
    mirror publish flags-supplement "$work/flags-supplement-$1" --version "$1" &&
        mirror publish null "$work/null-$1" --version "$1" &&
        mirror promote public && mirror export "$work/medium-$1" --ring public
}

# The first version of both is in service; $work/before is that state, $work/medium-2 the next.
two_versions() {
    {
        mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
            --unprotected-keys && publish_both 1 available && publish_both 2 off && enrol
    } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions of two contents ($who)"
    expect 0 'the first versions are imported' agent run --once --import "$work/medium-1"
    cp -a "$work/state" "$work/before"
    agent_start || return
    floor_numbers >"$work-floors-before"
    agent_stop
}

reset_state() {
    rm -rf "$work/state"
    cp -a "$work/before" "$work/state"
}

# faulty OPTION...: an import of the second versions with something done to it (fault.c). What was
# done stands in $work-hits.
faulty() {
    # shellcheck disable=SC2086 # $as is words
    "$faulter" "$@" -- $as "$folder/bin/sallyport-agent" --libexec "$folder/libexec" \
        --state "$work/state" --socket "$work/socket" run --once --import "$work/medium-2" \
        </dev/null >"$work-out" 2>"$work-err" 3>"$work-hits"
}

floor_numbers() {
    client floor --json | jq -c '[(.rings[] | {key: "ring \(.ring)", value: .sequence}),
        (.types[] | {key: "type \(.type)", value: .issue}),
        (.crls[] | {key: "crl \(.issuer)", value: .number}),
        {key: "root", value: .root_version}] | from_entries'
}
floors_kept() {
    floor_numbers | jq -e --slurpfile before "$work-floors-before" \
        '. as $now | $before[0] | all(to_entries[]; .value <= $now[.key])' >/dev/null
}

# judge NUMBER: with the agent running, each content is whole: its row, its link and its files say the
# same. Sets $versions, such as "1 2". NUMBER: the version that all must have, or "any".
judge() {
    client contents --json >"$work-contents" 2>/dev/null || wrong 'the agent does not answer'
    rows=$(jq -r '.contents[] | select(.version != null)
        | "\(.type) \(.version) \(.package) \(.health)"' "$work-contents")
    versions=$(echo "$rows" | cut -d' ' -f2 | paste -s -d' ')
    for type in $fault_types; do
        row=$(echo "$rows" | grep "^$type ")
        # shellcheck disable=SC2086 # words
        [ -z "$row" ] || check_content $row "$1"
        [ -n "$row" ] || wrong "$type: not in service"
    done
    floors_kept || wrong 'a floor is lower'
    client audit verify >/dev/null 2>&1 || wrong 'audit'
}

check_content() {
    place=$work/state/content/$1
    [ "$(readlink "$place/current")" = "$3" ] || wrong "$1: link"
    [ "$(digests "$place/current")" = "$(cat "$work/digests-$1-$2")" ] || wrong "$1: files"
    # The link, two contents, and each its recipe.
    [ "$(echo "$place"/*/ | wc -w)" -le 3 ] || wrong "$1: left over"
    for recipe in "$place"/*.rcp; do
        [ -d "${recipe%.rcp}" ] || wrong "$1: a recipe is left over"
    done
    [ "$(echo "$place"/.p*)" = "$place/.p*" ] || wrong "$1: a temporary name is left over"
    [ "$4" = ok ] || { [ "$5" = any ] && [ "$4" = fail ]; } || wrong "$1: health $4"
    [ "$5" = any ] || [ "$5" = "$2" ] || wrong "$1: version $2"
}
digests() {
    (cd "$1/" && find . -type f -exec sha384sum {} + | LC_ALL=C sort -k 2)
}

# What is wrong at the point of the moment, in $trouble; $point names it.
wrong() {
    trouble="$trouble
# $point: $*"
}

# recovers: the next start has each content old or new, keeps of what was staged no more than a folder
# a package, and the import then goes through.
recovers() {
    agent_start || { wrong 'the agent does not start'; return; }
    [ "$(find "$work/state/staging" -mindepth 1 -maxdepth 1 | wc -l)" -le 2 ] ||
        wrong 'staging is not bounded'
    judge any
    before_import=$versions
    client import "$work/medium-2" >"$work-out" 2>&1 ||
        wrong "the import does not go through: $(tail -n 2 "$work-out" | tr '\n' ' ')"
    judge 2
    [ -z "$(ls -A "$work/state/staging")" ] || wrong 'staging is not empty after an import'
    agent_stop
}

# "1 1: 20, 2 2: 3" of the versions in $outcomes.
shown_outcomes() {
    sort "$outcomes" | uniq -c |
        awk '{ printf "%s%s/%s: %s", (NR > 1) ? ", " : "", $2, $3, $1 }'
}
