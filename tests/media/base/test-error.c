/* SPDX-License-Identifier: ISC */
#include "media/base/error.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define OBJECT "sallyport/FORMAT"

static void an_object_is_named_once(void **state)
{
    struct error err = {.code = ERROR_OK};

    error_set(&err, ERROR_NOT_DER, "length 5 goes past the end");
    assert_int_equal(error_object(&err, OBJECT), -ERROR_NOT_DER);
    assert_string_equal(err.words, OBJECT ": length 5 goes past the end");
    assert_int_equal(error_object(&err, OBJECT), -ERROR_NOT_DER);
    assert_string_equal(err.words, OBJECT ": length 5 goes past the end");
}

static void words_that_do_not_fit_are_cut_behind(void **state)
{
    struct error err = {.code = ERROR_OK};
    char words[2 * ERROR_WORDS_BYTES];

    memset(words, 'a', sizeof(words));
    words[sizeof(words) - 1] = '\0';
    error_set(&err, ERROR_IO, "%s", words);
    assert_int_equal(strlen(err.words), ERROR_WORDS_BYTES - 1);
    assert_int_equal(error_object(&err, OBJECT), -ERROR_IO);
    assert_int_equal(strlen(err.words), ERROR_WORDS_BYTES - 1);
    assert_memory_equal(err.words, OBJECT ": aaa", strlen(OBJECT) + 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_object_is_named_once),
        cmocka_unit_test(words_that_do_not_fit_are_cut_behind),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
