/* SPDX-License-Identifier: ISC */
#include "agent/repair-last-resort.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/outbox.h"
#include "agent/partial.h"
#include "agent/repair-note.h"
#include "media/base/log.h"
#include "media/base/path.h"

/* What the state folder holds, whose it is, and who may look into it: its owner. */
static const struct place {
    const char *path, *kind, *mode;
    bool needed; /* made where it is gone */
} places[] = {
    {"state:", "dir", "0700", true},
    {"state:content", "dir", "0700", true},
    {"state:staging", "dir", "0700", true},
    {"state:outbox", "dir", "0700", false},
    {"state:lock", "file", "0600", false},
    {"state:state.db", "file", "0600", false},
    {"state:state.db-wal", "file", "0600", false},
};

/* One verb; *value is NULL where it came to nothing. What kept a change is in the rows already, so it
 * is no reason to stop. */
static void call(struct repair_kit *kit, const char *verb, json_t *arguments, json_t **value)
{
    char reason[ERROR_WORDS_BYTES] = "";
    struct error why;

    if (repair_kit_call(kit, verb, arguments, value, reason, &why) < 0)
        log_write(LOG_LEVEL_ERROR, "repair: %s: %s", verb, why.words);
    else if (reason[0] != '\0')
        log_write(LOG_LEVEL_INFO, "repair: %s: %s", verb, reason);
    if (reason[0] != '\0') {
        json_decref(*value);
        *value = NULL;
    }
    json_decref(arguments);
}

static void change(struct repair_kit *kit, const char *verb, json_t *arguments)
{
    json_t *value;

    call(kit, verb, arguments, &value);
    json_decref(value);
}

static bool is_text(const json_t *object, const char *key, const char *text)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL && strcmp(value, text) == 0;
}

/* The owner first: who does not own a thing can't give it a mode. */
static void mend_place(struct repair_kit *kit, const struct place *place)
{
    const struct passwd *self = getpwuid(geteuid());
    json_t *value;

    call(kit, "stat", json_pack("[s]", place->path), &value);
    if (json_is_null(value) && place->needed)
        change(kit, "make_dir", json_pack("[s, s]", place->path, place->mode));
    if (is_text(value, "kind", place->kind)) {
        if (self != NULL && !is_text(value, "owner", self->pw_name))
            change(kit, "set_owner", json_pack("[s, s]", place->path, self->pw_name));
        if (!is_text(value, "mode", place->mode))
            change(kit, "set_mode", json_pack("[s, s]", place->path, place->mode));
    }
    json_decref(value);
}

static int mend_places(struct repair_kit *kit, struct error *err)
{
    (void)err;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
        mend_place(kit, &places[i]);
    return 0;
}

static int mend_type(struct repair_kit *kit, const char *type, bool *linked, struct error *err)
{
    char path[LIMIT_NAME_BYTES + 16];
    const struct place place = {path, "dir", "0700", false};
    bool sound;
    int result = activate_link_sound(kit->import->state, type, &sound, err);

    snprintf(path, sizeof(path), "state:content/%s", type);
    mend_place(kit, &place);
    *linked = *linked && result == 0 && sound;
    return result;
}

/* The folder of each type in service, and the links that say what serves. */
static int mend_types(struct repair_kit *kit, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    bool linked = true;
    int result = state_types(kit->import->state, STATE_ACTIVE, &types, &count, err);

    for (size_t i = 0; i < count && result == 0; i++)
        result = mend_type(kit, types[i], &linked, err);
    path_free_names(types, count);
    if (result == 0 && !linked)
        change(kit, "rebuild_index", json_pack("[s]", "links"));
    return result;
}

/* That the broker does not run, or the list is damaged, is a repair that failed. */
static int note_blind(struct repair_kit *kit, const struct error *why, struct error *err)
{
    log_write(LOG_LEVEL_ERROR, "repair: our own programs can't be looked at: %s", why->words);
    if (kit->dry_run)
        return 0;
    return repair_note_failure(kit->import->state, "list_own", "own:", kit->who, why, err);
}

/* Without pristine copies there is nothing to hold the programs against. */
static int mend_programs(struct repair_kit *kit, struct error *err)
{
    json_t *body = json_pack("{s:s}", "call", "list_own");
    json_t *unsound = NULL, *row;
    struct error why;
    int result = 0;
    size_t i;

    if (repair_broker_ask(&kit->broker, body, &unsound, &why) < 0)
        result = note_blind(kit, &why, err);
    json_decref(body);
    json_array_foreach(unsound, i, row)
        change(kit, "restore_own", json_pack("[O]", json_object_get(row, "path")));
    json_decref(unsound);
    return result;
}

static int mend_staging(struct repair_kit *kit, struct error *err)
{
    size_t count;
    int result = partial_leftovers(kit->import->state, &count, err);

    if (result == 0 && count > 0)
        change(kit, "clear_staging", json_array());
    return result;
}

static int mend_outbox(struct repair_kit *kit, struct error *err)
{
    bool sound;
    int result = outbox_sound(kit->import->state, &sound, err);

    if (result == 0 && !sound)
        change(kit, "rebuild_index", json_pack("[s]", "outbox"));
    return result;
}

/* In this order: what is looked at later lies in what was put right before. */
static int (*const rules[])(struct repair_kit *kit, struct error *err) = {
    mend_places, mend_programs, mend_types, mend_staging, mend_outbox,
};

int repair_last_resort_run(struct repair_kit *kit, struct error *err)
{
    int first = 0;

    for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
        struct error why;
        int result = rules[i](kit, &why);

        if (result < 0 && first == 0) {
            first = result;
            *err = why;
        }
    }
    if (first == 0 && !kit->dry_run)
        first = repair_note_forget(kit->import->state, kit->since_us, err);
    return first;
}
