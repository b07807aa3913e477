/* SPDX-License-Identifier: ISC */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "drivers/driver.h"
#include "drivers/harness-watch.h"
#include "drivers/incoming.h"
#include "media/base/frame.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/log.h"
#include "media/base/spawn.h"
#include "media/base/text.h"

/* What is loaded of one type. */
struct slot {
    const struct driver_type *type;
    const struct driver_read *read; /* NULL: a type of the family itself */
    bool has_active, has_pending;
    void *active, *pending;
    uint64_t loads;
};

struct driver_reads {
    size_t count;
    struct slot slots[DRIVER_READS];
};

struct harness {
    const struct driver *driver;
    struct driver_watch watch;
    struct incoming incoming;
    struct slot slots[DRIVER_TYPES];
    struct driver_reads reads;
    void *shared;
    int channel; /* -1: none */
    uint64_t answered, refused;
};

const void *driver_read(const struct driver_reads *reads, const char *type)
{
    for (size_t i = 0; reads != NULL && i < reads->count; i++) {
        if (strcmp(reads->slots[i].type->name, type) == 0)
            return reads->slots[i].active;
    }
    return NULL;
}

static struct slot *slot_of(struct harness *harness, const char *type)
{
    for (size_t i = 0; i < harness->driver->type_count; i++) {
        if (strcmp(harness->slots[i].type->name, type) == 0)
            return &harness->slots[i];
    }
    for (size_t i = 0; i < harness->reads.count; i++) {
        if (strcmp(harness->reads.slots[i].type->name, type) == 0)
            return &harness->reads.slots[i];
    }
    return NULL;
}

/* The slot of a request: by its "type", which a family of one type may leave out. */
static int find_slot(struct harness *harness, const json_t *request, struct slot **slot,
                     struct error *err)
{
    const char *type = json_string_value(json_object_get(request, "type"));

    *slot = NULL;
    if (type != NULL)
        *slot = slot_of(harness, type);
    else if (harness->driver->type_count == 1)
        *slot = &harness->slots[0];
    if (*slot == NULL)
        return error_set(err, ERROR_PROTOCOL, "request: no such type in family %s",
                         harness->driver->family);
    return 0;
}

/* What the family itself answers for; what it only reads is another family's. */
static int find_own_slot(struct harness *harness, const json_t *request, struct slot **slot,
                         struct error *err)
{
    if (find_slot(harness, request, slot, err) < 0)
        return -(int)err->code;
    if ((*slot)->read != NULL)
        return error_set(err, ERROR_PROTOCOL, "request: family %s only reads %s",
                         harness->driver->family, (*slot)->type->name);
    return 0;
}

static int load_incoming(struct harness *harness, const struct slot *slot, void **loaded,
                         struct error *err)
{
    struct incoming *incoming = &harness->incoming;
    struct driver_content content = {.type = incoming->type->name,
                                     .file_count = incoming->count,
                                     .files = incoming->files,
                                     .watch = &harness->watch,
                                     .reads = &harness->reads,
                                     .shared = harness->shared};
    const char *failed;

    *loaded = NULL;
    driver_at(&content, NULL, 0, content.type);
    if (incoming_unseal(incoming, harness->driver, &failed, err) < 0) {
        driver_at(&content, failed, 0, NULL);
        return -(int)err->code;
    }
    return slot->read != NULL ? slot->read->load(&content, loaded, err)
                              : harness->driver->load(&content, loaded, err);
}

static void unload(const struct harness *harness, const struct slot *slot, void *loaded)
{
    if (slot->read != NULL)
        slot->read->unload(loaded);
    else
        harness->driver->unload(loaded);
}

/* What a family left out, as many as a reply holds. */
static void put_findings(const struct harness *harness, const void *loaded, json_t *reply)
{
    json_t *findings = harness->driver->findings != NULL && loaded != NULL
                           ? harness->driver->findings(loaded)
                           : NULL;

    while (json_array_size(findings) > DRIVER_FINDINGS)
        json_array_remove(findings, DRIVER_FINDINGS);
    if (json_array_size(findings) > 0)
        json_object_set(reply, "findings", findings);
    json_decref(findings);
}

static int answer_check(struct harness *harness, const json_t *request, json_t *reply,
                        struct error *err)
{
    const struct slot *slot = slot_of(harness, harness->incoming.type->name);
    void *loaded = NULL;
    int result;

    if (slot->read != NULL)
        return error_set(err, ERROR_PROTOCOL, "check: family %s only reads %s",
                         harness->driver->family, slot->type->name);
    result = load_incoming(harness, slot, &loaded, err);
    if (result == 0 && harness->driver->selftest != NULL)
        result = harness->driver->selftest(loaded, err);
    if (result == 0)
        put_findings(harness, loaded, reply);
    if (loaded != NULL)
        harness->driver->unload(loaded);
    return result;
}

static int answer_load(struct harness *harness, const json_t *request, json_t *reply,
                       struct error *err)
{
    struct slot *slot = slot_of(harness, harness->incoming.type->name);
    void *loaded = NULL;
    int result = load_incoming(harness, slot, &loaded, err);

    if (result < 0)
        return result;
    if (slot->read == NULL)
        put_findings(harness, loaded, reply);
    if (slot->has_pending)
        unload(harness, slot, slot->pending);
    slot->pending = loaded;
    slot->has_pending = true;
    slot->loads++;
    return 0;
}

static int answer_swap(struct harness *harness, const json_t *request, json_t *reply,
                       struct error *err)
{
    struct slot *slot;

    if (find_slot(harness, request, &slot, err) < 0)
        return -(int)err->code;
    if (!slot->has_pending)
        return error_set(err, ERROR_NOT_FOUND, "swap: nothing was loaded before it");
    if (slot->has_active)
        unload(harness, slot, slot->active);
    slot->active = slot->pending;
    slot->has_active = true;
    slot->pending = NULL;
    slot->has_pending = false;
    return 0;
}

static void all_active(const struct harness *harness, void *loaded[static DRIVER_TYPES])
{
    for (size_t i = 0; i < harness->driver->type_count; i++)
        loaded[i] = harness->slots[i].active;
}

static int serve(struct harness *harness, const struct slot *slot, const json_t *request,
                 json_t **answer, struct error *err)
{
    const struct driver *driver = harness->driver;
    void *loaded[DRIVER_TYPES];

    if (driver->serve_together == NULL)
        return driver->serve(slot->active, request, answer, err);
    all_active(harness, loaded);
    return driver->serve_together(loaded, (size_t)(slot - harness->slots), request, answer, err);
}

static int answer_serve(struct harness *harness, const json_t *request, json_t *reply,
                        struct error *err)
{
    const json_t *inner = json_object_get(request, "request");
    struct slot *slot;
    json_t *answer = NULL;

    if (find_own_slot(harness, request, &slot, err) < 0)
        return -(int)err->code;
    if (!json_is_object(inner))
        return error_set(err, ERROR_PROTOCOL, "serve: no object \"request\"");
    if (serve(harness, slot, inner, &answer, err) < 0)
        return -(int)err->code;
    json_object_set_new(reply, "reply", answer);
    return 0;
}

static int answer_replay(struct harness *harness, const json_t *request, json_t *reply,
                         struct error *err)
{
    const struct incoming *incoming = &harness->incoming;
    struct driver_content recording = {.type = incoming->type->name,
                                       .file_count = incoming->count,
                                       .files = incoming->files,
                                       .watch = &harness->watch,
                                       .reads = &harness->reads,
                                       .shared = harness->shared};
    void *loaded[DRIVER_TYPES];
    json_t *answer = NULL;

    if (harness->driver->replay == NULL || incoming->key_id[0] != '\0')
        return error_set(err, ERROR_PROTOCOL,
                         "replay: family %s takes no recordings, and none is "
                         "sealed",
                         harness->driver->family);
    all_active(harness, loaded);
    if (harness->driver->replay(harness->shared, loaded, &recording, &answer, err) < 0)
        return -(int)err->code;
    json_object_set_new(reply, "reply", answer);
    return 0;
}

static int answer_selftest(struct harness *harness, const json_t *request, json_t *reply,
                           struct error *err)
{
    struct slot *slot;

    if (find_own_slot(harness, request, &slot, err) < 0)
        return -(int)err->code;
    if (!slot->has_pending && !slot->has_active)
        return error_set(err, ERROR_NOT_FOUND, "selftest: nothing is loaded");
    if (harness->driver->selftest == NULL)
        return 0;
    return harness->driver->selftest(slot->has_pending ? slot->pending : slot->active, err);
}

static json_t *slot_stats(const struct harness *harness, const struct slot *slot)
{
    json_t *stats =
        json_pack("{s:s, s:b, s:b, s:I}", "type", slot->type->name, "active", slot->has_active,
                  "pending", slot->has_pending, "loads", (json_int_t)slot->loads);

    if (slot->read == NULL && harness->driver->stats != NULL)
        json_object_set_new(stats, "engine", harness->driver->stats(slot->active));
    return stats;
}

static int answer_stats(struct harness *harness, const json_t *request, json_t *reply,
                        struct error *err)
{
    json_t *types = json_array(), *reads = json_array();

    for (size_t i = 0; i < harness->driver->type_count; i++)
        json_array_append_new(types, slot_stats(harness, &harness->slots[i]));
    for (size_t i = 0; i < harness->reads.count; i++)
        json_array_append_new(reads, slot_stats(harness, &harness->reads.slots[i]));
    json_object_set_new(reply, "types", types);
    json_object_set_new(reply, "reads", reads);
    json_object_set_new(reply, "answered", json_integer((json_int_t)harness->answered));
    json_object_set_new(reply, "refused", json_integer((json_int_t)harness->refused));
    return 0;
}

static int answer_ping(struct harness *harness, const json_t *request, json_t *reply,
                       struct error *err)
{
    return 0;
}

/* For tests: the proof comes from inside the real program. */
static int answer_sandbox(struct harness *harness, const json_t *request, json_t *reply,
                          struct error *err)
{
    return sandbox_selftest(err);
}

static const struct verb {
    const char *name;
    bool takes_content; /* follows the files of a content */
    int (*answer)(struct harness *harness, const json_t *request, json_t *reply, struct error *err);
} verbs[] = {
    {"check", true, answer_check},      {"load", true, answer_load},
    {"replay", true, answer_replay},    {"swap", false, answer_swap},
    {"serve", false, answer_serve},     {"selftest", false, answer_selftest},
    {"stats", false, answer_stats},     {"ping", false, answer_ping},
    {"sandbox", false, answer_sandbox},
};

static const struct verb *find_verb(const json_t *request)
{
    const char *name = json_string_value(json_object_get(request, "verb"));

    for (size_t i = 0; name != NULL && i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (strcmp(verbs[i].name, name) == 0)
            return &verbs[i];
    return NULL;
}

/* Whether words can go into JSON text as they are: whoever shows them escapes them. */
static bool is_plain(const char *words)
{
    for (const char *c = words; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' && *c != '\n' && *c != '\t')
            return false;
    return text_is_utf8(words, strlen(words));
}

/* A refusal as the parent gets it. Words are the driver's and may quote content. */
static json_t *refusal(const struct harness *harness, const struct error *err)
{
    const struct driver_watch *watch = &harness->watch;
    char words[ERROR_WORDS_BYTES * 4];

    if (is_plain(err->words))
        memcpy(words, err->words, sizeof(err->words));
    else
        text_escape_string(err->words, words, sizeof(words));
    return json_pack("{s:b, s:s, s:s, s:s, s:I, s:s}", "ok", 0, "code", error_name(err->code),
                     "words", words, "file", watch->file, "line", (json_int_t)watch->line, "item",
                     watch->item);
}

/* Runs one request and sends its one reply. Negative only when the conversation is broken. */
static int answer(struct harness *harness, const json_t *request, struct error *err)
{
    const struct verb *verb = find_verb(request);
    struct error refused = {0};
    json_t *reply;
    int result;

    if (verb == NULL)
        return error_set(err, ERROR_PROTOCOL, "request: no such verb");
    if (verb->takes_content != incoming_whole(&harness->incoming) ||
        (!verb->takes_content && harness->incoming.type != NULL))
        return error_set(err, ERROR_PROTOCOL, "request: %s does not fit what was sent before it",
                         verb->name);
    harness_watch_reset(&harness->watch);
    reply = json_pack("{s:b}", "ok", 1);
    if (verb->answer(harness, request, reply, &refused) < 0) {
        json_decref(reply);
        reply = refusal(harness, &refused);
        harness->refused++;
    } else {
        harness->answered++;
    }
    incoming_clear(&harness->incoming);
    result =
        frame_send_json(harness->watch.socket, DRIVER_REPLY, reply, NULL, 0, HARNESS_SEND_MS, err);
    json_decref(reply);
    return result;
}

static int handle_request(struct harness *harness, struct frame *frame, struct error *err)
{
    json_t *request = NULL;
    int result;

    if (frame->fd_count != 0)
        return error_set(err, ERROR_PROTOCOL, "request: comes with descriptors");
    if (json_read(frame->body.data, frame->body.size, &request, err) < 0) {
        err->code = ERROR_PROTOCOL;
        return -(int)err->code;
    }
    result = answer(harness, request, err);
    json_decref(request);
    return result;
}

static void close_channel(struct harness *harness)
{
    if (harness->channel >= 0)
        close(harness->channel);
    harness->channel = -1;
}

static int take_channel(struct harness *harness, struct frame *frame, struct error *err)
{
    int fd = frame_take_fd(frame, 0);

    if (harness->driver->hear == NULL || fd < 0) {
        if (fd >= 0)
            close(fd);
        return error_set(err, ERROR_PROTOCOL,
                         "channel: family %s takes none, or it came without "
                         "its descriptor",
                         harness->driver->family);
    }
    close_channel(harness);
    harness->channel = fd;
    return 0;
}

static int handle(struct harness *harness, struct frame *frame, struct error *err)
{
    switch (frame->type) {
    case DRIVER_CHANNEL:
        return take_channel(harness, frame, err);
    case DRIVER_CONTENT:
        return incoming_begin(&harness->incoming, harness->driver, frame, err);
    case DRIVER_FILE:
        return incoming_file(&harness->incoming, frame, err);
    case DRIVER_REQUEST:
        return handle_request(harness, frame, err);
    default:
        return error_set(err, ERROR_PROTOCOL, "message of type %u", frame->type);
    }
}

static json_t *type_row(const struct driver_type *type)
{
    return json_pack("{s:s, s:[I, I]}", "name", type->name, "schema", (json_int_t)type->schema_low,
                     (json_int_t)type->schema_high);
}

static int send_hello(const struct harness *harness, const struct sandbox_status *status,
                      struct error *err)
{
    const struct driver *driver = harness->driver;
    json_t *types = json_array(), *reads = json_array();
    json_t *hello;
    int result;

    for (size_t i = 0; i < driver->type_count; i++)
        json_array_append_new(types, type_row(&driver->types[i]));
    for (size_t i = 0; i < driver->read_count; i++)
        json_array_append_new(reads, type_row(&driver->reads[i]->type));
    hello = json_pack("{s:s, s:o, s:o, s:[i, i], s:{s:i, s:b}}", "family", driver->family, "types",
                      types, "reads", reads, "abi", DRIVER_ABI, DRIVER_ABI, "sandbox", "landlock",
                      status->landlock_abi, "seccomp", status->seccomp);
    result =
        frame_send_json(harness->watch.socket, DRIVER_HELLO, hello, NULL, 0, HARNESS_SEND_MS, err);
    json_decref(hello);
    return result;
}

/* What is on the channel, until a message of the parent's is there: it goes first. */
static int wait_for_message(struct harness *harness, struct error *err)
{
    void *loaded[DRIVER_TYPES];
    struct error why;

    while (harness->channel >= 0) {
        struct pollfd ready[2] = {{.fd = harness->watch.socket, .events = POLLIN},
                                  {.fd = harness->channel, .events = POLLIN}};

        if (poll(ready, 2, -1) < 0 && errno != EINTR)
            return error_set_errno(err, ERROR_IO, errno, "poll");
        if (ready[0].revents != 0)
            return 0;
        if (ready[1].revents == 0)
            continue;
        all_active(harness, loaded);
        if (harness->driver->hear(harness->shared, loaded, harness->channel, &why) < 0) {
            log_write(LOG_LEVEL_WARN, "channel closed: %s", why.words);
            close_channel(harness);
        }
    }
    return 0;
}

/* One message after the other until the parent closes its end, which is how it says goodbye. */
static int converse(struct harness *harness, struct error *err)
{
    struct frame frame;
    int result;

    for (;;) {
        if (wait_for_message(harness, err) < 0)
            return -(int)err->code;
        result = frame_receive(harness->watch.socket, LIMIT_DRIVER_MESSAGE, -1, &frame, err);
        if (result < 0)
            return err->code == ERROR_PEER_GONE ? 0 : result;
        result = handle(harness, &frame, err);
        frame_clear(&frame);
        if (result < 0)
            return result;
    }
}

/* Beyond the base table, for every driver: plain bytes of sealed files live in memory files. */
static const struct sandbox_call harness_calls[] = {
    {SYS_memfd_create, "plain bytes of sealed files", -1, 0, 0},
    {SYS_fcntl, "making those bytes final", 1, UINT32_MAX, F_ADD_SEALS},
};

#define HARNESS_CALLS (sizeof(harness_calls) / sizeof(harness_calls[0]))

static int confine(const struct driver *driver, struct error *err)
{
    struct sandbox_profile profile = *driver->sandbox;
    struct sandbox_call *calls =
        bytes_allocate(HARNESS_CALLS + profile.call_count, sizeof(calls[0]));
    int result;

    memcpy(calls, harness_calls, sizeof(harness_calls));
    if (profile.call_count > 0)
        memcpy(calls + HARNESS_CALLS, profile.calls, profile.call_count * sizeof(calls[0]));
    profile.calls = calls;
    profile.call_count += HARNESS_CALLS;
    result = sandbox_enter(&profile, err);
    if (result == 0 && !profile.threads)
        result = sandbox_seal(&profile, err);
    free(calls);
    return result;
}

static void make_slots(struct harness *harness)
{
    const struct driver *driver = harness->driver;

    for (size_t i = 0; i < driver->type_count; i++)
        harness->slots[i].type = &driver->types[i];
    harness->reads.count = driver->read_count;
    for (size_t i = 0; i < driver->read_count; i++)
        harness->reads.slots[i] =
            (struct slot){.type = &driver->reads[i]->type, .read = driver->reads[i]};
}

static void unload_slots(const struct harness *harness, const struct slot *slots, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (slots[i].has_active)
            unload(harness, &slots[i], slots[i].active);
        if (slots[i].has_pending)
            unload(harness, &slots[i], slots[i].pending);
    }
}

int harness_main(const struct driver *driver, int argc, char **argv)
{
    struct harness harness = {
        .driver = driver, .watch = {.socket = SPAWN_FD_SOCKET}, .channel = -1};
    struct sandbox_status status;
    struct error err = {0};
    int result;

    log_open(argc > 0 ? argv[0] : driver->family, SPAWN_FD_LOG, LOG_LEVEL_INFO);
    if (argc != 1 || driver->type_count > DRIVER_TYPES || driver->read_count > DRIVER_READS) {
        log_write(LOG_LEVEL_ERROR, "started by sallyport-agent and sallyport-mirror only");
        return 2;
    }
    make_slots(&harness);
    sandbox_probe(&status);
    result = confine(driver, &err);
    if (result == 0 && driver->open != NULL)
        result = driver->open(&harness.watch, &harness.reads, &harness.shared, &err);
    if (result == 0)
        result = send_hello(&harness, &status, &err);
    if (result == 0)
        result = converse(&harness, &err);
    if (result < 0)
        log_write(LOG_LEVEL_ERROR, "%s: %s", error_name(err.code), err.words);
    incoming_clear(&harness.incoming);
    /* What the family has loaded may look up in what it reads: that goes last. */
    unload_slots(&harness, harness.slots, driver->type_count);
    if (harness.shared != NULL)
        driver->close(harness.shared);
    close_channel(&harness);
    unload_slots(&harness, harness.reads.slots, harness.reads.count);
    return result < 0 ? error_row(err.code)->exit_status : 0;
}
