/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include "agent/health.h"
#include "media/base/instant.h"

#define DAY INSTANT_DAY_US

static void each_state_has_its_word_and_code(void **state)
{
    static const struct {
        const char *name;
        struct health_facts facts;
        enum health_word word;
        enum error_code code;
    } rows[] = {
        {"neither carried nor here", {0}, HEALTH_NONE, ERROR_OK},
        {"carried, never imported", {.carried = true}, HEALTH_WARN, ERROR_NOT_FOUND},
        {"in service", {.carried = true, .active = true}, HEALTH_OK, ERROR_OK},
        {"in service and ahead of the ring",
         {.carried = true, .active = true, .ahead = true},
         HEALTH_OK,
         ERROR_AHEAD_OF_RING},
        {"in service, no longer carried", {.active = true}, HEALTH_OK, ERROR_OK},
        {"no driver",
         {.carried = true, .driver_missing = true},
         HEALTH_BLOCKED,
         ERROR_DRIVER_MISSING},
        {"driver refused the new one",
         {.carried = true, .active = true, .ailing = true, .ailment = {ERROR_DRIVER_REFUSED, "x"}},
         HEALTH_BLOCKED,
         ERROR_DRIVER_REFUSED},
        {"medium ended early",
         {.carried = true, .active = true, .ailing = true, .ailment = {ERROR_MEDIUM_DAMAGED, "x"}},
         HEALTH_FAIL,
         ERROR_MEDIUM_DAMAGED},
        {"another family's driver can't look up in it",
         {.carried = true, .active = true, .unread = true, .unread_words = "x"},
         HEALTH_WARN,
         ERROR_PARTIAL},
        {"neither its own driver nor another's takes the new one",
         {.carried = true,
          .active = true,
          .unread = true,
          .ailing = true,
          .ailment = {ERROR_DRIVER_REFUSED, "x"}},
         HEALTH_BLOCKED,
         ERROR_DRIVER_REFUSED},
        {"withdrawn",
         {.carried = true, .active = true, .withdrawn = true},
         HEALTH_FAIL,
         ERROR_WITHDRAWN},
        {"withdrawn and not carried",
         {.active = true, .withdrawn = true},
         HEALTH_FAIL,
         ERROR_WITHDRAWN},
        {"what it says can't be followed here",
         {.carried = true, .active = true, .unfit = true, .unfitness = {ERROR_FOREIGN_SERVER, "x"}},
         HEALTH_FAIL,
         ERROR_FOREIGN_SERVER},
        {"young enough",
         {.active = true, .now_us = 30 * DAY, .warn_days = 30, .fail_days = 60},
         HEALTH_OK,
         ERROR_OK},
        {"getting old",
         {.active = true, .now_us = 30 * DAY + 1, .warn_days = 30, .fail_days = 60},
         HEALTH_WARN,
         ERROR_EXPIRED},
        {"too old",
         {.active = true, .now_us = 60 * DAY + 1, .warn_days = 30, .fail_days = 60},
         HEALTH_FAIL,
         ERROR_EXPIRED},
        {"never too old",
         {.active = true, .now_us = 6000 * DAY, .warn_days = 6001},
         HEALTH_OK,
         ERROR_OK},
        {"only fails",
         {.active = true, .now_us = 61 * DAY, .fail_days = 60},
         HEALTH_FAIL,
         ERROR_EXPIRED},
        {"switched off, however old",
         {.active = true, .off = true, .now_us = 61 * DAY, .fail_days = 60},
         HEALTH_OK,
         ERROR_SWITCHED_OFF},
        {"switched off and withdrawn",
         {.active = true, .off = true, .withdrawn = true},
         HEALTH_FAIL,
         ERROR_WITHDRAWN},
        {"a part was left out",
         {.active = true, .left = true, .left_words = "x"},
         HEALTH_WARN,
         ERROR_PARTIAL},
        {"a part was left out of what is too old",
         {.active = true, .left = true, .now_us = 61 * DAY, .fail_days = 60},
         HEALTH_FAIL,
         ERROR_EXPIRED},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct health health;

        health_judge(&rows[i].facts, &health);
        if (health.word != rows[i].word || health.code != rows[i].code)
            fail_msg("%s: %s %s", rows[i].name, health_word_name(health.word),
                     error_name(health.code));
        assert_true((health.next[0] != '\0') == (health.code != ERROR_OK));
    }
}

/* Both limits are told before they are reached. */
static void what_is_to_come_is_told_in_time(void **state)
{
    static const struct {
        struct health_facts facts;
        const char *words;
    } rows[] = {
        {{.now_us = 22 * DAY, .warn_days = 30, .fail_days = 60}, ""},
        {{.now_us = 27 * DAY, .warn_days = 30, .fail_days = 60}, "warns in 3d"},
        {{.now_us = 31 * DAY, .warn_days = 30, .fail_days = 60},
         "31d old, limit 30 days; fails in 29d"},
        {{.now_us = 57 * DAY, .warn_days = 30, .fail_days = 60},
         "57d old, limit 30 days; fails in 3d"},
        {{.now_us = 61 * DAY, .warn_days = 30, .fail_days = 60}, "61d old, limit 60 days"},
        {{.now_us = 61 * DAY, .warn_days = 30}, "61d old, limit 30 days"},
        {{.now_us = 57 * DAY, .fail_days = 60}, "fails in 3d"},
        {{.now_us = 57 * DAY}, ""},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct health_facts facts = rows[i].facts;
        struct health health;

        facts.active = true;
        health_judge(&facts, &health);
        assert_string_equal(health.words, rows[i].words);
    }
}

static void damage_is_told_before_age_and_ailment(void **state)
{
    const struct health_facts facts = {.active = true,
                                       .damaged = true,
                                       .damage = "1: a file",
                                       .ailing = true,
                                       .ailment = {ERROR_DRIVER_FAILED, "x"}};
    struct health health;

    health_judge(&facts, &health);
    assert_int_equal(health.word, HEALTH_FAIL);
    assert_int_equal(health.code, ERROR_BAD_DIGEST);
    assert_string_equal(health.words, "1: a file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_word_and_code),
        cmocka_unit_test(what_is_to_come_is_told_in_time),
        cmocka_unit_test(damage_is_told_before_age_and_ailment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
