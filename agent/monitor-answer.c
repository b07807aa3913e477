/* SPDX-License-Identifier: ISC */
#include "agent/monitor-answer.h"

#include <stdio.h>
#include <string.h>

#include "agent/behavior.h"
#include "agent/detection.h"
#include "agent/attest.h"
#include "agent/audit-answer.h"
#include "agent/audit.h"
#include "agent/engines.h"
#include "agent/exclusion-list.h"
#include "agent/media-answer.h"
#include "agent/media-view.h"
#include "agent/outbox.h"
#include "agent/refusal.h"
#include "agent/report.h"
#include "agent/setting.h"
#include "agent/status.h"
#include "agent/telemetry-plan.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/text.h"
#include "media/base/url.h"

#define FOLLOW_PAGE       100  /* records to one client before others have their turn */
#define FOLLOW_BACK       1000 /* how far back Events begins; what is older is Audit's */
#define FRONT_DEADLINE_MS 5000 /* the front always reads; one that does not is stuck */

static void send_error(struct answers *answers, uint32_t client, const struct error *why);

/* The front's reply message is built here; one that is over the limit becomes an error, for a client
 * waits until it has heard something; a reply that can't be sent is logged, and the front's
 * own end is noticed by the loop. */
static void send_reply(struct answers *answers, uint32_t client, enum front_reply kind,
                       const json_t *parameters)
{
    struct error err = {0};
    struct bytes body;
    int result;

    if (answers->front < 0)
        return;
    bytes_init(&body, LIMIT_MESSAGE_BYTES);
    if ((result = bytes_put_u32(&body, client, &err)) == 0 &&
        (result = bytes_put_u8(&body, (uint8_t)kind, &err)) == 0 &&
        (result = json_write(parameters, &body, &err)) == 0)
        result = frame_send(answers->front, FRONT_REPLY, body.data, body.size, NULL, 0,
                            FRONT_DEADLINE_MS, &err);
    if (result < 0)
        log_write(LOG_LEVEL_WARN, "an answer was lost: %s", err.words);
    bytes_clear(&body);
    if (err.code == ERROR_LIMIT && kind != FRONT_REPLY_ERROR)
        send_error(answers, client, &err);
}

static void send_error(struct answers *answers, uint32_t client, const struct error *why)
{
    json_t *parameters = json_pack("{s:s, s:s%}", "code", error_name(why->code), "message",
                                   why->words, strlen(why->words));

    /* Words may hold bytes from outside that are no UTF-8. */
    if (parameters == NULL)
        parameters = json_pack("{s:s, s:s}", "code", error_name(why->code), "message",
                               error_row(why->code)->cause);
    send_reply(answers, client, FRONT_REPLY_ERROR, parameters);
    json_decref(parameters);
}

static struct status_source status_source(const struct answers *answers)
{
    return (struct status_source){
        .state = answers->options->state,
        .config = answers->options->config,
        .sandbox = answers->options->sandbox,
        .drivers = answers->options->drivers,
        .behavior = answers->options->behavior,
    };
}

static struct answer_client *find_client(struct answers *answers, uint32_t id);

static int answer_status(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    struct status_source source = status_source(answers);
    int result = status_make(&source, reply, err);

    if (result < 0)
        return result;
    json_object_set_new(*reply, "importing",
                        json_boolean(answers->job_running || answers->job_waiting));
    json_object_set_new(*reply, "usb", media_view_watch(answers->options->gate));
    json_object_set_new(*reply, "may_act",
                        json_boolean(find_client(answers, request->client)->peer.may_act));
    return 0;
}

static int answer_contents(struct answers *answers, const struct front_request *request,
                           json_t **reply, struct error *err)
{
    struct status_source source = status_source(answers);

    return status_make_contents(&source, reply, err);
}

static int answer_floors(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    struct status_source source = status_source(answers);

    return status_make_floors(&source, reply, err);
}

static int answer_engines(struct answers *answers, const struct front_request *request,
                          json_t **reply, struct error *err)
{
    struct status_source source = status_source(answers);

    return engines_make(&source, reply, err);
}

static int answer_flag(struct answers *answers, const struct front_request *request, json_t **reply,
                       struct error *err)
{
    const struct monitor_jobs *jobs = &answers->options->jobs;

    return jobs->flag(jobs->context, request->name, reply, err);
}

static int answer_flags(struct answers *answers, const struct front_request *request,
                        json_t **reply, struct error *err)
{
    const struct monitor_jobs *jobs = &answers->options->jobs;

    return jobs->flag(jobs->context, NULL, reply, err);
}

static int answer_reputation(struct answers *answers, const struct front_request *request,
                             json_t **reply, struct error *err)
{
    const struct monitor_jobs *jobs = &answers->options->jobs;

    return jobs->reputation(jobs->context, request->asked, reply, err);
}

static int answer_audit(struct answers *answers, const struct front_request *request,
                        json_t **reply, struct error *err)
{
    return audit_answer_list(answers->options->state, request->after, request->limit, reply, err);
}

static int answer_audit_verify(struct answers *answers, const struct front_request *request,
                               json_t **reply, struct error *err)
{
    return audit_answer_verify(answers->options->state, reply, err);
}

static int answer_config(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    struct state *state = answers->options->state;
    json_t *settings, *left = NULL;
    int result = setting_list(state, &settings, err);

    if (result == 0)
        result = setting_list_left(state, &left, err);
    if (result == 0)
        *reply =
            json_pack("{s:s, s:o, s:O, s:O}", "schema", "sallyport.config/1", "values",
                      config_list(answers->options->config), "settings", settings, "left", left);
    json_decref(settings);
    json_decref(left);
    return result;
}

static int answer_refusals(struct answers *answers, const struct front_request *request,
                           json_t **reply, struct error *err)
{
    return audit_answer_refusals(answers->options->state, request->after, request->limit, reply,
                                 err);
}

static int answer_acknowledge(struct answers *answers, const struct front_request *request,
                              json_t **reply, struct error *err)
{
    struct state *state = answers->options->state;
    char who[32];
    uint64_t count, open;
    int result;

    snprintf(who, sizeof(who), "uid %u", find_client(answers, request->client)->peer.rights.uid);
    result = refusal_acknowledge(state, request->after, who, &count, err);
    if (result == 0)
        result = audit_open_refusals(state, &open, err);
    if (result == 0)
        *reply =
            json_pack("{s:I, s:I}", "acknowledged", (json_int_t)count, "open", (json_int_t)open);
    return result;
}

static int answer_attest(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    const struct monitor_options *options = answers->options;
    struct attest_order order = {.uid = find_client(answers, request->client)->peer.rights.uid};
    int result = attest_order_read(&order, request->asked, request->after, err);

    return result == 0 ? attest_make(options->config, options->state, &order, reply, err) : result;
}

static int answer_report(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    struct status_source source = status_source(answers);

    return report_make(&source, (int64_t)request->from_us, (int64_t)request->to_us, reply, err);
}

/* who: room for "uid N", which the source borrows. */
static struct media_source media_source(struct answers *answers,
                                        const struct front_request *request, char who[static 32])
{
    snprintf(who, 32, "uid %u", find_client(answers, request->client)->peer.rights.uid);
    return (struct media_source){
        .state = answers->options->state,
        .config = answers->options->config,
        .who = who,
        .gate = answers->options->gate,
        .reading = answers->job_running ? answers->job.source : NULL,
    };
}

#define ANSWER_MEDIA(function, call)                                                               \
    static int function(struct answers *answers, const struct front_request *request,              \
                        json_t **reply, struct error *err)                                         \
    {                                                                                              \
        char who[32];                                                                              \
        const struct media_source source = media_source(answers, request, who);                    \
                                                                                                   \
        return call;                                                                               \
    }
ANSWER_MEDIA(answer_media, media_answer_list(&source, reply, err))
ANSWER_MEDIA(answer_media_register, media_answer_register(&source, request, reply, err))
ANSWER_MEDIA(answer_media_forget, media_answer_forget(&source, request, reply, err))
ANSWER_MEDIA(answer_eject, media_answer_eject(&source, request, reply, err))
#undef ANSWER_MEDIA

static int answer_detections(struct answers *answers, const struct front_request *request,
                             json_t **reply, struct error *err)
{
    return detection_list(answers->options->state, request->after, request->limit, reply, err);
}

static int answer_replay(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    const struct borrowed_rights *rights = &find_client(answers, request->client)->peer.rights;

    return behavior_replay_file(answers->options->behavior, rights, request->source, reply, err);
}

static int answer_outgoing(struct answers *answers, const struct front_request *request,
                           json_t **reply, struct error *err)
{
    const struct monitor_options *options = answers->options;
    json_t *telemetry;
    int result = telemetry_plan_value(options->state, options->config, &telemetry, err);

    if (result == 0)
        result = outbox_list(options->state, options->config, request->after, request->limit, reply,
                             err);
    if (result == 0)
        json_object_set(*reply, "telemetry", telemetry);
    json_decref(telemetry);
    return result;
}

static int answer_exclusions(struct answers *answers, const struct front_request *request,
                             json_t **reply, struct error *err)
{
    struct state *state = answers->options->state;
    char now[INSTANT_TEXT_BYTES];
    struct floor_clock clock;
    int result = state_clock(state, &clock, err);

    if (result == 0)
        result = exclusion_list_value(state, reply, err);
    if (result == 0)
        json_object_set_new(*reply, "generated",
                            json_string(instant_format(floor_now(&clock), now)));
    return result;
}

/* The stream begins with the loop's next turn and ends with the client. No last reply: *reply stays
 * NULL. */
static int answer_events(struct answers *answers, const struct front_request *request,
                         json_t **reply, struct error *err)
{
    struct answer_client *client = find_client(answers, request->client);
    int64_t newest;
    int result = audit_newest(answers->options->state, &newest, err);

    if (result < 0)
        return result;
    if (newest - (int64_t)request->after > FOLLOW_BACK)
        return error_set(err, ERROR_LIMIT,
                         "%lld records are above %llu and Events goes back %d: begin at %lld, and "
                         "ask Audit for those before",
                         (long long)newest - (long long)request->after,
                         (unsigned long long)request->after, FOLLOW_BACK,
                         (long long)newest - FOLLOW_BACK);
    client->follows = true;
    client->followed = request->after;
    return 0;
}

/* NULL: a job. Who may ask is in agent/control/protocol.c, beside the method. */
static const struct answer_row {
    enum protocol_method method;
    int (*answer)(struct answers *answers, const struct front_request *request, json_t **reply,
                  struct error *err);
} rows[] = {
    {PROTOCOL_STATUS, answer_status},
    {PROTOCOL_CONTENTS, answer_contents},
    {PROTOCOL_FLOORS, answer_floors},
    {PROTOCOL_IMPORT, NULL},
    {PROTOCOL_INSPECT, NULL},
    {PROTOCOL_ACTIVATE, NULL},
    {PROTOCOL_FLAG, answer_flag},
    {PROTOCOL_AUDIT, answer_audit},
    {PROTOCOL_AUDIT_VERIFY, answer_audit_verify},
    {PROTOCOL_CONFIG, answer_config},
    {PROTOCOL_REFUSALS, answer_refusals},
    {PROTOCOL_REPORT, answer_report},
    {PROTOCOL_ACKNOWLEDGE, answer_acknowledge},
    {PROTOCOL_EVENTS, answer_events},
    {PROTOCOL_FLAGS, answer_flags},
    {PROTOCOL_REPAIR, NULL},
    {PROTOCOL_MEDIA, answer_media},
    {PROTOCOL_DETECTIONS, answer_detections},
    {PROTOCOL_REPLAY, answer_replay},
    {PROTOCOL_OUTGOING, answer_outgoing},
    {PROTOCOL_REPUTATION, answer_reputation},
    {PROTOCOL_ATTEST, answer_attest},
    {PROTOCOL_ENGINES, answer_engines},
    {PROTOCOL_EJECT, answer_eject},
    {PROTOCOL_REGISTER, answer_media_register},
    {PROTOCOL_FORGET, answer_media_forget},
    {PROTOCOL_EXCLUSIONS, answer_exclusions},
};

static const struct answer_row *find_row(enum protocol_method method)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (rows[i].method == method)
            return &rows[i];
    }
    return NULL;
}

static enum protocol_access access_of(enum protocol_method method)
{
    const struct protocol_row *row;

    for (size_t i = 0; (row = protocol_row(i)) != NULL; i++) {
        if (row->method == method)
            return row->access;
    }
    return PROTOCOL_ACT;
}

/* Whoever only looks may have a mirror asked that the configuration names, and not send the agent to
 * any other host and port, where it may be let in and he is not. */
static bool is_act(const struct config *config, const struct front_request *request)
{
    return access_of(request->method) == PROTOCOL_ACT ||
           (url_is(request->source) && config_mirror(config, request->source) == NULL);
}

static int check_rights(const struct answers *answers, const struct front_peer *peer,
                        const struct front_request *request, struct error *err)
{
    const struct config *config = answers->options->config;
    bool acts = is_act(config, request);

    if (acts ? peer->may_act : peer->may_read)
        return 0;
    if (acts && peer->may_read && access_of(request->method) == PROTOCOL_READ)
        return error_set(err, ERROR_DENIED,
                         "%s is no source of the configuration, and uid %u is not a member of the "
                         "group %s, who may name others",
                         request->source, peer->rights.uid, config->act_group);
    return error_set(err, ERROR_DENIED, "uid %u is not a member of the group %s", peer->rights.uid,
                     acts ? config->act_group : config->read_group);
}

static const char *job_word(enum protocol_method method)
{
    switch (method) {
    case PROTOCOL_INSPECT:
        return "inspect";
    case PROTOCOL_REPAIR:
        return "repair";
    case PROTOCOL_ACTIVATE:
        return "activate";
    default:
        return "import";
    }
}

static int note_job(struct answers *answers, const struct front_peer *peer,
                    const struct front_request *request, struct error *err)
{
    const char *of = answers->job.name[0] != '\0' ? answers->job.name : answers->job.source;

    if (answers->job_running || answers->job_waiting)
        return error_set(err, ERROR_LOCKED, "another job is under way: %s%s%s, asked for by %s",
                         job_word(answers->job.method), of[0] != '\0' ? " of " : "", of,
                         answers->job_caller);
    answers->job = *request;
    answers->job_rights = peer->rights;
    answers->job_acts = peer->may_act;
    answers->job_waiting = true;
    answers->job_abandoned = false;
    snprintf(answers->job_caller, sizeof(answers->job_caller), "uid %u", peer->rights.uid);
    return 0;
}

static struct answer_client *find_client(struct answers *answers, uint32_t id)
{
    for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
        if (answers->clients[i].id == id)
            return &answers->clients[i];
    }
    return NULL;
}

static int take_request(struct answers *answers, struct bytes_view body, struct error *err)
{
    const struct answer_row *row;
    const struct answer_client *client;
    struct front_request request;
    struct error why = {0};
    json_t *reply = NULL;
    int result = front_request_read(body, &request, err);

    if (result < 0)
        return result;
    client = request.client != 0 ? find_client(answers, request.client) : NULL;
    row = find_row(request.method);
    if (client == NULL || row == NULL)
        return error_set(err, ERROR_PROTOCOL, "a request of a client that is none");
    result = check_rights(answers, &client->peer, &request, &why);
    if (result == 0 && answers->options->fault.code != ERROR_OK) {
        why = answers->options->fault;
        result = -(int)why.code;
    }
    if (result == 0 && row->answer != NULL)
        result = row->answer(answers, &request, &reply, &why);
    else if (result == 0)
        result = note_job(answers, &client->peer, &request, &why);
    if (result < 0)
        send_error(answers, request.client, &why);
    else if (reply != NULL)
        send_reply(answers, request.client, FRONT_REPLY_LAST, reply);
    json_decref(reply);
    return 0;
}

static int take_client(struct answers *answers, uint32_t id, struct frame *message,
                       struct error *err)
{
    const struct config *config = answers->options->config;
    struct answer_client *client = find_client(answers, 0);

    if (id == 0 || find_client(answers, id) != NULL || client == NULL || message->fd_count != 1)
        return error_set(err, ERROR_PROTOCOL, "a client that can't be");
    client->id = id;
    return front_peer_read(message->fds[0], config->socket, config->read_group, config->act_group,
                           &client->peer, err);
}

static int lose_client(struct answers *answers, uint32_t id, struct error *err)
{
    struct answer_client *client = id != 0 ? find_client(answers, id) : NULL;

    if (client == NULL)
        return error_set(err, ERROR_PROTOCOL, "a client that is none has gone");
    *client = (struct answer_client){0};
    if (answers->job.client == id && (answers->job_running || answers->job_waiting))
        answers->job_abandoned = true;
    return 0;
}

int answer_message(struct answers *answers, struct frame *message, struct error *err)
{
    struct bytes_view body = bytes_view(&message->body);
    uint32_t id;

    if (message->type == FRONT_REQUEST)
        return take_request(answers, body, err);
    if (bytes_get_u32(&body, &id) < 0 || body.size != 0)
        return error_set(err, ERROR_PROTOCOL, "message type %u of another size", message->type);
    if (message->type == FRONT_CLIENT)
        return take_client(answers, id, message, err);
    if (message->type == FRONT_GONE)
        return lose_client(answers, id, err);
    return error_set(err, ERROR_PROTOCOL, "message type %u", message->type);
}

static void tell_record(struct answers *answers, struct answer_client *client, json_t *record)
{
    json_t *body = json_pack("{s:O}", "record", record);

    client->followed = (uint64_t)json_integer_value(json_object_get(record, "number"));
    if (body != NULL)
        send_reply(answers, client->id, FRONT_REPLY_MORE, body);
    json_decref(body);
}

/* Sends a page; whether it was a full one. A chain that can't be read ends the stream. */
static bool follow(struct answers *answers, struct answer_client *client)
{
    struct error why = {0};
    json_t *records, *record;
    size_t i, count;

    if (audit_list(answers->options->state, client->followed, FOLLOW_PAGE, &records, &why) < 0) {
        client->follows = false;
        send_error(answers, client->id, &why);
    }
    count = json_array_size(records);
    json_array_foreach(records, i, record) tell_record(answers, client, record);
    json_decref(records);
    return count == FOLLOW_PAGE;
}

bool answer_followers(struct answers *answers)
{
    bool more = false;

    for (size_t i = 0; i < LIMIT_CONTROL_CLIENTS; i++) {
        if (answers->clients[i].id != 0 && answers->clients[i].follows)
            more |= follow(answers, &answers->clients[i]);
    }
    return more;
}

static void tell_client(void *context, const json_t *parameters)
{
    struct answers *answers = context;

    if (!answers->job_abandoned)
        send_reply(answers, answers->job.client, FRONT_REPLY_MORE, parameters);
}

void answer_job(struct answers *answers, const struct process_idle *idle)
{
    const struct monitor_jobs *jobs = &answers->options->jobs;
    struct monitor_job job = {.caller = answers->job_caller,
                              .request = &answers->job,
                              .rights = answers->job_acts ? NULL : &answers->job_rights,
                              .idle = idle,
                              .abandoned = &answers->job_abandoned};
    struct error why = {0};
    json_t *reply = NULL;
    int result;

    answers->job_waiting = false;
    answers->job_running = true;
    if (answers->job.method == PROTOCOL_ACTIVATE)
        result = jobs->activate(jobs->context, &job, &reply, &why);
    else if (answers->job.method == PROTOCOL_IMPORT)
        result = jobs->import(jobs->context, &job, tell_client, answers, &reply, &why);
    else if (answers->job.method == PROTOCOL_REPAIR)
        result = jobs->repair(jobs->context, &job, tell_client, answers, &reply, &why);
    else
        result = jobs->inspect(jobs->context, &job, tell_client, answers, &reply, &why);
    answers->job_running = false;
    if (!answers->job_abandoned && result < 0)
        send_error(answers, answers->job.client, &why);
    else if (!answers->job_abandoned)
        send_reply(answers, answers->job.client, FRONT_REPLY_LAST, reply);
    json_decref(reply);
}

void answer_forget(struct answers *answers, int front)
{
    memset(answers->clients, 0, sizeof(answers->clients));
    answers->front = front;
    answers->job_abandoned = true;
    answers->job_waiting = false;
}
