#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Calls that we do without, marks of unfinished work, and sizes past which a thing is two things.
set -u
. "$TOP_SRCDIR/tests/tap.sh"

# Call | what to use instead
banned='
strcpy    text or bytes functions
strncpy   text or bytes functions
stpcpy    text or bytes functions
strcat    text or bytes functions
strncat   text or bytes functions
sprintf   snprintf
vsprintf  vsnprintf
gets      path_read
system    spawn_start
popen     spawn_start
atoi      a bounded parser
atol      a bounded parser
atoll     a bounded parser
atof      a bounded parser
strtok    bytes_get_view
alloca    bytes_allocate
malloc    bytes_allocate
calloc    bytes_allocate
strdup    bytes_copy_string
strndup   bytes_copy_string
asprintf  bytes or a fixed array
tmpnam    publish_begin
mktemp    publish_begin
'

# File | call | why just there
exceptions='
media/base/bytes.c             calloc  the one place that asks for memory
tests/attack/test-allocation.c malloc  takes the place of libc, to fail
tests/attack/test-allocation.c calloc  takes the place of libc, to fail
'

# Prints a C file with comments, strings and character constants blanked, lines kept.
stripped() {
    awk '
    {
        line = $0; out = ""
        while (length(line) > 0) {
            if (comment) {
                i = index(line, "*/")
                if (i == 0) { line = ""; break }
                line = substr(line, i + 2); comment = 0; continue
            }
            c = substr(line, 1, 1); two = substr(line, 1, 2)
            if (two == "/*") { comment = 1; line = substr(line, 3); continue }
            if (two == "//") break
            if (c == "\"" || c == "\047") {
                quote = c; line = substr(line, 2)
                while (length(line) > 0) {
                    d = substr(line, 1, 1)
                    if (d == "\\") { line = substr(line, 3); continue }
                    line = substr(line, 2)
                    if (d == quote) break
                }
                out = out quote quote; continue
            }
            out = out c; line = substr(line, 2)
        }
        print out
    }' "$1"
}

sources() {
    (cd "$1" && find media mirror agent drivers tui tests -name '*.[ch]' 2>/dev/null | LC_ALL=C sort)
}

banned_calls() {
    names=$(printf '%s\n' "$banned" | awk 'NF { printf "%s%s", bar, $1; bar = "|" }')
    sources "$1" | while IFS= read -r file; do
        stripped "$1/$file" | grep -nE "(^|[^A-Za-z0-9_>.])($names)[ \t]*\(" |
            while IFS=: read -r number line; do
                call=$(printf '%s' "$line" |
                    sed -E "s/.*(^|[^A-Za-z0-9_>.])($names)[ \t]*\(.*/\2/")
                printf '%s\n' "$exceptions" | awk -v f="$file" -v c="$call" \
                    '$1 == f && $2 == c { found = 1 } END { exit !found }' ||
                    echo "$file:$number: $call"
            done
    done
}

marks() {
    # Written in two parts, so that this file is not found.
    (cd "$1" && grep -rnIE "\\b(TO""DO|FIX""ME|XX""X|not imple""mented|NotImple""mented)\\b" \
        media mirror agent drivers tui tests man README.md bootstrap configure.ac Makefile.am 2>/dev/null |
        grep -v '/corpus-')
}

long_files() {
    (cd "$1" && find media mirror agent drivers tui tests man -type f \
        \( -name '*.[ch]' -o -name '*.sh' -o -name '*.mk' \) -exec awk \
        'END { if (FNR > 600) print FILENAME ": " FNR " lines" }' {} \;)
}

long_functions() {
    sources "$1" | grep '\.c$' | while IFS= read -r file; do
        awk -v file="$file" '
            # Rows of a table inside a function do not count, its name and end do.
            /^[A-Za-z_].*\(/ { name = $0 }
            /^\{/ { start = FNR; length_of = 0 }
            /^ +.*\[\] = \{$/ { table = 1 }
            /^ +\};$/ { table = 0 }
            { length_of += !table }
            /^\}/ { if (start && length_of > 81) print file ":" start ": " length_of " lines: " name
                    start = 0; table = 0 }' "$1/$file"
    done
}

drawers() {
    sources "$1" | grep -E '(^|/)(util|utils|misc|common|helpers?|manager)[^/]*\.[ch]$'
}

licences() {
    (cd "$1" && find media mirror agent drivers tui tests bootstrap .ci -type f \
        \( -name '*.[ch]' -o -name '*.sh' -o -name bootstrap \) 2>/dev/null | while IFS= read -r file; do
        head -n 3 "$file" | grep -q 'SPDX-License-Identifier: ISC' || echo "$file: no SPDX line"
    done)
}

folder=$(mktemp -d) || exit 1
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/media"

tap_empty 'no banned calls' banned_calls "$TOP_SRCDIR"
tap_empty 'no marks of unfinished work' marks "$TOP_SRCDIR"
tap_empty 'no file over 600 lines' long_files "$TOP_SRCDIR"
tap_empty 'no function over 80 lines' long_functions "$TOP_SRCDIR"
tap_empty 'no drawers' drawers "$TOP_SRCDIR"
tap_empty 'every file names its licence' licences "$TOP_SRCDIR"

planted=$folder/media/planted.c
printf 'void f(void)\n{\n    sprintf(a, "b");\n}\n' >"$planted"
tap_found 'finds a banned call' '^media/planted.c:3: sprintf$' banned_calls "$folder"
printf '/* sprintf() */\nconst char *a = "system(";\nint my_system(void);\n' >"$planted"
tap_empty 'takes no comment, string or longer name for a call' banned_calls "$folder"
printf '/* XX''X later */\n' >"$planted"
tap_found 'finds a mark' '^media/planted.c:1:' marks "$folder"
tap_found 'finds a file without a licence' '^media/planted.c: ' licences "$folder"
yes '' | head -n 601 >"$planted"
tap_found 'finds a long file' '601 lines' long_files "$folder"
{ printf 'int long_one(void)\n{\n'; yes '    step();' | head -n 81; printf '}\n'; } >"$planted"
tap_found 'finds a long function' 'long_one' long_functions "$folder"
{ printf 'int flat(void)\n{\n    int rows[] = {\n'; yes '        1,' | head -n 81; printf '    };\n}\n'; } \
    >"$planted"
tap_empty 'lets a flat table be long' long_functions "$folder"
mv "$planted" "$folder/media/utils.c"
tap_found 'finds a drawer' 'media/utils.c' drawers "$folder"
tap_done
