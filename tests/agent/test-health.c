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
        {"withdrawn",
         {.carried = true, .active = true, .withdrawn = true},
         HEALTH_WARN,
         ERROR_WITHDRAWN},
        {"withdrawn as harmful",
         {.active = true, .withdrawn = true, .harmful = true},
         HEALTH_FAIL,
         ERROR_WITHDRAWN},
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_state_has_its_word_and_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
