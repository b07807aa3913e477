# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# Our side of trip.sh, sourced. An endpoint has a state folder of its own; one runs at a time.
who=bench
cp "$programs/driver" "$folder/libexec/sallyport-driver-scanner"
since=yes
"$folder/bin/sallyport-mirror" help export | grep -q -- --since || since=

ours() {
    name=$1 from=$3 to=$4
    shift
    case $1 in
    import | inspect) pid=$agent_pid ;;
    *) pid=0 ;;
    esac
    measured "$subject" "$name" "$pid" sh "$scripts/ours.sh" "$1" "$from" "$to"
}

ours_prepare() {
    {
        mirror init "$work/repo" --org Bench --ring one --unprotected-keys &&
            printf 'correct horse battery staple\n' >"$work-passphrase" &&
            chmod 600 "$work-passphrase" &&
            mirror enroll endpoint --ring one -o "$work/enrolment" \
                --passphrase-file "$work-passphrase" &&
            agent enroll "$work/enrolment" --passphrase-file "$work-passphrase"
    } >"$work-out" 2>&1 || {
        cat "$work-out"
        return 1
    }
}

ours_publish() {
    ours "publish$1" publish 0 "$1" || return 1
    mirror show one --json 2>/dev/null | jq .document.sequence >"$work/set-$1"
}

ours_same() {
    [ "$run" = 1 ] || return 0
    for pair in null/a ml-models/b; do
        [ -d "$content/$1/${pair#*/}" ] || continue
        same "$content/$1/${pair#*/}" "$work/state/content/${pair%/*}/current/" ||
            record "$subject" "import$1" none "differs: $(head -n 1 "$folder/different")"
    done
}

# The next version to an endpoint that has the first: from the medium that is meant for that or,
# where there is none yet, from a whole one, which is another row.
ours_next() {
    medium_new next
    if [ -n "$since" ]; then
        ours "export$1" export 1 "$1" || return 1
        record "$subject" "export$1" bytes "$(medium_bytes)"
        ours "import$1" import 1 "$1" || return 1
    else
        for step in export import; do
            record "$subject" "$step$1" none 'export has no --since yet'
        done
        ours "export${1}whole" export 0 "$1" && ours "import${1}whole" import 0 "$1" || return 1
    fi
    ours_same "$1"
}

# What the agent and its drivers hold and how often they wake up while nobody asks for anything.
ours_idle() {
    [ "$run-$subject" = 1-ours ] || return 0
    seconds=${BENCH_IDLE_SECONDS:-10}
    before=$(switches)
    sleep "$seconds"
    record "$subject" idle wakeups "$(($(switches) - before))"
    record "$subject" idle seconds "$seconds"
    record "$subject" idle agent "$(awk '$1 == "VmRSS:" { print $2 }' "/proc/$agent_pid/status")"
    for pid in $(pgrep -P "$agent_pid"); do
        awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status"
    done | awk '{ sum += $1 } END { print "ours idle children", sum + 0 }' >>"$rows"
}
switches() {
    for pid in $agent_pid $(pgrep -P "$agent_pid"); do
        cat "/proc/$pid/status" 2>/dev/null
    done | awk '$1 == "voluntary_ctxt_switches:" { sum += $2 } END { print sum + 0 }'
}

ours_first() {
    medium_new first
    ours_publish 1 && ours export1 export 0 1 || return 1
    record "$subject" export1 bytes "$(medium_bytes)"
    agent_start || return 1
    ours import1 import 0 1 || return 1
    ours_same 1
    [ "$subject" = list ] || ours inspect1 inspect 0 1
    ours_idle
    agent_stop
    cp -a "$work/state" "$work/state-1"
}

# Each later version to an endpoint that has the first.
ours_round() {
    ours_prepare && ours_first || return
    for version in $versions; do
        [ "$version" != 1 ] || continue
        retire "$work/state"
        cp -a "$work/state-1" "$work/state"
        ours_publish "$version" && agent_start && ours_next "$version"
        agent_stop
    done
}

# The sorted list by itself, once: how many bytes its even change is.
list_round() {
    [ "$run-$versions" = '1-1 2 3' ] || return 0
    whole=$content all=$versions
    content=$folder/listed versions='1 3'
    list=a/reputation/sha256.bin
    for version in $versions; do
        mkdir -p "$content/$version/a/reputation"
        ln "$whole/$version/$list" "$content/$version/$list"
    done
    ours_round
    record merge export3 bytes "$("$programs/record-merge" "$whole/1/$list" "$whole/3/$list")"
    rm -r "$content"
    content=$whole versions=$all
}
