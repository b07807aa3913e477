/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mirror/belief.h"
#include "mirror/export-archive.h"
#include "mirror/export-folders.h"
#include "mirror/export-shown.h"
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

/* What one run is about. */
struct exporting {
    const struct command_invocation *invocation;
    struct report *report;
    struct export_job job; /* what every volume begins with */
    size_t volume;         /* that is asked for; 0: all */
    bool dry;
    struct interrupt interrupt;
};

typedef int (*write_out)(void *target, const struct key *key, struct error *err);

/* The key first: its passphrase may be asked for, and nothing is begun without it. From then on a
 * signal stops the work, which takes away what it began. */
static int write_with_key(struct exporting *exporting, write_out write, void *target,
                          struct error *err)
{
    struct keyring *keyring = keyring_new(exporting->job.repository, exporting->invocation, "");
    struct key *key = NULL;
    int result =
        keyring_key(keyring, ROLE_EXPORT, command_text(exporting->invocation, "key"), &key, err);

    if (result == 0)
        result = interrupt_begin(&exporting->interrupt, err);
    if (result == 0)
        result = write(target, key, err);
    interrupt_end(&exporting->interrupt);
    key_free(key);
    keyring_free(keyring);
    return result;
}

static int write_folders(void *target, const struct key *key, struct error *err)
{
    return export_folders_write(target, key, err);
}

static void warn_of_folders(struct report *report, const struct export_folders *folders)
{
    if (folders->unknown > 0)
        report_warn(report, "%zu names in the tree are none of the format's; endpoints name them",
                    folders->unknown);
    if (!folders->direct)
        report_warn(report, "the destination has no O_DIRECT: files were read back through memory");
}

static int to_folders(struct exporting *exporting, struct error *err)
{
    struct report *report = exporting->report;
    struct export_folders folders = {.destination = exporting->invocation->arguments[0],
                                     .job = exporting->job};
    struct export_place place;
    int result = export_folders_plan(&folders, exporting->volume, err);

    if (result < 0)
        return result;
    place = (struct export_place){.form = "dir",
                                  .first = folders.first,
                                  .last = folders.last,
                                  .free_bytes = folders.free_bytes,
                                  .old_bytes = folders.old_bytes,
                                  .stale_count = folders.stale_count,
                                  .stale_bytes = folders.stale_bytes};
    export_shown_plan(report, exporting->job.plan, exporting->job.volumes, &place);
    if (!exporting->dry) {
        result = write_with_key(exporting, write_folders, &folders, err);
        if (result < 0)
            return result;
        warn_of_folders(report, &folders);
        place.files = folders.files - (folders.last - folders.first + 1);
        place.removed = folders.removed;
        place.resumed = folders.resumed;
        if (folders.resumed > 0)
            report_line(report,
                        "resumed       %zu packs lay there as they should be and were not written "
                        "again",
                        folders.resumed);
        report_line(report,
                    "written       %zu files, flushed and read back; the medium may be unmounted "
                    "and pulled",
                    folders.files);
    }
    report_document(report, "sallyport.export-result/1",
                    export_shown_document(exporting->job.plan, exporting->job.volumes, &place,
                                          !exporting->dry));
    return 0;
}

static int write_archive(void *target, const struct key *key, struct error *err)
{
    int result = export_archive_write(target, key, err);

    return result < 0 ? result : export_archive_verify(target, err);
}

static void tell_archive(struct report *report, const struct export_archive *archive)
{
    if (archive->dirfd < 0) {
        report_line(report,
                    "written       %llu bytes to the pipe, which can't be read back: only "
                    "what comes out at its other end counts",
                    (unsigned long long)archive->size);
        return;
    }
    if (!archive->direct)
        report_warn(report, "the destination has no O_DIRECT: the file was read back through "
                            "memory");
    report_line(report,
                "written       %s, %llu bytes, flushed and read back; its medium may be unmounted "
                "and pulled",
                archive->name, (unsigned long long)archive->size);
}

/* A file or a pipe holds one volume. */
static int check_volume(struct exporting *exporting, struct error *err)
{
    size_t count = exporting->job.volumes->count;

    if (count > 1 && exporting->volume == 0)
        return error_set(
            err, ERROR_USAGE,
            "the export has %zu volumes, and a file holds one: give each its own, with "
            "--volume 1 to --volume %zu",
            count, count);
    exporting->job.volume = count > 1 ? exporting->volume : 1;
    return 0;
}

static int to_archive(struct exporting *exporting, enum export_archive_form form, struct error *err)
{
    struct report *report = exporting->report;
    struct export_archive archive = {.job = exporting->job, .form = form, .dirfd = -1, .fd = -1};
    struct export_place place = {.form = form == EXPORT_TAR ? "tar" : "iso"};
    uint64_t spool_bytes;
    int result = 0;

    if (!exporting->dry)
        result = check_volume(exporting, err);
    archive.job.volume = place.first = place.last =
        exporting->job.volume != 0 ? exporting->job.volume : 1;
    if (result == 0)
        result =
            export_archive_open(&archive, exporting->invocation->arguments[0], exporting->dry, err);
    if (result == 0)
        result = export_archive_space(&archive, &place.free_bytes, &spool_bytes, err);
    if (result == 0)
        export_shown_plan(report, exporting->job.plan, exporting->job.volumes, &place);
    if (result == 0 && !exporting->dry)
        result = write_with_key(exporting, write_archive, &archive, err);
    if (result == 0 && !exporting->dry)
        tell_archive(report, &archive);
    place.files = archive.job.document.file_count;
    if (result == 0)
        report_document(report, "sallyport.export-result/1",
                        export_shown_document(exporting->job.plan, exporting->job.volumes, &place,
                                              !exporting->dry));
    export_archive_close(&archive);
    return result;
}

static const struct form {
    const char *name;
    bool folder;
    enum export_archive_form archive;
} forms[] = {
    {"dir", true, EXPORT_TAR},
    {"tar", false, EXPORT_TAR},
    {"iso", false, EXPORT_ISO},
};

static int find_form(const struct command_invocation *invocation, const struct form **form,
                     struct error *err)
{
    const char *name = command_text(invocation, "form");

    *form = &forms[0];
    if (name == NULL && strcmp(invocation->arguments[0], "-") == 0)
        return error_set(err, ERROR_USAGE, "a pipe takes a tar: give --form tar");
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]) && name != NULL; i++) {
        if (strcmp(forms[i].name, name) == 0) {
            *form = &forms[i];
            return 0;
        }
    }
    if (name != NULL)
        return error_set(err, ERROR_USAGE, "--form %s: expected dir, tar or iso", name);
    return 0;
}

/* --volume K of what --volume-size makes. */
static int choose_volume(struct exporting *exporting, struct error *err)
{
    uint64_t volume = 0;

    if (command_number(exporting->invocation, "volume", &volume) &&
        (volume < 1 || volume > exporting->job.volumes->count))
        return error_set(err, ERROR_USAGE, "--volume %llu: the export has %zu",
                         (unsigned long long)volume, exporting->job.volumes->count);
    exporting->volume = (size_t)volume;
    return 0;
}

static int send_out(struct exporting *exporting, struct error *err)
{
    struct report *report = exporting->report;
    struct progress progress = {.shown =
                                    !report->quiet && !report->json && isatty(STDERR_FILENO) == 1};
    const struct form *form;
    int result = find_form(exporting->invocation, &form, err);

    exporting->job.progress = &progress;
    exporting->job.interrupt = &exporting->interrupt;
    if (result == 0)
        result = choose_volume(exporting, err);
    if (result < 0)
        return result;
    return form->folder ? to_folders(exporting, err) : to_archive(exporting, form->archive, err);
}

/* What does not fit is said of the size as it was typed. */
static int lay_out(const struct command_invocation *invocation, const struct export_plan *plan,
                   struct export_volumes *volumes, struct error *err)
{
    uint64_t limit_bytes = 0;
    bool given = command_number(invocation, "volume-size", &limit_bytes);
    int result = export_volumes_make(plan, limit_bytes, volumes, err);

    return result < 0 && given
               ? error_context(err, "--volume-size %s", command_text(invocation, "volume-size"))
               : result;
}

/* The set that --since names; of the one --ring, where it is but a number. */
static int find_since(const struct command_invocation *invocation, struct repository *repository,
                      struct trust *trust, const char *const *rings, size_t count,
                      struct export_since **since, struct error *err)
{
    const char *text = command_text(invocation, "since");

    if (text == NULL)
        return 0;
    *since = bytes_allocate(1, sizeof(**since));
    return export_since_find(repository, trust, text, count == 1 ? rings[0] : NULL, *since, err);
}

static int export_rings(const struct command_invocation *invocation, struct report *report,
                        struct repository *repository, struct error *err)
{
    const char *rings[LIMIT_RINGS];
    struct export_plan plan = {0};
    struct export_volumes volumes = {0};
    struct exporting exporting = {
        .invocation = invocation,
        .report = report,
        .job = {.repository = repository, .plan = &plan, .volumes = &volumes},
        .dry = command_flag(invocation, "dry-run"),
        .interrupt = {.fd = -1}};
    struct export_since *since = NULL;
    struct trust *trust = NULL;
    size_t count = 0;
    int result = belief_trust(repository, &trust, err);

    report->aside = strcmp(invocation->arguments[0], "-") == 0;
    if (result == 0)
        result = choose_rings(invocation, trust, rings, &count, err);
    if (result == 0)
        result = find_since(invocation, repository, trust, rings, count, &since, err);
    if (result == 0)
        result = export_plan_make(repository, trust, rings, count, since, &plan, err);
    if (result == 0)
        result = lay_out(invocation, &plan, &volumes, err);
    if (result == 0)
        result = send_out(&exporting, err);
    export_volumes_clear(&volumes);
    export_plan_clear(&plan);
    free(since);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    if (strcmp(invocation->arguments[0], "-") == 0 && command_flag(invocation, "json") &&
        !command_flag(invocation, "dry-run"))
        return error_set(err, ERROR_USAGE, "standard output carries the tar: --json has no place");
    return commands_run(invocation, REPOSITORY_READ, export_rings, err);
}

static const struct command_option options[] = {
    {"ring", 0, COMMAND_REPEAT, "RING", "a ring to carry (default: the last one)"},
    {"since", 0, COMMAND_TEXT, "SET", "for those who have SET: SEQUENCE or RING/SEQUENCE"},
    {"form", 0, COMMAND_TEXT, "FORM", "dir, tar or iso (default: dir)"},
    {"volume-size", 0, COMMAND_SIZE, "SIZE", "no volume is larger: 700M, 4G (default: one volume)"},
    {"volume", 0, COMMAND_COUNT, "K", "write this volume alone, DEST is its medium"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show the plan, write nothing"},
    {"key", 0, COMMAND_TEXT, "KEY", "export key: a name in mirror.conf or FILE.key"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "export /media/stick",
    "export /media/stick --ring internal --ring public --dry-run",
    "export /media/stick --ring public --since 41",
    "export /media/disc --volume-size 4G --volume 2",
    "export - --form tar",
    NULL,
};

const struct command cmd_export = {
    .name = "export",
    .arguments = "DEST",
    .summary = "Write a ring's newest set with all that it names to a folder, file or pipe",
    .description =
        "Writes fresh packs, recipes, documents and, last, the signed list of everything; flushes, "
        "removes what an earlier export left, reads all of it back. Receipts and names that are "
        "none of the format's stay. Several volumes go side by side, to DEST/volume-1 and so on, "
        "or one at a time with --volume. As tar or iso DEST is a file; as tar it may be -, "
        "standard output. With --since it carries what an endpoint needs that has that set: "
        "others need a full export.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
