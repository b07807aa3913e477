#!/bin/sh
# SPDX-License-Identifier: ISC
#
# local-rep-data from every kind of source: what is counted, what the package holds, and what is
# refused with file and line before anything is signed; databases that want more than to be read.
set -u
. "$TOP_SRCDIR/tests/system/lib.sh"
command -v sqlite3 >/dev/null || tap_skip_all 'sqlite3 is not installed'
system_begin
fixtures=$TOP_SRCDIR/tests/fixtures/content/local-rep-data

rep() {
    mirror publish local-rep-data "$@"
}

# source_of NAME TEXT: a folder $work/bad with one file.
source_of() {
    rm -rf "$work/bad"
    mkdir "$work/bad"
    printf '%b' "$2" >"$work/bad/$1"
    chmod -R a+rX "$work/bad"
}
database_of() {
    rm -rf "$work/bad"
    mkdir "$work/bad"
    sqlite3 "$work/bad/rds.db" "$1" >/dev/null
    chmod -R a+rX "$work/bad"
}
refused() {
    expect 23 "$1 is refused" rep "$work/bad"
    says "$1 is named" "$2"
    [ -z "$(find "$work/repo/scratch" -mindepth 1)" ]
    tap_result $? "$1: nothing is left in scratch ($who)"
}

every_kind() {
    mkdir "$work/good"
    cp "$fixtures/good/"* "$work/good"
    sqlite3 "$work/good/rds.db" <"$fixtures/rds.sql"
    chmod -R a+rX "$work/good"
    expect 0 'a dry run' rep "$work/good" --dry-run --json
    holds 'counts files' '.compiled.sha256 == {good: 2, neutral: 2, bad: 2, merged: 2}'
    holds 'and signers' '.compiled.signer == {good: 1, neutral: 1, bad: 1, merged: 0}'
    holds 'and what it left out' '.compiled.source["left-out"] == 1'
    expect 0 'is no package' mirror list packages --json
    holds 'none is there' '.rows | length == 0'
    expect 0 'published' rep "$work/good" --version 1
    says 'with a line for each list' '^sha256: bad 2, good 2, merged 2, neutral 2$'
    says 'and one for the source' '^source: left-out 1$'
    (cd "$work/good" && tar cf "$work/good.tar" ./*)
    chmod a+r "$work/good.tar"
    expect 4 'the same in an archive' rep "$work/good.tar" --version 1 --fail-unchanged
    expect 0 'a single file' rep "$work/good/feed.hsb" --version 2
    expect 0 'exported' mirror export "$work/medium"
    expect 0 'looked at' client inspect "$work/medium" --root "$work/medium/sallyport/root/1.p7m" --json
    holds 'it holds two files: index and names' \
        '[.. | objects | select(.type? == "local-rep-data") | .files?] | any(. == 2)'
}

# Random keys, each of them twice: half of the rows are one key with the other half.
many() {
    mkdir "$work/many"
    head -c 1600000 /dev/urandom | od -An -v -tx1 -w32 | tr -d ' ' >"$work/keys"
    sed 's/$/,good,/' "$work/keys" >"$work/many/sha256.csv"
    sed 's/$/:*:Bad/' "$work/keys" >"$work/many/feed.hsb"
    chmod -R a+rX "$work/many"
    expect 0 '100,000 rows' rep "$work/many" --dry-run --json
    holds 'are 50,000 keys, and bad wins' \
        '.compiled.sha256 == {good: 0, neutral: 0, bad: 50000, merged: 50000}'
}

text_refused() {
    key=$(printf '%064d' 7)
    source_of sha256.csv "$key,good,x\n$key,bad,x\n"
    refused 'a key with two verdicts' 'sha256.csv:2: verdict: bad, but the same key is good in line 1'
    source_of sha256.csv "sha256,verdict,name\n$key,fine,\n"
    refused 'a verdict that is none' 'sha256.csv:2: verdict: expected good, neutral or bad'
    source_of signer.csv "$key,good,x\n"
    refused 'a signer without a kind' 'signer.csv:1: signer: expected spki:HEX'
    source_of feed.hsb "$key:x:y\n"
    refused 'a size that is no number' 'feed.hsb:1: size: expected'
    source_of feed.hsb '44d88612fea8a8f36de82e1278abb02f:68:Md5\n'
    refused 'a source without a key' 'no key in the source: 1 rows were left out'
    source_of sha256.csv "$key,good,\033]0;owned\007\n"
    refused 'a name with an escape sequence' 'sha256.csv:1: name: expected'
    source_of hashes.txt "$key\n"
    refused 'another file' 'hashes.txt: a file of type local-rep-data is named like'
}

database_refused() {
    source_of rds.db 'not a database\n'
    refused 'what is no database' 'rds.db: format: expected an SQLite database'
    database_of 'CREATE VIEW FILE AS WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n+1 FROM c)
        SELECT n AS sha256, n AS file_name FROM c'
    refused 'a view without an end' 'rds.db: FILE: is recursive'
    database_of "CREATE VIEW FILE AS SELECT readfile('/etc/passwd') AS sha256, 'a' AS file_name"
    refused 'a view that reads a file' 'rds.db: SQLite: no such function: readfile'
    database_of "CREATE VIEW FILE AS SELECT load_extension('x') AS sha256, 'a' AS file_name"
    refused 'a view that loads code' 'rds.db: .*load_extension'
    database_of "CREATE TABLE FILE (sha256, file_name); INSERT INTO FILE SELECT printf('%064d', value), 'x'
        FROM generate_series(1, 2000)"
    head -c 20480 "$work/bad/rds.db" >"$work/cut" && cat "$work/cut" >"$work/bad/rds.db"
    refused 'a database that is cut off' 'rds.db: size: '
    database_of "CREATE TABLE FILE (sha256, file_name); INSERT INTO FILE SELECT printf('%064d', value), 'x'
        FROM generate_series(1, 2000)"
    dd if=/dev/urandom of="$work/bad/rds.db" bs=4096 seek=3 count=1 conv=notrunc 2>"$work-err"
    refused 'a database with a damaged page' 'rds.db.*integrity_check'
    database_of "CREATE TABLE FILE (sha256, file_name); CREATE TABLE t (a);
        CREATE TRIGGER u AFTER INSERT ON FILE BEGIN DELETE FROM t; END;
        INSERT INTO FILE VALUES ('$(printf '%064d' 7)', 'x')"
    expect 0 'a trigger never runs' rep "$work/bad" --dry-run --json
    holds 'its database is read' '.compiled.sha256.neutral == 1'
}

run() {
    expect 0 'a mirror' mirror init "$work/repo" --org 'Test Works' --ring public --unprotected-keys
    every_kind
    many
    text_refused
    database_refused
    rm "$folder/libexec/sallyport-compile"
    expect 10 'without the program that compiles' rep "$work/good"
    cp "$TOP_BUILDDIR/drivers/compile/sallyport-compile" "$folder/libexec"
}

for_each_user run
tap_done
