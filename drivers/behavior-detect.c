/* SPDX-License-Identifier: ISC */
#include "drivers/behavior-detect.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "media/base/json.h"
#include "media/base/text.h"

#define MINUTE_US    INT64_C(60000000)
#define ESCAPE_MOST  6  /* what text_escape makes of one byte: "\u{7F}" */
#define ENCODED_MOST 3  /* what percent-encoding makes of one */
#define LINE_MOST    24 /* "=", LF and a number */

static bool is_key(struct bytes_view key)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_.-";

    for (size_t i = 0; i < key.size; i++)
        if (memchr(letters, key.data[i], sizeof(letters) - 1) == NULL)
            return false;
    return key.size > 0 && key.size <= LIMIT_NAME_BYTES;
}

static int compare_keys(struct bytes_view a, struct bytes_view b)
{
    int order = memcmp(a.data, b.data, a.size < b.size ? a.size : b.size);

    return order != 0 ? order : (a.size > b.size) - (a.size < b.size);
}

int behavior_facts_add(struct behavior_facts *facts, const struct behavior_fact *fact,
                       struct error *err)
{
    char key[64];
    size_t at = 0;

    text_escape(fact->key.data, fact->key.size, key, sizeof(key));
    if (!is_key(fact->key))
        return error_set(err, ERROR_BAD_CONTENT,
                         "facts: %s: expected a key of 1 to %d of [a-z0-9_.-]", key,
                         LIMIT_NAME_BYTES);
    if (fact->text.size > LIMIT_LUA_FACT_BYTES)
        return error_set(err, ERROR_BAD_CONTENT, "facts: %s: more than %d bytes (LUA_FACT_BYTES)",
                         key, LIMIT_LUA_FACT_BYTES);
    while (at < facts->count && compare_keys(facts->facts[at].key, fact->key) < 0)
        at++;
    if (at < facts->count && compare_keys(facts->facts[at].key, fact->key) == 0)
        return error_set(err, ERROR_BAD_CONTENT, "facts: %s: is there twice", key);
    if (facts->count == LIMIT_LUA_FACTS)
        return error_set(err, ERROR_LIMIT, "facts: more than %d (LUA_FACTS)", LIMIT_LUA_FACTS);
    if (fact->text.size > LIMIT_LUA_DETECTION_BYTES - facts->bytes)
        return error_set(err, ERROR_LIMIT, "facts: more than %lu bytes (LUA_DETECTION_BYTES)",
                         LIMIT_LUA_DETECTION_BYTES);
    memmove(&facts->facts[at + 1], &facts->facts[at],
            (facts->count - at) * sizeof(facts->facts[0]));
    facts->facts[at] = *fact;
    facts->count++;
    facts->bytes += fact->text.size;
    return 0;
}

/* The next element of a list, taken from its front; false at its end. */
static bool next_element(struct bytes_view *list, struct bytes_view *element)
{
    const uint8_t *end = list->size > 0 ? memchr(list->data, '\0', list->size) : NULL;

    if (end == NULL)
        return false;
    *element = bytes_view_of(list->data, (size_t)(end - list->data));
    *list = bytes_view_of(end + 1, list->size - element->size - 1);
    return true;
}

static json_t *text_json(struct bytes_view text)
{
    size_t room = text.size * ESCAPE_MOST + 1;
    char *words = bytes_allocate(1, room);
    json_t *made;

    if (text.size > 0)
        memcpy(words, text.data, text.size);
    if (strlen(words) != text.size || !json_text_valid(words, text.size))
        text_escape(text.data, text.size, words, room);
    made = json_string(words);
    free(words);
    return made;
}

static json_t *list_json(struct bytes_view list)
{
    struct bytes_view element;
    json_t *made = json_array();

    while (next_element(&list, &element))
        json_array_append_new(made, text_json(element));
    return made;
}

static json_t *fact_json(const struct behavior_fact *fact)
{
    switch (fact->kind) {
    case BEHAVIOR_FACT_NUMBER:
        return json_integer((json_int_t)fact->number);
    case BEHAVIOR_FACT_FLAG:
        return json_boolean(fact->number != 0);
    case BEHAVIOR_FACT_LIST:
        return list_json(fact->text);
    default:
        return text_json(fact->text);
    }
}

json_t *behavior_facts_json(const struct behavior_facts *facts)
{
    json_t *made = json_object();

    for (size_t i = 0; i < facts->count; i++) {
        char key[LIMIT_NAME_BYTES + 1];

        snprintf(key, sizeof(key), "%.*s", (int)facts->facts[i].key.size,
                 (const char *)facts->facts[i].key.data);
        json_object_set_new(made, key, fact_json(&facts->facts[i]));
    }
    return made;
}

static bool is_unreserved(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

static int put_encoded(struct bytes *out, struct bytes_view text, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < text.size && result == 0; i++) {
        char triple[4];

        snprintf(triple, sizeof(triple), "%%%02X", text.data[i]);
        result = is_unreserved(text.data[i]) ? bytes_put_u8(out, text.data[i], err)
                                             : bytes_put(out, triple, 3, err);
    }
    return result;
}

static int put_list(struct bytes *out, struct bytes_view list, struct error *err)
{
    struct bytes_view element;
    int result = 0;

    for (size_t i = 0; result == 0 && next_element(&list, &element); i++) {
        if (i > 0)
            result = bytes_put_u8(out, ',', err);
        if (result == 0)
            result = put_encoded(out, element, err);
    }
    return result;
}

static int put_value(struct bytes *out, const struct behavior_fact *fact, struct error *err)
{
    char number[24];

    if (fact->kind == BEHAVIOR_FACT_LIST)
        return put_list(out, fact->text, err);
    if (fact->kind == BEHAVIOR_FACT_TEXT)
        return put_encoded(out, fact->text, err);
    if (fact->kind == BEHAVIOR_FACT_FLAG)
        snprintf(number, sizeof(number), "%s", fact->number != 0 ? "true" : "false");
    else
        snprintf(number, sizeof(number), "%" PRId64, fact->number);
    return bytes_put(out, number, strlen(number), err);
}

static int put_fact(struct bytes *out, const struct behavior_fact *fact, struct error *err)
{
    int result = put_encoded(out, fact->key, err);

    if (result == 0)
        result = bytes_put_u8(out, '=', err);
    if (result == 0)
        result = put_value(out, fact, err);
    return result == 0 ? bytes_put_u8(out, '\n', err) : result;
}

static bool is_named(const struct behavior_fact *fact, const char *const *keys, size_t count)
{
    for (size_t i = 0; keys != NULL && i < count; i++)
        if (bytes_equal(fact->key, bytes_view_of(keys[i], strlen(keys[i]))))
            return true;
    return keys == NULL;
}

/* The canonical form that is hashed. */
static int put_form(struct bytes *out, const char *rule, const struct behavior_facts *facts,
                    const char *const *keys, size_t key_count, struct error *err)
{
    int result = bytes_put(out, "v1\n", 3, err);

    if (result == 0)
        result = put_encoded(out, bytes_view_of(rule, strlen(rule)), err);
    if (result == 0)
        result = bytes_put_u8(out, '\n', err);
    for (size_t i = 0; i < facts->count && result == 0; i++)
        if (is_named(&facts->facts[i], keys, key_count))
            result = put_fact(out, &facts->facts[i], err);
    return result;
}

int behavior_thumbprint(const char *rule, const struct behavior_facts *facts,
                        const char *const *keys, size_t key_count,
                        char out[static BEHAVIOR_THUMBPRINT_TEXT], struct error *err)
{
    uint8_t digest[32];
    struct bytes form;
    int result;

    bytes_init(&form, ENCODED_MOST * (LIMIT_LUA_DETECTION_BYTES + strlen(rule)) +
                          (LIMIT_LUA_FACTS + 1) * (LIMIT_NAME_BYTES + LINE_MOST));
    result = put_form(&form, rule, facts, keys, key_count, err);
    if (result == 0 && gnutls_hash_fast(GNUTLS_DIG_SHA256, form.data, form.size, digest) < 0)
        result = error_set(err, ERROR_INTERNAL, "SHA-256 is not available");
    bytes_clear(&form);
    if (result < 0)
        return result;
    memcpy(out, "v1:", 3);
    text_hex(digest, sizeof(digest), out + 3);
    return 0;
}

bool behavior_rate_take(struct behavior_rate *rate, int64_t now, uint64_t *count)
{
    if (now < rate->start || now - rate->start >= MINUTE_US) {
        rate->start = now;
        rate->raised = 0;
    }
    if (rate->raised >= LIMIT_LUA_DETECTIONS) {
        rate->held++;
        return false;
    }
    rate->raised++;
    *count = rate->held + 1;
    rate->held = 0;
    return true;
}
