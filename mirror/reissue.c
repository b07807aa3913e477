/* SPDX-License-Identifier: ISC */
#include "mirror/reissue.h"

#include <stdlib.h>

#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/delta-carry.h"
#include "mirror/package-check.h"
#include "mirror/package-issue.h"

static int check_withdrawn(struct catalog *catalog, const struct catalog_package *base,
                           struct error *err)
{
    struct decision_withdrawn *rows;
    const struct decision_withdrawn *row;
    size_t count;
    int result = decision_all_withdrawn(catalog, &rows, &count, err);

    row = decision_find(rows, count, base->id);
    if (result == 0 && row != NULL)
        result = error_set(err, ERROR_WITHDRAWN,
                           "%s %s is withdrawn (%s); --despite-withdrawal brings it back all the "
                           "same",
                           base->type, base->version, row->reason);
    decision_free_withdrawn(rows, count);
    return result;
}

int reissue_find(struct catalog *catalog, const char *type, const char *version, bool despite,
                 struct catalog_package *base, struct error *err)
{
    bool found;
    int result = catalog_newest_package(catalog, type, version, base, &found, err);

    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND,
                           "no package %s %s (see: sallyport-mirror list packages)", type, version);
    if (result == 0 && !despite)
        result = check_withdrawn(catalog, base, err);
    return result;
}

static int sign(const struct ring_signer *signer, const char *content_key, const uint8_t *before,
                struct package_document *document, struct catalog_package *entry, struct error *err)
{
    struct package_issue issue = {
        .repository = signer->repository, .trust = signer->trust, .keyring = signer->keyring};
    int result = package_issue_begin(&issue, content_key, err);

    if (result == 0)
        result = package_issue_number(&issue, document->type, &document->issue, err);
    if (result == 0)
        result = package_issue_sign(&issue, document, entry, err);
    if (result == 0)
        result = delta_carry_enter(signer->repository->catalog, before, document, entry->id, err);
    package_issue_end(&issue);
    return result;
}

static int look_ahead(const struct ring_signer *signer, struct package_document *document,
                      struct catalog_package *entry, struct error *err)
{
    int result = package_issue_next(signer->repository, document->type, &document->issue, err);

    return result < 0 ? result : package_issue_look_ahead(document, entry, err);
}

int reissue_sign(const struct ring_signer *signer, const char *content_key, const char *libexec,
                 const struct catalog_package *base, const char *notes,
                 struct catalog_package *entry, struct error *err)
{
    struct package_document document;
    int result = belief_package(signer->repository, signer->trust, base->type, base->id, &document,
                                NULL, err);

    *entry = (struct catalog_package){0};
    if (result == 0)
        result = package_check(signer, libexec, &document, err);
    if (result == 0 && notes != NULL) {
        free(document.notes);
        document.notes = bytes_copy_string(notes);
    }
    if (result == 0)
        result =
            delta_carry_describe(signer->repository, base->id, signer->dry_run, &document, err);
    if (result == 0)
        result = signer->dry_run ? look_ahead(signer, &document, entry, err)
                                 : sign(signer, content_key, base->id, &document, entry, err);
    package_clear(&document);
    return result;
}
