/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/document-json.h"

static int check_row(const struct set_package *row, const struct package_document *package,
                     uint64_t size, struct error *err)
{
    if (strcmp(row->type, package->type) != 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "the set says type %s, the package %s", row->type,
                         package->type);
    if (strcmp(row->version, package->version) != 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "the set says version %s, the package %s",
                         row->version, package->version);
    if (row->issue != package->issue)
        return error_set(err, ERROR_BAD_DOCUMENT, "the set says issue %llu, the package %llu",
                         (unsigned long long)row->issue, (unsigned long long)package->issue);
    if (row->size != size)
        return error_set(err, ERROR_BAD_DOCUMENT, "the set says %llu bytes, the package has %llu",
                         (unsigned long long)row->size, (unsigned long long)size);
    return 0;
}

static int judge_document(struct verify *verify, struct verify_package *package,
                          const struct bytes *document, struct trust_verdict *verdict,
                          struct error *err)
{
    int result =
        trust_judge(verify->trust, DOCUMENT_PACKAGE, NULL, bytes_view(document), verdict, err);

    /* Its name in the tree was made from the row, so this is the name's check as well. */
    if (result == 0 && memcmp(verdict->digest, package->row->id, DIGEST_BYTES) != 0)
        result = error_set(err, ERROR_BAD_DIGEST, "another package lies in this package's place");
    if (result == 0) {
        result = package_parse(verdict->content, &package->document, err);
        package->read = result == 0;
    }
    if (result == 0)
        result = check_row(package->row, &package->document, verdict->content.size, err);
    package->time_us = verdict->time_us;
    return result;
}

static int refuse_by_floor(const struct floor *floor, const struct verify_package *package,
                           enum error_code code, const char *words, struct error *err)
{
    char time[INSTANT_TEXT_BYTES], floor_time[INSTANT_TEXT_BYTES];

    return error_set(err, code, "%s issue %llu of %s %s: its floor is issue %llu of %s",
                     package->row->type, (unsigned long long)package->row->issue,
                     instant_format(package->time_us, time), words,
                     (unsigned long long)floor->number, instant_format(floor->time_us, floor_time));
}

static int check_floor(const struct verify *verify, struct verify_package *package,
                       struct error *err)
{
    const struct verify_request *request = &verify->request;
    const struct set_package *row = package->row;
    const struct floor *floor = verify_request_floor(request, row->type);
    const uint8_t *installed = verify_request_installed(request, row->type);

    if (!request->confirm_time && floor_check_future(&request->clock, package->time_us, err) < 0)
        return error_context(err, "%s issue %llu", row->type, (unsigned long long)row->issue);
    package->answer = VERIFY_FETCH;
    switch (floor_compare(floor, package->time_us, row->issue, row->id)) {
    case FLOOR_NEWER:
        break;
    case FLOOR_SAME:
        /* Accepted before, but perhaps never installed. */
        if (installed != NULL && memcmp(installed, row->id, DIGEST_BYTES) == 0)
            package->answer = VERIFY_CURRENT;
        break;
    case FLOOR_OLDER:
        /* The set itself is no older than its floor: the ring is behind this endpoint. */
        return refuse_by_floor(floor, package, ERROR_AHEAD_OF_RING,
                               "is older than what was accepted before", err);
    case FLOOR_CONFLICT:
        return refuse_by_floor(floor, package, ERROR_EQUIVOCATION,
                               "contradicts what was accepted before", err);
    }
    return 0;
}

static int check_lists(const struct verify *verify, const struct verify_package *package,
                       struct error *err)
{
    const struct verify_request *request = &verify->request;

    if (verify_ids_has(&request->withdrawn, package->row->id))
        return error_set(err, ERROR_WITHDRAWN, "this package was withdrawn");
    if (verify_ids_has(&request->quarantined, package->row->id))
        return error_set(err, ERROR_QUARANTINED, "this package failed here before");
    return 0;
}

static json_t *package_summary(const struct verify_package *package)
{
    const struct package_document *document = &package->document;

    if (!package->read)
        return json_object();
    return json_pack("{s:o,s:o,s:o,s:s?,s:s,s:s}", "bytes", document_json_count(document->bytes),
                     "files", document_json_count(document->files), "issue",
                     document_json_count(document->issue), "sealed",
                     document->sealed[0] != '\0' ? document->sealed : NULL, "type", document->type,
                     "version", document->version);
}

static int judge_package(struct verify *verify, struct verify_package *package,
                         const struct bytes *document, struct trust_verdict *verdict,
                         struct error *err)
{
    int result = judge_document(verify, package, document, verdict, err);

    if (result == 0)
        result = verify_check_last_read(verify, err);
    if (result == 0)
        result = check_lists(verify, package, err);
    if (result == 0)
        result = check_floor(verify, package, err);
    return result;
}

/* A document that isn't on this volume, of a package that is installed: nothing to read. */
static bool is_installed(const struct verify *verify, const struct verify_package *package)
{
    const uint8_t *installed = verify_request_installed(&verify->request, package->row->type);

    return installed != NULL && memcmp(installed, package->row->id, DIGEST_BYTES) == 0;
}

static int look_at(struct verify *verify, struct verify_package *package, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_PACKAGE};
    struct trust_verdict *verdict = bytes_allocate(1, sizeof(*verdict));
    char path[VOLUME_NAME_BYTES];
    struct bytes document;
    int result;

    memcpy(name.digest, package->row->id, DIGEST_BYTES);
    memcpy(name.word, package->row->type, sizeof(package->row->type));
    volume_format(&name, path);
    result = verify_read(verify, path, LIMIT_PACKAGE_BYTES, &document, &package->problem);
    if (result == -(int)ERROR_NOT_FOUND && is_installed(verify, package)) {
        package->problem = (struct error){.code = ERROR_OK};
        package->answer = VERIFY_CURRENT;
        (void)!check_lists(verify, package, &package->problem);
        result = 0;
        goto out;
    }
    if (result == -(int)ERROR_NOT_FOUND)
        result =
            error_set(&package->problem, ERROR_VOLUME_MISSING, "%s is not on this volume", path);
    if (result == 0)
        result = judge_package(verify, package, &document, verdict, &package->problem);
    result = verify_report_document(verify, path, "package", verdict, &package->problem,
                                    package_summary(package), err);
out:
    bytes_clear(&document);
    free(verdict);
    return result;
}

/* What this set, or what is installed, offers of a type. */
static bool is_satisfied(const struct verify *verify, const struct package_requirement *wanted)
{
    const struct floor *floor = verify_request_floor(&verify->request, wanted->type);

    for (size_t i = 0; i < verify->package_count; i++) {
        const struct verify_package *package = &verify->packages[i];

        if (package->answer != VERIFY_REFUSED && strcmp(package->row->type, wanted->type) == 0)
            return package->row->issue >= wanted->issue;
    }
    return verify_request_installed(&verify->request, wanted->type) != NULL && floor->present &&
           floor->number >= wanted->issue;
}

static bool hold_unsatisfied(struct verify *verify, struct verify_package *package)
{
    if (package->answer != VERIFY_FETCH)
        return false;
    for (size_t i = 0; i < package->document.requirement_count; i++) {
        const struct package_requirement *wanted = &package->document.requirements[i];

        if (is_satisfied(verify, wanted))
            continue;
        package->answer = VERIFY_REFUSED;
        error_set(&package->problem, ERROR_REQUIRES, "needs %s issue %llu or later", wanted->type,
                  (unsigned long long)wanted->issue);
        return true;
    }
    return false;
}

/* Holding one may leave another without what it needs; each round holds at least one. */
static void hold_dependents(struct verify *verify)
{
    bool held = true;

    while (held) {
        held = false;
        for (size_t i = 0; i < verify->package_count; i++)
            held = hold_unsatisfied(verify, &verify->packages[i]) || held;
    }
}

static int fetch_recipe(struct verify *verify, struct verify_package *package, struct error *err)
{
    struct error problem = {0};

    if (package->answer != VERIFY_FETCH || verify_recipe(verify, package, &problem) == 0)
        return 0;
    if (verify_is_gone(&problem)) {
        *err = problem;
        return -(int)err->code;
    }
    package->answer = VERIFY_REFUSED;
    package->problem = problem;
    return 0;
}

/* --only holds back before anything is fetched; a document is read and shown all the same. */
static void hold_unwanted(struct verify *verify, struct verify_package *package)
{
    if (package->answer != VERIFY_FETCH ||
        verify_request_wants(&verify->request, package->row->type))
        return;
    package->answer = VERIFY_REFUSED;
    error_set(&package->problem, ERROR_PARTIAL, "left out by --only");
}

int verify_packages(struct verify *verify, struct error *err)
{
    int result = 0;

    for (size_t i = 0; i < verify->set->package_count && result == 0; i++) {
        struct verify_package *package = &verify->packages[i];

        package->row = &verify->set->packages[i];
        package->recipe_fd = -1;
        verify->package_count = i + 1;
        result = look_at(verify, package, err);
        if (package->problem.code != ERROR_OK)
            package->answer = VERIFY_REFUSED;
        hold_unwanted(verify, package);
        if (result == 0 && verify_is_gone(&package->problem)) {
            *err = package->problem;
            result = -(int)err->code;
        }
    }
    if (result != 0)
        return result;
    hold_dependents(verify);
    for (size_t i = 0; i < verify->package_count && result == 0; i++)
        result = fetch_recipe(verify, &verify->packages[i], err);
    /* A recipe may have held one more. */
    if (result == 0)
        hold_dependents(verify);
    return result;
}
