/* SPDX-License-Identifier: ISC */
#include "agent/control/protocol.h"

#include <string.h>

/* X(symbol, name, access, more, parameters and reply, comment): rows and the description are made
 * from the same lines. A reply's fields stand in "parameters" themselves. In a stream every reply
 * but the last has just "step" or "document", and the last has all the others. */
#define METHODS(X)                                                                                 \
    X(STATUS, "Status", READ, false,                                                               \
      "() -> (schema: string, generated: string, version: string, enrolled: bool,\n"               \
      "  endpoint: ?string, site: ?string, ring: ?string, test_endpoint: bool, set: ?Set,\n"       \
      "  wave: ?Wave, floors: FloorSummary, clock: Clock, sandbox: Sandbox, keys: Keys,\n"         \
      "  audit: (records: int, head: string), refusals: (count: int, last: ?Refusal),\n"           \
      "  partials: []Partial, health: Health, next: string, contents: []Content,\n"                \
      "  sources: []Source, telemetry: ?Telemetry, repairs: []Repaired,\n"                         \
      "  exclusions: (taken: int, refused: int), importing: bool, usb: ?Watch,\n"                  \
      "  may_act: bool)",                                                                          \
      "# Everything at a glance: ring, set, floors, clock, sandbox, contents, next step.")         \
    X(CONTENTS, "Contents", READ, false,                                                           \
      "() -> (schema: string, generated: string, contents: []Content)",                            \
      "# One row a content type.")                                                                 \
    X(FLOORS, "Floors", READ, false,                                                               \
      "() -> (schema: string, generated: string, binding: string, trusted_time: string,\n"         \
      "  rings: []RingFloor, types: []TypeFloor, root_version: int, crls: []Crl)",                 \
      "# What is accepted next: nothing older than these.")                                        \
    X(IMPORT, "Import", ACT, true,                                                                 \
      "(source: string, dry_run: bool, only: ?[]string, confirm_time: ?bool,\n"                    \
      "  strict_expiry: ?bool, set: ?string) -> (step: ?Step, schema: ?string,\n"                  \
      "  source: ?string, dry_run: ?bool, result: ?string, changed: ?bool, code: ?string,\n"       \
      "  words: ?string, ring: ?string, sequence: ?int, set: ?string, time: ?string,\n"            \
      "  packages: ?[]Package, read_bytes: ?int, built_bytes: ?int, resumed_bytes: ?int,\n"        \
      "  needed_bytes: ?int, free_bytes: ?int)",                                                   \
      "# Imports from a source. With more: replies of steps, then one of the result.")             \
    X(INSPECT, "Inspect", READ, true,                                                              \
      "(source: string, tokens: bool) -> (document: ?object, schema: ?string,\n"                   \
      "  source: ?string, anchored: ?bool, code: ?string, words: ?string, plan: ?object)",         \
      "# Judges a medium, changes nothing. With more: a reply a document, then the result.")       \
    X(FLAG, "Flag", READ, false, "(name: string) -> (name: string, value: bool, origin: string)",  \
      "# Whether a feature is on here, and who said so.")                                          \
    X(AUDIT, "Audit", READ, false,                                                                 \
      "(after: int, limit: int) -> (schema: string, records: []Record, head: string)",             \
      "# Records of the audit chain with numbers above after.")                                    \
    X(AUDIT_VERIFY, "AuditVerify", READ, false,                                                    \
      "() -> (ok: bool, records: int, head: string, words: string)",                               \
      "# Walks the audit chain from its start.")                                                   \
    X(CONFIG, "Config", READ, false,                                                               \
      "() -> (schema: string, values: []Value, settings: []Setting, left: []Left)",                \
      "# Every effective value: of agent.conf, and of the configuration store.")                   \
    X(REFUSALS, "Refusals", READ, false,                                                           \
      "(after: ?int, limit: ?int) -> (schema: string, open: int, refusals: []Refused)",            \
      "# What was refused, acknowledged or not, with numbers above after.")                        \
    X(ACKNOWLEDGE, "Acknowledge", ACT, false, "(up_to: int) -> (acknowledged: int, open: int)",    \
      "# Whoever acts has seen the refusals up to that number.")                                   \
    X(REPORT, "Report", READ, false,                                                               \
      "(from: string, to: string) -> (schema: string, generated: string, from: string,\n"          \
      "  to: string, records: int, first: int, last: int, head: string, events: []Counted,\n"      \
      "  refusals: (refused: int, open: int), floors: []TypeFloor, rings: []RingFloor)",           \
      "# What the audit chain says of a time; floors as they are now.")                            \
    X(REPAIR, "Repair", ACT, true,                                                                 \
      "(source: ?string, dry_run: ?bool) -> (step: ?Step, schema: ?string, dry_run: ?bool,\n"      \
      "  result: ?string, checked: ?int, words: ?string, contents: ?[]Damaged,\n"                  \
      "  sources: ?[]Asked, own: ?[]Mended)",                                                      \
      "# Looks at our own files and at installed content, and puts right what is damaged.")        \
    X(MEDIA, "Media", READ, false,                                                                 \
      "() -> (schema: string, watch: ?Watch, devices: []Device, registered: []Registered,\n"       \
      "  media: []Medium, sources: []Source, jobs: []Job)",                                        \
      "# USB devices that are plugged in and what each is worth; which are registered; media\n"    \
      "# that were read here; how the looks at the sources went.")                                 \
    X(DETECTIONS, "Detections", READ, false,                                                       \
      "(after: ?int, limit: ?int) -> (schema: string, newest: int, detections: []Detection)",      \
      "# What behaviour rules have detected here.")                                                \
    X(REPLAY, "Replay", READ, false,                                                               \
      "(source: string) -> (schema: string, events: int, matched: int, raised: int,\n"             \
      "  detections: []object, left_out: int, rules: []object)",                                   \
      "# What the behaviour rules in service make of a recording, in a process of its own.")       \
    X(OUTGOING, "Outgoing", READ, false,                                                           \
      "(after: ?int, limit: ?int) -> (schema: string, categories: []Category,\n"                   \
      "  items: []Outgoing, dropped: int, most_items: int, most_bytes: int,\n"                     \
      "  telemetry: ?Telemetry)",                                                                  \
      "# What waits to go home, every field of it.")                                               \
    X(EVENTS, "Events", READ, true, "(after: ?int) -> (record: Record)",                           \
      "# Only with more: the records above after, then each as it is written.")                    \
    X(FLAGS, "Flags", READ, false, "() -> (schema: string, flags: []FlagRow)",                     \
      "# Every feature flag: what supplement and set say, what it comes to and why.")              \
    X(ACTIVATE, "Activate", ACT, false,                                                            \
      "(type: string) -> (schema: string, type: string, version: string, issue: int,\n"            \
      "  package: string)",                                                                        \
      "# Puts what is staged of a type into service before its wave, where policy allows it.")     \
    X(ATTEST, "Attest", ACT, false,                                                                \
      "(name: string, sha384: string, size: int) -> (schema: string, statement: object,\n"         \
      "  signed: string, certificate: string)",                                                    \
      "# The endpoint's signature, by its own key, over what a file is. Recorded before.")         \
    X(REPUTATION, "Reputation", READ, false,                                                       \
      "(sha256: ?[]string, signer: ?[]string) -> (schema: string, version: string, issue: int,\n"  \
      "  package: string, time: string, age: int, sha256: []Verdict, signer: []Verdict)",          \
      "# What local-rep-data says of files and signers, in the order asked.")                      \
    X(ENGINES, "Engines", READ, false,                                                             \
      "() -> (schema: string, generated: string, engines: []Engine)",                              \
      "# How the drivers fare: one row a family.")                                                 \
    X(EJECT, "Eject", ACT, false,                                                                  \
      "(medium: string) -> (schema: string, port: string, nodes: []string, stopped: bool,\n"       \
      "  words: string)",                                                                          \
      "# Whether a USB medium (port or block device) may be pulled, and stops it.")                \
    X(REGISTER, "Register", ACT, false,                                                            \
      "(medium: string, purpose: ?string, owner: ?string) -> (schema: string,\n"                   \
      "  registered: Registered)",                                                                 \
      "# From now on this very device is a transfer medium of this endpoint.")                     \
    X(FORGET, "Forget", ACT, false,                                                                \
      "(medium: string) -> (schema: string, registered: Registered)",                              \
      "# It is one no longer; by port, block device or the number of its registration.")           \
    X(EXCLUSIONS, "Exclusions", READ, false,                                                       \
      "() -> (schema: string, generated: string, exclusions: []Exclusion,\n"                       \
      "  refused: []Exclusion, runs: []ExclusionRun)",                                             \
      "# What scans leave out because of appfeed and userappfeed, and what was refused of it.")

static const struct protocol_row rows[] = {
#define X(symbol, name, access, more, signature, comment)                                          \
    {PROTOCOL_##symbol, name, PROTOCOL_##access, more},
    METHODS(X)
#undef X
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

const struct protocol_row *protocol_row(size_t i)
{
    return i < ROWS ? &rows[i] : NULL;
}

const struct protocol_row *protocol_find(const char *name)
{
    const size_t prefix = sizeof(PROTOCOL_INTERFACE ".") - 1;

    if (strncmp(name, PROTOCOL_INTERFACE ".", prefix) == 0)
        name += prefix;
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    return NULL;
}

/* Times are RFC 3339 in UTC, ages are seconds, digests lower-case hex; sallyport-control(7). */
static const char description[] =
    "# The agent of an endpoint without a network: what it holds, what it would refuse.\n"
    "interface " PROTOCOL_INTERFACE "\n"
    "\n"
    "type Health (ok, warn, fail, blocked, none)\n"
    "\n"
    "type Wave (number: int, of: int, opens: ?string)\n"
    "\n"
    "type Set (sequence: int, digest: string, time: string, age: int, accepted: string,\n"
    "  expires: string, expired: bool, root_version: int)\n"
    "\n"
    "type Staged (version: string, issue: int, package: string, time: string, wave: Wave)\n"
    "\n"
    "type Content (type: string, carried: bool, health: Health, reason: string, words: string,\n"
    "  next: string, version: ?string, issue: ?int, package: ?string, time: ?string, age: ?int,\n"
    "  warn: int, fail: int, staged: ?Staged)\n"
    "\n"
    "type Clock (local: string, floor: string, behind: bool)\n"
    "\n"
    "type Sandbox (landlock: int, seccomp: bool, own_user: bool)\n"
    "\n"
    "type Keys (root_version: int, roots: int, crls: int, content_keys: []string)\n"
    "\n"
    "type Refusal (number: int, time: string, source: string, code: string, words: string)\n"
    "\n"
    "type Refused (number: int, time: string, source: string, subject: string, digest: string,\n"
    "  code: string, words: string, record: int, acknowledged: ?string)\n"
    "\n"
    "type Value (key: string, value: string, origin: string)\n"
    "\n"
    "type Place (file: string, line: int, version: ?string, package: ?string)\n"
    "\n"
    "type Setting (key: string, type: string, value: string, origin: string, by: string,\n"
    "  rule: ?Place, policy: ?Place, since: ?string, built_in: ?string, reads: ?string)\n"
    "\n"
    "type Left (kind: string, name: string, words: string, since: string)\n"
    "\n"
    "type Damaged (type: string, words: string, repaired: bool)\n"
    "\n"
    "type Repaired (verb: string, object: string, time: string, times: int, who: string,\n"
    "  code: string, words: string)\n"
    "\n"
    "type Mended (verb: string, object: string, done: bool, words: string)\n"
    "\n"
    "type Exclusion (type: string, user: ?string, app: string, version: string, path: string,\n"
    "  reason: string, since: string, verdict: ?string, words: ?string)\n"
    "\n"
    "type ExclusionRun (type: string, version: string, package: string, time: string,\n"
    "  code: string, words: string)\n"
    "\n"
    "type Asked (source: string, result: string, code: string, words: string)\n"
    "\n"
    "type Source (name: string, location: string, looked: ?string, succeeded: ?string,\n"
    "  failures: int, result: string, code: string, words: string)\n"
    "\n"
    "type Medium (digest: string, medium: string, exporter: string, created: string,\n"
    "  source: string, imported: string, times: int, code: string, words: string)\n"
    "\n"
    "type Job (number: int, source: string, who: string, began: string, ended: ?string,\n"
    "  code: string, words: string)\n"
    "\n"
    "type Watch (running: bool, devices: int, authorized_default: ?string, code: string,\n"
    "  words: string)\n"
    "\n"
    "type Device (port: string, id: string, serial: string, serial_quality: string,\n"
    "  name: string, label: string, size: ?int, nodes: []string, registered: ?int,\n"
    "  verdict: Health, code: string, words: string, rule: string, interfaces: []string,\n"
    "  state: string)\n"
    "\n"
    "type Registered (number: int, id: string, serial: string, name: string,\n"
    "  interfaces: []string, digest: string, purpose: string, owner: string, who: string,\n"
    "  time: string, seen: ?string)\n"
    "\n"
    "type Category (category: string, leaves: bool, items: int, bytes: int)\n"
    "\n"
    "type Outgoing (number: int, category: string, time: string, bytes: int, fields: ?object)\n"
    "\n"
    "type Verdict (asked: string, verdict: string, name: ?string)\n"
    "\n"
    "type Header (name: string, value: string)\n"
    "\n"
    "type Destination (server: string, port: int, path: string, verb: string,\n"
    "  headers: []Header)\n"
    "\n"
    "type Telemetry (version: string, destination: ?Destination, interval: ?int, pinned: bool,\n"
    "  suffixes: []string, gathers: bool, last: ?string, next: ?string, reason: string,\n"
    "  words: string)\n"
    "\n"
    "type Serving (type: string, version: ?string, issue: ?int, package: ?string,\n"
    "  since: ?string, off: bool, words: string)\n"
    "\n"
    "type Quarantined (type: string, package: string, time: string, code: string,\n"
    "  words: string)\n"
    "\n"
    "type Detection (number: int, time: string, rule: string, title: string, severity: string,\n"
    "  count: int, thumbprint: string, attack: []string, facts: object, event: object)\n"
    "\n"
    "type Engine (family: string, state: string, health: Health, code: string, words: string,\n"
    "  pid: ?int, started: ?string, memory_bytes: ?int, memory_limit_bytes: ?int, cpu_ms: ?int,\n"
    "  restarts: int, ends: int, ends_limit: int, window: int, last_end: ?string,\n"
    "  last_words: string, contents: []Serving, quarantined: []Quarantined,\n"
    "  rules: ?[]object, rule_counts: ?object, events_per_second: ?int, events: ?object,\n"
    "  events_words: string)\n"
    "\n"
    "type Counted (what: string, result: string, count: int)\n"
    "\n"
    "type Partial (type: string, version: string, issue: int, package: string, bytes: int,\n"
    "  held: int, since: string, words: string)\n"
    "\n"
    "type FloorSummary (binding: string, types: int, rings: int, newest: ?string)\n"
    "\n"
    "type RingFloor (ring: string, sequence: int, time: string, age: int, digest: string)\n"
    "\n"
    "type TypeFloor (type: string, issue: int, time: string, age: int, digest: string)\n"
    "\n"
    "type Crl (issuer: string, number: int)\n"
    "\n"
    "type Step (name: string, words: string, done: int, total: int)\n"
    "\n"
    "type Package (type: string, version: string, issue: int, package: string, time: string,\n"
    "  result: string, code: string, words: string, wave: ?Wave, bytes: int)\n"
    "\n"
    "type FlagRow (name: string, value: bool, supplement: string, service: string,\n"
    "  origin: string, release: ?string, known: bool, what: ?string, why: string)\n"
    "\n"
    "type Record (number: int, time: string, who: string, what: string, code: string,\n"
    "  words: string, digest: string)\n"
#define X(symbol, name, access, more, signature, comment)                                          \
    "\n" comment "\nmethod " name signature "\n"
    METHODS(X)
#undef X
        "\n# The code is one of sallyport explain; the message says what happened and which rule.\n"
        "error Refused (code: string, message: string)\n";

const char *protocol_description(void)
{
    return description;
}
