/* SPDX-License-Identifier: ISC */
#include "mirror/export-shown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/limits.h"

#define LIST_BYTES 200

static const struct {
    const char *name, *words;
} ways[] = {
    [EXPORT_FULL] = {"full", ""},
    [EXPORT_DELTA] = {"delta", ", what is new in it"},
    [EXPORT_KNOWN] = {"known", ", its document alone"},
};

/* The volumes that hold frames of the package, rising. Returns their number. */
static size_t find_volumes(const struct export_volumes *volumes,
                           const struct export_plan_package *package, size_t found[])
{
    bool *holds = bytes_allocate(volumes->count + 1, sizeof(*holds));
    size_t count = 0;

    for (size_t i = 0; i < package->frame_count; i++)
        holds[volumes->volume_of[package->frames[i]]] = true;
    for (size_t i = 1; i <= volumes->count; i++) {
        if (holds[i])
            found[count++] = i;
    }
    free(holds);
    return count;
}

static void tell_package(const struct report *report, const struct export_volumes *volumes,
                         const struct export_plan_package *package)
{
    size_t *found = bytes_allocate(volumes->count, sizeof(*found));
    size_t count = find_volumes(volumes, package, found);
    char list[LIST_BYTES] = "";
    size_t used = 0;

    for (size_t i = 0; i < count && used < sizeof(list) - 1; i++)
        used += (size_t)snprintf(list + used, sizeof(list) - used, " %zu", found[i]);
    if (volumes->count > 1)
        report_line(report, "package       %s %s%s, volume%s", package->type, package->version,
                    ways[package->way].words, count > 0 ? list : "s: none, it has no bytes");
    else
        report_line(report, "package       %s %s%s", package->type, package->version,
                    ways[package->way].words);
    free(found);
}

static void tell_volumes(const struct report *report, const struct export_volumes *volumes,
                         const struct export_place *place)
{
    for (size_t i = 0; i < volumes->count && volumes->count > 1; i++)
        report_line(report, "volume %-6zu at most %llu bytes%s", i + 1,
                    (unsigned long long)volumes->rows[i].bytes,
                    i + 1 >= place->first && i + 1 <= place->last ? "" : ", not now");
}

static void tell_base(const struct report *report, const struct export_plan *plan)
{
    uint64_t packed = export_plan_packed(plan);

    if (plan->has_base)
        report_line(
            report,
            "base          builds on set %s/%llu: endpoints that have it need %llu.%llu MB; "
            "others: a full export",
            plan->base.ring, (unsigned long long)plan->base.sequence,
            (unsigned long long)(packed / 1000000), (unsigned long long)(packed / 100000 % 10));
}

void export_shown_plan(const struct report *report, const struct export_plan *plan,
                       const struct export_volumes *volumes, const struct export_place *place)
{
    for (size_t i = 0; i < plan->set_count; i++)
        report_line(report, "ring          %s, set %llu", plan->sets[i].ring,
                    (unsigned long long)plan->sets[i].sequence);
    for (size_t i = 0; i < plan->package_count; i++)
        tell_package(report, volumes, &plan->packages[i]);
    report_line(report, "carries       %zu packages, %zu frames, at most %llu MiB on %zu volume%s",
                plan->package_count, plan->frame_count,
                (unsigned long long)(export_volumes_bytes(volumes) / MIB + 1), volumes->count,
                volumes->count == 1 ? "" : "s");
    tell_base(report, plan);
    tell_volumes(report, volumes, place);
    if (place->free_bytes != UINT64_MAX)
        report_line(report, "space         %llu MiB free, %llu MiB taken by the export before",
                    (unsigned long long)(place->free_bytes / MIB),
                    (unsigned long long)(place->old_bytes / MIB));
    if (place->stale_count > 0)
        report_line(report, "goes          %zu files of the export before, %llu bytes",
                    place->stale_count, (unsigned long long)place->stale_bytes);
}

static json_t *describe_sets(const struct export_plan *plan)
{
    json_t *sets = json_array();

    for (size_t i = 0; i < plan->set_count; i++)
        json_array_append_new(sets, json_pack("{s:s, s:I, s:o}", "ring", plan->sets[i].ring,
                                              "sequence", (json_int_t)plan->sets[i].sequence, "set",
                                              report_digest(plan->sets[i].digest)));
    return sets;
}

static json_t *describe_base(const struct export_plan *plan)
{
    if (!plan->has_base)
        return json_null();
    return json_pack("{s:s, s:I, s:o}", "ring", plan->base.ring, "sequence",
                     (json_int_t)plan->base.sequence, "set", report_digest(plan->base.digest));
}

static json_t *describe_contents(const struct export_plan *plan,
                                 const struct export_volumes *volumes)
{
    size_t *found = bytes_allocate(volumes->count, sizeof(*found));
    json_t *contents = json_array();

    for (size_t i = 0; i < plan->package_count; i++) {
        const struct export_plan_package *package = &plan->packages[i];
        size_t count = find_volumes(volumes, package, found);
        json_t *on = json_array();

        for (size_t j = 0; j < count; j++)
            json_array_append_new(on, json_integer((json_int_t)found[j]));
        json_array_append_new(contents, json_pack("{s:s, s:s, s:o, s:s, s:o}", "type",
                                                  package->type, "version", package->version,
                                                  "package", report_digest(package->id), "carried",
                                                  ways[package->way].name, "volumes", on));
    }
    free(found);
    return contents;
}

static json_t *describe_volumes(const struct export_volumes *volumes,
                                const struct export_place *place, bool written)
{
    json_t *rows = json_array();

    for (size_t i = 0; i < volumes->count; i++)
        json_array_append_new(rows,
                              json_pack("{s:I, s:I, s:I, s:b}", "volume", (json_int_t)(i + 1),
                                        "bytes", (json_int_t)volumes->rows[i].bytes, "packs",
                                        (json_int_t)volumes->rows[i].pack_count, "written",
                                        written && i + 1 >= place->first && i + 1 <= place->last));
    return rows;
}

json_t *export_shown_document(const struct export_plan *plan, const struct export_volumes *volumes,
                              const struct export_place *place, bool written)
{
    json_t *document = json_pack(
        "{s:o, s:o, s:s, s:o, s:o, s:I, s:I, s:I, s:b, s:I, s:I}", "sets", describe_sets(plan),
        "export", report_digest(volumes->id), "form", place->form, "contents",
        describe_contents(plan, volumes), "volumes", describe_volumes(volumes, place, written),
        "packages", (json_int_t)plan->package_count, "frames", (json_int_t)plan->frame_count,
        "bytes", (json_int_t)export_volumes_bytes(volumes), "written", written, "files",
        (json_int_t)place->files, "removed", (json_int_t)place->removed);

    json_object_set_new(document, "base", describe_base(plan));
    json_object_set_new(document, "resumed", json_integer((json_int_t)place->resumed));
    json_object_set_new(document, "packed", json_integer((json_int_t)export_plan_packed(plan)));
    json_object_set_new(document, "stale",
                        json_pack("{s:I, s:I}", "files", (json_int_t)place->stale_count, "bytes",
                                  (json_int_t)place->stale_bytes));
    json_object_set_new(document, "free",
                        place->free_bytes == UINT64_MAX
                            ? json_null()
                            : json_integer((json_int_t)place->free_bytes));
    return document;
}
