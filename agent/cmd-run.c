/* SPDX-License-Identifier: ISC */
#include "agent/commands.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/activate.h"
#include "agent/audit.h"
#include "agent/audit-journal.h"
#include "agent/behavior.h"
#include "agent/content-check.h"
#include "agent/driver-host.h"
#include "agent/exclusion-round.h"
#include "agent/flag.h"
#include "agent/flag-gate.h"
#include "agent/import.h"
#include "agent/monitor.h"
#include "agent/outbox.h"
#include "agent/probation.h"
#include "agent/repair.h"
#include "agent/rollout.h"
#include "agent/reputation.h"
#include "agent/setting.h"
#include "agent/setting-round.h"
#include "agent/status.h"
#include "agent/telemetry.h"
#include "agent/usb-gate.h"
#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/log.h"
#include "media/base/notify.h"
#include "media/base/source.h"
#include "media/content-type.h"

static const char *const examples[] = {"run", "run --once --import /media/stick", NULL};

static const struct command_option options[] = {
    {"once", 0, COMMAND_FLAG, NULL, "look at every source once, then end"},
    {"import", 0, COMMAND_REPEAT, "SOURCE", "a source in place of the configured ones"},
};

/* What the loop's jobs work on. */
struct agent {
    struct config config;
    struct state *state;
    struct driver_host *drivers;
    struct behavior *behavior;
    struct flag_gate flags;
    struct usb_gate gate;
    struct setting_round settings;
    struct exclusion_round exclusions;
    struct telemetry telemetry;
    struct notify notify;
    struct audit_journal journal;
    const struct command_invocation *invocation;
    json_t *imports; /* with --once --json: what each came to; else NULL */
    bool mends;      /* a kit is asked once more, after the sources */
};

/* A job's client, as the import knows it. */
struct teller {
    monitor_tell tell;
    void *context;
};

static void tell_step(void *context, const char *name, const char *words, uint64_t done,
                      uint64_t total)
{
    const struct teller *teller = context;
    json_t *step = json_pack("{s:{s:s, s:s, s:I, s:I}}", "step", "name", name, "words", words,
                             "done", (json_int_t)done, "total", (json_int_t)total);

    if (step != NULL)
        teller->tell(teller->context, step);
    json_decref(step);
}

static void tell_document(void *context, const json_t *document)
{
    const struct teller *teller = context;
    json_t *body = json_pack("{s:O}", "document", document);

    if (body != NULL)
        teller->tell(teller->context, body);
    json_decref(body);
}

static struct import import_of(struct agent *agent, const struct monitor_job *job,
                               struct teller *teller)
{
    return (struct import){.state = agent->state,
                           .config = &agent->config,
                           .drivers = agent->drivers,
                           .gate = &agent->gate,
                           .idle = job->idle,
                           .context = teller};
}

/* The store follows what is in service; what keeps it from that is no reason to undo a job. */
static void follow_policy(struct agent *agent, enum setting_round_when when, const char *who)
{
    struct error trouble;

    if (setting_round_run(&agent->settings, when, who, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "policy: %s", trouble.words);
    if (flag_gate_run(&agent->flags, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "flags: %s", trouble.words);
}

static struct import_request request_of(const struct agent *agent, const struct monitor_job *job)
{
    const struct front_request *asked = job->request;
    bool strict = setting_flag(agent->state, "import/strict-expiry");

    return (struct import_request){.source = asked->source,
                                   .who = job->caller,
                                   .rights = job->rights,
                                   .dry_run = asked->dry_run,
                                   .tokens = asked->tokens,
                                   .confirm_time = asked->confirm_time,
                                   .strict_expiry = asked->strict_expiry || strict,
                                   .set = asked->asked[0] != '\0' ? asked->asked : NULL,
                                   .only_count = asked->only_count,
                                   .only = asked->only};
}

static int check_only(const struct import_request *request, struct error *err)
{
    for (size_t i = 0; i < request->only_count; i++) {
        if (content_type_find(request->only[i]) == NULL)
            return error_set(err, ERROR_USAGE, "--only %s: no such content type", request->only[i]);
    }
    return 0;
}

static int run_import(void *context, struct monitor_job *job, monitor_tell tell, void *tell_context,
                      json_t **reply, struct error *err)
{
    struct teller teller = {tell, tell_context};
    struct import import = import_of(context, job, &teller);
    struct agent *agent = context;
    struct import_request request = request_of(agent, job);
    int result = check_only(&request, err);

    *reply = NULL;
    import.step = tell_step;
    if (result == 0)
        result = import_run(&import, &request, reply, err);
    follow_policy(agent, SETTING_ROUND_CONTENT, job->caller);
    exclusion_round_follow(&agent->exclusions, EXCLUSION_ROUND_CONTENT, job->caller);
    if (result == 0 && agent->imports != NULL)
        json_array_append(agent->imports, *reply);
    return result;
}

static int run_inspect(void *context, struct monitor_job *job, monitor_tell tell,
                       void *tell_context, json_t **reply, struct error *err)
{
    struct teller teller = {tell, tell_context};
    struct import import = import_of(context, job, &teller);
    struct import_request request = request_of(context, job);

    request.inspect = true;
    import.document = tell_document;
    return import_inspect(&import, &request, reply, err);
}

static int run_repair(void *context, struct monitor_job *job, monitor_tell tell, void *tell_context,
                      json_t **reply, struct error *err)
{
    struct teller teller = {tell, tell_context};
    struct import import = import_of(context, job, &teller);
    const struct repair_request request = {
        .source = job->request->source[0] != '\0' ? job->request->source : NULL,
        .who = job->caller,
        .dry_run = job->request->dry_run};

    import.step = tell_step;
    return repair_run(&import, &request, reply, err);
}

static int run_check(void *context, struct monitor_job *job, struct error *err)
{
    struct import import = import_of(context, job, NULL);
    struct agent *agent = context;
    int result = repair_look(&import, job->caller, &agent->mends, err);

    follow_policy(agent, SETTING_ROUND_LOOK, job->caller);
    exclusion_round_follow(&agent->exclusions, EXCLUSION_ROUND_LOOK, job->caller);
    return result;
}

/* What a repair-kit says, once what was damaged was fetched. */
static void run_mend(void *context, struct monitor_job *job)
{
    struct import import = import_of(context, job, NULL);
    struct agent *agent = context;

    if (agent->mends)
        repair_own_files(&import, REPAIR_ROUND_LATE, job->caller);
}

/* Before its wave, because an admin says so here and the site's policy lets him. */
static int run_activate(void *context, struct monitor_job *job, json_t **reply, struct error *err)
{
    struct agent *agent = context;
    const struct activate activate = {agent->state, agent->drivers, job->caller};
    const char *type = job->request->name;
    struct state_package package;
    char id[DIGEST_TEXT_BYTES];
    int result;

    *reply = NULL;
    if (content_type_find(type) == NULL)
        return error_set(err, ERROR_NOT_FOUND, "%s is no content type", type);
    result = rollout_now(&activate, agent->config.wave_emergency, type, &package, err);
    follow_policy(agent, SETTING_ROUND_CONTENT, job->caller);
    if (result == 0)
        *reply = json_pack("{s:s, s:s, s:s, s:I, s:s}", "schema", "sallyport.activate/1", "type",
                           type, "version", package.version, "issue", (json_int_t)package.issue,
                           "package", digest_text(package.id, id));
    return result;
}

static int run_reputation(void *context, const char *asked, json_t **reply, struct error *err)
{
    struct agent *agent = context;

    return reputation_ask(agent->state, agent->drivers, asked, reply, err);
}

static int run_flag(void *context, const char *name, json_t **reply, struct error *err)
{
    struct agent *agent = context;

    if (name == NULL)
        return flag_list(agent->state, agent->drivers, agent->config.site, reply, err);
    return flag_ask(agent->state, agent->drivers, agent->config.site, name, reply, err);
}

static size_t watch_drivers(void *context, int *fds, size_t limit)
{
    struct agent *agent = context;
    struct pollfd watched[DRIVER_HOST_FDS];
    size_t count = driver_host_watch(agent->drivers, watched), taken = 0;

    for (size_t i = 0; i < count && taken + BEHAVIOR_FDS < limit; i++) {
        if (watched[i].fd >= 0)
            fds[taken++] = watched[i].fd;
    }
    return taken + behavior_watch(agent->behavior, fds + taken);
}

/* Milliseconds until an instant, for the loop; -1: it never comes. */
static int until_ms(int64_t at_us, int64_t now_us)
{
    int64_t left_ms;

    if (at_us == 0)
        return -1;
    left_ms = (at_us - now_us) / 1000 + 1;
    if (left_ms < 0)
        return 0;
    return left_ms > INT_MAX ? INT_MAX : (int)left_ms;
}

/* The earlier of two instants, of which 0 never comes. */
static int64_t earlier(int64_t a_us, int64_t b_us)
{
    if (a_us == 0 || b_us == 0)
        return a_us != 0 ? a_us : b_us;
    return a_us < b_us ? a_us : b_us;
}

/* What is to leave. What can't is no reason to keep a wave closed. */
static void gather(struct agent *agent, int64_t *next_us)
{
    struct error trouble;

    if (outbox_gather(agent->state, &agent->config, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "outbox: %s", trouble.words);
    if (telemetry_turn(&agent->telemetry, next_us, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "telemetry: %s", trouble.words);
}

/* Drivers that logged or ended; waves that have opened; what is to leave. */
static int turn(void *context, int *next_ms, struct error *err)
{
    struct agent *agent = context;
    const struct activate activate = {agent->state, agent->drivers, "timer"};
    struct floor_clock clock;
    int64_t next_us = 0, gather_us = 0;
    int result, due_ms;

    driver_host_turn(agent->drivers);
    result = probation_turn(&activate, err);
    if (result == 0)
        result = status_clock(agent->state, &clock, err);
    if (result == 0)
        result = rollout_run(&activate, floor_now(&clock), NULL, NULL, &next_us, err);
    follow_policy(agent, SETTING_ROUND_CONTENT, "timer");
    exclusion_round_follow(&agent->exclusions, EXCLUSION_ROUND_CONTENT, "timer");
    gather(agent, &gather_us);
    behavior_turn(agent->behavior, &due_ms);
    if (result == 0)
        *next_ms = until_ms(earlier(next_us, gather_us), floor_now(&clock));
    if (result == 0 && due_ms >= 0 && (*next_ms < 0 || due_ms < *next_ms))
        *next_ms = due_ms;
    return result;
}

/* What drivers ask within a request. */
static int answer_call(void *context, const char *family, const char *call, const json_t *arguments,
                       json_t **value, char reason[static ERROR_WORDS_BYTES], struct error *err)
{
    struct agent *agent = context;

    if (strcmp(family, EXCLUSION_FAMILY) == 0)
        return exclusion_round_call(&agent->exclusions, call, arguments, value, reason, err);
    return error_set(err, ERROR_BAD_CONTENT, "a driver of the family %s asks for nothing", family);
}

/* What drivers tell without being asked. */
static void hear_news(void *context, const char *family, const json_t *news)
{
    struct agent *agent = context;

    if (strcmp(family, BEHAVIOR_FAMILY) == 0)
        behavior_news(agent->behavior, news);
    else
        log_write(LOG_LEVEL_WARN, "driver %s tells what nobody waits for", family);
}

/* Everything is as the rows say before anybody is let in. */
static int start(struct agent *agent, struct error *err)
{
    const struct driver_host_listener listener = {
        .call = answer_call, .news = hear_news, .context = agent};
    struct content_check_found found;
    struct import import = {.state = agent->state, .config = &agent->config};
    struct error trouble;
    int result;

    repair_own_files(&import, REPAIR_ROUND_EARLY, "start");
    result = activate_recover(agent->state, err);
    if (result < 0)
        return result;
    /* What can't leave is no reason not to serve. */
    if (outbox_recover(agent->state, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "outbox: %s", trouble.words);
    agent->drivers = driver_host_new(agent->state, &agent->config);
    driver_host_listen(agent->drivers, &listener);
    agent->behavior = behavior_new(agent->state, &agent->config, agent->drivers);
    agent->gate.tell = behavior_usb;
    agent->gate.tell_context = agent->behavior;
    agent->flags = (struct flag_gate){
        .state = agent->state, .drivers = agent->drivers, .config = &agent->config};
    agent->exclusions = (struct exclusion_round){
        .state = agent->state, .drivers = agent->drivers, .config = &agent->config};
    agent->settings = (struct setting_round){
        .state = agent->state, .drivers = agent->drivers, .config = &agent->config};
    agent->telemetry = (struct telemetry){
        .state = agent->state, .config = &agent->config, .drivers = agent->drivers};
    import.drivers = agent->drivers;
    if (content_check_run(&import, "start", true, &found, err) < 0)
        log_write(LOG_LEVEL_ERROR, "content could not be looked at: %s", err->words);
    follow_policy(agent, SETTING_ROUND_ALWAYS, "start");
    return driver_host_start(agent->drivers, err);
}

/* A source of the command line; of a mirror that the configuration knows, with its authority. */
static int make_source(const struct config *config, const char *given, size_t number,
                       struct config_source *source, struct error *err)
{
    char location[LIMIT_PATH_BYTES + 1];
    const struct config_source *mirror;
    int result = source_resolve(given, location, err);

    if (result < 0)
        return result;
    snprintf(source->name, sizeof(source->name), "import-%zu", number);
    source->location = bytes_copy_string(location);
    mirror = config_mirror(config, location);
    source->ca = mirror != NULL && mirror->ca != NULL ? bytes_copy_string(mirror->ca) : NULL;
    return 0;
}

/* These sources and no others; they are the configuration's from now on. */
static void replace_sources(struct config *config, const struct config_source *sources,
                            size_t count)
{
    char section[LIMIT_NAME_BYTES + 8];

    config_drop_sources(config);
    for (size_t i = 0; i < count; i++) {
        config->sources[i] = sources[i];
        snprintf(section, sizeof(section), "source %s", sources[i].name);
        config_set_origin(config, section, "location", sources[i].location, "command line");
    }
    config->source_count = count;
}

/* --import SOURCE... */
static int take_sources(const struct command_invocation *invocation, struct config *config,
                        struct error *err)
{
    struct config_source *sources = bytes_allocate(CONFIG_SOURCES, sizeof(*sources));
    const char *given;
    size_t count = 0;
    int result = 0;

    while (result == 0 && (given = command_repeat(invocation, "import", count)) != NULL) {
        if (count == CONFIG_SOURCES)
            result = error_set(err, ERROR_USAGE, "more than %d sources", CONFIG_SOURCES);
        else
            result = make_source(config, given, count + 1, &sources[count], err);
        count += result == 0;
    }
    if (count > 0)
        replace_sources(config, sources, count);
    free(sources);
    return result;
}

static int read_config(const struct command_invocation *invocation, struct config *config,
                       struct error *err)
{
    int result = commands_config(invocation, config, err);

    return result < 0 ? result : take_sources(invocation, config, err);
}

/* What is bound or opened at the start can't change under those who use it. */
static int check_fixed(const struct config *now, const struct config *fresh, struct error *err)
{
    const struct {
        const char *key, *now, *fresh;
    } fixed[] = {
        {"state", now->state, fresh->state},
        {"socket", now->socket, fresh->socket},
        {"read-group", now->read_group, fresh->read_group},
    };

    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
        if (strcmp(fixed[i].now, fixed[i].fresh) != 0)
            return error_set(err, ERROR_CONFIG,
                             "[agent] %s: %s in place of %s takes a restart of the agent",
                             fixed[i].key, fixed[i].fresh, fixed[i].now);
    }
    return 0;
}

static int record_reload(struct agent *agent, const struct error *why, struct error *err)
{
    const struct audit_event event = {
        .who = "signal",
        .what = "configure",
        .code = why->code,
        .subject = "configuration",
        .words = why->code == ERROR_OK ? "read again, in force from now on" : why->words};

    return audit_append(agent->state, &event, NULL, err);
}

/* All of it or nothing: half a configuration is nobody's. */
static int reload(void *context, struct error *err)
{
    struct agent *agent = context;
    struct error why = {.code = ERROR_OK}, trouble;
    struct config fresh;
    int result = read_config(agent->invocation, &fresh, &why);

    if (result == 0)
        result = check_fixed(&agent->config, &fresh, &why);
    if (record_reload(agent, &why, &trouble) < 0)
        log_write(LOG_LEVEL_ERROR, "%s", trouble.words);
    if (result == 0) {
        config_clear(&agent->config);
        agent->config = fresh;
        log_write(LOG_LEVEL_INFO, "the configuration was read again");
    } else {
        config_clear(&fresh);
        *err = why;
    }
    /* Policy has files of its own: what is wrong with the configuration does not keep them. */
    follow_policy(agent, SETTING_ROUND_ALWAYS, "signal");
    return result;
}

static int serve(struct agent *agent, bool once, struct error *err)
{
    struct monitor_options monitor = {.state = agent->state,
                                      .config = &agent->config,
                                      .drivers = agent->drivers,
                                      .behavior = agent->behavior,
                                      .gate = &agent->gate,
                                      .jobs = {.import = run_import,
                                               .inspect = run_inspect,
                                               .activate = run_activate,
                                               .repair = run_repair,
                                               .check = run_check,
                                               .mend = run_mend,
                                               .reload = reload,
                                               .flag = run_flag,
                                               .reputation = run_reputation,
                                               .watch = watch_drivers,
                                               .turn = turn,
                                               .context = agent},
                                      .once = once,
                                      .notify = &agent->notify,
                                      .journal = &agent->journal};

    sandbox_probe(&monitor.sandbox);
    return monitor_run(&monitor, err);
}

/* One document for a look at everything; a service has its socket. */
static int tell_imports(json_t *imports, struct error *err)
{
    json_t *document = json_pack("{s:s, s:O}", "schema", "sallyport.run/1", "imports", imports);
    struct bytes text;
    int result;

    bytes_init(&text, LIMIT_CONTROL_BYTES);
    result = json_write(document, &text, err);
    if (result == 0)
        printf("%.*s\n", (int)text.size, (const char *)text.data);
    bytes_clear(&text);
    json_decref(document);
    return result;
}

/* A damaged database is no reason to be silent: the socket stays, to say what is wrong. The state
 * folder is left as it is, for whoever looks into it. */
static int serve_fault(struct agent *agent, const struct error *fault, struct error *err)
{
    struct monitor_options monitor = {
        .config = &agent->config, .fault = *fault, .notify = &agent->notify};

    log_write(LOG_LEVEL_ERROR, "%s; %s", fault->words, error_row(fault->code)->next_step);
    sandbox_probe(&monitor.sandbox);
    return monitor_run(&monitor, err);
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool once = command_flag(invocation, "once");
    struct agent agent = {.invocation = invocation, .notify = {.fd = -1}};
    int result = read_config(invocation, &agent.config, err);

    if (once && command_flag(invocation, "json"))
        agent.imports = json_array();
    if (result == 0 && !once)
        result = notify_open(&agent.notify, err);
    if (result == 0)
        result = state_open(agent.config.state, "sallyport-agent", &agent.state, err);
    if (result < 0 && err->code == ERROR_STATE_CORRUPT && !once) {
        const struct error fault = *err;

        result = serve_fault(&agent, &fault, err);
    } else if (result == 0) {
        agent.gate = (struct usb_gate){.state = agent.state, .config = &agent.config};
        usb_gate_open(&agent.gate);
        audit_journal_begin(&agent.journal, agent.state);
        notify_status(&agent.notify, "looking at installed content");
        result = start(&agent, err);
        if (result == 0)
            result = serve(&agent, once, err);
    }
    if (result == 0 && agent.imports != NULL)
        result = tell_imports(agent.imports, err);
    json_decref(agent.imports);
    behavior_free(agent.behavior);
    driver_host_free(agent.drivers);
    usb_gate_close(&agent.gate);
    state_close(agent.state);
    notify_close(&agent.notify);
    config_clear(&agent.config);
    return result;
}

const struct command command_run = {
    .name = "run",
    .arguments = "",
    .summary = "Serve the control socket, look at the sources, keep the drivers running",
    .description = "Stays in the foreground. Started as root, its children become users of their "
                   "own; started by anyone else, everything runs as that user, and the sandbox "
                   "stays mandatory. One agent per state folder. With --once it looks at every "
                   "configured source once, without a control socket, and its exit status is the "
                   "first trouble's; with --json "
                   "it prints what each import came to.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
