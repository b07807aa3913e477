/* SPDX-License-Identifier: ISC */
#include "mirror/first-ring.h"

#include <stdlib.h>

#include "mirror/decision.h"
#include "mirror/package-list.h"

static int check_withdrawn(const struct ring_signer *signer, const struct catalog_package *package,
                           struct error *err)
{
    struct decision_withdrawn *rows;
    const struct decision_withdrawn *row;
    size_t count;
    int result = decision_all_withdrawn(signer->repository->catalog, &rows, &count, err);

    row = decision_find(rows, count, package->id);
    if (result == 0 && row != NULL)
        result = error_set(err, ERROR_WITHDRAWN, "%s %s is withdrawn: %s", package->type,
                           package->version, row->reason);
    decision_free_withdrawn(rows, count);
    return result;
}

int first_ring_sign(const struct ring_signer *signer, const struct catalog_package *package,
                    json_t *evidence, struct ring_result *ring, bool *held, struct error *err)
{
    const char *first = trust_root(signer->trust)->rings[0].name;
    struct package_list *list = bytes_allocate(1, sizeof(*list));
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known = {0};
    bool found;
    int result = ring_newest(signer->repository, signer->trust, first, set, &known, &found, err);

    *ring = (struct ring_result){.set = known};
    *held = result == 0 && package_list_holds(set, package->id);
    if (result == 0 && !*held)
        result = check_withdrawn(signer, package, err);
    if (result == 0 && !*held) {
        package_list_begin(list, set);
        result = package_list_put(list, package, err);
    }
    if (result == 0 && !*held)
        result =
            ring_sign(signer, first, list->packages, list->count, json_incref(evidence), ring, err);
    json_decref(evidence);
    set_clear(set);
    free(set);
    free(list);
    return result;
}
