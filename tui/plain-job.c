/* SPDX-License-Identifier: ISC */
#include "tui/plain-job.h"

#include <string.h>

#include "media/base/path.h"
#include "media/base/source.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/import-step.h"
#include "tui/import-view.h"
#include "tui/inspect-report.h"
#include "tui/inspect-view.h"

/* What has been told of a stream. */
struct told {
    struct plain *plain;
    size_t step;    /* IMPORT_STEPS: none */
    int64_t tenths; /* of it */
    json_t *documents;
};

static void tell_step(struct told *told, const json_t *step)
{
    size_t number = import_step_find(field_raw(step, "name"));
    int64_t done = field_number(step, "done"), total = field_number(step, "total");
    int64_t tenths = total > 0 && done > 0 ? (int64_t)((double)done / (double)total * 10) : 0;
    char first[FIELD_BYTES], second[FIELD_BYTES];

    if (number == IMPORT_STEPS)
        return;
    if (number != told->step)
        plain_say(&told->plain->output, "Step %zu of %d: %s.", number + 1, IMPORT_STEPS,
                  import_step_at(number)->words);
    else if (tenths > told->tenths)
        plain_say(&told->plain->output, "%s of %s, %d %%.", field_bytes(step, "done", first),
                  field_bytes(step, "total", second), (int)(tenths * 10));
    told->step = number;
    told->tenths = tenths;
    fflush(told->plain->output.stream);
}

static int tell(void *context, const json_t *parameters, struct error *err)
{
    struct told *told = context;
    json_t *document = json_object_get(parameters, "document");

    (void)err;
    tell_step(told, json_object_get(parameters, "step"));
    if (json_is_object(document))
        json_array_append(told->documents, document);
    return 0;
}

/* Negative: what the agent refused, or that it is not there, has been said. */
static int call(struct plain *plain, const char *method, const json_t *parameters,
                struct told *told, json_t **reply)
{
    struct error err = {0};
    char words[2 * ERROR_WORDS_BYTES];
    int result = plain->fixture != NULL
                     ? error_set(&err, ERROR_NO_AGENT, "what is shown comes from a file")
                     : ask_agent(plain->invocation, method, parameters, told != NULL ? tell : NULL,
                                 told, reply, &err);

    if (result == 0)
        return 0;
    plain_say(&plain->output, "Refused, %s: %s", error_name(err.code),
              text_escape_string(err.words, words, sizeof(words)));
    plain_say(&plain->output, "Next step: %s", error_row(err.code)->next_step);
    return result;
}

/* A source as the agent wants it; "" where nothing was typed. */
static bool ask_source(struct plain *plain, const char *given, char out[LIMIT_PATH_BYTES + 1])
{
    struct error err = {0};
    char words[2 * ERROR_WORDS_BYTES];

    snprintf(out, LIMIT_PATH_BYTES + 1, "%s", given);
    if (given[0] == '\0' && !plain_read(plain,
                                        "Which medium? A folder, device, image, tar file or "
                                        "URL:",
                                        out, LIMIT_PATH_BYTES + 1))
        return false;
    if (out[0] == '\0') {
        plain_say(&plain->output, "Nothing was typed, and nothing is done.");
        return false;
    }
    if (source_check(out, NULL, &err) == 0)
        return true;
    plain_say(&plain->output, "%s", text_escape_string(err.words, words, sizeof(words)));
    return false;
}

/* A plan or a result, as the verb prints it. */
static void print_import(struct plain *plain, const json_t *import)
{
    const struct output output = {.stream = plain->output.stream};
    const char *next = field_next_step(import, "code");

    import_view_print(import, &output);
    if (next[0] != '\0')
        plain_say(&plain->output, "Next step: %s", next);
}

/* plan: what was confirmed, and no other set is taken; NULL: a dry run makes one. */
static int run_import(struct plain *plain, const char *source, const json_t *plan, json_t **import)
{
    json_t *parameters = json_pack("{s:s, s:b}", "source", source, "dry_run", plan == NULL);
    json_t *set = json_object_get(plan, "set");
    struct told told = {.plain = plain, .step = IMPORT_STEPS};
    int result;

    if (parameters == NULL) {
        plain_say(&plain->output, "This path is no UTF-8: sallyport import takes it.");
        return -1;
    }
    if (json_is_string(set))
        json_object_set(parameters, "set", set);
    result = call(plain, "Import", parameters, &told, import);
    json_decref(parameters);
    return result;
}

/* Floors only rise, so what is typed is the number of the set that they rise to. */
static bool confirmed(struct plain *plain, const json_t *plan)
{
    char number[FIELD_BYTES], prompt[FIELD_BYTES + 100], typed[64];

    field_count(plan, "sequence", number);
    plain_say(&plain->output, "Floors never go down again: after this import nothing older than "
                              "this set is taken.");
    snprintf(prompt, sizeof(prompt), "Type %s to import it; anything else stops:", number);
    return plain_read(plain, prompt, typed, sizeof(typed)) && strcmp(typed, number) == 0;
}

void plain_job_import(struct plain *plain, const char *given)
{
    char source[LIMIT_PATH_BYTES + 1];
    json_t *plan = NULL, *result = NULL;

    if (!ask_source(plain, given, source))
        return;
    plain_say(&plain->output, "This is a preview, and changes nothing.");
    if (run_import(plain, source, NULL, &plan) < 0)
        return;
    import_view_add_floors(plan, plain->model.floors);
    print_import(plain, plan);
    if (!import_view_is(plan, "planned")) {
        plain_say(&plain->output, "There is nothing to import.");
    } else if (!confirmed(plain, plan)) {
        plain_say(&plain->output, "Nothing was imported.");
    } else {
        plain_say(&plain->output,
                  "Nothing is active until the last step. Pulling the medium is safe: "
                  "the old content stays. Ctrl-C leaves, and the import goes on.");
        if (run_import(plain, source, plan, &result) == 0)
            print_import(plain, result);
        plain_say(&plain->output, "The medium may be pulled.");
    }
    json_decref(plan);
    json_decref(result);
}

/* The verdict first: the documents may take a while to listen to. */
static void print_inspection(struct plain *plain, json_t *result, json_t *documents)
{
    const struct output output = {.stream = plain->output.stream};
    const struct inspect_context context = {
        .documents = documents, .floors = plain->model.floors, .status = plain->model.status};

    inspect_report_complete(result, &context);
    inspect_view_head(result, &output);
    inspect_view_result(result, &output);
    for (size_t i = 0; i < json_array_size(documents); i++)
        inspect_view_document(json_array_get(documents, i), &output);
}

void plain_job_inspect(struct plain *plain, const char *given)
{
    struct told told = {.plain = plain, .step = IMPORT_STEPS};
    char source[LIMIT_PATH_BYTES + 1];
    json_t *parameters, *result = NULL;

    if (!ask_source(plain, given, source))
        return;
    told.documents = json_array();
    parameters = json_pack("{s:s, s:b}", "source", source, "tokens", 0);
    if (parameters == NULL)
        plain_say(&plain->output, "This path is no UTF-8: sallyport inspect takes it.");
    else if (call(plain, "Inspect", parameters, &told, &result) == 0)
        print_inspection(plain, result, told.documents);
    json_decref(result);
    json_decref(parameters);
    json_decref(told.documents);
}

void plain_job_verify(struct plain *plain, const char *unused)
{
    char count[FIELD_BYTES], head[FIELD_BYTES], text[FIELD_BYTES];
    json_t *reply = NULL;

    (void)unused;
    if (call(plain, "AuditVerify", NULL, NULL, &reply) < 0)
        return;
    plain_say(&plain->output, "%s, %s, head %s: %s",
              field_true(reply, "ok") ? "OK" : "FAIL, the chain is BROKEN",
              field_counted(reply, "records", "record", count), field_text(reply, "head", head),
              field_text(reply, "words", text));
    model_take(&plain->model, "chain", reply);
}

void plain_job_acknowledge(struct plain *plain, const char *unused)
{
    const json_t *last = field_object(field_object(plain->model.status, "refusals"), "last");
    json_t *parameters, *reply = NULL;
    char first[FIELD_BYTES], second[FIELD_BYTES], typed[64];

    (void)unused;
    if (last == NULL) {
        plain_say(&plain->output, "No refusal waits to be acknowledged.");
        return;
    }
    plain_say(&plain->output, "The last one, %s: %s", field_text(last, "code", first),
              field_text(last, "words", second));
    plain_say(&plain->output, "They are no warning any more and stay listed; the audit record has "
                              "your uid. Nothing that was refused is let in by this.");
    if (!plain_read(plain, "Type yes to acknowledge them; anything else stops:", typed,
                    sizeof(typed)) ||
        strcmp(typed, "yes") != 0) {
        plain_say(&plain->output, "Nothing was acknowledged.");
        return;
    }
    parameters = json_pack("{s:O?}", "up_to", json_object_get(last, "number"));
    if (call(plain, "Acknowledge", parameters, NULL, &reply) == 0)
        plain_say(&plain->output, "%s acknowledged, %s left.",
                  field_count(reply, "acknowledged", first), field_count(reply, "open", second));
    json_decref(reply);
    json_decref(parameters);
}
