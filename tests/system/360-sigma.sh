#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Rules of behaviour through the driver at publish: the starter set and what it builds on, and Sigma
# rules that are converted; what can't be is told all at once, or left out where this is asked for.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
content=$TOP_SRCDIR/tests/fixtures/content

# Sources lie where nobody can read them too.
copied() {
    cp -r "$1" "$work/$2"
    chmod -R a+rX "$work/$2"
}
sigma() {
    mirror publish behavior --from sigma "$@"
}

starter() {
    copied "$content/behavior" starter
    copied "$content/product-rules-feed" product
    expect 0 'product rules pass their selftests' mirror publish product-rules-feed "$work/product"
    expect 0 'the starter set passes its own' mirror publish behavior "$work/starter"
}

converted() {
    copied "$TOP_SRCDIR/tests/fixtures/sigma/good" good
    expect 0 'Sigma rules are converted and pass' sigma "$work/good" --json
    holds 'all of them' '.converted == {format: "sigma", made: 12, left_out: 0, broken: 0, findings: []}'
    expect 4 'the same rules make the same bytes' sigma "$work/good" --fail-unchanged
    (cd "$work/good" && tar cf "$work/good.tar" ./*)
    chmod a+r "$work/good.tar"
    expect 4 'so they do in an archive' sigma "$work/good.tar" --fail-unchanged
}

left_out() {
    copied "$TOP_SRCDIR/tests/fixtures/sigma" all
    expect 23 'what can not be said is refused' sigma "$work/all"
    says 'with each file and line' '^unsupported/unknown-field.yml:12: Hashes'
    says 'and the next file' '^unsupported/count.yml:12: condition: |'
    expect 23 'the same in a document' sigma "$work/all" --json
    holds 'has all findings' '.changed == false and .converted.left_out == 6 and
        ([.converted.findings[].file] | unique | length) == 6'
    expect 4 'left out where this is asked for' sigma "$work/all/good" --skip-unsupported --fail-unchanged
    expect 0 'and told' sigma "$work/all" --skip-unsupported --dry-run
    says 'by number' '^sigma: 12 converted, 6 left out, 0 broken$'
    printf 'title: [\n' >"$work/all/broken.yml"
    expect 23 'a broken file is not left out' sigma "$work/all" --skip-unsupported
    says 'but told' '^broken.yml:2: yaml: '
    [ -z "$(find "$work/repo/scratch" -mindepth 1)" ]
    tap_result $? "nothing is left in scratch ($who)"
}

usage() {
    expect 2 'an unknown format' mirror publish behavior --from falco "$work/good"
    expect 2 'a format for another type' mirror publish product-rules-feed --from sigma "$work/good"
    expect 2 'nothing to leave out' mirror publish behavior --skip-unsupported "$work/starter"
    rm "$folder/libexec/sallyport-convert"
    expect 10 'without the program that converts' sigma "$work/good"
    cp "$TOP_BUILDDIR/drivers/convert/sallyport-convert" "$folder/libexec"
}

run() {
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring public --unprotected-keys
    starter
    converted
    left_out
    usage
}

for_each_user run
tap_done
