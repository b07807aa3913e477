/* SPDX-License-Identifier: ISC */
#include "tui/act-job.h"

#include <stdio.h>
#include <string.h>

#include "media/base/instant.h"
#include "media/base/source.h"
#include "media/base/text.h"
#include "tui/act.h"
#include "tui/act-file.h"
#include "tui/capture.h"
#include "tui/explain-lines.h"
#include "tui/field.h"
#include "tui/import-view.h"
#include "tui/inspect-report.h"
#include "tui/inspect-view.h"

#define REPORT_DAYS 30

/* Whether it can be asked for now; else says why not. */
static bool is_free(struct session *session, bool acts)
{
    if (session->still)
        act_say(session, "This is a fixture: there is no agent that could be asked.");
    else if (!session->model.up)
        act_say(session, "No agent answers: e says why, and what to do.");
    else if (acts && !session->model.act)
        act_say(session, "You may only look: who acts is a member of the group sallyport-admin.");
    else if (session->job.kind != JOB_NONE)
        act_say(session, "Something of this console still runs: wait for its end.");
    else
        return true;
    return false;
}

static void show_error(struct session *session, const char *title, const struct error *err)
{
    char words[2 * ERROR_WORDS_BYTES];

    dialog_read(&session->dialog, &session->view, SCREEN_EXPLAIN, title);
    explain_lines(&session->model, error_name(err->code),
                  text_escape_string(err->words, words, sizeof(words)), NULL, &session->view.text);
}

static bool start(struct session *session, enum job_kind kind, json_t *parameters)
{
    struct error err = {0};
    int result = job_start(&session->job, kind, session->feed.socket_path, parameters, &err);

    json_decref(parameters);
    if (result < 0)
        show_error(session, "The agent can't be asked", &err);
    return result == 0;
}

/* The selected row's item; a new reference, NULL: no row. */
static json_t *selected_item(struct session *session)
{
    const struct listing_row *row;
    struct listing listing;
    json_t *item = NULL;

    screen_fill(&session->model, &session->view, &listing);
    row = listing_selected(&listing);
    if (row != NULL)
        item = json_incref((json_t *)(uintptr_t)row->item);
    listing_close(&listing);
    return item;
}

/* Where the medium of a row can be read; else what was looked at last, or the first source of the
 * configuration. */
static void suggest_source(struct session *session, char out[static LIMIT_PATH_BYTES + 1])
{
    json_t *item = selected_item(session);
    const char *node = json_string_value(json_array_get(json_object_get(item, "nodes"), 0));
    const char *source = field_raw(item, "source");
    struct error ignored;

    if (source == NULL || source_check(source, NULL, &ignored) < 0)
        source = session->source;
    if (source[0] == '\0')
        source = field_raw(json_array_get(json_object_get(session->model.status, "sources"), 0),
                           "location");
    if (node != NULL)
        snprintf(out, LIMIT_PATH_BYTES + 1, "/dev/%s", node);
    else
        snprintf(out, LIMIT_PATH_BYTES + 1, "%s", source != NULL ? source : "");
    json_decref(item);
}

static void ask_source(struct session *session, enum dialog_purpose purpose, const char *title)
{
    char source[LIMIT_PATH_BYTES + 1];

    suggest_source(session, source);
    dialog_ask(&session->dialog, &session->view, purpose, title, "From:", source);
    lines_add_wrapped(&session->view.text, 1, "",
                      "A folder, a device such as /dev/sdb1, an image, a tar file or the URL of a "
                      "mirror. Nothing is changed by looking.");
}

void act_job_import(struct session *session)
{
    if (is_free(session, true))
        ask_source(session, DIALOG_IMPORT_SOURCE, "Import: what is it, and what would it change?");
}

void act_job_inspect(struct session *session)
{
    if (is_free(session, false))
        ask_source(session, DIALOG_INSPECT_SOURCE, "Inspect a medium");
}

void act_job_verify(struct session *session)
{
    if (is_free(session, false) && start(session, JOB_VERIFY, NULL))
        act_say(session, "The audit chain is walked from its start ...");
}

void act_job_acknowledge(struct session *session)
{
    const json_t *refusals = field_object(session->model.status, "refusals");
    const json_t *last = field_object(refusals, "last");
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (!is_free(session, true))
        return;
    if (last == NULL) {
        act_say(session, "No refusal waits to be acknowledged.");
        return;
    }
    /* One that comes while the question stands there has not been seen. */
    session->refusal = field_number(last, "number");
    act_confirm(session, DIALOG_ACKNOWLEDGE, "Acknowledge refusals", "");
    lines_add_wrapped(&session->view.text, 1, "",
                      "%s up to number %s, which is the last that is shown here. They are no "
                      "warning any more and stay listed; the audit record has your uid. Nothing "
                      "that was refused is let in by this.",
                      field_counted(refusals, "count", "refusal", first),
                      field_count(last, "number", second));
    lines_add_wrapped(&session->view.text, 1, "The last", "%s: %s", field_text(last, "code", first),
                      field_text(last, "words", second));
}

/* A report says whether the chain that it is made from can be believed: that is looked at first. */
void act_job_report(struct session *session)
{
    if (!is_free(session, false) || !start(session, JOB_VERIFY, NULL))
        return;
    session->reports = true;
    act_say(session, "A report of the last %d days is made ...", REPORT_DAYS);
}

static void begin_report(struct session *session)
{
    int64_t now_us = instant_clock();
    char from[INSTANT_TEXT_BYTES], to[INSTANT_TEXT_BYTES];

    session->reports = false;
    (void)start(session, JOB_REPORT,
                json_pack("{s:s, s:s}", "from",
                          instant_format(now_us - REPORT_DAYS * INSTANT_DAY_US, from), "to",
                          instant_format(now_us, to)));
}

/* A row that is no device of a port has nothing to let go of: the agent mounts no medium. */
void act_job_eject(struct session *session)
{
    json_t *item = selected_item(session);
    const char *port = field_raw(item, "port");

    if (port == NULL && !field_true(session->model.status, "importing"))
        act_say(session, "No device is selected. The agent reads none now: each may be pulled.");
    else if (port == NULL)
        act_say(session, "No device is selected, and one is being read: see Import.");
    else if (is_free(session, true))
        (void)start(session, JOB_EJECT, json_pack("{s:s}", "medium", port));
    json_decref(item);
}

void act_job_cancel(struct session *session)
{
    if (session->job.kind != JOB_IMPORT) {
        act_say(session, "No import of this console runs.");
        return;
    }
    dialog_read(&session->dialog, &session->view, SCREEN_HELP, "Stopping an import");
    lines_add_wrapped(&session->view.text, 1, "",
                      "An import that has begun is the agent's: it ends whole or not at all, also "
                      "when this console is closed.");
    lines_add_wrapped(&session->view.text, 1, "",
                      "To stop it, pull the medium: until the step \"activate\" everything stays "
                      "as it was, and the same import again goes on where it was.");
}

static void show_wait(struct session *session, const char *title)
{
    dialog_read(&session->dialog, &session->view, SCREEN_DETAILS, title);
    session->dialog.purpose = DIALOG_WAIT;
    lines_add_wrapped(&session->view.text, 1, "",
                      "The agent reads and judges it; nothing is changed. Esc looks no further.");
}

/* "~" and names from here are what a person means; the agent takes whole paths only. */
static void begin(struct session *session, enum job_kind kind, const char *given)
{
    char source[LIMIT_PATH_BYTES + 1];
    struct error err = {0};
    json_t *parameters;

    if (given[0] == '\0')
        return;
    if (source_resolve(given, source, &err) < 0) {
        show_error(session, "There is no such source", &err);
        return;
    }
    memcpy(session->source, source, sizeof(source));
    parameters = json_pack("{s:s}", "source", source);
    if (kind == JOB_PLAN)
        json_object_set_new(parameters, "dry_run", json_true());
    if (start(session, kind, parameters))
        show_wait(session, kind == JOB_PLAN ? "Preview" : "Inspection");
}

static void begin_import(struct session *session)
{
    const char *source = session->source;
    json_t *parameters = json_pack("{s:s, s:b}", "source", source, "dry_run", false);

    /* What is confirmed is what was shown, whatever lies there by now. */
    if (session->planned[0] != '\0')
        json_object_set_new(parameters, "set", json_string(session->planned));
    if (!start(session, JOB_IMPORT, parameters))
        return;
    model_take(&session->model, "job",
               json_pack("{s:s, s:b, s:O}", "source", source, "dry_run", false, "steps",
                         session->job.steps));
    for (size_t i = 0; panel_at(i) != NULL; i++)
        if (panel_at(i) == &panel_import)
            session->view.panel = i;
    act_say(session, "The import runs. Until its last step, pulling the medium changes nothing.");
}

void act_job_given(struct session *session, enum dialog_purpose purpose, const char *input)
{
    switch (purpose) {
    case DIALOG_IMPORT_SOURCE:
        begin(session, JOB_PLAN, input);
        break;
    case DIALOG_INSPECT_SOURCE:
        begin(session, JOB_INSPECT, input);
        break;
    case DIALOG_IMPORT:
        begin_import(session);
        break;
    case DIALOG_ACKNOWLEDGE:
        (void)start(session, JOB_ACKNOWLEDGE,
                    json_pack("{s:I}", "up_to", (json_int_t)session->refusal));
        break;
    default:
        break;
    }
}

/* What import --dry-run prints; where there is something to do, the number of the set is the word:
 * an import raises floors, and they never go down. */
static void show_plan(struct session *session, json_t *plan)
{
    bool planned = import_view_is(plan, "planned");
    struct lines *text = &session->view.text;
    struct capture capture;
    struct error err;
    char word[FIELD_BYTES];

    import_view_add_floors(plan, session->model.floors);
    snprintf(session->planned, sizeof(session->planned), "%s",
             field_raw(plan, "set") != NULL ? field_raw(plan, "set") : "");
    if (planned)
        act_confirm(session, DIALOG_IMPORT, "Import this?", field_count(plan, "sequence", word));
    else
        dialog_read(&session->dialog, &session->view, SCREEN_DETAILS, "There is nothing to import");
    if (capture_open(&capture, &err) < 0)
        return;
    import_view_print(plan, &capture.output);
    capture_close(&capture, text);
    if (planned)
        lines_add_wrapped(text, 1, "",
                          "Floors never go down again: after this import nothing "
                          "older than this set is taken.");
}

static void show_inspection(struct session *session, json_t *result)
{
    json_t *documents = session->job.documents;
    const struct inspect_context context = {.documents = documents,
                                            .floors = session->model.floors,
                                            .status = session->model.status,
                                            .media = session->model.media};
    struct capture capture;
    struct error err;

    inspect_report_complete(result, &context);
    dialog_read(&session->dialog, &session->view, SCREEN_DETAILS, "Inspection");
    if (capture_open(&capture, &err) < 0)
        return;
    /* The verdict first: the documents may fill several pages. */
    inspect_view_head(result, &capture.output);
    inspect_view_result(result, &capture.output);
    fputc('\n', capture.output.stream);
    for (size_t i = 0; i < json_array_size(documents); i++)
        inspect_view_document(json_array_get(documents, i), &capture.output);
    capture_close(&capture, &session->view.text);
}

static void show_import(struct session *session, const char *title, const json_t *result)
{
    struct capture capture;
    struct error err;

    dialog_read(&session->dialog, &session->view, SCREEN_DETAILS, title);
    if (capture_open(&capture, &err) < 0)
        return;
    import_view_print(result, &capture.output);
    capture_close(&capture, &session->view.text);
}

/* What went as it was asked needs one line; packages that were left out need their reasons. */
static void end_import(struct session *session, json_t *result)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    json_object_set(session->model.job, "result", result);
    if (import_view_is(result, "partial") || import_view_is(result, "refused"))
        show_import(session, "Not everything was imported", result);
    act_say(session, "Import of set %s: %s.", field_count(result, "sequence", first),
            field_text(result, "result", second));
}

static void end_verify(struct session *session, json_t *answer)
{
    char first[FIELD_BYTES], second[FIELD_BYTES], now[INSTANT_TEXT_BYTES];

    json_object_set_new(answer, "verified", json_string(instant_format(instant_clock(), now)));
    model_take(&session->model, "chain", json_incref(answer));
    act_say(session, "%s %s: %s",
            output_mark_text(field_true(answer, "ok") ? OUTPUT_OK : OUTPUT_FAIL),
            field_counted(answer, "records", "record", first), field_text(answer, "words", second));
    if (session->reports)
        begin_report(session);
}

static void end_acknowledge(struct session *session, json_t *answer)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    act_say(session, "%s acknowledged, %s still open.",
            field_counted(answer, "acknowledged", "refusal", first),
            field_count(answer, "open", second));
}

static void end_eject(struct session *session, const json_t *answer)
{
    char first[FIELD_BYTES], second[FIELD_BYTES];

    act_say(session, "%s %s: %s", output_mark_text(OUTPUT_OK), field_text(answer, "port", first),
            field_text(answer, "words", second));
}

/* The pop-up that shows the steps may have been left: then the end is only told below. */
static bool is_waited_for(const struct session *session)
{
    return session->view.popup != SCREEN_NO_POPUP && session->dialog.purpose == DIALOG_WAIT;
}

static void end(struct session *session, enum job_kind kind, json_t *reply)
{
    switch (kind) {
    case JOB_PLAN:
        show_plan(session, reply);
        break;
    case JOB_INSPECT:
        show_inspection(session, reply);
        break;
    case JOB_IMPORT:
        end_import(session, reply);
        break;
    case JOB_VERIFY:
        end_verify(session, reply);
        break;
    case JOB_ACKNOWLEDGE:
        end_acknowledge(session, reply);
        break;
    case JOB_EJECT:
        end_eject(session, reply);
        break;
    case JOB_REPORT:
        act_file_report(session, reply);
        break;
    case JOB_NONE:
        break;
    }
}

/* An import whose connection broke is not refused: the agent may go on with it, or be gone itself. */
static const char *title_of(enum job_kind kind, enum error_code code)
{
    if (code == ERROR_PEER_GONE || code == ERROR_PROTOCOL)
        return kind == JOB_IMPORT ? "The agent is gone; Audit will show how it ended"
                                  : "The agent is gone";
    return kind == JOB_PLAN || kind == JOB_IMPORT || kind == JOB_INSPECT
               ? "Refused; nothing was changed"
               : "It could not be done";
}

static void refuse(struct session *session, enum job_kind kind, const struct error *refused)
{
    if (kind == JOB_IMPORT)
        json_object_set_new(
            session->model.job, "refused",
            json_pack("{s:s, s:s}", "code", error_name(refused->code), "message", refused->words));
    show_error(session, title_of(kind, refused->code), refused);
}

static void show_steps(struct session *session)
{
    const json_t *steps = session->job.steps;
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (!is_waited_for(session))
        return;
    show_wait(session, session->job.kind == JOB_PLAN ? "Preview" : "Inspection");
    for (size_t i = 0; i < json_array_size(steps); i++)
        lines_add(&session->view.text, 1, field_text(json_array_get(steps, i), "name", first), "%s",
                  field_text(json_array_get(steps, i), "words", second));
    if (session->job.kind == JOB_INSPECT)
        lines_add(&session->view.text, 1, "Documents", "%zu judged",
                  json_array_size(session->job.documents));
}

void act_job_serve(struct session *session, short events)
{
    enum job_kind kind = session->job.kind;
    struct error refused = {0};
    json_t *reply = NULL;
    enum job_event event = job_serve(&session->job, events, &reply, &refused);

    if (event == JOB_QUIET)
        return;
    session->changed = true;
    if (event == JOB_MOVED) {
        show_steps(session);
        return;
    }
    session->keyed = true;
    if (is_waited_for(session))
        dialog_close(&session->view);
    if (reply != NULL)
        end(session, kind, reply);
    else
        refuse(session, kind, &refused);
    json_decref(reply);
}
