/* SPDX-License-Identifier: ISC */
#include "agent/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/audit.h"
#include "agent/floor.h"
#include "agent/state-content.h"
#include "agent/state-schema.h"
#include "media/base/instant.h"
#include "media/base/path.h"

#define LOCK_FILE     "lock"
#define LOCK_BYTES    128
#define LOCK_PAUSE_MS 20
#define LOCK_TRIES    250 /* 5 s: more than a child needs from fork to exec on a loaded machine */
#define DATABASE_FILE "state.db"

struct state {
    int folder;
    int lock;
    struct db *db;
};

/* Whoever else could write here could take the floors away. Who may read is put right. */
static int check_owner(int fd, const char *folder, struct error *err)
{
    struct stat status;

    if (fstat(fd, &status) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", folder);
    if (status.st_uid != geteuid())
        return error_set(err, ERROR_DENIED, "the state folder %s belongs to uid %u, not to uid %u",
                         folder, status.st_uid, geteuid());
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(err, ERROR_DENIED, "others may write in the state folder %s (mode %04o)",
                         folder, status.st_mode & 07777U);
    if ((status.st_mode & 077) != 0 && fchmod(fd, 0700) < 0)
        return error_set_errno(err, ERROR_IO, errno, "%s", folder);
    return 0;
}

static int open_folder(const char *folder, int *fd, struct error *err)
{
    if (mkdir(folder, 0700) < 0 && errno != EEXIST)
        return error_set_errno(err, ERROR_IO, errno, "making the state folder %s", folder);
    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        return error_set_errno(err, ERROR_IO, errno, "opening the state folder %s", folder);
    return check_owner(*fd, folder, err);
}

/* Who holds the lock, in the holder's own words. */
static int name_holder(int lock, const char *folder, struct error *err)
{
    char holder[LOCK_BYTES + 1] = "";
    ssize_t size = pread(lock, holder, LOCK_BYTES, 0);

    if (size <= 0)
        return error_set(err, ERROR_LOCKED, "%s is held by another process", folder);
    holder[strcspn(holder, "\n")] = '\0';
    return error_set(err, ERROR_LOCKED, "%s is held by %s", folder, holder);
}

/* Also of one whose parent has not asked for its status yet. */
static bool has_ended(pid_t pid)
{
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    struct pollfd ended = {.fd = pidfd, .events = POLLIN};
    bool result;

    if (pidfd < 0)
        return errno == ESRCH;
    result = poll(&ended, 1, 0) > 0;
    close(pidfd);
    return result;
}

/* Whether the holder that the lock file names is there no more. */
static bool holder_has_ended(int lock)
{
    char holder[LOCK_BYTES + 1] = "";
    const char *pid;
    long number;

    if (pread(lock, holder, LOCK_BYTES, 0) <= 0)
        return false;
    pid = strstr(holder, "(pid ");
    number = pid != NULL ? strtol(pid + strlen("(pid "), NULL, 10) : 0;
    return number > 0 && number <= INT_MAX && has_ended((pid_t)number);
}

/* A lock whose holder was killed may live a moment longer: a child inherits the descriptor and has
 * it until its exec. So a holder that has ended is waited for. Returns flock's result. */
static int lock_or_wait(int lock)
{
    const struct timespec pause = {.tv_nsec = LOCK_PAUSE_MS * 1000000L};
    int result = flock(lock, LOCK_EX | LOCK_NB);

    for (int i = 0; i < LOCK_TRIES && result < 0 && errno == EWOULDBLOCK && holder_has_ended(lock);
         i++) {
        (void)nanosleep(&pause, NULL);
        result = flock(lock, LOCK_EX | LOCK_NB);
    }
    return result;
}

static int take_lock(struct state *state, const char *folder, const char *program,
                     struct error *err)
{
    char words[LOCK_BYTES];
    int size = snprintf(words, sizeof(words), "%s (pid %d)\n", program, (int)getpid());
    int result;

    result = path_open(state->folder, LOCK_FILE, O_RDWR | O_CREAT, 0600, &state->lock, err);
    if (result < 0)
        return result;
    if (lock_or_wait(state->lock) < 0) {
        if (errno == EWOULDBLOCK)
            return name_holder(state->lock, folder, err);
        return error_set_errno(err, ERROR_IO, errno, "locking %s", folder);
    }
    if (ftruncate(state->lock, 0) < 0)
        return error_set_errno(err, ERROR_IO, errno, "writing the lock of %s", folder);
    return path_write(state->lock, words, (size_t)size, err);
}

static int make_folders(struct state *state, struct error *err)
{
    /* The other may be intake's at this moment: it is not looked into (staging.h). */
    if (mkdirat(state->folder, "staging", 0700) < 0 && errno != EEXIST)
        return error_set_errno(err, ERROR_IO, errno, "staging");
    return path_make_folders(state->folder, "content", 0700, err);
}

int state_open(const char *folder, const char *program, struct state **result_state,
               struct error *err)
{
    struct state *state = bytes_allocate(1, sizeof(*state));
    const char *const *migrations;
    char path[LIMIT_PATH_BYTES];
    size_t count;
    int result;

    *result_state = NULL;
    *state = (struct state){.folder = -1, .lock = -1};
    migrations = state_schema(&count);
    result = open_folder(folder, &state->folder, err);
    if (result == 0)
        result = take_lock(state, folder, program, err);
    if (result == 0)
        result = make_folders(state, err);
    if (result == 0 &&
        snprintf(path, sizeof(path), "%s/" DATABASE_FILE, folder) >= (int)sizeof(path))
        result = error_set(err, ERROR_LIMIT, "the state folder's name is over PATH_BYTES");
    if (result == 0)
        result = db_open_alone(path, migrations, count, &state->db, err);
    if (result == 0) {
        *result_state = state;
        state = NULL;
    }
    state_close(state);
    return result;
}

void state_close(struct state *state)
{
    if (state == NULL)
        return;
    if (state->db != NULL)
        db_close(state->db);
    if (state->lock >= 0)
        close(state->lock);
    if (state->folder >= 0)
        close(state->folder);
    free(state);
}

struct db *state_db(struct state *state)
{
    return state->db;
}

int state_folder(const struct state *state)
{
    return state->folder;
}

int state_number(struct state *state, const char *name, int64_t *value, struct error *err)
{
    struct db_query *query;
    int result;

    *value = 0;
    result =
        db_query(state->db, &query, err, "SELECT value FROM numbers WHERE name = ?", "t", name);
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1)
        *value = db_integer(query, 0);
    db_finish(query);
    return result < 0 ? result : 0;
}

int state_set_number(struct state *state, const char *name, int64_t value, struct error *err)
{
    return db_change(state->db, err, "INSERT OR REPLACE INTO numbers VALUES(?, ?)", "ti", name,
                     value);
}

int state_raise_number(struct state *state, const char *name, int64_t value, struct error *err)
{
    return db_change(state->db, err,
                     "INSERT INTO numbers VALUES(?, ?) ON CONFLICT(name) DO UPDATE"
                     " SET value = max(value, excluded.value)",
                     "ti", name, value);
}

int state_enrolment(struct state *state, struct state_enrolment *enrolment, struct error *err)
{
    struct db_query *query;
    int result;

    *enrolment = (struct state_enrolment){.made_us = 0};
    result = db_query(state->db, &query, err,
                      "SELECT endpoint, ring, test, made_us, enrolled_us FROM enrolment", "");
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 0)
        result = error_set(err, ERROR_NOT_ENROLLED, "this endpoint was never enrolled");
    if (result == 1) {
        snprintf(enrolment->endpoint, sizeof(enrolment->endpoint), "%s", db_text(query, 0));
        snprintf(enrolment->ring, sizeof(enrolment->ring), "%s", db_text(query, 1));
        enrolment->test_endpoint = db_integer(query, 2) != 0;
        enrolment->made_us = db_integer(query, 3);
        enrolment->enrolled_us = db_integer(query, 4);
        result = 0;
    }
    db_finish(query);
    return result;
}

static int check_unused(struct state *state, const struct enrolment *enrolment, struct error *err)
{
    struct db_query *query;
    int result = db_query(state->db, &query, err, "SELECT 1 FROM enrolments_used WHERE serial = ?",
                          "b", bytes_view_of(enrolment->serial, sizeof(enrolment->serial)));

    if (result < 0)
        return result;
    result = db_step(query, err);
    db_finish(query);
    if (result == 1)
        return error_set(err, ERROR_BLOCKED,
                         "this enrolment was used here before; each is for one "
                         "use");
    return result;
}

static int put_who(struct state *state, const struct enrolment *enrolment, struct error *err)
{
    int64_t now_us = instant_clock();
    int result = db_change(
        state->db, err, "INSERT OR REPLACE INTO enrolment VALUES(1, ?, ?, ?, ?, ?, ?)", "ttibii",
        enrolment->endpoint, enrolment->ring, (int64_t)enrolment->test_endpoint,
        bytes_view_of(enrolment->token, sizeof(enrolment->token)), enrolment->made_us, now_us);

    if (result == 0)
        result = db_change(state->db, err, "INSERT INTO enrolments_used VALUES(?, ?)", "bi",
                           bytes_view_of(enrolment->serial, sizeof(enrolment->serial)), now_us);
    for (size_t i = 0; i < enrolment->key_count && result == 0; i++)
        result = db_change(state->db, err, "INSERT OR REPLACE INTO content_keys VALUES(?, ?)", "tb",
                           enrolment->keys[i].id,
                           bytes_view_of(enrolment->keys[i].key, ENROLMENT_KEY_BYTES));
    return result;
}

/* Documents 1..n: those that follow the newest known are added; an enrolment that knows fewer takes
 * nothing away. */
static int put_roots(struct state *state, const struct enrolment *enrolment, struct error *err)
{
    struct bytes newest;
    uint64_t version;
    int result = state_newest_root(state, &version, &newest, err);

    bytes_clear(&newest);
    for (size_t i = version; i < enrolment->root_count && result == 0; i++)
        result = state_add_root(state, i + 1, bytes_view(&enrolment->roots[i]), err);
    return result;
}

/* sallyport-architecture.7, Floors: a new ring's first set floor is the time of the ring change. A first
 * enrolment has nothing to roll back. */
static int put_ring_floor(struct state *state, const struct enrolment *enrolment,
                          const char *ring_before, struct error *err)
{
    struct floor floor;
    char subject[STATE_SUBJECT_BYTES];
    int result;

    if (ring_before[0] == '\0' || strcmp(ring_before, enrolment->ring) == 0)
        return 0;
    snprintf(subject, sizeof(subject), "ring:%s", enrolment->ring);
    result = state_floor(state, subject, &floor, err);
    if (result < 0 || floor.present)
        return result;
    floor = (struct floor){.present = true, .time_us = enrolment->made_us};
    return state_raise_floor(state, subject, &floor, err);
}

/* What was staged waited for a wave of the ring before: the new ring's own set decides whether and when
 * it comes here. Its floor stays. */
static int drop_staged(struct state *state, const struct enrolment *enrolment,
                       const char *ring_before, struct error *err)
{
    if (ring_before[0] == '\0' || strcmp(ring_before, enrolment->ring) == 0)
        return 0;
    return db_run(state->db, "DELETE FROM installed WHERE slot = 'staged'", err);
}

static int enrol_rows(struct state *state, const struct enrolment *enrolment,
                      const char *ring_before, const char *caller, struct error *err)
{
    char words[256];
    const struct audit_event event = {.who = caller,
                                      .what = ring_before[0] ? "enrol.replace" : "enrol",
                                      .code = ERROR_OK,
                                      .subject = enrolment->endpoint,
                                      .words = words};
    int result = put_who(state, enrolment, err);

    snprintf(words, sizeof(words), "ring %s, %zu root documents, %zu content keys", enrolment->ring,
             enrolment->root_count, enrolment->key_count);
    if (result == 0)
        result = put_roots(state, enrolment, err);
    if (result == 0)
        result = put_ring_floor(state, enrolment, ring_before, err);
    if (result == 0)
        result = drop_staged(state, enrolment, ring_before, err);
    return result < 0 ? result : audit_append(state, &event, NULL, err);
}

int state_enrol(struct state *state, const struct enrolment *enrolment, bool replace,
                const char *caller, struct error *err)
{
    struct state_enrolment before;
    int result = state_enrolment(state, &before, err);

    if (result == 0 && !replace)
        return error_set(err, ERROR_ALREADY_ENROLLED, "enrolled as %s in ring %s", before.endpoint,
                         before.ring);
    if (result < 0 && err->code != ERROR_NOT_ENROLLED)
        return result;
    if (enrolment->root_count == 0)
        return error_set(err, ERROR_BAD_DOCUMENT, "the enrolment carries no root document");
    result = check_unused(state, enrolment, err);
    if (result == 0)
        result = db_begin(state->db, err);
    if (result == 0)
        result = enrol_rows(state, enrolment, before.ring, caller, err);
    if (result == 0)
        result = db_commit(state->db, err);
    if (result < 0)
        db_rollback(state->db);
    return result;
}

int state_newest_root(struct state *state, uint64_t *version, struct bytes *out, struct error *err)
{
    struct db_query *query;
    struct bytes_view document;
    int result;

    *version = 0;
    bytes_init(out, LIMIT_ROOT_BYTES);
    result = db_query(state->db, &query, err,
                      "SELECT version, document FROM roots ORDER BY version DESC LIMIT 1", "");
    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        *version = (uint64_t)db_integer(query, 0);
        document = db_blob(query, 1);
        result = bytes_put(out, document.data, document.size, err);
    }
    db_finish(query);
    return result;
}

int state_add_root(struct state *state, uint64_t version, struct bytes_view document,
                   struct error *err)
{
    struct bytes newest;
    uint64_t known;
    int result = state_newest_root(state, &known, &newest, err);

    bytes_clear(&newest);
    if (result < 0)
        return result;
    if (version != known + 1)
        return error_set(err, ERROR_ROOT_GAP, "root document %lu does not follow %lu",
                         (unsigned long)version, (unsigned long)known);
    return db_change(state->db, err, "INSERT INTO roots VALUES(?, ?)", "ib", (int64_t)version,
                     document);
}

int state_add_crl(struct state *state, const uint8_t issuer[static DIGEST_BYTES], uint64_t number,
                  struct bytes_view document, struct error *err)
{
    if (number > INT64_MAX)
        return error_set(err, ERROR_BAD_CRL, "CRL number is over 63 bits");
    return db_change(state->db, err,
                     "INSERT INTO crls VALUES(?, ?, ?) ON CONFLICT(issuer) DO UPDATE SET"
                     " number = excluded.number, document = excluded.document"
                     " WHERE excluded.number > number",
                     "bib", bytes_view_of(issuer, DIGEST_BYTES), (int64_t)number, document);
}

int state_each_crl(struct state *state, state_visit_crl visit, void *context, struct error *err)
{
    struct db_query *query;
    int result = db_query(state->db, &query, err, "SELECT document FROM crls ORDER BY issuer", "");

    if (result < 0)
        return result;
    while ((result = db_step(query, err)) == 1) {
        result = visit(context, db_blob(query, 0), err);
        if (result < 0)
            break;
    }
    db_finish(query);
    return result;
}

int state_content_key(struct state *state, const char *id, uint8_t key[static ENROLMENT_KEY_BYTES],
                      struct error *err)
{
    struct bytes_view stored;
    struct db_query *query;
    int result =
        db_query(state->db, &query, err, "SELECT key FROM content_keys WHERE id = ?", "t", id);

    if (result < 0)
        return result;
    result = db_step(query, err);
    if (result == 1) {
        stored = db_blob(query, 0);
        result = bytes_get(&stored, key, ENROLMENT_KEY_BYTES) < 0
                     ? error_set(err, ERROR_STATE_CORRUPT, "content key %s is short", id)
                     : 0;
    } else if (result == 0) {
        result = error_set(err, ERROR_WRONG_SECRET, "this endpoint has no content key %s", id);
    }
    db_finish(query);
    return result;
}
