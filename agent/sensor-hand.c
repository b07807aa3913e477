/* SPDX-License-Identifier: ISC */
#include "agent/sensor-hand.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "agent/sensor-connector.h"
#include "agent/sensor-mountinfo.h"
#include "media/base/event.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/sandbox.h"
#include "media/base/spawn.h"

#define KIND(name)   (1U << EVENT_##name)
#define BY_PROCESS   (KIND(EXEC) | KIND(EXIT) | KIND(FORK) | KIND(OPEN) | KIND(WRITE) | KIND(RENAME))
#define MEMORY_BYTES (64 * MIB)
#define OPEN_FILES   32

/* Which kinds need which of the kernel's events. */
static const struct {
    uint32_t kind;
    uint64_t mask;
    bool names; /* of the group that gives names */
    bool devices;
} marks[] = {
    {KIND(EXEC), FAN_OPEN_EXEC, false, true},
    {KIND(OPEN), FAN_OPEN, false, false},
    {KIND(WRITE), FAN_CLOSE_WRITE, false, false},
    {KIND(RENAME), FAN_RENAME, true, false},
};
#define MARKS (sizeof(marks) / sizeof(marks[0]))

struct work {
    struct sensor_hand_fds fds;
    uint32_t wanted, held; /* kinds */
    bool listening;
};

static int confine(struct error *err)
{
    static const struct sandbox_call calls[] = {
        {SYS_fanotify_mark, "what this process is for", -1, 0, 0},
        {SYS_sendto, "switching process events on and off, answers", -1, 0, 0},
        {SYS_recvfrom, "which kinds are wanted", -1, 0, 0},
    };
    struct sandbox_profile profile = {
        .name = "sensor's hand",
        .calls = calls,
        .call_count = sizeof(calls) / sizeof(calls[0]),
        .memory_bytes = MEMORY_BYTES,
        .open_files = OPEN_FILES,
        .capabilities = UINT64_C(1) << CAP_SYS_ADMIN | UINT64_C(1) << CAP_NET_ADMIN |
                        UINT64_C(1) << CAP_DAC_READ_SEARCH, /* places below closed folders */
    };
    int result = sandbox_enter(&profile, err);

    return result < 0 ? result : sandbox_seal(&profile, err);
}

static uint64_t mask_of(uint32_t kinds, bool names, enum sensor_mount_use use)
{
    uint64_t mask = 0;

    for (size_t i = 0; i < MARKS; i++) {
        if ((kinds & marks[i].kind) != 0 && marks[i].names == names &&
            (use == SENSOR_MOUNT_ALL || (use == SENSOR_MOUNT_EXEC && marks[i].devices)))
            mask |= marks[i].mask;
    }
    return mask;
}

/* First what is new, then what goes: nothing that stays wanted is missed between. */
static int mark(int group, const char *target, uint64_t wanted, uint64_t gone)
{
    int result = 0;

    if (group < 0)
        return 0;
    if (wanted != 0 &&
        fanotify_mark(group, FAN_MARK_ADD | FAN_MARK_FILESYSTEM, wanted, AT_FDCWD, target) < 0)
        result = errno;
    if (gone != 0)
        (void)fanotify_mark(group, FAN_MARK_REMOVE | FAN_MARK_FILESYSTEM, gone, AT_FDCWD, target);
    return result;
}

/* A place that is gone or hidden by now, and a file system that has no handles or no number, is
 * left out and no failure: the others are seen. */
static int worse(int a, int b)
{
    if (b == ENOENT || b == EACCES || b == EOPNOTSUPP || b == ENODEV || b == EXDEV || b == ENOTDIR)
        return a;
    return b != 0 ? b : a;
}

static void mark_all(struct work *work, struct sensor_hand_answer *answer)
{
    uint32_t gone = work->held & ~work->wanted;
    struct sensor_mounts mounts;
    struct error err = {0};

    if (sensor_mounts_read(work->fds.mountinfo, &mounts, &err) < 0) {
        log_write(LOG_LEVEL_WARN, "%s", err.words);
        answer->files = answer->names = EIO;
        return;
    }
    for (size_t i = 0; i < mounts.count; i++) {
        enum sensor_mount_use use = sensor_mount_use(mounts.rows[i].type);
        const char *target = mounts.rows[i].target;

        answer->files =
            worse(answer->files, mark(work->fds.files, target, mask_of(work->wanted, false, use),
                                      mask_of(gone, false, use)));
        answer->names =
            worse(answer->names, mark(work->fds.names, target, mask_of(work->wanted, true, use),
                                      mask_of(gone, true, use)));
    }
    sensor_mounts_clear(&mounts);
    work->held = work->wanted;
}

static void follow_processes(struct work *work, struct sensor_hand_answer *answer)
{
    bool wanted = (work->wanted & BY_PROCESS) != 0;
    struct error ignored;

    if (work->fds.processes < 0 || wanted == work->listening)
        return;
    errno = 0;
    if (sensor_connector_listen(work->fds.processes, wanted, &ignored) < 0)
        answer->processes = errno != 0 ? errno : EIO;
    else
        work->listening = wanted;
}

/* False: the sensor is gone. */
static bool answer_one(struct work *work, int socket)
{
    struct sensor_hand_answer answer = {0};
    uint32_t kinds;
    ssize_t size = recv(socket, &kinds, sizeof(kinds), 0);

    if (size < 0 && errno == EINTR)
        return true;
    if (size != (ssize_t)sizeof(kinds))
        return false;
    work->wanted = kinds;
    follow_processes(work, &answer);
    mark_all(work, &answer);
    return send(socket, &answer, sizeof(answer), MSG_NOSIGNAL) == (ssize_t)sizeof(answer);
}

static void serve(struct work *work, int socket)
{
    struct pollfd waits[] = {{.fd = socket, .events = POLLIN},
                             {.fd = work->fds.mountinfo, .events = POLLPRI}};
    bool goes_on = true;

    while (goes_on) {
        struct sensor_hand_answer ignored = {0};

        if (poll(waits, 2, -1) < 0 && errno != EINTR)
            return;
        if (waits[1].revents != 0 && work->wanted != 0)
            mark_all(work, &ignored);
        if (waits[0].revents != 0)
            goes_on = answer_one(work, socket);
    }
}

static _Noreturn void be_hand(const struct sensor_hand_fds *fds, int socket)
{
    struct work work = {.fds = *fds};
    struct error err = {0};

    if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0 || confine(&err) < 0) {
        log_write(LOG_LEVEL_ERROR, "%s", err.words);
        _exit(1);
    }
    serve(&work, socket);
    _exit(0);
}

int sensor_hand_start(struct sensor_hand *hand, const struct sensor_hand_fds *fds,
                      struct error *err)
{
    int ends[2];

    *hand = (struct sensor_hand){.socket = -1};
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return error_set_errno(err, ERROR_IO, errno, "socket of the hand");
    hand->pid = fork();
    if (hand->pid == 0) {
        close(ends[0]);
        close(SPAWN_FD_SOCKET);
        be_hand(fds, ends[1]);
    }
    close(ends[1]);
    if (hand->pid < 0) {
        close(ends[0]);
        return error_set_errno(err, ERROR_IO, errno, "fork");
    }
    hand->socket = ends[0];
    return 0;
}

void sensor_hand_end(struct sensor_hand *hand)
{
    if (hand->socket >= 0)
        close(hand->socket);
    *hand = (struct sensor_hand){.socket = -1};
}

int sensor_hand_ask(const struct sensor_hand *hand, uint32_t kinds,
                    struct sensor_hand_answer *answer, struct error *err)
{
    struct pollfd wait = {.fd = hand->socket, .events = POLLIN};

    while (recv(hand->socket, answer, sizeof(*answer), MSG_DONTWAIT) > 0) {
        /* one that came too late for who asked */
    }
    if (send(hand->socket, &kinds, sizeof(kinds), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return error_set_errno(err, ERROR_PEER_GONE, errno, "the sensor's hand");
    if (poll(&wait, 1, LIMIT_SENSOR_HAND_MS) == 0)
        return error_set(err, ERROR_TIMEOUT, "a mount does not answer");
    if (recv(hand->socket, answer, sizeof(*answer), MSG_DONTWAIT) != (ssize_t)sizeof(*answer))
        return error_set(err, ERROR_PEER_GONE, "the sensor's hand has ended");
    return 0;
}
