/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/promotion.h"
#include "mirror/ring-report.h"

static int check_only(const struct command_invocation *invocation, struct error *err)
{
    const char *type;

    for (size_t i = 0; (type = command_repeat(invocation, "only", i)) != NULL; i++) {
        if (content_type_find(type) == NULL)
            return error_set(err, ERROR_USAGE, "--only %s: no such content type", type);
    }
    return 0;
}

static bool wanted(const void *context, const char *type)
{
    const struct command_invocation *invocation = context;
    const char *only = command_repeat(invocation, "only", 0);

    for (size_t i = 0; only != NULL; only = command_repeat(invocation, "only", ++i)) {
        if (strcmp(only, type) == 0)
            return true;
    }
    return command_repeat(invocation, "only", 0) == NULL;
}

static json_t *tell_taken(const struct report *report, const struct promotion *promotion)
{
    json_t *changes = json_array();

    for (size_t i = 0; i < promotion->count; i++) {
        const struct set_package *package = &promotion->packages[i];

        if (!promotion->changed[i])
            continue;
        report_line(report, "%-24s %s (issue %llu)", package->type, package->version,
                    (unsigned long long)package->issue);
        json_array_append_new(changes,
                              json_pack("{s:s, s:s, s:I, s:o}", "type", package->type, "version",
                                        package->version, "issue", (json_int_t)package->issue,
                                        "package", report_digest(package->id)));
    }
    return changes;
}

static json_t *tell_left(const struct report *report, const struct promotion *promotion)
{
    json_t *left = json_array();

    for (size_t i = 0; i < promotion->type_count; i++) {
        const struct promotion_type *row = &promotion->types[i];

        if (row->reason == NULL)
            continue;
        report_line(report, "%-24s %s is left: %s", row->theirs.type, row->theirs.version,
                    row->words);
        json_array_append_new(left, json_pack("{s:s, s:s, s:I, s:s, s:o}", "type", row->theirs.type,
                                              "version", row->theirs.version, "issue",
                                              (json_int_t)row->theirs.issue, "reason", row->reason,
                                              "message", report_text(row->words)));
    }
    return left;
}

static void tell(const struct report *report, const struct promotion *promotion,
                 const struct ring_result *ring)
{
    json_t *taken = tell_taken(report, promotion);
    json_t *left = tell_left(report, promotion);
    json_t *document;

    if (promotion->changes == 0)
        report_line(report, "nothing of ring %s goes on to ring %s; nothing promoted",
                    promotion->before, promotion->ring);
    else
        ring_report_line(report, ring);
    document =
        json_pack("{s:b, s:s, s:o, s:o}", "changed", promotion->changes > 0 && !ring->dry_run,
                  "from", promotion->before, "packages", taken, "left", left);
    ring_report_members(ring, document);
    report_document(report, "sallyport.promote/1", document);
}

/* 0, or the exit status of an answer that is neither success nor failure. */
static int answer(const struct command_invocation *invocation, const struct promotion *promotion,
                  const struct ring_result *ring)
{
    if (promotion->refused > 0)
        return error_row(ERROR_PARTIAL)->exit_status;
    if (promotion->changes == 0 && command_flag(invocation, "fail-unchanged"))
        return error_row(ERROR_UNCHANGED)->exit_status;
    return ring_report_status(ring);
}

/* With nothing to promote the ring's sequence is still told. */
static int note_current(const struct repository *repository, const struct promotion *promotion,
                        struct ring_result *ring, struct error *err)
{
    bool found;

    return catalog_newest_set(repository->catalog, promotion->ring, &ring->set, &found, err);
}

static int promote(const struct command_invocation *invocation, struct report *report,
                   struct repository *repository, struct error *err)
{
    struct promotion *promotion = bytes_allocate(1, sizeof(*promotion));
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    struct ring_result ring = {0};
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, signer.dry_run, err);
    if (result == 0)
        result =
            promotion_plan(&signer, invocation->arguments[0], wanted, invocation, promotion, err);
    if (result == 0 && promotion->changes > 0)
        result = promotion_check(&signer, content_check_libexec(invocation), promotion, err);
    if (result == 0 && promotion->changes == 0)
        result = note_current(repository, promotion, &ring, err);
    if (result == 0 && promotion->changes > 0) {
        result = ring_sign(&signer, promotion->ring, promotion->packages, promotion->count,
                           promotion_evidence(promotion), &ring, err);
        if (result == 0)
            result = ring_release(repository, &ring, err);
    }
    if (result == 0) {
        tell(report, promotion, &ring);
        result = answer(invocation, promotion, &ring);
    }
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    free(promotion);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    int result = check_only(invocation, err);

    return result < 0 ? result : commands_run(invocation, REPOSITORY_CHANGE, promote, err);
}

static const struct command_option options[] = {
    {"only", 0, COMMAND_REPEAT, "TYPE", "promote this type, keep the ring's others"},
    {"key", 0, COMMAND_TEXT, "KEY", "release key: a name in mirror.conf or FILE.key"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit 4 when there was nothing to promote"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "promote internal",
    "promote public --only flags-supplement --key release",
    NULL,
};

const struct command cmd_promote = {
    .name = "promote",
    .arguments = "RING",
    .summary = "Sign what the ring before holds as the next set of RING",
    .description =
        "Every document is judged again and every package that is new to the ring is rebuilt and "
        "checked by its driver again. A type that may not go on is named with the reason and holds "
        "up no other: it is withdrawn, its set was aborted, the ring holds a newer one. Where a "
        "driver refuses it or is not installed, or the ring would lack what it requires, the exit "
        "status is 3. Where the ring asks for more signatures than one, the set waits in pending/ "
        "and the exit status is 3.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
