/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/content-type.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/pending.h"
#include "mirror/ring-report.h"

/* The signed JSON as it is: what the document says, not what we say about it. */
static json_t *signed_json(const struct belief *belief)
{
    struct error ignored = {.code = ERROR_OK};
    json_t *object = NULL;

    if (json_read(belief->verdict.content.data, belief->verdict.content.size, &object, &ignored) <
        0)
        return json_null();
    return object;
}

static void show_set_lines(const struct report *report, const struct set_document *set)
{
    char expires[INSTANT_TEXT_BYTES];

    report_data(report, "ring          %s", set->ring);
    report_data(report, "set           %llu, made under root document %llu",
                (unsigned long long)set->sequence, (unsigned long long)set->root_version);
    report_data(report, "expires       %s", instant_format(set->expires_us, expires));
    ring_report_set(report, set);
}

/* Why the set goes no further; NULL: it may. The caller's (free). */
static int find_aborted(const struct repository *repository, const struct catalog_set *set,
                        char **reason, struct error *err)
{
    struct decision_aborted *rows;
    size_t count;
    int result = decision_all_aborted(repository->catalog, &rows, &count, err);

    for (size_t i = 0; i < count && *reason == NULL; i++) {
        if (memcmp(rows[i].set.digest, set->digest, DIGEST_BYTES) == 0)
            *reason = bytes_copy_string(rows[i].reason);
    }
    decision_free_aborted(rows, count);
    return result;
}

static int show_ring(const struct report *report, const struct repository *repository,
                     struct trust *trust, const char *ring, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct belief *belief = NULL;
    struct catalog_set known;
    char digest[DIGEST_TEXT_BYTES], *aborted = NULL;
    bool found;
    int result = catalog_newest_set(repository->catalog, ring, &known, &found, err);

    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s is empty", ring);
    if (result == 0)
        result = belief_set(repository, trust, &known, set, &belief, err);
    if (result == 0)
        result = find_aborted(repository, &known, &aborted, err);
    if (result == 0) {
        show_set_lines(report, set);
        if (aborted != NULL)
            report_data(report, "aborted       %s", aborted);
        report_data(report, "digest        %s", digest_text(known.digest, digest));
        report_document(report, "sallyport.show/1",
                        json_pack("{s:s, s:o, s:o, s:o}", "digest", digest, "aborted",
                                  aborted != NULL ? report_text(aborted) : json_null(), "signers",
                                  ring_report_signers(report, &belief->verdict), "document",
                                  signed_json(belief)));
    }
    free(aborted);
    set_clear(set);
    free(set);
    belief_free(belief);
    return result;
}

static int show_pending(const struct report *report, const struct repository *repository,
                        struct trust *trust, const char *ring, struct error *err)
{
    struct pending *pending;
    struct error obsolete = {.code = ERROR_OK};
    struct bytes json = {0};
    json_t *document = NULL;
    int result = pending_read(repository, trust, ring, &pending, err);

    if (result < 0)
        return result;
    show_set_lines(report, &pending->set);
    report_data(report, "pending       %zu of %llu signatures", pending->verdict.signer_count,
                (unsigned long long)pending->threshold);
    if (pending_check(repository, trust, pending, &obsolete) < 0)
        report_data(report, "obsolete      %s", obsolete.words);
    result = set_write(&pending->set, &json, err);
    if (result == 0)
        result = json_read(json.data, json.size, &document, err);
    if (result == 0)
        report_document(
            report, "sallyport.show-pending/1",
            json_pack("{s:s, s:I, s:I, s:I, s:o, s:o, s:O}", "ring", pending->set.ring, "sequence",
                      (json_int_t)pending->set.sequence, "signatures",
                      (json_int_t)pending->verdict.signer_count, "threshold",
                      (json_int_t)pending->threshold, "signers",
                      ring_report_signers(report, &pending->verdict), "obsolete",
                      obsolete.code == ERROR_OK ? json_null() : report_text(obsolete.words),
                      "document", document));
    json_decref(document);
    bytes_clear(&json);
    pending_free(pending);
    return result;
}

/* A recipe that builds on a base; whose version is known as long as it is here. */
static void show_delta(const struct report *report, struct catalog *catalog,
                       const struct package_recipe *recipe)
{
    struct error ignored = {.code = ERROR_OK};
    char id[DIGEST_TEXT_BYTES];
    struct catalog_package base;
    bool found = false;

    if (!recipe->has_base)
        return;
    if (catalog_find_package(catalog, recipe->base, &base, &found, &ignored) < 0)
        found = false;
    report_data(report, "delta         from %s: %llu bytes%s",
                found ? base.version : digest_text(recipe->base, id),
                (unsigned long long)(recipe->size + recipe->packed_size),
                found ? "" : ", whose base was pruned");
}

static void show_package_lines(const struct report *report, struct catalog *catalog,
                               const struct package_document *package)
{
    report_data(report, "package       %s %s (issue %llu)", package->type, package->version,
                (unsigned long long)package->issue);
    report_data(report, "content       %llu files, %llu bytes, %llu packed",
                (unsigned long long)package->files, (unsigned long long)package->bytes,
                (unsigned long long)package_full_recipe(package)->packed_size);
    for (size_t i = 0; i < package->recipe_count; i++)
        show_delta(report, catalog, &package->recipes[i]);
    if (package->sealed[0] != '\0')
        report_data(report, "sealed        with content key %s", package->sealed);
    if (package->notes[0] != '\0')
        report_data(report, "notes         %s", package->notes);
}

static int show_package(const struct command_invocation *invocation, const struct report *report,
                        const struct repository *repository, struct trust *trust, const char *type,
                        struct error *err)
{
    const char *version = command_text(invocation, "version");
    struct package_document package = {0};
    struct belief *belief = NULL;
    struct catalog_package known;
    char id[DIGEST_TEXT_BYTES];
    bool found;
    int result = catalog_newest_package(repository->catalog, type, version, &known, &found, err);

    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "no package %s %s", type,
                           version != NULL ? version : "");
    if (result == 0)
        result = belief_package(repository, trust, type, known.id, &package, &belief, err);
    if (result == 0) {
        show_package_lines(report, repository->catalog, &package);
        report_data(report, "package-id    %s", digest_text(known.id, id));
        report_document(report, "sallyport.show/1",
                        json_pack("{s:s, s:o, s:o}", "digest", id, "signers",
                                  ring_report_signers(report, &belief->verdict), "document",
                                  signed_json(belief)));
    }
    package_clear(&package);
    belief_free(belief);
    return result;
}

static int show(const struct command_invocation *invocation, struct report *report,
                struct repository *repository, struct error *err)
{
    const char *what = invocation->arguments[0];
    const struct root_ring *ring, *before;
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    if (result < 0)
        return result;
    if (command_flag(invocation, "pending"))
        result = show_pending(report, repository, trust, what, err);
    else if (content_type_find(what) != NULL)
        result = show_package(invocation, report, repository, trust, what, err);
    else if ((result = ring_find(trust, what, &ring, &before, err)) == 0)
        result = show_ring(report, repository, trust, what, err);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    if (!json_name_valid(invocation->arguments[0]))
        return error_set(err, ERROR_USAGE, "show %s: expected a ring or a content type",
                         invocation->arguments[0]);
    return commands_run(invocation, REPOSITORY_LOOK, show, err);
}

static const struct command_option options[] = {
    {"version", 0, COMMAND_TEXT, "V", "this version of the type (default: the newest)"},
    {"pending", 0, COMMAND_FLAG, NULL, "the set of RING that waits for signatures"},
};

static const char *const examples[] = {"show public", "show flags-supplement --json", NULL};

const struct command cmd_show = {
    .name = "show",
    .arguments = "RING|TYPE",
    .summary = "The newest set of a ring, or a package of a type, as signed",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
