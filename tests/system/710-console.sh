#!/bin/sh
# SPDX-License-Identifier: ISC
#
# The console in a terminal (tmux's): an import by keys alone, an old set refused, what happens when
# the window, the agent, the rights or the terminal go, and on every kind of terminal the screens
# that --dump draws.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v tmux >/dev/null || tap_skip_all 'tmux is not installed'
system_begin

glass= # socket of tmux, where it is not in $work
on_terminal() {
    # shellcheck disable=SC2086 # $as is words
    $as env LC_ALL=C.UTF-8 SHELL=/bin/sh TERM=screen tmux -S "${glass:-$work/tmux}" -f "$folder/tmux.conf" "$@"
}
printf '%s\n' 'set -g status off' 'set -g escape-time 0' >"$folder/tmux.conf"

# console SIZE TERM LOCALE [OPTION...]: in a window of its own; "ended STATUS" is what is there last.
console() {
    size=$1 term=$2 locale=$3
    shift 3
    end_terminal
    # A server that is just ending may still take the request, and then nothing is there.
    until_true start_terminal "cd $work; env TERM=$term LC_ALL=$locale \
        XDG_STATE_HOME=$work/state-home NO_COLOR= \
        $folder/bin/sallyport --socket $work/socket console $*; echo ended \$?; exec sleep 600"
}
start_terminal() {
    on_terminal new-session -d -x "${size%x*}" -y "${size#*x}" "$1" 2>/dev/null
}
end_terminal() {
    on_terminal kill-server 2>/dev/null
    until_true no_terminal
}
no_terminal() {
    ! on_terminal list-sessions >/dev/null 2>&1
}

screen() {
    on_terminal capture-pane -p 2>/dev/null
}
shows() {
    screen | grep -qE -- "$1"
}
# sees NAME PATTERN: sooner or later a row of the screen matches.
sees() {
    until_true shows "$2"
    seen=$?
    tap_result $seen "$1 ($who)"
    [ $seen -eq 0 ] || {
        echo "# expected a row like: $2"
        screen | sed 's/^/# /'
    }
}
press() {
    on_terminal send-keys "$@"
}
# What is typed within 300 ms after a question is ignored, so it is typed until it stands there.
typed() {
    press C-u
    press -l "$1"
    until_short shows "cancels: $1 "
}
until_short() {
    for _ in 1 2 3 4; do
        ! "$@" || return 0
        sleep 0.05
    done
    return 1
}
answer() {
    until_true typed "$1"
    press Enter
}
pid_of_console() {
    pgrep -x sallyport -P "$(on_terminal list-panes -F '#{pane_pid}')"
}

# closed_by KEY: what asks goes away; not in its first 300 ms.
closed_by() {
    press "$1"
    until_short not_shows '┌─'
}
not_shows() {
    ! shows "$1"
}

# From plug-in to healthy by keys alone.
import_by_keys() {
    press I
    sees 'I asks what to import' 'From:'
    press C-u
    press -l "$work/medium-$1"
    press Enter
    sees "a preview of set $1" "ring:public.*$1 of "
    sees 'and the word that it takes' "Type $1 and Enter"
}

trip() {
    console 80x24 xterm-256color C.UTF-8
    sees 'the first screen' 'agent up  ring public'
    sees 'says what to do next' 'Next step +Import a medium of this ring'
    import_by_keys 1
    until_true closed_by Enter
    tap_result $? "Enter alone is no ($who)"
    [ "$(client floor --json | jq '.rings | length')" = 0 ]
    tap_result $? "nothing was imported ($who)"
    import_by_keys 1
    answer 9
    sees 'another word is no either' 'That is not 1'
    answer 1
    sees 'the import runs to its end' 'Import of set 1: active'
    press 1
    sees 'and Status has it' 'set 1  '
    press / && press -l flags-supp && press Enter
    sees 'the content is healthy' '> flags-supplement +1 .*\[ OK \]'
    expect 0 'so says the agent' client status --json
    holds 'healthy' '.health == "ok" and .set.sequence == 1'
}

# What another one imports is seen without a key.
live() {
    expect 0 'another client imports' client import "$work/medium-2"
    sees 'the screen follows by itself' 'set 2  '
    press 2
    press x
    sees 'x says whether a medium may be pulled' 'each may be pulled'
    press 1
    press Z
    sees 'Z holds the display' 'PAUSED'
    press Z
    press 4
    sees 'the record is on the audit screen' '\[4 Audit\]'
}

old_set() {
    press I
    sees 'I asks again' 'From:'
    press C-u
    press -l "$work/medium-1"
    press Enter
    sees 'the old set is refused' 'Code +rollback'
    sees 'with the floor' 'ring public: set 2 of'
    sees 'and the lawful way out' 'Ask the mirror for a newer export'
    press Escape
    press 1
}

# An import that hangs in the agent: leaving is asked about, and leaves it alone.
interrupt() {
    import_by_keys 3
    kill -STOP "$agent_pid"
    answer 3
    sees 'it says that it runs' 'The import runs'
    press C-c
    sees 'Ctrl-C asks' 'Leave while an import runs'
    until_true closed_by x
    tap_result $? "any key but y stays ($who)"
    press c
    sees 'c says how it can be stopped' 'pull the medium'
    press Escape
    kill -CONT "$agent_pid"
    sees 'the import goes on' 'Import of set 3: active'
}

# Between the preview and the word another stick was put in: what was
# confirmed is imported, or nothing.
swapped() {
    import_by_keys 4
    mv "$work/medium-4" "$work/medium-4-before"
    mv "$work/medium-5" "$work/medium-4"
    answer 4
    sees 'another set than that of the preview is refused' 'Code +other-set'
    press Escape
    mv "$work/medium-4" "$work/medium-5"
    mv "$work/medium-4-before" "$work/medium-4"
}

# The agent dies while it imports: nobody can say that nothing was changed.
killed() {
    import_by_keys 4
    kill -STOP "$agent_pid"
    answer 4
    sees 'another import runs' 'The import runs'
    kill -KILL "$agent_pid"
    wait "$agent_pid" 2>/dev/null
    agent_pid=
    sees 'it is not called refused' 'The agent is gone; Audit will show'
    press Escape
    agent_start || return
    sees 'the agent is back' 'agent up'
}

window() {
    press 1
    press '?'
    sees 'help' 'this help'
    for size in 60x20 132x43 40x10 80x24; do
        on_terminal resize-window -x "${size%x*}" -y "${size#*x}"
        sees "[J7] at $size the pop-up is there" 'this help|Keys on Status'
    done
    press Escape
    on_terminal resize-window -x 38 -y 9
    sees 'too small says so' 'window 38x9, need 40x10'
    on_terminal resize-window -x 1 -y 1
    press j
    on_terminal resize-window -x 80 -y 24
    sees '[J7] back from 1x1' 'F10Quit'
    pid=$(pid_of_console)
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        kill -WINCH "$pid" && kill -WINCH "$pid" && kill -WINCH "$pid"
    done
    press 5
    sees '[J7] a storm of signals does nothing' '\[5 Engines\]'
    press 1
}

down_and_back() {
    press 1
    sees 'Status again' '\[1 Status\]'
    agent_stop
    sees 'the agent is gone' 'AGENT DOWN, seen'
    sees 'what it said last stays' 'set 3  '
    press e
    sees 'e says how to start it' 'sallyport-agent run'
    press Escape
    press q
    sees 'q leaves' 'ended 0'
    mode=$(stat -c %a "$work/state-home/sallyport/last-status.json")
    [ "$mode" = 600 ]
    tap_result $? "what was known is kept for its owner alone ($who)"
    console 80x24 xterm-256color C.UTF-8
    sees 'a console that begins without agent knows it' 'AGENT DOWN, seen'
    sees 'with all of it' 'set 3  '
    agent_start || return
    sees 'and follows when it is back' 'agent up'
}

# The line is cut: the console ends, the agent does not care.
gone() {
    pid=$(pid_of_console)
    end_terminal
    until_true has_ended "$pid"
    tap_result $? "[J7] no terminal, no console ($who)"
    expect 0 'the agent lives' client status
    console 80x24 xterm-256color C.UTF-8
    sees 'another console' 'agent up'
    kill -TERM "$(pid_of_console)"
    sees 'SIGTERM ends it, and the terminal is as it was' 'ended 143'
    console 80x24 "''" C.UTF-8
    sees '[J7] without TERM it names what works' 'console --plain'
    sees 'and is a wrong use' 'ended 2'
    expect 2 'without a terminal too' client console
    says 'in words' 'sallyport status'
}
has_ended() {
    ! kill -0 "$1" 2>/dev/null
}

# What is on the glass is what --dump draws; compare WIDTHxHEIGHT CHARSET SCREEN.
same() {
    screen | sed 's/ *$//' >"$work/glass"
    cmp -s "$work/glass" "$work/dump"
}
compare() {
    "$folder/bin/sallyport" console --dump "$3" --size "$1" --charset "$2" --fixture "$fixture" \
        >"$work/dump"
    until_true same
    same=$?
    tap_result $same "$3 at $1, $term, $2, ${fixture##*/} ($who)"
    [ $same -eq 0 ] || diff "$work/dump" "$work/glass" | sed 's/^/# /'
}
compare_all() {
    number=0
    for name in status media import audit engines; do
        number=$((number + 1))
        press $number
        compare "$size" "$1" "$name"
    done
}

# Whether any cell has a colour (SGR 30 to 47; 39 and 49 are the terminal's own).
colored() {
    on_terminal capture-pane -pe | grep -q "$(printf '\033')\\[[0-9;]*[34][0-7]m"
}

terminals() {
    fixture=$TOP_SRCDIR/tests/tui/fixture/trouble.json
    console 80x24 xterm-256color C.UTF-8 --fixture "$fixture"
    for size in 80x24 132x43 60x20 40x10; do
        on_terminal resize-window -x "${size%x*}" -y "${size#*x}"
        compare_all utf8
    done
    colored
    tap_result $? 'states have colours'
    console 80x24 xterm-256color C.UTF-8 --color never --fixture "$fixture"
    compare 80x24 utf8 status
    ! colored
    tap_result $? 'and none with --color never'
    for term in vt100 linux xterm-256color; do
        console 80x24 "$term" C --fixture "$fixture"
        for size in 80x24 40x10; do
            on_terminal resize-window -x "${size%x*}" -y "${size#*x}"
            compare "$size" ascii status
        done
    done
    # Escape sequences, bidi marks, wide and combining letters from outside move nothing.
    fixture=$TOP_SRCDIR/tests/tui/fixture/hostile.json
    console 80x24 xterm-256color C.UTF-8 --fixture "$fixture"
    compare_all utf8
    console 80x24 vt100 C --fixture "$fixture"
    compare_all ascii
    console 80x24 dumb C
    sees 'a terminal that can only print gets lines' 'Number or letter:'
    end_terminal
}

# Whoever is of the reading group alone may look, and is told so before anything is asked.
looker() {
    printf '[agent]\nread-group = nogroup\n' >"$work/agent.conf"
    agent_stop
    agent_start --config "$work/agent.conf" || return
    chmod 755 "$work"
    as='setpriv --reuid nobody --regid nogroup --clear-groups --'
    mkdir "$folder/looker"
    chown nobody "$folder/looker"
    glass=$folder/looker/tmux
    console 80x24 xterm-256color C.UTF-8
    sees 'who may only look sees so' 'READ-ONLY'
    press I
    sees 'and is told who may act' 'You may only look'
    press 4
    sees 'all of it is there to see' 'import.dry-run'
    end_terminal
    agent_stop
    as=''
    agent_start || return
    as='setpriv --reuid nobody --regid nogroup --clear-groups --'
    console 80x24 xterm-256color C.UTF-8
    sees 'who may not even look sees that' 'AGENT DOWN'
    press e
    sees 'and how to be let in' 'member of'
    end_terminal
    as='' glass=
}

whole() {
    { make_mirror && enrol && next_medium 2 off && next_medium 3 available &&
        next_medium 4 off && next_medium 5 available; } >"$work-out" 2>&1
    tap_result $? "a mirror with five sets ($who)"
    agent_start || return
    trip
    live
    old_set
    interrupt
    swapped
    killed
    window
    down_and_back
    gone
    [ -n "$as" ] || terminals
    [ -n "$as" ] || [ "$(id -u)" -ne 0 ] || looker
    end_terminal
}
for_each_user whole
tap_done
