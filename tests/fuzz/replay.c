/* SPDX-License-Identifier: ISC
 *
 * A small main for fuzz targets where no fuzzing compiler is at hand, run by make check: every file
 * of tests/fuzz/corpus-NAME/, cut short and with single bits flipped, goes through the target. The
 * count is bounded, not the time. A target fails by ending the process.
 */
#include <dirent.h>
#include <limits.h>
#include <string.h>

#include "media/base/bytes.h"
#include "tests/fuzz/fuzz.h"

#define CORPUS_FILES 4096
#define CORPUS_BYTES (1024 * 1024)

const size_t fuzz_replay_runs __attribute__((weak)) = 20000;

struct replay {
    size_t runs;
    size_t files;
};

/* Memory of just this size, so that a sanitizer sees the first byte past it. */
static void replay_run(struct replay *replay, const uint8_t *data, size_t size)
{
    uint8_t *exact = bytes_allocate(1, size > 0 ? size : 1);

    memcpy(exact, data, size);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    replay->runs++;
}

/* Whole, then cut and flipped at `share` places each, evenly spread. */
static void replay_mutants(struct replay *replay, struct bytes *file, size_t share)
{
    size_t bits = file->size * 8;
    size_t cuts = file->size < share ? file->size : share;
    size_t flips = bits < share ? bits : share;

    replay_run(replay, file->data, file->size);
    for (size_t i = 0; i < cuts; i++)
        replay_run(replay, file->data, file->size * i / cuts);
    for (size_t i = 0; i < flips; i++) {
        size_t bit = bits * i / flips;

        file->data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        replay_run(replay, file->data, file->size);
        file->data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}

/* One file, at most CORPUS_BYTES of it. Returns 0 or -1. */
static int replay_file(struct replay *replay, const char *path, size_t share)
{
    struct error err = {0};
    struct bytes file;
    uint8_t *place;
    FILE *stream = fopen(path, "rb");
    int result = -1;

    bytes_init(&file, CORPUS_BYTES);
    if (stream == NULL || bytes_reserve(&file, CORPUS_BYTES, &place, &err) != 0)
        goto out;
    file.size = fread(place, 1, CORPUS_BYTES, stream);
    if (ferror(stream) || fgetc(stream) != EOF)
        goto out;
    replay_mutants(replay, &file, share);
    replay->files++;
    result = 0;
out:
    if (stream != NULL)
        fclose(stream);
    bytes_clear(&file);
    return result;
}

static int visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int replay_corpus(struct replay *replay, const char *folder)
{
    struct dirent **names = NULL;
    char path[PATH_MAX + NAME_MAX + 2];
    int count = scandir(folder, &names, visible, alphasort);
    int result = count > 0 ? 0 : -1;

    for (int i = 0; i < count; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, names[i]->d_name);
        if (replay_file(replay, path, fuzz_replay_runs / 2 / (size_t)count) != 0) {
            printf("# cannot be read, or is over %d bytes: %s\n", CORPUS_BYTES, path);
            result = -1;
        }
        free(names[i]);
    }
    free(names);
    return result;
}

int main(int argc, char **argv)
{
    struct replay replay = {0};
    char folder[PATH_MAX];
    const char *top = getenv("TOP_SRCDIR");
    const char *slash = strrchr(argv[0], '/');
    const char *name = slash != NULL ? slash + 1 : argv[0];

    (void)argc;
    if (strncmp(name, "fuzz-", 5) == 0)
        name += 5;
    snprintf(folder, sizeof folder, "%s/tests/fuzz/corpus-%s", top != NULL ? top : ".", name);
    printf("1..1\n");
    fflush(stdout);
    replay_run(&replay, (const uint8_t *)"", 0);
    if (replay_corpus(&replay, folder) != 0) {
        printf("not ok 1 - %s: no corpus in %s\n", name, folder);
        return 1;
    }
    printf("ok 1 - %s: %zu files, %zu runs\n", name, replay.files, replay.runs);
    return 0;
}
