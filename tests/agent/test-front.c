/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-front, with this test as its monitor and as its clients.
 */
#include "tests/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/front-protocol.h"
#include "media/base/frame.h"
#include "media/base/spawn.h"

#define DEADLINE_MS 20000

struct stage {
    char folder[64], path[108];
    int listener;
    struct child front;
};

static void address_of(const struct stage *stage, struct sockaddr_un *address)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    memcpy(address->sun_path, stage->path, strlen(stage->path));
}

static int start(void **state)
{
    static struct stage stage;
    const char *const arguments[] = {"sallyport-front", NULL};
    char program[512];
    struct sockaddr_un address;
    struct spawn spawn = {.program = program, .arguments = arguments, .fd_count = 1};
    struct error err = {0};

    snprintf(program, sizeof(program), "%s/agent/sallyport-front", getenv("TOP_BUILDDIR"));
    snprintf(stage.folder, sizeof(stage.folder), "/tmp/test-front-XXXXXX");
    if (mkdtemp(stage.folder) == NULL)
        return -1;
    snprintf(stage.path, sizeof(stage.path), "%s/socket", stage.folder);
    address_of(&stage, &address);
    stage.listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(stage.listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(stage.listener, 128) < 0)
        return -1;
    spawn.fds[0] = stage.listener;
    if (spawn_with_socket(&spawn, &stage.front, &err) < 0) {
        print_error("%s\n", err.words);
        return -1;
    }
    *state = &stage;
    return 0;
}

static int stop(void **state)
{
    struct stage *stage = *state;

    spawn_kill(&stage->front);
    close(stage->listener);
    unlink(stage->path);
    rmdir(stage->folder);
    return 0;
}

static int connect_client(const struct stage *stage)
{
    struct sockaddr_un address;
    int client = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    address_of(stage, &address);
    assert_int_equal(connect(client, (struct sockaddr *)&address, sizeof(address)), 0);
    return client;
}

/* With its NUL. */
static void say(int client, const char *message)
{
    assert_int_equal(send(client, message, strlen(message) + 1, MSG_NOSIGNAL), strlen(message) + 1);
}

/* One message without its NUL; "" when the front closed the connection. */
static void hear(int client, char *out, size_t size)
{
    size_t length = 0;

    for (;;) {
        struct pollfd polled = {.fd = client, .events = POLLIN};
        char byte;
        ssize_t got;

        assert_int_equal(poll(&polled, 1, DEADLINE_MS), 1);
        got = recv(client, &byte, 1, 0);
        if (got <= 0 || byte == '\0')
            break;
        assert_true(length + 1 < size);
        out[length++] = byte;
    }
    out[length] = '\0';
}

static void monitor_hears(struct stage *stage, uint16_t type, struct frame *frame)
{
    struct error err = {0};

    assert_ok(frame_receive(stage->front.socket, LIMIT_MESSAGE_BYTES, DEADLINE_MS, frame, &err),
              &err);
    assert_int_equal(frame->type, type);
}

/* Takes the message type and answers the client's number. */
static uint32_t monitor_hears_client(struct stage *stage, uint16_t type)
{
    struct bytes_view body;
    struct frame frame;
    uint32_t id;

    monitor_hears(stage, type, &frame);
    body = bytes_view(&frame.body);
    assert_int_equal(bytes_get_u32(&body, &id), 0);
    assert_int_equal(frame.fd_count, type == FRONT_CLIENT ? 1 : 0);
    if (type == FRONT_CLIENT) {
        struct front_peer peer;
        struct error err = {0};

        assert_ok(front_peer_read(frame.fds[0], stage->path, NULL, NULL, &peer, &err), &err);
        assert_int_equal(peer.pid, getpid());
    }
    frame_clear(&frame);
    return id;
}

static void monitor_says(struct stage *stage, uint32_t client, enum front_reply kind,
                         const char *json)
{
    struct error err = {0};
    struct bytes body;

    bytes_init(&body, 4096);
    assert_ok(bytes_put_u32(&body, client, &err), &err);
    assert_ok(bytes_put_u8(&body, (uint8_t)kind, &err), &err);
    assert_ok(bytes_put(&body, json, strlen(json), &err), &err);
    assert_ok(frame_send(stage->front.socket, FRONT_REPLY, body.data, body.size, NULL, 0,
                         DEADLINE_MS, &err),
              &err);
    bytes_clear(&body);
}

static void a_call_is_forwarded_and_its_stream_comes_back(void **state)
{
    struct stage *stage = *state;
    struct front_request request;
    struct error err = {0};
    struct frame frame;
    char heard[4096];
    uint32_t id;
    int client = connect_client(stage);

    say(client, "{\"method\":\"org.sallyport.Agent.Import\",\"more\":true,\"parameters\":"
                "{\"source\":\"/media/stick\",\"dry_run\":true,\"only\":[\"null\"]}}");
    id = monitor_hears_client(stage, FRONT_CLIENT);
    monitor_hears(stage, FRONT_REQUEST, &frame);
    assert_ok(front_request_read(bytes_view(&frame.body), &request, &err), &err);
    frame_clear(&frame);
    assert_int_equal(request.client, id);
    assert_int_equal(request.method, PROTOCOL_IMPORT);
    assert_true(request.more && request.dry_run);
    assert_string_equal(request.source, "/media/stick");
    assert_int_equal(request.only_count, 1);
    assert_string_equal(request.only[0], "null");
    monitor_says(stage, id, FRONT_REPLY_MORE, "{\"step\":1}");
    monitor_says(stage, id, FRONT_REPLY_LAST, "{\"import\":2}");
    hear(client, heard, sizeof(heard));
    assert_string_equal(heard, "{\"continues\":true,\"parameters\":{\"step\":1}}");
    hear(client, heard, sizeof(heard));
    assert_string_equal(heard, "{\"parameters\":{\"import\":2}}");
    close(client);
    assert_int_equal(monitor_hears_client(stage, FRONT_GONE), id);
}

static void a_refusal_is_a_varlink_error(void **state)
{
    struct stage *stage = *state;
    struct frame frame;
    char heard[4096];
    uint32_t id;
    int client = connect_client(stage);

    say(client, "{\"method\":\"org.sallyport.Agent.Status\"}");
    id = monitor_hears_client(stage, FRONT_CLIENT);
    monitor_hears(stage, FRONT_REQUEST, &frame);
    frame_clear(&frame);
    monitor_says(stage, id, FRONT_REPLY_ERROR, "{\"code\":\"denied\"}");
    hear(client, heard, sizeof(heard));
    assert_string_equal(
        heard, "{\"error\":\"org.sallyport.Agent.Refused\",\"parameters\":{\"code\":\"denied\"}}");
    close(client);
    monitor_hears_client(stage, FRONT_GONE);
}

static void introspection_is_answered_here(void **state)
{
    static const struct {
        const char *call, *answer;
    } rows[] = {
        {"{\"method\":\"org.varlink.service.GetInfo\"}", "org.sallyport.Agent"},
        {"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":"
         "{\"interface\":\"org.sallyport.Agent\"}}",
         "method Import("},
        {"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":"
         "{\"interface\":\"org.varlink.service\"}}",
         "method GetInfo("},
        {"{\"method\":\"org.varlink.service.GetInterfaceDescription\",\"parameters\":"
         "{\"interface\":\"x.y\"}}",
         "org.varlink.service.InterfaceNotFound"},
        {"{\"method\":\"org.varlink.service.Nothing\"}", "org.varlink.service.MethodNotFound"},
        {"{\"method\":\"org.sallyport.Agent.Nothing\"}", "org.varlink.service.MethodNotFound"},
        {"{\"method\":\"other.Thing.Do\"}", "org.varlink.service.InterfaceNotFound"},
        {"{\"method\":\"org.sallyport.Agent.Import\",\"parameters\":{\"source\":\"relative\"}}",
         "org.varlink.service.InvalidParameter"},
        {"{\"method\":\"org.sallyport.Agent.Status\",\"parameters\":{\"x\":1}}",
         "org.varlink.service.InvalidParameter"},
        {"{\"method\":\"org.sallyport.Agent.Status\",\"more\":true}",
         "org.varlink.service.InvalidParameter"},
        {"{\"method\":\"org.sallyport.Agent.Audit\",\"parameters\":{\"after\":-1}}",
         "org.varlink.service.InvalidParameter"},
        /* What the monitor would take for a hostile front. */
        {"{\"method\":\"org.sallyport.Agent.Import\",\"parameters\":{\"source\":\"/m\","
         "\"only\":[\"\\u0001\"]}}",
         "org.varlink.service.InvalidParameter"},
        {"{\"method\":\"org.sallyport.Agent.Import\",\"parameters\":{\"source\":\"/m\","
         "\"set\":\"1234\"}}",
         "org.varlink.service.InvalidParameter"},
        {"{\"method\":\"org.sallyport.Agent.Import\",\"parameters\":{\"source\":\"/\\u001b[31m\"}}",
         "org.varlink.service.InvalidParameter"},
        {"{\"method\":\"org.sallyport.Agent.Inspect\",\"parameters\":{\"source\":\"/\\u007f\"}}",
         "org.varlink.service.InvalidParameter"},
    };
    struct stage *stage = *state;
    static char heard[64 * 1024];
    int client = connect_client(stage);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        say(client, rows[i].call);
        hear(client, heard, sizeof(heard));
        if (strstr(heard, rows[i].answer) == NULL)
            fail_msg("%s: %s", rows[i].call, heard);
    }
    monitor_hears_client(stage, FRONT_CLIENT);
    close(client);
    monitor_hears_client(stage, FRONT_GONE);
}

static void what_breaks_the_form_is_dropped_and_others_go_on(void **state)
{
    static const char *const broken[] = {
        "not json",
        "[]",
        "{}",
        "{\"method\":1}",
        "{\"method\":\"a\"}",
        "{\"method\":\"x.y\",\"z\":1}",
    };
    struct stage *stage = *state;
    char heard[4096];
    int good = connect_client(stage);

    monitor_hears_client(stage, FRONT_CLIENT);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        int client = connect_client(stage);

        monitor_hears_client(stage, FRONT_CLIENT);
        say(client, broken[i]);
        hear(client, heard, sizeof(heard));
        if (heard[0] != '\0' && strstr(heard, "org.varlink.service") == NULL)
            fail_msg("%s: %s", broken[i], heard);
        close(client);
        monitor_hears_client(stage, FRONT_GONE);
    }
    say(good, "{\"method\":\"org.varlink.service.GetInfo\"}");
    hear(good, heard, sizeof(heard));
    assert_non_null(strstr(heard, "Sallyport"));
    close(good);
    monitor_hears_client(stage, FRONT_GONE);
    shows_case("J4");
}

static void an_endless_message_is_dropped(void **state)
{
    struct stage *stage = *state;
    static char piece[16 * 1024];
    size_t sent = 0;
    int client = connect_client(stage);

    memset(piece, 'x', sizeof(piece));
    monitor_hears_client(stage, FRONT_CLIENT);
    while (sent < 8 * LIMIT_CONTROL_BYTES) {
        ssize_t done = send(client, piece, sizeof(piece), MSG_NOSIGNAL);

        if (done < 0)
            break;
        sent += (size_t)done;
    }
    assert_true(sent < 8 * LIMIT_CONTROL_BYTES);
    monitor_hears_client(stage, FRONT_GONE);
    close(client);
    shows_case("J4");
}

static void places_are_bounded_and_come_back(void **state)
{
    struct stage *stage = *state;
    int clients[LIMIT_CONTROL_CLIENTS];
    char heard[4096];
    int late;

    for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
        clients[i] = connect_client(stage);
        monitor_hears_client(stage, FRONT_CLIENT);
    }
    late = connect_client(stage);
    hear(late, heard, sizeof(heard));
    assert_string_equal(heard, "");
    close(late);
    for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
        close(clients[i]);
        monitor_hears_client(stage, FRONT_GONE);
    }
    late = connect_client(stage);
    monitor_hears_client(stage, FRONT_CLIENT);
    say(late, "{\"method\":\"org.varlink.service.GetInfo\"}");
    hear(late, heard, sizeof(heard));
    assert_non_null(strstr(heard, "Sallyport"));
    close(late);
    monitor_hears_client(stage, FRONT_GONE);
    shows_case("J4");
}

static void its_sandbox_holds(void **state)
{
    struct stage *stage = *state;
    struct error err = {0};
    struct frame frame;
    char words[512];

    assert_ok(frame_send(stage->front.socket, FRONT_SELFTEST, NULL, 0, NULL, 0, DEADLINE_MS, &err),
              &err);
    monitor_hears(stage, FRONT_SELFTEST, &frame);
    snprintf(words, sizeof(words), "%.*s", (int)frame.body.size, (const char *)frame.body.data);
    frame_clear(&frame);
    assert_string_equal(words, "ok");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_call_is_forwarded_and_its_stream_comes_back, start, stop),
        cmocka_unit_test_setup_teardown(a_refusal_is_a_varlink_error, start, stop),
        cmocka_unit_test_setup_teardown(introspection_is_answered_here, start, stop),
        cmocka_unit_test_setup_teardown(what_breaks_the_form_is_dropped_and_others_go_on, start,
                                        stop),
        cmocka_unit_test_setup_teardown(an_endless_message_is_dropped, start, stop),
        cmocka_unit_test_setup_teardown(places_are_bounded_and_come_back, start, stop),
        cmocka_unit_test_setup_teardown(its_sandbox_holds, start, stop),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
