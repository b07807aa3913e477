/* SPDX-License-Identifier: ISC
 *
 * Numbers of volumes: as verify lists them, and as people read them.
 */
#include "tests/test.h"

#include "agent/volumes.h"

static struct volumes make(const char *list, uint64_t of)
{
    json_t *json = json_loads(list, 0, NULL);
    struct volumes volumes;
    struct error err = {0};

    assert_ok(volumes_read(json, of, &volumes, &err), &err);
    json_decref(json);
    return volumes;
}

static void numbers_are_taken_and_told(void **state)
{
    static const struct {
        const char *list, *words;
        uint64_t of;
    } rows[] = {
        {"[2]", "volume 2 of 3 of this export is needed", 3},
        {"[1, 3]", "volumes 1, 3 of 3 of this export are needed", 3},
        {"[1, 2, 3, 5, 7, 8]", "volumes 1-3, 5, 7-8 of 9 of this export are needed", 9},
        {"[1024]", "volume 1024 of 1024 of this export is needed", 1024},
    };
    char words[VOLUMES_WORDS_BYTES];

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct volumes volumes = make(rows[i].list, rows[i].of);

        assert_string_equal(volumes_words(&volumes, rows[i].of, words), rows[i].words);
    }
}

static void more_than_fits_is_said_to_be_more(void **state)
{
    struct volumes volumes = {{0}};
    char words[VOLUMES_WORDS_BYTES];

    for (uint64_t i = 1; i <= LIMIT_VOLUMES; i += 2)
        volumes_add(&volumes, i);
    volumes_words(&volumes, LIMIT_VOLUMES, words);
    assert_non_null(strstr(words, " and more of 1024 of this export are needed"));
    assert_int_equal(volumes_count(&volumes), LIMIT_VOLUMES / 2);
}

static void what_is_no_rising_list_is_refused(void **state)
{
    static const char *const lists[] = {"[0]",  "[4]", "[1, 1]", "[2, 1]", "[\"1\"]", "[1.5]",
                                        "[-1]", "{}",  "[true]", "[null]", "[[1]]",   "[1, 2, 99]"};

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        json_t *json = json_loads(lists[i], 0, NULL);
        struct volumes volumes;
        struct error err = {0};

        assert_non_null(json);
        assert_refused(volumes_read(json, 3, &volumes, &err), &err, ERROR_PROTOCOL);
        json_decref(json);
    }
}

static void sets_are_joined_and_taken_away(void **state)
{
    struct volumes all = make("[1, 2, 3]", 3), some = make("[2]", 3);

    volumes_remove(&all, &some);
    assert_true(volumes_has(&all, 1) && !volumes_has(&all, 2) && volumes_has(&all, 3));
    volumes_join(&all, &some);
    assert_int_equal(volumes_count(&all), 3);
    volumes_add(&all, 0);
    volumes_add(&all, LIMIT_VOLUMES + 1);
    volumes_add(&all, UINT64_MAX);
    assert_int_equal(volumes_count(&all), 3);
    assert_false(volumes_has(&all, 0) || volumes_has(&all, LIMIT_VOLUMES + 1));
}

int main(void)
{
    const struct CMUnitTest rows[] = {
        cmocka_unit_test(numbers_are_taken_and_told),
        cmocka_unit_test(more_than_fits_is_said_to_be_more),
        cmocka_unit_test(what_is_no_rising_list_is_refused),
        cmocka_unit_test(sets_are_joined_and_taken_away),
    };

    return cmocka_run_group_tests_name("volumes", rows, NULL, NULL);
}
