/* SPDX-License-Identifier: ISC
 *
 * The real sallyport-intake with the real sallyport-reader-dir on media that package_build and the
 * pack writer made, then changed as an attacker or a failing stick would.
 */
#include "tests/test.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/intake-protocol.h"
#include "agent/reader.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/spawn.h"
#include "media/pack.h"
#include "media/package-build.h"
#include "media/recipe.h"
#include "media/volume.h"
#include "tests/scratch.h"

#define PACK_CEILING (1 * MIB) /* several packs for one package */
#define PACKS        16
#define FRAMES       512
#define ZEROS_BYTES  300000
#define NOISE_BYTES  (3 * MIB + 1000)
#define TWIN_BYTES   (32 * KIB)

struct fixture {
    void *scratch_state;
    struct scratch *scratch;
    int source, medium, staging;
    struct package_built built;
    int recipe; /* sealed memfd */
    char packs[PACKS][VOLUME_NAME_BYTES];
    size_t pack_count;
    struct child reader, intake;
};

/* Writing packs while a package is built. */
struct packing {
    struct fixture *fixture;
    struct pack_writer *writer;
    int fd;
    uint8_t seen[FRAMES][DIGEST_BYTES];
    size_t seen_count;
};

static void packing_begin(struct packing *packing)
{
    struct error err = {0};

    assert_ok(path_open(packing->fixture->medium, "new", O_RDWR | O_CREAT | O_TRUNC, 0600,
                        &packing->fd, &err),
              &err);
    assert_ok(pack_write_open(packing->fd, PACK_CEILING, &packing->writer, &err), &err);
}

static void packing_end(struct packing *packing)
{
    struct fixture *fixture = packing->fixture;
    struct volume_name name = {.kind = VOLUME_PACK};
    struct error err = {0};
    uint64_t size;

    assert_ok(pack_write_close(packing->writer, name.digest, &size, &err), &err);
    close(packing->fd);
    assert_true(fixture->pack_count < PACKS);
    volume_format(&name, fixture->packs[fixture->pack_count]);
    assert_int_equal(
        renameat(fixture->medium, "new", fixture->medium, fixture->packs[fixture->pack_count]), 0);
    fixture->pack_count++;
}

static int pack_frame(void *context, const uint8_t digest[static DIGEST_BYTES],
                      struct bytes_view packed, struct error *err)
{
    struct packing *packing = context;
    int result;

    for (size_t i = 0; i < packing->seen_count; i++) {
        if (memcmp(packing->seen[i], digest, DIGEST_BYTES) == 0)
            return 0;
    }
    assert_true(packing->seen_count < FRAMES);
    memcpy(packing->seen[packing->seen_count++], digest, DIGEST_BYTES);
    result = pack_write_frame(packing->writer, digest, packed.data, packed.size, err);
    if (result == -ERROR_LIMIT) {
        packing_end(packing);
        packing_begin(packing);
        result = pack_write_frame(packing->writer, digest, packed.data, packed.size, err);
    }
    return result;
}

static void fill_source(int source)
{
    uint8_t *noise = bytes_allocate(1, NOISE_BYTES);
    char name[64];

    scratch_noise(noise, NOISE_BYTES, 11);
    scratch_put(source, "data/noise", noise, NOISE_BYTES);
    for (size_t i = 0; i < 100; i++) {
        snprintf(name, sizeof(name), "rules/%zu/%02zu.rules", i % 3, i);
        scratch_put(source, name, noise + i, i * 37);
    }
    scratch_put(source, "twin-a", noise + 1, TWIN_BYTES); /* a frame each, of one length */
    scratch_put(source, "twin-b", noise + 2, TWIN_BYTES);
    memset(noise, 0, NOISE_BYTES);
    scratch_put(source, "data/zeros", noise, ZEROS_BYTES);
    scratch_put(source, "zeros-again", noise, ZEROS_BYTES);
    free(noise);
}

/* A memfd as verify hands it on. */
static int seal_memory(const void *data, size_t size)
{
    int fd = memfd_create("recipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct error err = {0};

    assert_true(fd >= 0);
    assert_ok(path_write(fd, data, size, &err), &err);
    assert_int_equal(
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL), 0);
    return fd;
}

static void make_medium(struct fixture *fixture)
{
    struct packing packing = {.fixture = fixture};
    struct package_build_options options = {
        .scratch_fd = -1, .store = pack_frame, .context = &packing};
    struct error err = {0};

    fill_source(fixture->source);
    close(scratch_folder(fixture->medium, "sallyport/packs"));
    packing_begin(&packing);
    assert_ok(package_build(fixture->source, &options, &fixture->built, &err), &err);
    packing_end(&packing);
    assert_true(fixture->pack_count >= 3);
    fixture->recipe = seal_memory(fixture->built.recipe.data, fixture->built.recipe.size);
}

static void start(struct spawn *spawn, const char *program, struct child *child)
{
    const char *arguments[] = {program, NULL};
    struct error err = {0};
    char path[4096];

    snprintf(path, sizeof(path), "%s/agent/%s", getenv("TOP_BUILDDIR"), program);
    spawn->program = path;
    spawn->arguments = arguments;
    assert_ok(spawn_with_socket(spawn, child, &err), &err);
}

static void start_reader(struct fixture *fixture)
{
    struct spawn spawn = {.fds = {fixture->medium}, .fd_count = 1};

    start(&spawn, "sallyport-reader-dir", &fixture->reader);
}

static void start_intake(struct fixture *fixture, int reader_socket)
{
    struct spawn spawn = {.fds = {reader_socket, fixture->staging}, .fd_count = 2};

    start(&spawn, "sallyport-intake", &fixture->intake);
}

/* A medium, nothing started yet. */
static int set_up_medium(void **state)
{
    struct fixture *fixture = bytes_allocate(1, sizeof(*fixture));

    assert_int_equal(scratch_open(&fixture->scratch_state), 0);
    fixture->scratch = fixture->scratch_state;
    fixture->source = scratch_folder(fixture->scratch->fd, "source");
    fixture->medium = scratch_folder(fixture->scratch->fd, "medium");
    fixture->staging = scratch_folder(fixture->scratch->fd, "staging");
    make_medium(fixture);
    *state = fixture;
    return 0;
}

static int set_up(void **state)
{
    struct fixture *fixture;

    set_up_medium(state);
    fixture = *state;
    start_reader(fixture);
    start_intake(fixture, fixture->reader.socket);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    spawn_kill(&fixture->intake);
    spawn_kill(&fixture->reader);
    package_built_clear(&fixture->built);
    close(fixture->recipe);
    close(fixture->source);
    close(fixture->medium);
    close(fixture->staging);
    assert_int_equal(scratch_close(&fixture->scratch_state), 0);
    free(fixture);
    return 0;
}

static void send_package(struct fixture *fixture, int recipe, const char *folder)
{
    json_t *body = json_pack("{s:s, s:s}", "id", "some-id", "folder", folder);
    struct error err = {0};

    assert_ok(frame_send_json(fixture->intake.socket, INTAKE_PACKAGE, body, &recipe, 1, -1, &err),
              &err);
    json_decref(body);
}

struct outcome {
    char code[64];
    char words[1024];
    uint64_t missing, progress;
};

/* Takes one message; true when it was the last about the package. */
static bool take_message(struct fixture *fixture, struct outcome *outcome)
{
    const char *id = NULL, *code = NULL, *words = NULL;
    struct error err = {0};
    struct frame frame;
    json_t *body;
    bool done;

    assert_ok(frame_receive(fixture->intake.socket, 65536, 120000, &frame, &err), &err);
    assert_ok(frame_read_json(&frame, frame.type, &body, &err), &err);
    done = frame.type == INTAKE_DONE;
    if (done) {
        assert_int_equal(
            json_unpack(body, "{s:s, s:s, s:s}", "id", &id, "code", &code, "words", &words), 0);
        snprintf(outcome->code, sizeof(outcome->code), "%s", code);
        snprintf(outcome->words, sizeof(outcome->words), "%s", words);
        outcome->missing = (uint64_t)json_integer_value(json_object_get(body, "missing"));
    } else {
        assert_int_equal(frame.type, INTAKE_PROGRESS);
        assert_true(json_integer_value(json_object_get(body, "total")) ==
                    (json_int_t)fixture->built.bytes);
        outcome->progress++;
    }
    json_decref(body);
    frame_clear(&frame);
    return done;
}

static void run(struct fixture *fixture, int recipe, struct outcome *outcome)
{
    memset(outcome, 0, sizeof(*outcome));
    send_package(fixture, recipe, "job");
    while (!take_message(fixture, outcome))
        ;
}

/* The package must end with this code. */
static void assert_outcome(struct fixture *fixture, const char *code)
{
    struct outcome outcome;

    run(fixture, fixture->recipe, &outcome);
    if (strcmp(outcome.code, code) != 0)
        fail_msg("%s: %s; expected %s", outcome.code, outcome.words, code);
}

/* Every file of the recipe is there, with its bytes and mode. */
static void assert_rebuilt(struct fixture *fixture, const char *folder)
{
    struct error err = {0};
    struct recipe recipe;
    int fd;

    assert_ok(path_open_folder(fixture->staging, folder, &fd, &err), &err);
    assert_ok(recipe_parse(bytes_view(&fixture->built.recipe), &recipe, &err), &err);
    for (uint32_t i = 0; i < recipe.file_count; i++) {
        uint8_t found[DIGEST_BYTES];
        struct stat status;
        int file;

        assert_ok(path_open(fd, recipe.files[i].name, O_RDONLY, 0, &file, &err), &err);
        assert_int_equal(fstat(file, &status), 0);
        assert_true((uint64_t)status.st_size == recipe.files[i].size);
        assert_int_equal(status.st_mode & 07777, 0400);
        assert_ok(digest_of_file(file, 0, recipe.files[i].size, found, &err), &err);
        assert_memory_equal(found, recipe.files[i].digest, DIGEST_BYTES);
        close(file);
    }
    recipe_clear(&recipe);
    close(fd);
}

static void every_file_is_rebuilt(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;

    run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "ok");
    assert_true(outcome.progress >= 1);
    assert_rebuilt(fixture, "job");
}

static void a_second_package_follows_in_the_same_process(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome = {0};

    assert_outcome(fixture, "ok");
    send_package(fixture, fixture->recipe, "other");
    while (!take_message(fixture, &outcome))
        ;
    assert_string_equal(outcome.code, "ok");
    assert_rebuilt(fixture, "other");
}

static void what_is_in_the_folder_already_is_never_touched(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    struct bytes kept;

    scratch_put(fixture->staging, "job/data/noise", "kept", 4);
    assert_outcome(fixture, "io");
    assert_ok(path_read(fixture->staging, "job/data/noise", 4, &kept, &err), &err);
    assert_memory_equal(kept.data, "kept", 4);
    bytes_clear(&kept);
}

static void a_link_in_the_folder_is_not_followed(void **state)
{
    struct fixture *fixture = *state;
    struct stat status;

    close(scratch_folder(fixture->staging, "job"));
    assert_int_equal(symlinkat("../../source", fixture->staging, "job/data"), 0);
    assert_outcome(fixture, "io");
    assert_int_equal(fstatat(fixture->source, "zeros", &status, 0), -1);
}

/* Changes bytes of a pack on the medium. */
static void change(struct fixture *fixture, size_t pack, uint64_t offset, const void *data,
                   size_t size)
{
    struct error err = {0};
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[pack], O_RDWR, 0, &fd, &err), &err);
    assert_ok(path_pwrite(fd, data, size, offset, &err), &err);
    close(fd);
}

static uint64_t pack_size(struct fixture *fixture, size_t pack)
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

static void load_index(struct fixture *fixture, size_t pack, struct index *index)
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

static void store_index(struct fixture *fixture, size_t pack, struct index *index)
{
    digest_of(index->data, index->rows_size, index->data + index->rows_size + 32);
    change(fixture, pack, index->offset, index->data, index->rows_size + PACK_BLOCK_BYTES);
    free(index->data);
}

static void a_flipped_byte_of_a_frame_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    uint8_t byte;
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[1], O_RDONLY, 0, &fd, &err), &err);
    assert_ok(path_pread(fd, &byte, 1, PACK_BLOCK_BYTES + 1000, &err), &err);
    close(fd);
    byte ^= 1;
    change(fixture, 1, PACK_BLOCK_BYTES + 1000, &byte, 1);
    assert_outcome(fixture, "bad-digest");
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
    struct fixture *fixture = *state;
    size_t last = fixture->pack_count - 1;
    uint8_t digest[DIGEST_BYTES];
    struct index index;
    uint8_t *twins[2];
    size_t found = 0;

    load_index(fixture, last, &index);
    for (size_t i = 0; i < index.count && found < 2; i++) {
        if (row_length(&index, i) == TWIN_BYTES)
            twins[found++] = index.data + i * PACK_ROW_BYTES;
    }
    assert_int_equal(found, 2);
    memcpy(digest, twins[0], DIGEST_BYTES);
    memcpy(twins[0], twins[1], DIGEST_BYTES);
    memcpy(twins[1], digest, DIGEST_BYTES);
    store_index(fixture, last, &index);
    assert_outcome(fixture, "bad-digest");
}

static void an_index_that_contradicts_the_recipe_is_passed_over(void **state)
{
    struct fixture *fixture = *state;
    struct index index;
    uint8_t *row;

    load_index(fixture, 0, &index);
    row = index.data + (index.count - 1) * PACK_ROW_BYTES;
    row[56] ^= 1; /* its length: still within the block */
    store_index(fixture, 0, &index);
    assert_outcome(fixture, "bad-pack");
}

static void an_index_that_hides_a_frame_is_a_missing_volume(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    struct index index;

    load_index(fixture, 0, &index);
    memset(index.data, 0x55, DIGEST_BYTES);
    store_index(fixture, 0, &index);
    run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "volume-missing");
    assert_int_equal(outcome.missing, 1);
}

static void a_missing_pack_is_a_missing_volume_with_its_count(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    struct index index;

    load_index(fixture, 1, &index);
    free(index.data);
    assert_int_equal(unlinkat(fixture->medium, fixture->packs[1], 0), 0);
    run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "volume-missing");
    assert_int_equal(outcome.missing, index.count);
}

static void no_packs_at_all_are_a_missing_volume(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};

    assert_ok(path_remove(fixture->medium, "sallyport", &err), &err);
    assert_outcome(fixture, "volume-missing");
}

static void strange_files_among_the_packs_cost_nothing(void **state)
{
    static const uint8_t zeros[4096];
    struct volume_name name = {.kind = VOLUME_PACK};
    struct fixture *fixture = *state;
    char path[VOLUME_NAME_BYTES];

    volume_format(&name, path); /* sorts before all others, holds no pack */
    scratch_put(fixture->medium, path, zeros, sizeof(zeros));
    memset(name.digest, 1, DIGEST_BYTES);
    assert_int_equal(mkfifoat(fixture->medium, volume_format(&name, path), 0600), 0);
    memset(name.digest, 2, DIGEST_BYTES);
    assert_int_equal(symlinkat("/etc/passwd", fixture->medium, volume_format(&name, path)), 0);
    scratch_put(fixture->medium, "sallyport/packs/README", "x", 1);
    assert_outcome(fixture, "ok");
    assert_rebuilt(fixture, "job");
}

static void a_torn_pack_is_named_when_its_frames_are_missed(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    struct error err = {0};
    int fd;

    assert_ok(path_open(fixture->medium, fixture->packs[0], O_RDWR, 0, &fd, &err), &err);
    assert_int_equal(ftruncate(fd, (off_t)pack_size(fixture, 0) / 2), 0);
    close(fd);
    run(fixture, fixture->recipe, &outcome);
    assert_string_equal(outcome.code, "bad-pack");
    assert_non_null(strstr(outcome.words, fixture->packs[0]));
}

/* The recipe with one byte of a column of a row of the chunk table changed, the first row with
 * codec 1. */
static int forge_recipe(struct fixture *fixture, size_t column)
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
    fd = seal_memory(copy, fixture->built.recipe.size);
    free(copy);
    return fd;
}

static void a_frame_that_does_not_give_its_content_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    int fd = forge_recipe(fixture, DIGEST_BYTES);

    run(fixture, fd, &outcome);
    assert_string_equal(outcome.code, "bad-frame");
    close(fd);
}

static void a_recipe_that_could_still_change_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    struct error err = {0};
    int fd = memfd_create("recipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);

    assert_ok(path_write(fd, fixture->built.recipe.data, fixture->built.recipe.size, &err), &err);
    run(fixture, fd, &outcome);
    assert_string_equal(outcome.code, "bad-message");
    close(fd);
}

static void a_recipe_that_breaks_its_format_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    int fd = seal_memory(fixture->built.recipe.data, fixture->built.recipe.size - 1);

    run(fixture, fd, &outcome);
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
static void run_with_removal(struct fixture *fixture, int ends[2], unsigned reads,
                             struct outcome *outcome)
{
    struct pollfd polled[2] = {{.fd = fixture->intake.socket, .events = POLLIN},
                               {.fd = ends[1], .events = POLLIN}};
    struct error err = {0};

    memset(outcome, 0, sizeof(*outcome));
    for (;;) {
        assert_true(poll(polled, 2, 120000) > 0);
        if (polled[0].revents != 0) {
            if (take_message(fixture, outcome))
                return;
        } else if (forward(ends[1], fixture->reader.socket) != READER_HELLO) {
            (void)forward(fixture->reader.socket, ends[1]);
            if (reads-- == 0)
                assert_ok(path_remove(fixture->scratch->fd, "medium", &err), &err);
        }
    }
}

static void a_medium_that_goes_in_the_middle_is_told_as_gone(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;
    struct error err = {0};
    int ends[2];

    start_reader(fixture);
    assert_ok(frame_pair(ends, &err), &err);
    start_intake(fixture, ends[0]);
    send_package(fixture, fixture->recipe, "job");
    /* list; size, footer and index of each pack; then frames */
    run_with_removal(fixture, ends, 1 + 3 * (unsigned)fixture->pack_count, &outcome);
    assert_string_equal(outcome.code, "medium-gone");
    close(ends[0]);
    close(ends[1]);
}

static void run_selftest(struct fixture *fixture, struct outcome *outcome)
{
    struct error err = {0};
    json_t *body = json_object();

    memset(outcome, 0, sizeof(*outcome));
    assert_ok(frame_send_json(fixture->intake.socket, INTAKE_SELFTEST, body, NULL, 0, -1, &err),
              &err);
    json_decref(body);
    assert_true(take_message(fixture, outcome));
}

static void every_thread_is_refused_everything_dangerous(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;

    run_selftest(fixture, &outcome);
    if (strcmp(outcome.code, "ok") != 0)
        fail_msg("%s: %s", outcome.code, outcome.words);
    assert_true(strtol(outcome.words, NULL, 10) >= 3); /* two workers and the first thread */
    assert_outcome(fixture, "ok");                     /* and it still works */
}

static void a_reader_that_dies_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct outcome outcome;

    run_selftest(fixture, &outcome); /* it has started when this is answered */
    spawn_kill(&fixture->reader);
    assert_outcome(fixture, "peer-gone");
}

static void intake_ends_when_the_monitor_hangs_up(void **state)
{
    struct fixture *fixture = *state;
    struct error err = {0};
    int status, killed;

    shutdown(fixture->intake.socket, SHUT_RDWR);
    assert_ok(spawn_finish(&fixture->intake, 60000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void assert_ends(struct fixture *fixture, uint16_t type, const char *body, int fd)
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
    struct fixture *fixture = *state;

    assert_ends(fixture, INTAKE_PACKAGE, "{\"folder\":\"..\",\"id\":\"x\"}", fixture->recipe);
}

static void an_unknown_field_ends_intake(void **state)
{
    struct fixture *fixture = *state;

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
    struct fixture *fixture = *state;
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
    start_reader(fixture);
    start_intake(fixture, fixture->reader.socket);
    assert_outcome(fixture, "no-space");
    spawn_kill(&fixture->intake);
    close(fixture->staging);
    fixture->staging = -1;
    assert_int_equal(umount2(path, MNT_DETACH), 0);
}

#define WITH_INTAKE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define WITH_MEDIUM(test) cmocka_unit_test_setup_teardown(test, set_up_medium, tear_down)

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
        WITH_INTAKE(a_torn_pack_is_named_when_its_frames_are_missed),
        WITH_INTAKE(a_frame_that_does_not_give_its_content_is_refused),
        WITH_INTAKE(a_recipe_that_could_still_change_is_refused),
        WITH_INTAKE(a_recipe_that_breaks_its_format_is_refused),
        WITH_MEDIUM(a_medium_that_goes_in_the_middle_is_told_as_gone),
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
