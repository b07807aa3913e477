#!/bin/sh
# SPDX-License-Identifier: ISC
#
# rule-functions.sh FILE...: the mdoc list of the functions that rules see, from the rows
# {"name", function, "signature", "what"} of C files. make man-options puts the lists into
# sallyport-rules.5, tests/shape/pages.sh compares.
echo '.Bl -tag -width Ds'
for file; do
    # Quotes within a text are set aside, texts that are broken over lines are one.
    tr '\n' ' ' <"$file" | sed -E 's/\\"/\x01/g; s/" +"//g' |
        grep -oE '\{"[a-z0-9_.]+", *[a-z0-9_]+, *"[^"]*", *"[^"]*"' |
        sed -E 's/^\{"[a-z0-9_.]+", *[a-z0-9_]+, *"([^"]*)", *"([^"]*)"$/\1|\2/; s/\x01/"/g'
done | LC_ALL=C sort | awk -F'|' '
    # No text becomes a request, and a quote within quotes is written twice.
    {
        gsub(/"/, "\"\"", $1)
        print ".It Li \"" $1 "\""
        print ($2 ~ /^[.\047]/ ? "\\&" : "") folded($2)
    }
    function folded(text,    words, n, i, width, out) {
        n = split(text, words, " ")
        width = 0
        for (i = 1; i <= n; i++) {
            if (i > 1 && (words[i - 1] ~ /[.]$/ || width + 1 + length(words[i]) > 78)) {
                out = out "\n"; width = 0
            } else if (i > 1) {
                out = out " "; width++
            }
            out = out words[i]; width += length(words[i])
        }
        return out
    }'
echo '.El'
