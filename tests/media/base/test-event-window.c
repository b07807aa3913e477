/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "media/base/event-window.h"

static void what_needs_no_memory_has_none(void **state)
{
    static const struct {
        struct event_subscription subscription;
        bool needed;
    } cases[] = {
        {{.mode = EVENT_MODE_ALL}, false},
        {{.mode = EVENT_MODE_ALL, .limit = 1}, false},
        {{.mode = EVENT_MODE_ALL, .window_us = 1}, false},
        {{.mode = EVENT_MODE_ALL, .window_us = 1, .limit = 1}, true},
        {{.mode = EVENT_MODE_FIRST}, false},
        {{.mode = EVENT_MODE_FIRST, .window_us = 1}, true},
        {{.mode = EVENT_MODE_COUNT, .window_us = 1, .limit = 1}, true},
        {{.mode = EVENT_MODE_SAMPLE, .limit = 1}, false},
        {{.mode = EVENT_MODE_SAMPLE, .limit = 2}, true},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(event_window_is_needed(&cases[i].subscription), cases[i].needed);
}

static void windows_end_at_any_time(void **state)
{
    static const struct {
        uint64_t window_us;
        int64_t started_us, now_us;
        bool over;
    } cases[] = {
        {10, 0, 0, false},
        {10, 0, 9, false},
        {10, 0, 10, true},
        {10, 0, -9, false},
        {10, 0, -10, true},
        {10, INT64_MAX - 3, INT64_MAX, false},
        {10, INT64_MAX, INT64_MIN, true},
        {10, INT64_MIN, INT64_MAX, true},
        {10, INT64_MIN, INT64_MIN + 9, false},
        {UINT64_MAX, INT64_MIN, INT64_MAX, true},
        {0, 0, INT64_MAX, false},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct event_subscription subscription = {.window_us = cases[i].window_us};
        const struct event_group group = {.started_us = cases[i].started_us};

        if (event_window_is_over(&subscription, &group, cases[i].now_us) != cases[i].over)
            fail_msg("case %zu", i);
    }
}

/* No mode wraps round and begins to deliver again. */
static void counts_stay_at_their_end(void **state)
{
    static const enum event_mode modes[] = {EVENT_MODE_ALL, EVENT_MODE_FIRST, EVENT_MODE_COUNT};

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        const struct event_subscription subscription = {
            .mode = modes[i], .window_us = 1, .limit = modes[i] == EVENT_MODE_FIRST ? 0 : 1};
        struct event_group group = {.seen = UINT32_MAX - 1, .held = UINT32_MAX - 1};

        for (int j = 0; j < 3; j++)
            assert_int_equal(event_window_count(&subscription, &group), 0);
        assert_int_equal(group.seen, UINT32_MAX);
        assert_int_equal(group.held, UINT32_MAX);
        group.seen = 0;
        assert_int_equal(event_window_count(&subscription, &group), UINT32_MAX);
        assert_int_equal(group.held, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_needs_no_memory_has_none),
        cmocka_unit_test(windows_end_at_any_time),
        cmocka_unit_test(counts_stay_at_their_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
