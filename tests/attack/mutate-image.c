/* SPDX-License-Identifier: ISC
 *
 * mutate-image LIBEXEC IMAGE COUNT: changes an image COUNT times, each time a little and otherwise,
 * and has the real reader program list its tree and read every file of it, in its own sandbox.
 * Whatever it says is right; it must not die of a signal, and must end within its bounds.
 *
 * Changes hit what describes the filesystem: blocks that are not one byte over and over, as
 * what is free is and what the files are full of (the image's maker sees to that). They are made in a memory file and
 * undone, by a fixed seed: mutation K is the same in every run. Prints one line of numbers; the exit
 * status is 1 when a reader died or hung.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/reader.h"
#include "media/base/source.h"

#define BLOCK       512U
#define EDITS       6
#define HANG_S      60 /* far beyond what any image takes, machine busy or not */
#define PIECE_BYTES (256 * KIB)
#define TREE_FILES  2000
#define TREE_DEPTH  6
#define READ_BYTES  (64 * MIB) /* of one image: cross-linked files may seem to hold more than it */

struct image {
    uint8_t *data;
    size_t size, block_count;
    uint32_t *blocks; /* those that describe the filesystem */
    int fd;           /* the memory file */
};

struct edit {
    size_t at;
    uint8_t before[8];
    size_t size;
};

struct mutation {
    struct edit edits[EDITS];
    size_t edit_count, cut; /* cut: the image ends there; 0: whole */
};

/* What one reader was asked, and what is left to ask. */
struct walk {
    struct reader *reader;
    size_t files;
    uint64_t bytes;
    enum error_code trouble; /* the first that was met */
};

struct counts {
    size_t runs, whole, refused, died, hung;
    long peak_kib;
    double slowest_ms;
};

/* ---- images ---- */

static void die(const char *what)
{
    fprintf(stderr, "mutate-image: %s: %s\n", what, strerror(errno));
    exit(2);
}

static int describes(const uint8_t *block)
{
    return memcmp(block, block + 1, BLOCK - 1) != 0;
}

static void read_image(const char *path, struct image *image)
{
    int from = open(path, O_RDONLY | O_CLOEXEC);
    struct error err = {0};
    struct stat status;

    if (from < 0 || fstat(from, &status) < 0)
        die(path);
    image->size = (size_t)status.st_size;
    image->fd = memfd_create("image", MFD_CLOEXEC);
    if (image->fd < 0 || ftruncate(image->fd, status.st_size) < 0)
        die("memory for the image");
    image->data = mmap(NULL, image->size, PROT_READ | PROT_WRITE, MAP_SHARED, image->fd, 0);
    if (image->data == MAP_FAILED)
        die("memory for the image");
    if (path_pread(from, image->data, image->size, 0, &err) < 0)
        die(err.words);
    close(from);
    image->blocks = bytes_allocate(image->size / BLOCK + 1, sizeof(image->blocks[0]));
    for (size_t i = 0; i < image->size / BLOCK; i++)
        if (describes(image->data + i * BLOCK))
            image->blocks[image->block_count++] = (uint32_t)i;
}

/* ---- mutations ---- */

static uint64_t random_next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* Values at which fields break: ends of ranges, and neighbours of what is there. */
static uint64_t boundary(uint64_t *seed, uint64_t present)
{
    static const uint64_t values[] = {
        0,      1,          2,          0x7f,       0x80,       0xff,       0x7fff,    0x8000,
        0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x0ffffff7, 0x0fffffff, INT64_MAX, UINT64_MAX};
    const size_t count = sizeof(values) / sizeof(values[0]);
    size_t choice = random_next(seed) % (count + 4);

    if (choice < count)
        return values[choice];
    return choice == count       ? present + 1
           : choice == count + 1 ? present - 1
           : choice == count + 2 ? present * 2
                                 : ~present;
}

/* One field of 1, 2, 4 or 8 bytes: a bit, a boundary, what another place of the block holds (chains
 * come to cross and to close by that), or anything. */
static void edit_one(struct image *image, uint64_t *seed, struct edit *edit)
{
    size_t block = image->blocks[random_next(seed) % image->block_count];
    size_t size = (size_t)1 << random_next(seed) % 4;
    size_t slots = BLOCK / size;
    uint64_t field = 0, other = 0;

    edit->size = size;
    edit->at = block * BLOCK + random_next(seed) % slots * size;
    memcpy(edit->before, image->data + edit->at, size);
    memcpy(&field, edit->before, size);
    memcpy(&other, image->data + block * BLOCK + random_next(seed) % slots * size, size);
    switch (random_next(seed) % 4) {
    case 0:
        field ^= UINT64_C(1) << random_next(seed) % (8 * size);
        break;
    case 1:
        field = boundary(seed, field);
        break;
    case 2:
        field = other;
        break;
    default:
        field = random_next(seed);
    }
    memcpy(image->data + edit->at, &field, size);
}

static void mutate(struct image *image, uint64_t number, struct mutation *mutation)
{
    uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) * (number + 1);

    memset(mutation, 0, sizeof(*mutation));
    for (int i = 0; i < 8; i++)
        random_next(&seed);
    if (number % 12 == 11) {
        mutation->cut = 1 + random_next(&seed) % (image->size - 1);
        return;
    }
    mutation->edit_count = 1 + random_next(&seed) % EDITS;
    for (size_t i = 0; i < mutation->edit_count; i++)
        edit_one(image, &seed, &mutation->edits[i]);
}

static void undo(struct image *image, const struct mutation *mutation)
{
    for (size_t i = mutation->edit_count; i-- > 0;) {
        const struct edit *edit = &mutation->edits[i];

        memcpy(image->data + edit->at, edit->before, edit->size);
    }
}

/* ---- the reader ---- */

static void note(struct walk *walk, const struct error *err)
{
    if (walk->trouble == ERROR_OK)
        walk->trouble = err->code;
}

static void read_file(struct walk *walk, const char *name)
{
    static uint8_t piece[PIECE_BYTES];
    struct error err = {0};
    uint64_t size = 0, offset = 0;
    int result = reader_size(walk->reader, name, &size, &err);

    while (result == 0 && offset < size && walk->bytes < READ_BYTES) {
        size_t part = size - offset < sizeof(piece) ? (size_t)(size - offset) : sizeof(piece);

        result = reader_read(walk->reader, name, offset, piece, part, &err);
        offset += part;
        walk->bytes += part;
    }
    if (result < 0)
        note(walk, &err);
}

static void read_folder(struct walk *walk, const char *folder, unsigned depth);

/* What it is, the reader tells by what it refuses. */
static void read_entry(struct walk *walk, const char *name, unsigned depth)
{
    struct error err = {0};
    uint64_t size;

    walk->files++;
    if (reader_size(walk->reader, name, &size, &err) == 0)
        read_file(walk, name);
    else if (err.code == ERROR_UNEXPECTED_FILE && depth < TREE_DEPTH)
        read_folder(walk, name, depth + 1);
    else
        note(walk, &err);
}

static void read_folder(struct walk *walk, const char *folder, unsigned depth)
{
    struct error err = {0};
    char **names = NULL, name[LIMIT_PATH_BYTES + 1];
    size_t count = 0;

    if (reader_list(walk->reader, folder, &names, &count, &err) < 0) {
        note(walk, &err);
        return;
    }
    for (size_t i = 0; i < count && walk->files < TREE_FILES; i++)
        if (snprintf(name, sizeof(name), "%s/%s", folder, names[i]) < (int)sizeof(name))
            read_entry(walk, name, depth);
    path_free_names(names, count);
}

static volatile sig_atomic_t hung_pid;

static void on_alarm(int signal_number)
{
    if (signal_number == SIGALRM && hung_pid > 0) {
        (void)kill(hung_pid, SIGKILL);
        hung_pid = 0;
    }
}

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1e6;
}

static void read_tree(int socket, struct walk *walk)
{
    struct error err = {0};

    if (reader_open(socket, &walk->reader, &err) < 0) {
        note(walk, &err);
        return;
    }
    read_folder(walk, "sallyport", 0);
    reader_close(walk->reader);
}

/* What it needed at most. What wait4() says of a child counts our own memory in, from before its
 * program began. */
static void note_peak(pid_t pid, struct counts *counts)
{
    char path[64], line[256];
    FILE *status;
    long kib;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0 &&
            (kib = strtol(line + 6, NULL, 10)) > counts->peak_kib)
            counts->peak_kib = kib;
    if (status != NULL)
        fclose(status);
}

/* Counts how it ended; false when it may not end so. */
static int judge_end(struct child *child, struct counts *counts, const char **verdict)
{
    int status = 0;

    if (waitpid(child->pid, &status, 0) != child->pid)
        die("waitpid");
    *verdict = "";
    if (WIFEXITED(status))
        return 1;
    if (hung_pid == 0 && WTERMSIG(status) == SIGKILL) {
        counts->hung++;
        *verdict = "hung";
    } else {
        counts->died++;
        *verdict = strsignal(WTERMSIG(status));
    }
    return 0;
}

static int run_reader(const char *libexec, const struct image *image, struct walk *walk,
                      struct counts *counts, const char **verdict)
{
    char location[64];
    struct source source;
    struct error err = {0};
    struct child child;
    int socket = -1, fine;

    snprintf(location, sizeof(location), "/proc/self/fd/%d", image->fd);
    if (source_open(location, NULL, &source, &err) < 0) {
        source_close(&source);
        note(walk, &err);
        *verdict = "";
        return 1;
    }
    if (source_start_reader(&source, libexec, NULL, &socket, &child, &err) < 0)
        die(err.words);
    hung_pid = child.pid;
    (void)alarm(HANG_S);
    read_tree(socket, walk);
    note_peak(child.pid, counts);
    close(socket);
    fine = judge_end(&child, counts, verdict);
    (void)alarm(0);
    hung_pid = 0;
    close(child.log);
    close(child.pidfd);
    source_close(&source);
    return fine;
}

static void tell_bad(const struct mutation *mutation, uint64_t number, const char *verdict)
{
    printf("# mutation %llu: %s;", (unsigned long long)number, verdict);
    if (mutation->cut > 0)
        printf(" cut at %zu", mutation->cut);
    for (size_t i = 0; i < mutation->edit_count; i++)
        printf(" %zu bytes at %zu", mutation->edits[i].size, mutation->edits[i].at);
    printf("\n");
}

static void run_one(const char *libexec, struct image *image, uint64_t number,
                    struct counts *counts)
{
    struct mutation mutation;
    struct walk walk = {.reader = NULL};
    const char *verdict;
    double began = now_ms(), took;

    mutate(image, number, &mutation);
    if (mutation.cut > 0) {
        /* The bytes that are cut off are zero when the file grows again. */
        uint8_t *rest = bytes_allocate(image->size - mutation.cut, 1);

        memcpy(rest, image->data + mutation.cut, image->size - mutation.cut);
        if (ftruncate(image->fd, (off_t)mutation.cut) < 0)
            die("ftruncate");
        if (!run_reader(libexec, image, &walk, counts, &verdict))
            tell_bad(&mutation, number, verdict);
        if (ftruncate(image->fd, (off_t)image->size) < 0)
            die("ftruncate");
        memcpy(image->data + mutation.cut, rest, image->size - mutation.cut);
        free(rest);
    } else {
        if (!run_reader(libexec, image, &walk, counts, &verdict))
            tell_bad(&mutation, number, verdict);
        undo(image, &mutation);
    }
    took = now_ms() - began;
    counts->slowest_ms = took > counts->slowest_ms ? took : counts->slowest_ms;
    counts->runs++;
    if (walk.trouble == ERROR_OK)
        counts->whole++;
    else
        counts->refused++;
}

/* The image as it is must be read without a word, or the rest shows nothing. */
static void check_whole(const char *libexec, struct image *image)
{
    struct counts counts = {0};
    struct walk walk = {.reader = NULL};
    const char *verdict;

    if (!run_reader(libexec, image, &walk, &counts, &verdict) || walk.trouble != ERROR_OK ||
        walk.files < 5 || walk.bytes == 0) {
        printf("# unchanged: %zu files, %llu bytes, %s %s\n", walk.files,
               (unsigned long long)walk.bytes, error_name(walk.trouble), verdict);
        exit(2);
    }
}

int main(int argc, char **argv)
{
    struct counts counts = {0};
    struct image image = {.fd = -1};
    unsigned long count;

    if (argc != 4 || (count = strtoul(argv[3], NULL, 10)) == 0) {
        fprintf(stderr, "usage: mutate-image LIBEXEC IMAGE COUNT\n");
        return 2;
    }
    log_open("mutate-image", STDERR_FILENO, LOG_LEVEL_ERROR);
    (void)signal(SIGALRM, on_alarm);
    (void)signal(SIGPIPE, SIG_IGN);
    read_image(argv[2], &image);
    check_whole(argv[1], &image);
    for (unsigned long i = 0; i < count; i++)
        run_one(argv[1], &image, i, &counts);
    printf(
        "# %zu mutations of %zu blocks: %zu read whole, %zu refused, %zu died, %zu hung; slowest "
        "%.0f ms, peak %ld KiB\n",
        counts.runs, image.block_count, counts.whole, counts.refused, counts.died, counts.hung,
        counts.slowest_ms, counts.peak_kib);
    return counts.died + counts.hung > 0;
}
