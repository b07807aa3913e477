/* SPDX-License-Identifier: ISC */
#include "mirror/ring-report.h"

#include <stdio.h>

#include "media/base/instant.h"

void ring_report_line(const struct report *report, const struct ring_result *result)
{
    const char *ring = result->set.ring;
    unsigned long long sequence = result->set.sequence;

    if (result->replaces != 0)
        report_line(report, "ring %s: set %llu, which waits for signatures, %s obsolete", ring,
                    (unsigned long long)result->replaces,
                    result->dry_run ? "would become" : "is now");
    if (result->pending)
        report_line(report,
                    "ring %s, set %llu%s: %llu of %llu signatures; next: sallyport-mirror "
                    "cosign %s --key KEY",
                    ring, sequence, result->waits ? " waits already" : "",
                    (unsigned long long)result->signatures, (unsigned long long)result->threshold,
                    ring);
    else if (result->dry_run)
        report_line(report, "ring %s, set %llu would be signed (it needs %llu signature%s)", ring,
                    sequence, (unsigned long long)result->threshold,
                    result->threshold == 1 ? "" : "s");
    else
        report_line(report, "ring %s, set %llu", ring, sequence);
}

void ring_report_members(const struct ring_result *result, json_t *object)
{
    json_t *members =
        json_pack("{s:s, s:I, s:b, s:I, s:I, s:b, s:o}", "ring", result->set.ring, "sequence",
                  (json_int_t)result->set.sequence, "pending", result->pending, "signatures",
                  (json_int_t)result->signatures, "threshold", (json_int_t)result->threshold,
                  "dry_run", result->dry_run, "replaces",
                  result->replaces != 0 ? json_integer((json_int_t)result->replaces) : json_null());

    json_object_update(object, members);
    json_decref(members);
}

int ring_report_status(const struct ring_result *result)
{
    return result->pending && !result->dry_run ? error_row(ERROR_PENDING)->exit_status : 0;
}

json_t *ring_report_signers(const struct report *report, const struct trust_verdict *verdict)
{
    json_t *signers = json_array();

    for (size_t i = 0; i < verdict->signer_count; i++) {
        const struct trust_signer *signer = &verdict->signers[i];
        char signing[INSTANT_TEXT_BYTES], stamp[INSTANT_TEXT_BYTES];

        instant_format(signer->signing_time_us, signing);
        instant_format(signer->timestamp_us, stamp);
        report_data(report, "signed by     %s, timestamp %s", signer->name, stamp);
        json_array_append_new(signers,
                              json_pack("{s:o, s:o, s:s, s:s}", "name", report_text(signer->name),
                                        "key", report_digest(signer->key_id), "signing_time",
                                        signing, "timestamp", stamp));
    }
    return signers;
}

static void report_waves(const struct report *report, const struct set_waves *row)
{
    char line[LIMIT_WAVES * 40] = "";
    size_t used = 0;

    for (size_t i = 0; i < row->plan.count && used < sizeof(line); i++)
        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%llu%% after %llu s",
                                 i > 0 ? ", " : "", (unsigned long long)row->plan.waves[i].percent,
                                 (unsigned long long)row->plan.waves[i].delay_s);
    report_data(report, "waves         %s: %s", row->type, line);
}

static void report_withdrawal(const struct report *report, const struct set_withdrawn *row)
{
    char id[DIGEST_TEXT_BYTES];

    report_data(report, "withdrawn     %.16s%s: %s%s%s", digest_text(row->id, id),
                row->harmful ? ", harmful" : "", row->reason, row->link[0] != '\0' ? ", see " : "",
                row->link);
}

void ring_report_set(const struct report *report, const struct set_document *set)
{
    json_t *flags = set->flags;
    const char *name;
    json_t *rows;

    for (size_t i = 0; i < set->package_count; i++)
        report_data(report, "package       %s %s (issue %llu)", set->packages[i].type,
                    set->packages[i].version, (unsigned long long)set->packages[i].issue);
    for (size_t i = 0; i < set->wave_count; i++)
        report_waves(report, &set->waves[i]);
    json_object_foreach(flags, name, rows) report_flag(report, name, rows);
    for (size_t i = 0; i < set->withdrawn_count; i++)
        report_withdrawal(report, &set->withdrawn[i]);
}
