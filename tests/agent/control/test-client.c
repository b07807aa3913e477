/* SPDX-License-Identifier: ISC */
#include "tests/fake-agent.h"
#include "tests/scratch.h"
#include "tests/test.h"

#include <sys/stat.h>

#include "agent/control/client.h"
#include "media/base/json.h"

#define AGENT "org.sallyport.Agent."

static const struct fake_reply replies[] = {
    FAKE_REPLY(AGENT "Status", "{\"parameters\":{\"schema\":\"sallyport.status/1\"}}"),
    FAKE_REPLY(AGENT "Contents", "{}"),
    FAKE_REPLY(AGENT "Import",
               "{\"continues\":true,\"parameters\":{\"step\":{\"name\":\"verify\"}}}\0"
               "{\"continues\":true,\"parameters\":{\"step\":{\"name\":\"stage\"}}}\0"
               "{\"parameters\":{\"result\":\"active\"}}"),
    FAKE_REPLY(AGENT "Inspect", "{\"error\":\"org.sallyport.Agent.Refused\",\"parameters\":"
                                "{\"code\":\"rollback\",\"message\":\"sequence 3 < 7\"}}"),
    FAKE_REPLY(AGENT "Flag", "{\"error\":\"org.varlink.service.PermissionDenied\"}"),
    FAKE_REPLY(AGENT "Audit", "{\"error\":\"org.varlink.service.InvalidParameter\",\"parameters\":"
                              "{\"parameter\":\"limit\"}}"),
    FAKE_REPLY(AGENT "Garbage", "}{"),
    FAKE_REPLY(AGENT "Strange", "{\"error\":\"org.example.Else\"}"),
    FAKE_REPLY(AGENT "Newer", "{\"error\":\"org.sallyport.Agent.Refused\",\"parameters\":"
                              "{\"code\":\"not-yet-known\",\"message\":\"why\"}}"),
    FAKE_REPLY(AGENT "Formless", "{\"error\":\"org.sallyport.Agent.Refused\"}"),
};

struct scene {
    void *scratch;
    struct fake_agent agent;
    struct client *client;
};

static int setup(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct error err = {0};

    *state = scene;
    if (scratch_open(&scene->scratch) < 0 ||
        fake_agent_start(&scene->agent, ((struct scratch *)scene->scratch)->path, replies,
                         sizeof(replies) / sizeof(replies[0])) < 0)
        return -1;
    return client_open(scene->agent.path, &scene->client, &err);
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    client_close(scene->client);
    fake_agent_stop(&scene->agent);
    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

static void a_call_is_answered(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL;
    struct error err = {0};
    char call[200];

    assert_ok(client_call(scene->client, "Status", NULL, NULL, NULL, &reply, &err), &err);
    assert_string_equal(json_string_value(json_object_get(reply, "schema")), "sallyport.status/1");
    json_decref(reply);
    assert_int_equal(fake_agent_call(&scene->agent, call, sizeof(call)), 0);
    assert_string_equal(call, "{\"method\":\"org.sallyport.Agent.Status\"}");
    assert_ok(client_call(scene->client, "Contents", NULL, NULL, NULL, &reply, &err), &err);
    assert_int_equal(json_object_size(reply), 0);
    json_decref(reply);
}

static int count_steps(void *context, const json_t *parameters, struct error *err)
{
    assert_true(json_is_object(json_object_get(parameters, "step")));
    ++*(int *)context;
    return 0;
}

static int give_up(void *context, const json_t *parameters, struct error *err)
{
    return error_set(err, ERROR_IO, "no paper");
}

static void a_stream_ends_with_its_result(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL;
    struct error err = {0};
    int steps = 0;

    assert_ok(client_call(scene->client, "Import", NULL, count_steps, &steps, &reply, &err), &err);
    assert_int_equal(steps, 2);
    assert_string_equal(json_string_value(json_object_get(reply, "result")), "active");
    json_decref(reply);
    assert_refused(client_call(scene->client, "Import", NULL, give_up, NULL, &reply, &err), &err,
                   ERROR_IO);
}

static void a_stream_that_nobody_asked_for_is_refused(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL;
    struct error err = {0};

    assert_refused(client_call(scene->client, "Import", NULL, NULL, NULL, &reply, &err), &err,
                   ERROR_PROTOCOL);
    assert_null(reply);
}

static void errors_become_codes(void **state)
{
    static const struct {
        const char *method;
        enum error_code code;
        const char *words;
    } rows[] = {
        {"Inspect", ERROR_ROLLBACK, "sequence 3 < 7"},
        {"Flag", ERROR_DENIED, "allow"},
        {"Audit", ERROR_USAGE, "limit"},
        {"Strange", ERROR_PROTOCOL, "Else"},
        {"Newer", ERROR_INTERNAL, "not-yet-known"},
        {"Formless", ERROR_PROTOCOL, "form"},
        {"Garbage", ERROR_PROTOCOL, ""},
    };
    struct scene *scene = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        json_t *reply = NULL;
        struct error err = {0};

        assert_refused(client_call(scene->client, rows[i].method, NULL, NULL, NULL, &reply, &err),
                       &err, rows[i].code);
        assert_null(reply);
        assert_non_null(strstr(err.words, rows[i].words));
    }
}

static void an_agent_that_closes_is_gone(void **state)
{
    struct scene *scene = *state;
    json_t *reply = NULL;
    struct error err = {0};

    assert_refused(client_call(scene->client, "Absent", NULL, NULL, NULL, &reply, &err), &err,
                   ERROR_PEER_GONE);
}

static void no_socket_is_no_agent(void **state)
{
    struct scene *scene = *state;
    struct client *client;
    struct error err = {0};
    char path[400];

    snprintf(path, sizeof(path), "%s/absent", ((struct scratch *)scene->scratch)->path);
    assert_refused(client_open(path, &client, &err), &err, ERROR_NO_AGENT);
    assert_non_null(strstr(err.words, "sallyport-agent run"));
    assert_null(client);
    memset(path, 'x', 200);
    path[200] = '\0';
    assert_refused(client_open(path, &client, &err), &err, ERROR_USAGE);
    assert_refused(client_open("", &client, &err), &err, ERROR_USAGE);
}

#define SCENE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_call_is_answered),
        SCENE(a_stream_ends_with_its_result),
        SCENE(a_stream_that_nobody_asked_for_is_refused),
        SCENE(errors_become_codes),
        SCENE(an_agent_that_closes_is_gone),
        SCENE(no_socket_is_no_agent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
