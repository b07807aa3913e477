/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include "mirror/belief.h"
#include "mirror/pruning.h"
#include "mirror/report.h"
#include "mirror/ring.h"

static void tell(const struct report *report, const struct pruning *pruning, bool dry_run)
{
    json_t *packages = json_array();
    json_int_t packs = 0;

    for (size_t i = 0; i < pruning->package_count; i++) {
        const struct catalog_package *row = &pruning->packages[i];

        if (pruning->package_kept[i])
            continue;
        report_line(report, "%-24s %s (issue %llu)", row->type, row->version,
                    (unsigned long long)row->issue);
        json_array_append_new(packages,
                              json_pack("{s:s, s:s, s:I, s:o}", "type", row->type, "version",
                                        row->version, "issue", (json_int_t)row->issue, "package",
                                        report_digest(row->id)));
    }
    for (size_t i = 0; i < pruning->pack_count; i++)
        packs += !pruning->pack_kept[i];
    report_line(report, "%zu packages and %lld packs %s; %llu files of %llu bytes %s",
                json_array_size(packages), (long long)packs,
                dry_run ? "would be forgotten" : "are forgotten",
                (unsigned long long)pruning->files, (unsigned long long)pruning->bytes,
                dry_run ? "would be removed" : "removed");
    report_document(report, "sallyport.prune/1",
                    json_pack("{s:b, s:b, s:o, s:I, s:I, s:I}", "changed",
                              !dry_run && (pruning->files > 0 || json_array_size(packages) > 0),
                              "dry_run", dry_run, "packages", packages, "packs", packs, "files",
                              (json_int_t)pruning->files, "bytes", (json_int_t)pruning->bytes));
}

/* A dry run forgets as well, to see which files that leaves, and takes it back. */
static int forget_and_sweep(struct pruning *pruning, struct repository *repository, bool dry_run,
                            struct error *err)
{
    int result = catalog_begin(repository->catalog, err);

    if (result < 0)
        return result;
    result = pruning_forget(pruning, repository, err);
    if (result == 0 && !dry_run)
        result = catalog_commit(repository->catalog, err);
    if (result == 0)
        result = pruning_sweep(pruning, repository, dry_run, err);
    if (result < 0 || dry_run)
        catalog_rollback(repository->catalog);
    return result;
}

static int prune(const struct command_invocation *invocation, struct report *report,
                 struct repository *repository, struct error *err)
{
    struct pruning pruning = {0};
    struct trust *trust = NULL;
    bool dry_run = command_flag(invocation, "dry-run");
    uint64_t keep = PRUNING_KEEP;
    int result = belief_trust(repository, &trust, err);

    (void)command_number(invocation, "keep", &keep);
    if (result == 0 && keep == 0)
        result = error_set(err, ERROR_USAGE, "--keep N: at least 1");
    if (result == 0)
        result = ring_settle(repository, trust, dry_run, err);
    if (result == 0)
        result = pruning_plan(repository, trust, keep, &pruning, err);
    if (result == 0)
        result = forget_and_sweep(&pruning, repository, dry_run, err);
    if (result == 0)
        tell(report, &pruning, dry_run);
    pruning_clear(&pruning);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, prune, err);
}

static const struct command_option options[] = {
    {"keep", 0, COMMAND_COUNT, "N", "keep the last N packages of each type (default: 3)"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show what would go, remove nothing"},
};

static const char *const examples[] = {"prune --dry-run", "prune --keep 10", NULL};

const struct command cmd_prune = {
    .name = "prune",
    .arguments = "",
    .summary = "Remove packages, recipes and packs that nothing names any more",
    .description =
        "Kept are what a ring's newest set or a set that waits for signatures names, and the last "
        "packages of each type. Withdrawn ones do not count among those. A pack goes when no frame "
        "of it is needed. Sets, root documents and revocation lists stay. Files that a cut left go "
        "as well.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
