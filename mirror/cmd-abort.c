/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/ring.h"

#define PREFIX_MIN 8 /* hex digits that name a set */

/* RING/SEQUENCE, or the first digits of its digest. */
static bool names_set(const char *name, const struct catalog_set *set)
{
    char place[LIMIT_NAME_BYTES + 24], digest[DIGEST_TEXT_BYTES];

    snprintf(place, sizeof(place), "%s/%llu", set->ring, (unsigned long long)set->sequence);
    digest_text(set->digest, digest);
    return strcmp(name, place) == 0 ||
           (strlen(name) >= PREFIX_MIN && strncmp(name, digest, strlen(name)) == 0);
}

static int find_set(struct catalog *catalog, const char *name, struct catalog_set *set,
                    struct error *err)
{
    struct catalog_set *sets;
    size_t count, hits = 0;
    int result = catalog_sets(catalog, &sets, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        if (!names_set(name, &sets[i]))
            continue;
        *set = sets[i];
        hits++;
    }
    free(sets);
    if (result == 0 && hits == 0)
        result =
            error_set(err, ERROR_NOT_FOUND,
                      "no set %s; give RING/SEQUENCE or at least %d digits of its digest (see: "
                      "sallyport-mirror list sets)",
                      name, PREFIX_MIN);
    if (result == 0 && hits > 1)
        result = error_set(err, ERROR_USAGE, "%s: %zu sets begin so; give more digits", name, hits);
    return result;
}

/* *already: it was aborted before; the reason that was given then stands. */
static int find_aborted(struct catalog *catalog, const struct catalog_set *set, bool *already,
                        char **reason, struct error *err)
{
    struct decision_aborted *rows;
    size_t count;
    int result = decision_all_aborted(catalog, &rows, &count, err);

    *already = false;
    *reason = NULL;
    for (size_t i = 0; i < count && result == 0 && !*already; i++) {
        *already = memcmp(rows[i].set.digest, set->digest, DIGEST_BYTES) == 0;
        if (*already)
            *reason = bytes_copy_string(rows[i].reason);
    }
    decision_free_aborted(rows, count);
    return result;
}

/* Which later rings hold a package of it already: an abort takes nothing away. */
static int list_reached(const struct repository *repository, struct trust *trust,
                        const struct set_document *aborted, const struct report *report,
                        json_t *reached, struct error *err)
{
    const struct root_document *root = trust_root(trust);
    bool later = false;
    int result = 0;

    for (size_t i = 0; i < root->ring_count && result == 0; i++) {
        struct set_document *set;
        struct catalog_set known;
        bool found;

        if (!later) {
            later = strcmp(root->rings[i].name, aborted->ring) == 0;
            continue;
        }
        set = bytes_allocate(1, sizeof(*set));
        result = ring_newest_past(repository, trust, root->rings[i].name, set, &known, &found, err);
        for (size_t j = 0; result == 0 && j < set->package_count; j++) {
            for (size_t k = 0; k < aborted->package_count; k++) {
                if (memcmp(set->packages[j].id, aborted->packages[k].id, DIGEST_BYTES) != 0)
                    continue;
                report_line(report, "ring %s holds %s %s already; withdraw takes it back",
                            root->rings[i].name, set->packages[j].type, set->packages[j].version);
                json_array_append_new(
                    reached, json_pack("{s:s, s:s, s:s}", "ring", root->rings[i].name, "type",
                                       set->packages[j].type, "version", set->packages[j].version));
            }
        }
        set_clear(set);
        free(set);
    }
    return result;
}

static int tell(const struct report *report, const struct repository *repository,
                struct trust *trust, const struct decision_aborted *row,
                const struct set_document *set, bool already, bool dry_run, struct error *err)
{
    json_t *packages = json_array(), *reached = json_array();
    int result;

    for (size_t i = 0; i < set->package_count; i++) {
        report_line(report, "%-24s %s (issue %llu) goes no further", set->packages[i].type,
                    set->packages[i].version, (unsigned long long)set->packages[i].issue);
        json_array_append_new(packages, json_pack("{s:s, s:s, s:o}", "type", set->packages[i].type,
                                                  "version", set->packages[i].version, "package",
                                                  report_digest(set->packages[i].id)));
    }
    result = list_reached(repository, trust, set, report, reached, err);
    if (result == 0) {
        report_line(report, "set %s/%llu %s: %s", row->set.ring,
                    (unsigned long long)row->set.sequence,
                    already   ? "was aborted already"
                    : dry_run ? "would be aborted"
                              : "is aborted",
                    row->reason);
        report_document(report, "sallyport.abort/1",
                        json_pack("{s:b, s:b, s:s, s:I, s:o, s:o, s:O, s:O}", "changed",
                                  !already && !dry_run, "dry_run", dry_run, "ring", row->set.ring,
                                  "sequence", (json_int_t)row->set.sequence, "set",
                                  report_digest(row->set.digest), "reason",
                                  report_text(row->reason), "packages", packages, "reached",
                                  reached));
    }
    json_decref(packages);
    json_decref(reached);
    return result;
}

/* The set as it was judged when it was made: a revocation or a root document since does not keep
 * anyone from stopping it. */
static int read_set(const struct repository *repository, struct trust *trust,
                    const struct catalog_set *known, struct set_document *set, struct error *err)
{
    int result = belief_set(repository, trust, known, set, NULL, err);

    if (result == 0 || !belief_overtaken(err->code))
        return result;
    set_clear(set);
    return belief_past_set(repository, known, set, err);
}

/* The decision and what it stops, in one. */
static int decide(struct catalog *catalog, const struct set_document *set,
                  struct decision_aborted *row, struct error *err)
{
    int result = catalog_begin(catalog, err);

    row->ids = bytes_allocate(set->package_count + 1, sizeof(*row->ids));
    for (row->count = 0; row->count < set->package_count; row->count++)
        memcpy(row->ids[row->count], set->packages[row->count].id, DIGEST_BYTES);
    if (result == 0)
        result = decision_abort(catalog, row, err);
    if (result == 0)
        result = catalog_commit(catalog, err);
    if (result < 0)
        catalog_rollback(catalog);
    free(row->ids);
    return result;
}

static int abort_set(const struct command_invocation *invocation, struct report *report,
                     struct repository *repository, struct error *err)
{
    struct decision_aborted row = {.made_us = instant_clock()};
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    bool already = false, dry_run = command_flag(invocation, "dry-run");
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    if (result == 0)
        result = find_set(repository->catalog, invocation->arguments[0], &row.set, err);
    if (result == 0)
        result = find_aborted(repository->catalog, &row.set, &already, &row.reason, err);
    if (result == 0)
        result = read_set(repository, trust, &row.set, set, err);
    if (result == 0 && !already) {
        row.reason = bytes_copy_string(command_text(invocation, "reason"));
        if (!dry_run)
            result = decide(repository->catalog, set, &row, err);
    }
    if (result == 0)
        result = tell(report, repository, trust, &row, set, already, dry_run, err);
    if (result == 0 && already && command_flag(invocation, "fail-unchanged"))
        result = error_row(ERROR_UNCHANGED)->exit_status;
    free(row.reason);
    set_clear(set);
    free(set);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *reason;
    int result = commands_words(invocation, "reason", LIMIT_NOTES_BYTES, &reason, err);

    if (result == 0 && (reason == NULL || reason[0] == '\0'))
        result = error_set(err, ERROR_USAGE, "--reason TEXT: say why the set goes no further");
    return result < 0 ? result : commands_run(invocation, REPOSITORY_CHANGE, abort_set, err);
}

static const struct command_option options[] = {
    {"reason", 0, COMMAND_TEXT, "TEXT", "why; told by promote, list and show"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit 4 when it was aborted already"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show what it would stop, change nothing"},
};

static const char *const examples[] = {
    "abort engineering/12 --reason 'false alarms on turbines'",
    "abort 4f1c09aa --reason 'false alarms on turbines'",
    NULL,
};

const struct command cmd_abort = {
    .name = "abort",
    .arguments = "SET",
    .summary = "Stop a set: its packages enter no later ring",
    .description =
        "SET is RING/SEQUENCE or at least eight digits of the set's digest. promote leaves each "
        "package of an aborted set where the ring does not hold it, and says why. A newer package "
        "of the type goes on: publish one, or reissue an earlier version. Rings that hold a "
        "package of it keep it: withdraw takes it back. Nothing is signed.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
