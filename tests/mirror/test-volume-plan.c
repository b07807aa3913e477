/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <stdbool.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "mirror/volume-plan.h"

#define FRAMES   400
#define PACKAGES 12
#define ROUNDS   400

struct world {
    uint32_t sizes[FRAMES], frames[PACKAGES][FRAMES];
    struct volume_plan_package packages[PACKAGES];
    struct volume_plan_question question;
};

/* Always the same numbers. */
static uint32_t next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Packages in a row, every fourth frame shared with the package before. */
static void fill(struct world *world, uint32_t seed)
{
    uint32_t state = seed, frame = 0;

    memset(world, 0, sizeof(*world));
    for (size_t i = 0; i < FRAMES; i++)
        world->sizes[i] = 1 + next(&state) % (seed % 3 == 0 ? 2000 : (uint32_t)LIMIT_FRAME_BYTES);
    for (size_t i = 0; i < PACKAGES; i++) {
        uint32_t count = next(&state) % (FRAMES / PACKAGES);
        uint32_t begin = frame;

        for (uint32_t j = 0; j < count; j++) {
            if (j % 4 == 3 && begin > 0 && j < begin)
                world->frames[i][j] = begin - 1 - j; /* falls: none twice */
            else
                world->frames[i][j] = frame++;
        }
        world->packages[i] = (struct volume_plan_package){world->frames[i], count};
    }
    world->question = (struct volume_plan_question){
        .sizes = world->sizes,
        .frame_count = frame,
        .packages = world->packages,
        .package_count = PACKAGES,
        .fixed_bytes = next(&state) % 100000,
        .pack_bytes = 8192,
    };
    world->question.limit_bytes = world->question.fixed_bytes + 8192 + LIMIT_FRAME_BYTES + KIB +
                                  next(&state) % (20 * LIMIT_FRAME_BYTES);
}

static uint64_t fresh_bytes(const struct world *world, size_t package)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < world->packages[package].count; i++)
        bytes += volume_plan_frame_bytes(world->sizes[world->packages[package].frames[i]]);
    return bytes;
}

/* Counted anew from the answer: what is on each volume. */
static void check_limit(const struct world *world, const struct volume_plan *plan)
{
    uint64_t *bytes = bytes_allocate(plan->count + 1, sizeof(*bytes));

    for (uint32_t i = 0; i < plan->count; i++)
        bytes[i] = world->question.fixed_bytes;
    for (size_t i = 0; i < world->question.frame_count; i++) {
        assert_in_range(plan->volume_of[i], 1, plan->count);
        bytes[plan->volume_of[i] - 1] += volume_plan_frame_bytes(world->sizes[i]);
    }
    for (uint32_t i = 0; i < plan->count; i++) {
        assert_true(bytes[i] + (bytes[i] > world->question.fixed_bytes ? 8192 : 0) <=
                    plan->bytes[i]);
        assert_true(plan->bytes[i] <= world->question.limit_bytes);
    }
    free(bytes);
}

/* A package whose own frames fit a volume has those that no other package shares on one. */
static void check_whole(const struct world *world, const struct volume_plan *plan)
{
    for (size_t i = 0; i < PACKAGES; i++) {
        uint32_t on = 0;

        if (world->question.fixed_bytes + fresh_bytes(world, i) + 8192 >
            world->question.limit_bytes)
            continue;
        for (size_t j = 0; j < world->packages[i].count; j++) {
            uint32_t frame = world->packages[i].frames[j];
            bool shared = false;

            for (size_t k = 0; k < PACKAGES; k++) {
                for (size_t l = 0; k != i && l < world->packages[k].count; l++)
                    shared = shared || world->packages[k].frames[l] == frame;
            }
            if (shared)
                continue;
            assert_true(on == 0 || on == plan->volume_of[frame]);
            on = plan->volume_of[frame];
        }
    }
}

/* hard limit, every frame once, whole packages: for whatever comes. */
static void the_rules_hold_for_any_packages(void **state)
{
    struct world *world = bytes_allocate(1, sizeof(*world));
    size_t spread = 0;

    for (uint32_t seed = 1; seed <= ROUNDS; seed++) {
        struct volume_plan plan, again;
        struct error err = {0};

        fill(world, seed);
        assert_ok(volume_plan_make(&world->question, &plan, &err), &err);
        check_limit(world, &plan);
        check_whole(world, &plan);
        assert_ok(volume_plan_make(&world->question, &again, &err), &err);
        assert_int_equal(again.count, plan.count);
        assert_memory_equal(again.volume_of, plan.volume_of,
                            world->question.frame_count * sizeof(uint32_t));
        spread += plan.count > 2;
        volume_plan_clear(&again);
        volume_plan_clear(&plan);
    }
    assert_true(spread > ROUNDS / 4);
    free(world);
}

static void without_a_limit_there_is_one_volume(void **state)
{
    struct world *world = bytes_allocate(1, sizeof(*world));
    struct volume_plan plan;
    struct error err = {0};

    fill(world, 7);
    world->question.limit_bytes = 0;
    assert_ok(volume_plan_make(&world->question, &plan, &err), &err);
    assert_int_equal(plan.count, 1);
    volume_plan_clear(&plan);
    world->question.package_count = world->question.frame_count = 0;
    assert_ok(volume_plan_make(&world->question, &plan, &err), &err);
    assert_int_equal(plan.count, 1);
    assert_int_equal(plan.bytes[0], world->question.fixed_bytes);
    volume_plan_clear(&plan);
    free(world);
}

/* 4 frames of 1000 bytes, 1596 with overheads, in volumes of 2: none is wasted. */
static void a_large_package_takes_as_few_as_it_needs(void **state)
{
    static const uint32_t sizes[] = {1000, 1000, 1000, 1000, 100};
    static const uint32_t large[] = {0, 1, 2, 3}, small[] = {4};
    static const struct volume_plan_package packages[] = {{large, 4}, {small, 1}};
    struct volume_plan_question question = {.sizes = sizes,
                                            .frame_count = 5,
                                            .packages = packages,
                                            .package_count = 2,
                                            .fixed_bytes = 100,
                                            .pack_bytes = 10,
                                            .limit_bytes = 110 + 2 * 1596};
    struct volume_plan plan;
    struct error err = {0};

    assert_int_equal(volume_plan_frame_bytes(1000), 1596);
    assert_ok(volume_plan_make(&question, &plan, &err), &err);
    /* The small one is first and whole; beside it the large one would need a third volume. */
    assert_int_equal(plan.volume_of[4], 1);
    assert_int_equal(plan.volume_of[0], 2);
    assert_int_equal(plan.volume_of[3], 3);
    assert_int_equal(plan.count, 3);
    volume_plan_clear(&plan);
    /* Room for one of its frames beside the small one spares nothing, for three of them a volume. */
    question.limit_bytes = 110 + 3 * 1596 + 1084;
    assert_ok(volume_plan_make(&question, &plan, &err), &err);
    assert_int_equal(plan.volume_of[0], 1);
    assert_int_equal(plan.volume_of[3], 2);
    assert_int_equal(plan.count, 2);
    volume_plan_clear(&plan);
}

static void what_fits_no_volume_is_named(void **state)
{
    static const uint32_t sizes[] = {10, 5000};
    static const uint32_t frames[] = {0, 1};
    static const struct volume_plan_package package = {frames, 2};
    struct volume_plan_question question = {.sizes = sizes,
                                            .frame_count = 2,
                                            .packages = &package,
                                            .package_count = 1,
                                            .fixed_bytes = 1000,
                                            .limit_bytes = 4000};
    struct volume_plan plan;
    struct error err = {0};

    assert_refused(volume_plan_make(&question, &plan, &err), &err, ERROR_LIMIT);
    assert_int_equal(plan.misfit, 1);
    volume_plan_clear(&plan);
    question.limit_bytes = 999;
    assert_refused(volume_plan_make(&question, &plan, &err), &err, ERROR_LIMIT);
    assert_true(plan.misfit == UINT32_MAX);
    volume_plan_clear(&plan);
}

static void volumes_are_not_more_than_people_can_change(void **state)
{
    uint32_t *sizes = bytes_allocate(LIMIT_VOLUMES + 1, sizeof(*sizes));
    uint32_t *frames = bytes_allocate(LIMIT_VOLUMES + 1, sizeof(*frames));
    struct volume_plan_package package = {frames, LIMIT_VOLUMES};
    struct volume_plan_question question = {.sizes = sizes,
                                            .frame_count = LIMIT_VOLUMES,
                                            .packages = &package,
                                            .package_count = 1,
                                            .limit_bytes = 1200};
    struct volume_plan plan;
    struct error err = {0};

    for (uint32_t i = 0; i <= LIMIT_VOLUMES; i++) {
        sizes[i] = 500;
        frames[i] = i;
    }
    assert_ok(volume_plan_make(&question, &plan, &err), &err);
    assert_int_equal(plan.count, LIMIT_VOLUMES);
    volume_plan_clear(&plan);
    question.frame_count = package.count = LIMIT_VOLUMES + 1;
    assert_refused(volume_plan_make(&question, &plan, &err), &err, ERROR_LIMIT);
    volume_plan_clear(&plan);
    free(sizes);
    free(frames);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_rules_hold_for_any_packages),
        cmocka_unit_test(without_a_limit_there_is_one_volume),
        cmocka_unit_test(a_large_package_takes_as_few_as_it_needs),
        cmocka_unit_test(what_fits_no_volume_is_named),
        cmocka_unit_test(volumes_are_not_more_than_people_can_change),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
