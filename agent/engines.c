/* SPDX-License-Identifier: ISC */
#include "agent/engines.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/behavior.h"
#include "agent/driver-host.h"
#include "agent/rule-view.h"
#include "agent/setting.h"
#include "agent/state-content.h"
#include "agent/status-view.h"
#include "media/base/instant.h"
#include "media/content-type.h"

#define RULES_WORDS 80

/* What is known of a family before it is judged. */
struct facts {
    struct driver_host_view view;
    bool installed;  /* its program */
    size_t held, on; /* contents in service, and those of them that are not switched off */
    bool ailing;
    struct error ailment;              /* of the last of its types that fails */
    char off_words[ERROR_WORDS_BYTES]; /* who switches off */
    char absent_words[128];
};

/* Resident set; null where the system does not show us that process. proc(5), statm. */
static json_t *memory_value(pid_t pid)
{
    char path[64], text[128] = "";
    uint64_t size, resident;
    ssize_t got;
    int fd;

    snprintf(path, sizeof(path), "/proc/%ld/statm", (long)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return json_null();
    got = read(fd, text, sizeof(text) - 1);
    close(fd);
    if (got <= 0 || sscanf(text, "%" SCNu64 " %" SCNu64, &size, &resident) != 2)
        return json_null();
    return json_integer((json_int_t)(resident * (uint64_t)sysconf(_SC_PAGESIZE)));
}

static json_t *cpu_value(pid_t pid)
{
    struct timespec used;
    clockid_t clock;

    if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return json_null();
    return json_integer((json_int_t)used.tv_sec * 1000 + used.tv_nsec / 1000000);
}

static json_t *time_or_null(int64_t instant_us)
{
    return instant_us != 0 ? status_view_time(instant_us) : json_null();
}

/* One type of the family as it is in service; notes in the facts what it says of the family. */
static int content_value(const struct status_source *source, const struct content_type *type,
                         struct facts *facts, json_t **value, struct error *err)
{
    char words[ERROR_WORDS_BYTES] = "";
    struct state_package active;
    struct error ailment;
    bool present, ailing, off;
    int result = state_package(source->state, type->name, STATE_ACTIVE, &active, &present, err);

    *value = NULL;
    if (result == 0)
        result = state_ailment(source->state, type->name, &ailment, &ailing, err);
    if (result < 0)
        return result;
    off = setting_switches_off(source->state, type->name, words, sizeof(words));
    facts->held += present;
    facts->on += present && !off;
    if (ailing) {
        facts->ailing = true;
        facts->ailment = ailment;
    }
    if (present && off)
        snprintf(facts->off_words, sizeof(facts->off_words), "%s", words);
    *value = json_pack(
        "{s:s, s:b, s:s, s:o, s:o, s:o, s:o}", "type", type->name, "off", off, "words", words,
        "version", present ? json_string(active.version) : json_null(), "issue",
        present ? json_integer((json_int_t)active.issue) : json_null(), "package",
        present ? status_view_digest(bytes_view_of(active.id, DIGEST_BYTES)) : json_null(), "since",
        present ? status_view_time(active.at_us) : json_null());
    return 0;
}

static int contents_value(const struct status_source *source, const char *family,
                          struct facts *facts, json_t **list, struct error *err)
{
    const struct content_type *type;

    *list = json_array();
    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        json_t *value;
        int result;

        if (strcmp(type->family, family) != 0)
            continue;
        facts->installed = driver_host_has_program(source->config, type->name);
        result = content_value(source, type, facts, &value, err);
        if (result < 0)
            return result;
        json_array_append_new(*list, value);
    }
    return 0;
}

/* What failed here and is not tried again, of the family's types; the newest first. */
static int quarantine_value(const struct status_source *source, const char *family, json_t **list,
                            struct error *err)
{
    struct db_query *query;
    int result = db_query(state_db(source->state), &query, err,
                          "SELECT type, id, at_us, code, words FROM quarantine"
                          " ORDER BY at_us DESC, id",
                          "");

    *list = json_array();
    if (result < 0)
        return result;
    while ((result = db_step(query, err)) > 0) {
        const struct content_type *type = content_type_find(db_text(query, 0));

        if (type == NULL || strcmp(type->family, family) != 0)
            continue;
        json_array_append_new(*list,
                              json_pack("{s:s, s:o, s:o, s:s, s:s}", "type", type->name, "package",
                                        status_view_digest(db_blob(query, 1)), "time",
                                        status_view_time(db_integer(query, 2)), "code",
                                        db_text(query, 3), "words", db_text(query, 4)));
    }
    db_finish(query);
    return result;
}

struct verdict {
    const char *state;
    enum health_word health;
    enum error_code code;
    const char *words;
};

/* From what is gravest on. */
static struct verdict judge(const struct facts *facts, bool quarantined)
{
    const struct driver_host_view *view = &facts->view;
    enum error_code code = facts->ailing ? facts->ailment.code : ERROR_DRIVER_FAILED;

    if (view->pid != 0 && view->ends > 0)
        return (struct verdict){"running", HEALTH_WARN, ERROR_DRIVER_FAILED,
                                "it ended unasked and was started again"};
    if (view->pid != 0 && quarantined)
        return (struct verdict){"running", HEALTH_WARN, ERROR_QUARANTINED,
                                "runs without content that failed here"};
    if (view->pid != 0)
        return (struct verdict){"running", HEALTH_OK, ERROR_OK, ""};
    if (!facts->installed)
        return (struct verdict){"absent", facts->held > 0 ? HEALTH_BLOCKED : HEALTH_NONE,
                                ERROR_DRIVER_MISSING, facts->absent_words};
    if (facts->on > 0)
        return (struct verdict){"failed", HEALTH_FAIL, code,
                                facts->ailing ? facts->ailment.words
                                              : "it ended and was not started again"};
    if (facts->held > 0)
        return (struct verdict){"switched-off", HEALTH_NONE, ERROR_SWITCHED_OFF, facts->off_words};
    return (struct verdict){"stopped", HEALTH_NONE, ERROR_OK, "no content of it is in service"};
}

static json_t *process_value(const struct status_source *source, const char *family,
                             const struct driver_host_view *view)
{
    const struct config_driver *limits = config_driver(source->config, family);
    bool limited = limits != NULL && limits->memory_bytes != 0, runs = view->pid != 0;

    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:I, s:o, s:s%}", "pid",
        runs ? json_integer(view->pid) : json_null(), "started", time_or_null(view->started_us),
        "memory_bytes", runs ? memory_value(view->pid) : json_null(), "memory_limit_bytes",
        limited ? json_integer((json_int_t)limits->memory_bytes) : json_null(), "cpu_ms",
        runs ? cpu_value(view->pid) : json_null(), "restarts", (int)view->restarts, "ends",
        (int)view->ends, "ends_limit", (int)view->ends_limit, "window",
        (json_int_t)(view->window_us / INSTANT_SECOND_US), "last_end",
        time_or_null(view->last_end_us), "last_words", view->last_words, strlen(view->last_words));
}

/* Where nothing graver is wrong; `words` are for the verdict. */
static void judge_rules(const json_t *counts, char words[static RULES_WORDS],
                        struct verdict *verdict)
{
    json_int_t off = json_integer_value(json_object_get(counts, "off"));
    json_int_t total = json_integer_value(json_object_get(counts, "total"));

    if (verdict->health != HEALTH_OK || off == 0)
        return;
    snprintf(words, RULES_WORDS, "%lld of %lld rules are off", (long long)off, (long long)total);
    verdict->health = HEALTH_WARN;
    verdict->code = ERROR_RULE_OFF;
    verdict->words = words;
}

static int engine_value(const struct status_source *source, const char *family, json_t **value,
                        struct error *err)
{
    json_t *contents = NULL, *quarantined = NULL, *row = NULL, *rules = NULL;
    char rules_words[RULES_WORDS];
    struct facts facts = {0};
    struct verdict verdict;
    int result = contents_value(source, family, &facts, &contents, err);

    if (result == 0)
        result = quarantine_value(source, family, &quarantined, err);
    if (result < 0)
        goto out;
    snprintf(facts.absent_words, sizeof(facts.absent_words), "sallyport-driver-%s is not installed",
             family);
    driver_host_look(source->drivers, source->config, family, &facts.view);
    verdict = judge(&facts, json_array_size(quarantined) > 0);
    rules = rule_view(source->drivers, source->config, family);
    judge_rules(json_object_get(rules, "rule_counts"), rules_words, &verdict);
    row = process_value(source, family, &facts.view);
    json_object_update_new(row, json_pack("{s:s, s:s, s:s, s:s, s:s, s:O, s:O}", "family", family,
                                          "state", verdict.state, "health",
                                          health_word_name(verdict.health), "code",
                                          error_name(verdict.code), "words", verdict.words,
                                          "contents", contents, "quarantined", quarantined));
    json_object_update_new(row, rules);
    json_object_update_new(
        row, behavior_view(strcmp(family, BEHAVIOR_FAMILY) == 0 ? source->behavior : NULL));
    if (strcmp(family, BEHAVIOR_FAMILY) != 0)
        json_object_set_new(row, "events_words", json_string(""));
out:
    *value = row;
    json_decref(contents);
    json_decref(quarantined);
    return result;
}

/* The next in the alphabet; NULL: there is none. */
static const char *family_after(const char *family)
{
    const struct content_type *type;
    const char *next = NULL;

    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        if (strcmp(type->family, family) > 0 && (next == NULL || strcmp(type->family, next) < 0))
            next = type->family;
    }
    return next;
}

/* The one for tests only where it runs or holds something. */
static bool is_shown(const json_t *row)
{
    const char *state = json_string_value(json_object_get(row, "state"));

    return strcmp(json_string_value(json_object_get(row, "family")), "null") != 0 ||
           (strcmp(state, "stopped") != 0 && strcmp(state, "absent") != 0);
}

int engines_make(const struct status_source *source, json_t **reply, struct error *err)
{
    json_t *list = json_array();
    int result = 0;

    for (const char *family = ""; result == 0 && (family = family_after(family)) != NULL;) {
        json_t *row;

        result = engine_value(source, family, &row, err);
        if (row != NULL && is_shown(row))
            json_array_append(list, row);
        json_decref(row);
    }
    *reply = NULL;
    if (result == 0)
        *reply = json_pack("{s:s, s:o, s:O}", "schema", "sallyport.engines/1", "generated",
                           status_view_time(instant_clock()), "engines", list);
    json_decref(list);
    return result;
}
