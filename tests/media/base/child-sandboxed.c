/* SPDX-License-Identifier: ISC
 *
 * What test-sandbox starts: enters the sandbox as its arguments say, tries things from inside and
 * tells over descriptor 3. Descriptor 5, where given, is a folder.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/limits.h"
#include "media/base/sandbox.h"
#include "media/base/sandbox-landlock.h"

#define WORKERS 4

static int tell(const char *text)
{
    return write(3, text, strlen(text)) == (ssize_t)strlen(text) ? 0 : 1;
}

static int tell_result(int result, const struct error *err)
{
    char text[ERROR_WORDS_BYTES + 64];

    snprintf(text, sizeof(text), "%s%s%s;", result == 0 ? "ok" : error_name(err->code),
             result == 0 ? "" : ": ", result == 0 ? "" : err->words);
    return tell(text);
}

static const struct sandbox_profile plain = {.name = "plain", .open_files = 32};

static int enter_and_seal(const struct sandbox_profile *profile, struct error *err)
{
    int result = sandbox_enter(profile, err);

    return result < 0 ? result : sandbox_seal(profile, err);
}

static int test_sealed(const char *argument)
{
    struct error err = {0};
    int result = enter_and_seal(&plain, &err);

    if (result == 0)
        result = sandbox_selftest(&err);
    return tell_result(result, &err);
}

/* Without seal, a program that says no threads must be as closed but for the sealing itself. */
static int test_entered(const char *argument)
{
    struct error err = {0};
    int result = sandbox_enter(&plain, &err);

    if (result == 0)
        result = sandbox_selftest(&err);
    return tell_result(result, &err);
}

static int test_unconfined(const char *argument)
{
    struct error err = {0};

    return tell_result(sandbox_selftest(&err), &err);
}

struct worker {
    pthread_t thread;
    pthread_barrier_t *sealed;
    struct error err;
    int result;
};

static void *work(void *context)
{
    struct worker *worker = context;
    void *memory = NULL;

    pthread_barrier_wait(worker->sealed);
    worker->result = sandbox_selftest(&worker->err);
    /* And it still works for a living. */
    memory = bytes_allocate(1, 1 << 20);
    memset(memory, 1, 1 << 20);
    free(memory);
    return NULL;
}

static int test_threads(const char *argument)
{
    const struct sandbox_profile profile = {.name = "workers", .open_files = 32, .threads = true};
    struct worker workers[WORKERS] = {0};
    pthread_barrier_t sealed;
    pthread_t late;
    struct error err = {0};
    int result;

    pthread_barrier_init(&sealed, NULL, WORKERS + 1);
    result = sandbox_enter(&profile, &err);
    if (result < 0)
        return tell_result(result, &err);
    for (size_t i = 0; i < WORKERS; i++) {
        workers[i].sealed = &sealed;
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return tell("no thread;");
    }
    result = sandbox_seal(&profile, &err);
    tell_result(result, &err);
    if (result == 0)
        tell(pthread_create(&late, NULL, work, NULL) == 0 ? "late thread;" : "no late thread;");
    pthread_barrier_wait(&sealed);
    for (size_t i = 0; i < WORKERS; i++) {
        pthread_join(workers[i].thread, NULL);
        tell_result(workers[i].result, &workers[i].err);
    }
    return tell_result(sandbox_selftest(&err), &err);
}

static void *idle(void *context)
{
    pause();
    return NULL;
}

static int test_early_thread(const char *argument)
{
    pthread_t thread;
    struct error err = {0};

    if (pthread_create(&thread, NULL, idle, NULL) != 0)
        return 1;
    return tell_result(sandbox_enter(&plain, &err), &err);
}

/* What an attempt came to: "ok", or the name of its errno where it is one that we expect. */
static void tell_attempt(const char *what, long result)
{
    const char *word = result >= 0       ? "ok"
                       : errno == EACCES ? "EACCES"
                       : errno == EPERM  ? "EPERM"
                       : errno == EFBIG  ? "EFBIG"
                       : errno == ENOENT ? "ENOENT"
                       : errno == EXDEV  ? "EXDEV"
                                         : strerror(errno);
    char text[128];

    snprintf(text, sizeof(text), "%s %s;", what, word);
    tell(text);
    if (result > 2)
        close((int)result);
}

/* Landlock alone, at the ABI that is named: descriptor 5 may be read, or written with "w". */
static int test_landlock(const char *argument)
{
    struct sandbox_folder folder = {.fd = 5, .write = argument[0] == 'w'};
    struct error err = {0};
    int abi = argument[1] - '0';

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return 1;
    if (sandbox_landlock(&folder, 1, 0, abi, &err) < 0)
        return tell_result(-1, &err);
    tell_attempt("outside", open("/etc/passwd", O_RDONLY | O_CLOEXEC));
    tell_attempt("up", openat(5, "../outside", O_RDONLY | O_CLOEXEC));
    tell_attempt("list", open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    tell_attempt("inside", openat(5, "file", O_RDONLY | O_CLOEXEC));
    tell_attempt("write", openat(5, "file", O_WRONLY | O_CLOEXEC));
    tell_attempt("make", openat(5, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
    tell_attempt("folder", mkdirat(5, "folder", 0700));
    tell_attempt("rename", renameat(5, "new", 5, "folder/new"));
    tell_attempt("link", symlinkat("file", 5, "link"));
    tell_attempt("fifo", mkfifoat(5, "fifo", 0600));
    tell_attempt("run", syscall(SYS_execveat, 5, "file", NULL, NULL, 0));
    if (abi >= 4)
        tell_attempt("socket", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return 0;
}

static const struct sandbox_call folder_calls[] = {
    {SCMP_SYS(openat), "test", -1, 0, 0},
    {SCMP_SYS(mkdirat), "test", -1, 0, 0},
    {SCMP_SYS(ftruncate), "test", -1, 0, 0},
};

/* The whole sandbox with a folder: reading and writing beneath it, nothing beside it. */
static int test_folder(const char *argument)
{
    const struct sandbox_folder folder = {.fd = 5, .write = true};
    const struct sandbox_profile profile = {.name = "folder",
                                            .calls = folder_calls,
                                            .call_count = 3,
                                            .folders = &folder,
                                            .folder_count = 1,
                                            .file_bytes = 4096,
                                            .open_files = 32};
    struct error err = {0};
    char block[4096] = {0};
    int result = enter_and_seal(&profile, &err);
    int fd;

    if (result < 0)
        return tell_result(result, &err);
    tell_attempt("inside", openat(5, "file", O_RDONLY | O_CLOEXEC));
    tell_attempt("outside", openat(AT_FDCWD, "/etc/passwd", O_RDONLY | O_CLOEXEC));
    tell_attempt("mkdir", mkdirat(5, "folder", 0700));
    fd = openat(5, "new", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    tell_attempt("write", write(fd, block, sizeof(block)) < 0 ? -1 : 0);
    signal(SIGXFSZ, SIG_IGN);
    if (argument[0] == 'l')
        tell_attempt("limit", write(fd, block, 1) < 0 ? -1 : 0);
    return tell_result(sandbox_selftest(&err), &err);
}

/* TCP, and no other kind of socket. */
static int test_socket(const char *argument)
{
    const struct sandbox_profile profile = {.name = "socket", .connect_port = 80, .open_files = 32};
    struct error err = {0};

    if (enter_and_seal(&profile, &err) < 0)
        return tell_result(-1, &err);
    tell_attempt("tcp", socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    tell_attempt("udp", socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    tell_attempt("raw", socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
    tell_attempt("sctp", socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
    tell_attempt("named", socket(AF_INET, SOCK_STREAM, IPPROTO_TCP));
    tell_attempt("six", socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0));
    tell_attempt("unix", socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    return 0;
}

static int test_memory(const char *argument)
{
    const struct sandbox_profile profile = {.name = "memory",
                                            .open_files = 32,
                                            .memory_bytes = 256 * MIB,
                                            .executable_memory = argument[0] == 'x'};
    struct error err = {0};
    void *page, *large;
    int result = enter_and_seal(&profile, &err);

    if (result < 0)
        return tell_result(result, &err);
    page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    tell_attempt("page", page == MAP_FAILED ? -1 : 0);
    tell_attempt("protect", mprotect(page, 4096, PROT_READ | PROT_EXEC));
    tell_attempt("map", mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                             0) == MAP_FAILED
                            ? -1
                            : 0);
    tell_attempt("memfd", syscall(SYS_memfd_create, "x", 0));
    large = mmap(NULL, 512 * MIB, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return tell(large == MAP_FAILED ? "bounded;" : "unbounded;");
}

/* As the kernel shows them in a file that was opened before: after sealing nothing may ask. */
static int test_limits(const char *argument)
{
    struct error err = {0};
    char text[4096] = "";
    int fd = open("/proc/self/limits", O_RDONLY | O_CLOEXEC);

    if (enter_and_seal(&plain, &err) < 0)
        return tell_result(-1, &err);
    tell_attempt("setuid", setuid(0));
    if (read(fd, text, sizeof(text) - 1) < 0)
        return 1;
    for (char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        char name[26] = "";
        unsigned long soft, hard;

        memcpy(name, line, 25);
        if (sscanf(line + 26, "%lu %lu", &soft, &hard) == 2 &&
            (strstr(name, "core") || strstr(name, "open files") || strstr(name, "processes"))) {
            char words[64];

            snprintf(words, sizeof(words), "%.8s %lu %lu;", name + 4, soft, hard);
            tell(words);
        }
    }
    return 0;
}

/* The table of another architecture must end the process: its call numbers mean other calls. */
static int test_architecture(const char *argument)
{
    struct error err = {0};
    long result = 0;

    if (argument[0] == 's' && enter_and_seal(&plain, &err) < 0)
        return tell_result(-1, &err);
#ifdef __x86_64__
    __asm__ volatile("int $0x80" : "=a"(result) : "a"(20) : "memory"); /* getpid of i386 */
#endif
    return tell("survived;");
}

/* Messages with descriptors, streams and random JSON seeds work inside. */
static int test_work(const char *argument)
{
    struct error err = {0};
    json_t *body = json_pack("{s:i}", "n", 1);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int result = enter_and_seal(&plain, &err);

    if (result == 0)
        result = frame_send_json(3, 1, body, &fd, 1, 1000, &err);
    json_decref(body);
    return result == 0 ? 0 : tell_result(result, &err);
}

static int test_abort(const char *argument)
{
    struct error err = {0};

    if (enter_and_seal(&plain, &err) < 0)
        return tell_result(-1, &err);
    abort();
}

static const struct {
    const char *name;
    int (*run)(const char *argument);
} tests[] = {
    {"sealed", test_sealed},     {"entered", test_entered},    {"unconfined", test_unconfined},
    {"threads", test_threads},   {"early", test_early_thread}, {"landlock", test_landlock},
    {"folder", test_folder},     {"memory", test_memory},      {"limits", test_limits},
    {"arch", test_architecture}, {"work", test_work},          {"abort", test_abort},
    {"socket", test_socket},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(tests) / sizeof(tests[0]); i++) {
        if (strcmp(tests[i].name, argv[1]) == 0)
            return tests[i].run(argc > 2 ? argv[2] : "");
    }
    return 9;
}
