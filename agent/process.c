/* SPDX-License-Identifier: ISC */
#include "agent/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "media/base/log.h"

#define SEND_MS 30000 /* for a child to take a message */
#define END_MS  5000  /* for a child to end once its socket is closed */
#define NOBODY  "nobody"

const char *process_user(const char *configured, const char *program)
{
    if (geteuid() != 0)
        return NULL;
    if (configured != NULL && strcmp(configured, program) != 0)
        return configured;
    return getpwnam(program) != NULL ? program : NOBODY;
}

static void begin(struct process *process, const char *program)
{
    *process = (struct process){.child = {.pidfd = -1, .socket = -1, .log = -1}};
    snprintf(process->name, sizeof(process->name), "%s", program);
}

int process_start(const struct config *config, const char *program, const char *user,
                  const int *fds, size_t fd_count, struct process *process, struct error *err)
{
    char path[LIMIT_PATH_BYTES];
    const char *arguments[] = {program, NULL};
    struct spawn spawn = {
        .program = path, .arguments = arguments, .fd_count = fd_count, .user = user};

    begin(process, program);
    if (snprintf(path, sizeof(path), "%s/%s", config->libexec, program) >= (int)sizeof(path) ||
        fd_count > SPAWN_FDS)
        return error_set(err, ERROR_LIMIT, "%s: path or descriptors are over their limit", program);
    if (fd_count > 0)
        memcpy(spawn.fds, fds, sizeof(int) * fd_count);
    return spawn_with_socket(&spawn, &process->child, err);
}

/* As whom a folder can be read. A folder that only its owner may read (a stick that a desktop
 * mounted, a test's own folder) is read as that owner. */
static const char *folder_user(int folder)
{
    const struct passwd *owner;
    struct stat status;

    if (geteuid() != 0 || fstat(folder, &status) < 0)
        return NULL;
    if ((status.st_mode & (S_IROTH | S_IXOTH)) == (S_IROTH | S_IXOTH))
        return process_user(NULL, "sallyport-reader");
    owner = getpwuid(status.st_uid);
    return owner != NULL ? owner->pw_name : NULL;
}

static void close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

int process_start_reader(const struct config *config, const struct source *source, int *socket,
                         struct process *process, struct error *err)
{
    const char *program = source_reader(source);
    const char *user =
        source_is_folder(source) ? folder_user(source->fd) : process_user(NULL, program);

    begin(process, program);
    return source_start_reader(source, config->libexec, user, socket, &process->child, err);
}

void process_relay(struct process *process)
{
    struct pollfd ready = {.fd = process->child.log, .events = POLLIN};

    log_drain(ready.fd, process->name);
    if (ready.fd >= 0 && poll(&ready, 1, 0) > 0 && (ready.revents & (POLLHUP | POLLERR)) != 0 &&
        (ready.revents & POLLIN) == 0)
        close_fd(&process->child.log);
}

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Until the child's socket is readable. */
static int wait_readable(struct process *process, const struct process_idle *idle, int64_t until_ms,
                         struct error *err)
{
    for (;;) {
        struct pollfd fds[3] = {{.fd = process->child.socket, .events = POLLIN},
                                {.fd = process->child.log, .events = POLLIN},
                                {.fd = idle != NULL ? idle->fd : -1, .events = POLLIN}};
        int64_t left = until_ms - now_ms();
        int count = poll(fds, 3, left > 0 ? (int)left : 0);

        if (count < 0 && errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno, "waiting for %s", process->name);
        if (count > 0 && fds[1].revents != 0)
            process_relay(process);
        if (count > 0 && fds[2].revents != 0)
            idle->turn(idle->context);
        if (count > 0 && fds[0].revents != 0)
            return 0;
        if (left <= 0)
            return error_set(err, ERROR_TIMEOUT, "%s did not answer in time", process->name);
    }
}

/* The conversation broke off: how the program ended says more than that. */
static int explain_end(struct process *process, struct error *err)
{
    struct error ignored;
    char words[64];
    int status, killed;

    process_relay(process);
    if (err->code != ERROR_PEER_GONE || process->child.pid <= 0)
        return error_context(err, "%s", process->name);
    if (spawn_finish(&process->child, END_MS, &status, &killed, &ignored) < 0 || killed)
        return error_context(err, "%s", process->name);
    return error_set(err, ERROR_PEER_GONE, "%s %s in the middle of the job", process->name,
                     spawn_status_text(status, words, sizeof(words)));
}

int process_receive(struct process *process, const struct process_idle *idle, size_t max_size,
                    int deadline_ms, struct frame *frame, struct error *err)
{
    int result = wait_readable(process, idle, now_ms() + deadline_ms, err);

    *frame = (struct frame){.fd_count = 0};
    if (result < 0)
        return result;
    result = frame_receive(process->child.socket, max_size, SEND_MS, frame, err);
    return result < 0 ? explain_end(process, err) : 0;
}

int process_send(struct process *process, uint16_t type, const void *body, size_t size,
                 const int *fds, size_t fd_count, struct error *err)
{
    int result = frame_send(process->child.socket, type, body, size, fds, fd_count, SEND_MS, err);

    return result < 0 ? explain_end(process, err) : 0;
}

int process_send_json(struct process *process, uint16_t type, const json_t *body, const int *fds,
                      size_t fd_count, struct error *err)
{
    int result = frame_send_json(process->child.socket, type, body, fds, fd_count, SEND_MS, err);

    return result < 0 ? explain_end(process, err) : 0;
}

void process_end(struct process *process)
{
    struct pollfd ended = {.fd = process->child.pidfd, .events = POLLIN};
    struct error ignored;
    int status, killed;

    if (process->child.pid <= 0)
        return;
    close_fd(&process->child.socket);
    poll(&ended, 1, END_MS);
    process_relay(process);
    if (spawn_finish(&process->child, 0, &status, &killed, &ignored) < 0)
        spawn_kill(&process->child);
}
