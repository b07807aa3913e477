/* SPDX-License-Identifier: ISC */
#include "agent/setting-keys.h"

#include <string.h>

/* Sorted by name. A key belongs here from the day on which something reads it. */
static const struct setting_key rows[] = {
    {"appfeed/enabled", SETTING_BOOL, "true", "exclusions by appfeed, and the driver for them",
     "appfeed", "appfeed"},
    {"behavior/enabled", SETTING_BOOL, "true", "behaviour rules, and the driver for them",
     "behavior", "behavior"},
    {"import/strict-expiry", SETTING_BOOL, "false",
     "imports refuse a set that has passed its expiry, as import --strict-expiry does", NULL, NULL},
    {"repair-kit/enabled", SETTING_BOOL, "true",
     "repairs by content; those of the last resort go on", "repair-kit", "repair-kit"},
    {"reputation/enabled", SETTING_BOOL, "true", "lookups of reputation, and the driver for them",
     NULL, "local-rep-data"},
    {"source-schedule/enabled", SETTING_BOOL, "true",
     "the agent's hourly look at its sources; imports by hand go on", "source-schedule", NULL},
    {"telemetry/enabled", SETTING_BOOL, "true", "telemetry, and the driver that says where it goes",
     NULL, "telemsup"},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static const char *const type_names[] = {"bool", "int", "string", "list"};

#define TYPES (sizeof(type_names) / sizeof(type_names[0]))

const struct setting_key *setting_key_row(size_t i)
{
    return i < ROWS ? &rows[i] : NULL;
}

const struct setting_key *setting_key_find(const char *name)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].name, name) == 0)
            return &rows[i];
    }
    return NULL;
}

const struct setting_key *setting_key_of_flag(const char *flag)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].flag != NULL && strcmp(rows[i].flag, flag) == 0)
            return &rows[i];
    }
    return NULL;
}

const struct setting_key *setting_key_of_content(const char *type)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].content != NULL && strcmp(rows[i].content, type) == 0)
            return &rows[i];
    }
    return NULL;
}

const char *setting_type_name(enum setting_type type)
{
    return type_names[type];
}

bool setting_type_find(const char *name, enum setting_type *type)
{
    for (size_t i = 0; i < TYPES; i++) {
        if (strcmp(type_names[i], name) == 0) {
            *type = (enum setting_type)i;
            return true;
        }
    }
    return false;
}
