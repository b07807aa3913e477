/* SPDX-License-Identifier: ISC
 *
 * What rules remember: values come back as they were until their end, and nothing that one rule
 * keeps can pass the bounds of a rule or of all.
 */
#include "tests/test.h"

#include "drivers/behavior-state.h"
#include "media/base/limits.h"

#define SECOND INT64_C(1000000)
#define NEVER  (1000000 * SECOND)

struct room {
    struct behavior_purse purse;
    struct behavior_state *state;
};

static int setup(void **test_state)
{
    struct room *room = bytes_allocate(1, sizeof(*room));

    room->purse.most = LIMIT_LUA_STATE_BYTES;
    room->state = behavior_state_new(&room->purse);
    *test_state = room;
    return 0;
}

static int teardown(void **test_state)
{
    struct room *room = *test_state;
    int left;

    behavior_state_free(room->state);
    left = room->purse.bytes == 0 ? 0 : -1;
    free(room);
    return left;
}

static struct bytes_view view(const char *text)
{
    return bytes_view_of(text, strlen(text));
}

static bool put(struct room *room, const char *key, int64_t number, int64_t now, int64_t end)
{
    const struct behavior_value value = {.kind = BEHAVIOR_NUMBER, .number = number};

    return behavior_state_set(room->state, view(key), &value, now, end);
}

/* The number that is kept; -1: none. */
static int64_t get(struct room *room, const char *key, int64_t now)
{
    struct behavior_value value;

    if (!behavior_state_get(room->state, view(key), now, &value))
        return -1;
    assert_int_equal(value.kind, BEHAVIOR_NUMBER);
    return value.number;
}

static void test_every_kind_comes_back(void **test_state)
{
    struct room *room = *test_state;
    const struct behavior_value flag = {.kind = BEHAVIOR_FLAG, .flag = true};
    const struct behavior_value text = {.kind = BEHAVIOR_TEXT, .text = {(const void *)"a\0b", 3}};
    struct behavior_value got;

    assert_true(behavior_state_set(room->state, view("flag"), &flag, 0, NEVER));
    assert_true(behavior_state_set(room->state, bytes_view_of("te\0xt", 5), &text, 0, NEVER));
    assert_true(put(room, "number", 7, 0, NEVER));
    assert_true(behavior_state_get(room->state, view("flag"), 1, &got));
    assert_true(got.kind == BEHAVIOR_FLAG && got.flag);
    assert_true(behavior_state_get(room->state, bytes_view_of("te\0xt", 5), 1, &got));
    assert_true(got.kind == BEHAVIOR_TEXT && bytes_equal(got.text, text.text));
    assert_false(behavior_state_get(room->state, view("te"), 1, &got));
    assert_int_equal(get(room, "number", 1), 7);
}

static void test_a_value_ends(void **test_state)
{
    struct room *room = *test_state;

    assert_true(put(room, "a", 1, 0, 5 * SECOND));
    assert_int_equal(get(room, "a", 5 * SECOND - 1), 1);
    assert_int_equal(get(room, "a", 5 * SECOND), -1);
    assert_int_equal(behavior_state_count(room->state), 0);
    assert_true(put(room, "a", 1, 0, 5 * SECOND));
    assert_true(put(room, "a", 2, 4 * SECOND, 9 * SECOND));
    assert_int_equal(get(room, "a", 8 * SECOND), 2);
    assert_true(behavior_state_set(room->state, view("a"), NULL, 8 * SECOND, 0));
    assert_true(behavior_state_set(room->state, view("b"), NULL, 8 * SECOND, 0));
    assert_int_equal(get(room, "a", 8 * SECOND), -1);
}

static void fill(struct room *room, size_t count, int64_t end)
{
    char key[32];

    for (size_t i = 0; i < count; i++) {
        snprintf(key, sizeof(key), "key %zu", i);
        assert_true(put(room, key, (int64_t)i, 0, end));
    }
}

static void test_a_full_state_makes_room_only_of_what_ended(void **test_state)
{
    struct room *room = *test_state;

    fill(room, LIMIT_LUA_STATE_KEYS - 1, 10 * SECOND);
    assert_true(put(room, "stays", 1, 0, 30 * SECOND));
    assert_false(put(room, "more", 2, 9 * SECOND, 20 * SECOND));
    assert_int_equal(get(room, "key 7", 9 * SECOND), 7);
    assert_true(put(room, "key 7", 8, 9 * SECOND, 20 * SECOND));
    assert_int_equal(get(room, "key 7", 9 * SECOND), 8);
    assert_true(put(room, "more", 2, 11 * SECOND, 20 * SECOND));
    assert_int_equal(behavior_state_count(room->state), 3);
    assert_int_equal(get(room, "stays", 11 * SECOND), 1);
    assert_int_equal(get(room, "key 7", 11 * SECOND), 8);
}

static void test_the_purse_is_shared(void **test_state)
{
    struct room *room = *test_state;
    struct behavior_state *greedy = behavior_state_new(&room->purse);
    char *large = bytes_allocate(1, LIMIT_LUA_TEXT);
    const struct behavior_value value = {.kind = BEHAVIOR_TEXT,
                                         .text = {(const uint8_t *)large, LIMIT_LUA_TEXT}};
    char key[32];
    size_t count = 0;

    assert_true(put(room, "mine", 1, 0, NEVER));
    do {
        snprintf(key, sizeof(key), "key %zu", count++);
        assert_true(count < LIMIT_LUA_STATE_KEYS);
    } while (behavior_state_set(greedy, view(key), &value, 0, NEVER));
    assert_true(room->purse.bytes <= room->purse.most);
    assert_int_equal(get(room, "mine", 1), 1);
    /* the value of a key that is there changes within the room that it has */
    assert_true(behavior_state_set(greedy, view("key 0"), &value, 0, NEVER));
    behavior_state_free(greedy);
    assert_true(put(room, "now", 1, 0, NEVER));
    free(large);
}

/* Every key that is put, taken away and looked for, held against a plain array. */
static void test_many_keys_against_an_array(void **test_state)
{
    enum { KEYS = 300, TURNS = 30000 };
    struct room *room = *test_state;
    int64_t kept[KEYS], ends[KEYS];
    uint64_t seed = 1;

    for (size_t i = 0; i < KEYS; i++)
        kept[i] = -1;
    for (int64_t turn = 0; turn < TURNS; turn++) {
        size_t i;
        char key[32];

        seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        i = (size_t)(seed >> 33) % KEYS;
        snprintf(key, sizeof(key), "%zu", i * 7919 % 1009);
        assert_int_equal(get(room, key, turn), kept[i] >= 0 && ends[i] > turn ? kept[i] : -1);
        kept[i] = turn;
        ends[i] = turn + (int64_t)(seed >> 40) % 900;
        assert_true(put(room, key, turn, turn, ends[i]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_kind_comes_back, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_value_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_full_state_makes_room_only_of_what_ended, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_purse_is_shared, setup, teardown),
        cmocka_unit_test_setup_teardown(test_many_keys_against_an_array, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
