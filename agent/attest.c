/* SPDX-License-Identifier: ISC */
#include "agent/attest.h"

#include <errno.h>
#include <fcntl.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/attest-protocol.h"
#include "agent/audit.h"
#include "agent/process.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/publish.h"
#include "media/base/text.h"

#define PROGRAM     "sallyport-attest"
#define DEADLINE_MS 5000 /* a signature takes some milliseconds */

/* One message to a process of its own, and its answer. */
static int ask(const struct config *config, int key, enum attest_message type, const void *body,
               size_t size, enum attest_message wanted, struct frame *answer, struct error *err)
{
    const struct process_idle idle = {.fd = -1};
    struct process process = {0};
    int result =
        process_start(config, PROGRAM, process_user(PROGRAM, PROGRAM), &key, 1, &process, err);

    *answer = (struct frame){0};
    if (result == 0)
        result = process_send(&process, (uint16_t)type, body, size, NULL, 0, err);
    if (result == 0)
        result = process_receive(&process, &idle, LIMIT_MESSAGE_BYTES, DEADLINE_MS, answer, err);
    process_end(&process);
    if (result == 0 && answer->type == ATTEST_ERROR)
        result = error_set(err, ERROR_INTERNAL, "%s: %.*s", PROGRAM,
                           (int)(answer->body.size < 400 ? answer->body.size : 400),
                           (const char *)answer->body.data);
    else if (result == 0 && answer->type != wanted)
        result = error_set(err, ERROR_PROTOCOL, "%s: message %u", PROGRAM, (unsigned)answer->type);
    return result;
}

/* The file has its name once it is whole: whoever is cut off makes another key, and nobody has seen
 * the first. */
static int create_key(const struct config *config, struct state *state, const char *endpoint,
                      struct error *err)
{
    struct publish publish;
    struct frame answer;
    int result = publish_begin(state_folder(state), ATTEST_KEY_FILE, 0600, &publish, err);

    if (result < 0)
        return result;
    result = ask(config, publish.fd, ATTEST_CREATE, endpoint, strlen(endpoint), ATTEST_CREATED,
                 &answer, err);
    frame_clear(&answer);
    if (result == 0)
        return publish_commit(&publish, err);
    publish_abort(&publish);
    return result;
}

static int open_key(const struct config *config, struct state *state, const char *endpoint, int *fd,
                    struct error *err)
{
    const int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC;
    int result;

    *fd = openat(state_folder(state), ATTEST_KEY_FILE, flags);
    if (*fd < 0 && errno == ENOENT) {
        if ((result = create_key(config, state, endpoint, err)) < 0)
            return result;
        *fd = openat(state_folder(state), ATTEST_KEY_FILE, flags);
    }
    return *fd >= 0 ? 0 : error_set_errno(err, ERROR_IO, errno, ATTEST_KEY_FILE);
}

/* The record comes first: what could be signed without a trace would be worth nothing. */
static int record(struct state *state, const struct attest_order *order, json_t **row,
                  struct error *err)
{
    char who[32], words[ERROR_WORDS_BYTES];
    const struct audit_event event = {
        .who = who, .what = "attest", .subject = order->name, .words = words};
    json_t *list = NULL;
    int64_t number;
    int result;

    snprintf(who, sizeof(who), "uid %u", order->uid);
    snprintf(words, sizeof(words), "%llu bytes, SHA-384 %s", (unsigned long long)order->size,
             order->sha384);
    result = audit_append(state, &event, &number, err);
    if (result == 0)
        result = audit_list(state, (uint64_t)number - 1, 1, &list, err);
    *row = result == 0 ? json_incref(json_array_get(list, 0)) : NULL;
    json_decref(list);
    return result;
}

static json_t *make_statement(const struct config *config, const char *endpoint,
                              const struct attest_order *order, const json_t *row)
{
    char now[INSTANT_TEXT_BYTES];

    return json_pack("{s:s, s:s, s:s?, s:s, s:s, s:I, s:I, s:s, s:{s:O?, s:O?}}", "schema",
                     "sallyport.attestation/1", "endpoint", endpoint, "site",
                     config->site[0] != '\0' ? config->site : NULL, "file", order->name, "sha384",
                     order->sha384, "size", (json_int_t)order->size, "uid", (json_int_t)order->uid,
                     "time", instant_format(instant_clock(), now), "record", "number",
                     json_object_get(row, "number"), "digest", json_object_get(row, "digest"));
}

static json_t *make_base64(struct bytes_view view)
{
    const gnutls_datum_t in = {(unsigned char *)(uintptr_t)view.data, (unsigned)view.size};
    gnutls_datum_t out = {NULL, 0};
    json_t *text = NULL;

    if (gnutls_base64_encode2(&in, &out) == 0)
        text = json_stringn((const char *)out.data, out.size);
    gnutls_free(out.data);
    return text;
}

static int make_reply(const struct frame *answer, const json_t *statement, json_t **reply,
                      struct error *err)
{
    struct bytes_view view = bytes_view(&answer->body), certificate;
    uint32_t size;

    if (bytes_get_u32(&view, &size) < 0 || bytes_get_view(&view, size, &certificate) < 0)
        return error_set(err, ERROR_PROTOCOL, "%s: a short answer", PROGRAM);
    *reply =
        json_pack("{s:s, s:O, s:o, s:s%}", "schema", "sallyport.attested/1", "statement", statement,
                  "signed", make_base64(view), "certificate", certificate.data, certificate.size);
    return *reply != NULL ? 0 : error_set(err, ERROR_INTERNAL, "an attestation can't be written");
}

static int sign(const struct config *config, struct state *state, const char *endpoint,
                const json_t *statement, json_t **reply, struct error *err)
{
    struct frame answer = {0};
    struct bytes text;
    int key, result;

    bytes_init(&text, LIMIT_STATEMENT_BYTES);
    result = json_write(statement, &text, err);
    if (result == 0)
        result = open_key(config, state, endpoint, &key, err);
    if (result == 0) {
        result = ask(config, key, ATTEST_SIGN, text.data, text.size, ATTEST_SIGNED, &answer, err);
        if (result == 0)
            result = make_reply(&answer, statement, reply, err);
        frame_clear(&answer);
        close(key);
    }
    bytes_clear(&text);
    return result;
}

int attest_order_read(struct attest_order *order, const char *asked, uint64_t size,
                      struct error *err)
{
    const char *line = strchr(asked, '\n'), *end = line != NULL ? strchr(line + 1, '\n') : NULL;
    uint8_t digest[DIGEST_BYTES];

    if (end == NULL || end[1] != '\0' || line - asked != DIGEST_TEXT_BYTES - 1 ||
        (size_t)(end - line) > sizeof(order->name))
        return error_set(err, ERROR_PROTOCOL, "attest: not a digest and a name");
    snprintf(order->sha384, sizeof(order->sha384), "%.*s", DIGEST_TEXT_BYTES - 1, asked);
    snprintf(order->name, sizeof(order->name), "%.*s", (int)(end - line - 1), line + 1);
    order->size = size;
    if (text_unhex(order->sha384, digest, sizeof(digest)) < 0)
        return error_set(err, ERROR_PROTOCOL, "attest: not a digest");
    return 0;
}

int attest_make(const struct config *config, struct state *state, const struct attest_order *order,
                json_t **reply, struct error *err)
{
    struct state_enrolment enrolment;
    json_t *row = NULL, *statement = NULL;
    int result = state_enrolment(state, &enrolment, err);

    *reply = NULL;
    if (result == 0)
        result = record(state, order, &row, err);
    if (result == 0) {
        statement = make_statement(config, enrolment.endpoint, order, row);
        result = statement != NULL ? sign(config, state, enrolment.endpoint, statement, reply, err)
                                   : error_set(err, ERROR_INTERNAL, "a statement can't be written");
    }
    json_decref(statement);
    json_decref(row);
    return result;
}
