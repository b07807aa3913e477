/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/path.h"
#include "mirror/authority.h"
#include "mirror/belief.h"
#include "mirror/key-view.h"
#include "mirror/report.h"
#include "mirror/revocation-list.h"

#define ENCRYPTED "-----BEGIN ENCRYPTED PRIVATE KEY-----"

/* Days before the end of a certificate or list, as far as it is told: the last that fits counts. */
static const int64_t warnings[] = {180, 60, 14};

struct status {
    struct report *report;
    const struct repository *repository;
    const struct root_document *root;
    int64_t now_us;
    size_t expired;
    json_t *keys, *lists;
};

static int64_t days_left(const struct status *status, int64_t end_us)
{
    int64_t left = end_us - status->now_us;

    return left < 0 ? -1 : left / INSTANT_DAY_US;
}

/* "expired", "14", "60", "180" or "": which line has been crossed. */
static void warn(struct status *status, const char *what, const char *name, int64_t end_us,
                 const char *next)
{
    int64_t left = days_left(status, end_us), line = 0;
    char time[INSTANT_TEXT_BYTES];

    instant_format(end_us, time);
    for (size_t i = 0; i < sizeof(warnings) / sizeof(warnings[0]); i++)
        line = left < warnings[i] ? warnings[i] : line;
    if (left < 0)
        report_warn(status->report, "%s %s expired at %s; next: %s", what, name, time, next);
    else if (line > 0)
        report_warn(status->report, "%s %s ends in %lld days (%s), less than %lld; next: %s", what,
                    name, (long long)left, time, (long long)line, next);
}

/* Where the private key is, and under what. */
static const char *protection(const struct status *status, int fd, const char *locator)
{
    struct error ignored = {.code = ERROR_OK};
    const char *answer = "none";
    char *path;
    struct bytes text;

    if (strncmp(locator, "pkcs11:", 7) == 0)
        return "token";
    path = bytes_copy_string(locator);
    if (path_read(fd, path, LIMIT_KEY_FILE_BYTES, &text, &ignored) < 0)
        answer = ignored.code == ERROR_NOT_FOUND ? "not here" : "not readable";
    else if (text.size >= strlen(ENCRYPTED) && memcmp(text.data, ENCRYPTED, strlen(ENCRYPTED)) == 0)
        answer = "passphrase";
    bytes_clear(&text);
    free(path);
    if (strcmp(answer, "none") == 0)
        report_warn(status->report, "key %s is not protected by a passphrase", locator);
    return answer;
}

static void add_key(struct status *status, const char *name, const char *role,
                    const char *protected_by, const char *locator,
                    const struct certificate *certificate, const char *verdict)
{
    char time[INSTANT_TEXT_BYTES];
    uint8_t id[DIGEST_BYTES];

    certificate_key_id(certificate, id);
    instant_format(certificate->not_after_us, time);
    report_data(status->report, "%-16s %-10s %-10s %-20s %5lld %-16s %s", name, role, protected_by,
                time, (long long)days_left(status, certificate->not_after_us), verdict, locator);
    status->expired += certificate->not_after_us < status->now_us;
    json_array_append_new(status->keys,
                          json_pack("{s:o, s:s, s:s, s:o, s:s, s:s, s:o, s:I, s:b}", "key",
                                    report_text(name), "role", role, "verdict", verdict, "locator",
                                    report_text(locator), "protected_by", protected_by, "not_after",
                                    time, "key_digest", report_digest(id), "days_left",
                                    (json_int_t)days_left(status, certificate->not_after_us),
                                    "expired", certificate->not_after_us < status->now_us));
}

static int show_key(struct status *status, const struct settings_key *key, struct error *err)
{
    struct error why = {.code = ERROR_OK};
    char next[LIMIT_NAME_BYTES + 64];
    struct key_view view;
    int result = key_view_read(status->repository, key->certificates, &view, err);

    if (result == 0) {
        (void)!key_view_judge(status->repository, &view, status->root, key->role, status->now_us,
                              &why);
        snprintf(next, sizeof(next), "sallyport-mirror keys issue %s", key->name);
        /* A superseded key is let go; what takes its place is warned of. */
        if (why.code != ERROR_REVOKED)
            warn(status, "key", key->name, view.path[0].not_after_us, next);
        add_key(status, key->name, document_role_row(key->role)->name,
                protection(status, status->repository->fd, key->locator), key->locator,
                &view.path[0], error_name(why.code));
    }
    key_view_clear(&view);
    return result;
}

static int show_keys(struct status *status, struct error *err)
{
    const struct settings *settings = &status->repository->settings;
    int result = 0;

    report_data(status->report, "%-16s %-10s %-10s %-20s %5s %-16s %s", "KEY", "ROLE", "PROTECTED",
                "UNTIL", "DAYS", "VERDICT", "WHERE");
    for (size_t i = 0; i < settings->key_count && result == 0; i++)
        result = show_key(status, &settings->keys[i], err);
    return result;
}

static const char *verdict_of(const struct status *status, const struct authority *row)
{
    if (row->certificate.not_after_us < status->now_us)
        return "not-valid-then";
    return authority_root_index(row, status->root) >= 0 ? "ok" : "untrusted-root";
}

/* The offline folder, where it is at hand. */
static int show_authorities(struct status *status, const char *folder, struct error *err)
{
    static const char *const kinds[] = {[AUTHORITY_ROOT] = "root CA",
                                        [AUTHORITY_ISSUING] = "issuing CA",
                                        [AUTHORITY_ROOT_SIGN] = "root"};
    static const char *const next[] = {[AUTHORITY_ROOT] = "sallyport-mirror rotate-root --new-root",
                                       [AUTHORITY_ISSUING] =
                                           "sallyport-mirror rotate-root --new-root",
                                       [AUTHORITY_ROOT_SIGN] = "sallyport-mirror keys issue root"};
    struct authority_folder authorities;
    int result = authority_open(status->repository, folder, &authorities, err);

    if (result < 0 && folder == NULL && err->code == ERROR_NOT_FOUND)
        result = 0;
    for (size_t i = 0; i < authorities.count && result == 0; i++) {
        const struct authority *row = &authorities.rows[i];
        const char *verdict = verdict_of(status, row);
        char file[LIMIT_PATH_COMPONENT + 8];

        snprintf(file, sizeof(file), "%.*s.key", LIMIT_PATH_COMPONENT, row->name);
        if (strcmp(verdict, "untrusted-root") != 0)
            warn(status, "certificate", row->name, row->certificate.not_after_us, next[row->kind]);
        add_key(status, row->name, kinds[row->kind], protection(status, authorities.fd, file), file,
                &row->certificate, verdict);
    }
    authority_close(&authorities);
    return result;
}

static int show_lists(struct status *status, struct error *err)
{
    struct set_crl lists[LIMIT_CRLS];
    size_t count = 0;
    int result = belief_crls(status->repository, lists, &count, err);

    report_data(status->report, "%-26s %8s %8s %-20s %5s", "REVOCATION LIST OF", "NUMBER",
                "ENTRIES", "NEXT UPDATE", "DAYS");
    for (size_t i = 0; i < count && result == 0; i++) {
        char issuer[DIGEST_TEXT_BYTES], time[INSTANT_TEXT_BYTES];
        struct revocation_list list;

        result = revocation_list_read(status->repository, lists[i].issuer, &list, err);
        if (result == 0) {
            digest_text(lists[i].issuer, issuer);
            instant_format(list.crl.next_update_us, time);
            issuer[24] = '\0';
            warn(status, "revocation list of", issuer, list.crl.next_update_us,
                 "sallyport-mirror rotate-root");
            report_data(status->report, "%-26s %8llu %8zu %-20s %5lld", issuer,
                        (unsigned long long)list.crl.number, list.count, time,
                        (long long)days_left(status, list.crl.next_update_us));
            json_array_append_new(
                status->lists,
                json_pack("{s:o, s:I, s:I, s:s, s:I}", "issuer", report_digest(lists[i].issuer),
                          "number", (json_int_t)list.crl.number, "entries", (json_int_t)list.count,
                          "next_update", time, "days_left",
                          (json_int_t)days_left(status, list.crl.next_update_us)));
        }
        revocation_list_clear(&list);
    }
    return result;
}

/* Their names need the passphrase: shown where it is given, or where there is none. */
static int show_content_keys(const struct status *status,
                             const struct command_invocation *invocation, json_t **ids,
                             struct error *err)
{
    uint64_t fd;
    bool can_open = status->repository->settings.unprotected ||
                    command_text(invocation, "passphrase-file") != NULL ||
                    command_number(invocation, "passphrase-fd", &fd);
    struct keyring *keyring = keyring_new(status->repository, invocation, "");
    struct enrolment keys = {.key_count = 0};
    int result = can_open ? keyring_content_keys(keyring, &keys, err) : 0;

    *ids = can_open ? json_array() : NULL;
    for (size_t i = 0; i < keys.key_count && result == 0; i++) {
        report_data(status->report, "content key   %s%s", keys.keys[i].id,
                    i == 0 ? " (seals what is published)" : "");
        json_array_append_new(*ids, json_string(keys.keys[i].id));
    }
    if (!can_open)
        report_data(status->report, "content keys  sealed; give the passphrase to see their names");
    enrolment_clear(&keys);
    keyring_free(keyring);
    return result;
}

static int show(const struct command_invocation *invocation, struct report *report,
                struct repository *repository, struct error *err)
{
    struct status status = {.report = report,
                            .repository = repository,
                            .now_us = instant_clock(),
                            .keys = json_array(),
                            .lists = json_array()};
    char expires[INSTANT_TEXT_BYTES];
    struct trust *trust = NULL;
    json_t *ids = NULL;
    int result = belief_trust(repository, &trust, err);

    report_standing(report, repository);
    if (result == 0) {
        status.root = trust_root(trust);
        instant_format(status.root->expires_us, expires);
        result = show_keys(&status, err);
    }
    if (result == 0)
        result = show_authorities(&status, command_text(invocation, "root-key-dir"), err);
    if (result == 0)
        result = show_lists(&status, err);
    if (result == 0)
        result = show_content_keys(&status, invocation, &ids, err);
    if (result == 0) {
        report_data(report, "root document %llu, until %s",
                    (unsigned long long)status.root->version, expires);
        warn(&status, "root document", "in force", status.root->expires_us,
             "sallyport-mirror rotate-root");
        status.expired += status.root->expires_us < status.now_us;
        report_document(report, "sallyport.keys-status/1",
                        json_pack("{s:O, s:O, s:O?, s:{s:I, s:s}, s:I}", "keys", status.keys,
                                  "revocation_lists", status.lists, "content_keys", ids,
                                  "root_document", "version", (json_int_t)status.root->version,
                                  "expires", expires, "expired", (json_int_t)status.expired));
        if (status.expired > 0)
            result = error_row(ERROR_EXPIRED)->exit_status;
    }
    json_decref(status.keys);
    json_decref(status.lists);
    json_decref(ids);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_LOOK, show, err);
}

static const struct command_option options[] = {
    {"root-key-dir", 0, COMMAND_TEXT, "DIR",
     "the offline folder, to be shown as well (default: root-key-MOVE-OFFLINE, where it is there)"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "keys status",
    "keys status --json --root-key-dir /media/vault/root",
    NULL,
};

const struct command cmd_keys_status = {
    .name = "keys status",
    .arguments = "",
    .summary = "Keys, certificates and revocation lists, and what ends soon",
    .description =
        "Warns 180, 60 and 14 days before a certificate, a revocation list or the root document "
        "ends, of keys without a passphrase, and of a root key beside the repository. The exit "
        "status is 22 where a certificate or the root document has expired.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
