/* SPDX-License-Identifier: ISC */
#include "mirror/settings.h"

#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/json.h"
#include "media/base/text.h"

#define SET_DAYS_MAX 3650
#define NEAR         3 /* edits up to which a name is suggested */
#define KEY_SECTION  "key "

struct reading {
    struct settings *settings;
    struct settings_key *key; /* of the section that is being read, or NULL */
    struct error *err;        /* of the first thing that was wrong */
};

static int take_text(struct reading *reading, void *place, const char *value)
{
    char **text = place;

    if (value[0] == '\0' || !text_is_utf8(value, strlen(value)))
        return error_set(reading->err, ERROR_CONFIG, "expected a value in UTF-8");
    if (*text != NULL)
        return error_set(reading->err, ERROR_CONFIG, "given twice");
    *text = bytes_copy_string(value);
    return 0;
}

static int take_days(struct reading *reading, void *place, const char *value)
{
    uint64_t days = 0;
    size_t size = strlen(value);

    for (size_t i = 0; i < size && days <= SET_DAYS_MAX; i++)
        days = value[i] >= '0' && value[i] <= '9' ? days * 10 + (uint64_t)(value[i] - '0')
                                                  : SET_DAYS_MAX + 1;
    if (size == 0 || days == 0 || days > SET_DAYS_MAX)
        return error_set(reading->err, ERROR_CONFIG, "expected days from 1 to %d", SET_DAYS_MAX);
    *(uint64_t *)place = days;
    return 0;
}

static int take_protection(struct reading *reading, void *place, const char *value)
{
    if (strcmp(value, "protected") != 0 && strcmp(value, "unprotected") != 0)
        return error_set(reading->err, ERROR_CONFIG, "expected protected or unprotected");
    *(bool *)place = strcmp(value, "unprotected") == 0;
    return 0;
}

static int take_role(struct reading *reading, void *place, const char *value)
{
    struct settings_key *key = reading->key;

    if (key->has_role)
        return error_set(reading->err, ERROR_CONFIG, "given twice");
    if (document_role_from_name(value, place) < 0 || key->role == ROLE_ENDPOINT)
        return error_set(reading->err, ERROR_CONFIG,
                         "expected a role: root, content, release, timestamp or export");
    key->has_role = true;
    return 0;
}

/* Every key of the file: where it stands, where its value goes, who reads it. */
static const struct row {
    const char *section, *name;
    size_t offset; /* in struct settings, or in struct settings_key for the section "key NAME" */
    int (*take)(struct reading *reading, void *place, const char *value);
} rows[] = {
    {"mirror", "organisation", offsetof(struct settings, organisation), take_text},
    {"mirror", "set-days", offsetof(struct settings, set_days), take_days},
    {"mirror", "keys", offsetof(struct settings, unprotected), take_protection},
    {"timestamp", "url", offsetof(struct settings, tsa_url), take_text},
    {"timestamp", "ca", offsetof(struct settings, tsa_ca), take_text},
    {"key", "role", offsetof(struct settings_key, role), take_role},
    {"key", "locator", offsetof(struct settings_key, locator), take_text},
    {"key", "certificates", offsetof(struct settings_key, certificates), take_text},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* "unknown key orgnisation; nearest: organisation" */
static int refuse_unknown(struct reading *reading, const char *what, const char *name,
                          const char *section)
{
    const char *nearest = NULL;
    unsigned best = NEAR + 1;

    for (size_t i = 0; i < ROWS; i++) {
        const char *known = section == NULL ? rows[i].section : rows[i].name;

        if (section != NULL && strcmp(rows[i].section, section) != 0)
            continue;
        if (text_distance(name, known) < best && text_distance(name, known) < strlen(name)) {
            best = text_distance(name, known);
            nearest = known;
        }
    }
    if (nearest == NULL)
        return error_set(reading->err, ERROR_CONFIG, "unknown %s %s", what, name);
    return error_set(reading->err, ERROR_CONFIG, "unknown %s %s; nearest: %s", what, name, nearest);
}

/* The key of a section "key NAME", made where it is new. */
static int enter_key_section(struct reading *reading, const char *name)
{
    struct settings *settings = reading->settings;

    if (!json_name_valid(name))
        return error_set(reading->err, ERROR_CONFIG, "[key %s]: expected a name of a-z 0-9 . _ -",
                         name);
    reading->key = NULL;
    for (size_t i = 0; i < settings->key_count; i++) {
        if (strcmp(settings->keys[i].name, name) == 0)
            reading->key = &settings->keys[i];
    }
    if (reading->key != NULL)
        return 0;
    if (settings->key_count == SETTINGS_KEYS)
        return error_set(reading->err, ERROR_CONFIG, "more than %d keys", SETTINGS_KEYS);
    reading->key = &settings->keys[settings->key_count++];
    reading->key->name = bytes_copy_string(name);
    return 0;
}

static int take(struct reading *reading, const char *section, const char *name, const char *value)
{
    bool is_key = strncmp(section, KEY_SECTION, strlen(KEY_SECTION)) == 0;
    const char *known = is_key ? "key" : section;
    bool section_known = false;

    if (is_key && enter_key_section(reading, section + strlen(KEY_SECTION)) < 0)
        return -1;
    for (size_t i = 0; i < ROWS; i++) {
        char *base = is_key ? (char *)reading->key : (char *)reading->settings;

        if (strcmp(rows[i].section, known) != 0 || (!is_key && strcmp(section, "key") == 0))
            continue;
        section_known = true;
        if (strcmp(rows[i].name, name) != 0)
            continue;
        if (rows[i].take(reading, base + rows[i].offset, value) < 0) {
            error_context(reading->err, "[%s] %s", section, name);
            return -1;
        }
        return 0;
    }
    return section_known ? refuse_unknown(reading, "key", name, known)
                         : refuse_unknown(reading, "section", section, NULL);
}

/* inih goes on after an error: only the first one counts. 1: good, 0: this line is wrong. */
static int on_line(void *context, const char *section, const char *name, const char *value)
{
    struct reading *reading = context;

    if (reading->err->code != ERROR_OK)
        return 0;
    return take(reading, section, name, value) >= 0;
}

/* What inih would let pass: long lines that it cuts, and bytes that end a C string. */
static int check_lines(const char *name, struct bytes_view text, struct error *err)
{
    size_t line = 1, length = 0;

    for (size_t i = 0; i < text.size; i++) {
        length = text.data[i] == '\n' ? 0 : length + 1;
        if (length > SETTINGS_LINE_BYTES)
            return error_set(err, ERROR_CONFIG, "%s:%zu: a line longer than %d bytes", name, line,
                             SETTINGS_LINE_BYTES);
        if (text.data[i] == '\0')
            return error_set(err, ERROR_CONFIG, "%s:%zu: a zero byte", name, line);
        line += text.data[i] == '\n';
    }
    return 0;
}

static int check_whole(const char *name, const struct settings *settings, struct error *err)
{
    if (settings->organisation == NULL)
        return error_set(err, ERROR_CONFIG, "%s: [mirror] organisation is missing", name);
    for (size_t i = 0; i < settings->key_count; i++) {
        const struct settings_key *key = &settings->keys[i];

        if (!key->has_role || key->locator == NULL || key->certificates == NULL)
            return error_set(err, ERROR_CONFIG, "%s: [key %s] needs role, locator and certificates",
                             name, key->name);
    }
    return 0;
}

int settings_parse(const char *name, struct bytes_view text, struct settings *settings,
                   struct error *err)
{
    struct error first = {.code = ERROR_OK};
    struct reading reading = {.settings = settings, .err = &first};
    char *string;
    int line;
    int result;

    *settings = (struct settings){.set_days = SETTINGS_SET_DAYS};
    result = check_lines(name, text, err);
    if (result < 0)
        return result;
    string = bytes_allocate(1, text.size + 1);
    if (text.size > 0)
        memcpy(string, text.data, text.size);
    line = ini_parse_string(string, on_line, &reading);
    free(string);
    if (line != 0 && first.code == ERROR_OK)
        return error_set(err, ERROR_CONFIG, "%s:%d: neither [section] nor key = value", name, line);
    if (line != 0)
        return error_set(err, ERROR_CONFIG, "%s:%d: %s", name, line, first.words);
    return check_whole(name, settings, err);
}

void settings_clear(struct settings *settings)
{
    free(settings->organisation);
    free(settings->tsa_url);
    free(settings->tsa_ca);
    for (size_t i = 0; i < settings->key_count; i++) {
        free(settings->keys[i].name);
        free(settings->keys[i].locator);
        free(settings->keys[i].certificates);
    }
    *settings = (struct settings){0};
}

/* inih trims blanks and takes a semicolon that begins a value or follows a blank for a comment. */
static bool value_comes_back(const char *value)
{
    size_t size = strlen(value);

    if (size == 0 || strpbrk(value, "\r\n\t") != NULL || strstr(value, " ;") != NULL)
        return false;
    return value[0] != ';' && value[0] != ' ' && value[size - 1] != ' ';
}

/* A value that would not come back is refused here, before it is in a file. */
static int put_line(struct bytes *out, const char *name, const char *value, struct error *err)
{
    char line[SETTINGS_LINE_BYTES + 2];
    int size = snprintf(line, sizeof(line), "%s = %s\n", name, value);

    if (size < 0 || (size_t)size >= sizeof(line))
        return error_set(err, ERROR_CONFIG, "%s: longer than a line of %d bytes", name,
                         SETTINGS_LINE_BYTES);
    if (!value_comes_back(value))
        return error_set(err, ERROR_CONFIG, "%s: has characters that mirror.conf can't hold", name);
    return bytes_put(out, line, (size_t)size, err);
}

static int put_text(struct bytes *out, const char *text, struct error *err)
{
    return bytes_put(out, text, strlen(text), err);
}

static int put_key(struct bytes *out, const struct settings_key *key, struct error *err)
{
    char section[LIMIT_NAME_BYTES + 16];
    int result;

    snprintf(section, sizeof(section), "\n[key %s]\n", key->name);
    result = put_text(out, section, err);
    if (result == 0)
        result = put_line(out, "role", document_role_row(key->role)->name, err);
    if (result == 0)
        result = put_line(out, "locator", key->locator, err);
    if (result == 0)
        result = put_line(out, "certificates", key->certificates, err);
    return result;
}

static int put_timestamp(struct bytes *out, const struct settings *settings, struct error *err)
{
    int result;

    if (settings->tsa_url == NULL)
        return 0;
    result = put_text(out, "\n[timestamp]\n", err);
    if (result == 0)
        result = put_line(out, "url", settings->tsa_url, err);
    if (result == 0 && settings->tsa_ca != NULL)
        result = put_line(out, "ca", settings->tsa_ca, err);
    return result;
}

int settings_write(const struct settings *settings, struct bytes *out, struct error *err)
{
    char days[24];
    int result = put_text(out, "# sallyport-mirror(8)\n[mirror]\n", err);

    snprintf(days, sizeof(days), "%llu", (unsigned long long)settings->set_days);
    if (result == 0)
        result = put_line(out, "organisation", settings->organisation, err);
    if (result == 0)
        result = put_line(out, "set-days", days, err);
    if (result == 0)
        result = put_line(out, "keys", settings->unprotected ? "unprotected" : "protected", err);
    if (result == 0)
        result = put_timestamp(out, settings, err);
    for (size_t i = 0; i < settings->key_count && result == 0; i++)
        result = put_key(out, &settings->keys[i], err);
    return result;
}

int settings_add_key(struct settings *settings, const char *name, enum document_role role,
                     const char *locator, const char *certificates, struct error *err)
{
    if (settings->key_count == SETTINGS_KEYS)
        return error_set(err, ERROR_LIMIT, "more than %d keys", SETTINGS_KEYS);
    settings->keys[settings->key_count++] = (struct settings_key){
        .name = bytes_copy_string(name),
        .has_role = true,
        .role = role,
        .locator = bytes_copy_string(locator),
        .certificates = bytes_copy_string(certificates),
    };
    return 0;
}

const struct settings_key *settings_find_key(const struct settings *settings, const char *name)
{
    for (size_t i = 0; i < settings->key_count; i++) {
        if (strcmp(settings->keys[i].name, name) == 0 ||
            strcmp(settings->keys[i].locator, name) == 0)
            return &settings->keys[i];
    }
    return NULL;
}
