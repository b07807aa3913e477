/* SPDX-License-Identifier: ISC */
#include "agent/import-verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/control/verify-protocol.h"
#include "agent/import-base.h"
#include "agent/import-want.h"
#include "agent/state-recipe.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/path.h"

#define VERIFY "sallyport-verify"

#define JUDGE_MS   (10 * 60 * 1000) /* between two messages: reading documents from a slow stick */
#define INSPECT_MS (6 * 60 * 60 * 1000) /* every file of a large medium is read before the plan */
#define STAGED_MS  (60 * 60 * 1000)     /* 64 GiB of staged files */

#define NEWS_BYTES          (64 * MIB) /* new roots and CRLs of one medium, together */
#define FOLDER_PREFIX_BYTES 5          /* "type:" and "ring:" */

static int send_crl(void *context, struct bytes_view document, struct error *err)
{
    struct import_verify *verify = context;

    return process_send(&verify->verify, VERIFY_CRL, document.data, document.size, NULL, 0, err);
}

/* The newest root document stands for all before it: this endpoint has walked there itself. */
static int send_trust(const struct import *import, struct import_verify *verify, struct error *err)
{
    struct bytes root;
    uint64_t version;
    int result = state_newest_root(import->state, &version, &root, err);

    if (result == 0 && version > 0)
        result = process_send(&verify->verify, VERIFY_ROOT, root.data, root.size, NULL, 0, err);
    bytes_clear(&root);
    if (result == 0 && version > 0)
        result = state_each_crl(import->state, send_crl, verify, err);
    return result;
}

int import_verify_start(const struct import *import, const struct source *source,
                        struct import_verify *verify, struct error *err)
{
    const char *user = process_user(import->config->verify_user, VERIFY);
    int socket;
    int result = process_start_reader(import->config, source, &socket, &verify->reader, err);

    if (result < 0)
        return result;
    result = process_start(import->config, VERIFY, user, &socket, 1, &verify->verify, err);
    close(socket);
    return result < 0 ? result : send_trust(import, verify, err);
}

void import_verify_end(struct import_verify *verify)
{
    process_end(&verify->verify);
    process_end(&verify->reader);
    for (size_t i = 0; i < verify->root_count; i++)
        bytes_clear(&verify->roots[i]);
    free(verify->roots);
    json_decref(verify->export_document);
    verify->export_document = NULL;
    for (size_t i = 0; i < verify->crl_count; i++)
        bytes_clear(&verify->crls[i].document);
    for (size_t i = 0; i < verify->recipe_count; i++) {
        if (verify->recipes[i].fd >= 0)
            close(verify->recipes[i].fd);
    }
    verify->root_count = verify->crl_count = verify->recipe_count = 0;
    verify->roots = NULL;
}

static json_t *instant_value(int64_t instant_us)
{
    char text[INSTANT_TEXT_BYTES];

    return json_string(instant_format(instant_us, text));
}

static json_t *digest_value(const uint8_t digest[static DIGEST_BYTES])
{
    char text[DIGEST_TEXT_BYTES];

    return json_string(digest_text(digest, text));
}

static json_t *floor_value(const struct floor *floor)
{
    if (!floor->present)
        return json_null();
    return json_pack("{s:o, s:I, s:o}", "time", instant_value(floor->time_us), "number",
                     (json_int_t)floor->number, "digest", digest_value(floor->digest));
}

/* Floors of all types, whether installed or not. */
static int list_floors(struct state *state, json_t *table, struct error *err)
{
    struct db_query *query;
    int result =
        db_query(state_db(state), &query, err,
                 "SELECT subject FROM floors WHERE subject LIKE 'type:%' ORDER BY subject", "");

    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        const char *subject = db_text(query, 0);
        struct floor floor;

        result = state_floor(state, subject, &floor, err);
        if (result < 0)
            break;
        json_object_set_new(table, subject + FOLDER_PREFIX_BYTES, floor_value(&floor));
    }
    db_finish(query);
    return result;
}

/* What is damaged is not here: it is to be fetched again. */
static int list_package(struct state *state, const char *type, const struct state_package *package,
                        json_t *table, struct error *err)
{
    bool damaged;
    int result = state_damaged(state, package->id, &damaged, NULL, 0, err);

    if (result == 0 && !damaged)
        json_object_set_new(table, type, digest_value(package->id));
    return result;
}

/* What is here of each type already: staged before active, it is the newer one. */
static int list_installed(struct state *state, json_t *table, struct error *err)
{
    static const enum state_slot slots[] = {STATE_ACTIVE, STATE_STAGED};
    int result = 0;

    for (size_t slot = 0; slot < 2 && result == 0; slot++) {
        char **types = NULL;
        size_t count = 0;

        result = state_types(state, slots[slot], &types, &count, err);
        for (size_t i = 0; i < count && result == 0; i++) {
            struct state_package package;
            bool present;

            result = state_package(state, types[i], slots[slot], &package, &present, err);
            if (result == 0 && present)
                result = list_package(state, types[i], &package, table, err);
        }
        path_free_names(types, count);
    }
    return result;
}

static json_t *only_value(const struct import_request *request)
{
    json_t *list;

    if (request->only_count == 0)
        return json_null();
    list = json_array();
    for (size_t i = 0; i < request->only_count; i++)
        json_array_append_new(list, json_string(request->only[i]));
    return list;
}

static int add_who(const struct import *import, const struct floor_clock *clock, json_t *body,
                   struct error *err)
{
    struct state_enrolment who;
    struct floor floor;
    char subject[STATE_SUBJECT_BYTES];
    int result = state_enrolment(import->state, &who, err);

    if (result == 0) {
        snprintf(subject, sizeof(subject), "ring:%s", who.ring);
        result = state_floor(import->state, subject, &floor, err);
    }
    if (result < 0)
        return result;
    json_object_set_new(body, "ring", json_string(who.ring));
    json_object_set_new(body, "endpoint", json_string(who.endpoint));
    json_object_set_new(body, "test_endpoint", json_boolean(who.test_endpoint));
    json_object_set_new(body, "ring_floor", floor_value(&floor));
    json_object_set_new(body, "clock",
                        json_pack("{s:o, s:o}", "local", instant_value(clock->local_us), "floor",
                                  instant_value(clock->trusted_floor_us)));
    return 0;
}

static int send_judge(const struct import *import, const struct import_request *request,
                      const struct floor_clock *clock, struct import_verify *verify,
                      struct error *err)
{
    json_t *floors = json_object(), *installed = json_object();
    json_t *withdrawn = NULL, *quarantined = NULL, *bases = json_object(), *body = NULL;
    int result = list_floors(import->state, floors, err);

    if (result == 0)
        result = list_installed(import->state, installed, err);
    if (result == 0)
        result = import_base_list(import->state, bases, err);
    if (result == 0)
        result = state_id_list(import->state, "withdrawn", &withdrawn, err);
    if (result == 0)
        result = state_id_list(import->state, "quarantine", &quarantined, err);
    body = json_pack("{s:s, s:b, s:b, s:O, s:O, s:o, s:o?, s:o?, s:o}", "mode",
                     request->inspect ? "inspect" : "import", "tokens", request->tokens,
                     "confirm_time", request->confirm_time, "floors", floors, "installed",
                     installed, "only", only_value(request), "withdrawn", withdrawn, "quarantined",
                     quarantined, "bases", bases);
    if (result == 0)
        result = add_who(import, clock, body, err);
    if (result == 0)
        result = process_send_json(&verify->verify, VERIFY_JUDGE, body, NULL, 0, err);
    json_decref(body);
    json_decref(floors);
    json_decref(installed);
    return result;
}

/* What a medium may bring in one import is bounded as a whole. */
static int count_news(struct import_verify *verify, size_t size, struct error *err)
{
    verify->news_bytes += size;
    if (verify->news_bytes > NEWS_BYTES)
        return error_set(err, ERROR_LIMIT, "new root documents and CRLs are over %lu bytes",
                         NEWS_BYTES);
    return 0;
}

static int take_root(struct import_verify *verify, struct frame *frame, struct error *err)
{
    int result = count_news(verify, frame->body.size, err);

    if (result < 0)
        return result;
    if (verify->roots == NULL)
        verify->roots = bytes_allocate(LIMIT_ROOT_DOCUMENTS, sizeof(*verify->roots));
    if (verify->root_count == LIMIT_ROOT_DOCUMENTS)
        return error_set(err, ERROR_LIMIT, "more than ROOT_DOCUMENTS (%d)", LIMIT_ROOT_DOCUMENTS);
    verify->roots[verify->root_count++] = frame->body;
    bytes_init(&frame->body, 0); /* taken */
    return 0;
}

static int take_crl(struct import_verify *verify, struct frame *frame, struct error *err)
{
    struct bytes_view view = bytes_view(&frame->body);
    struct import_crl *crl;
    int result = count_news(verify, frame->body.size, err);

    if (result < 0)
        return result;
    if (verify->crl_count == LIMIT_CRLS)
        return error_set(err, ERROR_LIMIT, "more than CRLS (%d)", LIMIT_CRLS);
    crl = &verify->crls[verify->crl_count];
    if (bytes_get(&view, crl->issuer, DIGEST_BYTES) < 0 || bytes_get_u64(&view, &crl->number) < 0)
        return error_set(err, ERROR_PROTOCOL, "verify sent a CRL without issuer and number");
    verify->crl_count++;
    bytes_init(&crl->document, LIMIT_CRL_BYTES);
    return bytes_put(&crl->document, view.data, view.size, err);
}

static int take_recipe(struct import_verify *verify, struct frame *frame, struct error *err)
{
    struct bytes_view view = bytes_view(&frame->body);

    if (verify->recipe_count == LIMIT_SET_PACKAGES || frame->fd_count != 1 ||
        bytes_get(&view, verify->recipes[verify->recipe_count].id, DIGEST_BYTES) < 0 ||
        bytes_get(&view, verify->recipes[verify->recipe_count].digest, DIGEST_BYTES) < 0 ||
        bytes_get(&view, verify->recipes[verify->recipe_count].base, DIGEST_BYTES) < 0)
        return error_set(err, ERROR_PROTOCOL, "verify sent a recipe that does not fit");
    verify->recipes[verify->recipe_count++].fd = frame_take_fd(frame, 0);
    return 0;
}

static bool is_good_export(const json_t *document)
{
    const char *kind = json_string_value(json_object_get(document, "kind"));
    const char *code = json_string_value(json_object_get(document, "code"));

    return kind != NULL && code != NULL && strcmp(kind, "export") == 0 && strcmp(code, "ok") == 0;
}

static int take_document(const struct import *import, struct import_verify *verify,
                         const struct frame *frame, struct error *err)
{
    json_t *body;
    int result = frame_read_json(frame, VERIFY_DOCUMENT, &body, err);

    if (result == 0 && import->document != NULL)
        import->document(import->context, body);
    if (result == 0 && is_good_export(body)) {
        json_decref(verify->export_document);
        verify->export_document = json_incref(body);
    }
    json_decref(body);
    return result;
}

/* Each package to fetch gets its recipe; a fetch without one, or one left over, is no answer. */
static int hand_recipes(struct import_verify *verify, struct import_plan *plan, struct error *err)
{
    for (size_t i = 0; i < plan->package_count; i++) {
        struct import_package *package = &plan->packages[i];

        for (size_t j = 0; j < verify->recipe_count; j++) {
            if (package->answer == IMPORT_FETCH && verify->recipes[j].fd >= 0 &&
                memcmp(verify->recipes[j].id, package->package.id, DIGEST_BYTES) == 0) {
                package->recipe_fd = verify->recipes[j].fd;
                memcpy(package->recipe_digest, verify->recipes[j].digest, DIGEST_BYTES);
                memcpy(package->base, verify->recipes[j].base, DIGEST_BYTES);
                verify->recipes[j].fd = -1;
            }
        }
    }
    return 0;
}

/* Inspect fetches nothing and gets no recipes. */
static int check_recipes(const struct import_request *request, const struct import_plan *plan,
                         struct error *err)
{
    for (size_t i = 0; i < plan->package_count && !request->inspect; i++) {
        if (plan->packages[i].answer == IMPORT_FETCH && plan->packages[i].recipe_fd < 0)
            return error_set(err, ERROR_PROTOCOL, "%s: to be fetched, but without a recipe",
                             plan->packages[i].package.type);
    }
    return 0;
}

static int take_plan(const struct import_request *request, struct import_verify *verify,
                     const struct frame *frame, struct import_plan *plan, struct error *err)
{
    json_t *body;
    int result = frame_read_json(frame, VERIFY_PLAN, &body, err);

    if (result == 0)
        result = import_plan_read(body, plan, err);
    json_decref(body);
    if (result == 0)
        result = hand_recipes(verify, plan, err);
    return result < 0 ? result : check_recipes(request, plan, err);
}

/* {"code","words"} of an error or a result, as an error. */
static int take_words(const struct frame *frame, uint16_t type, struct error *said,
                      struct error *err)
{
    const char *code = "", *words = "", *id = "";
    uint64_t files;
    const struct json_field fields[] = {
        {"code", JSON_TEXT, JSON_REQUIRED, &code, 0, 64, NULL},
        {"files", JSON_COUNT, JSON_OPTIONAL, &files, 0, LIMIT_PACKAGE_FILES, NULL},
        {"id", JSON_TEXT, JSON_OPTIONAL, &id, 0, DIGEST_TEXT_BYTES, NULL},
        {"words", JSON_TEXT, JSON_REQUIRED, &words, 0, 8 * ERROR_WORDS_BYTES, NULL},
    };
    json_t *body;
    int result = frame_read_json(frame, type, &body, err);

    if (result == 0)
        result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (result == 0 && error_from_name(code, &said->code) < 0)
        result = error_set(err, ERROR_PROTOCOL, "verify answers with a code that does not exist");
    if (result == 0)
        snprintf(said->words, sizeof(said->words), "%s", words);
    json_decref(body);
    return result;
}

static int take_error(const struct frame *frame, struct error *err)
{
    struct error said;
    int result = take_words(frame, VERIFY_ERROR, &said, err);

    if (result < 0)
        return result;
    return error_set(err, said.code != ERROR_OK ? said.code : ERROR_PROTOCOL, "%s", said.words);
}

/* 1: that was the plan. */
static int take_message(const struct import *import, const struct import_request *request,
                        struct import_verify *verify, struct frame *frame, struct import_plan *plan,
                        struct error *err)
{
    switch (frame->type) {
    case VERIFY_DOCUMENT:
        return take_document(import, verify, frame, err);
    case VERIFY_NEW_ROOT:
        return take_root(verify, frame, err);
    case VERIFY_NEW_CRL:
        return take_crl(verify, frame, err);
    case VERIFY_RECIPE:
        return take_recipe(verify, frame, err);
    case VERIFY_PLAN: {
        int result = take_plan(request, verify, frame, plan, err);

        return result < 0 ? result : 1;
    }
    case VERIFY_ERROR:
        return take_error(frame, err);
    default:
        return error_set(err, ERROR_PROTOCOL, "verify sent message %u before its plan",
                         frame->type);
    }
}

int import_verify_judge(const struct import *import, const struct import_request *request,
                        const struct floor_clock *clock, struct import_verify *verify,
                        struct import_plan *plan, struct error *err)
{
    int deadline_ms = request->inspect ? INSPECT_MS : JUDGE_MS;
    int result = send_judge(import, request, clock, verify, err);

    *plan = (struct import_plan){.package_count = 0};
    while (result == 0) {
        struct frame frame;

        result = process_receive(&verify->verify, import->idle, LIMIT_MESSAGE_BYTES, deadline_ms,
                                 &frame, err);
        if (result < 0)
            break;
        process_relay(&verify->reader);
        result = take_message(import, request, verify, &frame, plan, err);
        frame_clear(&frame);
    }
    return result < 0 ? result : 0;
}

static int take_same(const struct frame *frame, struct import_package *package, struct error *err)
{
    uint8_t id[DIGEST_BYTES];
    uint64_t files = 0, bytes = 0;
    const struct json_field fields[] = {
        {"bytes", JSON_COUNT, JSON_REQUIRED, &bytes, 0, package->package.bytes, NULL},
        {"files", JSON_COUNT, JSON_REQUIRED, &files, 0, package->package.files, NULL},
        {"id", JSON_SHA384, JSON_REQUIRED, id, 0, 0, NULL},
    };
    json_t *body;
    int result = frame_read_json(frame, VERIFY_SAME, &body, err);

    if (result == 0)
        result = json_fields(body, fields, sizeof(fields) / sizeof(fields[0]), err);
    if (result == 0 && memcmp(id, package->package.id, DIGEST_BYTES) != 0)
        result = error_set(err, ERROR_PROTOCOL, "verify compares another package");
    if (result == 0) {
        package->same_bytes = bytes;
        package->same_files = files;
    }
    json_decref(body);
    return result;
}

int import_verify_compare(const struct import *import, struct import_verify *verify,
                          struct import_package *package, int base_recipe_fd, struct error *err)
{
    json_t *body = json_pack("{s:o}", "id", digest_value(package->package.id));
    struct frame frame;
    int result = process_send_json(&verify->verify, VERIFY_COMPARE, body, &base_recipe_fd, 1, err);

    json_decref(body);
    if (result == 0)
        result = process_receive(&verify->verify, import->idle, LIMIT_MESSAGE_BYTES, JUDGE_MS,
                                 &frame, err);
    if (result < 0)
        return result;
    result = frame.type == VERIFY_ERROR ? take_error(&frame, err) : take_same(&frame, package, err);
    frame_clear(&frame);
    return result;
}

/* Until verify has judged one package. */
static int await_verdict(const struct import *import, struct import_verify *verify,
                         struct import_want *from, struct error *verdict, struct error *err)
{
    bool done = false;
    int result = 0;

    while (result == 0 && !done) {
        struct frame frame;

        result = process_receive(&verify->verify, import->idle, LIMIT_MESSAGE_BYTES, STAGED_MS,
                                 &frame, err);
        if (result < 0)
            break;
        done = frame.type == VERIFY_RESULT;
        if (frame.type == VERIFY_WANT)
            result =
                import_want_answer(&verify->verify, &frame, VERIFY_WANT, VERIFY_FILES, from, err);
        else if (frame.type == VERIFY_ERROR)
            result = take_error(&frame, err);
        else
            result = take_words(&frame, VERIFY_RESULT, verdict, err);
        frame_clear(&frame);
    }
    return result;
}

int import_verify_staged(const struct import *import, struct import_verify *verify,
                         const struct import_package *package, int staging, const char *folder,
                         int base, bool *linked, struct error *verdict, struct error *err)
{
    struct import_want from = {.folder = staging,
                               .name = folder,
                               .base = base,
                               .linked = linked,
                               .most = package->package.files};
    json_t *body = json_pack("{s:o}", "id", digest_value(package->package.id));
    int result = process_send_json(&verify->verify, VERIFY_STAGED, body, NULL, 0, err);

    json_decref(body);
    return result < 0 ? result : await_verdict(import, verify, &from, verdict, err);
}

int import_verify_start_content(const struct import *import, struct import_verify *verify,
                                struct error *err)
{
    const char *user = process_user(import->config->verify_user, VERIFY);
    const int none = -1;

    return process_start(import->config, VERIFY, user, &none, 0, &verify->verify, err);
}

int import_verify_content(const struct import *import, struct import_verify *verify,
                          const uint8_t id[static DIGEST_BYTES],
                          const uint8_t digest[static DIGEST_BYTES], int recipe_fd, int folder,
                          json_t *names, struct error *verdict, struct error *err)
{
    struct import_want from = {
        .folder = folder, .name = ".", .base = -1, .most = LIMIT_PACKAGE_FILES, .left = names};
    json_t *body = json_pack("{s:o, s:o}", "id", digest_value(id), "digest", digest_value(digest));
    int result = process_send_json(&verify->verify, VERIFY_CONTENT, body, &recipe_fd, 1, err);

    json_decref(body);
    return result < 0 ? result : await_verdict(import, verify, &from, verdict, err);
}
