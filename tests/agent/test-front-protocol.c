/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent/front-protocol.h"

static void import_request(struct front_request *request)
{
    memset(request, 0, sizeof(*request));
    request->client = 7;
    request->method = PROTOCOL_IMPORT;
    request->more = true;
    request->only_count = 1;
    snprintf(request->source, sizeof(request->source), "/media/stick");
    snprintf(request->only[0], sizeof(request->only[0]), "flags-supplement");
}

static void a_request_comes_back(void **state)
{
    struct front_request request, back;
    struct error err = {0};
    struct bytes body;

    import_request(&request);
    bytes_init(&body, FRONT_REQUEST_BYTES);
    assert_ok(front_request_write(&request, &body, &err), &err);
    assert_int_equal(body.size, FRONT_REQUEST_BYTES);
    assert_ok(front_request_read(bytes_view(&body), &back, &err), &err);
    assert_memory_equal(&request, &back, sizeof(back));
    bytes_clear(&body);
}

/* Each row spoils one field of a good request. */
static void hostile_fields_are_refused(void **state)
{
    static const char *const cases[] = {"method",    "relative", "control", "unended", "count",
                                        "after end", "flag",     "name",    "range",   "no source"};

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct front_request request, back;
        struct error err = {0};
        struct bytes body;

        import_request(&request);
        switch (i) {
        case 0:
            request.method = (enum protocol_method)200;
            break;
        case 1:
            request.source[0] = 'm';
            break;
        case 2:
            request.source[3] = '\n';
            break;
        case 3:
            memset(request.source, '/', sizeof(request.source));
            break;
        case 4:
            request.only_count = LIMIT_SET_PACKAGES + 1;
            break;
        case 5:
            request.only[0][LIMIT_NAME_BYTES] = 'x';
            break;
        case 6:
            request.tokens = true;
            break;
        case 7:
            request.name[0] = 'x';
            break;
        case 8:
            request.limit = 1;
            break;
        default:
            memset(request.source, 0, sizeof(request.source));
            break;
        }
        bytes_init(&body, FRONT_REQUEST_BYTES);
        assert_ok(front_request_write(&request, &body, &err), &err);
        if (front_request_read(bytes_view(&body), &back, &err) != -ERROR_PROTOCOL)
            fail_msg("accepted: %s", cases[i]);
        bytes_clear(&body);
    }
    shows_case("J3");
}

/* A number or a time that the method does not have, or that is none. */
static void hostile_numbers_are_refused(void **state)
{
    static const struct front_request cases[] = {
        {.method = PROTOCOL_STATUS, .after = 1},
        {.method = PROTOCOL_EVENTS, .more = true, .limit = 1},
        {.method = PROTOCOL_EVENTS, .more = true, .after = 1ULL << 63},
        {.method = PROTOCOL_ACKNOWLEDGE, .after = UINT64_MAX},
        {.method = PROTOCOL_ACKNOWLEDGE, .after = 1, .limit = 1},
        {.method = PROTOCOL_REPORT, .from_us = 2, .to_us = 1},
        {.method = PROTOCOL_REPORT, .to_us = 1ULL << 63},
        {.method = PROTOCOL_REPORT, .after = 1},
        {.method = PROTOCOL_CONFIG, .to_us = 1},
        {.method = PROTOCOL_REFUSALS, .more = true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct front_request back;
        struct error err = {0};
        struct bytes body;

        bytes_init(&body, FRONT_REQUEST_BYTES);
        assert_ok(front_request_write(&cases[i], &body, &err), &err);
        if (front_request_read(bytes_view(&body), &back, &err) != -ERROR_PROTOCOL)
            fail_msg("accepted: case %zu", i);
        bytes_clear(&body);
    }
}

/* Keys are lines: ended, not empty, of text, no more than a question may have. */
static void keys_come_as_lines(void **state)
{
    static const char *const bad[] = {"", "ab", "\n", "ab\n\n", "a\tb\n", "\xff\n"};
    struct front_request request = {.method = PROTOCOL_REPUTATION};
    struct error err = {0};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        snprintf(request.asked, sizeof(request.asked), "%s", bad[i]);
        if (front_request_check(&request, &err) != -ERROR_PROTOCOL)
            fail_msg("accepted: case %zu", i);
    }
    memset(request.asked, 'a', LIMIT_SIGNER_BYTES);
    request.asked[LIMIT_SIGNER_BYTES] = '\n';
    assert_ok(front_request_check(&request, &err), &err);
    memset(request.asked, 'a', LIMIT_SIGNER_BYTES + 1);
    request.asked[LIMIT_SIGNER_BYTES + 1] = '\n';
    assert_refused(front_request_check(&request, &err), &err, ERROR_PROTOCOL);
    for (size_t i = 0; i < LIMIT_REPUTATION_BATCH; i++)
        memcpy(request.asked + 2 * i, "a\n", 3);
    memset(request.asked + 2 * LIMIT_REPUTATION_BATCH, 0,
           sizeof(request.asked) - 2 * LIMIT_REPUTATION_BATCH);
    assert_ok(front_request_check(&request, &err), &err);
    memcpy(request.asked + 2 * LIMIT_REPUTATION_BATCH, "a\n", 3);
    assert_refused(front_request_check(&request, &err), &err, ERROR_PROTOCOL);
    memset(request.asked, 0, sizeof(request.asked));
    memcpy(request.asked, "a\n\0a", 4);
    assert_refused(front_request_check(&request, &err), &err, ERROR_PROTOCOL);
    memset(request.asked, 'a', sizeof(request.asked));
    assert_refused(front_request_check(&request, &err), &err, ERROR_PROTOCOL);
    request = (struct front_request){.method = PROTOCOL_STATUS, .asked = "a\n"};
    assert_refused(front_request_check(&request, &err), &err, ERROR_PROTOCOL);
}

static void other_sizes_are_refused(void **state)
{
    static uint8_t zero[FRONT_REQUEST_BYTES + 1];
    struct front_request request;
    struct error err = {0};

    assert_refused(front_request_read(bytes_view_of(zero, sizeof(zero)), &request, &err), &err,
                   ERROR_PROTOCOL);
    assert_refused(front_request_read(bytes_view_of(zero, sizeof(zero) - 2), &request, &err), &err,
                   ERROR_PROTOCOL);
}

/* A listening socket at a place, a client of it, and the end that was accepted for that. */
struct meeting {
    struct sockaddr_un address;
    int listener, client, accepted;
};

static void meet(struct meeting *meeting, const char *name)
{
    socklen_t size = sizeof(meeting->address);

    meeting->address = (struct sockaddr_un){.sun_family = AF_UNIX};
    snprintf(meeting->address.sun_path, sizeof(meeting->address.sun_path), "/tmp/test-front-%s-%d",
             name, (int)getpid());
    meeting->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    meeting->client = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind(meeting->listener, (struct sockaddr *)&meeting->address, size), 0);
    assert_int_equal(listen(meeting->listener, 1), 0);
    assert_int_equal(connect(meeting->client, (struct sockaddr *)&meeting->address, size), 0);
    meeting->accepted = accept(meeting->listener, NULL, NULL);
    assert_true(meeting->accepted >= 0);
}

static void part(struct meeting *meeting)
{
    close(meeting->accepted);
    close(meeting->client);
    close(meeting->listener);
    unlink(meeting->address.sun_path);
}

static void the_own_user_may_act(void **state)
{
    struct front_peer peer;
    struct meeting here;
    struct error err = {0};

    meet(&here, "here");
    assert_ok(
        front_peer_read(here.accepted, here.address.sun_path, "no-such-group", NULL, &peer, &err),
        &err);
    assert_int_equal(peer.rights.uid, geteuid());
    assert_int_equal(peer.pid, getpid());
    assert_true(peer.may_act && peer.may_read);
    part(&here);
    shows_case("J3");
}

/* What else a front holds has our credentials: it must not pass for a client. */
static void only_who_came_by_the_control_socket_is_a_client(void **state)
{
    struct meeting here, there;
    int pair[2], plain = open("/dev/null", O_RDONLY | O_CLOEXEC);

    meet(&here, "here");
    meet(&there, "there");
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    {
        const int sockets[] = {pair[0], here.listener, here.client, there.accepted, plain};

        for (size_t i = 0; i < sizeof(sockets) / sizeof(sockets[0]); i++) {
            struct front_peer peer = {.may_act = true, .may_read = true};
            struct error err = {0};

            if (front_peer_read(sockets[i], here.address.sun_path, NULL, NULL, &peer, &err) !=
                    -ERROR_DENIED ||
                peer.may_act || peer.may_read)
                fail_msg("taken for a client: case %zu", i);
        }
    }
    close(plain);
    close(pair[0]);
    close(pair[1]);
    part(&here);
    part(&there);
    shows_case("J3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_back),
        cmocka_unit_test(hostile_fields_are_refused),
        cmocka_unit_test(hostile_numbers_are_refused),
        cmocka_unit_test(keys_come_as_lines),
        cmocka_unit_test(other_sizes_are_refused),
        cmocka_unit_test(the_own_user_may_act),
        cmocka_unit_test(only_who_came_by_the_control_socket_is_a_client),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
