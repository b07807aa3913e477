#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Rules and policy at publish: what is good comes into the ring, what is wrong is refused with its
# file and line, and nothing is published. What they switch is 470's.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

fixtures=$TOP_SRCDIR/tests/fixtures/content

# publish TYPE FIXTURE: from a copy that this user can read.
publish() {
    rm -rf "$work/source"
    cp -r "$fixtures/$1/$2" "$work/source" && chmod -R a+rX,u+w "$work/source"
    mirror publish "$1" "$work/source" --json
}

# refused TYPE FIXTURE PATTERN
refused() {
    expect 23 "$1 $2 is refused" publish "$1" "$2"
    says 'with its place' "$3"
}

publish_both() {
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring engineering \
        --unprotected-keys
    refused remapper-rules twice 'b.xml:3: ips/enabled: a.xml makes this key already'
    refused remapper-rules function 'a.xml:2: a/b: select: function document: expected one of XPath'
    refused remapper-rules default 'a.xml:2: a/b: default: '
    refused remapper-rules some 'a.xml:2: a/b: convert upper: expected yes-no'
    refused policy doctype 'site.xml:2: a DOCTYPE'
    refused policy encoding 'site.xml:1: expected encoding UTF-8'
    refused policy unclosed 'site.xml:4: '
    expect 0 'nothing was published' mirror list packages --json
    holds 'of either' '.packages | length == 0'
    expect 0 'good rules' publish remapper-rules good
    expect 0 'good policy' publish policy good
}

for_each_user publish_both
tap_done
