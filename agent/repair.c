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
    json_t *sources; /* what each came to */
    json_t *own;     /* what was done about our own files */
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

void repair_own_files(const struct import *import, enum repair_round_when when, const char *who)
{
    struct repair_kit kit;
    struct error why;

    repair_kit_begin(&kit, import, who, false, false);
    if (repair_round_run(&kit, when, &why) < 0)
        log_write(LOG_LEVEL_ERROR, "repair: %s", why.words);
    repair_kit_end(&kit);
}

static int mend_own(struct repair *repair, struct error *err)
{
    const struct repair_request *request = repair->request;
    struct repair_kit kit;
    int result;

    repair_kit_begin(&kit, repair->import, request->who, true, request->dry_run);
    result = repair_round_run(&kit, REPAIR_ROUND_BOTH, err);
    repair->own = json_incref(kit.done);
    repair_kit_end(&kit);
    return result;
}

/* Whether one of our own files could not be put right, or (dry run) is still to be. */
static bool is_own_left(const struct repair *repair)
{
    json_t *row;
    size_t i;

    json_array_foreach(repair->own, i, row)
    {
        if (!json_is_true(json_object_get(row, "done")))
            return true;
    }
    return false;
}

static const char *result_word(const struct repair *repair, const json_t *found)
{
    if (json_object_size(found) == 0 && json_array_size(repair->own) == 0)
        return "sound";
    return repair->type_count > 0 || is_own_left(repair) ? "damaged" : "repaired";
}

/* Where a program of ours is still to be put right, that may be why content can't be looked at. */
static int check_contents(struct repair *repair, struct error *err)
{
    int result = content_check_run(repair->import, repair->request->who, false, &repair->checked,
                                   &repair->unsaid);

    if (result == 0)
        repair->unsaid.code = ERROR_OK;
    if (result == 0 || is_own_left(repair))
        return 0;
    *err = repair->unsaid;
    return result;
}

static json_t *make_reply(const struct repair *repair, json_t *found)
{
    char words[2 * ERROR_WORDS_BYTES] = "";

    if (repair->unsaid.code != ERROR_OK)
        text_escape_string(repair->unsaid.words, words, sizeof(words));
    return json_pack("{s:s, s:b, s:s, s:I, s:s, s:o, s:O, s:O}", "schema", "sallyport.repair/1",
                     "dry_run", repair->request->dry_run, "result", result_word(repair, found),
                     "checked", (json_int_t)repair->checked.checked, "words", words, "contents",
                     content_rows(repair, found), "sources", repair->sources, "own", repair->own);
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
    result = mend_own(repair, err);
    if (result == 0)
        result = check_contents(repair, err);
    if (result == 0)
        result = list_damaged(repair, err);
    if (result == 0)
        result = describe(repair, found, err);
    if (result == 0)
        result = ask_sources(repair, err);
    if (result == 0)
        *reply = make_reply(repair, found);
    json_decref(found);
    json_decref(repair->sources);
    json_decref(repair->own);
    free(repair);
    return result;
}
