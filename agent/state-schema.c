/* SPDX-License-Identifier: ISC */
#include "agent/state-schema.h"

static const char *const migrations[] = {
    /* 1 */
    "CREATE TABLE numbers(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;"

    /* Who this endpoint is. Used enrolments are remembered: each is for one use. */
    "CREATE TABLE enrolment(one INTEGER PRIMARY KEY CHECK(one = 1), endpoint TEXT NOT NULL,"
    " ring TEXT NOT NULL, test INTEGER NOT NULL, token BLOB NOT NULL, made_us INTEGER NOT NULL,"
    " enrolled_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE enrolments_used(serial BLOB PRIMARY KEY, used_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE content_keys(id TEXT PRIMARY KEY, key BLOB NOT NULL) STRICT;"
    "CREATE TABLE roots(version INTEGER PRIMARY KEY, document BLOB NOT NULL) STRICT;"
    "CREATE TABLE crls(issuer BLOB PRIMARY KEY, number INTEGER NOT NULL, document BLOB NOT NULL)"
    " STRICT;"

    /* Anti-rollback. subject is \"type:NAME\" or \"ring:NAME\". Rows are raised, never removed. */
    "CREATE TABLE floors(subject TEXT PRIMARY KEY, time_us INTEGER NOT NULL,"
    " number INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;"

    /* The set that each ring was last accepted at, and what it carries. */
    "CREATE TABLE rings(ring TEXT PRIMARY KEY, sequence INTEGER NOT NULL, digest BLOB NOT NULL,"
    " time_us INTEGER NOT NULL, expires_us INTEGER NOT NULL, root_version INTEGER NOT NULL,"
    " waves TEXT NOT NULL, flags TEXT NOT NULL, seen_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE carried(ring TEXT NOT NULL, type TEXT NOT NULL, id BLOB NOT NULL,"
    " version TEXT NOT NULL, issue INTEGER NOT NULL, PRIMARY KEY(ring, type)) STRICT;"

    /* What is here: slot is staged, active or previous. */
    "CREATE TABLE installed(type TEXT NOT NULL, slot TEXT NOT NULL"
    " CHECK(slot IN ('staged', 'active', 'previous')), id BLOB NOT NULL, version TEXT NOT NULL,"
    " issue INTEGER NOT NULL, time_us INTEGER NOT NULL, files INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL, sealed TEXT NOT NULL, schema_low INTEGER NOT NULL,"
    " schema_high INTEGER NOT NULL, abi_low INTEGER NOT NULL, abi_high INTEGER NOT NULL,"
    " requires TEXT NOT NULL, set_digest BLOB NOT NULL, at_us INTEGER NOT NULL,"
    " PRIMARY KEY(type, slot)) STRICT;"
    "CREATE TABLE withdrawn(id BLOB PRIMARY KEY, reason TEXT NOT NULL, link TEXT NOT NULL,"
    " harmful INTEGER NOT NULL, seen_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE quarantine(id BLOB PRIMARY KEY, type TEXT NOT NULL, code TEXT NOT NULL,"
    " words TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;"

    /* The last thing that went wrong with a content, until it goes right. */
    "CREATE TABLE health(type TEXT PRIMARY KEY, code TEXT NOT NULL, words TEXT NOT NULL,"
    " id BLOB, at_us INTEGER NOT NULL) STRICT;"

    "CREATE TABLE jobs(id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,"
    " caller TEXT NOT NULL, dry_run INTEGER NOT NULL, began_us INTEGER NOT NULL, ended_us INTEGER,"
    " code TEXT, words TEXT) STRICT;"
    "CREATE TABLE events(id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL,"
    " who TEXT NOT NULL, what TEXT NOT NULL, result TEXT NOT NULL, code TEXT NOT NULL,"
    " subject TEXT NOT NULL, words TEXT NOT NULL, digest BLOB NOT NULL) STRICT;"
    "CREATE TABLE refusals(id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL,"
    " job INTEGER NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, digest TEXT NOT NULL,"
    " code TEXT NOT NULL, words TEXT NOT NULL, event INTEGER NOT NULL,"
    " acknowledged_us INTEGER) STRICT;",

    /* 2: packages of which a part lies in staging. held: bytes on the disk. */
    "CREATE TABLE partials(id BLOB PRIMARY KEY, type TEXT NOT NULL, version TEXT NOT NULL,"
    " issue INTEGER NOT NULL, bytes INTEGER NOT NULL, held INTEGER NOT NULL,"
    " began_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, words TEXT NOT NULL) STRICT;",

    /* 3: what installed content is held against, and what was found damaged */
    "CREATE TABLE recipes(id BLOB PRIMARY KEY, digest BLOB NOT NULL) STRICT;"
    "CREATE TABLE damaged(id BLOB PRIMARY KEY, type TEXT NOT NULL, words TEXT NOT NULL,"
    " at_us INTEGER NOT NULL) STRICT;"

    /* How the looks at each source went. */
    "CREATE TABLE looks(source TEXT PRIMARY KEY, location TEXT NOT NULL, looked_us INTEGER NOT "
    "NULL,"
    " succeeded_us INTEGER NOT NULL, failures INTEGER NOT NULL, result TEXT NOT NULL,"
    " code TEXT NOT NULL, words TEXT NOT NULL) STRICT;"
    /* Media that were read, newest import of each. */
    "CREATE TABLE media(digest TEXT PRIMARY KEY, medium TEXT NOT NULL, exporter TEXT NOT NULL,"
    " created TEXT NOT NULL, source TEXT NOT NULL, at_us INTEGER NOT NULL, times INTEGER NOT NULL,"
    " code TEXT NOT NULL, words TEXT NOT NULL) STRICT;"
    /* What waits to go home: STATE/outbox/ID.json holds it. */
    "CREATE TABLE outbox(id INTEGER PRIMARY KEY AUTOINCREMENT, category TEXT NOT NULL,"
    " at_us INTEGER NOT NULL, bytes INTEGER NOT NULL, digest BLOB NOT NULL) STRICT;",

    /* 4: the volumes of one export (numbers of a bit each) that were taken of it. */
    "CREATE TABLE partial_volumes(id BLOB PRIMARY KEY,"
    " export BLOB NOT NULL,"
    " taken BLOB NOT NULL) STRICT;",

    /* 5: the configuration store. Each key with the rule that made it and where its value stands;
     * policy columns are empty where the value is the rule's default. rules_left: what the last
     * evaluation left out, and why: the keys of such a rule file keep their values. */
    "CREATE TABLE settings(key TEXT PRIMARY KEY, type TEXT NOT NULL, value TEXT NOT NULL,"
    " origin TEXT NOT NULL CHECK(origin IN ('signed', 'site', 'default')),"
    " rule_file TEXT NOT NULL, rule_line INTEGER NOT NULL, rules_version TEXT NOT NULL,"
    " rules_id BLOB NOT NULL, policy_file TEXT NOT NULL, policy_line INTEGER NOT NULL,"
    " policy_version TEXT NOT NULL, policy_id BLOB, since_us INTEGER NOT NULL) STRICT;"
    "CREATE TABLE rules_left(kind TEXT NOT NULL CHECK(kind IN ('all', 'rules', 'policy')),"
    " name TEXT NOT NULL, words TEXT NOT NULL, since_us INTEGER NOT NULL,"
    " PRIMARY KEY(kind, name)) STRICT;",

    /* 6: what the driver said of the telemsup in service (package id); code: why it can't be used */
    "CREATE TABLE telemetry(one INTEGER PRIMARY KEY CHECK(one = 1), id BLOB NOT NULL,"
    " destination TEXT NOT NULL, code TEXT NOT NULL,"
    " words TEXT NOT NULL) STRICT;",

    /* 7: USB devices that are transfer media of this endpoint, and every one that was seen. */
    "CREATE TABLE registered_media(number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL,"
    " serial TEXT NOT NULL, name TEXT NOT NULL, interfaces TEXT NOT NULL, digest TEXT NOT NULL,"
    " speed INTEGER NOT NULL, purpose TEXT NOT NULL, owner TEXT NOT NULL, who TEXT NOT NULL, at_us "
    "INTEGER NOT NULL,"
    " UNIQUE(id, serial)) STRICT;"
    "CREATE TABLE seen_media(id TEXT NOT NULL, serial TEXT NOT NULL, digest TEXT NOT NULL,"
    " name TEXT NOT NULL, interfaces TEXT NOT NULL, speed INTEGER NOT NULL, port TEXT NOT NULL,"
    " first_us INTEGER NOT NULL, last_us INTEGER NOT NULL, times INTEGER NOT NULL, PRIMARY KEY(id, "
    "serial, digest)) STRICT;",

    /* 8: repairs, the last of each kind: what is not to be done again so soon, and what is shown */
    "CREATE TABLE repairs(verb TEXT NOT NULL, object TEXT NOT NULL, at_us INTEGER NOT NULL,"
    " times INTEGER NOT NULL, who TEXT NOT NULL, code TEXT NOT NULL, words TEXT NOT NULL,"
    " PRIMARY KEY(verb, object, who)) STRICT;",

    /* 9: what behaviour rules have detected (agent/detection.h), newest last, bounded. */
    "CREATE TABLE detections(id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL,"
    " rule TEXT NOT NULL, title TEXT NOT NULL, severity TEXT NOT NULL, times INTEGER NOT NULL,"
    " thumbprint TEXT NOT NULL, attack TEXT NOT NULL, facts TEXT NOT NULL, event TEXT NOT NULL)"
    " STRICT;",

    /* 10: what appfeed and userappfeed want left out of scans, taken or refused (verdict), and the last
     * run of each. user: whose home it is in, else empty. seen_us: in the last run. */
    "CREATE TABLE exclusions(type TEXT NOT NULL, user TEXT NOT NULL, app TEXT NOT NULL,"
    " version TEXT NOT NULL, path TEXT NOT NULL, reason TEXT NOT NULL, verdict TEXT NOT NULL,"
    " since_us INTEGER NOT NULL, seen_us INTEGER NOT NULL,"
    " PRIMARY KEY(type, user, app, path)) STRICT;"
    "CREATE TABLE exclusion_runs(type TEXT PRIMARY KEY, id BLOB NOT NULL, version TEXT NOT NULL,"
    " at_us INTEGER NOT NULL, code TEXT NOT NULL, words TEXT NOT NULL) STRICT;",
};

const char *const *state_schema(size_t *count)
{
    *count = sizeof(migrations) / sizeof(migrations[0]);
    return migrations;
}
