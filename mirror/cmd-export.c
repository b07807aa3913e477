/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mirror/belief.h"
#include "mirror/export-tree.h"
#include "mirror/keyring.h"
#include "mirror/report.h"
#include "mirror/ring.h"

/* The rings of --ring, else the last one: what sites get. */
static int choose_rings(const struct command_invocation *invocation, const struct trust *trust,
                        const char *rings[static LIMIT_RINGS], size_t *count, struct error *err)
{
    const struct root_document *root = trust_root(trust);
    const struct root_ring *row, *before;
    const char *name;

    *count = 0;
    for (size_t i = 0; (name = command_repeat(invocation, "ring", i)) != NULL; i++) {
        bool twice = false;
        int result = ring_find(trust, name, &row, &before, err);

        if (result < 0)
            return result;
        for (size_t j = 0; j < *count; j++)
            twice = twice || strcmp(rings[j], row->name) == 0;
        if (!twice)
            rings[(*count)++] = row->name;
    }
    if (*count == 0)
        rings[(*count)++] = root->rings[root->ring_count - 1].name;
    return 0;
}

static void tell_plan(const struct report *report, const struct export_plan *plan,
                      uint64_t free_bytes, uint64_t old_bytes)
{
    for (size_t i = 0; i < plan->set_count; i++)
        report_line(report, "ring          %s, set %llu", plan->sets[i].ring,
                    (unsigned long long)plan->sets[i].sequence);
    report_line(report, "carries       %zu packages, %zu frames, about %llu MiB",
                plan->package_count, plan->frame_count,
                (unsigned long long)(plan->total_bytes / MIB + 1));
    report_line(report, "space         %llu MiB free, %llu MiB taken by the export before",
                (unsigned long long)(free_bytes / MIB), (unsigned long long)(old_bytes / MIB));
}

static json_t *describe(const struct export_plan *plan, const struct export_tree *tree, bool dry)
{
    json_t *sets = json_array();

    for (size_t i = 0; i < plan->set_count; i++)
        json_array_append_new(sets, json_pack("{s:s, s:I, s:o}", "ring", plan->sets[i].ring,
                                              "sequence", (json_int_t)plan->sets[i].sequence, "set",
                                              report_digest(plan->sets[i].digest)));
    return json_pack("{s:o, s:I, s:I, s:I, s:b, s:I, s:I}", "sets", sets, "packages",
                     (json_int_t)plan->package_count, "frames", (json_int_t)plan->frame_count,
                     "bytes", (json_int_t)plan->total_bytes, "written", !dry, "files",
                     (json_int_t)tree->document.file_count, "removed", (json_int_t)tree->removed);
}

static int write_and_verify(const struct command_invocation *invocation, struct report *report,
                            struct repository *repository, struct export_tree *tree,
                            struct error *err)
{
    struct keyring *keyring = keyring_new(repository, invocation, "");
    struct key *key = NULL;
    int result = keyring_key(keyring, ROLE_EXPORT, command_text(invocation, "key"), &key, err);

    if (result == 0)
        result = export_tree_write(tree, key, err);
    if (result == 0)
        result = export_tree_verify(tree, err);
    if (result == 0 && tree->unknown > 0)
        report_warn(report, "%zu names in the tree are none of the format's; endpoints name them",
                    tree->unknown);
    if (result == 0 && !tree->direct)
        report_warn(report, "the destination has no O_DIRECT: files were read back through memory");
    key_free(key);
    keyring_free(keyring);
    return result;
}

static int export_to(const struct command_invocation *invocation, struct report *report,
                     struct repository *repository, const struct export_plan *plan,
                     struct error *err)
{
    struct progress progress = {.shown =
                                    !report->quiet && !report->json && isatty(STDERR_FILENO) == 1};
    struct export_tree tree = {
        .repository = repository, .plan = plan, .progress = &progress, .fd = -1};
    bool dry = command_flag(invocation, "dry-run");
    uint64_t free_bytes, old_bytes;
    int result = export_tree_open(&tree, invocation->arguments[0], dry, err);

    if (result == 0)
        result = export_tree_space(&tree, &free_bytes, &old_bytes, err);
    if (result == 0)
        tell_plan(report, plan, free_bytes, old_bytes);
    if (result == 0 && !dry)
        result = write_and_verify(invocation, report, repository, &tree, err);
    if (result == 0 && !dry)
        report_line(report,
                    "written       %zu files, flushed and read back; the medium may be "
                    "unmounted and pulled",
                    tree.document.file_count + 1);
    if (result == 0)
        report_document(report, "sallyport.export-result/1", describe(plan, &tree, dry));
    export_tree_close(&tree);
    return result;
}

static int export_rings(const struct command_invocation *invocation, struct report *report,
                        struct repository *repository, struct error *err)
{
    const char *rings[LIMIT_RINGS];
    struct export_plan plan = {0};
    struct trust *trust = NULL;
    size_t count = 0;
    int result = belief_trust(repository, &trust, err);

    if (result == 0)
        result = choose_rings(invocation, trust, rings, &count, err);
    if (result == 0)
        result = export_plan_make(repository, trust, rings, count, &plan, err);
    if (result == 0)
        result = export_to(invocation, report, repository, &plan, err);
    export_plan_clear(&plan);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_READ, export_rings, err);
}

static const struct command_option options[] = {
    {"ring", 0, COMMAND_REPEAT, "RING", "a ring to carry (default: the last one)"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show the plan, write nothing"},
    {"key", 0, COMMAND_TEXT, "KEY", "export key: a name in mirror.conf or FILE.key"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "export /media/stick",
    "export /media/stick --ring internal --ring public --dry-run",
    NULL,
};

const struct command cmd_export = {
    .name = "export",
    .arguments = "DEST",
    .summary = "Write a ring's newest set with all that it names to a folder or medium",
    .description =
        "Writes fresh packs, recipes, documents and, last, the signed list of everything; flushes, "
        "removes what an earlier export left, reads all of it back. Receipts and names that are "
        "none of the format's stay.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
