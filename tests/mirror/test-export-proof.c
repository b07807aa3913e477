/* SPDX-License-Identifier: ISC */
#include "tests/scratch.h"

#include <signal.h>

#include "mirror/export-proof.h"

#define FRAMES     1500 /* more than one stretch takes, by their number and by their bytes */
#define MOST_BYTES 30000
#define LARGE      700 /* this frame is as large as frames get */
#define NAME       "pack.tar"

/* A plan of one pack, and the pack as a file. */
struct packed {
    struct scratch *scratch;
    struct export_plan plan;
    struct export_volumes volumes;
    struct export_pack pack;
    struct progress progress;
    struct interrupt interrupt;
    struct export_job job;
};

static size_t size_of(size_t i)
{
    return i == LARGE ? LIMIT_FRAME_BYTES : 1 + i * 977 % MOST_BYTES;
}

/* Deterministic bytes that no two frames share. */
static void fill(uint8_t *frame, size_t i)
{
    memset(frame, (int)i, size_of(i));
    frame[0] = (uint8_t)(i >> 8);
}

static void write_pack(struct packed *packed)
{
    struct error err = {.code = ERROR_OK};
    uint8_t *frame = bytes_allocate(1, LIMIT_FRAME_BYTES);
    int fd = openat(packed->scratch->fd, NAME, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    struct pack_writer *writer;

    assert_true(fd >= 0);
    assert_ok(pack_write_open(fd, 0, &writer, &err), &err);
    for (size_t i = 0; i < FRAMES; i++) {
        struct export_plan_frame *planned = &packed->plan.frames[FRAMES - 1 - i];

        fill(frame, i);
        planned->packed = (uint32_t)size_of(i);
        digest_of(frame, size_of(i), planned->digest);
        packed->volumes.order[i] = (uint32_t)(FRAMES - 1 - i);
        assert_ok(pack_write_frame(writer, planned->digest, frame, size_of(i), &err), &err);
    }
    assert_ok(pack_write_close(writer, packed->pack.id, &packed->pack.size, &err), &err);
    packed->pack.count = FRAMES;
    close(fd);
    free(frame);
}

static int set_up(void **state)
{
    struct packed *packed = bytes_allocate(1, sizeof(*packed));
    void *scratch = NULL;

    if (scratch_open(&scratch) < 0)
        return -1;
    packed->scratch = scratch;
    packed->plan.frames = bytes_allocate(FRAMES, sizeof(*packed->plan.frames));
    packed->volumes.order = bytes_allocate(FRAMES, sizeof(*packed->volumes.order));
    packed->interrupt.fd = -1;
    packed->job = (struct export_job){.plan = &packed->plan,
                                      .volumes = &packed->volumes,
                                      .progress = &packed->progress,
                                      .interrupt = &packed->interrupt};
    write_pack(packed);
    *state = packed;
    return 0;
}

static int tear_down(void **state)
{
    struct packed *packed = *state;

    void *scratch = packed->scratch;

    free(packed->plan.frames);
    free(packed->volumes.order);
    free(packed);
    return scratch_close(&scratch);
}

static int prove(struct packed *packed, struct error *err)
{
    bool direct;

    *err = (struct error){.code = ERROR_OK};
    return export_proof_pack(&packed->job, &packed->pack, packed->scratch->fd, NAME, &direct, err);
}

static void a_pack_as_planned_is_believed_and_read_once(void **state)
{
    struct packed *packed = *state;
    struct error err;

    assert_ok(prove(packed, &err), &err);
    assert_int_equal(packed->progress.done, packed->pack.size);
}

/* One bit of the file at `offset`. */
static void flip(struct packed *packed, uint64_t offset)
{
    int fd = openat(packed->scratch->fd, NAME, O_RDWR);
    uint8_t byte;

    assert_int_equal(pread(fd, &byte, 1, (off_t)offset), 1);
    byte ^= 1;
    assert_int_equal(pwrite(fd, &byte, 1, (off_t)offset), 1);
    close(fd);
}

static uint64_t start_of(size_t frame)
{
    uint64_t start = 0;

    for (size_t i = 0; i < frame; i++)
        start += pack_frame_bytes(size_of(i));
    return start;
}

static void a_changed_bit_is_found_wherever_it_lies(void **state)
{
    struct packed *packed = *state;
    const uint64_t index = start_of(FRAMES);
    const uint64_t places[] = {
        0,                                                      /* a header's name */
        511,                                                    /* its end */
        512,                                                    /* a frame of one byte */
        513,                                                    /* its padding */
        start_of(600) - 1,                                      /* the last of a padding */
        start_of(LARGE) + PACK_BLOCK_BYTES,                     /* first and last byte of a frame */
        start_of(LARGE) + PACK_BLOCK_BYTES + MIB - 1,           /* that fills its blocks */
        start_of(FRAMES - 1) + 100,                             /* the last frame's header */
        start_of(FRAMES - 1) + PACK_BLOCK_BYTES + 1,            /* and its bytes */
        index + 10,                                             /* the index's header */
        index + PACK_BLOCK_BYTES,                               /* its first row */
        index + PACK_BLOCK_BYTES + FRAMES * PACK_ROW_BYTES - 1, /* its last */
        packed->pack.size - PACK_TAIL_BYTES,                    /* its footer */
        packed->pack.size - 1024,                               /* what closes a tar */
        packed->pack.size - 1,
    };
    struct error err;

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        flip(packed, places[i]);
        if (prove(packed, &err) == 0)
            fail_msg("a changed bit of byte %llu goes unseen", (unsigned long long)places[i]);
        assert_refused(-(int)err.code, &err, ERROR_MEDIUM_DAMAGED);
        assert_non_null(strstr(err.words, "reads back other than it was written"));
        assert_non_null(strstr(err.words, NAME));
        flip(packed, places[i]);
    }
    assert_ok(prove(packed, &err), &err);
}

static void resize(struct packed *packed, uint64_t size)
{
    int fd = openat(packed->scratch->fd, NAME, O_WRONLY);

    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    close(fd);
}

static void another_size_is_damage(void **state)
{
    struct packed *packed = *state;
    struct error err;

    resize(packed, packed->pack.size - 1);
    assert_refused(prove(packed, &err), &err, ERROR_MEDIUM_DAMAGED);
    resize(packed, packed->pack.size + 1);
    assert_refused(prove(packed, &err), &err, ERROR_MEDIUM_DAMAGED);
}

/* The same frames in another order have the same name: the pack is another. */
static void frames_in_another_order_are_not_what_was_planned(void **state)
{
    struct packed *packed = *state;
    struct error err;

    packed->volumes.order[3] = FRAMES - 1 - 4;
    packed->volumes.order[4] = FRAMES - 1 - 3;
    assert_refused(prove(packed, &err), &err, ERROR_MEDIUM_DAMAGED);
}

static void a_signal_ends_the_reading(void **state)
{
    struct packed *packed = *state;
    struct error err = {.code = ERROR_OK};

    assert_ok(interrupt_begin(&packed->interrupt, &err), &err);
    raise(SIGINT);
    assert_refused(prove(packed, &err), &err, ERROR_INTERRUPTED);
    interrupt_end(&packed->interrupt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_pack_as_planned_is_believed_and_read_once, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_changed_bit_is_found_wherever_it_lies, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_size_is_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(frames_in_another_order_are_not_what_was_planned, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_signal_ends_the_reading, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
