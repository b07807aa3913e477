/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <pthread.h>

#include "agent/verify-workers.h"

#define THREADS 3
#define PIECES  1000

struct tally {
    pthread_mutex_t lock;
    unsigned done[PIECES];
    pthread_t ran_by[PIECES];
};

static void count(void *context, size_t i)
{
    struct tally *tally = context;

    pthread_mutex_lock(&tally->lock);
    tally->done[i]++;
    tally->ran_by[i] = pthread_self();
    pthread_mutex_unlock(&tally->lock);
}

static struct tally *tally_new(void)
{
    struct tally *tally = test_calloc(1, sizeof(*tally));

    pthread_mutex_init(&tally->lock, NULL);
    return tally;
}

static void tally_free(struct tally *tally)
{
    pthread_mutex_destroy(&tally->lock);
    test_free(tally);
}

static void every_piece_is_done_once(void **state)
{
    struct verify_workers *workers;
    struct tally *tally = tally_new();
    struct error err = {0};

    assert_ok(verify_workers_start(THREADS, &workers, &err), &err);
    assert_int_equal(verify_workers_count(workers), THREADS);
    verify_workers_run(workers, count, tally, PIECES);
    verify_workers_run(workers, count, tally, 0);
    verify_workers_run(workers, count, tally, 1);
    assert_int_equal(tally->done[0], 2);
    for (size_t i = 1; i < PIECES; i++)
        assert_int_equal(tally->done[i], 1);
    verify_workers_stop(workers);
    tally_free(tally);
}

static void each_thread_can_be_reached(void **state)
{
    struct verify_workers *workers;
    struct tally *tally = tally_new();
    struct error err = {0};

    assert_ok(verify_workers_start(THREADS, &workers, &err), &err);
    for (unsigned round = 1; round <= 50; round++) {
        verify_workers_each(workers, count, tally);
        for (size_t i = 0; i < THREADS; i++)
            assert_int_equal(tally->done[i], round);
    }
    for (size_t i = 0; i < THREADS; i++) {
        assert_false(pthread_equal(tally->ran_by[i], pthread_self()));
        for (size_t j = 0; j < i; j++)
            assert_false(pthread_equal(tally->ran_by[i], tally->ran_by[j]));
    }
    assert_int_equal(tally->done[THREADS], 0);
    verify_workers_run(workers, count, tally, PIECES);
    assert_int_equal(tally->done[THREADS], 1);
    verify_workers_stop(workers);
    tally_free(tally);
}

static void stopping_nothing_is_fine(void **state)
{
    struct verify_workers *workers;
    struct error err = {0};

    verify_workers_stop(NULL);
    assert_ok(verify_workers_start(THREADS, &workers, &err), &err);
    verify_workers_stop(workers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece_is_done_once),
        cmocka_unit_test(each_thread_can_be_reached),
        cmocka_unit_test(stopping_nothing_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
