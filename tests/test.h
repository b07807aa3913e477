/* SPDX-License-Identifier: ISC
 *
 * What every cmocka test includes, in cmocka's order.
 */
#ifndef TESTS_TEST_H
#define TESTS_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "media/base/error.h"

/* Fails the test with the error's words. */
#define assert_ok(call, err)                                                                       \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s: %s", #call, error_name((err)->code), (err)->words);                  \
    } while (0)

/* The call must fail with just this code, in its result and in err. */
#define assert_refused(call, err, expected)                                                        \
    do {                                                                                           \
        int refused_result = (call);                                                               \
        if (refused_result != -(int)(expected) || (err)->code != (expected))                       \
            fail_msg("%s: got %s (%d): %s; expected %s", #call, error_name((err)->code),           \
                     refused_result, (err)->words, error_name(expected));                          \
    } while (0)

/* The last line of a test that shows a case of the catalogue of attacks (tests/attack/catalogue.tsv),
 * by its number: it comes into the log only when everything before it held. */
#define shows_case(number) print_message("# [" number "] %s\n", __func__)

/* The same of one attack: it was refused with this code, and what it must not change is what it was.
 * ERROR_OK: no attack, but what must be accepted beside them. */
static inline void shows_attack(const char *number, enum error_code code, const char *name)
{
    if (code == ERROR_OK)
        print_message("# [%s] lawful: %s\n", number, name);
    else
        print_message("# [%s] refused %s, state unchanged: %s\n", number, error_name(code), name);
}

#endif
