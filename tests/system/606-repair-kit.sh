#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A repair-kit, sealed at the mirror and asked by its own driver: what is damaged all over - content, a
# mode, a folder, an index, a program - heals within one cycle, each rule says what it came to, and the
# next cycle does nothing. A kit that is corrupt itself: what is built in heals our own files, and a
# medium brings the kit back.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
system_begin
libexec=$folder/libexec
sh "$TOP_SRCDIR/agent/pristine.sh" "$libexec/pristine" "$libexec"/sallyport-* || exit 1
sound=$(cd "$libexec" && sha384sum sallyport-*)
intake=$(sha384sum <"$libexec/sallyport-intake" | cut -d' ' -f1)

kit_source() {
    mkdir -p "$work/flags" "$work/kit" "$work/broken"
    echo '{"schema":"sallyport.flags/1","releases":{"*":{"repair-kit":"available",
        "source-schedule":"available"}}}' >"$work/flags/flags.json"
    cp "$TOP_SRCDIR"/tests/fixtures/content/repair-kit/*.lua "$work/kit"
    cat >"$work/kit/programs.lua" <<END
local digest = "$intake"
repair{id="programs", title="Programs of this release",
  check=function()
    local s = host.stat("own:sallyport-intake")
    return s ~= nil and s.mode == "0755" and host.sha384("own:sallyport-intake") == digest
  end,
  fix=function() return host.restore_own("own:sallyport-intake") end}
selftest{files={}, calls={"restore_own own:sallyport-intake"}}
selftest{files={["own:sallyport-intake"]={kind="file", mode="0755", sha384=digest}}, calls={}}
END
    cat >"$work/kit/flagged.lua" <<'END'
repair{id="flagged", title="Flags are told", check=function() return flag("repair-kit") end,
  fix=function() return host.clear_staging() end}
selftest{calls={"clear_staging"}}
selftest{flags={["repair-kit"]=true}, calls={}}
END
    cat >"$work/kit/indexes.lua" <<'END'
local names = {"links", "outbox"}
repair{id="indexes", title="Indexes are what the rows say",
  check=function()
    for _, name in ipairs(names) do if not host.index_ok(name) then return false end end
    return true
  end,
  fix=function()
    for _, name in ipairs(names) do
      local done, reason = host.rebuild_index(name)
      if not done then return false, reason end
    end
    return true
  end}
selftest{indexes={outbox=false}, calls={"rebuild_index links", "rebuild_index outbox"}}
selftest{indexes={}, calls={}}
END
    chmod -R a+rX "$work/flags" "$work/kit"
}
make_source() {
    mirror init "$work/repo" --org 'Test Works' --ring engineering --ring public \
        --unprotected-keys &&
        mirror publish flags-supplement "$work/flags" --version 1 &&
        mirror publish repair-kit "$work/kit" --version 1 && mirror promote public &&
        mirror flags set repair-kit on --ring public &&
        mirror flags set source-schedule on --ring public && mirror export "$work/medium-1" --ring public
}
# As the user of the moment.
own() {
    # shellcheck disable=SC2086
    $as "$@"
}
content() { echo "$work/state/content/$1/$(readlink "$work/state/content/$1/current")"; }
# corrupt FILE OFFSET: a byte of content, whose mode comes back.
corrupt() {
    own chmod 600 "$1"
    flip "$1" "$2"
    own chmod 400 "$1"
}
mode() { stat -c %a "$1"; }
programs_sound() { [ "$(cd "$libexec" && sha384sum sallyport-*)" = "$sound" ]; }
# audit FILTER: of the records of repairs.
audit() { call Audit '{"after":0,"limit":1000}' >"$work-out" && jq -e \
    "[.records[] | select(.what == \"repair\")] | $1" "$work-out" >/dev/null; }

# A refusal waits to go home: the outbox has something to lose.
refuse() {
    mirror publish flags-supplement "$work/flags" --version 2 && mirror promote public &&
        mirror export "$work/medium-2" --ring public && client import "$work/medium-2" || return
    ! client import "$work/medium-1" && call Acknowledge '{"up_to":1}'
}

# Whatever can be damaged again.
damage() {
    corrupt "$(content flags-supplement)/flags.json" 12
    own chmod 755 "$work/state/outbox"
    own rmdir "$work/state/staging"
    [ ! -e "$work/state/outbox/1.json" ] || own truncate -s 5 "$work/state/outbox/1.json"
    own rm "$work/state/content/repair-kit/current"
    flip "$libexec/sallyport-intake" 5000
}
healed() {
    cmp -s "$work/flags/flags.json" "$(content flags-supplement)/flags.json" &&
        [ "$(mode "$work/state/outbox") $(mode "$work/state/staging")" = '700 700' ] &&
        [ ! -e "$work/state/outbox/1.json" ] && [ -h "$work/state/content/repair-kit/current" ] &&
        programs_sound
}

# The first look is over, and no other goes on.
quiet() { client status --json >"$work-out" && jq -e '(.importing | not) and
    all(.sources[]; .looked != null)' "$work-out" >/dev/null; }

served() {
    kit_source
    expect 0 'a mirror, a kit and a medium' make_source
    expect 0 'an enrolment' enrol
    agent_start || return 1
    expect 0 'the first import' client import "$work/medium-1"
    expect 0 'a newer one, and a refusal' refuse
    ! grep -rqF 'repair{' "$work/repo" "$work/medium-1" "$work/state/content/repair-kit"
    tap_result $? "the kit is sealed at the mirror, on the medium and here ($who)"
    expect 0 'a run finds all sound' client repair --json
    holds 'and each rule says so' '.result == "sound" and .own == [] and
        ([.rules[] | .outcome] | unique) == ["healthy"] and (.rules | length) == 7'
}

person() {
    expect 0 'engines' call Engines
    holds 'show each rule and what it took' '.engines[] | select(.family == "repair") |
        .rule_counts == {"total": 7, "off": 0} and ([.rules[].rule] | sort) == ["content-restore",
            "flagged", "indexes", "links-anew", "outbox-mode", "programs", "staging-folder"] and
        all(.rules[]; .type == "repair-kit" and .calls > 0 and .off == null)'

    damage
    expect 3 'a dry run' client repair --dry-run --json
    holds 'says what would be done' '.result == "damaged" and
        ([.own[] | "\(.verb) \(.object) \(.done)"] | sort) == ["make_dir state:staging false",
            "rebuild_index links false", "rebuild_index outbox false",
            "restore_own own:sallyport-intake false", "set_mode state:outbox false"]'
    holds 'and by which rules' '[.rules[] | select(.outcome == "due") | .rule] ==
        ["indexes", "outbox-mode", "programs", "staging-folder"]'
    ! healed && ! programs_sound && [ "$(mode "$work/state/outbox")" = 755 ]
    tap_result $? "and does nothing ($who)"
    audit 'length == 0'
    tap_result $? "of which nothing is recorded ($who)"
    expect 0 'one cycle' client repair --from "$work/medium-2" --json
    holds 'says what it did' '.result == "repaired" and ([.own[] | select(.done)] | length) == 5 and
        (.contents | length) == 1 and .contents[0].repaired'
    holds 'and which rules did' '[.rules[] | select(.outcome == "done") | .rule] ==
        ["indexes", "outbox-mode", "programs", "staging-folder"]'
    healed
    tap_result $? "all is healed ($who)"
    audit '[.[] | select(.code == "ok") | .subject] | sort == ["flags-supplement", "links", "outbox",
        "own:sallyport-intake", "state:outbox", "state:staging"]'
    tap_result $? "each has its record ($who)"
    expect 0 'status tells of it' client status --json
    holds 'each by its name' '.health == "ok" and ([.repairs[] | "\(.code) \(.object)"] | sort) ==
        ["ok links", "ok outbox", "ok own:sallyport-intake", "ok state:outbox", "ok state:staging"]'
    expect 0 'the next cycle' client repair --json
    holds 'does nothing' '.result == "sound" and .own == []'
    audit 'length == 6'
    tap_result $? "nothing is recorded ($who)"
}

# The clock's look: what a rule did is not done again so soon, which is told; a person may.
timer() {
    agent_stop
    agent_start --import "$work/medium-2" || return 1
    until_true quiet
    damage
    kill -HUP "$agent_pid"
    until_true healed
    tap_result $? "one look heals it, too ($who)"
    until_true quiet
    own chmod 755 "$work/state/outbox"
    kill -HUP "$agent_pid"
    until_true grep -q 'rule outbox-mode: set_mode state:outbox was tried already: not again so soon' \
        "$work-agent-log"
    tap_result $? "the next look lets it be ($who)"
    until_true quiet
    expect 0 'status tells of it' client status --json
    holds 'by the rule that is left' '.health == "warn" and
        [.repairs[] | select(.code != "ok") | "\(.verb) \(.object)"] == ["rule outbox-mode"]'
    expect 0 'a person'\''s order' client repair --json
    holds 'is carried out' '.result == "repaired" and [.own[].object] == ["state:outbox"] and
        [.rules[] | select(.outcome != "healthy") | .rule] == ["outbox-mode"]'
    expect 0 'nothing is left to say' client check
}

# Nothing of a kit that is corrupt itself is loaded.
corrupt_kit() {
    agent_stop
    corrupt "$(content repair-kit)/programs.lua" 300
    agent_start || return 1
    damage
    expect 3 'a run without a source' client repair --json
    holds 'by what is built in' '.rules == [] and ([.own[] | select(.done) | .object] | sort) ==
        ["links", "own:sallyport-intake", "state:outbox", "state:staging"]'
    expect 0 'status' client status --json
    holds 'says what is wrong' '.health == "fail" and (.contents[] | select(.type == "repair-kit") |
        .health == "fail" and .reason == "bad-digest")'
    expect 0 'a medium' client repair --from "$work/medium-2" --json
    holds 'brings the kit back' '.result == "repaired" and (.contents | map(.type) | sort) ==
        ["flags-supplement", "repair-kit"] and all(.contents[]; .repaired) and
        (.rules | length) == 7 and all(.rules[]; .outcome == "healthy")'
    healed
    tap_result $? "all is healed ($who)"
    expect 0 'nothing is left to say' client check
}

kit() {
    [ -z "$as" ] || chown -R nobody "$libexec"
    served && person && timer && corrupt_kit
}

for_each_user kit
tap_done
