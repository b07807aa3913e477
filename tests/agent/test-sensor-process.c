/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "tests/test.h"

#include <stdbool.h>

#include "agent/sensor-process.h"
#include "media/base/limits.h"

static int make(void **state)
{
    *state = sensor_processes_new();
    return 0;
}

static int drop(void **state)
{
    sensor_processes_free(*state);
    return 0;
}

static struct bytes_view text(const char *words)
{
    return bytes_view_of(words, strlen(words));
}

static void assert_text(struct bytes_view view, const char *words)
{
    assert_int_equal(view.size, strlen(words));
    assert_memory_equal(view.data, words, view.size);
}

static void tag(struct sensor_process *process, const char *key, const char *value, bool kept)
{
    struct event_tag words = {0};

    snprintf(words.key, sizeof(words.key), "%s", key);
    snprintf(words.value, sizeof(words.value), "%s", value);
    assert_int_equal(sensor_process_tag(process, &words), kept);
}

static void a_child_inherits_and_is_new(void **state)
{
    struct sensor_processes *table = *state;
    struct sensor_process *child;

    sensor_process_set_path(table, sensor_process_take(table, 10), text("/bin/sh"));
    sensor_process_find(table, 10)->uid = 1000;
    tag(sensor_process_find(table, 10), "from", "web", true);
    sensor_process_set_path(table, sensor_process_take(table, 11), text("/old"));
    child = sensor_process_fork(table, 10, 11, 77);
    assert_text(sensor_process_path(child), "/bin/sh");
    assert_int_equal(child->parent, 10);
    assert_int_equal(child->uid, 1000);
    assert_int_equal(sensor_process_tags(child).size, sizeof("from=web"));
    assert_string_equal(sensor_process_tags(child).data, "from=web");

    sensor_process_set_path(table, child, text("/bin/ls"));
    tag(child, "from", "", true);
    assert_int_equal(sensor_process_tags(child).size, 0);
    assert_text(sensor_process_path(sensor_process_find(table, 10)), "/bin/sh");
    assert_string_equal(sensor_process_tags(sensor_process_find(table, 10)).data, "from=web");
    sensor_process_end(table, 10);
    sensor_process_end(table, 10);
    assert_null(sensor_process_find(table, 10));
    assert_int_equal(sensor_processes_count(table), 1);
}

static void a_process_has_few_tags(void **state)
{
    struct sensor_process *process = sensor_process_take(*state, 5);
    char key[8];

    for (unsigned i = 0; i < EVENT_PROCESS_TAGS; i++) {
        snprintf(key, sizeof(key), "k%u", i);
        tag(process, key, "v", true);
    }
    tag(process, "k", "v", false);
    tag(process, "k1", "w", true);
    tag(process, "k2", "", true);
    tag(process, "k", "v", true);
    assert_int_equal(sensor_process_tags(process).size, EVENT_PROCESS_TAGS * 5 - 1);
}

static void the_oldest_are_forgotten(void **state)
{
    struct sensor_processes *table = *state;

    for (pid_t pid = 1; pid <= (pid_t)LIMIT_EVENT_PROCESSES + 3; pid++)
        sensor_process_take(table, pid);
    assert_int_equal(sensor_processes_count(table), LIMIT_EVENT_PROCESSES);
    assert_null(sensor_process_find(table, 3));
    assert_non_null(sensor_process_find(table, 4));
    assert_non_null(sensor_process_fork(table, 4, 1 << 20, 0)); /* in its parent's place */
    assert_int_equal(sensor_processes_count(table), LIMIT_EVENT_PROCESSES);
}

static void paths_have_a_bound_together(void **state)
{
    struct sensor_processes *table = *state;
    struct bytes_view path;
    char long_path[4000];
    pid_t pid = 1;

    memset(long_path, 'x', sizeof(long_path));
    for (; pid <= (pid_t)(LIMIT_SENSOR_PATHS / sizeof(long_path)); pid++) {
        path = bytes_view_of(long_path, sizeof(long_path));
        sensor_process_set_path(table, sensor_process_take(table, pid), path);
        assert_int_equal(sensor_process_path(sensor_process_find(table, pid)).size, path.size);
    }
    sensor_process_set_path(table, sensor_process_take(table, pid), path);
    assert_int_equal(sensor_process_path(sensor_process_find(table, pid)).size, 0);
    assert_true(sensor_process_find(table, pid)->looked);
    sensor_process_fork(table, 1, pid + 1, 0); /* shared: costs nothing */
    assert_int_equal(sensor_process_path(sensor_process_find(table, pid + 1)).size, path.size);
    sensor_process_end(table, 2);
    sensor_process_set_path(table, sensor_process_find(table, pid), path);
    assert_int_equal(sensor_process_path(sensor_process_find(table, pid)).size, path.size);
}

static bool is_same(void *context, pid_t pid, uint64_t start)
{
    (*(unsigned *)context)++;
    return pid == 1 && start == 7;
}

static void in_doubt_only_the_tagged_stay(void **state)
{
    struct sensor_processes *table = *state;
    unsigned asked = 0;

    for (pid_t pid = 1; pid <= 3; pid++) {
        sensor_process_set_path(table, sensor_process_take(table, pid), text("/a"));
        sensor_process_find(table, pid)->start = 7;
    }
    tag(sensor_process_find(table, 1), "a", "b", true);
    tag(sensor_process_find(table, 2), "a", "b", true);
    sensor_process_fork(table, 2, 4, 0); /* with its tags, and it is not known when */
    assert_string_equal(sensor_process_tags(sensor_process_find(table, 4)).data, "a=b");
    sensor_processes_doubt(table, is_same, &asked);
    assert_int_equal(asked, 2);
    assert_int_equal(sensor_processes_count(table), 1);
    assert_string_equal(sensor_process_tags(sensor_process_find(table, 1)).data, "a=b");
    assert_false(sensor_process_find(table, 1)->looked);
    assert_int_equal(sensor_process_path(sensor_process_find(table, 1)).size, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, drop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_child_inherits_and_is_new),   TEST(a_process_has_few_tags),
        TEST(the_oldest_are_forgotten),      TEST(paths_have_a_bound_together),
        TEST(in_doubt_only_the_tagged_stay),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
