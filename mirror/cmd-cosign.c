/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include "mirror/belief.h"
#include "mirror/report.h"
#include "mirror/ring.h"

static void tell(const struct report *report, const struct ring_result *ring)
{
    if (ring->pending)
        report_line(report, "ring %s, set %llu: %llu of %llu signatures", ring->set.ring,
                    (unsigned long long)ring->set.sequence, (unsigned long long)ring->signatures,
                    (unsigned long long)ring->threshold);
    else
        report_line(report, "ring %s, set %llu: signed by %llu, released", ring->set.ring,
                    (unsigned long long)ring->set.sequence, (unsigned long long)ring->signatures);
    report_document(report, "sallyport.cosign/1",
                    json_pack("{s:s, s:I, s:b, s:I, s:I}", "ring", ring->set.ring, "sequence",
                              (json_int_t)ring->set.sequence, "pending", ring->pending,
                              "signatures", (json_int_t)ring->signatures, "threshold",
                              (json_int_t)ring->threshold));
}

static int cosign(const struct command_invocation *invocation, struct report *report,
                  struct repository *repository, struct error *err)
{
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "key")};
    const struct root_ring *row, *before;
    struct ring_result ring = {0};
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, err);
    if (result == 0)
        result = ring_find(signer.trust, invocation->arguments[0], &row, &before, err);
    if (result == 0)
        result = ring_cosign(&signer, row->name, &ring, err);
    if (result == 0)
        result = ring_enter(repository, &ring, err);
    if (result == 0)
        result = ring_show(repository, &ring, err);
    if (result == 0) {
        tell(report, &ring);
        result = ring.pending ? error_row(ERROR_PENDING)->exit_status : 0;
    }
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    if (command_text(invocation, "key") == NULL)
        return error_set(err, ERROR_USAGE, "--key KEY: say which key signs");
    return commands_run(invocation, REPOSITORY_CHANGE, cosign, err);
}

static const struct command_option options[] = {
    {"key", 0, COMMAND_TEXT, "KEY", "release key: a name in mirror.conf or FILE.key"},
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
    .description = "The set that promote left in pending/ is checked before the key touches it: it "
                   "must be the next one of its ring, with packages that are here. With enough "
                   "signatures it is released. sallyport-mirror show RING --pending prints it.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
