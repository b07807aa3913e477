/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-intake on media that were changed as an attacker or a failing stick would.
 */
#include "config.h"

#include "tests/agent/intake-fixture.h"

#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/intake-protocol.h"
#include "media/base/reader.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/pack.h"
#include "media/recipe.h"

static void every_file_is_rebuilt(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;

    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "ok");
    assert_true(outcome.progress >= 1);
    intake_fixture_check(fixture, "job");
}

static void a_second_package_follows_in_the_same_process(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome = {0};

    intake_fixture_expect(fixture, "ok");
    intake_fixture_send(fixture, fixture->recipe, "other");
    while (!intake_fixture_take(fixture, &outcome))
        ;
    assert_string_equal(outcome.code, "ok");
    intake_fixture_check(fixture, "other");
}

static void what_is_in_the_folder_already_is_never_touched(void **state)
{
    struct intake_fixture *fixture = *state;
    struct error err = {0};
    struct bytes kept;

    scratch_put(fixture->staging, "job/data/noise", "kept", 4);
    intake_fixture_expect(fixture, "io");
    assert_ok(path_read(fixture->staging, "job/data/noise", 4, &kept, &err), &err);
    assert_memory_equal(kept.data, "kept", 4);
    bytes_clear(&kept);
    shows_case("J1");
}

static void a_link_in_the_folder_is_not_followed(void **state)
{
    struct intake_fixture *fixture = *state;
    struct stat status;

    close(scratch_folder(fixture->staging, "job"));
    assert_int_equal(symlinkat("../../source", fixture->staging, "job/data"), 0);
    intake_fixture_expect(fixture, "io");
    assert_int_equal(fstatat(fixture->source, "zeros", &status, 0), -1);
    shows_case("D2");
    shows_case("J1");
}

/* Changes bytes of a pack on the medium. */
static void change(struct intake_fixture *fixture, size_t pack, uint64_t offset, const void *data,
                   size_t size)
{
    struct error err = {0};
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[pack], O_RDWR, 0, &fd, &err), &err);
    assert_ok(path_pwrite(fd, data, size, offset, &err), &err);
    close(fd);
}

static uint64_t pack_size(struct intake_fixture *fixture, size_t pack)
{
    struct stat status;

    assert_int_equal(fstatat(fixture->medium, fixture->packs[pack], &status, 0), 0);
    return (uint64_t)status.st_size;
}

/* The index and footer of a pack, to be changed; then put back with a footer digest that fits, so
 * that only what the index says is wrong. */
struct index {
    uint8_t *data;
    size_t rows_size, count;
    uint64_t offset;
};

static void load_index(struct intake_fixture *fixture, size_t pack, struct index *index)
{
    uint64_t size = pack_size(fixture, pack);
    uint8_t footer[PACK_BLOCK_BYTES];
    struct error err = {0};
    struct bytes_view view = bytes_view_of(footer + 16, 16);
    uint64_t count;
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[pack], O_RDONLY, 0, &fd, &err), &err);
    assert_ok(path_pread(fd, footer, sizeof(footer), size - PACK_TAIL_BYTES, &err), &err);
    assert_int_equal(bytes_get_u64(&view, &index->offset), 0);
    assert_int_equal(bytes_get_u64(&view, &count), 0);
    index->count = (size_t)count;
    index->rows_size = (size_t)(size - PACK_TAIL_BYTES - index->offset);
    index->data = bytes_allocate(1, index->rows_size + PACK_BLOCK_BYTES);
    assert_ok(path_pread(fd, index->data, index->rows_size + PACK_BLOCK_BYTES, index->offset, &err),
              &err);
    close(fd);
}

static void store_index(struct intake_fixture *fixture, size_t pack, struct index *index)
{
    digest_of(index->data, index->rows_size, index->data + index->rows_size + 32);
    change(fixture, pack, index->offset, index->data, index->rows_size + PACK_BLOCK_BYTES);
    free(index->data);
}

static void a_flipped_byte_of_a_frame_is_refused(void **state)
{
    struct intake_fixture *fixture = *state;
    struct error err = {0};
    uint8_t byte;
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[1], O_RDONLY, 0, &fd, &err), &err);
    assert_ok(path_pread(fd, &byte, 1, PACK_BLOCK_BYTES + 1000, &err), &err);
    close(fd);
    byte ^= 1;
    change(fixture, 1, PACK_BLOCK_BYTES + 1000, &byte, 1);
    intake_fixture_expect(fixture, "bad-digest");
}

static uint32_t row_length(const struct index *index, size_t row)
{
    struct bytes_view view = bytes_view_of(index->data + row * PACK_ROW_BYTES + 56, 4);
    uint32_t length;

    assert_int_equal(bytes_get_u32(&view, &length), 0);
    return length;
}

/* Only the bytes can tell that these two rows have changed names. */
static void an_index_that_gives_two_frames_each_others_place_is_refused(void **state)
{
    struct intake_fixture *fixture = *state;
    size_t last = fixture->pack_count - 1;
    uint8_t digest[DIGEST_BYTES];
    struct index index;
    uint8_t *twins[2];
    size_t found = 0;

    load_index(fixture, last, &index);
    for (size_t i = 0; i < index.count && found < 2; i++) {
        if (row_length(&index, i) == INTAKE_FIXTURE_TWIN_BYTES)
            twins[found++] = index.data + i * PACK_ROW_BYTES;
    }
    assert_int_equal(found, 2);
    memcpy(digest, twins[0], DIGEST_BYTES);
    memcpy(twins[0], twins[1], DIGEST_BYTES);
    memcpy(twins[1], digest, DIGEST_BYTES);
    store_index(fixture, last, &index);
    intake_fixture_expect(fixture, "bad-digest");
}

static void an_index_that_contradicts_the_recipe_is_passed_over(void **state)
{
    struct intake_fixture *fixture = *state;
    struct index index;
    uint8_t *row;

    load_index(fixture, 0, &index);
    row = index.data + (index.count - 1) * PACK_ROW_BYTES;
    row[56] ^= 1; /* its length: still within the block */
    store_index(fixture, 0, &index);
    intake_fixture_expect(fixture, "bad-pack");
}

static void an_index_that_hides_a_frame_is_a_missing_volume(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    struct index index;

    load_index(fixture, 0, &index);
    memset(index.data, 0x55, DIGEST_BYTES);
    store_index(fixture, 0, &index);
    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "volume-missing");
    assert_int_equal(outcome.missing, 1);
}

static void a_missing_pack_is_a_missing_volume_with_its_count(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    struct index index;

    load_index(fixture, 1, &index);
    free(index.data);
    assert_int_equal(unlinkat(fixture->medium, fixture->packs[1], 0), 0);
    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "volume-missing");
    assert_int_equal(outcome.missing, index.count);
}

static void no_packs_at_all_are_a_missing_volume(void **state)
{
    struct intake_fixture *fixture = *state;
    struct error err = {0};

    assert_ok(path_remove(fixture->medium, "sallyport", &err), &err);
    intake_fixture_expect(fixture, "volume-missing");
}

static void strange_files_among_the_packs_cost_nothing(void **state)
{
    static const uint8_t zeros[4096];
    struct volume_name name = {.kind = VOLUME_PACK};
    struct intake_fixture *fixture = *state;
    char path[VOLUME_NAME_BYTES];

    volume_format(&name, path); /* sorts before all others, holds no pack */
    scratch_put(fixture->medium, path, zeros, sizeof(zeros));
    memset(name.digest, 1, DIGEST_BYTES);
    assert_int_equal(mkfifoat(fixture->medium, volume_format(&name, path), 0600), 0);
    memset(name.digest, 2, DIGEST_BYTES);
    assert_int_equal(symlinkat("/etc/passwd", fixture->medium, volume_format(&name, path)), 0);
    scratch_put(fixture->medium, "sallyport/packs/README", "x", 1);
    intake_fixture_expect(fixture, "ok");
    intake_fixture_check(fixture, "job");
}

static void more_packs_than_a_medium_can_hold_are_refused(void **state)
{
    struct volume_name name = {.kind = VOLUME_PACK};
    struct intake_fixture *fixture = *state;
    char path[VOLUME_NAME_BYTES];

    for (size_t i = 0; i <= LIMIT_PACKS; i++) { /* all sort before the real ones */
        name.digest[1] = (uint8_t)(i >> 8);
        name.digest[2] = (uint8_t)i;
        scratch_put(fixture->medium, volume_format(&name, path), "", 0);
    }
    intake_fixture_expect(fixture, "limit");
}

static void a_torn_pack_is_named_when_its_frames_are_missed(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    struct error err = {0};
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[0], O_RDWR, 0, &fd, &err), &err);
    assert_int_equal(ftruncate(fd, (off_t)pack_size(fixture, 0) / 2), 0);
    close(fd);
    intake_fixture_run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "bad-pack");
    assert_non_null(strstr(outcome.words, fixture->packs[0]));
}

/* The recipe with one byte of a column of a row of the chunk table changed, the first row with
 * codec 1. */
static int forge_recipe(struct intake_fixture *fixture, size_t column)
{
    uint8_t *copy = bytes_allocate(1, fixture->built.recipe.size);
    struct error err = {0};
    struct recipe recipe;
    size_t row = 0, table;
    int fd;

    memcpy(copy, fixture->built.recipe.data, fixture->built.recipe.size);
    assert_ok(recipe_parse(bytes_view(&fixture->built.recipe), &recipe, &err), &err);
    table = fixture->built.recipe.size - (size_t)recipe.chunk_count * RECIPE_CHUNK_BYTES;
    for (uint32_t i = 0; i < recipe.chunk_count; i++) {
        if (recipe.chunks[i].codec == CODEC_ZSTD &&
            (row == 0 || memcmp(recipe.chunks[i].frame, copy + row, DIGEST_BYTES) == 0)) {
            row = table + (size_t)i * RECIPE_CHUNK_BYTES;
            copy[row + column] ^= 1;
            row = table + (size_t)i * RECIPE_CHUNK_BYTES;
        }
    }
    assert_true(row > 0);
    recipe_clear(&recipe);
    fd = intake_fixture_memory(copy, fixture->built.recipe.size);
    free(copy);
    return fd;
}

static void a_frame_that_does_not_give_its_content_is_refused(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    int fd = forge_recipe(fixture, DIGEST_BYTES);

    intake_fixture_run(fixture, fd, &outcome);
    assert_string_equal(outcome.code, "bad-frame");
    close(fd);
}

static void a_recipe_that_builds_on_a_base_is_refused(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    int fd;

    fixture->built.recipe.data[6] = 1; /* its flag */
    fd = intake_fixture_memory(fixture->built.recipe.data, fixture->built.recipe.size);
    intake_fixture_run(fixture, fd, &outcome);
    assert_string_equal(outcome.code, "base-missing");
    close(fd);
}

static void a_recipe_that_could_still_change_is_refused(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    struct error err = {0};
    int fd = memfd_create("recipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_ok(path_write(fd, fixture->built.recipe.data, fixture->built.recipe.size, &err), &err);
    intake_fixture_run(fixture, fd, &outcome);
    assert_string_equal(outcome.code, "bad-message");
    close(fd);
}

static void a_recipe_that_breaks_its_format_is_refused(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;
    int fd = intake_fixture_memory(fixture->built.recipe.data, fixture->built.recipe.size - 1);

    intake_fixture_run(fixture, fd, &outcome);
    assert_string_equal(outcome.code, "bad-recipe");
    close(fd);
}

/* Passes one message on, descriptors too. */
static uint16_t forward(int from, int to)
{
    struct error err = {0};
    struct frame frame;
    uint16_t type;

    assert_ok(frame_receive(from, LIMIT_MESSAGE_BYTES, 120000, &frame, &err), &err);
    type = frame.type;
    assert_ok(
        frame_send(to, type, frame.body.data, frame.body.size, frame.fds, frame.fd_count, -1, &err),
        &err);
    frame_clear(&frame);
    return type;
}

/* Stands between intake and reader; removes the medium after so many reads. */
static void run_with_removal(struct intake_fixture *fixture, int ends[2], unsigned reads,
                             struct intake_outcome *outcome)
{
    struct pollfd polled[2] = {{.fd = fixture->intake.socket, .events = POLLIN},
                               {.fd = ends[1], .events = POLLIN}};
    struct error err = {0};

    memset(outcome, 0, sizeof(*outcome));
    for (;;) {
        assert_true(poll(polled, 2, 120000) > 0);
        if (polled[0].revents != 0) {
            if (intake_fixture_take(fixture, outcome))
                return;
        } else if (forward(ends[1], fixture->reader.socket) != READER_HELLO) {
            (void)forward(fixture->reader.socket, ends[1]);
            if (reads-- == 0)
                assert_ok(path_remove(fixture->scratch->fd, "medium", &err), &err);
        }
    }
}

static void assert_gone_after(struct intake_fixture *fixture, unsigned reads)
{
    struct intake_outcome outcome;
    struct error err = {0};
    int ends[2];

    intake_fixture_start_reader(fixture);
    assert_ok(frame_pair(ends, &err), &err);
    intake_fixture_start_intake(fixture, ends[0]);
    intake_fixture_send(fixture, fixture->recipe, "job");
    run_with_removal(fixture, ends, reads, &outcome);
    assert_string_equal(outcome.code, "medium-gone");
    close(ends[0]);
    close(ends[1]);
}

/* list; size, footer and index of each pack; then frames */
static void a_medium_that_goes_between_frames_is_told_as_gone(void **state)
{
    struct intake_fixture *fixture = *state;

    assert_gone_after(fixture, 1 + 3 * (unsigned)fixture->pack_count);
    shows_case("D11");
}

static void a_medium_that_goes_between_indexes_is_told_as_gone(void **state)
{
    assert_gone_after(*state, 3);
    shows_case("D11");
}

static void run_selftest(struct intake_fixture *fixture, struct intake_outcome *outcome)
{
    struct error err = {0};
    json_t *body = json_object();

    memset(outcome, 0, sizeof(*outcome));
    assert_ok(frame_send_json(fixture->intake.socket, INTAKE_SELFTEST, body, NULL, 0, -1, &err),
              &err);
    json_decref(body);
    assert_true(intake_fixture_take(fixture, outcome));
}

static void every_thread_is_refused_everything_dangerous(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;

#ifndef WITH_SANDBOX
    skip();
#endif
    run_selftest(fixture, &outcome);
    if (strcmp(outcome.code, "ok") != 0)
        fail_msg("%s: %s", outcome.code, outcome.words);
    assert_true(strtol(outcome.words, NULL, 10) >= 3); /* two workers and the first thread */
    intake_fixture_expect(fixture, "ok");              /* and it still works */
}

static void a_reader_that_dies_is_told(void **state)
{
    struct intake_fixture *fixture = *state;
    struct intake_outcome outcome;

    run_selftest(fixture, &outcome); /* it has started when this is answered */
    spawn_kill(&fixture->reader);
    intake_fixture_expect(fixture, "peer-gone");
}

static void intake_ends_when_the_monitor_hangs_up(void **state)
{
    struct intake_fixture *fixture = *state;
    struct error err = {0};
    int status, killed;

    shutdown(fixture->intake.socket, SHUT_RDWR);
    assert_ok(spawn_finish(&fixture->intake, 60000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void assert_ends(struct intake_fixture *fixture, uint16_t type, const char *body, int fd)
{
    struct error err = {0};
    int status, killed;

    assert_ok(frame_send(fixture->intake.socket, type, body, strlen(body), &fd, fd >= 0, -1, &err),
              &err);
    assert_ok(spawn_finish(&fixture->intake, 60000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static void an_unknown_message_ends_intake(void **state)
{
    assert_ends(*state, 77, "{}", -1);
}

static void a_package_without_its_recipe_ends_intake(void **state)
{
    assert_ends(*state, INTAKE_PACKAGE, "{\"folder\":\"a\",\"id\":\"x\"}", -1);
}

static void a_folder_outside_staging_ends_intake(void **state)
{
    struct intake_fixture *fixture = *state;

    assert_ends(fixture, INTAKE_PACKAGE, "{\"folder\":\"..\",\"id\":\"x\"}", fixture->recipe);
}

static void an_unknown_field_ends_intake(void **state)
{
    struct intake_fixture *fixture = *state;

    assert_ends(fixture, INTAKE_PACKAGE, "{\"extra\":1,\"folder\":\"a\",\"id\":\"x\"}",
                fixture->recipe);
}

static bool write_proc(const char *name, const char *text)
{
    struct error err = {0};
    int fd = open(name, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && path_write(fd, text, strlen(text), &err) == 0;

    if (fd >= 0)
        close(fd);
    return written;
}

/* Becomes root of a user namespace of its own, where a small filesystem can be mounted. */
static bool enter_namespace(void)
{
    char users[64], groups[64];

    snprintf(users, sizeof(users), "0 %u 1", geteuid());
    snprintf(groups, sizeof(groups), "0 %u 1", getegid());
    return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 && write_proc("/proc/self/uid_map", users) &&
           write_proc("/proc/self/setgroups", "deny") && write_proc("/proc/self/gid_map", groups);
}

/* The last test: it changes the namespace of this process. */
static void a_full_disk_is_told_as_no_space(void **state)
{
    struct intake_fixture *fixture = *state;
    char path[512];

    if (!enter_namespace())
        skip();
    snprintf(path, sizeof(path), "%s/small", fixture->scratch->path);
    assert_int_equal(mkdir(path, 0700), 0);
    if (mount("tmpfs", path, "tmpfs", 0, "size=1m") < 0)
        skip();
    close(fixture->staging);
    fixture->staging = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fixture->staging >= 0);
    intake_fixture_start_reader(fixture);
    intake_fixture_start_intake(fixture, fixture->reader.socket);
    intake_fixture_expect(fixture, "no-space");
    close(fixture->staging);
    fixture->staging = -1;
    assert_int_equal(umount2(path, MNT_DETACH), 0);
    shows_case("H6");
}

#define WITH_INTAKE(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, intake_fixture_open, intake_fixture_close)
#define WITH_MEDIUM(test)                                                                          \
    cmocka_unit_test_setup_teardown(test, intake_fixture_open_medium, intake_fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_INTAKE(every_file_is_rebuilt),
        WITH_INTAKE(a_second_package_follows_in_the_same_process),
        WITH_INTAKE(what_is_in_the_folder_already_is_never_touched),
        WITH_INTAKE(a_link_in_the_folder_is_not_followed),
        WITH_INTAKE(a_flipped_byte_of_a_frame_is_refused),
        WITH_INTAKE(an_index_that_gives_two_frames_each_others_place_is_refused),
        WITH_INTAKE(an_index_that_contradicts_the_recipe_is_passed_over),
        WITH_INTAKE(an_index_that_hides_a_frame_is_a_missing_volume),
        WITH_INTAKE(a_missing_pack_is_a_missing_volume_with_its_count),
        WITH_INTAKE(no_packs_at_all_are_a_missing_volume),
        WITH_INTAKE(strange_files_among_the_packs_cost_nothing),
        WITH_INTAKE(more_packs_than_a_medium_can_hold_are_refused),
        WITH_INTAKE(a_torn_pack_is_named_when_its_frames_are_missed),
        WITH_INTAKE(a_frame_that_does_not_give_its_content_is_refused),
        WITH_INTAKE(a_recipe_that_builds_on_a_base_is_refused),
        WITH_INTAKE(a_recipe_that_could_still_change_is_refused),
        WITH_INTAKE(a_recipe_that_breaks_its_format_is_refused),
        WITH_MEDIUM(a_medium_that_goes_between_frames_is_told_as_gone),
        WITH_MEDIUM(a_medium_that_goes_between_indexes_is_told_as_gone),
        WITH_INTAKE(a_reader_that_dies_is_told),
        WITH_INTAKE(every_thread_is_refused_everything_dangerous),
        WITH_INTAKE(intake_ends_when_the_monitor_hangs_up),
        WITH_INTAKE(an_unknown_message_ends_intake),
        WITH_INTAKE(a_package_without_its_recipe_ends_intake),
        WITH_INTAKE(a_folder_outside_staging_ends_intake),
        WITH_INTAKE(an_unknown_field_ends_intake),
        WITH_MEDIUM(a_full_disk_is_told_as_no_space),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
