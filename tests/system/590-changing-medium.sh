#!/bin/sh
# SPDX-License-Identifier: ISC
#
# A medium whose bytes are others at one read than at the next, that fails at one read, or is gone
# from one read on: at each read that an import makes of it. Refused, and nothing that state.sh
# prints is another byte; or, where only a hint was read wrongly, imported as the intact medium is.
# As the second user at every fifth read.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
. "$TOP_SRCDIR/tests/system/state.sh"
command -v sqlite3 >/dev/null || tap_skip_all 'sqlite3 is not installed'
[ "$(uname -m)" = x86_64 ] || tap_skip_all 'calls can be changed on x86-64 only'
faulter=$TOP_BUILDDIR/tests/system/fault
tap_built "$faulter"
"$faulter" -- /bin/true 3>/dev/null || tap_skip_all 'ptrace is not allowed here'
system_begin
step=1
# Of whatever the byte belonged to: a length, a name, a signature, a certificate, content.
flipped_codes="bad-digest bad-signature attribute-mismatch mixed-export untrusted-root not-der \
bad-cms bad-crl crl-missing bad-pack bad-recipe bad-format-file wrong-kind"

# import_with OPTION...: of the newer medium, with something done to the reader's reads of files.
import_with() {
    rm -rf "$work/state"
    cp -a "$work/state-base" "$work/state"
    # shellcheck disable=SC2086 # $as is words
    "$faulter" -p reader -c read "$@" -- $as "$folder/bin/sallyport-agent" \
        --libexec "$folder/libexec" --state "$work/state" --socket "$work/socket" run --once --json \
        --import "$work/medium-2" </dev/null >"$work-out" 2>"$work-err" 3>"$work-hits"
    status=$?
    state_print "$work/state" >"$work-after"
}

# The moments of an import are its own.
untimed() {
    sed -E 's/\b1[0-9]{15}\b/TIME/g' "$1"
}

# each_read NUMBERS WORDS CODES OPTION...: at every read; $bad names those with another outcome.
each_read() {
    ids=$1 words=$2 wanted_codes=$3
    shift 3
    refused=0 hints=0 bad='' codes=''
    number=1
    while [ "$number" -le "$reads" ]; do
        import_with -n "$number" "$@"
        code=$(jq -r 'if has("imports") then .imports[-1].code else .name end' "$work-out")
        grep -q '^hit' "$work-hits" || bad="$bad $number=unread"
        if [ $status -eq 0 ]; then
            hints=$((hints + 1))
            untimed "$work-after" | cmp -s - "$work-lawful" || bad="$bad $number=loaded"
        else
            refused=$((refused + 1))
            codes="$codes $code"
            case " $wanted_codes " in
            *" $code "*) ;;
            *) bad="$bad $number=$status,$code" ;;
            esac
            cmp -s "$work-base" "$work-after" || bad="$bad $number=changed"
            [ "$(state_records "$work/state" "$records" | grep -vc " $code\$")" -eq 0 ] ||
                bad="$bad $number=audit"
        fi
        number=$((number + step))
    done
    # shellcheck disable=SC2086 # words
    codes=$(printf '%s\n' $codes | sort -u | paste -s -d ' ')
    [ -z "$bad" ] && [ $refused -gt 0 ]
    tap_result $? "$words, of $reads reads: $refused refused ($codes), $hints as ever $ids ($who)"
    [ -z "$bad" ] || echo "#$bad"
}

changing() {
    { make_mirror && enrol && next_medium 2 off; } >"$work-out" 2>&1
    tap_result $? "a mirror with two versions ($who)"
    expect 0 'the first version is in service' agent run --once --import "$work/medium-1"
    cp -a "$work/state" "$work/state-base"
    state_print "$work/state" >"$work-base"
    records=$(state_record_count "$work/state")
    import_with
    reads=$(awk '$1 == "count" { sum += $4 } END { print sum + 0 }' "$work-hits")
    [ $status -eq 0 ] && [ "$reads" -gt 5 ]
    tap_result $? "an import that nothing is done to reads $reads times ($who)"
    untimed "$work-after" >"$work-lawful"
    each_read '[C8] [D11]' 'another byte at a read' "$flipped_codes" -e flip
    each_read '[D11]' 'an error at a read' medium-damaged -e EIO
    each_read '[D11]' 'gone from a read on' medium-gone -e ENODEV -s
    step=5
}

for_each_user changing
tap_done
