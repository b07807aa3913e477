/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/content-type.h"
#include "mirror/belief.h"
#include "mirror/report.h"
#include "mirror/ring.h"

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

static int list_packages(const struct report *report, const struct repository *repository,
                         json_t *rows, struct error *err)
{
    struct catalog_package *packages;
    size_t count;
    int result = catalog_packages(repository->catalog, &packages, &count, err);

    if (result < 0)
        return result;
    report_data(report, "%-24s %6s %-20s %-27s %14s", "TYPE", "ISSUE", "VERSION", "TIME", "BYTES");
    for (size_t i = 0; i < count; i++) {
        const struct catalog_package *row = &packages[i];
        char time[INSTANT_TEXT_BYTES];

        instant_format(row->time_us, time);
        report_data(report, "%-24s %6llu %-20s %-27s %14llu", row->type,
                    (unsigned long long)row->issue, row->version, time,
                    (unsigned long long)row->bytes);
        json_array_append_new(
            rows, json_pack("{s:s, s:I, s:s, s:s, s:o, s:I, s:I, s:I}", "type", row->type, "issue",
                            (json_int_t)row->issue, "version", row->version, "time", time,
                            "package", report_digest(row->id), "files", (json_int_t)row->files,
                            "bytes", (json_int_t)row->bytes, "packed", (json_int_t)row->packed));
    }
    free(packages);
    return 0;
}

static int list_sets(const struct report *report, const struct repository *repository, json_t *rows,
                     struct error *err)
{
    struct catalog_set *sets;
    size_t count;
    int result = catalog_sets(repository->catalog, &sets, &count, err);

    if (result < 0)
        return result;
    report_data(report, "%-16s %8s %s", "RING", "SET", "TIME");
    for (size_t i = 0; i < count; i++) {
        char time[INSTANT_TEXT_BYTES];

        instant_format(sets[i].time_us, time);
        report_data(report, "%-16s %8llu %s", sets[i].ring, (unsigned long long)sets[i].sequence,
                    time);
        json_array_append_new(rows, json_pack("{s:s, s:I, s:s, s:o}", "ring", sets[i].ring,
                                              "sequence", (json_int_t)sets[i].sequence, "time",
                                              time, "set", report_digest(sets[i].digest)));
    }
    free(sets);
    return 0;
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
    {"rings", list_rings},         {"packages", list_packages}, {"sets", list_sets},
    {"endpoints", list_endpoints}, {"keys", list_keys},         {"types", list_types},
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
        result =
            error_set(err, ERROR_USAGE,
                      "list %s: expected rings, packages, sets, endpoints, keys or types", name);
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
    .summary = "Rings, packages, sets, endpoints, keys or types",
    .description = "Without WHAT: the rings with their newest sets.",
    .examples = examples,
    .run = run,
};
