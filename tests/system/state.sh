# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# What a refused import may not change, byte for byte: sourced after lib.sh. Needs sqlite3, and an
# agent that has ended, as it holds its database alone while it runs.

# Every table but those that say what happened: audit records, refusals and what is made of them.
state_tables='enrolment enrolments_used content_keys roots crls floors rings carried installed
    withdrawn quarantine recipes damaged'

# state_print FOLDER: who is trusted, floors, what is installed, each file with its mode and digest.
state_print() {
    # shellcheck disable=SC2086 # words
    sqlite3 -readonly "$1/state.db" ".dump $state_tables" \
        "SELECT name, value FROM numbers WHERE name <> 'audit_records' ORDER BY name" || return 1
    (
        cd "$1/content" || exit 1
        find . -printf '%p %y %m %U %s %l\n' | LC_ALL=C sort
        find . -type f -exec sha384sum {} + | LC_ALL=C sort
    )
}

# state_records FOLDER AFTER: "what code" of each audit record after that one.
state_records() {
    sqlite3 -readonly "$1/state.db" \
        "SELECT what || ' ' || code FROM events WHERE id > $2 ORDER BY id"
}
state_record_count() {
    sqlite3 -readonly "$1/state.db" 'SELECT max(id) FROM events'
}
