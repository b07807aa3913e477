/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/root.h"
#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/ring.h"
#include "mirror/sync.h"
#include "mirror/sync-found.h"

#define NAMES 64 /* values of a repeated option */

struct syncing {
    const struct command_invocation *invocation;
    const char *folder;
    char source[LIMIT_PATH_BYTES + 1]; /* resolved */
    char *ca;                          /* resolved; NULL: none */
    const char *rings[NAMES + 1];
    const char *anchors[NAMES + 1];
};

static int take_repeated(const struct command_invocation *invocation, const char *option,
                         const char **values, struct error *err)
{
    size_t count = 0;

    for (; (values[count] = command_repeat(invocation, option, count)) != NULL; count++) {
        if (count == NAMES)
            return error_set(err, ERROR_USAGE, "--%s: more than %d", option, NAMES);
    }
    return 0;
}

/* What mirror.conf holds must lead there from everywhere. */
static int take_ca(struct syncing *syncing, struct error *err)
{
    const char *ca = command_text(syncing->invocation, "ca");

    if (ca == NULL)
        return 0;
    syncing->ca = realpath(ca, NULL);
    if (syncing->ca == NULL)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "--ca %s",
                               ca);
    return 0;
}

static int take_arguments(const struct command_invocation *invocation, struct syncing *syncing,
                          struct error *err)
{
    const char *folder = command_text(invocation, "repo");
    int result = 0;

    *syncing = (struct syncing){.invocation = invocation, .folder = folder != NULL ? folder : "."};
    if (invocation->argument_count > 0)
        result = source_resolve(invocation->arguments[0], syncing->source, err);
    if (result == 0)
        result = take_ca(syncing, err);
    if (result == 0)
        result = take_repeated(invocation, "ring", syncing->rings, err);
    if (result == 0)
        result = take_repeated(invocation, "root", syncing->anchors, err);
    return result;
}

/* The first sync. */

static bool is_founded(const struct syncing *syncing)
{
    char path[LIMIT_PATH_BYTES + 1];

    snprintf(path, sizeof(path), "%s/" SETTINGS_FILE, syncing->folder);
    return access(path, F_OK) == 0;
}

static int check_founding(const struct syncing *syncing, struct error *err)
{
    if (syncing->source[0] == '\0')
        return error_set(err, ERROR_USAGE,
                         "%s is no repository yet: name the SOURCE that it shall mirror",
                         syncing->folder);
    if (syncing->anchors[0] == NULL)
        return error_set(err, ERROR_USAGE,
                         "%s is no repository yet: give --root FILE, a root document of the "
                         "source that came to you by a way that you trust",
                         syncing->folder);
    if (command_flag(syncing->invocation, "dry-run"))
        return error_set(err, ERROR_USAGE,
                         "%s is no repository yet: the first sync can't be a dry run",
                         syncing->folder);
    return 0;
}

static int make_repository(const struct syncing *syncing, struct error *err)
{
    const char *organisation = command_text(syncing->invocation, "org");
    const struct sync_found found = {
        .folder = syncing->folder,
        .organisation = organisation != NULL ? organisation : "Sallyport mirror",
        .source = syncing->source,
        .ca = syncing->ca,
        .anchors = syncing->anchors,
    };
    struct upstream upstream;
    int result = check_founding(syncing, err);

    if (result < 0)
        return result;
    result = upstream_open(syncing->source, syncing->ca, content_check_libexec(syncing->invocation),
                           &upstream, err);
    if (result == 0)
        result = sync_found(&found, &upstream, err);
    upstream_close(&upstream);
    return result;
}

/* What came out. */

static const char *const states[] = {
    [SYNC_ABSENT] = "not-carried",
    [SYNC_CURRENT] = "current",
    [SYNC_NEWER] = "new",
    [SYNC_REFUSED] = "refused",
};

static json_t *describe_packages(const struct report *report, const struct sync_ring *ring)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < ring->package_count; i++) {
        const struct catalog_package *entry = &ring->packages[i].entry;

        if (ring->state != SYNC_NEWER)
            continue;
        report_line(report, "%-24s %s (issue %llu)", entry->type, entry->version,
                    (unsigned long long)entry->issue);
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:I, s:o}", "type", entry->type, "version",
                                        entry->version, "issue", (json_int_t)entry->issue,
                                        "package", report_digest(entry->id)));
    }
    return rows;
}

static json_t *describe_ring(const struct report *report, const struct sync_ring *ring)
{
    json_t *row = json_pack("{s:s, s:s, s:I, s:I}", "ring", ring->name, "state",
                            states[ring->state], "sequence", (json_int_t)ring->entry.sequence,
                            "before", (json_int_t)ring->here.sequence);

    if (ring->state == SYNC_REFUSED) {
        report_data(report, "ring %s is refused: %s (%s)", ring->name, ring->problem.words,
                    error_name(ring->problem.code));
        json_object_set_new(row, "code", json_string(error_name(ring->problem.code)));
        json_object_set_new(row, "message", report_text(ring->problem.words));
    } else if (ring->state == SYNC_ABSENT) {
        report_line(report, "ring %s: not carried", ring->name);
    } else {
        report_line(report, "ring %s: set %llu%s", ring->name,
                    (unsigned long long)ring->entry.sequence,
                    ring->state == SYNC_CURRENT ? ", already here" : "");
    }
    json_object_set_new(row, "packages", describe_packages(report, ring));
    return row;
}

static void tell(struct report *report, const struct syncing *syncing, const struct sync *sync)
{
    const struct sync_frames_counts *frames = &sync->frames;
    bool changes = sync_changes(sync);
    json_t *rings = json_array();

    for (size_t i = 0; i < sync->ring_count; i++)
        json_array_append_new(rings, describe_ring(report, &sync->rings[i]));
    report_line(report, "%zu root documents, %zu revocation lists, %llu frames of %llu bytes%s",
                changes ? sync->trust.root_count : 0,
                changes ? sync_trust_list_count(&sync->trust) : 0,
                (unsigned long long)(sync->dry_run ? frames->wanted : frames->fetched),
                (unsigned long long)(sync->dry_run ? frames->wanted_bytes : frames->fetched_bytes),
                sync->dry_run ? " would be taken" : "");
    if (sync->upstream->ignored > 0)
        report_warn(report, "%llu names of the source are none of the format's; ignored",
                    (unsigned long long)sync->upstream->ignored);
    report_document(report, "sallyport.sync/1",
                    json_pack("{s:o, s:b, s:b, s:o, s:I, s:I, s:I, s:I, s:I, s:I}", "source",
                              report_text(syncing->source), "changed", changes && !sync->dry_run,
                              "dry_run", sync->dry_run, "rings", rings, "roots",
                              (json_int_t)(changes ? sync->trust.root_count : 0), "lists",
                              (json_int_t)(changes ? sync_trust_list_count(&sync->trust) : 0),
                              "frames", (json_int_t)frames->fetched, "bytes",
                              (json_int_t)frames->fetched_bytes, "wanted_bytes",
                              (json_int_t)frames->wanted_bytes, "ignored",
                              (json_int_t)sync->upstream->ignored));
}

/* Some rings good and some not: 3, as with an import. None good: what was wrong with the first. */
static int answer(const struct syncing *syncing, const struct sync *sync)
{
    const struct sync_ring *refused = NULL;
    size_t good = 0;

    for (size_t i = 0; i < sync->ring_count; i++) {
        if (sync->rings[i].state == SYNC_REFUSED && refused == NULL)
            refused = &sync->rings[i];
        good += sync->rings[i].state == SYNC_CURRENT || sync->rings[i].state == SYNC_NEWER;
    }
    if (refused != NULL)
        return error_row(good > 0 ? ERROR_PARTIAL : refused->problem.code)->exit_status;
    if (!sync_changes(sync) && command_flag(syncing->invocation, "fail-unchanged"))
        return error_row(ERROR_UNCHANGED)->exit_status;
    return 0;
}

static int check_upstream(struct syncing *syncing, const struct repository *repository,
                          struct error *err)
{
    const struct settings *settings = &repository->settings;

    if (settings->upstream == NULL)
        return error_set(err, ERROR_USAGE,
                         "%s signs for itself (its " SETTINGS_FILE
                         " has no [upstream]): give --repo DIR of a mirror of a mirror, or of "
                         "none yet",
                         repository->folder);
    if (syncing->source[0] == '\0')
        snprintf(syncing->source, sizeof(syncing->source), "%s", settings->upstream);
    if (syncing->ca == NULL && settings->upstream_ca != NULL)
        syncing->ca = repository_path(repository, settings->upstream_ca);
    return source_check(syncing->source, NULL, err);
}

static int sync_here(struct syncing *syncing, struct report *report, struct repository *repository,
                     struct upstream *upstream, struct error *err)
{
    struct progress progress = {.shown =
                                    !report->quiet && !report->json && isatty(STDERR_FILENO) == 1};
    struct sync sync = {.repository = repository,
                        .upstream = upstream,
                        .progress = &progress,
                        .dry_run = command_flag(syncing->invocation, "dry-run")};
    int result = sync_begin(&sync, syncing->rings, syncing->anchors, err);
    if (result == 0 && !sync.dry_run)
        result = sync_complete(&sync, err);
    progress_end(&progress);
    if (result == 0) {
        tell(report, syncing, &sync);
        result = answer(syncing, &sync);
    }
    sync_end(&sync);
    return result;
}

/* What a cut left is completed first, by what was believed then. */
static int settle(const struct repository *repository, bool dry_run, struct error *err)
{
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    if (result == 0)
        result = ring_settle(repository, trust, dry_run, err);
    trust_free(trust);
    return result;
}

static int sync_repository(struct syncing *syncing, struct report *report,
                           struct repository *repository, struct error *err)
{
    struct upstream upstream;
    int result = check_upstream(syncing, repository, err);

    if (result == 0)
        result = settle(repository, command_flag(syncing->invocation, "dry-run"), err);
    if (result < 0)
        return result;
    result = upstream_open(syncing->source, syncing->ca, content_check_libexec(syncing->invocation),
                           &upstream, err);
    if (result == 0)
        result = sync_here(syncing, report, repository, &upstream, err);
    upstream_close(&upstream);
    return result;
}

static int sync_verb(const struct command_invocation *invocation, struct report *report,
                     struct repository *repository, struct error *err)
{
    struct syncing syncing;
    int result = take_arguments(invocation, &syncing, err);

    if (result == 0)
        result = sync_repository(&syncing, report, repository, err);
    free(syncing.ca);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct syncing syncing;
    int result = take_arguments(invocation, &syncing, err);

    if (result == 0 && !is_founded(&syncing))
        result = make_repository(&syncing, err);
    free(syncing.ca);
    return result < 0 ? result : commands_run(invocation, REPOSITORY_CHANGE, sync_verb, err);
}

static const struct command_option options[] = {
    {"root", 0, COMMAND_REPEAT, "FILE",
     "a root document that you trust; needed when the repository is made"},
    {"ca", 0, COMMAND_TEXT, "FILE", "authority of an https source, and the only one, PEM"},
    {"ring", 0, COMMAND_REPEAT, "RING", "take this ring only (default: all that it carries)"},
    {"org", 0, COMMAND_TEXT, "NAME", "organisation in mirror.conf, when the repository is made"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit 4 when all was here already"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "judge and tell, take nothing"},
};

static const char *const examples[] = {
    "sync https://mirror.example:8470 --ca mirror-ca.pem --root 1.p7m --repo /srv/mirror", "sync",
    "sync /media/stick --ring public", NULL};

const struct command cmd_sync = {
    .name = "sync",
    .arguments = "[SOURCE]",
    .summary = "Take over what another mirror published, byte for byte",
    .description =
        "Makes a mirror of a mirror, or brings it up to date. SOURCE is the URL of a mirror, a "
        "folder that holds a tree, or a medium: a device, an image or a tar file; without it, the "
        "one in mirror.conf. Every root "
        "document, revocation list, set and package is judged as an endpoint judges it, every "
        "frame is matched with its digest, and nothing older than what is here is taken. Nothing "
        "is signed: the repository has no keys. A ring that is refused is named and holds up no "
        "other; the exit status is then 3. Frames that came before a cut are not fetched again.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
