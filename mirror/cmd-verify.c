/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <unistd.h>

#include "mirror/belief.h"
#include "mirror/inventory.h"
#include "mirror/report.h"

static void tell(const struct inventory *inventory)
{
    report_line(inventory->report, "documents     %llu judged good",
                (unsigned long long)inventory->documents);
    report_line(inventory->report, "packages      %llu rebuilt, %llu bytes",
                (unsigned long long)inventory->packages, (unsigned long long)inventory->bytes);
    report_line(inventory->report, "deltas        %llu make a package out of one before it",
                (unsigned long long)inventory->deltas);
    report_line(inventory->report, "frames        %llu have the digest of their name",
                (unsigned long long)inventory->frames);
    report_line(inventory->report, "verdict       %llu failures, %llu stray files",
                (unsigned long long)inventory->failures, (unsigned long long)inventory->strays);
    report_document(inventory->report, "sallyport.verify/1",
                    json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:O}", "documents",
                              (json_int_t)inventory->documents, "packages",
                              (json_int_t)inventory->packages, "bytes",
                              (json_int_t)inventory->bytes, "deltas", (json_int_t)inventory->deltas,
                              "frames", (json_int_t)inventory->frames, "failures",
                              (json_int_t)inventory->failures, "strays",
                              (json_int_t)inventory->strays, "findings", inventory->findings));
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct repository *repository = NULL;
    struct trust *trust = NULL;
    struct report report;
    struct progress progress = {0};
    struct inventory inventory = {
        .report = &report, .progress = &progress, .findings = json_array()};
    int result;

    report_begin(&report, invocation);
    progress.shown = !report.quiet && !report.json && isatty(STDERR_FILENO) == 1;
    result = commands_repository(invocation, REPOSITORY_READ, &repository, err);
    if (result == 0) {
        report_standing(&report, repository);
        result = belief_trust(repository, &trust, err);
    }
    if (result == 0) {
        inventory.repository = repository;
        inventory.trust = trust;
        result = inventory_take(&inventory, err);
    }
    if (result == 0) {
        tell(&inventory);
        if (inventory.failures > 0)
            result = error_row(inventory.first.code)->exit_status;
    }
    json_decref(inventory.findings);
    trust_free(trust);
    repository_close(repository);
    report_end(&report);
    return result;
}

static const char *const examples[] = {"verify", "verify --repo /srv/mirror --json", NULL};

const struct command cmd_verify = {
    .name = "verify",
    .arguments = "",
    .summary = "Prove the whole repository: documents, frames, contents",
    .description = "Judges every document, matches every frame with its name, rebuilds every "
                   "package. Goes on after a failure; the exit status is the first one's.",
    .examples = examples,
    .run = run,
};
