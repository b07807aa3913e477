/* SPDX-License-Identifier: ISC */
#include "mirror/export-since.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/belief.h"

#define LIST_BYTES 200

static int read_sequence(const char *text, uint64_t *sequence)
{
    char *end;

    if (*text < '1' || *text > '9')
        return -1;
    errno = 0;
    *sequence = strtoull(text, &end, 10);
    return errno != 0 || *end != '\0' || *sequence > INT64_MAX ? -1 : 0;
}

/* "site/7", or "7" where it is known of which ring. */
static int read_text(const char *text, const char *ring, struct catalog_set *set, struct error *err)
{
    const char *slash = strrchr(text, '/');
    int size = slash != NULL ? (int)(slash - text) : 0;

    if (read_sequence(slash != NULL ? slash + 1 : text, &set->sequence) < 0 ||
        size > LIMIT_NAME_BYTES || (slash != NULL && size == 0))
        return error_set(err, ERROR_USAGE, "--since %s: expected SEQUENCE or RING/SEQUENCE", text);
    if (slash == NULL && ring == NULL)
        return error_set(err, ERROR_USAGE, "--since %s: of which ring? give RING/%s", text, text);
    if (slash != NULL)
        snprintf(set->ring, sizeof(set->ring), "%.*s", size, text);
    else
        snprintf(set->ring, sizeof(set->ring), "%s", ring);
    return 0;
}

/* The newest ones, as far as a line goes. */
static int refuse(const struct catalog_set *sets, size_t count, const struct catalog_set *wanted,
                  struct error *err)
{
    char list[LIST_BYTES] = "";
    size_t used = 0;

    for (size_t i = count; i-- > 0 && used < sizeof(list) - 24;) {
        if (strcmp(sets[i].ring, wanted->ring) == 0)
            used += (size_t)snprintf(list + used, sizeof(list) - used, " %llu",
                                     (unsigned long long)sets[i].sequence);
    }
    if (used == 0)
        return error_set(err, ERROR_NOT_FOUND, "--since: ring %s has no set", wanted->ring);
    return error_set(err, ERROR_NOT_FOUND, "--since: ring %s has no set %llu; known:%s",
                     wanted->ring, (unsigned long long)wanted->sequence, list);
}

static int find_set(struct catalog *catalog, struct catalog_set *set, struct error *err)
{
    struct catalog_set *sets = NULL;
    size_t count = 0, i;
    int result = catalog_sets(catalog, &sets, &count, err);

    if (result < 0)
        return result;
    for (i = 0; i < count; i++) {
        if (strcmp(sets[i].ring, set->ring) == 0 && sets[i].sequence == set->sequence)
            break;
    }
    if (i < count)
        *set = sets[i];
    else
        result = refuse(sets, count, set, err);
    free(sets);
    return result;
}

static int read_packages(struct repository *repository, struct trust *trust,
                         struct export_since *since, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    int result = belief_set(repository, trust, &since->set, set, NULL, err);

    if (result < 0 && belief_overtaken(err->code)) {
        set_clear(set);
        result = belief_past_set(repository, &since->set, set, err);
    }
    if (result == 0) {
        since->count = set->package_count;
        memcpy(since->packages, set->packages, set->package_count * sizeof(*set->packages));
    }
    set_clear(set);
    free(set);
    return result;
}

int export_since_find(struct repository *repository, struct trust *trust, const char *text,
                      const char *ring, struct export_since *since, struct error *err)
{
    int result;

    *since = (struct export_since){0};
    result = read_text(text, ring, &since->set, err);
    if (result == 0)
        result = find_set(repository->catalog, &since->set, err);
    return result < 0 ? result : read_packages(repository, trust, since, err);
}

const uint8_t *export_since_package(const struct export_since *since, const char *type)
{
    for (size_t i = 0; i < since->count; i++) {
        if (strcmp(since->packages[i].type, type) == 0)
            return since->packages[i].id;
    }
    return NULL;
}
