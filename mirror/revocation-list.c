/* SPDX-License-Identifier: ISC */
#include "mirror/revocation-list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "media/base/publish.h"
#include "media/volume.h"
#include "mirror/belief.h"

#define KEY_COMPROMISE 1 /* CRLReason, RFC 5280 5.3.1 */

static int take_entries(struct revocation_list *list, struct error *err)
{
    struct bytes_view left = list->crl.entries;
    struct crl_entry entry;

    list->capacity = list->crl.entry_count + 1; /* one may be added */
    list->entries = bytes_allocate(list->capacity, sizeof(*list->entries));
    while (crl_next(&left, &entry)) {
        list->entries[list->count++] = (struct certify_revocation){
            .serial = entry.serial,
            .revoked_us = entry.revoked_us,
            .invalid_since_us = entry.has_invalid_since ? entry.invalid_since_us : 0,
            .key_compromise = entry.reason == KEY_COMPROMISE,
        };
    }
    if (list->count != list->crl.entry_count)
        return error_set(err, ERROR_INTERNAL, "a revocation list that was parsed does not parse");
    return 0;
}

static int read_list(const struct repository *repository, const struct set_crl *row,
                     struct revocation_list *list, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_CRL, .number = row->number};
    char path[VOLUME_NAME_BYTES];
    int result;

    memcpy(name.digest, row->issuer, DIGEST_BYTES);
    result = path_read(repository->tree_fd, volume_format(&name, path), LIMIT_CRL_BYTES, &list->der,
                       err);
    if (result == 0)
        result = crl_parse(bytes_view(&list->der), &list->crl, err);
    return result < 0 ? error_context(err, "%s", path) : 0;
}

int revocation_list_read(const struct repository *repository,
                         const uint8_t issuer[static DIGEST_BYTES], struct revocation_list *list,
                         struct error *err)
{
    struct set_crl newest[LIMIT_CRLS];
    size_t count = 0;
    int result = belief_crls(repository, newest, &count, err);

    *list = (struct revocation_list){.count = 0};
    for (size_t i = 0; i < count && result == 0; i++) {
        if (memcmp(newest[i].issuer, issuer, DIGEST_BYTES) == 0)
            result = read_list(repository, &newest[i], list, err);
    }
    return result < 0 ? result : take_entries(list, err);
}

void revocation_list_clear(struct revocation_list *list)
{
    bytes_clear(&list->der);
    free(list->entries);
    *list = (struct revocation_list){.count = 0};
}

/* From when on the certificate counts for nothing. */
static int64_t begins(const struct certify_revocation *entry)
{
    return entry->invalid_since_us != 0 ? entry->invalid_since_us : entry->revoked_us;
}

/* Compromise without a date refuses everything: nothing is worse. */
static bool is_worse(const struct certify_revocation *new, const struct certify_revocation *old)
{
    if (old->key_compromise && old->invalid_since_us == 0)
        return false;
    if (new->key_compromise && (!old->key_compromise || new->invalid_since_us == 0))
        return true;
    return begins(new) < begins(old) && (new->key_compromise || !old->key_compromise);
}

void revocation_list_add(struct revocation_list *list, const struct certify_revocation *entry,
                         bool *changed)
{
    for (size_t i = 0; i < list->count; i++) {
        struct certify_revocation *known = &list->entries[i];

        if (!bytes_equal(known->serial, entry->serial))
            continue;
        *changed = is_worse(entry, known);
        if (*changed)
            *known = *entry;
        return;
    }
    if (list->count == list->capacity) {
        struct certify_revocation *grown =
            bytes_allocate(2 * list->capacity + 1, sizeof(*list->entries));

        if (list->count > 0)
            memcpy(grown, list->entries, list->count * sizeof(*grown));
        free(list->entries);
        list->entries = grown;
        list->capacity = 2 * list->capacity + 1;
    }
    list->entries[list->count++] = *entry;
    *changed = true;
}

int revocation_list_publish(const struct revocation_list *list, const struct key *issuer,
                            int tree_fd, int64_t now_us, uint64_t *number, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_CRL};
    char path[VOLUME_NAME_BYTES];
    struct bytes der;
    int result = key_id(issuer, name.digest, err);

    *number = name.number = list->der.size > 0 ? (uint64_t)list->crl.number + 1 : 1;
    bytes_init(&der, LIMIT_CRL_BYTES);
    if (result == 0)
        result =
            certify_crl(issuer, *number, now_us, now_us + REVOCATION_LIST_DAYS * INSTANT_DAY_US,
                        list->entries, list->count, &der, err);
    if (result == 0)
        result = publish_file(tree_fd, volume_format(&name, path), der.data, der.size, 0644, err);
    bytes_clear(&der);
    return result;
}

int revocation_list_judge(const struct repository *repository, const struct certificate *issuer,
                          const struct certificate *certificate, enum document_role role,
                          int64_t at_us, struct error *err)
{
    struct revocation_list list;
    uint8_t id[DIGEST_BYTES];
    int result;

    certificate_key_id(issuer, id);
    result = revocation_list_read(repository, id, &list, err);
    if (result == 0 && list.der.size > 0)
        result = crl_judge(&list.crl, certificate, role, at_us, err);
    revocation_list_clear(&list);
    return result;
}
