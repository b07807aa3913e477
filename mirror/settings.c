/* SPDX-License-Identifier: ISC */
#include "mirror/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/ini.h"

#define SET_DAYS_MAX 3650

static int set_text(char **place, const char *value)
{
    *place = bytes_copy_string(value);
    return 0;
}

static int take_organisation(void *context, const char *name, const char *value, struct error *err)
{
    return set_text(&((struct settings *)context)->organisation, value);
}

static int take_days(void *context, const char *name, const char *value, struct error *err)
{
    return ini_number(value, 1, SET_DAYS_MAX, &((struct settings *)context)->set_days, err);
}

static int take_deltas(void *context, const char *name, const char *value, struct error *err)
{
    return ini_number(value, 0, LIMIT_RECIPES - 1, &((struct settings *)context)->deltas, err);
}

static int take_protection(void *context, const char *name, const char *value, struct error *err)
{
    struct settings *settings = context;

    settings->unprotected = strcmp(value, "unprotected") == 0;
    if (!settings->unprotected && strcmp(value, "protected") != 0)
        return error_set(err, ERROR_CONFIG, "expected protected or unprotected");
    return 0;
}

static int take_url(void *context, const char *name, const char *value, struct error *err)
{
    return set_text(&((struct settings *)context)->tsa_url, value);
}

static int take_ca(void *context, const char *name, const char *value, struct error *err)
{
    return set_text(&((struct settings *)context)->tsa_ca, value);
}

static int take_upstream(void *context, const char *name, const char *value, struct error *err)
{
    return set_text(&((struct settings *)context)->upstream, value);
}

static int take_upstream_ca(void *context, const char *name, const char *value, struct error *err)
{
    return set_text(&((struct settings *)context)->upstream_ca, value);
}

/* The key of a section "key NAME", made where it is new; NULL and an error past the limit. */
static struct settings_key *key_row(struct settings *settings, const char *name, struct error *err)
{
    for (size_t i = 0; i < settings->key_count; i++) {
        if (strcmp(settings->keys[i].name, name) == 0)
            return &settings->keys[i];
    }
    if (settings->key_count == SETTINGS_KEYS) {
        error_set(err, ERROR_CONFIG, "more than %d keys", SETTINGS_KEYS);
        return NULL;
    }
    settings->keys[settings->key_count].name = bytes_copy_string(name);
    return &settings->keys[settings->key_count++];
}

static int take_role(void *context, const char *name, const char *value, struct error *err)
{
    struct settings_key *key = key_row(context, name, err);

    if (key == NULL)
        return -ERROR_CONFIG;
    if (document_role_from_name(value, &key->role) < 0 || key->role == ROLE_ENDPOINT)
        return error_set(err, ERROR_CONFIG,
                         "expected a role: root, content, release, timestamp or export");
    key->has_role = true;
    return 0;
}

static int take_locator(void *context, const char *name, const char *value, struct error *err)
{
    struct settings_key *key = key_row(context, name, err);

    return key == NULL ? -ERROR_CONFIG : set_text(&key->locator, value);
}

static int take_certificates(void *context, const char *name, const char *value, struct error *err)
{
    struct settings_key *key = key_row(context, name, err);

    return key == NULL ? -ERROR_CONFIG : set_text(&key->certificates, value);
}

/* Every key of the file. */
static const struct ini_row rows[] = {
    {"mirror", false, "organisation", take_organisation},
    {"mirror", false, "set-days", take_days},
    {"mirror", false, "keys", take_protection},
    {"mirror", false, "deltas", take_deltas},
    {"timestamp", false, "url", take_url},
    {"timestamp", false, "ca", take_ca},
    {"upstream", false, "source", take_upstream},
    {"upstream", false, "ca", take_upstream_ca},
    {"key", true, "role", take_role},
    {"key", true, "locator", take_locator},
    {"key", true, "certificates", take_certificates},
};

static int check_whole(const char *name, const struct settings *settings, struct error *err)
{
    if (settings->organisation == NULL)
        return error_set(err, ERROR_CONFIG, "%s: [mirror] organisation is missing", name);
    if (settings->upstream == NULL && settings->upstream_ca != NULL)
        return error_set(err, ERROR_CONFIG, "%s: [upstream] source is missing", name);
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
    int result;

    *settings = (struct settings){.set_days = SETTINGS_SET_DAYS, .deltas = SETTINGS_DELTAS};
    result = ini_read(name, text, rows, sizeof(rows) / sizeof(rows[0]), settings, err);
    return result < 0 ? result : check_whole(name, settings, err);
}

static void free_key(struct settings_key *key)
{
    free(key->name);
    free(key->locator);
    free(key->certificates);
}

void settings_drop_key(struct settings *settings, size_t index)
{
    free_key(&settings->keys[index]);
    settings->key_count--;
    memmove(&settings->keys[index], &settings->keys[index + 1],
            (settings->key_count - index) * sizeof(settings->keys[0]));
}

void settings_clear(struct settings *settings)
{
    free(settings->organisation);
    free(settings->tsa_url);
    free(settings->tsa_ca);
    free(settings->upstream);
    free(settings->upstream_ca);
    for (size_t i = 0; i < settings->key_count; i++)
        free_key(&settings->keys[i]);
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
    char line[INI_LINE_BYTES + 2];
    int size = snprintf(line, sizeof(line), "%s = %s\n", name, value);

    if (size < 0 || (size_t)size >= sizeof(line))
        return error_set(err, ERROR_CONFIG, "%s: longer than a line of %d bytes", name,
                         INI_LINE_BYTES);
    if (!value_comes_back(value))
        return error_set(err, ERROR_CONFIG, "%s: has characters that mirror.conf can't hold", name);
    return bytes_put(out, line, (size_t)size, err);
}

static int put_text(struct bytes *out, const char *text, struct error *err)
{
    return bytes_put(out, text, strlen(text), err);
}

int settings_write_key(const struct settings_key *key, struct bytes *out, struct error *err)
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

static int put_upstream(struct bytes *out, const struct settings *settings, struct error *err)
{
    int result;

    if (settings->upstream == NULL)
        return 0;
    result = put_text(out, "\n[upstream]\n", err);
    if (result == 0)
        result = put_line(out, "source", settings->upstream, err);
    if (result == 0 && settings->upstream_ca != NULL)
        result = put_line(out, "ca", settings->upstream_ca, err);
    return result;
}

int settings_write(const struct settings *settings, struct bytes *out, struct error *err)
{
    char days[24], deltas[24];
    int result = put_text(out, "# sallyport-mirror(8)\n[mirror]\n", err);

    snprintf(days, sizeof(days), "%llu", (unsigned long long)settings->set_days);
    snprintf(deltas, sizeof(deltas), "%llu", (unsigned long long)settings->deltas);
    if (result == 0)
        result = put_line(out, "organisation", settings->organisation, err);
    if (result == 0)
        result = put_line(out, "set-days", days, err);
    if (result == 0)
        result = put_line(out, "keys", settings->unprotected ? "unprotected" : "protected", err);
    if (result == 0)
        result = put_line(out, "deltas", deltas, err);
    if (result == 0)
        result = put_timestamp(out, settings, err);
    if (result == 0)
        result = put_upstream(out, settings, err);
    for (size_t i = 0; i < settings->key_count && result == 0; i++)
        result = settings_write_key(&settings->keys[i], out, err);
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
