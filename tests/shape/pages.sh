#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Manual pages: clean for mandoc, and their option lists say what the programs' own tables say.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT

# References to our own pages are checked against the folder: they are not installed yet.
lint() {
    for page in "$1"/*.[1-8]; do
        mandoc -T lint "$page" 2>&1 | grep -vE 'referenced manual not found|outdated mandoc.db lacks'
        sed -nE 's/^\.Xr (sallyport[a-z-]*) ([1-8]).*/\1.\2/p' "$page" | sort -u |
            while IFS= read -r reference; do
                [ -f "$1/$reference" ] || echo "${page##*/}: refers to $reference, which is absent"
            done
    done
}

# Program below the build folder | its page.
programs='
tui/sallyport           sallyport.1
mirror/sallyport-mirror sallyport-mirror.8
agent/sallyport-agent   sallyport-agent.8
'

# What the program prints, and what stands in the page between its two marks.
# Pages are written for the default prefix, whatever this build's is; text that a longer prefix
# breaks into more lines is the same text.
generated() {
    "$1" help --mdoc | joined |
        sed -E 's#[^ (]*(/etc|/libexec|/var/lib|/var/run)/sallyport#/usr/local\1/sallyport#g'
}
written() {
    awk '/^\.\\" from help --mdoc/ { on = 1; next } /^\.\\" end of help --mdoc/ { on = 0 } on' "$1" |
        joined
}
joined() {
    awk '/^\./ { if (text != "") print text; text = ""; print; next }
        { text = text == "" ? $0 : text " " $0 }
        END { if (text != "") print text }'
}

differences() {
    generated "$TOP_BUILDDIR/$1" >"$folder/generated" 2>&1 || echo "$1 help --mdoc failed"
    written "$2" >"$folder/written"
    [ -s "$folder/written" ] || echo "$2: no lines between the marks \"from help --mdoc\""
    diff -u "$folder/written" "$folder/generated"
}

if command -v mandoc >/dev/null; then
    tap_empty 'every page is clean' lint "$TOP_SRCDIR/man"
    printf '.Dd November 23, 2026\n.Dt PLANTED 7\n.Os\n.Sh NAME\n.Nm planted\n.Nd x\n.Bogus\n.Xr sallyport-absent 7\n' \
        >"$folder/planted.7"
    tap_found 'finds an unknown macro' 'unknown macro' lint "$folder"
    tap_found 'finds a missing page' 'sallyport-absent.7, which is absent' lint "$folder"
else
    tap_skip 'every page is clean' 'mandoc is not installed'
fi

printf '%s\n' "$programs" >"$folder/programs"
while read -r program page; do
    [ -n "$program" ] || continue
    tap_empty "$page has the options that $program has" differences "$program" "$TOP_SRCDIR/man/$page"
done <"$folder/programs"

# Lists in sallyport-rules.5 that come from tables in C: mark | what makes it.
list_of() {
    case $1 in
    rule-functions.sh) sh "$TOP_SRCDIR/man/rule-functions.sh" "$TOP_SRCDIR"/drivers/rule-library*.c ;;
    behavior-host.c) sh "$TOP_SRCDIR/man/rule-functions.sh" "$TOP_SRCDIR/drivers/behavior-host.c" ;;
    event-fields.sh) sh "$TOP_SRCDIR/man/event-fields.sh" "$TOP_SRCDIR/media/base/event.c" ;;
    rule-bounds.sh) sh "$TOP_SRCDIR/man/rule-bounds.sh" "$TOP_SRCDIR/media/base/limits.h" ;;
    esac
}
list_differs() {
    list_of "$1" >"$folder/generated"
    awk -v mark="$1" '$0 == ".\\\" from " mark { on = 1; next } $0 == ".\\\" end of " mark { on = 0 } on' \
        "$TOP_SRCDIR/man/sallyport-rules.5" >"$folder/written"
    diff -u "$folder/written" "$folder/generated"
}
for mark in rule-functions.sh behavior-host.c event-fields.sh rule-bounds.sh; do
    tap_empty "sallyport-rules.5 has the list of $mark" list_differs "$mark"
done

# Completions as built: their shells read them.
completes() {
    for file in "$TOP_BUILDDIR"/man/completions/*; do
        case $file in
        */_*) "$1" zsh "$file" ;;
        *.fish) "$1" fish "$file" ;;
        *) "$1" bash "$file" ;;
        esac
    done
}
readable() {
    command -v "$1" >/dev/null || return 0
    "$1" -n "$2"
}
names_a_verb() {
    grep -q status "$2" || grep -q publish "$2" || grep -q enroll "$2" || echo "$2: names no verb"
}
tap_empty 'the shells can read the completions' completes readable
tap_empty 'the completions name verbs' completes names_a_verb
tap_done
