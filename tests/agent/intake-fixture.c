/* SPDX-License-Identifier: ISC */
#include "tests/agent/intake-fixture.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "agent/intake-protocol.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/pack.h"
#include "media/recipe.h"

#define PACK_CEILING (1 * MIB) /* several packs for one package */
#define FRAMES       512
#define ZEROS_BYTES  300000
#define NOISE_BYTES  (3 * MIB + 1000)

/* Writing packs while a package is built. */
struct packing {
    struct intake_fixture *fixture;
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
    struct intake_fixture *fixture = packing->fixture;
    struct volume_name name = {.kind = VOLUME_PACK};
    struct error err = {0};
    uint64_t size;

    assert_ok(pack_write_close(packing->writer, name.digest, &size, &err), &err);
    close(packing->fd);
    assert_true(fixture->pack_count < INTAKE_FIXTURE_PACKS);
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
    scratch_put(source, "twin-a", noise + 1,
                INTAKE_FIXTURE_TWIN_BYTES); /* a frame each, of one length */
    scratch_put(source, "twin-b", noise + 2, INTAKE_FIXTURE_TWIN_BYTES);
    memset(noise, 0, NOISE_BYTES);
    scratch_put(source, "data/zeros", noise, ZEROS_BYTES);
    scratch_put(source, "zeros-again", noise, ZEROS_BYTES);
    free(noise);
}

/* A memfd as verify hands it on. */
int intake_fixture_memory(const void *data, size_t size)
{
    int fd = memfd_create("recipe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    struct error err = {0};

    assert_true(fd >= 0);
    assert_ok(path_write(fd, data, size, &err), &err);
    assert_int_equal(
        fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL), 0);
    return fd;
}

static void make_medium(struct intake_fixture *fixture)
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
    fixture->recipe = intake_fixture_memory(fixture->built.recipe.data, fixture->built.recipe.size);
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

void intake_fixture_start_reader(struct intake_fixture *fixture)
{
    struct spawn spawn = {.fds = {fixture->medium}, .fd_count = 1};

    start(&spawn, "sallyport-reader-dir", &fixture->reader);
}

void intake_fixture_start_intake(struct intake_fixture *fixture, int reader_socket)
{
    struct spawn spawn = {.fds = {reader_socket, fixture->staging}, .fd_count = 2};

    start(&spawn, "sallyport-intake", &fixture->intake);
}

/* A medium, nothing started yet. */
int intake_fixture_open_medium(void **state)
{
    struct intake_fixture *fixture = bytes_allocate(1, sizeof(*fixture));

    assert_int_equal(scratch_open(&fixture->scratch_state), 0);
    fixture->scratch = fixture->scratch_state;
    fixture->source = scratch_folder(fixture->scratch->fd, "source");
    fixture->medium = scratch_folder(fixture->scratch->fd, "medium");
    fixture->staging = scratch_folder(fixture->scratch->fd, "staging");
    make_medium(fixture);
    *state = fixture;
    return 0;
}

int intake_fixture_open(void **state)
{
    struct intake_fixture *fixture;

    intake_fixture_open_medium(state);
    fixture = *state;
    intake_fixture_start_reader(fixture);
    intake_fixture_start_intake(fixture, fixture->reader.socket);
    return 0;
}

/* An ordinary end: what the process says of itself then (sanitizer, coverage) is wanted. */
static void end_child(struct child *child)
{
    struct error err = {0};
    int status, killed;

    if (child->pid <= 0)
        return;
    shutdown(child->socket, SHUT_RDWR);
    assert_ok(spawn_finish(child, 120000, &status, &killed, &err), &err);
    assert_int_equal(killed, 0);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

int intake_fixture_close(void **state)
{
    struct intake_fixture *fixture = *state;

    end_child(&fixture->intake);
    end_child(&fixture->reader);
    package_built_clear(&fixture->built);
    close(fixture->recipe);
    close(fixture->source);
    close(fixture->medium);
    close(fixture->staging);
    assert_int_equal(scratch_close(&fixture->scratch_state), 0);
    free(fixture);
    return 0;
}

void intake_fixture_send(struct intake_fixture *fixture, int recipe, const char *folder)
{
    json_t *body =
        json_pack("{s:s, s:s, s:b}", "id", "some-id", "folder", folder, "kept", fixture->kept);
    struct error err = {0};

    assert_ok(frame_send_json(fixture->intake.socket, INTAKE_PACKAGE, body, &recipe, 1, -1, &err),
              &err);
    json_decref(body);
}

/* Takes one message; true when it was the last about the package. */
bool intake_fixture_take(struct intake_fixture *fixture, struct intake_outcome *outcome)
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
        outcome->kept = (uint64_t)json_integer_value(json_object_get(body, "kept"));
        outcome->read = (uint64_t)json_integer_value(json_object_get(body, "read"));
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

void intake_fixture_run(struct intake_fixture *fixture, int recipe, struct intake_outcome *outcome)
{
    memset(outcome, 0, sizeof(*outcome));
    intake_fixture_send(fixture, recipe, "job");
    while (!intake_fixture_take(fixture, outcome))
        ;
}

/* The package must end with this code. */
void intake_fixture_expect(struct intake_fixture *fixture, const char *code)
{
    struct intake_outcome outcome;

    intake_fixture_run(fixture, fixture->recipe, &outcome);
    if (strcmp(outcome.code, code) != 0)
        fail_msg("%s: %s; expected %s", outcome.code, outcome.words, code);
}

/* Every file of the recipe is there, with its bytes and mode. */
void intake_fixture_check(struct intake_fixture *fixture, const char *folder)
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
        assert_int_equal(status.st_mode & 07777, 0600);
        assert_ok(digest_of_file(file, 0, recipe.files[i].size, found, &err), &err);
        assert_memory_equal(found, recipe.files[i].digest, DIGEST_BYTES);
        close(file);
    }
    recipe_clear(&recipe);
    close(fd);
}
