/* SPDX-License-Identifier: ISC
 *
 * measure FIGURES PID COMMAND...: runs a command, and appends to the file FIGURES
 *   wall SECONDS
 *   cpu SECONDS          user and system, of it and all that it waited for
 *   written BYTES        that were made dirty in files of a disk (write_bytes of /proc/PID/io)
 *   peak KIB PROGRAM     the largest resident size of a process of that name; "command": of its own
 * PID is 0, or an agent that the command asks for work: then what it and its children need from the
 * command's start to its end counts too, and each of its children has a line "peak". Their peaks are
 * looked up every few milliseconds: what a process took in its last ones is not seen.
 * The exit status is the command's.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"

#define HELD_BYTES  (4 * GIB)         /* of memory that is used before the command begins */
#define AHEAD_BYTES (512 * MIB)       /* of it that lie ready for the command */
#define GIVE_BYTES  (32 * MIB)        /* at once */
#define LOOK_NS     (2 * 1000 * 1000) /* between two looks at the tree */
#define FILE_BYTES  4096              /* of a file in /proc: those read here are far smaller */
#define NAMES       64
#define NAME_BYTES  64
#define DEPTH       8 /* of the tree */

struct used {
    double cpu_s;
    uint64_t written;
};

struct peaks {
    size_t count;
    struct {
        char name[NAME_BYTES];
        long kib;
    } rows[NAMES];
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "measure: %s: %s\n", what, why);
    exit(125);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Empty where there is none: processes end. */
static void read_file(pid_t pid, const char *name, char text[static FILE_BYTES])
{
    char path[64];
    ssize_t size;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    size = fd < 0 ? -1 : read(fd, text, FILE_BYTES - 1);
    text[size > 0 ? size : 0] = '\0';
    if (fd >= 0)
        close(fd);
}

/* The number after a word at the start of a line; 0 where there is none. */
static uint64_t field(const char *text, const char *word)
{
    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, word, strlen(word)) == 0)
            return strtoull(line + strlen(word), NULL, 10);
    }
    return 0;
}

/* For each process of the tree, children first. */
static void walk(pid_t pid, unsigned depth, void (*each)(pid_t pid, void *context), void *context)
{
    char name[64], text[FILE_BYTES], *at = text, *end;

    snprintf(name, sizeof(name), "task/%d/children", (int)pid);
    read_file(pid, name, text);
    for (long child; depth < DEPTH && (child = strtol(at, &end, 10)) > 0; at = end)
        walk((pid_t)child, depth + 1, each, context);
    each(pid, context);
}

/* utime, stime, cutime and cstime: fields 14 to 17, counted behind the name's last bracket. What a
 * process waited for is its own from then on, so that the sum over a tree never loses anything. */
static void add_used(pid_t pid, void *context)
{
    struct used *used = context;
    char text[FILE_BYTES], *at;
    uint64_t ticks = 0;

    read_file(pid, "io", text);
    used->written += field(text, "write_bytes:") - field(text, "cancelled_write_bytes:");
    read_file(pid, "stat", text);
    at = strrchr(text, ')');
    for (unsigned i = 2; at != NULL && i <= 17; i++) {
        if (i >= 14)
            ticks += strtoull(at, NULL, 10);
        at = strchr(at + 1, ' ');
    }
    used->cpu_s += (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static struct used tree_used(pid_t pid)
{
    struct used used = {0, 0};

    if (pid > 0)
        walk(pid, 0, add_used, &used);
    return used;
}

static void note_peak(struct peaks *peaks, const char *name, long kib)
{
    size_t i = 0;

    while (i < peaks->count && strcmp(peaks->rows[i].name, name) != 0)
        i++;
    if (i == NAMES)
        return;
    if (i == peaks->count)
        snprintf(peaks->rows[peaks->count++].name, NAME_BYTES, "%s", name);
    if (kib > peaks->rows[i].kib)
        peaks->rows[i].kib = kib;
}

static void look(pid_t pid, void *context)
{
    char text[FILE_BYTES], *base;
    long kib;

    read_file(pid, "status", text);
    kib = (long)field(text, "VmHWM:");
    read_file(pid, "cmdline", text);
    base = strrchr(text, '/');
    if (kib > 0 && text[0] != '\0')
        note_peak(context, base == NULL ? text : base + 1, kib);
}

/* Peaks of processes that were there before begin anew. */
static void forget_peak(pid_t pid, void *context)
{
    char path[64];
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/clear_refs", (int)pid);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0 || write(fd, "5", 1) != 1)
        fprintf(stderr, "measure: %s: %s\n", path, strerror(errno));
    if (fd >= 0)
        close(fd);
}

/* What a virtual machine's host has taken back of free memory costs ten times of a page at its next use,
 * and it takes back what lies idle for an instant. So memory is used, held, and given back at the pace at
 * which the command takes it. */
struct held {
    uint8_t *memory;
    size_t size, given;
    long free_pages; /* to be kept free */
};

static void give_back(struct held *held)
{
    while (held->given < held->size && sysconf(_SC_AVPHYS_PAGES) < held->free_pages) {
        madvise(held->memory + held->given, GIVE_BYTES, MADV_DONTNEED);
        held->given += GIVE_BYTES;
    }
}

static void hold_memory(struct held *held)
{
    const char *wanted = getenv("BENCH_HELD_MIB");
    size_t most = wanted != NULL ? (size_t)strtoul(wanted, NULL, 10) * MIB : HELD_BYTES;
    long page = sysconf(_SC_PAGESIZE);
    size_t half = (size_t)page * (size_t)(sysconf(_SC_AVPHYS_PAGES) / 2);
    void *memory;

    held->size = (half < most ? half : most) / GIVE_BYTES * GIVE_BYTES;
    memory = mmap(NULL, held->size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        held->size = 0;
        return;
    }
    held->memory = memory;
    memset(memory, 1, held->size);
    held->free_pages = sysconf(_SC_AVPHYS_PAGES) + (long)(AHEAD_BYTES / (size_t)page);
    give_back(held);
}

/* Until the command has ended; SIGCHLD, which is blocked, wakes at once. */
static int wait_for(pid_t command, pid_t tree, struct peaks *peaks, struct held *held,
                    const sigset_t *child)
{
    const struct timespec pause = {.tv_nsec = LOOK_NS};
    int status = 0;

    while (waitpid(command, &status, WNOHANG) == 0) {
        if (tree > 0)
            walk(tree, 0, look, peaks);
        give_back(held);
        sigtimedwait(child, NULL, &pause);
    }
    if (tree > 0)
        walk(tree, 0, look, peaks);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Before there is memory that would count as the command's; it begins when go is closed. */
static pid_t start(char **command, const sigset_t *before, int *go)
{
    int ends[2];
    char none;
    pid_t pid = pipe2(ends, O_CLOEXEC) < 0 ? -1 : fork();

    if (pid < 0)
        die("fork", strerror(errno));
    if (pid > 0) {
        close(ends[0]);
        *go = ends[1];
        return pid;
    }
    close(ends[1]);
    while (read(ends[0], &none, 1) < 0 && errno == EINTR)
        ;
    sigprocmask(SIG_SETMASK, before, NULL);
    execvp(command[0], command);
    die(command[0], strerror(errno));
    return -1;
}

static double seconds(const struct timeval *time)
{
    return (double)time->tv_sec + (double)time->tv_usec / 1e6;
}

static struct used own_used(struct peaks *peaks)
{
    struct used used = {0, 0};
    struct rusage usage;

    add_used(getpid(), &used);
    getrusage(RUSAGE_CHILDREN, &usage);
    used.cpu_s = seconds(&usage.ru_utime) + seconds(&usage.ru_stime);
    note_peak(peaks, "command", usage.ru_maxrss);
    return used;
}

static void write_figures(const char *path, double wall_s, const struct used *used,
                          const struct peaks *peaks)
{
    FILE *out = fopen(path, "a");

    if (out == NULL)
        die(path, strerror(errno));
    fprintf(out, "wall %.3f\ncpu %.2f\nwritten %llu\n", wall_s, used->cpu_s,
            (unsigned long long)used->written);
    for (size_t i = 0; i < peaks->count; i++)
        fprintf(out, "peak %ld %s\n", peaks->rows[i].kib, peaks->rows[i].name);
    if (fclose(out) != 0)
        die(path, strerror(errno));
}

int main(int argc, char **argv)
{
    struct peaks peaks = {0};
    struct held held = {0};
    struct used before, after, own;
    sigset_t child, mask;
    double began_s, wall_s;
    pid_t tree, command;
    int status, go;

    if (argc < 4)
        die("usage", "measure FIGURES PID COMMAND...");
    tree = (pid_t)strtol(argv[2], NULL, 10);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, &mask);
    if (tree > 0)
        walk(tree, 0, forget_peak, NULL);
    command = start(argv + 3, &mask, &go);
    hold_memory(&held);
    before = tree_used(tree);
    began_s = now_s();
    close(go);
    status = wait_for(command, tree, &peaks, &held, &child);
    wall_s = now_s() - began_s;
    after = tree_used(tree);
    own = own_used(&peaks);
    own.cpu_s += after.cpu_s - before.cpu_s;
    own.written += after.written - before.written;
    write_figures(argv[1], wall_s, &own, &peaks);
    return status;
}
