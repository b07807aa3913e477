/* SPDX-License-Identifier: ISC
 *
 * The running drivers of this endpoint, one process a family, each serving the active content of
 * its types. New content gets a new process that is ready before the old one goes. So does a family
 * that looks up in a type of another family when that type gets new content, goes, or is switched.
 */
#ifndef AGENT_DRIVER_HOST_H
#define AGENT_DRIVER_HOST_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "agent/config.h"
#include "agent/state-content.h"
#include "media/driver-run.h"

struct driver_host;

/* Who answers what drivers in service ask, and hears what they tell (media/driver-run.h). */
struct driver_host_listener {
    int (*call)(void *context, const char *family, const char *call, const json_t *arguments,
                json_t **value, char reason[static ERROR_WORDS_BYTES], struct error *err);
    void (*news)(void *context, const char *family, const json_t *news);
    void *context;
};

/* Borrows both for its life. Starts nothing. */
struct driver_host *driver_host_new(struct state *state, const struct config *config);
/* Stops all. */
void driver_host_free(struct driver_host *host);

/* The listener is copied; before any driver is started. */
void driver_host_listen(struct driver_host *host, const struct driver_host_listener *listener);

/* A process of a family that has loaded what it is to serve, beside the one in service. */
struct driver_candidate;

/* Starts one for the family of `type`, with every active content of that family but the type's own,
 * in whose place `package` is loaded (its files lie in content/TYPE/ID); NULL: nothing is. What it
 * looks up in is loaded too; where that fails, it does without and health says so.
 * Where something else kills it, it is tried once more; the second time is the content's fault.
 * ERROR_DRIVER_MISSING, ERROR_SCHEMA_RANGE, ERROR_DRIVER_REFUSED, ERROR_DRIVER_FAILED. */
int driver_host_prepare(struct driver_host *host, const char *type,
                        const struct state_package *package, struct driver_candidate **candidate,
                        struct error *err) ERROR_MUST_CHECK;
/* Gives the candidate files that are no package as a content of type `type` of its family: verb
 * "check" or "load". What is loaded is what it serves. */
int driver_host_give(struct driver_candidate *candidate, const char *verb, const char *type,
                     const struct driver_run_file *files, size_t count,
                     struct error *err) ERROR_MUST_CHECK;
/* Asks it, before it serves. As driver_host_serve. */
int driver_host_ask(struct driver_candidate *candidate, const char *type, json_t *request,
                    json_t **reply, struct error *err) ERROR_MUST_CHECK;
/* It serves from now on; the one before is stopped, and so are readers of its new content once theirs
 * is ready. Takes the candidate. But the candidate of a type
 * that is switched off has shown that its content loads, and is stopped. */
void driver_host_adopt(struct driver_host *host, struct driver_candidate *candidate);
void driver_host_discard(struct driver_candidate *candidate);

/* A type that a key of the configuration store switches off (agent/setting-keys.h) is loaded by no
 * process that serves, and a family of only such types does not run.
 *
 * Starts the family of each active content that is not running. What can't be started is written
 * to health, the others go on. */
int driver_host_start(struct driver_host *host, struct error *err) ERROR_MUST_CHECK;

/* The type was switched off or on: its family gets a process with what is on now, ready before the
 * old one goes, or none. Other families are not touched. */
int driver_host_switch(struct driver_host *host, const char *type,
                       struct error *err) ERROR_MUST_CHECK;

/* The family gets a new process with what it serves, ready before the old one goes. ERROR_NOT_FOUND
 * where it has nothing to serve. */
int driver_host_restart(struct driver_host *host, const char *family,
                        struct error *err) ERROR_MUST_CHECK;

/* Asks a type's driver. ERROR_SWITCHED_OFF names the key and who set it. A family that is not running is started without content where it needs
 * none: ERROR_DRIVER_MISSING where there is no such program. *reply is what serve answered. */
int driver_host_serve(struct driver_host *host, const char *type, json_t *request, json_t **reply,
                      struct error *err) ERROR_MUST_CHECK;

/* Hands a channel to what runs of the family (driver_run_channel); nothing does: ERROR_NOT_FOUND. */
int driver_host_channel(struct driver_host *host, const char *family, const char *channel, int fd,
                        struct error *err) ERROR_MUST_CHECK;
/* Plays a recording to a process of its own that has loaded what is in service of the type's family.
 * *reply is what it makes of it. */
int driver_host_replay(struct driver_host *host, const char *type, int recording, json_t **reply,
                       struct error *err) ERROR_MUST_CHECK;

/* Whether a family that runs could not load the type that it looks up in, and does without it or
 * keeps what it had: then *words says which and why. `host` may be NULL. */
bool driver_host_unread(const struct driver_host *host, const char *type, char *words, size_t size);

/* driver_host_serve() for a request whose calls are answered by this listener, not the host's. The
 * answers must not change the drivers of that family. */
int driver_host_serve_listening(struct driver_host *host, const char *type, json_t *request,
                                const struct driver_run_listener *listener, json_t **reply,
                                struct error *err) ERROR_MUST_CHECK;

#define DRIVER_HOST_FDS (3 * CONFIG_DRIVERS)

/* For the event loop: what to watch; then what happened. Log lines are logged and news is heard here. */
size_t driver_host_watch(const struct driver_host *host, struct pollfd fds[static DRIVER_HOST_FDS]);
void driver_host_turn(struct driver_host *host);

/* A family whose process has ended without being asked. 1: *family (borrowed), *item what it was
 * working on, *often whether that was once too often within the window; 0: none. The process is
 * forgotten. */
int driver_host_next_end(struct driver_host *host, const char **family, const char **item,
                         bool *often);

/* How a family fares. */
struct driver_host_view {
    pid_t pid;           /* 0: it does not run */
    int64_t started_us;  /* when this process came into service; 0: none runs */
    unsigned restarts;   /* how often one ended unasked since the agent was started */
    unsigned ends;       /* ... within the window that ends now */
    unsigned ends_limit; /* that many within the window: the content before is put back */
    int64_t window_us;
    int64_t last_end_us;    /* 0: none */
    const char *last_words; /* how that one ended; borrowed; from the driver, so escape it */
};

/* `host` may be NULL: nothing runs. */
void driver_host_look(const struct driver_host *host, const struct config *config,
                      const char *family, struct driver_host_view *view);

/* Whether a driver program for the type is installed. A family's program may be absent: the agent
 * is then whole for the other types. */
bool driver_host_has_program(const struct config *config, const char *type);

#endif
