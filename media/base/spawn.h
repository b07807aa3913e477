/* SPDX-License-Identifier: ISC
 *
 * Starting a child with exactly the descriptors, arguments and identity that are named here: empty
 * environment (PATH excluded; LC_ALL=C, TZ=UTC0), default signals, standard streams on /dev/null,
 * all other descriptors closed, death with its parent. And ending it.
 */
#ifndef MEDIA_BASE_SPAWN_H
#define MEDIA_BASE_SPAWN_H

#include <stddef.h>
#include <sys/resource.h>
#include <sys/types.h>

#include "media/base/error.h"

/* Child descriptor numbers, the same in every program that we start. */
#define SPAWN_FD_SOCKET 3 /* frame socket to the parent */
#define SPAWN_FD_LOG    4 /* pipe for log lines */
#define SPAWN_FD_FIRST  5 /* what the program's own header says comes here and after */

#define SPAWN_FDS 8

struct spawn_limit {
    int resource; /* RLIMIT_... */
    rlim_t value;
};

struct spawn {
    const char *program;          /* absolute path, or path beneath the caller's libexec folder */
    const char *const *arguments; /* argv, NULL-terminated, argv[0] included */
    int fds[SPAWN_FDS];           /* become descriptors 3, 4, 5, ... in the child */
    size_t fd_count;
    const char *user; /* name to become, NULL: stay (not root) */
    const struct spawn_limit *limits;
    size_t limit_count;
};

struct child {
    pid_t pid;
    int pidfd;  /* readable when the child has ended */
    int socket; /* our end of SPAWN_FD_SOCKET, where spawn_with_socket made it; else -1 */
    int log;    /* our end of SPAWN_FD_LOG; else -1 */
};

/* Starts the child. ERROR_NOT_FOUND when the program is absent (told through an error pipe, not by
 * an exit status). The caller's descriptors stay the caller's. */
int spawn_start(const struct spawn *spawn, struct child *child, struct error *err) ERROR_MUST_CHECK;

/* As spawn_start, and makes the frame socket (3) and the log pipe (4) itself: spawn->fds become
 * 5, 6... */
int spawn_with_socket(const struct spawn *spawn, struct child *child,
                      struct error *err) ERROR_MUST_CHECK;

/* Waits at most deadline_ms (-1 for ever); then SIGKILL. *status as from waitpid; *killed tells
 * whether we had to. Closes pidfd, socket and log. */
int spawn_finish(struct child *child, int deadline_ms, int *status, int *killed,
                 struct error *err) ERROR_MUST_CHECK;

/* SIGKILL, reap, close. Safe on a child that has ended or never started (pid 0). */
void spawn_kill(struct child *child);

/* Words for a wait status: "exited 3", "killed by signal 9 (Killed)". Returns out. */
const char *spawn_status_text(int status, char *out, size_t out_size);

#endif
