/* SPDX-License-Identifier: ISC
 *
 * The real loop and the real front, with jobs that this test plays; calls through the real client.
 */
#include "tests/scratch.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "agent/audit.h"
#include "agent/control/client.h"
#include "agent/monitor.h"

struct stage {
    void *scratch;
    char socket[300];
    pid_t monitor;
};

static struct stage stage;

/* The jobs: an import from "/ok" tells two steps, waits for a byte in a pipe while serving its
 * idle, and is done; any other is refused. */
static int gate[2];

static int play_import(void *context, struct monitor_job *job, monitor_tell tell,
                       void *tell_context, json_t **reply, struct error *err)
{
    json_t *step = json_pack("{s:{s:s, s:s}}", "step", "name", "verify", "words", job->caller);
    struct pollfd polled[2] = {{.fd = gate[0], .events = POLLIN},
                               {.fd = job->idle->fd, .events = POLLIN}};

    *reply = NULL;
    if (strcmp(job->request->source, "/large") == 0) {
        char *words = bytes_allocate(1, LIMIT_MESSAGE_BYTES + 1);

        json_decref(step);
        memset(words, 'x', LIMIT_MESSAGE_BYTES);
        *reply = json_pack("{s:s}", "result", words);
        free(words);
        return 0;
    }
    if (strcmp(job->request->source, "/ok") != 0) {
        json_decref(step);
        return error_set(err, ERROR_ROLLBACK, "older than \xff what is here");
    }
    tell(tell_context, step);
    json_decref(step);
    while ((polled[0].revents & POLLIN) == 0) {
        if (poll(polled, 2, 20000) <= 0)
            return error_set(err, ERROR_TIMEOUT, "nobody opened the gate");
        if (polled[1].revents != 0)
            job->idle->turn(job->idle->context);
    }
    *reply = json_pack("{s:s, s:b}", "result", "active", "abandoned", *job->abandoned);
    return 0;
}

static int play_activate(void *context, struct monitor_job *job, json_t **reply, struct error *err)
{
    *reply = NULL;
    if (strcmp(job->request->name, "null") != 0)
        return error_set(err, ERROR_BLOCKED, "policy");
    *reply = json_pack("{s:s, s:s}", "type", job->request->name, "who", job->caller);
    return 0;
}

static int play_flag(void *context, const char *name, json_t **reply, struct error *err)
{
    *reply = json_pack("{s:s, s:b, s:s}", "name", name, "value", 1, "origin", "test");
    return 0;
}

static size_t watch_nothing(void *context, int *fds, size_t limit)
{
    return 0;
}

static int check_nothing(void *context, struct monitor_job *job, struct error *err)
{
    return 0;
}

static void mend_nothing(void *context, struct monitor_job *job)
{
}

static int reload_nothing(void *context, struct error *err)
{
    return 0;
}

static int turn_nothing(void *context, int *next_ms, struct error *err)
{
    *next_ms = -1;
    return 0;
}

static int run_monitor(const char *folder)
{
    struct monitor_options options = {.jobs = {.import = play_import,
                                               .inspect = play_import,
                                               .repair = play_import,
                                               .check = check_nothing,
                                               .mend = mend_nothing,
                                               .reload = reload_nothing,
                                               .activate = play_activate,
                                               .flag = play_flag,
                                               .watch = watch_nothing,
                                               .turn = turn_nothing}};
    char file[400], text[1200], state_folder[400];
    const struct error old = {.code = ERROR_ROLLBACK, .words = "older"};
    struct config config;
    struct error err = {0};
    FILE *out;
    int result;

    snprintf(file, sizeof(file), "%s/agent.conf", folder);
    snprintf(state_folder, sizeof(state_folder), "%s/state", folder);
    snprintf(text, sizeof(text), "[agent]\nsocket = %s\nlibexec = %s/agent\n", stage.socket,
             getenv("TOP_BUILDDIR"));
    out = fopen(file, "w");
    if (out == NULL || fputs(text, out) < 0 || fclose(out) != 0)
        return 1;
    if (config_read(file, true, &config, &err) < 0 ||
        state_open(state_folder, "test", &options.state, &err) < 0 ||
        audit_refuse(options.state, "test", 0, "/old", "set", "", &old, &err) < 0) {
        fprintf(stderr, "%s\n", err.words);
        return 1;
    }
    options.config = &config;
    result = monitor_run(&options, &err);
    if (result < 0)
        fprintf(stderr, "monitor: %s\n", err.words);
    state_close(options.state);
    config_clear(&config);
    return result < 0 ? 1 : 0;
}

/* The front is there when the socket answers. */
static struct client *connect_client(void)
{
    for (int i = 0; i < 2000; i++) {
        struct client *client;
        struct error err = {0};

        if (client_open(stage.socket, &client, &err) == 0)
            return client;
        poll(NULL, 0, 10);
    }
    fail_msg("the monitor did not come up");
    return NULL;
}

static int start(void **state)
{
    const char *folder;

    if (scratch_open(&stage.scratch) < 0 || pipe(gate) < 0)
        return -1;
    folder = ((struct scratch *)stage.scratch)->path;
    snprintf(stage.socket, sizeof(stage.socket), "%s/socket", folder);
    stage.monitor = fork();
    if (stage.monitor == 0)
        _exit(run_monitor(folder));
    return stage.monitor < 0 ? -1 : 0;
}

static int stop(void **state)
{
    int status = 0;

    kill(stage.monitor, SIGTERM);
    waitpid(stage.monitor, &status, 0);
    close(gate[0]);
    close(gate[1]);
    if (access(stage.socket, F_OK) == 0 || status != 0) {
        print_error("ended with %d, socket left: %d\n", status, access(stage.socket, F_OK) == 0);
        return -1;
    }
    return scratch_close(&stage.scratch);
}

static json_t *call(struct client *client, const char *method, json_t *parameters)
{
    struct error err = {0};
    json_t *reply = NULL;

    assert_ok(client_call(client, method, parameters, NULL, NULL, &reply, &err), &err);
    json_decref(parameters);
    return reply;
}

static void questions_are_answered(void **state)
{
    static const struct {
        const char *method, *key;
    } rows[] = {
        {"Status", "enrolled"}, {"Contents", "contents"}, {"Floors", "rings"},
        {"Audit", "records"},   {"AuditVerify", "ok"},    {"Config", "values"},
        {"Refusals", "open"},   {"Media", "sources"},     {"Outgoing", "items"},
        {"Engines", "engines"},
    };
    struct client *client = connect_client();
    json_t *reply;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        reply = call(client, rows[i].method, json_object());
        if (json_object_get(reply, rows[i].key) == NULL)
            fail_msg("%s: no %s", rows[i].method, rows[i].key);
        json_decref(reply);
    }
    reply = call(client, "Flag", json_pack("{s:s}", "name", "ips"));
    assert_true(json_is_true(json_object_get(reply, "value")));
    json_decref(reply);
    reply =
        call(client, "Report",
             json_pack("{s:s, s:s}", "from", "2026-01-01T00:00:00Z", "to", "2027-01-01T00:00:00Z"));
    assert_string_equal(json_string_value(json_object_get(reply, "schema")), "sallyport.report/1");
    json_decref(reply);
    client_close(client);
}

static void activate_is_a_job_of_whoever_asked(void **state)
{
    struct client *client = connect_client();
    json_t *parameters = json_pack("{s:s}", "type", "esh"), *reply = NULL;
    struct error err = {0};
    char who[32];

    assert_refused(client_call(client, "Activate", parameters, NULL, NULL, &reply, &err), &err,
                   ERROR_BLOCKED);
    json_decref(parameters);
    reply = call(client, "Activate", json_pack("{s:s}", "type", "null"));
    snprintf(who, sizeof(who), "uid %u", (unsigned)getuid());
    assert_string_equal(json_string_value(json_object_get(reply, "type")), "null");
    assert_string_equal(json_string_value(json_object_get(reply, "who")), who);
    json_decref(reply);
    client_close(client);
}

static int note_step(void *context, const json_t *parameters, struct error *err)
{
    const char *who =
        json_string_value(json_object_get(json_object_get(parameters, "step"), "words"));
    char expected[32];

    snprintf(expected, sizeof(expected), "uid %u", (unsigned)getuid());
    assert_string_equal(who, expected);
    *(int *)context += 1;
    /* While the import waits: another client asks, and a second job is refused. */
    {
        struct client *other = connect_client();
        struct error trouble = {0};
        json_t *reply = NULL, *parameters2 = json_pack("{s:s}", "source", "/ok");

        json_decref(call(other, "Status", json_object()));
        assert_refused(client_call(other, "Import", parameters2, NULL, NULL, &reply, &trouble),
                       &trouble, ERROR_LOCKED);
        json_decref(parameters2);
        client_close(other);
    }
    assert_int_equal(write(gate[1], "x", 1), 1);
    return 0;
}

static void status_is_answered_during_an_import_and_a_second_job_is_not(void **state)
{
    struct client *client = connect_client();
    json_t *parameters = json_pack("{s:s}", "source", "/ok"), *reply = NULL;
    struct error err = {0};
    int steps = 0;

    assert_ok(client_call(client, "Import", parameters, note_step, &steps, &reply, &err), &err);
    assert_int_equal(steps, 1);
    assert_string_equal(json_string_value(json_object_get(reply, "result")), "active");
    json_decref(parameters);
    json_decref(reply);
    client_close(client);
    shows_case("H9");
}

static void a_refused_job_is_an_error_with_its_code(void **state)
{
    struct client *client = connect_client();
    json_t *parameters = json_pack("{s:s}", "source", "/old"), *reply = NULL;
    struct error err = {0};

    assert_refused(client_call(client, "Import", parameters, NULL, NULL, &reply, &err), &err,
                   ERROR_ROLLBACK);
    json_decref(parameters);
    json_decref(call(client, "Status", json_object()));
    client_close(client);
}

static void an_answer_over_the_limit_is_an_error_and_no_silence(void **state)
{
    struct client *client = connect_client();
    json_t *parameters = json_pack("{s:s}", "source", "/large"), *reply = NULL;
    struct error err = {0};

    assert_refused(client_call(client, "Import", parameters, NULL, NULL, &reply, &err), &err,
                   ERROR_LIMIT);
    json_decref(parameters);
    json_decref(call(client, "Status", json_object()));
    client_close(client);
}

/* Whoever follows gets the records that are there, then those that others make. */
static int note_record(void *context, const json_t *parameters, struct error *err)
{
    json_int_t number =
        json_integer_value(json_object_get(json_object_get(parameters, "record"), "number"));
    int *seen = context;

    assert_int_equal(number, *seen + 1);
    *seen = (int)number;
    if (*seen == 1) {
        struct client *other = connect_client();

        json_decref(call(other, "Acknowledge", json_pack("{s:i}", "up_to", 1)));
        client_close(other);
    }
    /* Enough: a callback's error ends the call. */
    return *seen == 2 ? error_set(err, ERROR_TIMEOUT, "seen") : 0;
}

static void events_follow_the_audit_chain(void **state)
{
    struct client *client = connect_client();
    struct error err = {0};
    json_t *parameters = json_object(), *reply = NULL;
    int seen = 0;

    assert_refused(client_call(client, "Events", parameters, note_record, &seen, &reply, &err),
                   &err, ERROR_TIMEOUT);
    assert_int_equal(seen, 2);
    json_decref(parameters);
    client_close(client);
    /* A stream without "more" is no stream. */
    client = connect_client();
    parameters = json_object();
    assert_true(client_call(client, "Events", parameters, NULL, NULL, &reply, &err) < 0);
    json_decref(parameters);
    client_close(client);
}

/* The front's pid: the monitor's only child. */
static pid_t front_pid(void)
{
    char path[64], text[64] = "";
    FILE *in;

    snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)stage.monitor,
             (int)stage.monitor);
    in = fopen(path, "r");
    if (in == NULL)
        return 0;
    if (fgets(text, sizeof(text), in) == NULL)
        text[0] = '\0';
    fclose(in);
    return (pid_t)strtol(text, NULL, 10);
}

static void a_front_that_is_killed_comes_back(void **state)
{
    struct client *client = connect_client();
    pid_t before;

    json_decref(call(client, "Status", json_object()));
    before = front_pid();
    if (before == 0)
        skip(); /* this kernel does not list children */
    kill(before, SIGKILL);
    client_close(client);
    while (front_pid() == before || front_pid() == 0)
        poll(NULL, 0, 10);
    client = connect_client();
    json_decref(call(client, "Status", json_object()));
    client_close(client);
}

/* The agent outlives it: stop() wants it to end when it is told to, not before. */
static void a_front_that_is_killed_again_and_again_does_not_end_the_agent(void **state)
{
    struct client *client = connect_client();

    json_decref(call(client, "Status", json_object()));
    client_close(client);
    if (front_pid() == 0)
        skip(); /* this kernel does not list children */
    for (int i = 0; i < 6; i++) {
        pid_t before = 0;

        while ((before = front_pid()) == 0) {
            int status;

            if (waitpid(stage.monitor, &status, WNOHANG) != 0)
                fail_msg("the agent ended");
            poll(NULL, 0, 10);
        }
        kill(before, SIGKILL);
        while (front_pid() == before)
            poll(NULL, 0, 10);
    }
    /* The next one waits, and so can we: an agent that ends does it now. */
    poll(NULL, 0, 200);
    assert_int_equal(front_pid(), 0);
    assert_int_equal(waitpid(stage.monitor, NULL, WNOHANG), 0);
}

/* Whatever lies in the socket's place and is none is somebody's: refused, and still there. */
static void a_file_in_the_place_of_the_socket_is_left_alone(void **state)
{
    const char *folder;
    int status = 0, fd;
    pid_t monitor;

    assert_int_equal(scratch_open(&stage.scratch), 0);
    folder = ((struct scratch *)stage.scratch)->path;
    snprintf(stage.socket, sizeof(stage.socket), "%s/precious", folder);
    fd = open(stage.socket, O_WRONLY | O_CREAT | O_EXCL, 0600);
    assert_true(fd >= 0 && close(fd) == 0);
    monitor = fork();
    if (monitor == 0)
        _exit(run_monitor(folder));
    assert_int_equal(waitpid(monitor, &status, 0), monitor);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_int_equal(access(stage.socket, F_OK), 0);
    assert_int_equal(scratch_close(&stage.scratch), 0);
}

/* An agent with a state of its own and our socket would leave us without one. */
static void a_socket_where_another_agent_answers_is_left_alone(void **state)
{
    struct client *client = connect_client();
    struct scratch *other = NULL;
    int status = 0;
    pid_t monitor;

    assert_int_equal(scratch_open((void **)&other), 0);
    monitor = fork();
    if (monitor == 0)
        _exit(run_monitor(other->path));
    assert_int_equal(waitpid(monitor, &status, 0), monitor);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
    assert_int_equal(scratch_close((void **)&other), 0);
    json_decref(call(client, "Status", json_object()));
    client_close(client);
    client = connect_client();
    json_decref(call(client, "Status", json_object()));
    client_close(client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(questions_are_answered, start, stop),
        cmocka_unit_test_setup_teardown(activate_is_a_job_of_whoever_asked, start, stop),
        cmocka_unit_test_setup_teardown(status_is_answered_during_an_import_and_a_second_job_is_not,
                                        start, stop),
        cmocka_unit_test_setup_teardown(a_refused_job_is_an_error_with_its_code, start, stop),
        cmocka_unit_test_setup_teardown(an_answer_over_the_limit_is_an_error_and_no_silence, start,
                                        stop),
        cmocka_unit_test_setup_teardown(events_follow_the_audit_chain, start, stop),
        cmocka_unit_test_setup_teardown(a_front_that_is_killed_comes_back, start, stop),
        cmocka_unit_test_setup_teardown(
            a_front_that_is_killed_again_and_again_does_not_end_the_agent, start, stop),
        cmocka_unit_test_setup_teardown(a_socket_where_another_agent_answers_is_left_alone, start,
                                        stop),
        cmocka_unit_test(a_file_in_the_place_of_the_socket_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
