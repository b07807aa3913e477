/* SPDX-License-Identifier: ISC */
#include "media/content-type.h"

#include <string.h>

#define PATTERNS(...)                                                                              \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }

/* Sorted by name: content_type_row's contract, checked by the test. */
static const struct content_type rows[] = {
    {"appfeed", "exclusions", 30, 180, true, 1, PATTERNS("*.lua"),
     "applications that scans leave out (Lua)"},
    {"behavior", "behavior", 7, 30, true, 1, PATTERNS("*.lua"), "behaviour rules (Lua)"},
    {"crt", "removal", 90, 365, false, 1, PATTERNS("crt.json"),
     "removal of software that can't run beside this"},
    {"dataset-a", "scanner", 3, 14, false, 1,
     PATTERNS("*.yar", "*.yara", "*.hdb", "*.hsb", "*.fp", "*.sfp"),
     "YARA rules and ClamAV hash lists"},
    {"epips-data", "ips", 3, 14, false, 1, PATTERNS("*.rules"), "network rules (Suricata form)"},
    {"esh", "selfhelp", 30, 180, false, 1, PATTERNS("*.json"), "log patterns with their remedy"},
    {"flags-supplement", "flags", 30, 180, false, 1, PATTERNS("flags.json"),
     "which features a release may switch on"},
    {"hmpa-data", "suppress", 14, 60, false, 1, PATTERNS("*.txt"),
     "detections that are known to be harmless"},
    {"local-rep-data", "scanner", 3, 14, false, 1,
     PATTERNS("sha256.csv", "signer.csv", "*.hsb", "*.sfp", "*.db"),
     "reputation of files and signers"},
    {"ml-models", "scanner", 60, 180, false, 1, PATTERNS("models.json", "*"),
     "models and the table that names them"},
    {"ntp-overrides", "netguard", 30, 180, false, 1, PATTERNS("overrides.json"),
     "network drivers that don't go with the IPS"},
    {"null", "null", 0, 0, false, 1, PATTERNS("*"), "loads nothing; for tests and drills"},
    {"null-sealed", "null", 0, 0, true, 1, PATTERNS("*"),
     "loads nothing, published encrypted; for tests and drills"},
    {"policy", "remapper", 90, 365, false, 1, PATTERNS("*.xml"), "policy that the remapper reads"},
    {"product-rules-feed", "behavior", 7, 30, true, 1, PATTERNS("*.lua"),
     "what behaviour rules build on (Lua)"},
    {"remapper-rules", "remapper", 90, 365, false, 1, PATTERNS("*.xml"),
     "from policy XML to configuration keys"},
    {"repair-kit", "repair", 30, 180, true, 1, PATTERNS("*.lua"), "checks and repairs (Lua)"},
    {"scheduled-query-pack", "query", 30, 180, false, 1, PATTERNS("*.conf", "*.json"),
     "scheduled queries (osquery pack)"},
    {"telemsup", "telemetry", 365, 0, false, 1, PATTERNS("telemetry.json"),
     "where and how often telemetry goes"},
    {"userappfeed", "exclusions", 30, 180, true, 1, PATTERNS("*.lua"),
     "as appfeed, for each user's own files (Lua)"},
};

static const char *const reputation_files[] = {"sha256.idx", "sha256.names", "signer.idx",
                                               "signer.names", NULL};

static const struct {
    const char *name;
    const char *const *files;
} compiled[] = {{"local-rep-data", reputation_files}};

static const struct {
    const char *name, *on;
} builds[] = {{"behavior", "product-rules-feed"}};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct content_type *content_type_find(const char *name)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

const char *const *content_type_compiled(const struct content_type *type)
{
    for (size_t i = 0; i < sizeof(compiled) / sizeof(compiled[0]); i++) {
        if (strcmp(compiled[i].name, type->name) == 0)
            return compiled[i].files;
    }
    return NULL;
}

const char *content_type_builds_on(const struct content_type *type)
{
    for (size_t i = 0; i < sizeof(builds) / sizeof(builds[0]); i++) {
        if (strcmp(builds[i].name, type->name) == 0)
            return builds[i].on;
    }
    return NULL;
}

const struct content_type *content_type_row(size_t i)
{
    return i < ROW_COUNT ? &rows[i] : NULL;
}
