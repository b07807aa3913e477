# SPDX-License-Identifier: ISC
#
# oscal-validate.py SCHEMA FILE...: each file against a JSON schema (draft 7) of NIST. A line for
# each breach; exit status 1 where there is one.
import json
import sys

import jsonschema
import regex


def pattern(validator, wanted, instance, schema):
    """As ECMA-262: a search, and \\p{L} is a property. jsonschema's own can't read that."""
    if validator.is_type(instance, "string") and not regex.search(wanted, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {wanted!r}")


def references(document):
    """Every UUID that a part has, and every one that is referred to."""
    made, used = [], []
    stack = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            stack.extend(node.values())
            for key, value in node.items():
                if key == "uuid":
                    made.append(value)
                elif key.endswith("-uuid"):
                    used.append(value)
                elif key == "href" and value.startswith("#"):
                    used.append(value[1:])
    return made, used


def breaches(validator, document):
    for error in validator.iter_errors(document):
        yield "/".join(str(part) for part in error.absolute_path) + ": " + error.message[:300]
    made, used = references(document)
    for uuid in sorted(set(made)):
        if made.count(uuid) > 1:
            yield f"{uuid}: of several parts"
    for uuid in sorted(set(used) - set(made)):
        yield f"{uuid}: is referred to and nowhere"


with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
kind = jsonschema.validators.extend(jsonschema.Draft7Validator, {"pattern": pattern})
found = 0
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as file:
        for line in breaches(kind(schema), json.load(file)):
            print(f"{name}: {line}")
            found = 1
sys.exit(found)
