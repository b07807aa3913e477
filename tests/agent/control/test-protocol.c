/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <ctype.h>

#include "agent/control/protocol.h"

static void every_method_is_found_by_both_names(void **state)
{
    size_t count = 0;

    for (; protocol_row(count) != NULL; count++) {
        const struct protocol_row *row = protocol_row(count);
        char whole[100];

        snprintf(whole, sizeof(whole), PROTOCOL_INTERFACE ".%s", row->name);
        assert_ptr_equal(protocol_find(row->name), row);
        assert_ptr_equal(protocol_find(whole), row);
        assert_int_equal(row->method, count + 1);
    }
    assert_int_equal(count, PROTOCOL_EXCLUSIONS); /* the last one */
    assert_null(protocol_find("Absent"));
    assert_null(protocol_find("org.sallyport.Agents.Status"));
    assert_null(protocol_find(""));
}

static bool acts(enum protocol_method method)
{
    static const enum protocol_method acting[] = {
        PROTOCOL_IMPORT, PROTOCOL_ACTIVATE, PROTOCOL_ACKNOWLEDGE, PROTOCOL_REPAIR,
        PROTOCOL_ATTEST, PROTOCOL_EJECT,    PROTOCOL_REGISTER,    PROTOCOL_FORGET};

    for (size_t i = 0; i < sizeof(acting) / sizeof(acting[0]); i++)
        if (acting[i] == method)
            return true;
    return false;
}

static void what_changes_something_wants_the_right_to_act_and_nothing_else(void **state)
{
    for (size_t i = 0; protocol_row(i) != NULL; i++)
        assert_int_equal(protocol_row(i)->access == PROTOCOL_ACT, acts(protocol_row(i)->method));
    shows_case("J3");
}

static void the_description_names_every_method_and_defines_every_type(void **state)
{
    const char *text = protocol_description(), *use = text;
    char word[200];

    for (size_t i = 0; protocol_row(i) != NULL; i++) {
        snprintf(word, sizeof(word), "\nmethod %s(", protocol_row(i)->name);
        assert_non_null(strstr(text, word));
    }
    assert_non_null(strstr(text, "\nerror Refused ("));
    assert_non_null(strstr(text, "interface " PROTOCOL_INTERFACE "\n"));
    /* A capital after ": ", "?" or "]" starts a type's name, which must be defined somewhere. */
    while ((use = strpbrk(use, ":?]")) != NULL) {
        size_t size = 0;

        use++;
        while (*use == ' ')
            use++;
        while (isalpha((unsigned char)use[size]))
            size++;
        if (!isupper((unsigned char)use[0]))
            continue;
        snprintf(word, sizeof(word), "\ntype %.*s (", (int)size, use);
        if (strstr(text, word) == NULL)
            fail_msg("used and not defined: %.*s", (int)size, use);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_method_is_found_by_both_names),
        cmocka_unit_test(what_changes_something_wants_the_right_to_act_and_nothing_else),
        cmocka_unit_test(the_description_names_every_method_and_defines_every_type),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
