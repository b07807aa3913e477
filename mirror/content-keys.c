/* SPDX-License-Identifier: ISC */
#include "mirror/content-keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "media/base/publish.h"
#include "media/root.h"
#include "mirror/belief.h"
#include "mirror/pending.h"
#include "mirror/ring.h"

static bool has(const struct enrolment *keys, const char *id)
{
    for (size_t i = 0; i < keys->key_count; i++) {
        if (strcmp(keys->keys[i].id, id) == 0)
            return true;
    }
    return false;
}

/* One past the highest number that any of them has: a name that was retired is not used again while
 * one made after it is there, and the newest is never retired. */
static void next_id(const struct enrolment *keys, char *id)
{
    unsigned long highest = 0;

    for (size_t i = 0; i < keys->key_count; i++) {
        const char *dash = strrchr(keys->keys[i].id, '-');
        unsigned long number = dash == NULL ? 0 : strtoul(dash + 1, NULL, 10);

        highest = number > highest && number < UINT32_MAX ? number : highest;
    }
    do
        snprintf(id, LIMIT_NAME_BYTES + 1, "content-%lu", ++highest);
    while (has(keys, id));
}

int content_keys_add(struct enrolment *keys, char *id, struct error *err)
{
    struct enrolment_key made = {.id = ""};

    if (keys->key_count == ENROLMENT_KEYS)
        return error_set(err, ERROR_LIMIT,
                         "an enrolment holds at most %d content keys; first retire one that no "
                         "set needs (--retire)",
                         ENROLMENT_KEYS);
    next_id(keys, id);
    snprintf(made.id, sizeof(made.id), "%s", id);
    if (getrandom(made.key, sizeof(made.key), 0) < 0)
        return error_set_errno(err, ERROR_IO, errno, "no random bytes");
    memmove(&keys->keys[1], &keys->keys[0], keys->key_count * sizeof(keys->keys[0]));
    keys->keys[0] = made;
    keys->key_count++;
    bytes_wipe(&made, sizeof(made));
    return 0;
}

int content_keys_retire(struct enrolment *keys, const char *id, struct error *err)
{
    for (size_t i = 0; i < keys->key_count; i++) {
        if (strcmp(keys->keys[i].id, id) != 0)
            continue;
        if (i == 0)
            return error_set(err, ERROR_USAGE, "%s is the newest content key: first make another",
                             id);
        keys->key_count--;
        memmove(&keys->keys[i], &keys->keys[i + 1], (keys->key_count - i) * sizeof(keys->keys[0]));
        bytes_wipe(&keys->keys[keys->key_count], sizeof(keys->keys[0]));
        return 0;
    }
    return error_set(err, ERROR_NOT_FOUND, "no content key %s", id);
}

static int look_at_packages(const struct repository *repository, struct trust *trust,
                            const struct set_document *set, const char *id, bool *in_use,
                            struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < set->package_count && result == 0; i++) {
        struct package_document package;

        result = belief_package(repository, trust, set->packages[i].type, set->packages[i].id,
                                &package, NULL, err);
        *in_use = *in_use || (result == 0 && strcmp(package.sealed, id) == 0);
        package_clear(&package);
    }
    return result;
}

/* What the ring holds, and what waits to be held by it. */
static int look_at_ring(const struct repository *repository, struct trust *trust, const char *ring,
                        const char *id, bool *in_use, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct pending *pending = NULL;
    struct catalog_set known;
    bool found;
    int result = ring_newest(repository, trust, ring, set, &known, &found, err);

    if (result == 0)
        result = look_at_packages(repository, trust, set, id, in_use, err);
    if (result == 0)
        result = pending_find(repository, trust, ring, &pending, err);
    if (result == 0 && pending != NULL)
        result = look_at_packages(repository, trust, &pending->set, id, in_use, err);
    pending_free(pending);
    set_clear(set);
    free(set);
    return result;
}

int content_keys_in_use(const struct repository *repository, struct trust *trust, const char *id,
                        bool *in_use, struct error *err)
{
    const struct root_document *root = trust_root(trust);
    int result = 0;

    *in_use = false;
    for (size_t i = 0; i < root->ring_count && result == 0; i++)
        result = look_at_ring(repository, trust, root->rings[i].name, id, in_use, err);
    return result;
}

int content_keys_write(const struct repository *repository, struct keyring *keyring,
                       const struct enrolment *keys, struct error *err)
{
    const char *passphrase;
    struct bytes file;
    int result = keyring_passphrase(keyring, &passphrase, err);

    bytes_init(&file, LIMIT_ENROLMENT_BYTES);
    if (result == 0)
        result = enrolment_write(keys, passphrase != NULL ? passphrase : KEYRING_NO_PASSPHRASE,
                                 &file, err);
    if (result == 0)
        result =
            publish_file(repository->fd, KEYRING_CONTENT_KEYS, file.data, file.size, 0600, err);
    bytes_clear(&file);
    return result;
}
