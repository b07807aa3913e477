/* SPDX-License-Identifier: ISC */
#include "tests/agent/run-verify.h"

#include "agent/control/verify-protocol.h"
#include "media/base/frame.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/document-json.h"

#define DEADLINE_MS 60000

static void start(const char *name, int socket, int extra, struct child *child)
{
    const char *folder = getenv("TOP_BUILDDIR");
    const char *const arguments[] = {name, NULL};
    struct error err = {0};
    char program[512];
    struct spawn spawn = {
        .program = program,
        .arguments = arguments,
        .fds = {socket, STDERR_FILENO, extra},
        .fd_count = 3,
    };

    snprintf(program, sizeof(program), "%s/agent/%s", folder != NULL ? folder : ".", name);
    assert_ok(spawn_start(&spawn, child, &err), &err);
}

static json_t *default_request(void)
{
    int64_t now_us = instant_clock();

    return json_pack("{s:s,s:s,s:b,s:b,s:b,s:{s:o,s:o},s:n,s:{},s:{},s:n,s:[],s:[]}", "mode",
                     "import", "ring", MEDIUM_RING, "test_endpoint", 0, "tokens", 0, "confirm_time",
                     0, "clock", "local", document_json_instant(now_us), "floor",
                     document_json_instant(0), "ring_floor", "floors", "installed", "only",
                     "withdrawn", "quarantined");
}

struct run_verify *run_verify_new(struct medium *medium)
{
    struct run_verify *run = bytes_allocate(1, sizeof(*run));
    int to_verify[2], to_reader[2];
    struct error err = {0};

    assert_ok(frame_pair(to_verify, &err), &err);
    assert_ok(frame_pair(to_reader, &err), &err);
    start("sallyport-reader-dir", to_reader[0], medium->fd, &run->reader);
    start("sallyport-verify", to_verify[0], to_reader[1], &run->verify);
    close(to_verify[0]);
    close(to_reader[0]);
    close(to_reader[1]);
    run->socket = to_verify[1];
    run->request = default_request();
    run->documents = json_array();
    return run;
}

void run_verify_free(struct run_verify *run)
{
    struct error err = {0};
    int status, killed;

    close(run->socket);
    assert_ok(spawn_finish(&run->verify, DEADLINE_MS, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_ok(spawn_finish(&run->reader, DEADLINE_MS, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    for (size_t i = 0; i < run->recipe_count; i++)
        close(run->recipe_fds[i]);
    json_decref(run->request);
    json_decref(run->documents);
    json_decref(run->plan);
    free(run);
}

void run_send(struct run_verify *run, uint16_t type, const void *body, size_t size)
{
    struct error err = {0};

    assert_ok(frame_send(run->socket, type, body, size, NULL, 0, DEADLINE_MS, &err), &err);
}

void run_root(struct run_verify *run, const struct bytes *document)
{
    run_send(run, VERIFY_ROOT, document->data, document->size);
}

static json_t *read_json(const struct frame *frame)
{
    struct error err = {0};
    json_t *body = NULL;

    assert_ok(json_read(frame->body.data, frame->body.size, &body, &err), &err);
    return body;
}

static void take_recipe(struct run_verify *run, struct frame *frame)
{
    assert_int_equal(frame->body.size, 3 * DIGEST_BYTES);
    assert_int_equal(frame->fd_count, 1);
    assert_true(run->recipe_count < RUN_RECIPES);
    memcpy(run->recipe_packages[run->recipe_count], frame->body.data, DIGEST_BYTES);
    memcpy(run->recipe_bases[run->recipe_count], frame->body.data + 2 * DIGEST_BYTES, DIGEST_BYTES);
    run->recipe_fds[run->recipe_count++] = frame_take_fd(frame, 0);
}

static void take(struct run_verify *run, struct frame *frame)
{
    const char *code;
    json_t *body;

    switch (frame->type) {
    case VERIFY_DOCUMENT:
        json_array_append_new(run->documents, read_json(frame));
        break;
    case VERIFY_NEW_ROOT:
        run->root_count++;
        break;
    case VERIFY_NEW_CRL:
        run->list_count++;
        break;
    case VERIFY_RECIPE:
        take_recipe(run, frame);
        break;
    case VERIFY_PLAN:
        run->plan = read_json(frame);
        break;
    case VERIFY_ERROR:
        body = read_json(frame);
        code = json_string_value(json_object_get(body, "code"));
        assert_int_equal(error_from_name(code, &run->ended), 0);
        json_decref(body);
        break;
    default:
        fail_msg("message %u", frame->type);
    }
}

void run_judge(struct run_verify *run)
{
    struct error err = {0};

    /* What came before may have ended it already: its answer lies in the socket. */
    if (frame_send_json(run->socket, VERIFY_JUDGE, run->request, NULL, 0, DEADLINE_MS, &err) < 0)
        assert_int_equal(err.code, ERROR_PEER_GONE);
    while (run->plan == NULL && run->ended == ERROR_OK) {
        struct frame frame;

        assert_ok(frame_receive(run->socket, LIMIT_MESSAGE_BYTES, DEADLINE_MS, &frame, &err), &err);
        take(run, &frame);
        frame_clear(&frame);
    }
}

void run_all(struct run_verify *run, struct medium *medium)
{
    run_root(run, &medium->root_p7m);
    run_judge(run);
}

void run_set_floor(struct run_verify *run, const char *type, int64_t time_us, uint64_t number,
                   const uint8_t *digest)
{
    json_t *floor = json_pack("{s:o,s:o,s:o}", "digest", document_json_digest(digest), "number",
                              document_json_count(number), "time", document_json_instant(time_us));

    if (type == NULL)
        json_object_set_new(run->request, "ring_floor", floor);
    else
        json_object_set_new(json_object_get(run->request, "floors"), type, floor);
}

const char *run_code(const struct run_verify *run)
{
    const char *code = json_string_value(json_object_get(run->plan, "code"));

    return code != NULL ? code : "";
}

static const json_t *find(const json_t *list, const char *member, const char *value)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *row = json_array_get(list, i);

        if (strcmp(json_string_value(json_object_get(row, member)), value) == 0)
            return row;
    }
    return NULL;
}

const json_t *run_package(const struct run_verify *run, const char *type)
{
    return find(json_object_get(run->plan, "packages"), "type", type);
}

const char *run_package_text(const struct run_verify *run, const char *type, const char *member)
{
    const char *text = json_string_value(json_object_get(run_package(run, type), member));

    return text != NULL ? text : "";
}

const json_t *run_document(const struct run_verify *run, const char *path)
{
    return find(run->documents, "path", path);
}

int run_setup(void **state)
{
    *state = medium_small();
    return 0;
}

int run_teardown(void **state)
{
    medium_free(*state);
    return 0;
}

void run_expect_of(struct run_verify *run, struct medium *medium, enum error_code code)
{
    run_all(run, medium);
    if (strcmp(run_code(run), error_name(code)) != 0)
        fail_msg("expected %s, got %s: %s", error_name(code), run_code(run),
                 json_string_value(json_object_get(run->plan, "words")));
    if (code != ERROR_OK) {
        assert_int_equal(json_array_size(json_object_get(run->plan, "packages")), 0);
        assert_int_equal(run->root_count + run->list_count + run->recipe_count, 0);
    }
    run_verify_free(run);
}

void run_expect(struct medium *medium, enum error_code code)
{
    run_expect_of(run_verify_new(medium), medium, code);
}

const char *run_package_code(struct medium *medium, const char *type, char out[static 64])
{
    struct run_verify *run = run_verify_new(medium);

    run_all(run, medium);
    snprintf(out, 64, "%s", run_package_text(run, type, "code"));
    run_verify_free(run);
    return out;
}

static enum error_code take_result(const struct frame *frame, uint64_t *files, char *words,
                                   size_t size)
{
    json_t *body = read_json(frame);
    enum error_code code;

    assert_int_equal(error_from_name(json_string_value(json_object_get(body, "code")), &code), 0);
    *files = (uint64_t)json_integer_value(json_object_get(body, "files"));
    if (words != NULL)
        snprintf(words, size, "%s", json_string_value(json_object_get(body, "words")));
    json_decref(body);
    return code;
}

static void answer_want(struct run_verify *run, const struct frame *frame, int folder_fd)
{
    json_t *body = read_json(frame);
    const json_t *names = json_object_get(body, "names");
    uint32_t first = (uint32_t)json_integer_value(json_object_get(body, "first"));
    size_t count = json_array_size(names);
    struct error err = {0};
    int fds[LIMIT_MESSAGE_FDS];
    uint8_t index[4] = {(uint8_t)first, (uint8_t)(first >> 8), (uint8_t)(first >> 16),
                        (uint8_t)(first >> 24)};

    assert_true(count >= 1 && count <= LIMIT_MESSAGE_FDS);
    for (size_t i = 0; i < count; i++)
        assert_ok(path_open(folder_fd, json_string_value(json_array_get(names, i)), O_RDONLY, 0,
                            &fds[i], &err),
                  &err);
    assert_ok(
        frame_send(run->socket, VERIFY_FILES, index, sizeof(index), fds, count, DEADLINE_MS, &err),
        &err);
    for (size_t i = 0; i < count; i++)
        close(fds[i]);
    json_decref(body);
}

enum error_code run_staged(struct run_verify *run, const uint8_t *id, int folder_fd,
                           uint64_t *files)
{
    char text[DIGEST_TEXT_BYTES];
    json_t *body = json_pack("{s:s}", "id", digest_text(id, text));
    enum error_code code = ERROR_INTERNAL;
    struct error err = {0};
    bool done = false;

    assert_ok(frame_send_json(run->socket, VERIFY_STAGED, body, NULL, 0, DEADLINE_MS, &err), &err);
    json_decref(body);
    while (!done) {
        struct frame frame;

        assert_ok(frame_receive(run->socket, LIMIT_MESSAGE_BYTES, DEADLINE_MS, &frame, &err), &err);
        done = frame.type == VERIFY_RESULT;
        if (done)
            code = take_result(&frame, files, NULL, 0);
        else if (frame.type == VERIFY_WANT)
            answer_want(run, &frame, folder_fd);
        else
            fail_msg("message %u", frame.type);
        frame_clear(&frame);
    }
    return code;
}

enum error_code run_selftest(struct run_verify *run, uint64_t *threads, char *words, size_t size)
{
    enum error_code code;
    struct error err = {0};
    struct frame frame;

    run_send(run, VERIFY_SELFTEST, "{}", 2);
    assert_ok(frame_receive(run->socket, LIMIT_MESSAGE_BYTES, DEADLINE_MS, &frame, &err), &err);
    assert_int_equal(frame.type, VERIFY_RESULT);
    code = take_result(&frame, threads, words, size);
    frame_clear(&frame);
    return code;
}
