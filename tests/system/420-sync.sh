#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A mirror of a mirror: from a folder, a medium and by HTTP it takes over what the first one
# published, byte for byte, and signs nothing. What is older, contradicts or was tampered with is
# refused by name and changes nothing; endpoints that were enrolled at the first import from the
# second.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# The mirror of the mirror, in a folder of its own: below REPO.
below() {
    repo=$1
    shift
    # shellcheck disable=SC2086 # $as is words
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec" --repo "$work/$repo" "$@" \
        </dev/null
}
# What lies in its tree and catalog: every name and every byte.
tree_of() {
    (cd "$work/$1" && find tree mirror.conf root.pem -type f -exec sha384sum {} + | LC_ALL=C sort -k 2)
}
catalog_of() {
    below "$1" list packages --json | jq -S . && below "$1" list --json | jq -S .
}
# unchanged NAME REPO: it is as remember() saw it.
remember() {
    tree_of "$1" >"$work-tree" && catalog_of "$1" >"$work-catalog"
}
unchanged() {
    tree_of "$2" >"$work-tree-now" && catalog_of "$2" >"$work-catalog-now"
    cmp -s "$work-tree" "$work-tree-now" && cmp -s "$work-catalog" "$work-catalog-now"
    tap_result $? "$1 ($who)"
    diff "$work-tree" "$work-tree-now" | sed 's/^/# /'
}
# The documents and recipes of both trees; packs are packed anew, and INDEX names them.
same_documents() {
    for tree in repo "$1"; do
        (cd "$work/$tree/tree/sallyport" &&
            find root crl rings packages recipes -type f -exec sha384sum {} + | LC_ALL=C sort -k 2) \
            >"$work-documents-$tree"
    done
    cmp -s "$work-documents-repo" "$work-documents-$1"
}

first_syncs() {
    root=$work/repo/tree/sallyport/root/1.p7m
    expect 2 'without a root document there is nothing to believe' \
        below below sync "$work/repo/tree"
    says 'and it says so' 'give --root FILE'
    [ ! -e "$work/below" ]
    tap_result $? "nothing was made ($who)"
    expect 0 'a first sync from a folder' \
        below below sync "$work/repo/tree" --root "$root" --json
    holds 'took both rings' '.changed and ([.rings[] | .state] == ["new", "new"]) and .frames > 0'
    same_documents below
    tap_result $? "documents and recipes are the same bytes ($who)"
    expect 0 'it verifies' below below verify --json
    holds 'without failures and strays' '.failures == 0 and .strays == 0'
    remember below
    expect 0 'a second sync' below below sync --json
    holds 'finds all of it here' '(.changed | not) and .frames == 0'
    unchanged 'and changes no file' below
    expect 4 'which can be an exit status' below below sync --fail-unchanged

    expect 0 'a first sync from a medium' \
        below below-medium sync "$work/medium-1" --root "$root" --json
    holds 'takes the ring that it carries' '[.rings[] | .state] == ["not-carried", "new"]'
    serve_start
    expect 0 'a first sync by HTTP' \
        below below-http sync "http://127.0.0.1:$port" --root "$root" --json
    same_documents below-http
    tap_result $? "documents and recipes are the same bytes ($who)"
    expect 0 'a second one by HTTP' below below-http sync --json
    holds 'finds all of it here' '.changed | not'
    serve_stop
}

verbs() {
    remember below
    expect 2 'it publishes nothing' below below publish flags-supplement "$work/source-1"
    says 'and says where to' "is a mirror of .*: run publish there, and sync here"
    expect 2 'it enrols nobody' below below enroll endpoint-2 --ring public -o "$work/other.enrol"
    expect 2 'a mirror that signs is none of a mirror' mirror sync "$work/below/tree"
    says 'and says so' 'signs for itself'
    expect 0 'list works' below below list
    expect 0 'show works' below below show public
    unchanged 'nothing of that changed anything' below
}

# An endpoint that was enrolled at the first mirror.
endpoint() {
    expect 0 'an endpoint is enrolled at the first mirror' enrol
    agent_start || return
    expect 0 'it imports from the tree below' client import "$work/below/tree" --json
    client contents --json | jq -e '.contents[] | select(.version == "1")' >/dev/null
    tap_result $? "and serves its content ($who)"
    expect 0 'the next version' next_medium 2 off
    expect 0 'goes down' below below sync --json
    holds 'as one set a ring' '[.rings[] | .state] == ["new", "new"]'
    upstream_repo=$work/repo
    mv "$work/repo" "$work/away" && mv "$work/below" "$work/repo"
    serve_start
    expect 0 'and to the endpoint, by HTTP from below' client import "http://127.0.0.1:$port" --json
    serve_stop
    mv "$work/repo" "$work/below" && mv "$work/away" "$upstream_repo"
    client contents --json | jq -e '.contents[] | select(.version == "2")' >/dev/null
    tap_result $? "which serves it ($who)"
    agent_stop
}

refusals() {
    remember below
    expect 21 'an older export is refused' below below sync "$work/medium-1" --json
    holds 'as rollback, by name' '.rings[] | select(.ring == "public") | .state == "refused" and
        .code == "rollback" and (.message | test("rings/public/set-[0-9]+.p7m"))'
    unchanged 'and changed nothing' below
    head -c 3000000 /dev/urandom >"$work/blob"
    chmod a+r "$work/blob"
    expect 0 'a package of many frames' mirror publish null "$work/blob" --version 1
    expect 0 'promoted' mirror promote public
    expect 0 'exported' mirror export "$work/medium-blob" --ring public

    # In the middle of the largest file of each kind: that of the new package.
    for kind in packs recipes packages/null rings/public; do
        rm -rf "$work/bad"
        cp -R "$work/medium-blob" "$work/bad"
        # shellcheck disable=SC2012 # names of the format
        file=$work/bad/sallyport/$kind/$(ls -S "$work/bad/sallyport/$kind" | head -n 1)
        flip "$file" $(($(wc -c <"$file") / 2))
        expect 20 "a flipped byte in $kind is refused" below below sync "$work/bad" --json
        says 'and the file is named' "$(basename "$file")"
        unchanged 'and changed nothing' below
    done
    rm -rf "$work/bad"
    expect 0 'the same export as it was is taken' below below sync "$work/medium-blob" --json
    holds 'with its frames' '.frames > 4 and .bytes > 1000000'
    expect 0 'and it verifies' below below verify --json
    holds 'without failures and strays' '.failures == 0 and .strays == 0'
}

# What a mirror decides about keys travels, and what it may not be.
keys_travel() {
    expect 0 'another release key' mirror keys issue release
    expect 0 'the one before is revoked' mirror revoke release.1 --reason lost --compromised
    expect 0 'a second root CA' mirror rotate-root --new-root
    expect 0 'a dry run' below below sync --dry-run --json
    holds 'tells of both' '.roots == 1 and .lists > 0 and (.changed | not)'
    expect 0 'a sync' below below sync --json
    holds 'takes both' '.roots == 1 and .lists > 0 and .changed'
    [ -e "$work/below/tree/sallyport/root/2.p7m" ]
    tap_result $? "the root document is there ($who)"
    cmp -s "$work/repo/root.pem" "$work/below/root.pem"
    tap_result $? "and its roots are those of root.pem ($who)"
    expect 0 'and it verifies' below below verify --json
    holds 'without failures and strays' '.failures == 0 and .strays == 0'
    remember below
    expect 0 'once more' below below sync --root "$work/repo/tree/sallyport/root/2.p7m" --json
    holds 'is nothing' '.changed | not'
    unchanged 'and changes no file' below
    expect 0 'another mirror' below other init "$work/other" --ring public --unprotected-keys
    expect 21 'whose root document contradicts the one here' \
        below below sync --root "$work/other/tree/sallyport/root/1.p7m"
    expect 21 'and so does its tree' below below sync "$work/other/tree" --json
    says 'by name' 'root/1.p7m'
    unchanged 'and nothing changed' below
}

# One ring of two; a medium that was put together from two; names of others; volumes.
parts() {
    expect 0 'the next set of both rings' mirror refresh engineering
    expect 0 'refreshed' mirror refresh public
    rm -rf "$work/bad"
    cp -R "$work/repo/tree" "$work/bad"
    # shellcheck disable=SC2012
    file=$(ls -v "$work"/bad/sallyport/rings/engineering/set-*.p7m | tail -n 1)
    flip "$file" 900
    touch "$work/bad/sallyport/packs/README"
    expect 0 'a name of no format' touch "$work/bad/sallyport/rings/public/stranger"
    expect 3 'a ring that is refused holds up no other' below below sync "$work/bad" --json
    holds 'and is named' '[.rings[] | .state] == ["refused", "new"] and .ignored > 0 and
        (.rings[0].message | test("rings/engineering/set-"))'
    expect 0 'without the flipped byte it is taken as well' below below sync --json
    holds 'alone' '[.rings[] | .state] == ["new", "current"]'

    expect 0 'a medium' mirror export "$work/medium-mixed" --ring public
    expect 0 'and another set' mirror refresh public
    cp "$work"/repo/tree/sallyport/rings/public/set-[0-9]*.p7m "$work/medium-mixed/sallyport/rings/public"
    remember below
    expect 20 'which was put onto the first medium' below below sync "$work/medium-mixed" --json
    holds 'is refused as mixed' '.rings[] | select(.ring == "public") | .code == "mixed-export"'
    unchanged 'and changed nothing' below
}

# Export needs a key that the first mirror certified.
exports() {
    expect 10 'without a key nothing is exported' below below export "$work/medium-below" --ring public
    says 'and the role is named' 'no key of the role export'
    $as cp -R "$work/repo/keys" "$work/below/keys"
    printf '\n[key export]\nrole = export\nlocator = keys/export.key\ncertificates = keys/export.pem\n' \
        >>"$work/below/mirror.conf"
    expect 0 'with one it is' below below export "$work/medium-below" --ring public
    expect 0 'and taken elsewhere' below elsewhere sync "$work/medium-below" \
        --root "$work/repo/tree/sallyport/root/2.p7m" --json
    holds 'as any medium' '[.rings[] | .state] == ["not-carried", "new"]'
}

# Cut between two volumes: what one has is kept.
volumes() {
    head -c 5000000 /dev/urandom >"$work/blob"
    chmod a+r "$work/blob"
    expect 0 'a larger package' mirror publish null "$work/blob" --version 2
    expect 0 'promoted' mirror promote public
    expect 0 'exported in volumes' mirror export "$work/volumes" --ring public --volume-size 4M
    set -- "$work"/volumes/*
    [ $# -gt 1 ]
    tap_result $? "there are several ($who)"
    expect 24 'one volume alone' below below sync "$1" --json
    says 'says what is missing' 'are in no pack of the source; the others are kept'
    for volume in "$@"; do
        below below sync "$volume" --ring public --json >"$work-out" 2>"$work-err"
        status=$?
    done
    [ "$status" -eq 0 ]
    tap_result $? "after all of them it is whole ($who)"
    expect 0 'and verifies' below below verify --json
    holds 'without failures and strays' '.failures == 0 and .strays == 0'
}

trips() {
    expect 0 'a mirror' make_mirror
    first_syncs
    verbs
    endpoint
    refusals
    keys_travel
    parts
    volumes
    exports
}
for_each_user trips
tap_done
