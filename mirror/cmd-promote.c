/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/promotion.h"
#include "mirror/report.h"
#include "mirror/ring.h"

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

static void tell(const struct report *report, const struct promotion *promotion,
                 const struct ring_result *ring)
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
    if (promotion->changes == 0)
        report_line(report, "ring %s has nothing newer for ring %s; nothing promoted",
                    promotion->before, promotion->ring);
    else if (ring->pending)
        report_line(report,
                    "ring %s, set %llu: %llu of %llu signatures; next: sallyport-mirror "
                    "cosign %s --key KEY",
                    promotion->ring, (unsigned long long)ring->set.sequence,
                    (unsigned long long)ring->signatures, (unsigned long long)ring->threshold,
                    promotion->ring);
    else
        report_line(report, "promoted into ring %s, set %llu", promotion->ring,
                    (unsigned long long)ring->set.sequence);
    report_document(report, "sallyport.promote/1",
                    json_pack("{s:b, s:s, s:I, s:b, s:I, s:I, s:o}", "changed",
                              promotion->changes > 0, "ring", promotion->ring, "sequence",
                              (json_int_t)ring->set.sequence, "pending", ring->pending,
                              "signatures", (json_int_t)ring->signatures, "threshold",
                              (json_int_t)ring->threshold, "packages", changes));
}

static int enter(struct repository *repository, const struct ring_result *ring, struct error *err)
{
    int result = ring_enter(repository, ring, err);

    return result < 0 ? result : ring_show(repository, ring, err);
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
                                 .key = command_text(invocation, "key")};
    struct ring_result ring = {0};
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, err);
    if (result == 0)
        result =
            promotion_plan(&signer, invocation->arguments[0], wanted, invocation, promotion, err);
    if (result == 0 && promotion->changes == 0)
        result = note_current(repository, promotion, &ring, err);
    if (result == 0 && promotion->changes > 0) {
        result = promotion_check(&signer, content_check_libexec(invocation), promotion, err);
        if (result == 0)
            result = ring_sign(&signer, promotion->ring, promotion->packages, promotion->count,
                               promotion_evidence(promotion), &ring, err);
        if (result == 0)
            result = enter(repository, &ring, err);
    }
    if (result == 0) {
        tell(report, promotion, &ring);
        if (ring.pending)
            result = error_row(ERROR_PENDING)->exit_status;
        else if (promotion->changes == 0 && command_flag(invocation, "fail-unchanged"))
            result = error_row(ERROR_UNCHANGED)->exit_status;
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
        "checked by its driver again. Where the ring asks for more signatures than one, the set "
        "waits in pending/ and the exit status is 3.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
