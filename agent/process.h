/* SPDX-License-Identifier: ISC
 *
 * The monitor's way with the programs that it starts for one job (readers, verify, intake): which
 * user each becomes, waiting for their messages without going deaf to everything else, their log
 * lines, their end.
 */
#ifndef AGENT_PROCESS_H
#define AGENT_PROCESS_H

#include <stddef.h>
#include <stdint.h>

#include "agent/config.h"
#include "media/base/frame.h"
#include "media/base/source.h"
#include "media/base/spawn.h"

/* What goes on while we wait for a child: `turn` is called when fd is readable (-1: never). It must
 * not wait itself. */
struct process_idle {
    int fd;
    void (*turn)(void *context);
    void *context;
};

struct process {
    struct child child;
    char name[48]; /* "sallyport-verify", for logs and words */
};

/* The user that a program becomes: NULL where we are not root; else the configured one. Where that
 * is the user named after the program (the default) and there is none, nobody. Borrowed. */
const char *process_user(const char *configured, const char *program);

/* Starts libexec/program with a socket (3), a log pipe (4) and fds (5...). */
int process_start(const struct config *config, const char *program, const char *user,
                  const int *fds, size_t fd_count, struct process *process,
                  struct error *err) ERROR_MUST_CHECK;

/* Starts the reader of a source (stays the caller's). *socket, the end for its client, is the
 * caller's to close. It runs as a user of its own; a folder that not everybody may read is read as
 * the folder's owner, of whose other rights its sandbox leaves none. */
int process_start_reader(const struct config *config, const struct source *source, int *socket,
                         struct process *process, struct error *err) ERROR_MUST_CHECK;

/* Waits for the next message, serving `idle` and the child's log meanwhile. The deadline counts
 * from now. ERROR_PEER_GONE names the program and how it ended. */
int process_receive(struct process *process, const struct process_idle *idle, size_t max_size,
                    int deadline_ms, struct frame *frame, struct error *err) ERROR_MUST_CHECK;

/* Sends; ERROR_PEER_GONE as above. */
int process_send(struct process *process, uint16_t type, const void *body, size_t size,
                 const int *fds, size_t fd_count, struct error *err) ERROR_MUST_CHECK;
int process_send_json(struct process *process, uint16_t type, const json_t *body, const int *fds,
                      size_t fd_count, struct error *err) ERROR_MUST_CHECK;

/* Logs what is in the pipe. */
void process_relay(struct process *process);

/* Closes its socket, so that it ends, waits a little, kills; all its log lines are logged. Safe on
 * one that never started. */
void process_end(struct process *process);

#endif
