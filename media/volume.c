/* SPDX-License-Identifier: ISC */
#include "media/volume.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "media/base/limits.h"
#include "media/base/text.h"

/* The whole tree (sallyport-set.5, Tree). In a pattern '#' is a decimal number, '@' a digest in
 * hex, '~' a word; everything else stands for itself. */
static const struct pattern {
    enum volume_kind kind;
    const char *text;
    uint64_t min; /* of the number */
} patterns[] = {
    {VOLUME_FORMAT, VOLUME_ROOT "/FORMAT", 0},
    {VOLUME_ROOT_DOCUMENT, VOLUME_ROOT "/root/#.p7m", 1},
    {VOLUME_CRL, VOLUME_ROOT "/crl/@-#.crl", 0},
    {VOLUME_SET, VOLUME_ROOT "/rings/~/set-#.p7m", 1},
    {VOLUME_SET_NEWEST, VOLUME_ROOT "/rings/~/set.p7m", 0},
    {VOLUME_PACKAGE, VOLUME_ROOT "/packages/~/@.p7m", 0},
    {VOLUME_RECIPE, VOLUME_ROOT "/recipes/@.rcp", 0},
    {VOLUME_PACK, VOLUME_ROOT "/packs/@.tar", 0},
    {VOLUME_EXPORT, VOLUME_ROOT "/export.p7m", 0},
    {VOLUME_RECEIPT, VOLUME_ROOT "/receipts/~/#.p7m", 1},
    {VOLUME_OUTBOX, VOLUME_ROOT "/outbox/~/#.p7e", 1},
    {VOLUME_INDEX, VOLUME_INDEX_NAME, 0},
};

#define PATTERN_COUNT (sizeof(patterns) / sizeof(patterns[0]))

static bool is_word_byte(char byte, bool first)
{
    if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9'))
        return true;
    return !first && byte != '\0' && strchr("._-", byte) != NULL;
}

static int take_word(const char **path, struct volume_name *name)
{
    size_t size = 0;

    while (is_word_byte((*path)[size], size == 0)) {
        if (size == LIMIT_NAME_BYTES)
            return -1;
        name->word[size] = (*path)[size];
        size++;
    }
    name->word[size] = '\0';
    *path += size;
    return size > 0 ? 0 : -1;
}

static int take_digest(const char **path, struct volume_name *name)
{
    char hex[DIGEST_TEXT_BYTES];

    if (strnlen(*path, DIGEST_TEXT_BYTES - 1) < DIGEST_TEXT_BYTES - 1)
        return -1;
    memcpy(hex, *path, DIGEST_TEXT_BYTES - 1);
    hex[DIGEST_TEXT_BYTES - 1] = '\0';
    *path += DIGEST_TEXT_BYTES - 1;
    return text_unhex(hex, name->digest, DIGEST_BYTES);
}

/* Decimal, no leading zeros, at most INT64_MAX: what JSON and SQLite can hold as well. */
static int take_number(const char **path, uint64_t min, struct volume_name *name)
{
    const char *start = *path;
    uint64_t number = 0;

    for (; **path >= '0' && **path <= '9'; ++*path) {
        uint64_t digit = (uint64_t)(**path - '0');

        if (number > (INT64_MAX - digit) / 10)
            return -1;
        number = number * 10 + digit;
    }
    if (*path == start || (*start == '0' && *path - start > 1) || number < min)
        return -1;
    name->number = number;
    return 0;
}

static int match(const struct pattern *pattern, const char *path, struct volume_name *name)
{
    int result = 0;

    memset(name, 0, sizeof(*name));
    name->kind = pattern->kind;
    for (const char *text = pattern->text; *text != '\0' && result == 0; text++) {
        if (*text == '~')
            result = take_word(&path, name);
        else if (*text == '@')
            result = take_digest(&path, name);
        else if (*text == '#')
            result = take_number(&path, pattern->min, name);
        else
            result = *path++ == *text ? 0 : -1;
    }
    return result == 0 && *path == '\0' ? 0 : -1;
}

int volume_parse(const char *path, struct volume_name *name)
{
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        if (match(&patterns[i], path, name) == 0)
            return 0;
    }
    return -1;
}

static const struct pattern *pattern_of(enum volume_kind kind)
{
    for (size_t i = 0; i < PATTERN_COUNT; i++) {
        if (patterns[i].kind == kind)
            return &patterns[i];
    }
    return &patterns[0];
}

const char *volume_format(const struct volume_name *name, char out[static VOLUME_NAME_BYTES])
{
    char digest[DIGEST_TEXT_BYTES];
    size_t used = 0;

    text_hex(name->digest, DIGEST_BYTES, digest);
    for (const char *text = pattern_of(name->kind)->text; *text != '\0'; text++) {
        size_t room = VOLUME_NAME_BYTES - used;

        /* The longest pattern is below 200 bytes with every part at its largest. */
        if (*text == '~')
            used += (size_t)snprintf(out + used, room, "%s", name->word);
        else if (*text == '@')
            used += (size_t)snprintf(out + used, room, "%s", digest);
        else if (*text == '#')
            used += (size_t)snprintf(out + used, room, "%llu", (unsigned long long)name->number);
        else
            used += (size_t)snprintf(out + used, room, "%c", *text);
    }
    return out;
}
