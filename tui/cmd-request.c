/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>

#include "media/base/instant.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/field.h"
#include "tui/output-file.h"
#include "tui/output.h"

#define REASON_BYTES LIMIT_NOTES_BYTES

static const char *const examples[] = {
    "request floor-reset --subject type:behavior --reason 'package 9 was withdrawn' -o reset.json",
    "request ring-change --to public --reason 'moved to site delta' -o ring.json", NULL};

static const struct command_option options[] = {
    {"output", 'o', COMMAND_TEXT, "FILE", "the request is written to this new file"},
    {"subject", 0, COMMAND_TEXT, "SUBJECT", "floor-reset: type:NAME or ring:NAME"},
    {"to", 0, COMMAND_TEXT, "RING", "ring-change: the ring that is asked for"},
    {"reason", 0, COMMAND_TEXT, "WORDS", "for whoever signs the answer"},
    {"force", 0, COMMAND_FLAG, NULL, "replace FILE where it is there already"},
    {"dry-run", 0, COMMAND_FLAG, NULL, "show the request, write nothing"},
};

struct asking {
    const struct command_invocation *invocation;
    const char *endpoint, *ring; /* borrowed from the status */
    json_t *request;
};

/* Where a subject's floor stands in the agent's answer. */
static const struct {
    const char *prefix, *list, *name, *number;
} subjects[] = {
    {"type:", "types", "type", "issue"},
    {"ring:", "rings", "ring", "sequence"},
};

static int find_floor(const json_t *floors, const char *subject, json_t **floor, struct error *err)
{
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        const json_t *rows = json_object_get(floors, subjects[i].list);
        size_t size = strlen(subjects[i].prefix);

        for (size_t j = 0;
             strncmp(subject, subjects[i].prefix, size) == 0 && j < json_array_size(rows); j++) {
            const json_t *row = json_array_get(rows, j);
            const char *name = field_raw(row, subjects[i].name);

            if (name == NULL || strcmp(name, subject + size) != 0)
                continue;
            *floor = json_pack("{s:O?, s:I}", "time", json_object_get(row, "time"), "number",
                               (json_int_t)field_number(row, subjects[i].number));
            return 0;
        }
    }
    return error_set(err, ERROR_NOT_FOUND,
                     "%s: no such floor here; --subject takes type:NAME or ring:NAME, see "
                     "sallyport floor",
                     subject);
}

static int fill_floor_reset(struct asking *asking, struct error *err)
{
    const char *subject = command_text(asking->invocation, "subject");
    json_t *floors = NULL, *floor = NULL;
    int result;

    if (subject == NULL || command_text(asking->invocation, "to") != NULL)
        return error_set(err, ERROR_USAGE,
                         "a floor-reset takes --subject type:NAME or ring:NAME, and no --to");
    result = ask_agent(asking->invocation, "Floors", NULL, NULL, NULL, &floors, err);
    if (result == 0)
        result = find_floor(floors, subject, &floor, err);
    if (result == 0) {
        json_object_set_new(asking->request, "subject", json_string(subject));
        json_object_set(asking->request, "floor", floor);
    }
    json_decref(floor);
    json_decref(floors);
    return result;
}

static int fill_ring_change(struct asking *asking, struct error *err)
{
    const char *to = command_text(asking->invocation, "to");

    if (to == NULL || command_text(asking->invocation, "subject") != NULL)
        return error_set(err, ERROR_USAGE, "a ring-change takes --to RING, and no --subject");
    if (!json_name_valid(to))
        return error_set(err, ERROR_USAGE, "--to %s: not the name of a ring", to);
    if (strcmp(to, asking->ring) == 0)
        return error_set(err, ERROR_USAGE, "this endpoint is in ring %s already", to);
    json_object_set_new(asking->request, "to", json_string(to));
    return 0;
}

static const struct kind {
    const char *name;
    int (*fill)(struct asking *asking, struct error *err);
    const char *keys, *verb, *replace; /* how the mirror answers it */
    bool names_endpoint;
} kinds[] = {
    {"floor-reset", fill_floor_reset, ", with the root keys", "rotate-root", "", false},
    {"ring-change", fill_ring_change, "", "enroll ", " --replace", true},
};

static int find_kind(const char *name, const struct kind **kind, struct error *err)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        *kind = &kinds[i];
        if (strcmp(kinds[i].name, name) == 0)
            return 0;
    }
    return error_set(err, ERROR_USAGE,
                     "no request is of kind %s; there are floor-reset and ring-change", name);
}

static int check_options(const struct command_invocation *invocation, struct error *err)
{
    const char *reason = command_text(invocation, "reason");
    char shown[4 * REASON_BYTES];

    if (reason == NULL || reason[0] == '\0')
        return error_set(err, ERROR_USAGE, "--reason WORDS is needed: people decide by it");
    if (strlen(reason) > REASON_BYTES || !text_is_utf8(reason, strlen(reason)) ||
        strcmp(text_escape_string(reason, shown, sizeof(shown)), reason) != 0)
        return error_set(err, ERROR_USAGE, "--reason takes at most %d bytes of plain text",
                         REASON_BYTES);
    if (command_text(invocation, "output") == NULL && !command_flag(invocation, "dry-run"))
        return error_set(err, ERROR_USAGE, "--output FILE is needed");
    return 0;
}

/* Who asks, when and why; the kind adds what it asks for. */
static int make(struct asking *asking, const struct kind *kind, const json_t *status,
                struct error *err)
{
    char now[INSTANT_TEXT_BYTES];

    asking->endpoint = field_raw(status, "endpoint");
    asking->ring = field_raw(status, "ring");
    if (!field_true(status, "enrolled") || asking->endpoint == NULL || asking->ring == NULL)
        return error_set(err, ERROR_NOT_ENROLLED,
                         "an endpoint that is not enrolled has nothing to ask for");
    asking->request =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "schema", "sallyport.request/1", "kind",
                  kind->name, "endpoint", asking->endpoint, "ring", asking->ring, "made",
                  instant_format(instant_clock() / INSTANT_SECOND_US * INSTANT_SECOND_US, now),
                  "reason", command_text(asking->invocation, "reason"));
    return kind->fill(asking, err);
}

/* For the mirror's people, by the file's own name: they have it elsewhere. */
static void write_command(const struct asking *asking, const struct kind *kind, const char *path,
                          char *out, size_t size)
{
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    const char *file = path == NULL ? "FILE" : slash != NULL ? slash + 1 : path;

    snprintf(out, size, "sallyport-mirror %s%s%s --request %.255s", kind->verb,
             kind->names_endpoint ? asking->endpoint : "", kind->replace, file);
}

static int tell(const struct asking *asking, const struct kind *kind, const char *path,
                const struct output *output, struct error *err)
{
    char command[512], shown[FIELD_BYTES];
    json_t *document;
    int result;

    write_command(asking, kind, path, command, sizeof(command));
    if (command_flag(asking->invocation, "json")) {
        document = json_pack("{s:s, s:s?, s:O, s:s}", "schema", "sallyport.request-written/1",
                             "file", path, "request", asking->request, "next", command);
        result = output_json(document, err);
        json_decref(document);
        return result;
    }
    if (path == NULL)
        return output_json(asking->request, err);
    fprintf(output->stream, "%s: request written; it changes nothing by itself.\n",
            text_escape_string(path, shown, sizeof(shown)));
    fprintf(output->stream, "Next step: carry it to the mirror; there%s:\n  %s\n", kind->keys,
            text_escape_string(command, shown, sizeof(shown)));
    return 0;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool dry_run = command_flag(invocation, "dry-run");
    const char *path = dry_run ? NULL : command_text(invocation, "output");
    struct asking asking = {.invocation = invocation};
    const struct kind *kind;
    struct output output;
    json_t *status = NULL;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        find_kind(invocation->arguments[0], &kind, err) < 0 || check_options(invocation, err) < 0 ||
        ask_agent(invocation, "Status", NULL, NULL, NULL, &status, err) < 0)
        return -(int)err->code;
    result = make(&asking, kind, status, err);
    if (result == 0 && path != NULL)
        result = output_file_json(path, asking.request, command_flag(invocation, "force"), err);
    if (result == 0)
        result = tell(&asking, kind, path, &output, err);
    json_decref(asking.request);
    json_decref(status);
    return result;
}

const struct command command_request = {
    .name = "request",
    .arguments = "KIND",
    .summary = "Write a request that the mirror answers with a signed document",
    .description =
        "Kinds: floor-reset asks that one floor of this endpoint be set anew, after an incident "
        "or a wrong clock; ring-change asks for an enrolment in another ring. The file says who "
        "asks, what the floor is and why; it is not signed and changes nothing by itself: people "
        "at the mirror read it and decide.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
