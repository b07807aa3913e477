/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "media/base/json.h"
#include "media/base/text.h"
#include "mirror/ceremony.h"
#include "mirror/founding.h"
#include "media/base/passphrase.h"
#include "mirror/report.h"

#define ORGANISATION_BYTES 64 /* ub-organization-name of RFC 5280 */

static const char *const default_rings[] = {"engineering", "internal", "public"};

static int take_rings(const struct command_invocation *invocation, struct ceremony *ceremony,
                      struct error *err)
{
    const char *name;

    for (size_t i = 0; (name = command_repeat(invocation, "ring", i)) != NULL; i++) {
        if (!json_name_valid(name))
            return error_set(err, ERROR_USAGE, "--ring %s: expected a name of a-z 0-9 . _ -", name);
        for (size_t j = 0; j < ceremony->ring_count; j++) {
            if (strcmp(ceremony->rings[j], name) == 0)
                return error_set(err, ERROR_USAGE, "--ring %s: given twice", name);
        }
        if (ceremony->ring_count == LIMIT_RINGS)
            return error_set(err, ERROR_USAGE, "more than %d rings", LIMIT_RINGS);
        ceremony->rings[ceremony->ring_count++] = name;
    }
    for (size_t i = 0; ceremony->ring_count == 0 && i < 3; i++)
        ceremony->rings[i] = default_rings[i];
    if (ceremony->ring_count == 0)
        ceremony->ring_count = 3;
    return 0;
}

/* option: "--passphrase-file"; the descriptor's is fd_option. */
static int take_passphrase(const struct command_invocation *invocation, const char *option,
                           const char *fd_option, const char *what, char **passphrase,
                           struct error *err)
{
    struct passphrase_source source = {
        .file = command_text(invocation, option + 2),
        .prompt = !command_flag(invocation, "json") && isatty(STDIN_FILENO) == 1,
        .what = what,
        .option = option,
    };

    source.has_fd = command_number(invocation, fd_option, &source.fd);
    if (!command_flag(invocation, "unprotected-keys"))
        return passphrase_read(&source, true, passphrase, err);
    if (source.file != NULL || source.has_fd)
        return error_set(err, ERROR_USAGE, "--unprotected-keys and a passphrase: give one");
    *passphrase = NULL;
    return 0;
}

/* Two persons with one passphrase would be one person. */
static int take_passphrases(const struct command_invocation *invocation,
                            const struct ceremony *ceremony, char **first, char **second,
                            struct error *err)
{
    int result = take_passphrase(invocation, "--passphrase-file", "passphrase-fd",
                                 "the repository's keys", first, err);

    if (result == 0 && ceremony->two_person)
        result = take_passphrase(invocation, "--second-passphrase-file", "second-passphrase-fd",
                                 "the second person's release key", second, err);
    if (result == 0 && *first != NULL && *second != NULL && strcmp(*first, *second) == 0)
        result = error_set(err, ERROR_USAGE, "both persons have the same passphrase");
    return result;
}

/* It stands in every certificate, and is shown wherever one is named. */
static int check_organisation(const char *name, struct error *err)
{
    size_t length = strlen(name);

    if (length == 0 || length > ORGANISATION_BYTES || !text_is_utf8(name, length))
        return error_set(err, ERROR_USAGE, "--org: expected UTF-8 of 1 to %d bytes",
                         ORGANISATION_BYTES);
    for (size_t i = 0; i < length; i++) {
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7f)
            return error_set(err, ERROR_USAGE, "--org %s: no control characters", name);
    }
    return 0;
}

static int take_timestamps(const struct command_invocation *invocation, struct settings *settings,
                           struct error *err)
{
    const char *url = command_text(invocation, "tsa-url");
    const char *ca = command_text(invocation, "tsa-ca");

    if (ca != NULL && url == NULL)
        return error_set(err, ERROR_USAGE, "--tsa-ca goes with --tsa-url");
    if (url != NULL)
        settings->tsa_url = bytes_copy_string(url);
    if (ca == NULL)
        return 0;
    settings->tsa_ca = realpath(ca, NULL);
    if (settings->tsa_ca == NULL)
        return error_set(err, ERROR_NOT_FOUND, "--tsa-ca %s: no such file", ca);
    return 0;
}

static int found(const struct command_invocation *invocation, const struct ceremony *ceremony,
                 struct settings *settings, uint8_t digest[static DIGEST_BYTES], struct error *err)
{
    struct founding founding;
    int result = founding_begin(invocation->arguments[0], command_text(invocation, "root-key-dir"),
                                &founding, err);

    if (result == 0)
        result =
            ceremony_hold(ceremony, founding.work_fd, founding.offline_fd, settings, digest, err);
    if (result == 0)
        result = founding_complete(&founding, err);
    founding_end(&founding, result == 0);
    return result;
}

static json_t *describe(const struct command_invocation *invocation,
                        const struct ceremony *ceremony, const uint8_t *digest)
{
    json_t *rings = json_array();

    for (size_t i = 0; i < ceremony->ring_count; i++)
        json_array_append_new(rings, json_string(ceremony->rings[i]));
    return json_pack("{s:o, s:o, s:o, s:b}", "repository", report_text(invocation->arguments[0]),
                     "rings", rings, "root_digest", report_digest(digest), "two_person",
                     ceremony->two_person);
}

static void tell(struct report *report, const struct command_invocation *invocation,
                 const struct ceremony *ceremony, const uint8_t *digest)
{
    const char *offline = command_text(invocation, "root-key-dir");
    char text[DIGEST_TEXT_BYTES];

    if (command_flag(invocation, "unprotected-keys"))
        report_warn(report, "the key files are not protected by a passphrase");
    if (offline == NULL)
        report_warn(report,
                    "the root key lies beside the repository; move %s/%s to offline "
                    "storage now",
                    invocation->arguments[0], REPOSITORY_ROOT_KEYS);
    report_line(report, "repository    %s", invocation->arguments[0]);
    for (size_t i = 0; i < ceremony->ring_count; i++)
        report_line(report, "ring %zu        %s%s", i + 1, ceremony->rings[i],
                    ceremony->two_person && i + 1 == ceremony->ring_count ? " (two signatures)"
                                                                          : "");
    report_line(report, "root document %s", digest_text(digest, text));
    report_line(report, "next: sallyport-mirror publish TYPE SOURCE --repo %s",
                invocation->arguments[0]);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    const char *organisation = command_text(invocation, "org");
    struct ceremony ceremony = {
        .organisation = organisation != NULL ? organisation : "Sallyport mirror",
        .two_person = command_flag(invocation, "two-person"),
    };
    struct settings settings = {.set_days = SETTINGS_SET_DAYS, .deltas = SETTINGS_DELTAS};
    uint8_t digest[DIGEST_BYTES];
    char *first = NULL, *second = NULL;
    struct report report;
    int result = take_rings(invocation, &ceremony, err);

    report_begin(&report, invocation);
    if (result == 0)
        result = check_organisation(ceremony.organisation, err);
    if (result == 0)
        result = take_timestamps(invocation, &settings, err);
    if (result == 0)
        result = take_passphrases(invocation, &ceremony, &first, &second, err);
    ceremony.passphrase = first;
    ceremony.second_passphrase = second;
    if (result == 0)
        result = found(invocation, &ceremony, &settings, digest, err);
    if (result == 0) {
        tell(&report, invocation, &ceremony, digest);
        report_document(&report, "sallyport.init/1", describe(invocation, &ceremony, digest));
    }
    passphrase_free(first);
    passphrase_free(second);
    settings_clear(&settings);
    report_end(&report);
    return result;
}

static const struct command_option options[] = {
    {"org", 0, COMMAND_TEXT, "NAME", "organisation in the certificates"},
    {"ring", 0, COMMAND_REPEAT, "NAME",
     "a ring, in release order (default: engineering, internal, public)"},
    {"two-person", 0, COMMAND_FLAG, NULL, "two release keys; the last ring asks for both"},
    {"unprotected-keys", 0, COMMAND_FLAG, NULL,
     "key files without a passphrase; warned about ever after"},
    {"root-key-dir", 0, COMMAND_TEXT, "DIR", "where the root, issuing and root-sign keys go"},
    {"passphrase-file", 0, COMMAND_TEXT, "FILE",
     "passphrase of the keys, from a file of mode 0600"},
    {"passphrase-fd", 0, COMMAND_COUNT, "N", "passphrase of the keys, from descriptor N"},
    {"second-passphrase-file", 0, COMMAND_TEXT, "FILE",
     "passphrase of the second person, with --two-person"},
    {"second-passphrase-fd", 0, COMMAND_COUNT, "N", "the same from descriptor N"},
    {"tsa-url", 0, COMMAND_TEXT, "URL", "an RFC 3161 server in place of the built-in authority"},
    {"tsa-ca", 0, COMMAND_TEXT, "FILE", "CA certificates for its TLS"},
};

static const char *const examples[] = {
    "init /srv/mirror --org 'Example Labs' --root-key-dir /media/vault/root",
    "init mirror --ring test --ring site --unprotected-keys",
    NULL,
};

const struct command cmd_init = {
    .name = "init",
    .arguments = "DIR",
    .summary = "Make a repository with its own chain of keys",
    .description =
        "Makes a root CA, an issuing CA, one key for each role, root document 1 with the "
        "ring order, and an empty catalog. DIR must be absent or empty. An init that "
        "fails or is cut leaves nothing that another init does not clear.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
