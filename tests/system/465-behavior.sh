#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Behaviour rules at publish: the endpoint's own driver runs their selftests in its sandbox, so that
# nothing untested and nothing that fails its tests gets into a ring.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin

# rule NAME: standard input is what comes after its head.
rule() {
    rm -rf "$work/source"
    mkdir -p "$work/source"
    { echo "rule{id=\"$1\", title=\"A rule\"}" && cat; } >"$work/source/$1.lua"
    chmod -R a+rX "$work/source"
}

# refused NAME PATTERN: the rule that is there.
refused() {
    expect 23 "$1 is refused" mirror publish behavior "$work/source" --version 1
    says 'by name' "$2"
}

publish_rules() {
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring engineering \
        --unprotected-keys
    rule untested <<'END'
on("exec", {where={path="/tmp/*"}}, function(e) detect{path=e.path} end)
END
    refused untested 'untested\.lua: rule untested: expected a positive and a negative selftest'
    rule failing <<'END'
on("exec", {where={path="/tmp/*"}}, function(e) detect{path=e.path} end)
selftest{events={{type="exec", path="/opt/a"}}, detects=1}
END
    refused failing 'failing\.lua:3: rule failing: selftest: expected 1 detections, got 0'
    rule endless <<'END'
while true do end
END
    refused endless 'endless\.lua:2: rule endless: took longer than'
    expect 0 'nothing was published' mirror list packages --json
    holds 'of them' '.packages | length == 0'
    rule good <<'END'
on("exec", {where={path="/tmp/*"}}, function(e) detect{path=e.path} end)
selftest{events={{type="exec", path="/tmp/a"}}, detects=1}
selftest{events={{type="exec", path="/opt/a"}}, detects=0}
END
    expect 0 'a good rule' mirror publish behavior "$work/source" --version 1
}

for_each_user publish_rules
tap_done
