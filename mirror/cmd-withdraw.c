/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <string.h>

#include "mirror/belief.h"
#include "mirror/content-check.h"
#include "mirror/reissue.h"
#include "mirror/ring-report.h"
#include "mirror/withdrawal.h"

static int read_words(const struct command_invocation *invocation, struct withdrawal *withdrawal,
                      struct error *err)
{
    int result;

    *withdrawal = (struct withdrawal){.type = invocation->arguments[0],
                                      .version = invocation->arguments[1],
                                      .harmful = command_flag(invocation, "harmful"),
                                      .instead = command_text(invocation, "reissue")};
    result = commands_words(invocation, "reason", LIMIT_NOTES_BYTES, &withdrawal->reason, err);
    if (result == 0)
        result = commands_words(invocation, "link", LIMIT_LINK_BYTES, &withdrawal->link, err);
    if (result == 0 && (withdrawal->reason == NULL || withdrawal->reason[0] == '\0'))
        result = error_set(err, ERROR_USAGE,
                           "--reason TEXT: say why; every endpoint that has it shows it");
    if (withdrawal->link == NULL)
        withdrawal->link = "";
    return result;
}

/* Makes the package that takes the place, unless an earlier run did, or there is no place. */
static int make_replacement(const struct command_invocation *invocation,
                            const struct ring_signer *signer, struct withdrawal *withdrawal,
                            const struct report *report, struct error *err)
{
    bool held;
    int result;

    if (withdrawal->instead == NULL)
        return 0;
    result = withdrawal_is_held(withdrawal, signer, &held, err);
    if (result == 0 && !held)
        report_line(report,
                    "no ring holds it any more, so nothing is re-issued in its place; next: "
                    "sallyport-mirror reissue %s %s",
                    withdrawal->type, withdrawal->instead);
    if (result < 0 || !held || withdrawal->has_replacement)
        return result;
    result = reissue_sign(signer, command_text(invocation, "content-key"),
                          content_check_libexec(invocation), &withdrawal->base, NULL,
                          &withdrawal->replacement, err);
    withdrawal->has_replacement = result == 0;
    if (result == 0 && !signer->dry_run)
        result = catalog_add_package(signer->repository->catalog, &withdrawal->replacement, err);
    return result;
}

static void tell_packages(const struct report *report, const struct withdrawal *withdrawal,
                          json_t *rows)
{
    for (size_t i = 0; i < withdrawal->count; i++) {
        const struct catalog_package *row = &withdrawal->packages[i];

        report_line(report, "%s %s (issue %llu)", row->type, row->version,
                    (unsigned long long)row->issue);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:I, s:o}", "type", row->type, "version",
                                              row->version, "issue", (json_int_t)row->issue,
                                              "package", report_digest(row->id)));
    }
    if (withdrawal->known == withdrawal->count)
        report_line(report, "is withdrawn already; what is left to do:");
}

static void tell_ring(const struct report *report, const char *ring,
                      const struct withdrawal_ring *outcome, json_t *rows)
{
    static const char *const words[] = {[WITHDRAWAL_EMPTY] = "empty",
                                        [WITHDRAWAL_ABSENT] = "absent",
                                        [WITHDRAWAL_OBSOLETE] = "obsolete",
                                        [WITHDRAWAL_SIGNED] = "signed"};
    json_t *row =
        json_pack("{s:s, s:b}", "outcome", words[outcome->outcome], "replaced", outcome->replaced);

    ring_report_members(&outcome->result, row);
    json_object_set_new(row, "ring", json_string(ring));
    json_array_append_new(rows, row);
    if (outcome->outcome == WITHDRAWAL_SIGNED) {
        ring_report_line(report, &outcome->result);
        if (outcome->replaced)
            report_line(report, "ring %s gets the re-issued one in its place", ring);
        return;
    }
    report_line(report, "ring %s never carried it, or tells of it already", ring);
    if (outcome->outcome == WITHDRAWAL_OBSOLETE)
        report_line(report,
                    "ring %s: set %llu, which waited for signatures, is obsolete; run the verb "
                    "that made it again",
                    ring, (unsigned long long)outcome->result.replaces);
}

/* Ring by ring; *status: 3 where one waits for signatures. */
static int sign_rings(const struct withdrawal *withdrawal, const struct ring_signer *signer,
                      const struct report *report, json_t *rows, int *status, struct error *err)
{
    const struct root_document *root = trust_root(signer->trust);
    int result = 0;

    for (size_t i = 0; i < root->ring_count && result == 0; i++) {
        struct withdrawal_ring outcome;

        result = withdrawal_sign(withdrawal, signer, root->rings[i].name, &outcome, err);
        if (result < 0)
            break;
        tell_ring(report, root->rings[i].name, &outcome, rows);
        if (ring_report_status(&outcome.result) != 0)
            *status = ring_report_status(&outcome.result);
    }
    return result;
}

static int carry_out(const struct command_invocation *invocation, const struct ring_signer *signer,
                     struct withdrawal *withdrawal, struct report *report, struct error *err)
{
    json_t *packages = json_array(), *rings = json_array();
    int status = 0;
    int result = make_replacement(invocation, signer, withdrawal, report, err);

    if (result == 0) {
        tell_packages(report, withdrawal, packages);
        result = sign_rings(withdrawal, signer, report, rings, &status, err);
    }
    if (result == 0) {
        report_line(report, "%s %s %s: %s", withdrawal->type, withdrawal->version,
                    signer->dry_run ? "would be withdrawn" : "is withdrawn", withdrawal->reason);
        report_document(report, "sallyport.withdraw/1",
                        json_pack("{s:b, s:b, s:o, s:o, s:b, s:O, s:O}", "changed",
                                  withdrawal->known < withdrawal->count, "dry_run", signer->dry_run,
                                  "reason", report_text(withdrawal->reason), "link",
                                  report_text(withdrawal->link), "harmful", withdrawal->harmful,
                                  "packages", packages, "rings", rings));
    }
    json_decref(packages);
    json_decref(rings);
    return result < 0 ? result : status;
}

/* The decision is on disk before anything is signed by it; a dry run takes it back at the end. */
static int decide(struct withdrawal *withdrawal, const struct ring_signer *signer,
                  struct error *err)
{
    struct catalog *catalog = signer->repository->catalog;
    int result = catalog_begin(catalog, err);

    if (result == 0)
        result = withdrawal_decide(withdrawal, catalog, err);
    if (result == 0 && !signer->dry_run)
        result = catalog_commit(catalog, err);
    if (result < 0)
        catalog_rollback(catalog);
    return result;
}

static int withdraw(const struct command_invocation *invocation, struct report *report,
                    struct repository *repository, struct error *err)
{
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    struct withdrawal withdrawal;
    int result = read_words(invocation, &withdrawal, err);

    if (result == 0)
        result = belief_trust(repository, &signer.trust, err);
    if (result == 0)
        result = ring_settle(repository, signer.trust, signer.dry_run, err);
    if (result == 0)
        result = withdrawal_find(&withdrawal, repository->catalog, err);
    if (result == 0)
        result = decide(&withdrawal, &signer, err);
    if (result == 0) {
        result = carry_out(invocation, &signer, &withdrawal, report, err);
        if (signer.dry_run)
            catalog_rollback(repository->catalog);
    }
    withdrawal_clear(&withdrawal);
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, withdraw, err);
}

static const struct command_option options[] = {
    {"reason", 0, COMMAND_TEXT, "TEXT", "why; signed, and shown by every endpoint that has it"},
    {"link", 0, COMMAND_TEXT, "URL", "where to read more; shown, never followed"},
    {"harmful", 0, COMMAND_FLAG, NULL,
     "endpoints unload it even where they have nothing to go back to"},
    {"reissue", 0, COMMAND_TEXT, "VERSION", "re-issue this version in its place"},
    {"key", 0, COMMAND_TEXT, "KEY", "release key: a name in mirror.conf or FILE.key"},
    {"content-key", 0, COMMAND_TEXT, "KEY", "content key, with --reissue"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "withdraw flags-supplement 1.2 --reason 'stops pump control'",
    "withdraw flags-supplement 1.2 --reason 'stops pump control' --harmful --reissue 1.1",
    NULL,
};

const struct command cmd_withdraw = {
    .name = "withdraw",
    .arguments = "TYPE VERSION",
    .summary = "Declare a package known-bad and take it out of every ring",
    .description =
        "Every issue of the version, and every package of the type with the same content. Signs "
        "the next set of each ring that holds one or once did, without it; every later set of "
        "every "
        "ring lists it. Endpoints that run it go back to the content before and say so. With "
        "--reissue the "
        "re-issued version stands in its place, in the first ring and in those that had its "
        "content "
        "before. Where a ring asks for more signatures its set waits in pending/ and the exit "
        "status is 3. Run again after a cut it does what is left.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
