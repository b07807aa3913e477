/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/first-ring.h"
#include "mirror/reissue.h"
#include "mirror/ring-report.h"

static json_t *evidence(const struct catalog_package *base)
{
    char id[DIGEST_TEXT_BYTES];

    return json_pack("{s:{s:s, s:s, s:I, s:s}}", "reissued", "type", base->type, "version",
                     base->version, "issue", (json_int_t)base->issue, "package",
                     digest_text(base->id, id));
}

/* The one transaction: everything that it speaks of is on disk. */
static int enter(struct repository *repository, const struct catalog_package *entry,
                 const struct ring_result *ring, struct error *err)
{
    int result = ring->dry_run ? 0 : catalog_begin(repository->catalog, err);

    if (result < 0 || ring->dry_run)
        return result;
    result = catalog_add_package(repository->catalog, entry, err);
    if (result == 0)
        result = ring_enter(repository, ring, err);
    if (result == 0)
        result = catalog_commit(repository->catalog, err);
    if (result < 0) {
        catalog_rollback(repository->catalog);
        return result;
    }
    return ring_show(repository, ring, err);
}

static void tell(const struct report *report, const struct catalog_package *base,
                 const struct catalog_package *entry, const struct ring_result *ring)
{
    json_t *document;

    report_line(report, "%s %s: the content of issue %llu %s issue %llu", entry->type,
                entry->version, (unsigned long long)base->issue,
                ring->dry_run ? "would be" : "is now", (unsigned long long)entry->issue);
    ring_report_line(report, ring);
    document = json_pack("{s:s, s:s, s:I, s:I, s:o, s:o}", "type", entry->type, "version",
                         entry->version, "issue", (json_int_t)entry->issue, "from_issue",
                         (json_int_t)base->issue, "package", report_digest(entry->id), "time",
                         ring->dry_run ? json_null() : report_instant(entry->time_us));
    ring_report_members(ring, document);
    report_document(report, "sallyport.reissue/1", document);
}

static int reissue(const struct command_invocation *invocation, struct report *report,
                   struct repository *repository, struct error *err)
{
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "release-key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    struct catalog_package base, entry;
    struct ring_result ring = {0};
    bool held;
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, signer.dry_run, err);
    if (result == 0)
        result =
            reissue_find(repository->catalog, invocation->arguments[0], invocation->arguments[1],
                         command_flag(invocation, "despite-withdrawal"), &base, err);
    if (result == 0)
        result = reissue_sign(&signer, command_text(invocation, "key"),
                              content_check_libexec(invocation), &base,
                              command_text(invocation, "notes"), &entry, err);
    if (result == 0)
        result = first_ring_sign(&signer, &entry, evidence(&base), &ring, &held, err);
    if (result == 0)
        result = enter(repository, &entry, &ring, err);
    if (result == 0) {
        tell(report, &base, &entry, &ring);
        result = ring_report_status(&ring);
    }
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *notes;
    int result = commands_words(invocation, "notes", LIMIT_NOTES_BYTES, &notes, err);

    return result < 0 ? result : commands_run(invocation, REPOSITORY_CHANGE, reissue, err);
}

static const struct command_option options[] = {
    {"notes", 0, COMMAND_TEXT, "TEXT", "notes in the new document (default: as they were)"},
    {"despite-withdrawal", 0, COMMAND_FLAG, NULL, "also what was withdrawn"},
    {"key", 0, COMMAND_TEXT, "KEY", "content key: a name in mirror.conf or FILE.key"},
    {"release-key", 0, COMMAND_TEXT, "KEY", "release key for the first ring's set"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "reissue flags-supplement 1.1 --notes 'back from 1.2'",
    NULL,
};

const struct command cmd_reissue = {
    .name = "reissue",
    .arguments = "TYPE VERSION",
    .summary = "Put old content into the first ring under a new issue: the way back",
    .description =
        "Endpoints refuse what is older than what they have seen. A re-issued package has the same "
        "files, frames and version, and an issue and a time that are newer than any before. Its "
        "driver checks it as it does for publish. It goes on to the later rings by promote.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
