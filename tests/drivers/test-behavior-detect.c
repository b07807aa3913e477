/* SPDX-License-Identifier: ISC
 *
 * Facts and their thumbprint: the digest is that of the canonical form written out by hand here, and
 * no two different detections share one. And how many detections a rule may raise.
 */
#include "tests/test.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

#include "drivers/behavior-detect.h"
#include "media/base/text.h"

#define MINUTE INT64_C(60000000)

static struct bytes_view view(const char *text)
{
    return bytes_view_of(text, strlen(text));
}

static void add(struct behavior_facts *facts, const char *key, const char *text)
{
    const struct behavior_fact fact = {.key = view(key), .text = view(text)};
    struct error err = {0};

    assert_ok(behavior_facts_add(facts, &fact, &err), &err);
}

static void add_number(struct behavior_facts *facts, const char *key, enum behavior_fact_kind kind,
                       int64_t number)
{
    const struct behavior_fact fact = {.key = view(key), .kind = kind, .number = number};
    struct error err = {0};

    assert_ok(behavior_facts_add(facts, &fact, &err), &err);
}

static void add_list(struct behavior_facts *facts, const char *key, const char *list, size_t size)
{
    const struct behavior_fact fact = {
        .key = view(key), .kind = BEHAVIOR_FACT_LIST, .text = bytes_view_of(list, size)};
    struct error err = {0};

    assert_ok(behavior_facts_add(facts, &fact, &err), &err);
}

static void assert_thumbprint(const struct behavior_facts *facts, const char *const *keys,
                              size_t count, const char *form)
{
    char expected[BEHAVIOR_THUMBPRINT_TEXT] = "v1:", got[BEHAVIOR_THUMBPRINT_TEXT];
    struct error err = {0};
    uint8_t digest[32];

    assert_int_equal(gnutls_hash_fast(GNUTLS_DIG_SHA256, form, strlen(form), digest), 0);
    text_hex(digest, sizeof(digest), expected + 3);
    assert_ok(behavior_thumbprint("tmp-script", facts, keys, count, got, &err), &err);
    assert_string_equal(got, expected);
}

static void test_the_form_is_the_documented_one(void **state)
{
    struct behavior_facts facts = {0};
    const char *const keys[] = {"path", "absent", "n"};

    add(&facts, "path", "/tmp/a b%\n\xff~");
    add_number(&facts, "n", BEHAVIOR_FACT_NUMBER, -12);
    add_number(&facts, "flag", BEHAVIOR_FACT_FLAG, 1);
    add_list(&facts, "argv", "a,\0b", 5);
    assert_thumbprint(&facts, NULL, 0,
                      "v1\ntmp-script\nargv=a%2C,b\nflag=true\nn=-12\n"
                      "path=%2Ftmp%2Fa%20b%25%0A%FF~\n");
    assert_thumbprint(&facts, keys, 3, "v1\ntmp-script\nn=-12\npath=%2Ftmp%2Fa%20b%25%0A%FF~\n");
    assert_thumbprint(&facts, keys + 1, 1, "v1\ntmp-script\n");
}

/* sha256sum of the same bytes, so that another implementation can be held against it. */
static void test_a_fixed_thumbprint(void **state)
{
    struct behavior_facts facts = {0};
    char got[BEHAVIOR_THUMBPRINT_TEXT];
    struct error err = {0};

    add(&facts, "path", "/tmp/a");
    assert_ok(behavior_thumbprint("tmp-script", &facts, NULL, 0, got, &err), &err);
    assert_string_equal(got, "v1:ab945471803d395db01817f47f41f588a885ec83a30e9607138c8c6022795381");
}

static void test_facts_as_json(void **state)
{
    struct behavior_facts facts = {0};
    json_t *got, *expected;

    add(&facts, "path", "/tmp/\xff\x1b[2J");
    add(&facts, "name", "f\xc3\xbcr\tuns");
    add_number(&facts, "n", BEHAVIOR_FACT_NUMBER, 3);
    add_number(&facts, "flag", BEHAVIOR_FACT_FLAG, 0);
    add_list(&facts, "argv", "a\0\0b", 5);
    got = behavior_facts_json(&facts);
    expected = json_pack("{s:s, s:s, s:i, s:b, s:[s, s, s]}", "path", "/tmp/\\xFF\\u{1B}[2J",
                         "name", "f\xc3\xbcr\tuns", "n", 3, "flag", 0, "argv", "a", "", "b");
    assert_true(json_equal(got, expected));
    json_decref(got);
    json_decref(expected);
}

static void refuse(struct behavior_facts *facts, const char *key, struct bytes_view text,
                   enum error_code code, const char *words)
{
    const struct behavior_fact fact = {.key = view(key), .text = text};
    struct error err = {0};

    assert_refused(behavior_facts_add(facts, &fact, &err), &err, code);
    assert_non_null(strstr(err.words, words));
}

static void test_bounds_of_facts(void **state)
{
    struct behavior_facts facts = {0};
    char *large = bytes_allocate(1, LIMIT_LUA_FACT_BYTES + 1);
    struct bytes_view most = bytes_view_of(large, LIMIT_LUA_FACT_BYTES);
    struct error err = {0};
    char keys[LIMIT_LUA_FACTS][4];
    size_t count = 0;

    memset(large, 'x', LIMIT_LUA_FACT_BYTES + 1);
    refuse(&facts, "", view("x"), ERROR_BAD_CONTENT, "expected a key");
    refuse(&facts, "A", view("x"), ERROR_BAD_CONTENT, "A: expected a key");
    refuse(&facts, "k", bytes_view_of(large, LIMIT_LUA_FACT_BYTES + 1), ERROR_BAD_CONTENT,
           "LUA_FACT_BYTES");
    add(&facts, "twice", "");
    refuse(&facts, "twice", view(""), ERROR_BAD_CONTENT, "twice: is there twice");
    for (; count + 1 < LIMIT_LUA_FACTS; count++) {
        snprintf(keys[count], sizeof(keys[count]), "k%02u", (unsigned)count % 100);
        add(&facts, keys[count], "");
    }
    refuse(&facts, "last", view(""), ERROR_LIMIT, "LUA_FACTS");
    facts.count = 0;
    for (count = 0; count < LIMIT_LUA_DETECTION_BYTES / LIMIT_LUA_FACT_BYTES; count++) {
        const struct behavior_fact fact = {.key = bytes_view_of(&"abcdefgh"[count], 1),
                                           .text = most};

        assert_ok(behavior_facts_add(&facts, &fact, &err), &err);
    }
    refuse(&facts, "last", view("x"), ERROR_LIMIT, "LUA_DETECTION_BYTES");
    add(&facts, "last", "");
    free(large);
}

static void test_what_is_held_back_is_told_with_the_next(void **state)
{
    struct behavior_rate rate = {0};
    uint64_t count = 0;

    for (unsigned i = 0; i < LIMIT_LUA_DETECTIONS; i++) {
        assert_true(behavior_rate_take(&rate, MINUTE + i, &count));
        assert_int_equal(count, 1);
    }
    assert_false(behavior_rate_take(&rate, MINUTE + 1000, &count));
    assert_false(behavior_rate_take(&rate, 2 * MINUTE - 1, &count));
    assert_true(behavior_rate_take(&rate, 2 * MINUTE, &count));
    assert_int_equal(count, 3);
    assert_true(behavior_rate_take(&rate, 2 * MINUTE, &count));
    assert_int_equal(count, 1);
    assert_true(behavior_rate_take(&rate, 5, &count));
    assert_int_equal(rate.start, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_form_is_the_documented_one),
        cmocka_unit_test(test_a_fixed_thumbprint),
        cmocka_unit_test(test_facts_as_json),
        cmocka_unit_test(test_bounds_of_facts),
        cmocka_unit_test(test_what_is_held_back_is_told_with_the_next),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
