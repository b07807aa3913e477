# shellcheck shell=sh
# SPDX-License-Identifier: ISC
#
# OSCAL results against NIST's schema (tests/fixtures/oscal): sourced, not run.

oscal_can() {
    /usr/bin/python3 -c 'import jsonschema, regex' 2>/dev/null
}

# oscal_check FILE...: prints each breach; false where there is one.
oscal_check() {
    /usr/bin/python3 "$TOP_SRCDIR/tests/system/oscal-validate.py" \
        "$TOP_SRCDIR/tests/fixtures/oscal/oscal_assessment-results_schema.json" "$@"
}
