/* SPDX-License-Identifier: ISC
 *
 * What the console asked the agent to do: its steps as they come, its end, and its refusal.
 */
#include "tests/fake-agent.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <jansson.h>
#include <string.h>

#include "tui/job.h"

#define AGENT "org.sallyport.Agent."
#define STEP(name, done)                                                                           \
    "{\"continues\":true,\"parameters\":{\"step\":{\"name\":\"" name                               \
    "\",\"words\":\"\",\"done\":" #done ",\"total\":9}}}\0"

struct scene {
    struct scratch *scratch;
    struct fake_agent agent;
    struct job job;
    json_t *reply;
    struct error refused;
};

static int open_scene(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));

    *state = scene;
    job_init(&scene->job);
    return scratch_open((void **)&scene->scratch);
}

static int close_scene(void **state)
{
    struct scene *scene = *state;

    job_close(&scene->job);
    json_decref(scene->reply);
    fake_agent_stop(&scene->agent);
    scratch_close((void **)&scene->scratch);
    free(scene);
    return 0;
}

/* Starts it and serves it to its end. */
static void run(struct scene *scene, enum job_kind kind, struct fake_reply reply)
{
    struct error err = {0};
    enum job_event event = JOB_QUIET;

    assert_int_equal(fake_agent_start(&scene->agent, scene->scratch->path, &reply, 1), 0);
    assert_ok(job_start(&scene->job, kind, scene->agent.path, NULL, &err), &err);
    assert_int_equal(scene->job.kind, kind);
    while (event != JOB_ENDED) {
        struct pollfd entry = job_poll(&scene->job);

        assert_true(poll(&entry, 1, 5000) > 0);
        event = job_serve(&scene->job, entry.revents, &scene->reply, &scene->refused);
    }
    assert_int_equal(scene->job.kind, JOB_NONE);
}

static const char *text_of(const struct scene *scene, size_t step, const char *key)
{
    return json_string_value(json_object_get(json_array_get(scene->job.steps, step), key));
}

/* A step that goes on is one row, with the time when it began. */
static void steps_come_once_each(void **state)
{
    static const char data[] = STEP("verify", 0) STEP("fetch", 1) STEP("fetch", 9)
        STEP("activate", 0) "{\"parameters\":{\"result\":\"active\"}}";
    struct scene *scene = *state;

    run(scene, JOB_IMPORT, (struct fake_reply){AGENT "Import", data, sizeof(data)});
    assert_int_equal(json_array_size(scene->job.steps), 3);
    assert_string_equal(text_of(scene, 1, "name"), "fetch");
    assert_int_equal(
        json_integer_value(json_object_get(json_array_get(scene->job.steps, 1), "done")), 9);
    assert_non_null(text_of(scene, 1, "began"));
    assert_string_equal(json_string_value(json_object_get(scene->reply, "result")), "active");
}

static void documents_are_kept_in_order(void **state)
{
    static const char data[] =
        "{\"continues\":true,\"parameters\":{\"document\":{\"path\":\"a\"}}}\0"
        "{\"continues\":true,\"parameters\":{\"document\":{\"path\":\"b\"}}}\0"
        "{\"parameters\":{\"code\":\"ok\"}}";
    struct scene *scene = *state;

    run(scene, JOB_INSPECT, (struct fake_reply){AGENT "Inspect", data, sizeof(data)});
    assert_int_equal(json_array_size(scene->job.documents), 2);
    assert_non_null(scene->reply);
}

static void a_refusal_has_its_code(void **state)
{
    struct scene *scene = *state;

    run(scene, JOB_PLAN,
        (struct fake_reply)FAKE_REPLY(AGENT "Import",
                                      "{\"error\":\"" AGENT "Refused\",\"parameters\":{\"code\":"
                                      "\"rollback\",\"message\":\"set 1 is older\"}}"));
    assert_null(scene->reply);
    assert_int_equal(scene->refused.code, ERROR_ROLLBACK);
    assert_string_equal(scene->refused.words, "set 1 is older");
}

static void an_agent_that_goes_ends_it(void **state)
{
    struct scene *scene = *state;

    run(scene, JOB_IMPORT, (struct fake_reply)FAKE_REPLY(AGENT "Other", "{}"));
    assert_null(scene->reply);
    assert_int_equal(scene->refused.code, ERROR_PEER_GONE);
}

static void an_answer_without_words_is_one(void **state)
{
    struct scene *scene = *state;

    run(scene, JOB_VERIFY, (struct fake_reply)FAKE_REPLY(AGENT "AuditVerify", "{}"));
    assert_true(json_is_object(scene->reply));
}

static void without_an_agent_it_does_not_start(void **state)
{
    struct scene *scene = *state;
    struct error err = {0};
    char path[300];

    snprintf(path, sizeof(path), "%s/agent.sock", scene->scratch->path);
    assert_int_equal(job_start(&scene->job, JOB_VERIFY, path, NULL, &err), -ERROR_NO_AGENT);
    assert_int_equal(scene->job.kind, JOB_NONE);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(steps_come_once_each),           SCENE(documents_are_kept_in_order),
        SCENE(a_refusal_has_its_code),         SCENE(an_agent_that_goes_ends_it),
        SCENE(an_answer_without_words_is_one), SCENE(without_an_agent_it_does_not_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
