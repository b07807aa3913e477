/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/content-type.h"
#include "mirror/belief.h"
#include "mirror/decision.h"
#include "mirror/delta-table.h"
#include "mirror/pending.h"
#include "mirror/ring-report.h"

/* One kind of thing that can be listed: prints its lines, gives its rows. */
struct listing {
    const char *name;
    int (*list)(const struct report *report, const struct repository *repository, json_t *rows,
                struct error *err);
};

/* Rings and their newest sets, from the documents themselves. */
static int list_rings(const struct report *report, const struct repository *repository,
                      json_t *rows, struct error *err)
{
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    report_data(report, "%-16s %8s %-27s %s", "RING", "SET", "TIME", "PACKAGES");
    for (size_t i = 0; result == 0 && i < trust_root(trust)->ring_count; i++) {
        const char *name = trust_root(trust)->rings[i].name;
        struct set_document *set = bytes_allocate(1, sizeof(*set));
        struct catalog_set known = {0};
        char time[INSTANT_TEXT_BYTES] = "-";
        bool found;

        result = ring_newest(repository, trust, name, set, &known, &found, err);
        if (result == 0 && found)
            instant_format(known.time_us, time);
        if (result == 0) {
            report_data(report, "%-16s %8llu %-27s %zu", name, (unsigned long long)known.sequence,
                        time, set->package_count);
            json_array_append_new(rows, json_pack("{s:s, s:I, s:o, s:I}", "ring", name, "sequence",
                                                  (json_int_t)known.sequence, "time",
                                                  found ? json_string(time) : json_null(),
                                                  "packages", (json_int_t)set->package_count));
        }
        set_clear(set);
        free(set);
    }
    trust_free(trust);
    return result;
}

/* What waits for signatures, and whether it still could be released. */
static int list_waiting(const struct report *report, const struct repository *repository,
                        struct trust *trust, const char *ring, json_t *rows, struct error *err)
{
    struct pending *pending;
    struct error obsolete = {.code = ERROR_OK};
    uint64_t missing;
    int result = pending_read(repository, trust, ring, &pending, err);

    if (result < 0)
        return result;
    missing = pending->threshold > pending->verdict.signer_count
                  ? pending->threshold - pending->verdict.signer_count
                  : 0;
    (void)!pending_check(repository, trust, pending, &obsolete);
    report_data(report, "%-16s %8llu %llu of %llu signatures%s%s", ring,
                (unsigned long long)pending->set.sequence,
                (unsigned long long)pending->verdict.signer_count,
                (unsigned long long)pending->threshold,
                obsolete.code != ERROR_OK ? "; obsolete: " : "", obsolete.words);
    json_array_append_new(
        rows, json_pack("{s:s, s:I, s:o, s:I, s:I, s:o, s:o}", "ring", ring, "sequence",
                        (json_int_t)pending->set.sequence, "set", report_digest(pending->digest),
                        "threshold", (json_int_t)pending->threshold, "missing", (json_int_t)missing,
                        "signers", ring_report_signers(report, &pending->verdict), "obsolete",
                        obsolete.code != ERROR_OK ? report_text(obsolete.words) : json_null()));
    pending_free(pending);
    return 0;
}

static int list_pending(const struct report *report, const struct repository *repository,
                        json_t *rows, struct error *err)
{
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    report_data(report, "%-16s %8s %s", "RING", "SET", "WAITS FOR");
    for (size_t i = 0; result == 0 && i < trust_root(trust)->ring_count; i++) {
        struct error why = {.code = ERROR_OK};

        result =
            list_waiting(report, repository, trust, trust_root(trust)->rings[i].name, rows, &why);
        if (result == -(int)ERROR_NOT_FOUND)
            result = 0;
        else if (result < 0)
            *err = why;
    }
    trust_free(trust);
    return result;
}

static int list_withdrawn(const struct report *report, const struct repository *repository,
                          json_t *rows, struct error *err)
{
    struct decision_withdrawn *withdrawn;
    size_t count;
    int result = decision_all_withdrawn(repository->catalog, &withdrawn, &count, err);

    report_data(report, "%-24s %6s %-20s %-27s %s", "TYPE", "ISSUE", "VERSION", "WITHDRAWN",
                "REASON");
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct decision_withdrawn *row = &withdrawn[i];
        char time[INSTANT_TEXT_BYTES];

        instant_format(row->made_us, time);
        report_data(report, "%-24s %6llu %-20s %-27s %s%s%s%s", row->type,
                    (unsigned long long)row->issue, row->version, time,
                    row->harmful ? "harmful: " : "", row->reason, row->link[0] != '\0' ? "; " : "",
                    row->link);
        json_array_append_new(rows,
                              json_pack("{s:s, s:I, s:s, s:o, s:s, s:o, s:o, s:b}", "type",
                                        row->type, "issue", (json_int_t)row->issue, "version",
                                        row->version, "package", report_digest(row->id), "time",
                                        time, "reason", report_text(row->reason), "link",
                                        report_text(row->link), "harmful", row->harmful));
    }
    decision_free_withdrawn(withdrawn, count);
    return result;
}

static int list_aborted(const struct report *report, const struct repository *repository,
                        json_t *rows, struct error *err)
{
    struct decision_aborted *aborted;
    size_t count;
    int result = decision_all_aborted(repository->catalog, &aborted, &count, err);

    report_data(report, "%-16s %8s %-27s %s", "RING", "SET", "ABORTED", "REASON");
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct decision_aborted *row = &aborted[i];
        char time[INSTANT_TEXT_BYTES];

        instant_format(row->made_us, time);
        report_data(report, "%-16s %8llu %-27s %s", row->set.ring,
                    (unsigned long long)row->set.sequence, time, row->reason);
        json_array_append_new(
            rows, json_pack("{s:s, s:I, s:o, s:s, s:o, s:I}", "ring", row->set.ring, "sequence",
                            (json_int_t)row->set.sequence, "set", report_digest(row->set.digest),
                            "time", time, "reason", report_text(row->reason), "packages",
                            (json_int_t)row->count));
    }
    decision_free_aborted(aborted, count);
    return result;
}

/* All packages, by type and issue, and what was decided about them. */
struct packages {
    struct catalog_package *rows;
    struct decision_withdrawn *withdrawn;
    size_t count, withdrawn_count;
};

#define ISSUES_BYTES (LIMIT_RECIPES * 21)

static void add_delta(const struct catalog_package *base, const struct package_recipe *recipe,
                      char issues[static ISSUES_BYTES], json_t *list)
{
    size_t used = json_array_size(list) > 0 ? strlen(issues) : 0;

    snprintf(issues + used, ISSUES_BYTES - used, "%s%llu", used > 0 ? "," : "",
             (unsigned long long)base->issue);
    json_array_append_new(
        list, json_pack("{s:o, s:I, s:s, s:I, s:I}", "base", report_digest(base->id), "issue",
                        (json_int_t)base->issue, "version", base->version, "size",
                        (json_int_t)recipe->size, "packed", (json_int_t)recipe->packed_size));
}

/* What the package may be had as by who has an earlier one. */
static int find_deltas(const struct repository *repository, const struct packages *packages,
                       const struct catalog_package *package, char issues[static ISSUES_BYTES],
                       json_t *list, struct error *err)
{
    struct package_recipe recipes[LIMIT_RECIPES];
    size_t count;
    int result = delta_table_read(repository->catalog, package->id, recipes, &count, err);

    snprintf(issues, ISSUES_BYTES, "-");
    for (size_t i = 0; i < packages->count && result == 0; i++) {
        for (size_t j = 0; j < count; j++) {
            if (memcmp(packages->rows[i].id, recipes[j].base, DIGEST_BYTES) == 0)
                add_delta(&packages->rows[i], &recipes[j], issues, list);
        }
    }
    return result;
}

static int list_package(const struct report *report, const struct repository *repository,
                        const struct packages *packages, const struct catalog_package *row,
                        json_t *rows, struct error *err)
{
    bool bad = decision_find(packages->withdrawn, packages->withdrawn_count, row->id) != NULL;
    char time[INSTANT_TEXT_BYTES], issues[ISSUES_BYTES];
    json_t *deltas = json_array();
    int result = find_deltas(repository, packages, row, issues, deltas, err);

    instant_format(row->time_us, time);
    if (result == 0)
        report_data(report, "%-24s %6llu %-20s %-27s %14llu %s%s", row->type,
                    (unsigned long long)row->issue, row->version, time,
                    (unsigned long long)row->bytes, issues, bad ? "  withdrawn" : "");
    json_array_append_new(rows, json_pack("{s:s, s:I, s:s, s:s, s:o, s:b, s:I, s:I, s:I, s:o}",
                                          "type", row->type, "issue", (json_int_t)row->issue,
                                          "version", row->version, "time", time, "package",
                                          report_digest(row->id), "withdrawn", bad, "files",
                                          (json_int_t)row->files, "bytes", (json_int_t)row->bytes,
                                          "packed", (json_int_t)row->packed, "deltas", deltas));
    return result;
}

static int list_packages(const struct report *report, const struct repository *repository,
                         json_t *rows, struct error *err)
{
    struct packages packages = {.count = 0};
    int result = decision_all_withdrawn(repository->catalog, &packages.withdrawn,
                                        &packages.withdrawn_count, err);

    if (result == 0)
        result = catalog_packages(repository->catalog, &packages.rows, &packages.count, err);
    if (result == 0)
        report_data(report, "%-24s %6s %-20s %-27s %14s %s", "TYPE", "ISSUE", "VERSION", "TIME",
                    "BYTES", "DELTAS FROM");
    for (size_t i = 0; i < packages.count && result == 0; i++)
        result = list_package(report, repository, &packages, &packages.rows[i], rows, err);
    free(packages.rows);
    decision_free_withdrawn(packages.withdrawn, packages.withdrawn_count);
    return result;
}

static bool is_aborted(const struct decision_aborted *rows, size_t count,
                       const struct catalog_set *set)
{
    for (size_t i = 0; i < count; i++) {
        if (memcmp(rows[i].set.digest, set->digest, DIGEST_BYTES) == 0)
            return true;
    }
    return false;
}

static int list_sets(const struct report *report, const struct repository *repository, json_t *rows,
                     struct error *err)
{
    struct catalog_set *sets = NULL;
    struct decision_aborted *aborted;
    size_t count = 0, aborted_count;
    int result = decision_all_aborted(repository->catalog, &aborted, &aborted_count, err);

    if (result == 0)
        result = catalog_sets(repository->catalog, &sets, &count, err);
    report_data(report, "%-16s %8s %s", "RING", "SET", "TIME");
    for (size_t i = 0; i < count; i++) {
        bool stopped = is_aborted(aborted, aborted_count, &sets[i]);
        char time[INSTANT_TEXT_BYTES];

        instant_format(sets[i].time_us, time);
        report_data(report, "%-16s %8llu %s%s", sets[i].ring, (unsigned long long)sets[i].sequence,
                    time, stopped ? "  aborted" : "");
        json_array_append_new(rows,
                              json_pack("{s:s, s:I, s:s, s:o, s:b}", "ring", sets[i].ring,
                                        "sequence", (json_int_t)sets[i].sequence, "time", time,
                                        "set", report_digest(sets[i].digest), "aborted", stopped));
    }
    free(sets);
    decision_free_aborted(aborted, aborted_count);
    return result;
}

static int list_endpoints(const struct report *report, const struct repository *repository,
                          json_t *rows, struct error *err)
{
    struct catalog_endpoint *endpoints;
    size_t count;
    int result = catalog_endpoints(repository->catalog, &endpoints, &count, err);

    if (result < 0)
        return result;
    report_data(report, "%-24s %-16s %s", "ENDPOINT", "RING", "ENROLLED");
    for (size_t i = 0; i < count; i++) {
        char time[INSTANT_TEXT_BYTES];

        instant_format(endpoints[i].made_us, time);
        report_data(report, "%-24s %-16s %s", endpoints[i].name, endpoints[i].ring, time);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s}", "endpoint", endpoints[i].name,
                                              "ring", endpoints[i].ring, "enrolled", time));
    }
    free(endpoints);
    return 0;
}

static int list_keys(const struct report *report, const struct repository *repository, json_t *rows,
                     struct error *err)
{
    const struct settings *settings = &repository->settings;

    report_data(report, "%-16s %-10s %s", "KEY", "ROLE", "LOCATOR");
    for (size_t i = 0; i < settings->key_count; i++) {
        const struct settings_key *key = &settings->keys[i];
        const char *role = document_role_row(key->role)->name;

        report_data(report, "%-16s %-10s %s", key->name, role, key->locator);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:o}", "key", key->name, "role", role,
                                              "locator", report_text(key->locator)));
    }
    return 0;
}

static int list_types(const struct report *report, const struct repository *repository,
                      json_t *rows, struct error *err)
{
    const struct content_type *type;

    report_data(report, "%-24s %-12s %s", "TYPE", "DRIVER", "WHAT");
    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        report_data(report, "%-24s %-12s %s", type->name, type->family, type->summary);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:b, s:s}", "type", type->name, "driver",
                                              type->family, "sealed", type->sealed, "summary",
                                              type->summary));
    }
    return 0;
}

static const struct listing listings[] = {
    {"rings", list_rings},         {"packages", list_packages},   {"sets", list_sets},
    {"pending", list_pending},     {"withdrawn", list_withdrawn}, {"aborted", list_aborted},
    {"endpoints", list_endpoints}, {"keys", list_keys},           {"types", list_types},
};

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *name = invocation->argument_count > 0 ? invocation->arguments[0] : "rings";
    const struct listing *listing = NULL;
    struct repository *repository = NULL;
    json_t *rows = json_array();
    struct report report;
    int result = 0;

    report_begin(&report, invocation);
    for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
        if (strcmp(listings[i].name, name) == 0)
            listing = &listings[i];
    }
    if (listing == NULL)
        result = error_set(err, ERROR_USAGE,
                           "list %s: expected rings, packages, sets, pending, withdrawn, aborted, "
                           "endpoints, keys or types",
                           name);
    if (result == 0 && listing->list != list_types)
        result = commands_repository(invocation, REPOSITORY_LOOK, &repository, err);
    if (result == 0)
        result = listing->list(&report, repository, rows, err);
    if (result == 0)
        report_document(&report, "sallyport.list/1",
                        json_pack("{s:s, s:O}", "what", name, "rows", rows));
    json_decref(rows);
    repository_close(repository);
    report_end(&report);
    return result;
}

static const char *const examples[] = {"list", "list packages --json", NULL};

const struct command cmd_list = {
    .name = "list",
    .arguments = "[WHAT]",
    .summary = "Rings, packages, sets, what was decided, endpoints, keys or types",
    .description =
        "WHAT is rings (the default: with their newest sets), packages (with the issues of the "
        "type from which there is a delta to each), sets, pending (what waits for signatures, who "
        "signed and how many are missing), withdrawn, aborted, endpoints, keys or types.",
    .examples = examples,
    .run = run,
};
