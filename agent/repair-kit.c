/* SPDX-License-Identifier: ISC */
#include "agent/repair-kit.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/activate.h"
#include "agent/content-check.h"
#include "agent/outbox.h"
#include "agent/partial.h"
#include "agent/repair-note.h"
#include "agent/repair-path.h"
#include "agent/state-recipe.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/text.h"

#define ARGUMENTS   2
#define OWNER_BYTES 64
#define OWN_FAMILY  "repair" /* runs the kit */

/* What a verb is given, and what comes of it: `value` of a question; of a change the words that say
 * what was done, NULL where nothing was to be done. */
struct call {
    struct repair_kit *kit;
    const char *verb, *arguments[ARGUMENTS];
    json_t *value;
    int64_t before_us; /* when a change was made before; 0: never */
};

typedef int (*run_call)(struct call *call, struct error *err);

static int ask_broker(struct call *call, json_t *body, struct error *err)
{
    int result = repair_broker_ask(&call->kit->broker, body, &call->value, err);

    json_decref(body);
    if (result == 0 && json_is_null(call->value)) {
        json_decref(call->value);
        call->value = NULL;
    }
    return result;
}

static int run_with_path(struct call *call, struct error *err)
{
    return ask_broker(call, json_pack("{s:s, s:s}", "call", call->verb, "path", call->arguments[0]),
                      err);
}

static int run_with_mode(struct call *call, struct error *err)
{
    return ask_broker(call,
                      json_pack("{s:s, s:s, s:s}", "call", call->verb, "path", call->arguments[0],
                                "mode", call->arguments[1]),
                      err);
}

static int run_stat(struct call *call, struct error *err)
{
    int result = run_with_path(call, err);
    const struct passwd *owner;
    char number[OWNER_BYTES];
    uid_t uid;

    if (result < 0 || call->value == NULL)
        return result;
    uid = (uid_t)json_integer_value(json_object_get(call->value, "uid"));
    owner = getpwuid(uid);
    snprintf(number, sizeof(number), "%u", uid);
    json_object_set_new(call->value, "owner", json_string(owner != NULL ? owner->pw_name : number));
    json_object_del(call->value, "uid");
    return 0;
}

static int run_set_owner(struct call *call, struct error *err)
{
    const struct passwd *owner = getpwnam(call->arguments[1]);

    if (owner == NULL)
        return error_set(err, ERROR_NOT_FOUND, "there is no user %s", call->arguments[1]);
    return ask_broker(call,
                      json_pack("{s:s, s:s, s:I}", "call", call->verb, "path", call->arguments[0],
                                "uid", (json_int_t)owner->pw_uid),
                      err);
}

/* As the last look found it: the hourly one has just been. */
static int run_content_ok(struct call *call, struct error *err)
{
    struct state *state = call->kit->import->state;
    char words[ERROR_WORDS_BYTES] = "";
    struct state_package package;
    bool present, damaged;
    int result = state_package(state, call->arguments[0], STATE_ACTIVE, &package, &present, err);

    /* A kit is for endpoints of all sorts: what is not here is not damaged. */
    if (result < 0 || !present || call->kit->fetches)
        return result;
    result = state_damaged(state, package.id, &damaged, words, sizeof(words), err);
    if (result == 0 && damaged)
        return error_set(err, ERROR_BAD_DIGEST, "%s", words);
    return result;
}

static int run_restore_content(struct call *call, struct error *err)
{
    const struct import *import = call->kit->import;
    bool linked;
    int result = activate_relink(import->state, call->arguments[0], &linked, err);

    if (result == 0)
        result = run_content_ok(call, err);
    call->value = linked ? json_string("its link is set again") : NULL;
    return result;
}

static int run_clear_staging(struct call *call, struct error *err)
{
    struct state *state = call->kit->import->state;
    size_t count = 0;
    int result = partial_leftovers(state, &count, err);

    if (result == 0)
        result = partial_sweep(state, err);
    if (result == 0 && count > 0)
        call->value = json_string("what no import will complete was removed");
    return result;
}

static int links_sound(struct state *state, bool *sound, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(state, STATE_ACTIVE, &types, &count, err);

    *sound = true;
    for (size_t i = 0; i < count && *sound && result == 0; i++)
        result = activate_link_sound(state, types[i], sound, err);
    path_free_names(types, count);
    return result;
}

static const struct index_row {
    const char *name;
    int (*is_sound)(struct state *state, bool *sound, struct error *err);
    int (*rebuild)(struct state *state, struct error *err);
} indexes[] = {
    {"links", links_sound, activate_recover},
    {"outbox", outbox_sound, outbox_recover},
};

static int find_index(const char *name, const struct index_row **index, struct error *err)
{
    for (size_t i = 0; i < sizeof(indexes) / sizeof(indexes[0]); i++) {
        if (strcmp(indexes[i].name, name) != 0)
            continue;
        *index = &indexes[i];
        return 0;
    }
    return error_set(err, ERROR_NOT_FOUND, "there is no index %s", name);
}

static int run_index_ok(struct call *call, struct error *err)
{
    const struct index_row *index = NULL;
    bool sound;
    int result = find_index(call->arguments[0], &index, err);

    if (result == 0)
        result = index->is_sound(call->kit->import->state, &sound, err);
    if (result == 0 && !sound)
        return error_set(err, ERROR_BAD_DIGEST, "%s: not what the rows say", index->name);
    return result;
}

static int run_rebuild_index(struct call *call, struct error *err)
{
    struct state *state = call->kit->import->state;
    const struct index_row *index = NULL;
    bool sound = false;
    int result = find_index(call->arguments[0], &index, err);

    if (result == 0)
        result = index->is_sound(state, &sound, err);
    if (result < 0 || sound)
        return result;
    call->value = json_string("made anew from the rows");
    return index->rebuild(state, err);
}

static int run_restart_driver(struct call *call, struct error *err)
{
    if (call->kit->import->drivers == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no driver runs yet");
    if (strcmp(call->arguments[0], OWN_FAMILY) == 0)
        return error_set(err, ERROR_BLOCKED, "driver %s is the one that asks", OWN_FAMILY);
    call->value = json_string("started anew");
    return driver_host_restart(call->kit->import->drivers, call->arguments[0], err);
}

enum effect { ASKS, JUDGES, CHANGES };

/* Kinds of arguments, a letter each: p path, m mode of the path before it, n name. */
static const struct verb {
    const char *name, *kinds;
    run_call run;
    enum effect effect;
} verbs[] = {
    {"stat", "p", run_stat, ASKS},
    {"sha384", "p", run_with_path, ASKS},
    {"content_ok", "n", run_content_ok, JUDGES},
    {"index_ok", "n", run_index_ok, JUDGES},
    {"make_dir", "pm", run_with_mode, CHANGES},
    {"set_mode", "pm", run_with_mode, CHANGES},
    {"set_owner", "pn", run_set_owner, CHANGES},
    {"restore_own", "p", run_with_path, CHANGES},
    {"restore_content", "n", run_restore_content, CHANGES},
    {"clear_staging", "", run_clear_staging, CHANGES},
    {"rebuild_index", "n", run_rebuild_index, CHANGES},
    {"restart_driver", "n", run_restart_driver, CHANGES},
};

static const struct verb *find_verb(const char *name)
{
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    }
    return NULL;
}

/* A user's name is no more than a name of ours, in any case of letters. */
static int check_name(const char *text, struct error *err)
{
    char shown[2 * LIMIT_NAME_BYTES];

    if (json_name_valid(text))
        return 0;
    return error_set(err, ERROR_BLOCKED, "%s is no name",
                     text_escape_string(text, shown, sizeof(shown)));
}

static int read_arguments(const struct verb *verb, const json_t *arguments, struct call *call,
                          struct error *err)
{
    struct repair_path path = {0};
    mode_t mode;
    int result = 0;

    if (!json_is_array(arguments) || json_array_size(arguments) != strlen(verb->kinds))
        return error_set(err, ERROR_BLOCKED, "%s takes %zu arguments", verb->name,
                         strlen(verb->kinds));
    for (size_t i = 0; verb->kinds[i] != '\0' && result == 0; i++) {
        const char *text = json_string_value(json_array_get(arguments, i));

        if (text == NULL)
            return error_set(err, ERROR_BLOCKED, "%s takes strings", verb->name);
        if (verb->kinds[i] == 'p')
            result = repair_path_read(text, &path, err);
        else if (verb->kinds[i] == 'm')
            result = repair_path_mode(&path, text, &mode, err);
        else
            result = check_name(text, err);
        call->arguments[i] = text;
    }
    return result;
}

static void add_row(struct call *call, bool done, const char *words)
{
    const char *object = call->arguments[0] != NULL ? call->arguments[0] : "";

    json_array_append_new(call->kit->done,
                          json_pack("{s:s, s:s, s:b, s:s}", "verb", call->verb, "object", object,
                                    "done", done, "words", words));
}

static int would_change(struct call *call)
{
    const char *more = call->arguments[1] != NULL ? call->arguments[1] : "";
    char words[ERROR_WORDS_BYTES];

    snprintf(words, sizeof(words), "would be done: %s%s%s", call->verb, more[0] != '\0' ? " " : "",
             more);
    add_row(call, false, words);
    return 0;
}

/* What was done or kept from it is told in the run's rows, in the state and in the log. */
static int conclude(struct call *call, const char *object, const struct error *why,
                    struct error *err)
{
    struct error outcome = *why;
    char words[2 * ERROR_WORDS_BYTES];

    if (outcome.code == ERROR_OK)
        snprintf(outcome.words, sizeof(outcome.words), "%s",
                 call->value != NULL ? json_string_value(call->value) : "");
    if (outcome.words[0] != '\0') {
        text_escape_string(outcome.words, words, sizeof(words));
        log_write(outcome.code == ERROR_OK ? LOG_LEVEL_WARN : LOG_LEVEL_ERROR, "repair: %s %s: %s",
                  call->verb, object, words);
        add_row(call, outcome.code == ERROR_OK, words);
    }
    return repair_note_end(call->kit->import->state, call->verb, object, call->kit->who,
                           call->before_us, &outcome, err);
}

static int change(struct call *call, const struct verb *verb, struct error *err)
{
    struct repair_kit *kit = call->kit;
    const char *object = call->arguments[0] != NULL ? call->arguments[0] : "";
    struct error why = {.code = ERROR_OK};
    int result;

    if (kit->dry_run)
        return would_change(call);
    if (++kit->changes > LIMIT_REPAIR_CHANGES)
        return error_set(err, ERROR_LIMIT, "this run has made REPAIR_CHANGES changes");
    result = repair_note_begin(kit->import->state, call->verb, object, kit->who, kit->since_us,
                               &call->before_us, err);
    if (result < 0)
        return result;
    if (verb->run(call, &why) == 0)
        why.code = ERROR_OK;
    result = conclude(call, object, &why, err);
    if (result == 0 && why.code != ERROR_OK) {
        *err = why;
        result = -(int)why.code;
    }
    return result;
}

/* A call of the right form that came to nothing has a value, too. */
static json_t *value_of(const struct verb *verb, const struct call *call, int result)
{
    if (verb->effect != ASKS)
        return json_boolean(result == 0);
    return result == 0 && call->value != NULL ? json_incref(call->value) : json_null();
}

static int run_verb(struct call *call, const struct verb *verb, json_t **value,
                    char reason[static ERROR_WORDS_BYTES])
{
    struct error why = {.code = ERROR_OK};
    int result;

    if (++call->kit->calls > LIMIT_REPAIR_CALLS)
        result = error_set(&why, ERROR_LIMIT, "this run has made REPAIR_CALLS calls");
    else
        result = verb->effect == CHANGES ? change(call, verb, &why) : verb->run(call, &why);
    snprintf(reason, ERROR_WORDS_BYTES, "%s", result < 0 ? why.words : "");
    *value = value_of(verb, call, result);
    json_decref(call->value);
    return 0;
}

int repair_kit_call(struct repair_kit *kit, const char *name, const json_t *arguments,
                    json_t **value, char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    const struct verb *verb = find_verb(name);
    struct call call = {.kit = kit};
    char shown[2 * LIMIT_NAME_BYTES];
    int result;

    *value = NULL;
    reason[0] = '\0';
    if (verb == NULL)
        return error_set(err, ERROR_BLOCKED, "%s is no verb of a repair",
                         text_escape_string(name, shown, sizeof(shown)));
    call.verb = verb->name;
    result = read_arguments(verb, arguments, &call, err);
    return result < 0 ? result : run_verb(&call, verb, value, reason);
}

void repair_kit_begin(struct repair_kit *kit, const struct import *import, const char *who,
                      bool person, bool dry_run)
{
    const int64_t now_us = instant_clock();

    *kit = (struct repair_kit){
        .import = import,
        .who = who,
        .dry_run = dry_run,
        .began_us = now_us,
        .since_us = person ? now_us : now_us - INT64_C(1000000) * LIMIT_REPAIR_PAUSE_S,
        .done = json_array(),
        .rules = json_object()};
    repair_broker_init(&kit->broker, import->config, import->state, import->idle);
}

void repair_kit_end(struct repair_kit *kit)
{
    repair_broker_end(&kit->broker);
    json_decref(kit->done);
    json_decref(kit->rules);
    kit->done = kit->rules = NULL;
}
