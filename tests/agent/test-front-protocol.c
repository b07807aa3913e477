/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <sys/socket.h>
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

static void the_own_user_may_act(void **state)
{
    struct front_peer peer;
    struct error err = {0};
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    assert_ok(front_peer_read(pair[0], "no-such-group", NULL, &peer, &err), &err);
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.pid, getpid());
    assert_true(peer.may_act && peer.may_read);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_comes_back),        cmocka_unit_test(hostile_fields_are_refused),
        cmocka_unit_test(hostile_numbers_are_refused), cmocka_unit_test(other_sizes_are_refused),
        cmocka_unit_test(the_own_user_may_act),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
