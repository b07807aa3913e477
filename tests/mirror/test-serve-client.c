/* SPDX-License-Identifier: ISC
 *
 * Deadlines of clients, held against clocks that are set: nothing here waits.
 */
#include "tests/test.h"

#include <sys/socket.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "mirror/serve.h"

struct connection {
    int ours, theirs;
    void *place;
};

static struct serve_client *client_of(const struct connection *connection)
{
    return connection->place;
}

static void begin(struct serve_clients *clients, struct connection *connection)
{
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    connection->ours = ends[0];
    connection->theirs = ends[1];
    serve_client_begin(clients, ends[0], &connection->place);
}

static void end(struct connection *connection)
{
    serve_client_end(&connection->place);
    close(connection->ours);
    close(connection->theirs);
}

static bool is_cut_off(const struct connection *connection)
{
    char byte;

    return recv(connection->theirs, &byte, 1, MSG_DONTWAIT) == 0;
}

static void only_who_is_late_is_cut_off(void **state)
{
    struct serve_clients clients = {NULL};
    struct connection late, early;

    begin(&clients, &late);
    begin(&clients, &early);
    serve_client_sweep(&clients);
    assert_false(is_cut_off(&late));
    client_of(&late)->deadline_ms -= LIMIT_SERVE_REQUEST_S * 1000 + 60000;
    serve_client_sweep(&clients);
    assert_true(is_cut_off(&late));
    assert_false(is_cut_off(&early));
    end(&late);
    end(&early);
    assert_null(clients.first);
    shows_case("F8");
}

static void an_answer_has_the_time_that_its_bytes_need(void **state)
{
    const uint64_t seconds = 1000000;
    struct serve_clients clients = {NULL};
    struct connection connection;
    int64_t awaited_ms, answered_ms;

    begin(&clients, &connection);
    awaited_ms = client_of(&connection)->deadline_ms;
    serve_client_answer(client_of(&connection), seconds * LIMIT_SERVE_SLOW_BYTES);
    answered_ms = client_of(&connection)->deadline_ms;
    assert_true(answered_ms >= awaited_ms + (int64_t)seconds * 1000);
    serve_client_await(client_of(&connection)); /* it has taken all: the next request */
    assert_true(client_of(&connection)->deadline_ms < answered_ms);
    end(&connection);
}

static void ends_come_in_any_order(void **state)
{
    struct serve_clients clients = {NULL};
    struct connection first, second, third;

    begin(&clients, &first);
    begin(&clients, &second);
    begin(&clients, &third);
    end(&second);
    serve_client_end(&second.place); /* told twice */
    client_of(&first)->deadline_ms = client_of(&third)->deadline_ms = 0;
    serve_client_sweep(&clients);
    assert_true(is_cut_off(&first));
    assert_true(is_cut_off(&third));
    end(&third);
    end(&first);
    assert_null(clients.first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_is_late_is_cut_off),
        cmocka_unit_test(an_answer_has_the_time_that_its_bytes_need),
        cmocka_unit_test(ends_come_in_any_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
