/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "media/base/notify.h"

struct manager {
    int fd;
    char name[64];
    char text[2048];
    struct notify notify;
    struct error err;
};

/* A manager's socket in the abstract namespace: nothing is left behind. */
static int begin(void **state)
{
    static struct manager manager;
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    int size;

    manager = (struct manager){.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0),
                               .notify = {.fd = -1}};
    size = snprintf(manager.name, sizeof(manager.name), "@sallyport-notify-%d", getpid());
    memcpy(place.sun_path, manager.name, (size_t)size);
    place.sun_path[0] = '\0';
    *state = &manager;
    setenv("NOTIFY_SOCKET", manager.name, 1);
    return bind(manager.fd, (const struct sockaddr *)&place,
                (socklen_t)(sizeof(place.sun_family) + (size_t)size));
}

static int end(void **state)
{
    struct manager *manager = *state;

    notify_close(&manager->notify);
    close(manager->fd);
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
    return 0;
}

static const char *heard(struct manager *manager)
{
    ssize_t size = recv(manager->fd, manager->text, sizeof(manager->text) - 1, 0);

    manager->text[size > 0 ? size : 0] = '\0';
    return manager->text;
}

static void each_state_is_its_datagram(void **state)
{
    struct manager *manager = *state;

    assert_int_equal(notify_open(&manager->notify, &manager->err), 0);
    notify_ready(&manager->notify);
    assert_string_equal(heard(manager), "READY=1");
    notify_reloading(&manager->notify);
    assert_ptr_equal(strstr(heard(manager), "RELOADING=1\nMONOTONIC_USEC="), manager->text);
    notify_stopping(&manager->notify);
    assert_string_equal(heard(manager), "STOPPING=1");
    notify_alive(&manager->notify);
    assert_string_equal(heard(manager), "WATCHDOG=1");
}

/* A source's name in a status must not become a second assignment. */
static void a_status_is_one_line(void **state)
{
    struct manager *manager = *state;

    assert_int_equal(notify_open(&manager->notify, &manager->err), 0);
    notify_status(&manager->notify, "source %s", "a\nMAINPID=1");
    assert_string_equal(heard(manager), "STATUS=source a\\u{A}MAINPID=1");
    notify_status(&manager->notify, "%0*d", 4000, 1);
    assert_true(strlen(heard(manager)) < NOTIFY_BYTES + 8);
}

static void variables_are_taken_away(void **state)
{
    struct manager *manager = *state;

    setenv("WATCHDOG_USEC", "1000000", 1);
    assert_int_equal(notify_open(&manager->notify, &manager->err), 0);
    assert_int_equal(manager->notify.between_ms, 500);
    assert_null(getenv("NOTIFY_SOCKET"));
    assert_null(getenv("WATCHDOG_USEC"));
}

static void a_watchdog_of_another_process_is_not_ours(void **state)
{
    struct manager *manager = *state;

    setenv("WATCHDOG_USEC", "1000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(notify_open(&manager->notify, &manager->err), 0);
    assert_int_equal(manager->notify.between_ms, 0);
}

static void wrong_variables_are_named(void **state)
{
    static const struct {
        const char *name, *value;
    } rows[] = {{"WATCHDOG_USEC", ""},       {"WATCHDOG_USEC", "-1"},
                {"WATCHDOG_USEC", "12s"},    {"WATCHDOG_USEC", "99999999999999999999"},
                {"WATCHDOG_USEC", "0"},      {"NOTIFY_SOCKET", ""},
                {"NOTIFY_SOCKET", "@"},      {"NOTIFY_SOCKET", "relative"},
                {"NOTIFY_SOCKET", "/nope/x"}};
    struct manager *manager = *state;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        setenv("NOTIFY_SOCKET", manager->name, 1);
        setenv(rows[i].name, rows[i].value, 1);
        assert_int_equal(notify_open(&manager->notify, &manager->err), -(int)ERROR_CONFIG);
        assert_non_null(strstr(manager->err.words, rows[i].name));
        notify_ready(&manager->notify); /* harmless */
        notify_close(&manager->notify);
    }
}

static void without_a_manager_nothing_happens(void **state)
{
    struct manager *manager = *state;

    unsetenv("NOTIFY_SOCKET");
    setenv("WATCHDOG_USEC", "1000000", 1);
    assert_int_equal(notify_open(&manager->notify, &manager->err), 0);
    assert_int_equal(manager->notify.fd, -1);
    assert_int_equal(manager->notify.between_ms, 0);
    notify_ready(&manager->notify);
    notify_ready(NULL);
}

static void a_manager_that_went_is_no_harm(void **state)
{
    struct manager *manager = *state;

    assert_int_equal(notify_open(&manager->notify, &manager->err), 0);
    close(manager->fd);
    manager->fd = -1;
    notify_ready(&manager->notify);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_state_is_its_datagram, begin, end),
        cmocka_unit_test_setup_teardown(a_status_is_one_line, begin, end),
        cmocka_unit_test_setup_teardown(variables_are_taken_away, begin, end),
        cmocka_unit_test_setup_teardown(a_watchdog_of_another_process_is_not_ours, begin, end),
        cmocka_unit_test_setup_teardown(wrong_variables_are_named, begin, end),
        cmocka_unit_test_setup_teardown(without_a_manager_nothing_happens, begin, end),
        cmocka_unit_test_setup_teardown(a_manager_that_went_is_no_harm, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
