/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include "mirror/belief.h"
#include "mirror/cosign.h"
#include "mirror/ring-report.h"

static void tell(const struct report *report, const struct pending *before,
                 const struct ring_result *ring)
{
    json_t *document = json_object();

    /* Whoever signs sees what: it may have been replaced since it was last shown. */
    ring_report_set(report, &before->set);
    json_decref(ring_report_signers(report, &before->verdict));
    if (ring->pending)
        ring_report_line(report, ring);
    else
        report_line(report, "ring %s, set %llu: signed by %llu, released", ring->set.ring,
                    (unsigned long long)ring->set.sequence, (unsigned long long)ring->signatures);
    ring_report_members(ring, document);
    report_document(report, "sallyport.cosign/1", document);
}

static int cosign(const struct command_invocation *invocation, struct report *report,
                  struct repository *repository, struct error *err)
{
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    const struct root_ring *row, *first;
    struct pending *before = NULL;
    struct ring_result ring = {0};
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, signer.dry_run, err);
    if (result == 0)
        result = ring_find(signer.trust, invocation->arguments[0], &row, &first, err);
    if (result == 0)
        result = cosign_pending(&signer, row->name, &before, &ring, err);
    if (result == 0)
        result = ring_release(repository, &ring, err);
    if (result == 0) {
        tell(report, before, &ring);
        result = ring_report_status(&ring);
    }
    pending_free(before);
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    if (command_text(invocation, "key") == NULL && !command_flag(invocation, "dry-run"))
        return error_set(err, ERROR_USAGE, "--key KEY: say which key signs");
    return commands_run(invocation, REPOSITORY_CHANGE, cosign, err);
}

static const struct command_option options[] = {
    {"key", 0, COMMAND_TEXT, "KEY", "release key: a name in mirror.conf or FILE.key"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "cosign public --key release-2 --passphrase-file /media/bob/passphrase",
    NULL,
};

const struct command cmd_cosign = {
    .name = "cosign",
    .arguments = "RING",
    .summary = "Add a signature to the set that waits for RING",
    .description =
        "The set that promote, withdraw, refresh or another verb left in pending/ is checked "
        "before "
        "the key touches it: it must be the next one of its ring, with packages that are here and "
        "not withdrawn. It is told as it is signed. With enough signatures it is released. "
        "sallyport-mirror show RING "
        "--pending "
        "prints it.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
