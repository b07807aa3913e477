#!/bin/sh
# SPDX-License-Identifier: ISC
#
# Reports in the formats that others read: OSCAL against NIST's schema, HTML in a browser. The
# reports are those that the unit tests compare byte for byte (tests/tui/golden), whose strings mean
# harm; 700-client makes some of real media.
set -u
. "$TOP_SRCDIR/tests/tap.sh"
. "$TOP_SRCDIR/tests/system/reports.sh"

folder=$(mktemp -d "${TMPDIR:-/tmp}/sallyport-test.XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
golden=$TOP_SRCDIR/tests/tui/golden

# Each line: what is done to a document that is valid, after which it is not.
planted='del(.["assessment-results"]["import-ap"])
.["assessment-results"].metadata["oscal-version"] = 1
.["assessment-results"].results[0].start = "2026-11-23"
.["assessment-results"].results[0].observations[0].methods = []
.["assessment-results"].results[0].observations[0].uuid = "1"
.["assessment-results"].results[0].observations[0].props[0].name = "has a blank"
.["assessment-results"].results[0].observations[0].props[0].value = " begins with a blank"
.["assessment-results"].results[0].observations[0].sallyport = "of ours"
.["assessment-results"].results[0].observations[1].uuid = .["assessment-results"].uuid
.["assessment-results"]["import-ap"].href = "#aee002cf-b22d-40e0-b719-06528336d912"'

oscal() {
    if ! oscal_can; then
        tap_skip 'OSCAL results are valid' 'python3-jsonschema and python3-regex are not installed'
        return
    fi
    tap_empty 'OSCAL results are valid' oscal_check "$golden"/*.oscal.json
    printf '%s\n' "$planted" | while IFS= read -r change; do
        jq "$change" "$golden/inspect-hostile.oscal.json" >"$folder/wrong.json"
        oscal_check "$folder/wrong.json" >/dev/null && printf '%s\n' "$change"
    done >"$folder/missed"
    tap_empty 'what is planted is found' cat "$folder/missed"
}

# In a browser: no message on its console, and the text of the last section is there. A page with a
# script is one that the same look must find fault with.
html() {
    if [ -z "${SALLYPORT_LONG-}" ]; then
        tap_skip 'HTML in a browser' 'only with SALLYPORT_LONG=1'
        return
    fi
    if ! command -v chromium >/dev/null; then
        tap_skip 'HTML in a browser' 'chromium is not installed'
        return
    fi
    for page in "$golden"/*.html; do
        tap_empty "${page##*/}: a browser has nothing to say" browser_says "$page"
        tap_found "${page##*/}: it shows what is there" 'Controls \(NIST SP 800-53' \
            cat "$folder/dom"
    done
    sed 's#</main>#<script>document.title = "run"</script><p style="color:red">x</p></main>#' \
        "$golden/inspect-hostile.html" >"$folder/wrong.html"
    tap_found 'a script is refused by the page itself' 'Content Security Policy' \
        browser_says "$folder/wrong.html"
    sed 's#^h1{#h1{color:red;#' "$golden/inspect-hostile.html" >"$folder/wrong.html"
    tap_found 'so is another style' 'Content Security Policy' browser_says "$folder/wrong.html"
}

browser_says() {
    chromium --headless --no-sandbox --disable-gpu --user-data-dir="$folder/browser" \
        --enable-logging=stderr --v=0 --dump-dom "file://$1" 2>"$folder/log" >"$folder/dom"
    grep -E 'CONSOLE|Uncaught|Refused' "$folder/log"
}

oscal
html
tap_done
