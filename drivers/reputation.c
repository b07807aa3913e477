/* SPDX-License-Identifier: ISC */
#include "drivers/reputation.h"

#include <stdlib.h>
#include <string.h>

#include "drivers/hash-names.h"
#include "media/base/json.h"
#include "media/base/limits.h"

struct list {
    struct hash_index *index;
    struct hash_names *names;
    uint64_t counts[REPUTATION_VERDICTS]; /* records of each verdict */
};

struct reputation {
    struct list lists[REPUTATION_LISTS];
};

static const struct {
    const char *key;           /* in requests and replies */
    const char *index, *names; /* names of the files */
} rows[REPUTATION_LISTS] = {
    [REPUTATION_FILES] = {"sha256", "sha256.idx", "sha256.names"},
    [REPUTATION_SIGNERS] = {"signer", "signer.idx", "signer.names"},
};

/* ---- loading ---- */

/* Where a check has come to, for the heartbeat. */
struct place {
    const struct driver_content *content;
    const char *file;
};

static void tell_record(void *context, uint64_t record)
{
    const struct place *place = context;
    char item[40];

    snprintf(item, sizeof(item), "record %llu", (unsigned long long)record);
    driver_at(place->content, place->file, 0, item);
}

static void count_verdicts(struct list *list)
{
    for (uint64_t i = 0; i < hash_index_count(list->index); i++)
        list->counts[hash_index_value(list->index, (uint32_t)i)]++;
}

static int load_index(const struct driver_content *content, const struct driver_file *file,
                      struct list *list, struct error *err)
{
    struct place place = {content, file->name};
    int result = hash_index_open(file->fd, file->size, &list->index, err);

    if (result == 0 && hash_index_value_bytes(list->index) != 1)
        result = error_set(err, ERROR_BAD_CONTENT, "offset 13: values of %u bytes; expected 1",
                           hash_index_value_bytes(list->index));
    if (result == 0)
        result =
            hash_index_validate(list->index, REPUTATION_VERDICTS - 1, tell_record, &place, err);
    if (result == 0)
        count_verdicts(list);
    return result;
}

/* The index comes first in the order of names, so that it is there already. */
static int load_names(const struct driver_content *content, const struct driver_file *file,
                      struct list *list, struct error *err)
{
    struct place place = {content, file->name};
    int result;

    if (list->index == NULL)
        return error_set(err, ERROR_BAD_CONTENT, "no index beside these names");
    result = hash_names_open(file->fd, file->size, &list->names, err);
    if (result == 0)
        result = hash_names_validate(list->names, hash_index_count(list->index), tell_record,
                                     &place, err);
    return result;
}

static int load_file(struct reputation *reputation, const struct driver_content *content,
                     const struct driver_file *file, struct error *err)
{
    driver_at(content, file->name, 0, NULL);
    for (size_t i = 0; i < REPUTATION_LISTS; i++) {
        if (strcmp(file->name, rows[i].index) == 0)
            return load_index(content, file, &reputation->lists[i], err);
        if (strcmp(file->name, rows[i].names) == 0)
            return load_names(content, file, &reputation->lists[i], err);
    }
    return error_set(err, ERROR_BAD_CONTENT,
                     "expected sha256.idx, sha256.names, signer.idx or signer.names, as publish "
                     "makes them");
}

int reputation_load(const struct driver_content *content, struct reputation **reputation,
                    struct error *err)
{
    struct reputation *made = bytes_allocate(1, sizeof(*made));
    int result = 0;

    for (size_t i = 0; i < content->file_count && result == 0; i++) {
        result = load_file(made, content, &content->files[i], err);
        if (result < 0)
            result = error_context(err, "%s: %s", content->type, content->files[i].name);
    }
    if (result == 0 && content->file_count == 0)
        result = error_set(err, ERROR_BAD_CONTENT, "%s: no list", content->type);
    if (result < 0)
        reputation_free(made);
    else
        *reputation = made;
    return result;
}

void reputation_free(struct reputation *reputation)
{
    if (reputation == NULL)
        return;
    for (size_t i = 0; i < REPUTATION_LISTS; i++) {
        hash_names_close(reputation->lists[i].names);
        hash_index_close(reputation->lists[i].index);
    }
    free(reputation);
}

/* ---- asking ---- */

bool reputation_find(const struct reputation *reputation, enum reputation_list list,
                     const uint8_t key[static HASH_INDEX_KEY_BYTES],
                     struct reputation_answer *answer)
{
    const struct list *asked = &reputation->lists[list];
    uint32_t record;

    *answer = (struct reputation_answer){.verdict = REPUTATION_NEUTRAL};
    if (asked->index == NULL || !hash_index_find(asked->index, key, &record))
        return false;
    answer->verdict = (enum reputation_verdict)hash_index_value(asked->index, record);
    if (asked->names != NULL)
        (void)hash_names_get(asked->names, record, &answer->name);
    return true;
}

void reputation_verdicts(const struct reputation *reputation, enum reputation_list list,
                         const uint8_t (*keys)[HASH_INDEX_KEY_BYTES], size_t count,
                         uint8_t *verdicts)
{
    enum { PIECE = 256 };
    const struct hash_index *index = reputation->lists[list].index;
    uint32_t records[PIECE];

    memset(verdicts, REPUTATION_UNKNOWN, count);
    for (size_t done = 0; index != NULL && done < count; done += PIECE) {
        size_t part = count - done < PIECE ? count - done : PIECE;

        hash_index_find_many(index, keys + done, part, records);
        for (size_t i = 0; i < part; i++)
            if (records[i] != HASH_INDEX_NONE)
                verdicts[done + i] = (uint8_t)hash_index_value(index, records[i]);
    }
}

static int read_load(const struct driver_content *content, void **loaded, struct error *err)
{
    struct reputation *reputation = NULL;
    int result = reputation_load(content, &reputation, err);

    *loaded = reputation;
    return result;
}

static void read_unload(void *loaded)
{
    reputation_free(loaded);
}

const struct driver_read reputation_read = {
    .type = {REPUTATION_TYPE, 1, 1}, .load = read_load, .unload = read_unload};

static int read_key(enum reputation_list list, const json_t *value,
                    uint8_t key[static HASH_INDEX_KEY_BYTES], struct error *err)
{
    struct bytes_view text = {.data = (const uint8_t *)json_string_value(value),
                              .size = json_string_length(value)};

    if (!json_is_string(value))
        return error_set(err, ERROR_BAD_DOCUMENT, "expected a text");
    if (list == REPUTATION_SIGNERS)
        return reputation_signer_key(text, key, err);
    if (reputation_file_key(text, key) < 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "expected the 64 hex digits of a SHA-256");
    return 0;
}

static json_t *describe(const struct reputation_answer *answer)
{
    json_t *row = json_pack("{s:s}", "verdict", reputation_verdict_name(answer->verdict));

    if (answer->name.size > 0)
        json_object_set_new(row, "name",
                            json_stringn((const char *)answer->name.data, answer->name.size));
    return row;
}

static int answer_list(const struct reputation *reputation, enum reputation_list list,
                       const json_t *asked, json_t *answers, struct error *err)
{
    uint8_t key[HASH_INDEX_KEY_BYTES];
    struct reputation_answer answer;
    const json_t *value;
    size_t i;

    json_array_foreach(asked, i, value)
    {
        if (read_key(list, value, key, err) < 0)
            return error_context(err, "%s[%zu]", rows[list].key, i);
        json_array_append_new(answers, reputation_find(reputation, list, key, &answer)
                                           ? describe(&answer)
                                           : json_null());
    }
    return 0;
}

int reputation_serve(const struct reputation *reputation, const json_t *request, json_t **reply,
                     struct error *err)
{
    json_t *asked[REPUTATION_LISTS] = {NULL};
    const struct json_field fields[] = {
        {rows[0].key, JSON_LIST, JSON_OPTIONAL, &asked[0], 0, LIMIT_REPUTATION_BATCH, NULL},
        {rows[1].key, JSON_LIST, JSON_OPTIONAL, &asked[1], 0, LIMIT_REPUTATION_BATCH, NULL},
    };
    int result = json_fields(request, fields, REPUTATION_LISTS, err);

    if (result < 0)
        return result;
    if (json_array_size(asked[0]) + json_array_size(asked[1]) > LIMIT_REPUTATION_BATCH)
        return error_set(err, ERROR_LIMIT, "more than REPUTATION_BATCH, %d keys",
                         LIMIT_REPUTATION_BATCH);
    if (reputation == NULL)
        return error_set(err, ERROR_NOT_FOUND, "no " REPUTATION_TYPE " is loaded");
    *reply = json_object();
    for (size_t i = 0; i < REPUTATION_LISTS && result == 0; i++) {
        json_t *answers = json_array();

        result = answer_list(reputation, (enum reputation_list)i, asked[i], answers, err);
        json_object_set_new(*reply, rows[i].key, answers);
    }
    if (result < 0) {
        json_decref(*reply);
        *reply = NULL;
    }
    return result;
}

static json_t *list_stats(const struct list *list)
{
    json_t *stats =
        json_pack("{s:I, s:I, s:I}", "records", (json_int_t)hash_index_count(list->index), "bytes",
                  (json_int_t)hash_index_file_bytes(list->index), "names",
                  (json_int_t)(list->names != NULL ? hash_names_count(list->names) : 0));

    for (unsigned i = 0; i < REPUTATION_VERDICTS; i++)
        json_object_set_new(stats, reputation_verdict_name((enum reputation_verdict)i),
                            json_integer((json_int_t)list->counts[i]));
    return stats;
}

json_t *reputation_stats(const struct reputation *reputation)
{
    json_t *stats = json_object();

    for (size_t i = 0; reputation != NULL && i < REPUTATION_LISTS; i++) {
        if (reputation->lists[i].index != NULL)
            json_object_set_new(stats, rows[i].key, list_stats(&reputation->lists[i]));
    }
    return stats;
}
