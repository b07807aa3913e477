/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/path.h"
#include "media/enrolment.h"
#include "media/volume.h"
#include "mirror/answer.h"
#include "mirror/belief.h"
#include "mirror/keyring.h"
#include "media/base/passphrase.h"
#include "mirror/report.h"
#include "mirror/ring.h"

#define GENERATED_BYTES 64

/* All root documents, so that the endpoint can walk them from the first. */
static int read_roots(const struct repository *repository, uint64_t count,
                      struct enrolment *enrolment, struct error *err)
{
    struct volume_name name = {.kind = VOLUME_ROOT_DOCUMENT};
    char path[VOLUME_NAME_BYTES];
    int result = 0;

    enrolment->roots = bytes_allocate(count, sizeof(*enrolment->roots));
    for (uint64_t i = 0; i < count && result == 0; i++) {
        name.number = i + 1;
        result = path_read(repository->tree_fd, volume_format(&name, path), LIMIT_ROOT_BYTES,
                           &enrolment->roots[i], err);
        enrolment->root_count++;
    }
    return result;
}

static int fill(const struct repository *repository, const struct trust *trust,
                const struct root_ring *ring, const char *endpoint, struct enrolment *enrolment,
                struct error *err)
{
    for (size_t i = 0; i < enrolment->root_count; i++)
        bytes_clear(&enrolment->roots[i]);
    free(enrolment->roots);
    enrolment->roots = NULL;
    enrolment->root_count = 0;
    snprintf(enrolment->endpoint, sizeof(enrolment->endpoint), "%s", endpoint);
    snprintf(enrolment->ring, sizeof(enrolment->ring), "%s", ring->name);
    enrolment->test_endpoint = !ring->production;
    enrolment->made_us = instant_clock();
    if (getrandom(enrolment->serial, sizeof(enrolment->serial), 0) < 0 ||
        getrandom(enrolment->token, sizeof(enrolment->token), 0) < 0)
        return error_set_errno(err, ERROR_IO, errno, "no random bytes");
    return read_roots(repository, trust_root(trust)->version, enrolment, err);
}

/* The passphrase of the enrolment: of --passphrase-file, or a fresh one. */
static int choose_passphrase(const struct command_invocation *invocation, char **passphrase,
                             bool *generated, struct error *err)
{
    struct passphrase_source source = {
        .file = command_text(invocation, "passphrase-file"),
        .what = "the enrolment",
        .option = "--passphrase-file",
    };
    char fresh[GENERATED_BYTES];
    int result;

    source.has_fd = command_number(invocation, "passphrase-fd", &source.fd);
    *generated = source.file == NULL && !source.has_fd;
    if (!*generated)
        return passphrase_read(&source, false, passphrase, err);
    result = enrolment_passphrase(fresh, err);
    if (result == 0)
        *passphrase = bytes_copy_string(fresh);
    bytes_wipe(fresh, sizeof(fresh));
    return result;
}

/* The operator's own path: opened as it is, never over something that is there. */
static int write_output(const char *output, struct bytes_view file, struct error *err)
{
    int fd = open(output, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    int result;

    if (fd < 0)
        return error_set_errno(err, errno == EEXIST ? ERROR_USAGE : ERROR_IO, errno, "%s", output);
    result = path_write(fd, file.data, file.size, err);
    if (result == 0 && fsync(fd) < 0)
        result = error_set_errno(err, ERROR_IO, errno, "%s", output);
    (void)close(fd);
    if (result < 0)
        (void)unlink(output);
    return result;
}

static int enter(struct repository *repository, const struct enrolment *enrolment, bool replace,
                 struct error *err)
{
    struct catalog_endpoint row = {.made_us = enrolment->made_us};

    snprintf(row.name, sizeof(row.name), "%s", enrolment->endpoint);
    snprintf(row.ring, sizeof(row.ring), "%s", enrolment->ring);
    memcpy(row.serial, enrolment->serial, sizeof(row.serial));
    memcpy(row.token, enrolment->token, sizeof(row.token));
    return catalog_add_endpoint(repository->catalog, &row, replace, err);
}

/* Shown once and kept nowhere: the file is worth nothing without it. */
static void tell(const struct report *report, const struct enrolment *enrolment, const char *output,
                 const char *shown)
{
    json_t *document =
        json_pack("{s:s, s:s, s:b, s:o}", "endpoint", enrolment->endpoint, "ring", enrolment->ring,
                  "test_endpoint", enrolment->test_endpoint, "file", report_text(output));

    report_line(report, "enrolment     %s", output);
    report_line(report, "endpoint      %s, ring %s%s", enrolment->endpoint, enrolment->ring,
                enrolment->test_endpoint ? " (test endpoint: the ring is not production)" : "");
    if (shown != NULL && !report->json)
        printf("passphrase    %s\n", shown); /* even with --quiet: it is said nowhere else */
    if (shown != NULL)
        json_object_set_new(document, "passphrase", json_string(shown));
    report_line(report, "next: take both to the endpoint by different ways; there: sallyport-agent "
                        "enroll FILE");
    report_document(report, "sallyport.enroll/1", document);
}

static int make(const struct command_invocation *invocation, struct report *report,
                struct repository *repository, struct enrolment *enrolment, struct error *err)
{
    const char *output = command_text(invocation, "output");
    char *passphrase = NULL;
    struct bytes file;
    bool generated = false;
    int result = choose_passphrase(invocation, &passphrase, &generated, err);

    bytes_init(&file, LIMIT_ENROLMENT_BYTES);
    if (result == 0)
        result = enrolment_write(enrolment, passphrase, &file, err);
    if (result == 0)
        result = catalog_begin(repository->catalog, err);
    if (result == 0) {
        result = enter(repository, enrolment, command_flag(invocation, "replace"), err);
        if (result == 0)
            result = write_output(output, bytes_view(&file), err);
        if (result == 0)
            result = catalog_commit(repository->catalog, err);
        if (result < 0)
            catalog_rollback(repository->catalog);
    }
    if (result == 0)
        tell(report, enrolment, output, generated ? passphrase : NULL);
    bytes_clear(&file);
    passphrase_free(passphrase);
    return result;
}

/* --ring, or what a ring-change asks for; the endpoint is the one that asks. */
static int choose_ring(const struct command_invocation *invocation,
                       const struct repository *repository, char ring[static LIMIT_NAME_BYTES + 1],
                       struct error *err)
{
    const char *file = command_text(invocation, "request");
    struct request *request;
    struct catalog_endpoint known;
    int result;

    if (file == NULL) {
        snprintf(ring, LIMIT_NAME_BYTES + 1, "%s", command_text(invocation, "ring"));
        return 0;
    }
    request = bytes_allocate(1, sizeof(*request));
    result = answer_read(repository, file, REQUEST_RING_CHANGE, request, &known, err);
    if (result == 0 && strcmp(request->endpoint, invocation->arguments[0]) != 0)
        result =
            error_set(err, ERROR_USAGE, "%s: is a request of endpoint %s", file, request->endpoint);
    if (result == 0)
        snprintf(ring, LIMIT_NAME_BYTES + 1, "%s", request->to);
    free(request);
    return result;
}

static int enroll(const struct command_invocation *invocation, struct report *report,
                  struct repository *repository, struct error *err)
{
    struct keyring *keyring = keyring_new(repository, invocation, "keys-");
    const struct root_ring *ring, *before;
    char name[LIMIT_NAME_BYTES + 1];
    struct enrolment enrolment = {0};
    struct trust *trust = NULL;
    int result = belief_trust(repository, &trust, err);

    if (result == 0)
        result = choose_ring(invocation, repository, name, err);
    if (result == 0)
        result = ring_find(trust, name, &ring, &before, err);
    if (result == 0)
        result = keyring_content_keys(keyring, &enrolment, err);
    if (result == 0)
        result = fill(repository, trust, ring, invocation->arguments[0], &enrolment, err);
    if (result == 0)
        result = make(invocation, report, repository, &enrolment, err);
    enrolment_clear(&enrolment);
    trust_free(trust);
    keyring_free(keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    if (!json_name_valid(invocation->arguments[0]))
        return error_set(err, ERROR_USAGE, "endpoint %s: expected a name of a-z 0-9 . _ -",
                         invocation->arguments[0]);
    if ((command_text(invocation, "ring") == NULL) ==
            (command_text(invocation, "request") == NULL) ||
        command_text(invocation, "output") == NULL)
        return error_set(err, ERROR_USAGE, "-o FILE and one of --ring RING and --request FILE");
    if (command_text(invocation, "request") != NULL && !command_flag(invocation, "replace"))
        return error_set(err, ERROR_USAGE, "--request goes with --replace");
    return commands_run(invocation, REPOSITORY_CHANGE, enroll, err);
}

static const struct command_option options[] = {
    {"ring", 0, COMMAND_TEXT, "RING", "the endpoint's ring"},
    {"output", 'o', COMMAND_TEXT, "FILE", "the enrolment file; must not be there"},
    {"passphrase-file", 0, COMMAND_TEXT, "FILE",
     "passphrase of the enrolment (default: a fresh one, shown once)"},
    {"passphrase-fd", 0, COMMAND_COUNT, "N", "the same from descriptor N"},
    {"request", 0, COMMAND_TEXT, "FILE", "grant the ring-change request of the endpoint"},
    {"replace", 0, COMMAND_FLAG, NULL, "a new enrolment for an endpoint that has one"},
    {"keys-passphrase-file", 0, COMMAND_TEXT, "FILE",
     "passphrase of the repository's keys, from a file of mode 0600"},
    {"keys-passphrase-fd", 0, COMMAND_COUNT, "N", "the same from descriptor N"},
};

static const char *const examples[] = {
    "enroll pump-7 --ring public -o pump-7.enrolment",
    "enroll pump-7 --ring public -o pump-7.enrolment --replace",
    "enroll pump-7 --request pump-7.request -o pump-7.enrolment --replace",
    NULL,
};

const struct command cmd_enroll = {
    .name = "enroll",
    .arguments = "ENDPOINT",
    .summary = "Make the file with which an endpoint begins",
    .description =
        "Root documents, ring, name, content keys and a token, sealed with a passphrase. "
        "The file is used once. An endpoint that changes its ring keeps its floors, and takes of "
        "the new "
        "ring only what was signed after this: refresh the ring before it is exported.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
