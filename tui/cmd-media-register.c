/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <string.h>
#include <unistd.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/medium-name.h"
#include "tui/output.h"
#include "tui/registered-table.h"
#include "tui/report-device.h"

static const char *const register_examples[] = {
    "media register /dev/sdb --purpose \"weekly transfer\" --owner \"A. Smith\"",
    "media register 1-4.2 --yes", NULL};
static const char *const forget_examples[] = {"media forget 3", "media forget /dev/sdb --yes",
                                              NULL};

static const struct command_option register_options[] = {
    {"purpose", 0, COMMAND_TEXT, "TEXT", "what it is for"},
    {"owner", 0, COMMAND_TEXT, "TEXT", "who answers for it"},
    {"yes", 'y', COMMAND_FLAG, NULL, "do not ask"},
};
static const struct command_option forget_options[] = {
    {"yes", 'y', COMMAND_FLAG, NULL, "do not ask"},
};

/* What is plugged in there, or has the number; a new reference, null where nothing is. */
static json_t *find_device(const json_t *media, const char *name)
{
    const json_t *rows = json_object_get(media, "registered");
    char number[FIELD_BYTES];

    for (size_t i = 0; i < json_array_size(rows); i++) {
        json_t *row = json_array_get(rows, i);

        if (strcmp(field_count(row, "number", number), name) == 0)
            return json_incref(row);
    }
    return report_device_find(media, name);
}

static void print_question(const json_t *device, const char *name, const char *word)
{
    char id[FIELD_BYTES], serial[FIELD_BYTES], called[FIELD_BYTES];

    if (json_is_object(device))
        fprintf(stderr, "%s: id %s, serial %s, calls itself %s\n", name,
                field_text(device, "id", id), field_text(device, "serial", serial),
                field_text(device, "name", called));
    fprintf(stderr, "%s %s? Type %s: ", word, name, word);
    fflush(stderr);
}

/* A word, not a letter: what is typed by habit is no answer. *shown: what was asked about; NULL where
 * nobody was asked. */
static int confirm(const struct command_invocation *invocation, const char *name, const char *word,
                   json_t **shown, struct error *err)
{
    json_t *media = NULL;
    char answer[32] = "";

    if (command_flag(invocation, "yes"))
        return 0;
    if (command_flag(invocation, "json") || !isatty(STDIN_FILENO))
        return error_set(err, ERROR_USAGE, "nobody can be asked here: give --yes");
    if (ask_agent(invocation, "Media", NULL, NULL, NULL, &media, err) < 0)
        return -(int)err->code;
    *shown = find_device(media, name);
    json_decref(media);
    print_question(*shown, name, word);
    if (fgets(answer, sizeof(answer), stdin) == NULL)
        answer[0] = '\0';
    answer[strcspn(answer, "\n")] = '\0';
    if (strcmp(answer, word) != 0)
        return error_set(err, ERROR_INTERRUPTED, "not confirmed, nothing was changed");
    return 0;
}

/* Between question and answer another one may have been plugged in. */
static int check_same(const json_t *shown, const json_t *reply, const char *words,
                      struct error *err)
{
    static const char *const keys[] = {"id", "serial"};
    const json_t *row = field_object(reply, "registered");
    char id[FIELD_BYTES], serial[FIELD_BYTES], number[FIELD_BYTES];

    for (size_t i = 0; json_is_object(shown) && row != NULL && i < 2; i++)
        if (!json_equal(json_object_get(shown, keys[i]), json_object_get(row, keys[i])))
            return error_set(err, ERROR_USB_CHANGED,
                             "another device was there by then: %.16s serial %.400s %s, number %s",
                             field_text(row, "id", id), field_text(row, "serial", serial), words,
                             field_count(row, "number", number));
    return 0;
}

static int tell(const struct command_invocation *invocation, const struct output *output,
                const json_t *reply, const char *words, struct error *err)
{
    char id[FIELD_BYTES], serial[FIELD_BYTES], number[FIELD_BYTES];
    const json_t *row = json_object_get(reply, "registered");

    if (command_flag(invocation, "json"))
        return output_json(reply, err);
    output_mark(output, OUTPUT_OK);
    fprintf(output->stream, " %s serial %s %s, number %s.\n", field_text(row, "id", id),
            field_text(row, "serial", serial), words, field_count(row, "number", number));
    return 0;
}

static int act(const struct command_invocation *invocation, const char *method, const char *word,
               json_t *parameters, const char *words, struct error *err)
{
    char name[LIMIT_NAME_BYTES + 1];
    json_t *reply = NULL, *shown = NULL;
    struct output output;
    int result;

    if (output_open(invocation, &output, err) < 0 ||
        medium_name_read(invocation->arguments[0], name, err) < 0)
        return -(int)err->code;
    result = confirm(invocation, name, word, &shown, err);
    if (result < 0)
        goto out;
    json_object_set_new(parameters, "medium", json_string(name));
    result = ask_agent(invocation, method, parameters, NULL, NULL, &reply, err);
    if (result == 0)
        result = check_same(shown, reply, words, err);
    if (result == 0)
        result = tell(invocation, &output, reply, words, err);
out:
    json_decref(shown);
    json_decref(reply);
    return result;
}

static void take_text(const struct command_invocation *invocation, const char *key,
                      json_t *parameters)
{
    if (command_text(invocation, key) != NULL)
        json_object_set_new(parameters, key, json_string(command_text(invocation, key)));
}

static int run_register(const struct command_invocation *invocation, struct error *err)
{
    json_t *parameters = json_object();
    int result;

    take_text(invocation, "purpose", parameters);
    take_text(invocation, "owner", parameters);
    result =
        act(invocation, "Register", "register", parameters, "is a registered transfer medium", err);
    json_decref(parameters);
    return result;
}

static int run_forget(const struct command_invocation *invocation, struct error *err)
{
    json_t *parameters = json_object();
    int result = act(invocation, "Forget", "forget", parameters, "is registered no longer", err);

    json_decref(parameters);
    return result;
}

const struct command command_media_register = {
    .name = "media register",
    .arguments = "MEDIUM",
    .summary = "Make the USB device that is plugged in there a transfer medium of this endpoint",
    .description = "MEDIUM is its port as sallyport media shows it, or its block device. Bound are "
                   "id, serial number, interfaces and descriptors: whatever differs when it comes "
                   "again is refused. What no rule can allow (a keyboard, no serial number) can't "
                   "be registered. The audit chain keeps who did it. Without --yes it "
                   "says what the device calls itself before it asks, and fails (usb-changed) "
                   "where another was there "
                   "by the answer.",
    .examples = register_examples,
    .options = register_options,
    .option_count = sizeof(register_options) / sizeof(register_options[0]),
    .run = run_register,
};

const struct command command_media_forget = {
    .name = "media forget",
    .arguments = "MEDIUM",
    .summary = "Take back the registration of a medium",
    .description = "MEDIUM is the number of its registration, or where it is plugged in. The audit "
                   "chain keeps who did it.",
    .examples = forget_examples,
    .options = forget_options,
    .option_count = sizeof(forget_options) / sizeof(forget_options[0]),
    .run = run_forget,
};
