#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The catalogue's attacks that a medium can carry (tests/attack/catalogue.tsv), by number: each medium
# is made as its row says and imported by a real endpoint. It must be refused with the row's code and
# exit status, one audit record must say so, and nothing that state.sh prints may be another byte.
# Rows with the code "ok" are what no medium can do harm with: imported, and what is in service
# afterwards is what the untouched medium brings.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/state.sh"
command -v sqlite3 >/dev/null || tap_skip_all 'sqlite3 is not installed'
command -v openssl >/dev/null || tap_skip_all 'openssl is not installed'
system_begin

# Number, code, exit status, how the medium is made, what it is. Without "export" the export document
# stays where it is; with it, it is taken away, so that what is meant decides.
rows='
[A1]  not-der         20 empty_set            the set is empty
[A1]  not-der         20 empty_package        a package is empty
[A1]  not-der         20 empty_export         the export document is empty
[A1]  not-der         20 bare_set             the set without any signature
[A2]  bad-digest      20 flip_frame           one bit of a frame
[A2]  bad-signature   20 flip_set             one bit of the set'"'"'s signature
[A2]  bad-crl         20 flip_crl             one bit of a revocation list'"'"'s signature
[A3]  limit           23 huge_set             a set of 100 GiB
[A3]  limit           23 huge_export          an export document of 100 GiB
[A3]  limit           23 huge_recipe          a recipe of 100 GiB
[A3]  not-der         20 cut_set              a set that ends early
[A4]  attribute-missing 20 set_without_attributes a set without signed attributes, by the release key
[A6]  weak-algorithm  20 set_by_sha256        a set signed with SHA-256, by the release key
[A14] not-der         20 trailing_set         bytes behind the set
[A15] untrusted-root  20 of_a_stranger        a whole mirror of the same names, with keys of its own
[A17] wrong-kind      20 package_as_set       a package in the place of the set
[A17] wrong-kind      20 export_as_set        an export document in the place of the set
[B1]  rollback        21 older                an older medium, untouched
[B1]  wrong-kind      20 older_renamed        an older set under a newer name
[B2]  equivocation    21 forked               another set of the number that was accepted
[B7]  from-the-future 22 of_the_future        a set signed two days ahead
[B15] equivocation    21 number_without_time  a higher number with an earlier time
[C1]  bad-digest      20 older_package        a package of the medium before under the new name
[C1]  bad-digest      20 older_recipe         a recipe of the medium before under the new name
[C2]  mixed-export    20 newer_set_only       the newest set among the files of another export
[C3]  wrong-ring      23 other_ring           the set of another ring in the place of ours
[C3]  ring-missing    10 only_other_ring      a medium of another ring
[C5]  volume-missing  24 without_packs        frames are withheld
[C5]  volume-missing  24 without_package      a package is withheld
[C5]  volume-missing  24 without_recipes      recipes are withheld
[D1]  ok               0 odd_names            names with .., escapes, 255 bytes, no UTF-8 beside ours
[D2]  unexpected-file 20 link_for_set         a symbolic link in the place of the set
[D2]  unexpected-file 20 link_for_folder      a symbolic link in the place of a folder
[D2]  unexpected-file 20 link_for_tree        a symbolic link in the place of the tree
[D2]  unexpected-file 20 dangling_export      a link that leads nowhere in the place of a document
[D3]  ok               0 hard_link_inside     names that are hard links to the same files
[D4]  ok               0 odd_modes            setuid, setgid, sticky and world-writable files
[D5]  unexpected-file 20 fifo_for_set         a FIFO in the place of the set
[D5]  unexpected-file 20 fifo_for_pack        a FIFO in the place of a pack
[D5]  unexpected-file 20 socket_for_package   a socket in the place of a package
[D5]  unexpected-file 20 folder_for_set       a folder in the place of the set
[D5]  limit           23 sparse_pack          a pack with a hole of 100 GiB
[D6]  limit           23 many_names           more files in a folder than a folder may hold
[D6]  ok               0 deep_folders         500 folders in each other beside ours
[D7]  ok               0 colliding_names      names that differ from ours by case
[D7]  wrong-kind      20 set_twice            one set under two numbers
[D12] ok               0 autorun              files that start things where they are looked at
[D13] ok               0 stowaways            files among ours that no document names
[D13] bad-digest      20 recipe_exchanged     a file that the export document lists was exchanged
'

# ---- how each medium is made: $tree is a copy of medium 3; medium 2 is in service ----

set_file() { echo "$tree/rings/public/set-3.p7m"; }
unlisted() { rm "$tree/export.p7m"; }
empty_set() { : >"$(set_file)"; }
empty_package() { for file in "$tree"/packages/*/*.p7m; do : >"$file"; done; }
empty_export() { : >"$tree/export.p7m"; }
bare_set() { unlisted && cp "$work/set.json" "$(set_file)"; }
flip_last() { flip "$1" $(($(stat -c %s "$1") - 1)); }
flip_set() { unlisted && flip_signature "$(set_file)"; }
# Of a document: its signature lies before the token, in an OCTET STRING of 96 and some bytes.
flip_signature() {
    openssl cms -cmsout -print -inform DER -in "$1" >/dev/null 2>&1 || return 1
    flip "$1" "$(openssl asn1parse -inform DER -in "$1" 2>/dev/null |
        awk -F: '/OCTET STRING/ && !seen && before ~ /ecdsa-with-SHA384/ { print $1 + 20; seen = 1 }
            { before = $0 }')"
}
flip_crl() { for file in "$tree"/crl/*.crl; do flip_last "$file"; done; unlisted; }
flip_frame() {
    for file in "$tree"/packs/*.tar; do flip "$file" 520; done
    unlisted
}
huge_set() { truncate -s 100G "$(set_file)"; }
huge_export() { truncate -s 100G "$tree/export.p7m"; }
huge_recipe() { truncate -s 100G "$tree"/recipes/*.rcp; }
cut_set() { unlisted && truncate -s -1 "$(set_file)"; }
trailing_set() { unlisted && echo x >>"$(set_file)"; }

# The set's own words, signed with the release key by openssl.
sign_set() {
    unlisted && openssl cms -sign -binary -nodetach -nosmimecap -outform DER -in "$work/set.json" \
        -econtent_type 1.3.6.1.4.1.32473.1.3 -signer "$work/repo/keys/release.pem" \
        -inkey "$work/repo/keys/release.key" -certfile "$work/repo/root-key-MOVE-OFFLINE/issuing.pem" \
        -out "$(set_file)" "$@"
}
set_without_attributes() { sign_set -md sha384 -noattr; }
set_by_sha256() { sign_set -md sha256; }

of_a_stranger() { take_medium stranger; }
package_as_set() { unlisted && cp "$tree"/packages/*/*.p7m "$(set_file)"; }
export_as_set() { mv "$tree/export.p7m" "$(set_file)"; }
older() { take_medium medium-1; }
older_renamed() { unlisted && cp "$work/medium-1/sallyport/rings/public/set-1.p7m" "$(set_file)"; }
forked() { take_medium medium-fork; }
of_the_future() { take_medium medium-ahead; }
number_without_time() { take_medium medium-late; }
older_package() {
    unlisted
    for file in "$tree"/packages/*/*.p7m; do
        cat "$work"/medium-2/sallyport/packages/*/*.p7m >"$file"
    done
}
older_recipe() { unlisted && recipe_exchanged; }
newer_set_only() {
    take_medium medium-2
    cp "$work/medium-3/sallyport/rings/public/set-3.p7m" "$tree/rings/public"
}
other_ring() {
    unlisted && cp "$work/repo/tree/sallyport/rings/engineering/set-3.p7m" "$(set_file)"
}
only_other_ring() { take_medium medium-engineering; }
without_packs() { rm "$tree"/packs/*; }
without_package() { rm "$tree"/packages/*/*.p7m; }
without_recipes() { rm "$tree"/recipes/*; }

# Each is a FIFO: whoever opened one to read it would wait for ever.
odd_names() {
    for name in ..x ... 'a\b' 'C:x' 'x.' 'x ' "$(printf 'a\033[2Jb')" "$(printf 'a\377b')" \
        "$(printf '%0255d' 0)"; do
        mkfifo "$tree/$name" "$tree/rings/public/$name" "$tree/packs/$name" || return 1
    done
}
link_for_set() { mv "$(set_file)" "$work/attack/set" && ln -s "$work/attack/set" "$(set_file)"; }
link_for_folder() { mv "$tree/packs" "$work/attack/packs" && ln -s ../packs "$tree/packs"; }
link_for_tree() { mv "$tree" "$work/attack/real" && ln -s real "$tree"; }
dangling_export() { ln -sf nowhere "$tree/export.p7m"; }
hard_link_inside() {
    for file in "$tree"/packs/*.tar "$(set_file)"; do ln "$file" "$file.more" || return 1; done
}
odd_modes() { find "$tree" -type f -exec chmod 7777 {} + && find "$tree" -type d -exec chmod 7777 {} +; }
fifo_for_set() { rm "$(set_file)" && mkfifo "$(set_file)"; }
fifo_for_pack() { for file in "$tree"/packs/*.tar; do rm "$file" && mkfifo "$file"; done; }
folder_for_set() { rm "$(set_file)" && mkdir "$(set_file)"; }
# A socket lies where its listener put it; one of ours goes on lying there.
socket_for_package() {
    for file in "$tree"/packages/*/*.p7m; do
        rm "$file" && cp -a "$work/dead-socket" "$file" && chmod 666 "$file" && [ -S "$file" ]
    done
}
sparse_pack() { truncate -s 100G "$tree"/packs/*.tar; }
many_names() { (cd "$tree/packs" && seq -f %g.more 7001 | xargs touch); }
deep_folders() {
    (
        cd "$tree/packs" || exit 1
        for _ in $(seq 500); do mkdir d && cd d || exit 1; done
    )
}
colliding_names() {
    for file in "$(set_file)" "$tree/FORMAT" "$tree/export.p7m"; do
        mkfifo "$(dirname "$file")/$(basename "$file" | tr a-zA-Z A-Za-z)" || return 1
    done
}
set_twice() { unlisted && cp "$(set_file)" "$tree/rings/public/set-9.p7m"; }
autorun() {
    mkfifo "$work/attack/autorun.inf" "$work/attack/desktop.ini" "$work/attack/x.lnk" \
        "$work/attack/.autorun" "$tree/x.desktop" "$tree/rings/public/thumbs.db"
}
stowaways() {
    mkfifo "$tree/extra" "$tree/rings/public/stranger" "$tree/packages/flags-supplement/x.p7m" \
        "$tree/crl/x.crl" "$tree/recipes/x.rcp" "$tree/root/x.p7m"
}
recipe_exchanged() {
    for file in "$tree"/recipes/*.rcp; do cat "$work"/medium-2/sallyport/recipes/*.rcp >"$file"; done
}

# ---- the world of all rows ----

# take_medium NAME: this one in place of medium 3.
take_medium() {
    rm -rf "$work/attack"
    cp -R "$work/$1" "$work/attack"
    chmod -R u+w "$work/attack"
}

# By the same keys, elsewhere: FORMAT of $as as mirror has it, on another repository.
elsewhere() {
    repository=$1
    shift
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/$repository" "$@" \
        </dev/null
}
ahead() {
    # shellcheck disable=SC2086
    $as env "LD_PRELOAD=$faketime" FAKETIME=+2d FAKETIME_DONT_FAKE_MONOTONIC=1 \
        "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/repo-ahead" "$@" \
        </dev/null
}

make_world() {
    make_mirror && enrol && cp -a "$work/repo" "$work/repo-fork" || return 1
    # Two sets more, before the first mirror makes its second one.
    elsewhere repo-fork refresh public && elsewhere repo-fork export "$work/medium-fork" --ring public &&
        elsewhere repo-fork refresh public &&
        elsewhere repo-fork export "$work/medium-late" --ring public || return 1
    next_medium 2 off && next_medium 3 available || return 1
    mirror export "$work/medium-engineering" --ring engineering || return 1
    cp -a "$work/repo" "$work/repo-ahead"
    ahead refresh public && ahead export "$work/medium-ahead" --ring public || return 1
    elsewhere repo-stranger init "$work/repo-stranger" --org 'Test Works' --ring engineering \
        --ring public --unprotected-keys &&
        elsewhere repo-stranger publish flags-supplement "$work/source-1" --version 9 &&
        elsewhere repo-stranger promote public &&
        elsewhere repo-stranger export "$work/stranger" --ring public || return 1
    openssl cms -verify -inform DER -in "$work/medium-3/sallyport/rings/public/set-3.p7m" \
        -CAfile "$work/repo/root.pem" -purpose any -out "$work/set.json" || return 1
    # Left behind by an agent that is killed.
    agent_start && kill -9 "$agent_pid" && { wait "$agent_pid" 2>/dev/null; agent_pid=; } &&
        mv "$work/socket" "$work/dead-socket"
}

# run_import MEDIUM: bounded, as nothing on a medium may make anybody wait.
run_import() {
    # shellcheck disable=SC2086
    $as timeout 60 "$folder/bin/sallyport-agent" --libexec "$folder/libexec" --state "$work/state" \
        --socket "$work/socket" run --once --json --import "$1" </dev/null >"$work-out" 2>"$work-err"
    status=$?
}

put_back() {
    rm -rf "$work/state"
    cp -a "$work/state-base" "$work/state"
}

# One row, in words for whoever reads the log and tests/attack/catalogue.sh; not 0: another outcome.
judge_row() {
    run_import "$work/attack"
    code=$(jq -r 'if has("imports") then .imports[-1].code else .name end' "$work-out" 2>/dev/null)
    state_print "$work/state" >"$work-after"
    cmp -s "$work-before" "$work-after" && state=unchanged || state=CHANGED
    told=$(state_records "$work/state" "$records" | paste -s -d ';')
    if [ "$status" -eq 0 ] && [ "$2" != ok ]; then
        echo "# $1 ACCEPTED, state $state: $4 ($who)"
        return 1
    fi
    if [ "$2" = ok ]; then
        echo "# $1 lawful: $4 ($who)"
        [ "$status" -eq 0 ] && untimed "$work-after" | cmp -s - "$work-lawful"
        return
    fi
    echo "# $1 refused $code, state $state: $4 ($who)"
    [ "$status" -eq "$3" ] && [ "$code" = "$2" ] && [ "$state" = unchanged ] && told_once "$2"
}

# One record of a refusal, with that code; where it held a package only, one of the import's end as
# well; where there was nothing to refuse, that one alone.
told_once() {
    [ "$told" = "refuse $1" ] || [ "$told" = "refuse $1;import $1" ] || [ "$told" = "import $1" ]
}

# The moments of an import are its own.
untimed() {
    sed -E 's/\b1[0-9]{15}\b/TIME/g' "$1"
}

each_row() {
    echo "$rows" | sed '/^$/d' >"$work-rows"
    while read -r id wanted_code wanted_status make title <&3; do
        take_medium medium-3
        tree=$work/attack/sallyport
        "$make" >"$work-made" 2>&1 || { tap_result 1 "$id $title: made ($who)"; cat "$work-made"; }
        [ -z "$as" ] || chown -hR nobody "$work/attack"
        records=$(state_record_count "$work/state")
        judge_row "$id" "$wanted_code" "$wanted_status" "$title" >"$work-judged"
        judged=$?
        cat "$work-judged"
        tap_result $judged "$title: $wanted_code ($who)"
        [ $judged -eq 0 ] || echo "# exit status $status, audit: $told, $(head -c 600 "$work-out")"
        if [ $judged -ne 0 ] || [ "$wanted_code" = ok ]; then
            put_back
        fi
    done 3<"$work-rows"
}

attacks() {
    make_world >"$work-out" 2>"$work-err"
    made=$?
    tap_result $made "media, and a fork, a stranger and a mirror ahead of time ($who)"
    [ $made -eq 0 ] || { tail "$work-out" "$work-err" | sed 's/^/# /'; return; }
    run_import "$work/medium-2"
    [ "$status" -eq 0 ]
    tap_result $? "medium 2 is in service ($who)"
    [ "$status" -eq 0 ] || head -c 2000 "$work-out" "$work-err" | sed 's/^/# /'
    cp -a "$work/state" "$work/state-base"
    state_print "$work/state" >"$work-before"

    # What the untouched medium brings; and that the print sees it.
    run_import "$work/medium-3"
    [ "$status" -eq 0 ] && state_print "$work/state" >"$work-after" &&
        ! cmp -s "$work-before" "$work-after"
    tap_result $? "medium 3 untouched is accepted, and the print of the state sees it ($who)"
    untimed "$work-after" >"$work-lawful"
    put_back
    each_row
    agent_start || return
    expect 0 'after all of it' client contents --json
    holds 'version 2 serves' '.contents[] | select(.type == "flags-supplement")
        | .version == "2" and .health == "ok"'
    expect 0 'the audit chain' client audit verify
    agent_stop
    put_back
    run_import "$work/medium-3"
    [ "$status" -eq 0 ]
    tap_result $? "and medium 3 is accepted ($who)"
}

faketime_find || tap_skip_all 'libfaketime is not installed'
for_each_user attacks
tap_done
