/* SPDX-License-Identifier: ISC */
#include "agent/repair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/content-check.h"
#include "agent/state-recipe.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/text.h"

struct repair {
    const struct import *import;
    const struct repair_request *request;
    size_t type_count; /* damaged ones that are still to be put right */
    char types[LIMIT_SET_PACKAGES][LIMIT_NAME_BYTES + 1];
    json_t *sources;       /* what each came to */
    struct repair_kit kit; /* what was done about our own files */
    struct content_check_found checked;
    struct error unsaid; /* why content could not be looked at; ERROR_OK: it was */
};

static int list_damaged(struct repair *repair, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_damaged_types(repair->import->state, &types, &count, err);

    repair->type_count = 0;
    for (size_t i = 0; i < count && result == 0; i++)
        snprintf(repair->types[repair->type_count++], sizeof(repair->types[0]), "%s", types[i]);
    path_free_names(types, count);
    return result;
}

static void note_source(struct repair *repair, const char *source, const json_t *reply,
                        const struct error *why)
{
    char words[2 * ERROR_WORDS_BYTES];
    const char *result = json_string_value(json_object_get(reply, "result"));

    json_array_append_new(repair->sources,
                          json_pack("{s:s, s:s, s:s, s:s}", "source", source, "result",
                                    result != NULL ? result : "refused", "code",
                                    error_name(why->code), "words",
                                    text_escape_string(why->words, words, sizeof(words))));
}

/* A source that is gone or refused is no reason not to ask the next one. */
static int ask_source(struct repair *repair, const char *source, struct error *err)
{
    const struct import_request request = {.source = source,
                                           .who = repair->request->who,
                                           .dry_run = repair->request->dry_run,
                                           .only_count = repair->type_count,
                                           .only =
                                               (const char(*)[LIMIT_NAME_BYTES + 1]) repair->types};
    struct error why = {.code = ERROR_OK};
    json_t *reply = NULL;

    if (import_run(repair->import, &request, &reply, &why) == 0)
        why = (struct error){.code = ERROR_OK};
    note_source(repair, source, reply, &why);
    json_decref(reply);
    return repair->request->dry_run ? 0 : list_damaged(repair, err);
}

static int ask_sources(struct repair *repair, struct error *err)
{
    const struct config *config = repair->import->config;
    int result = 0;

    if (repair->type_count > 0 && repair->request->source != NULL)
        return ask_source(repair, repair->request->source, err);
    for (size_t i = 0; i < config->source_count && repair->type_count > 0 && result == 0; i++)
        result = ask_source(repair, config->sources[i].location, err);
    return result;
}

/* One row a content that was damaged when we looked. */
static json_t *content_rows(const struct repair *repair, json_t *found)
{
    json_t *list = json_array(), *words;
    const char *type;

    json_object_foreach(found, type, words)
    {
        bool left = false;

        for (size_t i = 0; i < repair->type_count; i++)
            left = left || strcmp(repair->types[i], type) == 0;
        json_array_append_new(
            list, json_pack("{s:s, s:O, s:b}", "type", type, "words", words, "repaired", !left));
    }
    return list;
}

static int describe(const struct repair *repair, json_t *found, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < repair->type_count && result == 0; i++) {
        char words[ERROR_WORDS_BYTES] = "";
        struct state_package package;
        bool present, damaged;

        result = state_package(repair->import->state, repair->types[i], STATE_ACTIVE, &package,
                               &present, err);
        if (result == 0)
            result = state_damaged(repair->import->state, package.id, &damaged, words,
                                   sizeof(words), err);
        if (result == 0)
            json_object_set_new(found, repair->types[i], json_string(words));
    }
    return result;
}

bool repair_own_files(const struct import *import, enum repair_round_when when, const char *who)
{
    struct repair_kit kit;
    struct error why;
    bool again;

    repair_kit_begin(&kit, import, who, false, false);
    if (repair_round_run(&kit, when, &why) < 0)
        log_write(LOG_LEVEL_ERROR, "repair: %s", why.words);
    again = kit.again;
    repair_kit_end(&kit);
    return again;
}

int repair_look(const struct import *import, const char *who, bool *again, struct error *err)
{
    struct content_check_found found;
    int result;

    repair_own_files(import, REPAIR_ROUND_EARLY, who);
    result = content_check_run(import, who, false, &found, err);
    if (result < 0) {
        repair_own_files(import, REPAIR_ROUND_BLIND, who);
        result = content_check_run(import, who, false, &found, err);
    }
    *again = repair_own_files(import, REPAIR_ROUND_MIDDLE, who);
    return result;
}

/* Whether one of our own files could not be put right, or (dry run) is still to be. */
static bool is_own_left(const struct repair *repair)
{
    json_t *row;
    size_t i;

    json_array_foreach(repair->kit.done, i, row)
    {
        if (!json_is_true(json_object_get(row, "done")))
            return true;
    }
    return false;
}

/* A rule of a kit that could not put right what it found wrong. */
static bool is_rule_left(const struct repair *repair)
{
    const char *id, *outcome;
    json_t *row;

    json_object_foreach(repair->kit.rules, id, row)
    {
        outcome = json_string_value(json_object_get(row, "outcome"));
        if (strcmp(outcome, "left") == 0 || strcmp(outcome, "failed") == 0)
            return true;
    }
    return false;
}

static const char *result_word(const struct repair *repair, const json_t *found)
{
    if (repair->type_count > 0 || is_own_left(repair) || is_rule_left(repair))
        return "damaged";
    return json_object_size(found) > 0 || json_array_size(repair->kit.done) > 0 ? "repaired"
                                                                                : "sound";
}

static int check_once(struct repair *repair, struct error *err)
{
    return content_check_run(repair->import, repair->request->who, false, &repair->checked, err);
}

/* A program of ours that is to be put right first may be why content can't be looked at. */
static int check_contents(struct repair *repair, struct error *err)
{
    int result = repair_round_run(&repair->kit, REPAIR_ROUND_EARLY, err);

    if (result < 0)
        return result;
    result = check_once(repair, &repair->unsaid);
    if (result < 0 && repair_round_run(&repair->kit, REPAIR_ROUND_BLIND, err) < 0)
        return -(int)err->code;
    if (result < 0 && !repair->request->dry_run && repair->kit.changes > 0)
        result = check_once(repair, &repair->unsaid);
    if (result == 0)
        repair->unsaid.code = ERROR_OK;
    if (result == 0 || is_own_left(repair))
        return 0;
    *err = repair->unsaid;
    return result;
}

static json_t *rule_rows(const struct repair *repair)
{
    json_t *list = json_array(), *row;
    const char *id;

    json_object_foreach(repair->kit.rules, id, row) json_array_append(list, row);
    return list;
}

static json_t *make_reply(const struct repair *repair, json_t *found)
{
    char words[2 * ERROR_WORDS_BYTES] = "";

    if (repair->unsaid.code != ERROR_OK)
        text_escape_string(repair->unsaid.words, words, sizeof(words));
    return json_pack("{s:s, s:b, s:s, s:I, s:s, s:o, s:O, s:O, s:o}", "schema",
                     "sallyport.repair/1", "dry_run", repair->request->dry_run, "result",
                     result_word(repair, found), "checked", (json_int_t)repair->checked.checked,
                     "words", words, "contents", content_rows(repair, found), "sources",
                     repair->sources, "own", repair->kit.done, "rules", rule_rows(repair));
}

/* The kit, content, and the kit again where content was damaged. */
static int mend(struct repair *repair, json_t *found, struct error *err)
{
    bool again;
    int result = repair_round_run(&repair->kit, REPAIR_ROUND_MIDDLE, err);

    again = repair->kit.again && !repair->request->dry_run;
    if (result == 0)
        result = list_damaged(repair, err);
    if (result == 0)
        result = describe(repair, found, err);
    if (result == 0)
        result = ask_sources(repair, err);
    return result == 0 && again ? repair_round_run(&repair->kit, REPAIR_ROUND_LATE, err) : result;
}

int repair_run(const struct import *import, const struct repair_request *request, json_t **reply,
               struct error *err)
{
    struct repair *repair = bytes_allocate(1, sizeof(*repair));
    json_t *found = json_object();
    int result;

    *reply = NULL;
    repair->import = import;
    repair->request = request;
    repair->sources = json_array();
    repair_kit_begin(&repair->kit, import, request->who, true, request->dry_run);
    result = check_contents(repair, err);
    if (result == 0)
        result = mend(repair, found, err);
    if (result == 0)
        *reply = make_reply(repair, found);
    json_decref(found);
    json_decref(repair->sources);
    repair_kit_end(&repair->kit);
    free(repair);
    return result;
}
