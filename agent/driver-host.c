/* SPDX-License-Identifier: ISC */
#include "agent/driver-host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/driver-family.h"
#include "agent/driver-load.h"
#include "agent/process.h"
#include "agent/setting.h"
#include "media/base/instant.h"
#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/spawn.h"
#include "media/base/text.h"
#include "media/content-type.h"

struct driver_candidate {
    char family[LIMIT_NAME_BYTES + 1];
    char type[LIMIT_NAME_BYTES + 1]; /* whose content is new; "": none is */
    struct driver_run *run;
    struct driver_load_unread unread[DRIVER_READS];
};

struct driver_host *driver_host_new(struct state *state, const struct config *config)
{
    struct driver_host *host = bytes_allocate(1, sizeof(*host));

    host->state = state;
    host->config = config;
    for (size_t i = 0; i < CONFIG_DRIVERS; i++)
        host->families[i].host = host;
    return host;
}

void driver_host_listen(struct driver_host *host, const struct driver_host_listener *listener)
{
    host->listener = *listener;
}

static int pass_call(void *context, const char *call, const json_t *arguments, json_t **value,
                     char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    const struct family *family = context;
    const struct driver_host_listener *listener = &family->host->listener;

    if (listener->call == NULL)
        return error_set(err, ERROR_DENIED, "%s: nobody answers that here", call);
    return listener->call(listener->context, family->name, call, arguments, value, reason, err);
}

static void pass_news(void *context, const json_t *news)
{
    const struct family *family = context;
    const struct driver_host_listener *listener = &family->host->listener;

    if (listener->news != NULL)
        listener->news(listener->context, family->name, news);
}

void driver_host_free(struct driver_host *host)
{
    if (host == NULL)
        return;
    for (size_t i = 0; i < CONFIG_DRIVERS; i++)
        driver_run_stop(host->families[i].run);
    free(host);
}

static struct family *find_family(struct driver_host *host, const char *name)
{
    for (size_t i = 0; i < CONFIG_DRIVERS; i++) {
        if (strcmp(host->families[i].name, name) == 0)
            return &host->families[i];
    }
    return NULL;
}

/* Its place, made where it is new. */
static struct family *family_place(struct driver_host *host, const char *name)
{
    struct family *family = find_family(host, name);

    if (family != NULL)
        return family;
    family = find_family(host, "");
    if (family != NULL)
        snprintf(family->name, sizeof(family->name), "%s", name);
    return family;
}

static int family_of(const char *type, const char **family, struct error *err)
{
    const struct content_type *row = content_type_find(type);

    *family = NULL;
    if (row == NULL)
        return error_set(err, ERROR_DRIVER_MISSING,
                         "%s is a content type that this agent does not "
                         "know",
                         type);
    *family = row->family;
    return 0;
}

bool driver_host_has_program(const struct config *config, const char *type)
{
    const struct content_type *row = content_type_find(type);
    char path[LIMIT_PATH_BYTES];

    if (row == NULL || snprintf(path, sizeof(path), "%s/sallyport-driver-%s", config->libexec,
                                row->family) >= (int)sizeof(path))
        return false;
    return access(path, X_OK) == 0;
}

static int start_process(const struct driver_host *host, const char *family,
                         struct driver_run **run, struct error *err)
{
    const struct config_driver *limits = config_driver(host->config, family);
    struct driver_run_options options = {
        .libexec = host->config->libexec,
        .user = process_user(host->config->driver_user, "sallyport-driver"),
        .memory_bytes = limits != NULL ? limits->memory_bytes : 0};

    return driver_run_start(family, &options, run, err);
}

/* One process with all that it is to serve; without `reads` it looks up in nothing. */
static int bring_up(struct driver_host *host, struct driver_candidate *candidate,
                    const struct state_package *package, bool reads, struct error *err)
{
    const char *type = candidate->type[0] != '\0' ? candidate->type : NULL;
    int result = start_process(host, candidate->family, &candidate->run, err);

    /* The new content first: where it fails, nothing else is worth the while. */
    if (result == 0 && package != NULL)
        result = driver_load_package(host->state, candidate->run, package, err);
    if (result == 0)
        result = driver_load_family(host->state, candidate->run, candidate->family, type, err);
    if (result == 0 && reads)
        result = driver_load_reads(host->state, candidate->run, candidate->unread, err);
    return result;
}

/* Another family's content is no reason to do without one's own. Where a process ends of what it
 * only reads, it is tried once more, in case that somebody else ended it; then it does without. */
static int prepare(struct driver_host *host, const char *family, const char *type,
                   const struct state_package *package, struct driver_candidate **candidate,
                   struct error *err)
{
    struct driver_candidate *made = bytes_allocate(1, sizeof(*made));
    int result = 0;

    *candidate = NULL;
    snprintf(made->family, sizeof(made->family), "%s", family);
    snprintf(made->type, sizeof(made->type), "%s", type != NULL ? type : "");
    for (unsigned tries = 1; tries <= 3; tries++) {
        result = bring_up(host, made, package, tries < 3, err);
        if (result < 0 || !driver_run_has_ended(made->run) || made->unread[0].type[0] == '\0')
            break;
        driver_run_stop(made->run);
        made->run = NULL;
        if (tries == 1)
            memset(made->unread, 0, sizeof(made->unread));
    }
    if (result < 0) {
        driver_host_discard(made);
        return result;
    }
    *candidate = made;
    return 0;
}

/* A driver that something else killed says nothing about its content, once: memory ran out, or
 * somebody meant another process. What is killed again, in a new process, is at fault. */
int driver_host_prepare(struct driver_host *host, const char *type,
                        const struct state_package *package, struct driver_candidate **candidate,
                        struct error *err)
{
    const char *family = NULL;
    int result = family_of(type, &family, err);

    *candidate = NULL;
    if (result == 0)
        result = prepare(host, family, type, package, candidate, err);
    if (result >= 0 || err->code != ERROR_DRIVER_KILLED)
        return result;
    log_write(LOG_LEVEL_WARN, "%s: %s; it is tried once more", type, err->words);
    result = prepare(host, family, type, package, candidate, err);
    if (result < 0 && err->code == ERROR_DRIVER_KILLED) {
        err->code = ERROR_DRIVER_FAILED;
        result = -(int)err->code;
    }
    return result;
}

int driver_host_give(struct driver_candidate *candidate, const char *verb, const char *type,
                     const struct driver_run_file *files, size_t count, struct error *err)
{
    json_t *arguments;
    int result = driver_run_files(candidate->run, verb, type, files, count, err);

    if (result < 0 || strcmp(verb, "load") != 0)
        return result;
    arguments = json_pack("{s:s}", "type", type);
    result = driver_run_request(candidate->run, "swap", arguments, NULL, err);
    json_decref(arguments);
    return result;
}

static int ask(struct driver_run *run, const char *type, json_t *request, json_t **reply,
               struct error *err)
{
    json_t *arguments = json_pack("{s:s, s:O}", "type", type, "request", request), *whole = NULL;
    int result = driver_run_request(run, "serve", arguments, &whole, err);

    *reply = NULL;
    json_decref(arguments);
    if (result == 0)
        *reply = json_incref(json_object_get(whole, "reply"));
    json_decref(whole);
    return result;
}

int driver_host_ask(struct driver_candidate *candidate, const char *type, json_t *request,
                    json_t **reply, struct error *err)
{
    return ask(candidate->run, type, request, reply, err);
}

static void listen_to(struct family *family)
{
    const struct driver_run_listener listener = {
        .call = pass_call, .news = pass_news, .context = family};

    driver_run_listen(family->run, &listener);
}

static void put(struct family *family, struct driver_candidate *candidate)
{
    char words[2 * ERROR_WORDS_BYTES];

    driver_run_stop(family->run);
    family->run = candidate->run;
    listen_to(family);
    family->started_us = instant_clock();
    memcpy(family->unread, candidate->unread, sizeof(family->unread));
    for (size_t i = 0; i < DRIVER_READS && family->unread[i].type[0] != '\0'; i++)
        log_write(LOG_LEVEL_WARN, "%s does without %s: %s", family->name, family->unread[i].type,
                  text_escape_string(family->unread[i].words, words, sizeof(words)));
    free(candidate);
}

/* It keeps what it has, and health says so. */
static void keep_old(struct family *family, const char *type, const char *why)
{
    char words[2 * ERROR_WORDS_BYTES];

    driver_load_note(family->unread, type, why);
    log_write(LOG_LEVEL_WARN, "%s keeps the %s that it has: %s", family->name, type,
              text_escape_string(why, words, sizeof(words)));
}

static void renew(struct driver_host *host, struct family *family, const char *type)
{
    const struct driver_load_unread *unread;
    struct driver_candidate *candidate = NULL;
    struct error why;

    if (prepare(host, family->name, NULL, NULL, &candidate, &why) < 0) {
        keep_old(family, type, why.words);
        return;
    }
    unread = driver_load_noted(candidate->unread, type);
    if (unread == NULL) {
        put(family, candidate);
        return;
    }
    keep_old(family, type, unread->words);
    driver_host_discard(candidate);
}

/* Another content of the type counts from now on, or none: whoever looks up in it gets a new process
 * that has it. */
static void renew_readers(struct driver_host *host, const char *type)
{
    for (size_t i = 0; i < CONFIG_DRIVERS; i++) {
        struct family *family = &host->families[i];

        if (family->run != NULL && driver_run_looks_up(family->run, type))
            renew(host, family, type);
    }
}

void driver_host_adopt(struct driver_host *host, struct driver_candidate *candidate)
{
    struct family *family = family_place(host, candidate->family);
    char type[sizeof(candidate->type)];

    if (family == NULL || driver_load_is_off(host->state, candidate->type)) {
        driver_host_discard(candidate);
        return;
    }
    memcpy(type, candidate->type, sizeof(type));
    put(family, candidate);
    renew_readers(host, type);
}

void driver_host_discard(struct driver_candidate *candidate)
{
    if (candidate == NULL)
        return;
    driver_run_stop(candidate->run);
    free(candidate);
}

static int start_family(struct driver_host *host, const char *name, struct error *err)
{
    struct family *family = family_place(host, name);
    struct driver_candidate *candidate = NULL;
    int result;

    if (family == NULL)
        return error_set(err, ERROR_LIMIT, "more than %d driver families", CONFIG_DRIVERS);
    if (family->run != NULL)
        return 0;
    result = prepare(host, name, NULL, NULL, &candidate, err);
    if (result == 0)
        put(family, candidate);
    return result;
}

/* As with a candidate: killed once by something else is no reason to do without. */
static int start_again(struct driver_host *host, const char *name, struct error *err)
{
    int result = start_family(host, name, err);

    if (result < 0 && err->code == ERROR_DRIVER_KILLED)
        result = start_family(host, name, err);
    return result;
}

int driver_host_start(struct driver_host *host, struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(host->state, STATE_ACTIVE, &types, &count, err);

    for (size_t i = 0; i < count && result == 0; i++) {
        const char *family = NULL;
        struct error why;

        if (driver_load_is_off(host->state, types[i]))
            continue;
        if (family_of(types[i], &family, &why) < 0 || start_again(host, family, &why) < 0) {
            log_write(LOG_LEVEL_ERROR, "%s: %s", types[i], why.words);
            result = state_ail(host->state, types[i], NULL, &why, err);
        }
    }
    path_free_names(types, count);
    return result;
}

/* Whether some content of a family is in service and on. */
static int is_wanted(const struct driver_host *host, const char *family, bool *wanted,
                     struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int result = state_types(host->state, STATE_ACTIVE, &types, &count, err);

    *wanted = false;
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct content_type *row = content_type_find(types[i]);

        if (row != NULL && strcmp(row->family, family) == 0 &&
            !driver_load_is_off(host->state, types[i]))
            *wanted = true;
    }
    path_free_names(types, count);
    return result;
}

static void stop_family(struct driver_host *host, const char *name)
{
    struct family *family = find_family(host, name);

    if (family == NULL)
        return;
    driver_run_stop(family->run);
    family->run = NULL;
    memset(family->unread, 0, sizeof(family->unread));
}

int driver_host_switch(struct driver_host *host, const char *type, struct error *err)
{
    struct driver_candidate *candidate = NULL;
    const char *name = NULL;
    bool wanted = false;
    int result = family_of(type, &name, err);

    if (result == 0)
        result = is_wanted(host, name, &wanted, err);
    if (result == 0 && wanted)
        result = prepare(host, name, NULL, NULL, &candidate, err);
    if (candidate != NULL)
        driver_host_adopt(host, candidate);
    else if (result == 0)
        stop_family(host, name);
    renew_readers(host, type);
    return result;
}

int driver_host_restart(struct driver_host *host, const char *family, struct error *err)
{
    struct driver_candidate *candidate = NULL;
    bool wanted;
    int result = is_wanted(host, family, &wanted, err);

    if (result == 0 && !wanted)
        return error_set(err, ERROR_NOT_FOUND, "driver %s has nothing to serve", family);
    if (result == 0)
        result = prepare(host, family, NULL, NULL, &candidate, err);
    if (candidate != NULL)
        driver_host_adopt(host, candidate);
    return result;
}

bool driver_host_unread(const struct driver_host *host, const char *type, char *words, size_t size)
{
    for (size_t i = 0; host != NULL && i < CONFIG_DRIVERS; i++) {
        const struct family *family = &host->families[i];
        const struct driver_load_unread *unread = driver_load_noted(family->unread, type);

        if (family->run == NULL || unread == NULL)
            continue;
        snprintf(words, size, "driver %s can't look up in it: %s", family->name, unread->words);
        return true;
    }
    return false;
}

int driver_host_serve_listening(struct driver_host *host, const char *type, json_t *request,
                                const struct driver_run_listener *listener, json_t **reply,
                                struct error *err)
{
    char words[ERROR_WORDS_BYTES];
    const char *name = NULL;
    struct family *family;
    int result = family_of(type, &name, err);

    *reply = NULL;
    if (result == 0 && setting_switches_off(host->state, type, words, sizeof(words)))
        result = error_set(err, ERROR_SWITCHED_OFF, "%s: %s", type, words);
    if (result == 0)
        result = start_family(host, name, err);
    if (result < 0)
        return result;
    family = find_family(host, name);
    if (listener != NULL)
        driver_run_listen(family->run, listener);
    result = ask(family->run, type, request, reply, err);
    if (listener != NULL)
        listen_to(family);
    return result;
}

int driver_host_serve(struct driver_host *host, const char *type, json_t *request, json_t **reply,
                      struct error *err)
{
    return driver_host_serve_listening(host, type, request, NULL, reply, err);
}

int driver_host_channel(struct driver_host *host, const char *name, const char *channel, int fd,
                        struct error *err)
{
    const struct family *family = find_family(host, name);

    if (family == NULL || family->run == NULL)
        return error_set(err, ERROR_NOT_FOUND, "driver %s does not run", name);
    return driver_run_channel(family->run, channel, fd, err);
}

int driver_host_replay(struct driver_host *host, const char *type, int recording, json_t **reply,
                       struct error *err)
{
    const struct driver_run_file file = {"events.jsonl", recording};
    struct driver_candidate *candidate = NULL;
    const char *family = NULL;
    json_t *whole = NULL;
    int result = family_of(type, &family, err);

    *reply = NULL;
    if (result == 0)
        result = prepare(host, family, NULL, NULL, &candidate, err);
    if (result == 0)
        result = driver_run_replay(candidate->run, type, &file, &whole, err);
    if (result == 0)
        *reply = json_incref(json_object_get(whole, "reply"));
    json_decref(whole);
    driver_host_discard(candidate);
    return result;
}

size_t driver_host_watch(const struct driver_host *host, struct pollfd fds[static DRIVER_HOST_FDS])
{
    size_t count = 0;

    for (size_t i = 0; i < CONFIG_DRIVERS; i++) {
        struct driver_run *run = host->families[i].run;

        if (run == NULL)
            continue;
        fds[count++] = (struct pollfd){.fd = driver_run_pidfd(run), .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = driver_run_log(run), .events = POLLIN};
        fds[count++] = (struct pollfd){.fd = driver_run_socket(run), .events = POLLIN};
    }
    return count;
}

static void relay(struct family *family)
{
    struct pollfd ready = {.fd = driver_run_log(family->run), .events = POLLIN};
    struct error why;

    if (ready.fd >= 0 && poll(&ready, 1, 0) > 0 && (ready.revents & POLLIN) != 0)
        (void)!log_relay(ready.fd, family->name);
    /* One that talks nonsense has been killed: driver_host_next_end() finds it. */
    if (!driver_run_has_ended(family->run) && driver_run_hear(family->run, &why) < 0)
        log_write(LOG_LEVEL_WARN, "%s", why.words);
}

void driver_host_turn(struct driver_host *host)
{
    for (size_t i = 0; i < CONFIG_DRIVERS; i++) {
        if (host->families[i].run != NULL)
            relay(&host->families[i]);
    }
}
