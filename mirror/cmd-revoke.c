/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "mirror/belief.h"
#include "mirror/report.h"
#include "mirror/resign.h"
#include "mirror/revocation.h"

struct work {
    const struct command_invocation *invocation;
    struct ring_signer signer;
    struct authority_folder authorities;
    struct revocation found;
    const char *reason;
    bool compromised, changed;
    int64_t since_us; /* 0: none */
    uint64_t number;
    struct resign done;
};

/* A time, or a day in UTC. */
static int take_since(struct work *work, struct error *err)
{
    const char *text = command_text(work->invocation, "since");
    char whole[INSTANT_TEXT_BYTES];

    if (text == NULL)
        return 0;
    snprintf(whole, sizeof(whole), strchr(text, 'T') != NULL ? "%.30s" : "%.10sT00:00:00Z", text);
    if (instant_parse(whole, strlen(whole), &work->since_us) < 0 || work->since_us <= 0)
        return error_set(err, ERROR_USAGE,
                         "--since %s: expected 2026-11-25 or 2026-11-25T08:00:00Z", text);
    if (work->since_us > instant_clock())
        return error_set(err, ERROR_USAGE, "--since %s: lies in the future", text);
    work->since_us -= work->since_us % INSTANT_SECOND_US;
    return 0;
}

static int take_reason(struct work *work, struct error *err)
{
    int result = commands_words(work->invocation, "reason", LIMIT_NOTES_BYTES, &work->reason, err);

    work->compromised = command_flag(work->invocation, "compromised");
    if (result == 0 && (work->reason == NULL || work->reason[0] == '\0'))
        result = error_set(err, ERROR_USAGE, "--reason TEXT: say why; the next sets carry it");
    return result < 0 ? result : take_since(work, err);
}

/* What a stolen timestamp key signs may carry any time: no date tells good from bad. */
static int check_since(const struct work *work, struct error *err)
{
    if (work->since_us != 0 && work->compromised && work->found.has_role &&
        work->found.role == ROLE_TIMESTAMP)
        return error_set(err, ERROR_USAGE,
                         "--since does not go with a compromised timestamp key: whoever has it "
                         "chooses the time; all its tokens are refused");
    return 0;
}

static json_t *evidence(const struct work *work)
{
    char since[INSTANT_TEXT_BYTES];

    if (work->since_us != 0)
        instant_format(work->since_us, since);
    return json_pack("{s:[{s:s, s:s, s:s?, s:b}]}", "revoked", "serial", work->found.serial,
                     "reason", work->reason, "since", work->since_us != 0 ? since : NULL,
                     "compromised", work->compromised);
}

static int make_good(struct work *work, struct error *err)
{
    json_t *why = evidence(work);
    int result;

    trust_free(work->signer.trust);
    result = belief_trust(work->signer.repository, &work->signer.trust, err);
    if (result == 0)
        result = resign_unacceptable(&work->signer, command_text(work->invocation, "content-key"),
                                     why, &work->done, err);
    json_decref(why);
    return result < 0 ? error_context(err, "the list is in force, and not all that follows from it "
                                           "is signed: run this verb again")
                      : 0;
}

static void tell_document(const struct report *report, const struct work *work, bool dry_run)
{
    report_document(report, "sallyport.revoke/1",
                    json_pack("{s:s, s:b, s:b, s:I, s:I, s:I, s:I, s:o}", "serial",
                              work->found.serial, "changed", work->changed, "dry_run", dry_run,
                              "crl_number", (json_int_t)work->number, "packages_signed",
                              (json_int_t)work->done.package_count, "sets_signed",
                              (json_int_t)work->done.set_count, "sets_pending",
                              (json_int_t)work->done.pending_count, "pending_dropped",
                              resign_dropped(&work->done)));
}

static void tell(const struct report *report, const struct work *work, const char *subject)
{
    report_line(report, "revoked       %s, serial %s", subject, work->found.serial);
    if (work->changed)
        report_line(report, "list          number %llu", (unsigned long long)work->number);
    else
        report_line(report, "list          number %llu says so already",
                    (unsigned long long)work->number);
    if (work->done.package_count > 0)
        report_line(report, "signed again  %zu packages, each as its next issue",
                    work->done.package_count);
    resign_tell(&work->done, report);
    report_line(report, "next: sallyport-mirror export; every medium carries the list");
    tell_document(report, work, false);
}

/* mirror.conf loses the key last: until then the same call finds it, and completes what was cut. */
static int carry_out(struct work *work, struct error *err)
{
    struct repository *repository = work->signer.repository;
    int result =
        revocation_publish(repository, &work->authorities, work->signer.keyring, &work->found,
                           work->compromised, work->since_us, &work->number, &work->changed, err);

    if (result == 0)
        result = revocation_disuse(repository, &work->found, err);
    if (result == 0)
        result = make_good(work, err);
    return result < 0 ? result : revocation_retire(repository, &work->found, err);
}

static int prepare(struct work *work, const char *subject, struct error *err)
{
    struct repository *repository = work->signer.repository;
    int result = take_reason(work, err);

    if (result == 0)
        result = belief_trust(repository, &work->signer.trust, err);
    if (result == 0)
        result = ring_settle(repository, work->signer.trust,
                             command_flag(work->invocation, "dry-run"), err);
    if (result == 0)
        result = authority_open(repository, command_text(work->invocation, "root-key-dir"),
                                &work->authorities, err);
    if (result == 0)
        result = revocation_find(repository, &work->authorities, subject, &work->found, err);
    if (result == 0)
        result = check_since(work, err);
    if (result == 0)
        result =
            revocation_check_rest(repository, trust_root(work->signer.trust), &work->found, err);
    return result;
}

static int revoke(const struct command_invocation *invocation, struct report *report,
                  struct repository *repository, struct error *err)
{
    struct work *work = bytes_allocate(1, sizeof(*work));
    const char *subject = invocation->arguments[0];
    int result;

    *work = (struct work){.invocation = invocation,
                          .authorities = {.fd = -1},
                          .signer = {.repository = repository,
                                     .keyring = keyring_new(repository, invocation, ""),
                                     .key = command_text(invocation, "key")}};
    result = prepare(work, subject, err);
    if (result == 0 && command_flag(invocation, "dry-run")) {
        report_line(report, "would revoke  %s, serial %s; nothing was signed", subject,
                    work->found.serial);
        tell_document(report, work, true);
    } else if (result == 0) {
        result = carry_out(work, err);
        if (result == 0)
            tell(report, work, subject);
        if (result == 0 && work->done.pending_count > 0)
            result = error_row(ERROR_PENDING)->exit_status;
    }
    revocation_clear(&work->found);
    authority_close(&work->authorities);
    trust_free(work->signer.trust);
    keyring_free(work->signer.keyring);
    free(work);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, revoke, err);
}

static const struct command_option options[] = {
    {"reason", 0, COMMAND_TEXT, "TEXT", "why; the sets that are signed now carry it"},
    {"compromised", 0, COMMAND_FLAG, NULL,
     "the key is in other hands: nothing it signed counts, whenever"},
    {"since", 0, COMMAND_TEXT, "TIME", "what it signed before stays good: a day, or a time in UTC"},
    {"root-key-dir", 0, COMMAND_TEXT, "DIR",
     "the offline folder with the issuer's key (default: root-key-MOVE-OFFLINE)"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "find the certificate and check the rest, sign nothing"},
    {"key", 0, COMMAND_TEXT, "KEY", "release key for the sets that are signed again"},
    {"content-key", 0, COMMAND_TEXT, "KEY", "content key for the packages that are"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "revoke release.1 --reason 'laptop lost' --compromised --since 2026-11-20",
    "revoke keys/timestamp.pem --reason 'replaced' --root-key-dir /media/vault/root",
    NULL,
};

const struct command cmd_revoke = {
    .name = "revoke",
    .arguments = "NAME|SERIAL|FILE.pem",
    .summary = "Put a certificate on its issuer's revocation list",
    .description =
        "Signs the issuer's next list, takes the key out of mirror.conf, makes the newest set of "
        "each ring again so that it asks for the list, and with it every package that is no longer "
        "acceptable, as its next issue. Without --compromised and --since what was signed before "
        "now stays good. Where no good key would be left to sign with, nothing is done and the "
        "message names keys issue. Endpoints learn of it from the next medium.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
