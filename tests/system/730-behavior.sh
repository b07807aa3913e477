#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Behaviour rules from a publisher's folder to a detection at the endpoint: a script that a shell drops
# and runs is seen by the kernel's own events, tagged by reputation, and told once. As nobody there are
# no events of processes: the rules are loaded, Engines says why, and a recording is played to them.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
cp "$TOP_BUILDDIR/tests/system/call" "$folder/bin" || exit 1

rules() {
    mkdir -p "$work/rules" "$work/product" "$work/lists"
    cat >"$work/product/shells.lua" <<'END'
rule{id="shells", title="Shells", severity="info", attack={}, thumbprint={"path"}}
provide("shells", {"*/sh", "*/bash", "*/dash"})
on("exec", {where={path="/no/such/file"}}, function(e) detect{path=e.path} end)
selftest{events={{type="exec", path="/no/such/file"}}, detects=1}
selftest{events={{type="exec", path="/bin/ls"}}, detects=0}
END
    cat >"$work/rules/dropped.lua" <<END
rule{id="dropped-script", title="A dropped script runs", severity="high", attack={"T1059.004"},
  thumbprint={"path"}}
on("exec", {where={path="$work/drop/*"}, by={"path"}, window=600, mode="first"}, function(e)
  local mine = false
  for _, glob in ipairs(use("shells")) do
    if e.parent and e.parent.path and match.glob(e.parent.path, glob) then mine = true end
  end
  if mine and e.rep ~= "good" then
    tag(e, "verdict", e.rep or "unknown")
    detect{path=e.path, rep=e.rep or "unknown"}
  end
end)
selftest{uses={shells={"*/sh"}}, events={{type="exec", path="$work/drop/a", parent={path="/bin/sh"}}},
  detects=1}
selftest{uses={shells={"*/sh"}}, events={{type="exec", path="$work/drop/a", parent={path="/bin/ls"}}},
  detects=0}
END
    cat >"$work/rules/own.lua" <<'END'
rule{id="own-content", title="Content came into service", severity="info", attack={},
  thumbprint={"content", "version"}}
on("content", {where={state="active", version="2"}}, function(e) detect{content=e.content, version=e.version} end)
selftest{events={{type="content", content="a", version="2", state="active"}}, detects=1}
selftest{events={{type="content", content="a", version="2", state="staged"}}, detects=0}
END
    mkdir -p "$work/drop"
    for name in bad good; do
        printf '#!/bin/sh\necho %s\n' $name >"$work/drop/$name.sh"
        chmod 755 "$work/drop/$name.sh"
        printf '%s,%s,%s\n' "$(sha256sum <"$work/drop/$name.sh" | cut -d' ' -f1)" $name $name
    done >"$work/lists/sha256.csv"
    chmod -R a+rX "$work"
}

publish() {
    mirror publish local-rep-data "$work/lists" --version 1 &&
        mirror publish product-rules-feed "$work/product" --version 1 &&
        mirror publish behavior "$work/rules" --version 1 &&
        mirror promote public && mirror flags set behavior on --ring public &&
        mirror export "$work/stick" --ring public
}

sees() {
    call Engines >"$work-out" 2>"$work-err" &&
        jq -e '.engines[] | select(.family == "behavior") | .events.sources.exec' "$work-out" \
            >/dev/null
}
detected() {
    client detections --json >"$work-out" 2>"$work-err" &&
        jq -e ".detections | length >= $1" "$work-out" >/dev/null
}

behavior() {
    rules
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys
    expect 0 'rules, product rules and reputation are published' publish
    expect 0 'enrol' enrol
    agent_start || return
    expect 0 'import' client import "$work/stick"
    until_true sees
    tap_result $? "Engines says where events of processes come from ($who)"
    holds 'all rules serve' '.engines[] | select(.family == "behavior") | .rule_counts.total == 3 and
        .rule_counts.off == 0'
    printf '%s\n' '{"type":"exec","time":1,"path":"'"$work"'/drop/bad.sh","parent":{"pid":1,"path":"/bin/sh"}}' \
        >"$work/recording.jsonl"
    chmod 644 "$work/recording.jsonl"
    expect 0 'a recording is played' client events replay "$work/recording.jsonl" --json
    holds 'and detected, here only' '.raised == 1 and .detections[0].rule == "dropped-script"'
    expect 0 'nothing was detected by it' client detections --json
    holds 'in truth' '.detections == []'
    mirror publish local-rep-data "$work/lists" --version 2 >"$work-out" 2>&1 &&
        mirror promote public >"$work-out" 2>&1
    expect 0 'the next version of a content' mirror export "$work/stick-2" --ring public
    expect 0 'comes into service' client import "$work/stick-2"
    until_true detected 1
    tap_result $? "which a rule is told, without any right ($who)"
    holds 'with its version' '.detections[0].facts == {"content": "local-rep-data", "version": "2"}'
    [ "$who" = root ] || return
    # A shell that the rule knows runs them: sh reads the first line of each itself where it must.
    /bin/sh -c "'$work/drop/good.sh'; '$work/drop/bad.sh'; '$work/drop/bad.sh'; true" >/dev/null
    until_true detected 2
    tap_result $? "a real execve is detected ($who)"
    holds 'once, by aggregation, and the good file left alone' \
        '[.detections[1:][].facts.path] == ["'"$work"'/drop/bad.sh"]'
    holds 'tagged by reputation' '.detections[1].facts.rep == "bad"'
    expect 0 'for people' client detections
    says 'with rule and facts' 'high +dropped-script: A dropped script runs'
    expect 0 'it waits to go home' client outgoing --json
    holds 'as a detection' '[.categories[] | select(.category == "detections")][0].items == 2'
    call Audit '{"after":0,"limit":1000}' >"$work-out" 2>"$work-err"
    holds 'and is in the audit chain' '[.records[] | select(.what == "detection")] | length == 2'
}

for_each_user behavior
tap_done
