/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/text.h"
#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/first-ring.h"
#include "mirror/publish-package.h"
#include "mirror/ring-report.h"
#include "mirror/source-content.h"

#define NEAR 4

static int check_type(const char *name, struct error *err)
{
    const struct content_type *row, *nearest = NULL;
    unsigned best = NEAR;

    if (content_type_find(name) != NULL)
        return 0;
    for (size_t i = 0; (row = content_type_row(i)) != NULL; i++) {
        if (text_distance(row->name, name) < best) {
            best = text_distance(row->name, name);
            nearest = row;
        }
    }
    return error_set(err, ERROR_USAGE, "no content type %s; %s%s", name,
                     nearest != NULL ? "nearest: " : "see: sallyport-mirror list types",
                     nearest != NULL ? nearest->name : "");
}

/* The one transaction: everything that it speaks of is on disk. */
static int enter(struct publish_package *package, const struct ring_result *ring, bool is_new,
                 struct error *err)
{
    struct catalog *catalog = package->repository->catalog;
    int result = ring->dry_run ? 0 : catalog_begin(catalog, err);

    if (result < 0 || ring->dry_run)
        return result;
    if (is_new)
        result = publish_package_enter(package, err);
    if (result == 0)
        result = ring_enter(package->repository, ring, err);
    if (result == 0)
        result = catalog_commit(catalog, err);
    if (result < 0) {
        catalog_rollback(catalog);
        return result;
    }
    return ring_show(package->repository, ring, err);
}

/* The same content is no second package; but where its set never got its signatures the ring gets it
 * now. *unchanged: neither was needed. */
static int publish_staged(struct publish_package *package, const struct ring_signer *signer,
                          const struct source_content *content, struct ring_result *ring,
                          bool *unchanged, struct error *err)
{
    bool known = false;
    struct error changed;
    int result = publish_package_build(package, content->folder_fd, &known, err);

    /* Whatever a build failed of, of files that changed it is that. */
    if (source_content_settle(content, &changed) < 0) {
        *err = changed;
        result = -(int)changed.code;
    }
    if (result == 0 && !known)
        result = signer->dry_run ? publish_package_look_ahead(package, err)
                                 : publish_package_sign(package, err);
    if (result == 0)
        result = first_ring_sign(signer, &package->entry, json_object(), ring, unchanged, err);
    if (result == 0 && !*unchanged)
        result = enter(package, ring, !known, err);
    return result;
}

static void tell_deltas(struct report *report, const struct publish_deltas *deltas)
{
    for (size_t i = 0; i < deltas->count; i++) {
        const struct publish_delta *delta = &deltas->rows[i];

        if (delta->kept)
            report_line(report, "delta         from %s: %llu bytes", delta->base.version,
                        (unsigned long long)(delta->recipe.packed_size + delta->recipe.size));
        else if (delta->problem.code != ERROR_OK)
            report_warn(report, "no delta from %s, which can't be read or built on: %s",
                        delta->base.version, delta->problem.words);
    }
}

static json_t *describe_deltas(const struct publish_deltas *deltas)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < deltas->count; i++) {
        const struct publish_delta *delta = &deltas->rows[i];

        if (delta->kept)
            json_array_append_new(rows, json_pack("{s:o, s:s, s:I, s:I}", "base",
                                                  report_digest(delta->base.id), "version",
                                                  delta->base.version, "size",
                                                  (json_int_t)delta->recipe.size, "packed",
                                                  (json_int_t)delta->recipe.packed_size));
    }
    return rows;
}

static void tell(struct report *report, const struct publish_deltas *deltas,
                 const struct catalog_package *entry, const struct source_content *content,
                 const struct ring_result *ring, bool unchanged)
{
    json_t *document;

    source_content_tell(content, report);
    tell_deltas(report, deltas);
    if (unchanged)
        report_line(report, "%s %s has just this content already; nothing published", entry->type,
                    entry->version);
    else if (ring->pending || ring->dry_run) {
        report_line(report, "%s %s (issue %llu) %s signed", entry->type, entry->version,
                    (unsigned long long)entry->issue, ring->dry_run ? "would be" : "is");
        ring_report_line(report, ring);
    } else
        report_line(report, "published %s %s (issue %llu) into ring %s, set %llu", entry->type,
                    entry->version, (unsigned long long)entry->issue, ring->set.ring,
                    (unsigned long long)ring->set.sequence);
    document = json_pack("{s:b, s:b, s:s, s:s, s:I}", "changed", !unchanged && !ring->dry_run,
                         "dry_run", ring->dry_run, "type", entry->type, "version", entry->version,
                         "issue", (json_int_t)entry->issue);
    json_object_set_new(document, "package", report_digest(entry->id));
    json_object_set_new(document, "time",
                        entry->time_us != 0 ? report_instant(entry->time_us) : json_null());
    json_object_set_new(document, "deltas", describe_deltas(deltas));
    if (content->counts != NULL)
        json_object_set(document, "compiled", content->counts);
    if (content->format != NULL)
        json_object_set_new(document, "converted", source_content_converted(content));
    if (!unchanged) {
        json_t *set = json_object();

        ring_report_members(ring, set);
        json_object_set_new(document, "set", set);
    }
    report_document(report, "sallyport.publish/1", document);
}

/* 0, or the exit status of an answer that is neither success nor failure. */
static int answer(const struct command_invocation *invocation, const struct ring_result *ring,
                  bool unchanged)
{
    if (unchanged && command_flag(invocation, "fail-unchanged"))
        return error_row(ERROR_UNCHANGED)->exit_status;
    return ring_report_status(ring);
}

static int find_format(const struct command_invocation *invocation, const struct content_type *type,
                       const struct source_format **format, struct error *err)
{
    const char *from = command_text(invocation, "from");

    if (from != NULL)
        return source_format_find(from, type, format, err);
    if (command_flag(invocation, "skip-unsupported"))
        return error_set(err, ERROR_USAGE, "--skip-unsupported goes with --from");
    return 0;
}

/* A publisher mends all that was found, not one thing a run: with --json the document has it all, and
 * the error's status is the verb's. */
static int tell_refusal(const struct report *report, const struct source_content *content,
                        int result)
{
    if (!content->refused)
        return result;
    source_content_tell(content, report);
    if (!report->json)
        return result;
    report_document(
        report, "sallyport.publish/1",
        json_pack("{s:b, s:o}", "changed", 0, "converted", source_content_converted(content)));
    return error_row((enum error_code) - result)->exit_status;
}

static int publish(const struct command_invocation *invocation, struct report *report,
                   struct repository *repository, struct error *err)
{
    const struct content_type *type = content_type_find(invocation->arguments[0]);
    const char *notes = command_text(invocation, "notes");
    struct publish_package package = {
        .repository = repository,
        .keyring = keyring_new(repository, invocation, ""),
        .key = command_text(invocation, "key"),
        .type = type,
        .version = command_text(invocation, "version"),
        .notes = notes != NULL ? notes : "",
    };
    struct ring_signer signer = {.repository = repository,
                                 .keyring = package.keyring,
                                 .key = command_text(invocation, "release-key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    struct progress progress = {.shown =
                                    !report->quiet && !report->json && isatty(STDERR_FILENO) == 1};
    struct source_content content = {.libexec = content_check_libexec(invocation),
                                     .repository = repository,
                                     .progress = &progress,
                                     .skip_unsupported =
                                         command_flag(invocation, "skip-unsupported"),
                                     .folder_fd = -1};
    struct ring_result ring = {0};
    bool unchanged = false;
    int result = find_format(invocation, type, &content.format, err);

    if (result == 0)
        result = belief_trust(repository, &package.trust, err);
    signer.trust = package.trust;
    package.progress = &progress;
    if (result == 0)
        result = ring_settle(repository, package.trust, signer.dry_run, err);
    if (result == 0)
        result = publish_package_begin(&package, err);
    if (result == 0)
        result = source_content_take(&content, invocation->arguments[1], type, err);
    if (content.held.fds != NULL)
        package.held = &content.held;
    if (result == 0)
        result = publish_staged(&package, &signer, &content, &ring, &unchanged, err);
    if (result == 0) {
        tell(report, &package.deltas, &package.entry, &content, &ring, unchanged);
        result = answer(invocation, &ring, unchanged);
    } else {
        result = tell_refusal(report, &content, result);
    }
    source_content_clear(&content);
    publish_package_end(&package);
    trust_free(package.trust);
    keyring_free(package.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *notes;
    int result = check_type(invocation->arguments[0], err);

    if (result == 0)
        result = commands_words(invocation, "notes", LIMIT_NOTES_BYTES, &notes, err);
    return result < 0 ? result : commands_run(invocation, REPOSITORY_CHANGE, publish, err);
}

static const struct command_option options[] = {
    {"from", 0, COMMAND_TEXT, "FORMAT", "convert the source first: sigma (to behavior)"},
    {"skip-unsupported", 0, COMMAND_FLAG, NULL, "leave out what can't be converted"},
    {"version", 0, COMMAND_TEXT, "V", "content version (default: date and issue)"},
    {"notes", 0, COMMAND_TEXT, "TEXT", "notes in the package document"},
    {"key", 0, COMMAND_TEXT, "KEY", "content key: a name in mirror.conf or FILE.key"},
    {"release-key", 0, COMMAND_TEXT, "KEY", "release key for the first ring's set"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit 4 when there was nothing to publish"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "publish flags-supplement flags.json --version 1.2",
    "publish dataset-a rules/ --repo /srv/mirror --passphrase-file ~/.mirror-passphrase",
    "publish dataset-a - <rules.tar.gz",
    "publish behavior --from sigma sigma/rules/linux --skip-unsupported --dry-run",
    NULL,
};

const struct command cmd_publish = {
    .name = "publish",
    .arguments = "TYPE SOURCE",
    .summary = "Check, pack and sign content, and put it into the first ring",
    .description =
        "SOURCE is a folder, a file, an archive, or -, an archive on standard input. The type's "
        "driver checks it in its sandbox; what it refuses is never signed. Whoever opens a file of "
        "the folder for writing meanwhile waits for up to 45 seconds, and publish says that it "
        "changed. The same content published again, under no or the same version, makes no second "
        "package. A package of behavior requires the product-rules-feed that the first ring holds "
        "then: publish that first.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
