/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "mirror/answer.h"
#include "mirror/authority.h"
#include "mirror/belief.h"
#include "mirror/key-store.h"
#include "mirror/key-view.h"
#include "mirror/report.h"
#include "mirror/resign.h"
#include "mirror/rotation.h"

#define DAYS_MAX 3650

/* One rotation under way. */
struct work {
    const struct command_invocation *invocation;
    struct report *report;
    struct ring_signer signer;
    struct authority_folder authorities;
    struct rotation *rotation;
    uint8_t dropped[DIGEST_BYTES];
    char *words[2 * LIMIT_RINGS]; /* copies that the rotation's names point into */
    size_t word_count;
    struct root_document next;
    struct rotation_root made;
    bool has_made;
    uint8_t digest[DIGEST_BYTES];
    struct resign done;
};

/* "RING=VALUE" of an option: both, in a copy that lives as long as the work. */
static int split(struct work *work, const char *option, const char *text, const char **value,
                 const char **name, struct error *err)
{
    char *copy, *equals;

    if (work->word_count == sizeof(work->words) / sizeof(work->words[0]))
        return error_set(err, ERROR_USAGE, "more than %zu changes of rings at once",
                         work->word_count);
    copy = work->words[work->word_count++] = bytes_copy_string(text);
    equals = strchr(copy, '=');
    if (equals == NULL || equals[1] == '\0')
        return error_set(err, ERROR_USAGE, "--%s %s: expected RING=VALUE", option, text);
    *equals = '\0';
    *name = copy;
    *value = equals + 1;
    return 0;
}

static struct rotation_ring *change(struct work *work)
{
    return &work->rotation->rings[work->rotation->ring_count++];
}

static int take_added(struct work *work, const char *text, struct error *err)
{
    const char *name = text, *before = NULL;
    struct rotation_ring *ring;
    int result = 0;

    if (strchr(text, '=') != NULL)
        result = split(work, "add-ring", text, &before, &name, err);
    if (result < 0)
        return result;
    if (!json_name_valid(name))
        return error_set(err, ERROR_USAGE, "--add-ring %s: expected a name of a-z 0-9 . _ -", name);
    ring = change(work);
    *ring = (struct rotation_ring){.name = name, .added = true, .before = before};
    return 0;
}

static int take_threshold(struct work *work, const char *text, struct error *err)
{
    const char *name, *value;
    char *end;
    unsigned long number;
    int result = split(work, "threshold", text, &value, &name, err);

    if (result < 0)
        return result;
    number = strtoul(value, &end, 10);
    if (*end != '\0' || number < 1 || number > LIMIT_SIGNERS)
        return error_set(err, ERROR_USAGE, "--threshold %s: expected a number of 1 to %d", text,
                         LIMIT_SIGNERS);
    *change(work) = (struct rotation_ring){.name = name, .threshold = number};
    return 0;
}

static int take_production(struct work *work, const char *text, struct error *err)
{
    const char *name, *value;
    int result = split(work, "production", text, &value, &name, err);

    if (result < 0)
        return result;
    if (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0)
        return error_set(err, ERROR_USAGE, "--production %s: expected RING=yes or RING=no", text);
    *change(work) = (struct rotation_ring){
        .name = name, .has_production = true, .production = strcmp(value, "yes") == 0};
    return 0;
}

/* The last ring as it will be: rings that are added at the end come after those that are there. */
static void take_two_person(struct work *work)
{
    const struct root_document *root = trust_root(work->signer.trust);
    const char *last = root->rings[root->ring_count - 1].name;

    if (!command_flag(work->invocation, "two-person"))
        return;
    for (size_t i = 0; i < work->rotation->ring_count; i++) {
        const struct rotation_ring *ring = &work->rotation->rings[i];

        last = ring->added && ring->before == NULL ? ring->name : last;
    }
    *change(work) = (struct rotation_ring){.name = last, .threshold = 2};
}

static int take_rings(struct work *work, struct error *err)
{
    static const struct {
        const char *option;
        int (*take)(struct work *work, const char *text, struct error *err);
    } rows[] = {
        {"add-ring", take_added}, {"threshold", take_threshold}, {"production", take_production}};
    const char *text;
    int result = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (size_t j = 0;
             (text = command_repeat(work->invocation, rows[i].option, j)) != NULL && result == 0;
             j++) {
            if (work->rotation->ring_count + 1 ==
                sizeof(work->rotation->rings) / sizeof(work->rotation->rings[0]))
                return error_set(err, ERROR_USAGE, "too many changes of rings at once");
            result = rows[i].take(work, text, err);
        }
    }
    if (result == 0)
        take_two_person(work);
    return result;
}

static int take_dropped(struct work *work, struct error *err)
{
    const char *name = command_text(work->invocation, "drop-root");

    if (name == NULL)
        return 0;
    for (size_t i = 0; i < work->authorities.count; i++) {
        const struct authority *row = &work->authorities.rows[i];

        if (row->kind != AUTHORITY_ROOT || strcmp(row->name, name) != 0)
            continue;
        memcpy(work->dropped, row->key_id, DIGEST_BYTES);
        work->rotation->drop_root = work->dropped;
        return 0;
    }
    return error_set(err, ERROR_NOT_FOUND, "%s holds no root CA %s.pem", work->authorities.path,
                     name);
}

static int take_requests(struct work *work, struct error *err)
{
    struct rotation *rotation = work->rotation;
    const char *file;
    int result = 0;

    for (size_t i = 0;
         (file = command_repeat(work->invocation, "request", i)) != NULL && result == 0; i++) {
        if (rotation->reset_count == LIMIT_FLOOR_RESETS)
            return error_set(err, ERROR_LIMIT, "more than FLOOR_RESETS (%d)", LIMIT_FLOOR_RESETS);
        result = answer_floor_reset(&work->signer, file, &rotation->resets[rotation->reset_count++],
                                    err);
    }
    return result;
}

/* A threshold that nobody could meet would shut the ring. One that stays as it is shuts nothing: a
 * document may have to be signed while keys are missing. */
static int check_thresholds(const struct work *work, struct error *err)
{
    const struct root_document *root = trust_root(work->signer.trust);
    uint64_t count = key_view_count(work->signer.repository, &work->next, ROLE_RELEASE, NULL);

    for (size_t i = 0; i < work->next.ring_count; i++) {
        const struct root_ring *ring = &work->next.rings[i];
        const struct root_ring *before = root_ring(root, ring->name);

        if (ring->threshold > (before != NULL ? before->threshold : 1) && ring->threshold > count)
            return error_set(
                err, ERROR_USAGE,
                "ring %s would ask for %llu signatures, and %s names %llu good release "
                "key%s; first: sallyport-mirror keys issue release --as NAME",
                ring->name, (unsigned long long)ring->threshold, SETTINGS_FILE,
                (unsigned long long)count, count == 1 ? "" : "s");
    }
    return 0;
}

/* What hung from a root that goes must be signed again, by keys that hang from another. */
static int check_keys(const struct work *work, struct error *err)
{
    static const enum document_role roles[] = {ROLE_CONTENT, ROLE_RELEASE, ROLE_TIMESTAMP,
                                               ROLE_EXPORT};
    int result = 0;

    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]) && result == 0; i++)
        result = key_view_enough(work->signer.repository, &work->next, roles[i], NULL, err);
    if (result == 0)
        return 0;
    err->code = ERROR_USAGE;
    return error_context(err, "--drop-root");
}

static int describe(struct work *work, struct error *err)
{
    uint64_t days = KEY_STORE_DOCUMENT_DAYS;
    int result;

    (void)command_number(work->invocation, "days", &days);
    if (days < 1 || days > DAYS_MAX)
        return error_set(err, ERROR_USAGE, "--days: expected 1 to %d", DAYS_MAX);
    work->rotation->days = days;
    result = take_rings(work, err);
    if (result == 0)
        result = take_dropped(work, err);
    if (result == 0)
        result = take_requests(work, err);
    if (result == 0)
        result = rotation_describe(trust_root(work->signer.trust), work->rotation, instant_clock(),
                                   &work->next, err);
    if (result == 0)
        result = check_thresholds(work, err);
    if (result == 0 && work->rotation->drop_root != NULL)
        result = check_keys(work, err);
    return result;
}

static int make_root(struct work *work, struct error *err)
{
    const struct settings *settings = &work->signer.repository->settings;
    struct bytes_view path[LIMIT_CHAIN_CERTIFICATES];
    struct bytes *place = &work->next.roots[work->next.root_count];
    const char *passphrase;
    int result;

    if (!command_flag(work->invocation, "new-root"))
        return 0;
    if (work->next.root_count == LIMIT_ROOT_CERTIFICATES)
        return error_set(err, ERROR_LIMIT, "more than ROOT_CERTIFICATES (%d)",
                         LIMIT_ROOT_CERTIFICATES);
    result = keyring_passphrase(work->signer.keyring, &passphrase, err);
    if (result < 0)
        return result;
    work->has_made = true;
    result = rotation_root_make(&work->authorities, settings->organisation, passphrase,
                                instant_clock(), &work->made, err);
    if (result < 0)
        return result;
    key_path(work->made.root, path);
    bytes_init(place, LIMIT_CERTIFICATE_BYTES);
    work->next.root_count++;
    return bytes_put(place, path[0].data, path[0].size, err);
}

/* From the moment when the document is in the tree, everything else follows from it. */
static int take_effect(struct work *work, struct error *err)
{
    struct repository *repository = work->signer.repository;
    struct authority_folder again = {.fd = -1};
    int result;

    trust_free(work->signer.trust);
    result = belief_trust(repository, &work->signer.trust, err);
    /* Once more: the folder may hold a new root's keys. */
    if (result == 0)
        result = authority_open(repository, work->authorities.path, &again, err);
    if (result == 0)
        result = rotation_settle(repository, &again, work->signer.keyring,
                                 trust_root(work->signer.trust), err);
    authority_close(&again);
    if (result == 0)
        result = resign_unacceptable(&work->signer, command_text(work->invocation, "content-key"),
                                     NULL, &work->done, err);
    return result;
}

static int rotate(struct work *work, struct error *err)
{
    int result = make_root(work, err);

    if (result == 0)
        result = rotation_publish(work->signer.repository, &work->authorities, work->signer.keyring,
                                  trust_root(work->signer.trust), &work->next,
                                  work->has_made ? &work->made : NULL, work->digest, err);
    if (result < 0)
        return result;
    result = take_effect(work, err);
    return result < 0 ? error_context(err,
                                      "root document %llu is in force, and not all that follows "
                                      "from it is signed: run rotate-root once more, without "
                                      "changes",
                                      (unsigned long long)work->next.version)
                      : 0;
}

static void tell_resets(const struct work *work, json_t *rows)
{
    for (size_t i = 0; i < work->next.reset_count; i++) {
        const struct root_floor_reset *reset = &work->next.resets[i];
        char time[INSTANT_TEXT_BYTES];

        instant_format(reset->time_us, time);
        report_line(work->report, "floor reset   %s of %s: %s, number %llu", reset->subject,
                    reset->endpoint, time, (unsigned long long)reset->number);
        json_array_append_new(rows, json_pack("{s:s, s:s, s:s, s:I}", "endpoint", reset->endpoint,
                                              "subject", reset->subject, "time", time, "number",
                                              (json_int_t)reset->number));
    }
}

static void tell_rings(const struct work *work, json_t *rows)
{
    for (size_t i = 0; i < work->next.ring_count; i++) {
        const struct root_ring *ring = &work->next.rings[i];

        report_line(work->report, "ring %-8zu %s, %llu signature%s%s", i + 1, ring->name,
                    (unsigned long long)ring->threshold, ring->threshold == 1 ? "" : "s",
                    ring->production ? "" : ", test endpoints only");
        json_array_append_new(rows, json_pack("{s:s, s:I, s:b}", "ring", ring->name, "threshold",
                                              (json_int_t)ring->threshold, "production",
                                              ring->production));
    }
}

static void tell(const struct work *work, bool dry_run)
{
    json_t *resets = json_array(), *rings = json_array();
    char text[DIGEST_TEXT_BYTES], expires[INSTANT_TEXT_BYTES];

    report_line(work->report, "root document %llu%s%s", (unsigned long long)work->next.version,
                dry_run ? " (not made: --dry-run)" : ", ",
                dry_run ? "" : digest_text(work->digest, text));
    report_line(work->report, "expires       %s", instant_format(work->next.expires_us, expires));
    report_line(work->report, "roots         %zu%s", work->next.root_count,
                work->has_made ? ", one of them new" : "");
    tell_rings(work, rings);
    tell_resets(work, resets);
    resign_tell(&work->done, work->report);
    if (!dry_run)
        report_line(work->report, "next: sallyport-mirror export; every export carries all root "
                                  "documents");
    report_document(work->report, "sallyport.rotate-root/1",
                    json_pack("{s:I, s:o?, s:s, s:I, s:b, s:o, s:o, s:b, s:I, s:I, s:I, s:o}",
                              "version", (json_int_t)work->next.version, "root_digest",
                              dry_run ? NULL : report_digest(work->digest), "expires", expires,
                              "roots", (json_int_t)work->next.root_count, "new_root",
                              work->has_made, "rings", rings, "floor_resets", resets, "dry_run",
                              dry_run, "packages_signed", (json_int_t)work->done.package_count,
                              "sets_signed", (json_int_t)work->done.set_count, "sets_pending",
                              (json_int_t)work->done.pending_count, "pending_dropped",
                              resign_dropped(&work->done)));
}

static void end(struct work *work)
{
    for (size_t i = 0; i < work->word_count; i++)
        free(work->words[i]);
    root_clear(&work->next);
    if (work->has_made)
        rotation_root_clear(&work->made);
    authority_close(&work->authorities);
    trust_free(work->signer.trust);
    keyring_free(work->signer.keyring);
    free(work->rotation);
    free(work);
}

static int rotate_root(const struct command_invocation *invocation, struct report *report,
                       struct repository *repository, struct error *err)
{
    struct work *work = bytes_allocate(1, sizeof(*work));
    bool dry_run = command_flag(invocation, "dry-run");
    int result;

    *work = (struct work){.invocation = invocation,
                          .report = report,
                          .authorities = {.fd = -1},
                          .rotation = bytes_allocate(1, sizeof(*work->rotation)),
                          .signer = {.repository = repository,
                                     .keyring = keyring_new(repository, invocation, ""),
                                     .key = command_text(invocation, "key")}};
    result = belief_trust(repository, &work->signer.trust, err);
    if (result == 0)
        result = ring_settle(repository, work->signer.trust, dry_run, err);
    if (result == 0)
        result = authority_open(repository, command_text(invocation, "root-key-dir"),
                                &work->authorities, err);
    if (result == 0)
        result = describe(work, err);
    if (result == 0 && !dry_run)
        result = rotate(work, err);
    if (result == 0) {
        tell(work, dry_run);
        if (work->done.pending_count > 0)
            result = error_row(ERROR_PENDING)->exit_status;
    }
    end(work);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    return commands_run(invocation, REPOSITORY_CHANGE, rotate_root, err);
}

static const struct command_option options[] = {
    {"root-key-dir", 0, COMMAND_TEXT, "DIR",
     "the offline folder with the root's keys (default: root-key-MOVE-OFFLINE)"},
    {"new-root", 0, COMMAND_FLAG, NULL,
     "a second root CA with an issuing CA, beside the one there"},
    {"drop-root", 0, COMMAND_TEXT, "NAME",
     "the root CA NAME.pem of the offline folder counts no more"},
    {"two-person", 0, COMMAND_FLAG, NULL, "the last ring asks for two signatures"},
    {"threshold", 0, COMMAND_REPEAT, "RING=N", "signatures that a set of RING needs"},
    {"add-ring", 0, COMMAND_REPEAT, "NAME[=BEFORE]",
     "a new ring, in front of the ring BEFORE (default: the last)"},
    {"production", 0, COMMAND_REPEAT, "RING=yes|no",
     "whether RING is for endpoints that are no test endpoints"},
    {"request", 0, COMMAND_REPEAT, "FILE", "grant the floor-reset request of an endpoint"},
    {"days", 0, COMMAND_COUNT, "N", "until the document expires (default: 730)"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show the document, sign nothing"},
    {"key", 0, COMMAND_TEXT, "KEY", "release key for sets that have to be signed again"},
    {"content-key", 0, COMMAND_TEXT, "KEY", "content key for packages that have to be"},
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "rotate-root --root-key-dir /media/vault/root",
    "rotate-root --root-key-dir /media/vault/root --new-root",
    "rotate-root --root-key-dir /media/vault/root --request pump-7.request",
    "rotate-root --root-key-dir /media/vault/root --two-person",
    NULL,
};

const struct command cmd_rotate_root = {
    .name = "rotate-root",
    .arguments = "",
    .summary = "Sign the next root document: roots, rings, thresholds, floor resets, expiry",
    .description =
        "The document is signed by keys of the roots before it and of its own. All root documents "
        "stay in the tree and in every export, so an endpoint that missed any number of them "
        "follows from one medium. Keys that are there stay valid while their root is listed. What "
        "the new document no longer accepts is signed again; where a set then lacks signatures, it "
        "waits in pending/ and the exit status is 3.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
