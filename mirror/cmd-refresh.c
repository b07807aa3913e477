/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>

#include "media/base/instant.h"
#include "mirror/belief.h"
#include "mirror/ring-report.h"

static json_t *evidence(const struct catalog_set *known)
{
    char digest[DIGEST_TEXT_BYTES];

    return json_pack("{s:{s:s, s:I, s:s}}", "refreshed", "ring", known->ring, "sequence",
                     (json_int_t)known->sequence, "set", digest_text(known->digest, digest));
}

static void tell(const struct report *report, const struct set_document *set,
                 const struct ring_result *ring)
{
    char expires[INSTANT_TEXT_BYTES];
    json_t *document = json_object();

    report_line(report, "%zu packages as they are; the set before expires %s", set->package_count,
                instant_format(set->expires_us, expires));
    ring_report_line(report, ring);
    ring_report_members(ring, document);
    report_document(report, "sallyport.refresh/1", document);
}

static int sign(const struct ring_signer *signer, const char *name, struct report *report,
                struct ring_result *ring, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    bool found;
    int result = ring_newest(signer->repository, signer->trust, name, set, &known, &found, err);

    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s is empty: nothing to refresh", name);
    if (result == 0)
        result =
            ring_sign(signer, name, set->packages, set->package_count, evidence(&known), ring, err);
    if (result == 0)
        result = ring_release(signer->repository, ring, err);
    if (result == 0)
        tell(report, set, ring);
    set_clear(set);
    free(set);
    return result;
}

static int refresh(const struct command_invocation *invocation, struct report *report,
                   struct repository *repository, struct error *err)
{
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    const struct root_ring *row, *before;
    struct ring_result ring = {0};
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, signer.dry_run, err);
    if (result == 0)
        result = ring_find(signer.trust, invocation->arguments[0], &row, &before, err);
    if (result == 0)
        result = sign(&signer, row->name, report, &ring, err);
    if (result == 0)
        result = ring_report_status(&ring);
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, refresh, err);
}

static const struct command_option options[] = {
    {"key", 0, COMMAND_TEXT, "KEY", "release key: a name in mirror.conf or FILE.key"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "refresh public",
    "refresh public --dry-run",
    NULL,
};

const struct command cmd_refresh = {
    .name = "refresh",
    .arguments = "RING",
    .summary = "Sign the ring's set once more: still current",
    .description =
        "The same packages with the next sequence, a new timestamp and a new expiry. Waves come "
        "from release.conf as it is now. Endpoints that have the packages take the set and change "
        "nothing else.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
