#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Behaviour rules require the product rules that they were published with. Where those fail on an
# endpoint, both contents keep their versions before; and both go on once mended ones come. The mirror's
# own driver takes everything here (tests/system/wild-driver.c): else what fails could not be published.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
mkdir "$folder/libexec-tame"
cp "$folder"/libexec/* "$folder/libexec-tame"
cp "$TOP_BUILDDIR/tests/system/wild-driver" "$folder/libexec-tame/sallyport-driver-behavior" || exit 1
: >"$folder/libexec-tame/tame"
chmod -R a+rX "$folder"

tame_mirror() {
    # shellcheck disable=SC2086
    $as "$folder/bin/sallyport-mirror" --libexec "$folder/libexec-tame" --repo "$work/repo" "$@" \
        </dev/null
}

# product N DETECTS: a rule whose own selftest expects that many.
product() {
    mkdir -p "$work/product-$1"
    cat >"$work/product-$1/shells.lua" <<END
rule{id="shells", title="Shells $1", severity="info", attack={}, thumbprint={"path"}}
provide("version", $1)
on("exec", {where={path="/no/such/file"}}, function(e) detect{path=e.path} end)
selftest{events={{type="exec", path="/no/such/file"}}, detects=$2}
selftest{events={{type="exec", path="/bin/ls"}}, detects=0}
END
    chmod -R a+rX "$work/product-$1"
}

rules() {
    mkdir -p "$work/rules-$1"
    cat >"$work/rules-$1/probe.lua" <<END
rule{id="probe", title="Probe $1", severity="info", attack={}, thumbprint={"product"}}
on("exec", {where={path="/probe"}}, function(e) detect{product=use("version"), rules=$1} end)
selftest{uses={version=1}, events={{type="exec", path="/probe"}}, detects=1}
selftest{uses={version=1}, events={{type="exec", path="/bin/ls"}}, detects=0}
END
    chmod -R a+rX "$work/rules-$1"
}

# publish N DETECTS: version N of both, to a medium.
publish() {
    product "$1" "$2"
    rules "$1"
    tame_mirror publish product-rules-feed "$work/product-$1" --version "$1" &&
        tame_mirror publish behavior "$work/rules-$1" --version "$1" &&
        tame_mirror promote public && tame_mirror flags set behavior on --ring public &&
        tame_mirror export "$work/medium-$1" --ring public
}

# What serves: the rules, and what they see of the product rules.
probe() {
    printf '{"type":"exec","time":1,"path":"/probe","parent":{}}\n' >"$work/probe.jsonl"
    chmod 644 "$work/probe.jsonl"
    expect 0 "$1" client events replay "$work/probe.jsonl" --json
    holds 'both of the same version' \
        "[.detections[] | .facts] == [{\"product\": $2, \"rules\": $2}]"
}

together() {
    expect 0 'a mirror' tame_mirror init "$work/repo" --org 'Test Works' --ring engineering \
        --ring public --unprotected-keys
    expect 0 'version 1 of both' publish 1 1
    expect 0 'enrol' enrol
    agent_start || return
    expect 0 'version 1 is imported' client import "$work/medium-1"
    probe 'version 1 serves' 1
    expect 0 'version 2, whose product rules fail' publish 2 7
    expect 3 'version 2 is imported in part' client import "$work/medium-2"
    probe 'version 1 serves still' 1
    expect 0 'contents say so' client contents --json
    holds 'both are as they were' '[.contents[] | .version // empty] == ["1", "1"]'
    holds 'product rules: what failed' '.contents[] | select(.type == "product-rules-feed") |
        .words | test("shells.lua:4: rule shells: selftest: expected 7 detections, got 1")'
    holds 'behaviour rules: what they lack' '.contents[] | select(.type == "behavior") |
        .reason == "requires" and (.words | test("needs product-rules-feed of issue 2"))'
    agent_stop
    agent_start || return
    probe 'version 1 serves after a start' 1
    expect 0 'version 3 of both' publish 3 1
    expect 0 'version 3 is imported' client import "$work/medium-3"
    probe 'version 3 serves' 3
    product 4 1
    rules 4
    expect 0 'version 4' tame_mirror publish product-rules-feed "$work/product-4" --version 4
    expect 0 'of both' tame_mirror publish behavior "$work/rules-4" --version 4
    expect 3 'rules alone are not promoted' tame_mirror promote public --only behavior --json
    holds 'and the reason is told' '.changed == false and .left[0].type == "behavior" and
        .left[0].reason == "requires"'
    expect 0 'product rules alone are' tame_mirror promote public --only product-rules-feed
    expect 0 'and then the rules' tame_mirror promote public
}

for_each_user together
tap_done
