/* SPDX-License-Identifier: ISC */
#include "agent/flag-gate.h"

#include <stdio.h>
#include <string.h>

#include "agent/audit.h"
#include "agent/flag.h"
#include "media/base/log.h"

/* Verification, floors, audit and repairs of the last resort have no flag. */
static const struct row {
    const char *type, *flag;
} rows[] = {
    {"product-rules-feed", "behavior"}, {"behavior", "behavior"},     {"appfeed", "appfeed"},
    {"userappfeed", "appfeed"},         {"repair-kit", "repair-kit"},
};

#define ROWS     (sizeof(rows) / sizeof(rows[0]))
#define KEY_SIZE (sizeof(FLAG_GATE_ON) + LIMIT_NAME_BYTES)

static int is_on(struct state *state, const char *flag, bool *on, struct error *err)
{
    char key[KEY_SIZE];
    int64_t number = 0;
    int result;

    snprintf(key, sizeof(key), FLAG_GATE_ON "%s", flag);
    result = state_number(state, key, &number, err);
    *on = number == 1;
    return result;
}

bool flag_gate_is_off(struct state *state, const char *type, char *words, size_t size)
{
    for (size_t i = 0; i < ROWS; i++) {
        struct error ignored;
        bool on;

        if (strcmp(rows[i].type, type) != 0)
            continue;
        if (is_on(state, rows[i].flag, &on, &ignored) == 0 && on)
            return false;
        snprintf(words, size, "the feature flag %s is off (sallyport flags says why)",
                 rows[i].flag);
        return true;
    }
    return false;
}

/* *changed: it is another than it was. */
static int ask(struct flag_gate *gate, const char *flag, bool *changed, struct error *err)
{
    json_t *reply = NULL;
    char key[KEY_SIZE];
    bool was = false, is;
    int result = flag_ask(gate->state, gate->drivers, gate->config->site, flag, &reply, err);

    *changed = false;
    if (result == 0)
        result = is_on(gate->state, flag, &was, err);
    is = json_is_true(json_object_get(reply, "value"));
    json_decref(reply);
    if (result < 0 || was == is)
        return result;
    snprintf(key, sizeof(key), FLAG_GATE_ON "%s", flag);
    *changed = true;
    log_write(LOG_LEVEL_INFO, "feature flag %s: %s", flag, is ? "on" : "off");
    return state_set_number(gate->state, key, is, err);
}

/* All types of a flag; one whose driver does not start says so in its health. */
static void switch_types(struct flag_gate *gate, const char *flag)
{
    struct error why;

    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].flag, flag) == 0 &&
            driver_host_switch(gate->drivers, rows[i].type, &why) < 0)
            log_write(LOG_LEVEL_ERROR, "%s: %s", rows[i].type, why.words);
    }
}

int flag_gate_run(struct flag_gate *gate, struct error *err)
{
    const char *before = "";
    int64_t newest;
    int result = audit_newest(gate->state, &newest, err);

    if (result < 0 || newest == gate->looked)
        return result;
    gate->looked = newest;
    for (size_t i = 0; i < ROWS; i++) {
        bool changed;

        if (strcmp(rows[i].flag, before) == 0)
            continue;
        before = rows[i].flag;
        if (ask(gate, before, &changed, err) < 0)
            return err->code == ERROR_NOT_ENROLLED ? 0 : -(int)err->code;
        if (changed)
            switch_types(gate, before);
    }
    return 0;
}
