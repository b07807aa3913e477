/* SPDX-License-Identifier: ISC
 *
 * sallyport-reader-image: bytes by name from a filesystem inside a block device or a file, without
 * mounting it. Sees that one descriptor, and reads nothing of it before its sandbox is sealed. The
 * protocol is in media/base/reader.h.
 *
 * libtsk was not written for bytes that mean harm. It may fail (a signal) or loop (a timer of
 * processor time); either ends this process, after a last answer that was written beforehand.
 */
#include <config.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "agent/reader-image.h"
#include "agent/reader-serve.h"
#include "media/base/bytes.h"
#include "media/base/frame.h"
#include "media/base/log.h"
#include "media/base/reader.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define MEDIUM_FD    SPAWN_FD_FIRST
#define MEMORY_BYTES (512 * MIB)
#define OPEN_FILES   16
#define STACK_BYTES  (64 * KIB) /* of the handlers: the ordinary one may be what ran out */

/* The one tree of the medium, opened when it is first asked for. */
struct session {
    struct image_medium medium;
    struct image_tree *tree;
    struct error refused; /* why there is none */
    struct image_file file;
};

/* Last answers: a signal's handler can make nothing. */
static struct bytes last_damaged, last_slow;

static void end_with(int number)
{
    const struct bytes *answer = number == SIGPROF ? &last_slow : &last_damaged;
    struct error ignored;

    (void)!frame_send(SPAWN_FD_SOCKET, READER_ERROR, answer->data, answer->size, NULL, 0, -1,
                      &ignored);
    _exit(1);
}

static int write_answer(struct bytes *answer, enum error_code code, const char *words,
                        struct error *err)
{
    const char *name = error_name(code);
    int result;

    bytes_init(answer, 2 * ERROR_WORDS_BYTES);
    result = bytes_put_u16(answer, (uint16_t)strlen(name), err);
    if (result == 0)
        result = bytes_put(answer, name, strlen(name), err);
    if (result == 0)
        result = bytes_put_u16(answer, (uint16_t)strlen(words), err);
    if (result == 0)
        result = bytes_put(answer, words, strlen(words), err);
    return result;
}

static int handle_signals(struct error *err)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGPROF};
    const struct sigaction action = {.sa_handler = end_with, .sa_flags = SA_ONSTACK};
    static uint8_t room[STACK_BYTES];
    const stack_t stack = {.ss_sp = room, .ss_size = sizeof(room)};
    int result = write_answer(&last_damaged, ERROR_MEDIUM_DAMAGED,
                              "the filesystem is damaged so that its reader failed on it", err);

    if (result == 0)
        result = write_answer(&last_slow, ERROR_TIMEOUT,
                              "the filesystem takes more processor time than IMAGE_CPU_S: it is "
                              "damaged, or made to take it",
                              err);
    if (result == 0 && sigaltstack(&stack, NULL) < 0)
        result = error_set_errno(err, ERROR_SANDBOX, errno, "a stack for signals");
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]) && result == 0; i++) {
        if (sigaction(numbers[i], &action, NULL) < 0)
            result = error_set_errno(err, ERROR_SANDBOX, errno, "handling signals");
    }
    return result;
}

/* Of this process, from now on; 0: as long as it takes. */
static int allow_seconds(time_t seconds, struct error *err)
{
    const struct itimerval timer = {.it_value = {.tv_sec = seconds}};

    if (setitimer(ITIMER_PROF, &timer, NULL) < 0)
        return error_set_errno(err, ERROR_SANDBOX, errno, "a timer of processor time");
    return 0;
}

static int begin(struct session *session, struct error *err)
{
    int result = allow_seconds(LIMIT_IMAGE_CPU_S, err);

    if (result == 0 && session->tree == NULL && session->refused.code == ERROR_OK)
        (void)!image_tree_open(&session->medium, &session->tree, &session->refused);
    if (result == 0 && session->tree == NULL) {
        *err = session->refused;
        result = -(int)err->code;
    }
    return result;
}

/* A timer that would not stop ends an idle process, which uses no processor time. */
static int end(int result)
{
    struct error ignored;

    (void)!allow_seconds(0, &ignored);
    return result;
}

static int list_folder(void *context, const char *folder, char ***names, size_t *count,
                       struct error *err)
{
    struct session *session = context;
    const struct image_entry *entries = NULL;
    int result = begin(session, err);

    *names = NULL;
    *count = 0;
    if (result == 0)
        result = image_tree_list(session->tree, folder, &entries, count, err);
    if (result == 0) {
        *names = bytes_allocate(*count, sizeof(**names));
        for (size_t i = 0; i < *count; i++)
            (*names)[i] = bytes_copy_string(entries[i].name);
    }
    return end(result);
}

static int open_named(struct session *session, const char *name, struct error *err)
{
    int result = begin(session, err);

    return result == 0 ? image_file_open(&session->file, session->tree, &session->medium, name, err)
                       : result;
}

static int size_of(void *context, const char *name, uint64_t *size, struct error *err)
{
    struct session *session = context;
    int result = open_named(session, name, err);

    *size = session->file.size;
    return end(result);
}

static int read_bytes(void *context, const char *name, uint64_t offset, uint8_t *out, size_t size,
                      struct error *err)
{
    struct session *session = context;
    int result = open_named(session, name, err);

    if (result == 0)
        result = image_file_read(&session->file, &session->medium, offset, out, size, err);
    return end(result);
}

static int confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_setitimer, "processor time of one request", -1, 0, 0},
    };
    const struct sandbox_profile profile = {
        .name = "reader-image",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
    };
    int result = sandbox_enter(&profile, err);

    return result == 0 ? sandbox_seal(&profile, err) : result;
}

int main(void)
{
    static const struct reader_methods methods = {list_folder, size_of, read_bytes};
    struct session session = {.medium = {.fd = -1}};
    struct error err = {0};
    int result;

    log_open("reader-image", SPAWN_FD_LOG, LOG_LEVEL_INFO);
    setenv("TZ", "UTC0", 1); /* libtsk asks for local times, which would open a file */
    tzset();
    result = image_medium_measure(MEDIUM_FD, &session.medium, &err);
    if (result == 0)
        result = handle_signals(&err);
    if (result == 0)
        result = confine(&err);
    if (result == 0)
        result = reader_serve(&methods, &session, &err);
    image_file_close(&session.file);
    image_tree_close(session.tree);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    return result < 0 ? 1 : 0;
}
