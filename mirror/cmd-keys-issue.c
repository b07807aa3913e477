/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/passphrase.h"
#include "mirror/authority.h"
#include "mirror/belief.h"
#include "mirror/key-issue.h"
#include "mirror/report.h"

#define DAYS_MAX 3650

/* A name of mirror.conf, or a role: then the first key of that role. */
static int take_subject(const struct command_invocation *invocation, struct key_issue *issue,
                        struct error *err)
{
    const struct settings *settings = &issue->repository->settings;
    const char *subject = invocation->arguments[0];
    const char *as = command_text(invocation, "as");

    issue->like = settings_find_key(settings, subject);
    if (issue->like != NULL)
        issue->role = issue->like->role;
    else if (document_role_from_name(subject, &issue->role) < 0 || issue->role == ROLE_ENDPOINT)
        return error_set(err, ERROR_NOT_FOUND,
                         "%s is no key of %s, and no role: root, content, release, timestamp or "
                         "export",
                         subject, SETTINGS_FILE);
    for (size_t i = 0; i < settings->key_count && issue->like == NULL; i++) {
        if (settings->keys[i].role == issue->role)
            issue->like = &settings->keys[i];
    }
    if (as != NULL) {
        if (!json_name_valid(as) || strlen(as) > KEY_ISSUE_NAME_BYTES ||
            settings_find_key(settings, as) != NULL)
            return error_set(err, ERROR_USAGE,
                             "--as %s: expected a new name of a-z 0-9 . _ -, at most %d bytes", as,
                             KEY_ISSUE_NAME_BYTES);
        issue->like = NULL;
    }
    issue->name = as != NULL            ? as
                  : issue->like != NULL ? issue->like->name
                                        : document_role_row(issue->role)->name;
    return 0;
}

/* Whose key it will be says who gives the passphrase. Where two must be two people, the one that
 * opens the issuing key is not good enough. */
static int take_secret(const struct command_invocation *invocation, struct key_issue *issue,
                       char **secret, struct error *err)
{
    struct passphrase_source source = {
        .file = command_text(invocation, "new-passphrase-file"),
        .prompt = !command_flag(invocation, "json") && isatty(STDIN_FILENO) == 1,
        .what = "the new key, of its holder",
        .option = "--new-passphrase-file",
    };
    const struct settings *settings = &issue->repository->settings;
    bool another_holder = issue->role == ROLE_RELEASE &&
                          (issue->like == NULL || key_issue_supersedes(issue->root, issue->role));
    int result;

    source.has_fd = command_number(invocation, "new-passphrase-fd", &source.fd);
    if (settings->unprotected && issue->token == NULL) {
        if (source.file == NULL && !source.has_fd)
            return 0;
        return error_set(err, ERROR_USAGE, "the keys of this repository are unprotected");
    }
    if (source.file == NULL && !source.has_fd && !another_holder && issue->token == NULL)
        return keyring_passphrase(issue->keyring, &issue->secret, err);
    result = passphrase_read(&source, issue->token == NULL, secret, err);
    issue->secret = *secret;
    return result;
}

static void tell(struct report *report, const struct key_issue *issue, size_t root_signs)
{
    const char *role = document_role_row(issue->role)->name;
    char expires[INSTANT_TEXT_BYTES] = "";

    if (issue->role == ROLE_ROOT) {
        report_line(report, "issued        %zu root-sign key%s in %s", root_signs,
                    root_signs == 1 ? "" : "s", issue->authorities->path);
    } else {
        instant_format(issue->not_after_us, expires);
        report_line(report, "issued        %s (%s), until %s: %s", issue->name, role, expires,
                    issue->locator);
    }
    if (issue->renamed[0] != '\0')
        report_line(report, "before        is called %s now%s", issue->renamed,
                    issue->revoked_before ? ", and counts no more for what is signed from here on"
                                          : ", and may sign until it expires or is revoked");
    report_document(report, "sallyport.keys-issue/1",
                    json_pack("{s:s?, s:s, s:s?, s:s?, s:s?, s:b}", "key",
                              issue->role == ROLE_ROOT ? NULL : issue->name, "role", role,
                              "locator", issue->role == ROLE_ROOT ? NULL : issue->locator,
                              "expires", issue->role == ROLE_ROOT ? NULL : expires, "before",
                              issue->renamed[0] != '\0' ? issue->renamed : NULL, "before_revoked",
                              issue->revoked_before));
}

static int issue_key(const struct command_invocation *invocation, struct report *report,
                     struct key_issue *issue, struct error *err)
{
    char name[LIMIT_NAME_BYTES + 1], *secret = NULL;
    size_t root_signs = 0;
    bool has_days;
    int result = take_subject(invocation, issue, err);

    /* mirror.conf is read again when the key enters it. */
    if (result == 0)
        snprintf(name, sizeof(name), "%s", issue->name);
    issue->token = command_text(invocation, "token");
    has_days = command_number(invocation, "days", &issue->days);
    if (result == 0 && has_days && (issue->days < 1 || issue->days > DAYS_MAX))
        result = error_set(err, ERROR_USAGE, "--days: expected 1 to %d", DAYS_MAX);
    if (result == 0 && issue->token != NULL && issue->role == ROLE_ROOT)
        result = error_set(err, ERROR_USAGE, "--token: root-sign keys are made in the folder");
    if (result == 0)
        result = take_secret(invocation, issue, &secret, err);
    if (result == 0)
        result = issue->role == ROLE_ROOT ? key_issue_root_sign(issue, &root_signs, err)
                                          : key_issue_leaf(issue, err);
    if (result == 0) {
        issue->name = name;
        issue->like = NULL;
        tell(report, issue, root_signs);
    }
    passphrase_free(secret);
    return result;
}

static int issue(const struct command_invocation *invocation, struct report *report,
                 struct repository *repository, struct error *err)
{
    struct authority_folder authorities = {.fd = -1};
    struct key_issue *issue = bytes_allocate(1, sizeof(*issue));
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    *issue = (struct key_issue){.repository = repository,
                                .authorities = &authorities,
                                .keyring = keyring_new(repository, invocation, "")};
    if (result == 0)
        result =
            authority_open(repository, command_text(invocation, "root-key-dir"), &authorities, err);
    if (result == 0) {
        issue->root = trust_root(trust);
        result = issue_key(invocation, report, issue, err);
    }
    keyring_free(issue->keyring);
    free(issue);
    authority_close(&authorities);
    trust_free(trust);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, issue, err);
}

static const struct command_option options[] = {
    {"root-key-dir", 0, COMMAND_TEXT, "DIR",
     "the offline folder with the issuing key (default: root-key-MOVE-OFFLINE)"},
    {"as", 0, COMMAND_TEXT, "NAME", "one more key of the role, by this name"},
    {"days", 0, COMMAND_COUNT, "N", "until it expires (default: 730, a timestamp key 456)"},
    {"token", 0, COMMAND_TEXT, "URI", "certify the key that lies in a token: pkcs11:..."},
    {"new-passphrase-file", 0, COMMAND_TEXT, "FILE",
     "passphrase or PIN of the new key's holder, from a file of mode 0600"},
    {"new-passphrase-fd", 0, COMMAND_COUNT, "N", "the same from descriptor N"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "keys issue timestamp --root-key-dir /media/vault/root",
    "keys issue release --as release-2 --root-key-dir /media/vault/root",
    "keys issue root --root-key-dir /media/vault/root",
    NULL,
};

const struct command cmd_keys_issue = {
    .name = "keys issue",
    .arguments = "ROLE|NAME",
    .summary = "Renew a key, or add one more of its role",
    .description =
        "Makes a key, certifies it with the issuing key of the offline folder and names it in "
        "mirror.conf. It takes the name of the key before, which stays usable under another until "
        "it expires or is revoked; where more than one signature is asked for it is revoked for "
        "the time from now on, since two keys must be two people. With --as NAME the key is one "
        "more. The role root is a root-sign key, which stays in the offline folder.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
