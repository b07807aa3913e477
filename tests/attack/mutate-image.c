/* SPDX-License-Identifier: ISC
 *
 * mutate-image READER IMAGE CONTENT COUNT SEED: has the real reader read changed copies of an image,
 * each by a process of its own in its sandbox: the whole tree is listed and every file is read.
 * Prints one line of numbers. Exit status 1 when a process died of a signal or took more processor
 * time than a request may take, 3 when it ended by its own handler (libtsk failed in it).
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/reader.h"
#include "media/base/spawn.h"
#include "tests/attack/mutate.h"

#define DEPTH       8
#define ENTRIES     3000
#define READ_BYTES  (4 * MIB) /* of one file: a size that lies could be exbibytes */
#define TOTAL_BYTES (64 * MIB)

struct numbers {
    unsigned tried, accepted, refused, failed, died, slow;
    long slowest_ms, peak_kib;
};

struct walk {
    struct reader *reader;
    unsigned entries, trouble;
    uint64_t bytes;
    bool slow, gone;
    uint8_t *room;
};

static void note(struct walk *walk, const struct error *failure)
{
    walk->trouble++;
    walk->slow = walk->slow || failure->code == ERROR_TIMEOUT;
    walk->gone = walk->gone || failure->code == ERROR_PEER_GONE ||
                 failure->code == ERROR_MEDIUM_GONE || failure->code == ERROR_PROTOCOL;
}

static void read_file(struct walk *walk, const char *name, uint64_t size)
{
    struct error failure = {0};
    uint64_t offset = 0, most = size < READ_BYTES ? size : READ_BYTES;

    while (offset < most && walk->bytes < TOTAL_BYTES) {
        size_t take =
            most - offset < READER_RING_BYTES ? (size_t)(most - offset) : READER_RING_BYTES;

        if (reader_read(walk->reader, name, offset, walk->room, take, &failure) < 0) {
            note(walk, &failure);
            return;
        }
        offset += take;
        walk->bytes += take;
    }
    /* The end of a large one as well. */
    if (size > most && reader_read(walk->reader, name, size - 1, walk->room, 1, &failure) < 0)
        note(walk, &failure);
}

static void walk_folder(struct walk *walk, const char *folder, unsigned depth)
{
    struct error failure = {0};
    char **names = NULL;
    size_t count = 0;

    if (reader_list(walk->reader, folder, &names, &count, &failure) < 0)
        note(walk, &failure);
    for (size_t i = 0; i < count && !walk->gone && walk->entries < ENTRIES; i++) {
        char path[LIMIT_PATH_BYTES + 1];
        uint64_t size;
        int length = snprintf(path, sizeof(path), "%s/%s", folder, names[i]);

        walk->entries++;
        if (length < 0 || !path_name_valid(path, (size_t)length))
            continue;
        if (reader_size(walk->reader, path, &size, &failure) == 0)
            read_file(walk, path, size);
        else if (failure.code == ERROR_UNEXPECTED_FILE && depth < DEPTH)
            walk_folder(walk, path, depth + 1);
        else
            note(walk, &failure);
    }
    path_free_names(names, count);
}

static long peak_kib(pid_t pid)
{
    char path[64], line[128];
    long kib = 0;
    FILE *file;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof(line), file) != NULL) {
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    }
    if (file != NULL)
        fclose(file);
    return kib;
}

static long now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void count(struct numbers *numbers, const struct walk *walk, int status, int killed)
{
    numbers->tried++;
    numbers->slow += walk->slow;
    if (killed || WIFSIGNALED(status))
        numbers->died++;
    else if (WEXITSTATUS(status) != 0)
        numbers->failed++;
    else if (walk->trouble > 0)
        numbers->refused++;
    else
        numbers->accepted++;
}

static void read_copy(const char *reader, const struct mutate_image *image, uint8_t *room,
                      const char *words, struct numbers *numbers)
{
    const char *const arguments[] = {"sallyport-reader-image", NULL};
    const struct spawn spawn = {
        .program = reader, .arguments = arguments, .fds = {image->fd}, .fd_count = 1};
    unsigned bad = numbers->died + numbers->failed + numbers->slow;
    struct walk walk = {.room = room};
    struct child child;
    struct error failure = {0};
    int status = 0, killed = 0;
    long begun = now_ms(), peak;

    if (spawn_with_socket(&spawn, &child, &failure) < 0 ||
        reader_open(child.socket, &walk.reader, &failure) < 0)
        errx(2, "%s: %s", reader, failure.words);
    walk_folder(&walk, "sallyport", 0);
    peak = peak_kib(child.pid);
    reader_close(walk.reader);
    shutdown(child.socket, SHUT_RDWR);
    if (spawn_finish(&child, 60000, &status, &killed, &failure) < 0)
        errx(2, "%s", failure.words);
    count(numbers, &walk, status, killed);
    numbers->slowest_ms =
        now_ms() - begun > numbers->slowest_ms ? now_ms() - begun : numbers->slowest_ms;
    numbers->peak_kib = peak > numbers->peak_kib ? peak : numbers->peak_kib;
    if (numbers->died + numbers->failed + numbers->slow > bad)
        printf("# copy %u (%s): %s\n", numbers->tried, words,
               spawn_status_text(status, (char[64]){0}, 64));
}

int main(int argc, char **argv)
{
    struct numbers numbers = {0};
    struct mutate_image image;
    uint8_t *room = bytes_allocate(1, READER_RING_BYTES);
    const char *words = "aimed";
    unsigned aimed = 0;
    size_t next = 0;

    if (argc != 6)
        errx(2, "usage: mutate-image READER IMAGE CONTENT COUNT SEED");
    mutate_open(&image, argv[2], argv[3], strtoull(argv[5], NULL, 10));
    read_copy(argv[1], &image, room, "as it was made", &numbers);
    if (numbers.accepted != 1)
        errx(2, "%s can't be read as it is", argv[2]);
    for (; mutate_aimed(&image, &next, &words); aimed++) {
        read_copy(argv[1], &image, room, words, &numbers);
        mutate_restore(&image);
    }
    for (unsigned i = 0; i < strtoul(argv[4], NULL, 10); i++) {
        mutate_randomly(&image);
        read_copy(argv[1], &image, room, "random", &numbers);
        mutate_restore(&image);
    }
    printf("%u mutations, %u of them aimed: %u accepted, %u refused, %u failed, %u died, %u over "
           "time; slowest %ld ms, peak %ld KiB\n",
           numbers.tried - 1, aimed, numbers.accepted - 1, numbers.refused, numbers.failed,
           numbers.died, numbers.slow, numbers.slowest_ms, numbers.peak_kib);
    mutate_close(&image);
    free(room);
    return numbers.died + numbers.slow > 0 ? 1 : numbers.failed > 0 ? 3 : 0;
}
