/* SPDX-License-Identifier: ISC */
#include "tui/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/path.h"
#include "media/base/source.h"
#include "tui/output.h"
#include "tui/progress.h"

#define NAME_PATTERN "sallyport-XXXXXX.tar"
#define NAME_SUFFIX  4 /* ".tar" */
#define PIECE_BYTES  MIB
#define LOOK_BYTES   (16 * MIB) /* between two looks at the free space */
#define KEPT_BYTES   (64 * MIB) /* that others find free, or a twentieth of a small filesystem */
#define SAID_MS      200        /* between two lines of progress */

/* A handler gets no context: what it takes away has to be known to the whole program. Empty: nothing. */
static char spooled[LIMIT_PATH_BYTES + 1];

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

void spool_end(void)
{
    int number = errno;

    if (spooled[0] != '\0')
        (void)unlink(spooled);
    spooled[0] = '\0';
    errno = number;
}

static void end_by_signal(int number)
{
    struct sigaction usual = {.sa_handler = SIG_DFL};

    spool_end();
    sigaction(number, &usual, NULL);
    raise(number);
}

/* What is ignored (nohup) stays so. */
static void catch_signals(void)
{
    struct sigaction ending = {.sa_handler = end_by_signal}, before;

    for (size_t i = 0; i < SIGNALS; i++) {
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &ending, NULL);
    }
}

bool spool_is_asked(const char *given)
{
    return strcmp(given, "-") == 0;
}

/* The name of what standard input is, if it still has that name, nothing has read from it and this
 * user may open it by that name: a shell with other rights may have opened it for us. */
static bool has_path(char location[static LIMIT_PATH_BYTES + 1])
{
    struct stat here, there;
    ssize_t size = readlink("/proc/self/fd/0", location, LIMIT_PATH_BYTES);

    if (size <= 0 || location[0] != '/')
        return false;
    location[size] = '\0';
    return fstat(STDIN_FILENO, &here) == 0 && (S_ISREG(here.st_mode) || S_ISBLK(here.st_mode)) &&
           lseek(STDIN_FILENO, 0, SEEK_CUR) == 0 && stat(location, &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino &&
           faccessat(AT_FDCWD, location, R_OK, AT_EACCESS) == 0;
}

static const char *spool_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
}

/* A signal comes before there is a file, or when its name is known. */
static int make_file(const char *folder, int *fd, struct error *err)
{
    char name[LIMIT_PATH_BYTES + sizeof(NAME_PATTERN) + 1];
    sigset_t held, before;

    snprintf(name, sizeof(name), "%s/" NAME_PATTERN, folder);
    sigemptyset(&held);
    for (size_t i = 0; i < SIGNALS; i++)
        sigaddset(&held, signals[i]);
    sigprocmask(SIG_BLOCK, &held, &before);
    *fd = strlen(name) <= LIMIT_PATH_BYTES ? mkostemps(name, NAME_SUFFIX, O_CLOEXEC) : -1;
    if (*fd >= 0) {
        memcpy(spooled, name, strlen(name) + 1);
        catch_signals();
    } else {
        error_set_errno(err, ERROR_IO, errno, "%s: no temporary file can be made there", folder);
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return *fd >= 0 ? 0 : -(int)err->code;
}

static int check_space(int fd, uint64_t done, struct error *err)
{
    struct statvfs status;
    uint64_t free_bytes, kept;

    if (fstatvfs(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", spooled);
    free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    kept = (uint64_t)status.f_blocks * status.f_frsize / 20;
    if (free_bytes >= (kept < KEPT_BYTES ? kept : KEPT_BYTES))
        return 0;
    return error_set(
        err, ERROR_NO_SPACE,
        "%s: full after %llu MiB of standard input, with %llu MiB left for others; set "
        "TMPDIR to a folder with more room",
        spool_folder(), (unsigned long long)(done / MIB), (unsigned long long)(free_bytes / MIB));
}

static uint64_t now_ms(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* How far one copy has come. */
struct copying {
    struct progress progress;
    uint64_t done, looked; /* bytes */
    uint64_t begun_ms, said_ms;
};

static void say(struct copying *copying, bool at_once)
{
    uint64_t now = now_ms(), took = now - copying->begun_ms;
    char done[32], rate[32], words[80];
    json_t *step;

    if (!at_once && now - copying->said_ms < SAID_MS)
        return;
    copying->said_ms = now;
    snprintf(words, sizeof(words), "%s, %s/s", output_bytes(copying->done, done),
             output_bytes(copying->done * 1000 / (took > 0 ? took : 1), rate));
    step = json_pack("{s:s, s:s}", "name", "standard input", "words", words);
    progress_step(&copying->progress, step);
    json_decref(step);
}

/* 1: more may come. */
static int copy_piece(struct copying *copying, int fd, uint8_t *piece, struct error *err)
{
    ssize_t got;

    do
        got = read(STDIN_FILENO, piece, PIECE_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return error_set_errno(err, ERROR_IO, errno, "standard input");
    if (got == 0)
        return 0;
    if (copying->done >= copying->looked) {
        if (check_space(fd, copying->done, err) < 0)
            return -(int)err->code;
        copying->looked = copying->done + LOOK_BYTES;
    }
    if (path_write(fd, piece, (size_t)got, err) < 0)
        return error_context(err, "%s", spool_folder());
    copying->done += (uint64_t)got;
    say(copying, false);
    return 1;
}

static int copy(const struct command_invocation *invocation, int fd, struct error *err)
{
    struct copying copying = {.begun_ms = now_ms()};
    uint8_t *piece = bytes_allocate(1, PIECE_BYTES);
    int result;

    progress_init(invocation, &copying.progress);
    say(&copying, true);
    do
        result = copy_piece(&copying, fd, piece, err);
    while (result > 0);
    if (result == 0 && copying.progress.terminal)
        say(&copying, true);
    progress_end(&copying.progress);
    free(piece);
    if (result == 0 && copying.done == 0)
        return error_set(err, ERROR_NOT_A_MEDIUM,
                         "nothing came from standard input: see what the command before says");
    return result;
}

static int spool(const struct command_invocation *invocation,
                 char location[static LIMIT_PATH_BYTES + 1], struct error *err)
{
    char folder[LIMIT_PATH_BYTES + 1];
    int fd = -1;
    int result;

    if (realpath(spool_folder(), folder) == NULL) /* the agent's folder is another one */
        return error_set_errno(err, ERROR_IO, errno, "%s", spool_folder());
    result = make_file(folder, &fd, err);
    if (result == 0)
        result = copy(invocation, fd, err);
    if (result == 0)
        memcpy(location, spooled, sizeof(spooled));
    if (fd >= 0)
        (void)close(fd);
    return result;
}

int spool_source(const struct command_invocation *invocation, const char *given,
                 char location[static LIMIT_PATH_BYTES + 1], struct error *err)
{
    if (!spool_is_asked(given))
        return source_resolve(given, location, err);
    if (isatty(STDIN_FILENO) == 1)
        return error_set(err, ERROR_USAGE,
                         "standard input is a terminal: give \"-\" a tar through a pipe, or name "
                         "the file");
    return has_path(location) ? 0 : spool(invocation, location, err);
}
