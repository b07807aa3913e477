/* SPDX-License-Identifier: ISC */
#include <config.h>

#include "media/base/command.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/command-help.h"
#include "media/base/command-parse.h"
#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/text.h"

#ifdef WITH_SANDBOX
#define SANDBOX_WORDS "landlock, seccomp"
#else
#define SANDBOX_WORDS "none (built without)"
#endif

static const struct command_value *find_value(const struct command_invocation *invocation,
                                              const char *option, size_t i)
{
    for (size_t at = 0; at < invocation->value_count; at++) {
        const struct command_value *value = &invocation->values[at];

        if (strcmp(value->option->name, option) == 0 && i-- == 0)
            return value;
    }
    return NULL;
}

bool command_flag(const struct command_invocation *invocation, const char *option)
{
    return find_value(invocation, option, 0) != NULL;
}

const char *command_text(const struct command_invocation *invocation, const char *option)
{
    return command_repeat(invocation, option, 0);
}

bool command_number(const struct command_invocation *invocation, const char *option,
                    uint64_t *value)
{
    const struct command_value *found = find_value(invocation, option, 0);

    if (found == NULL)
        return false;
    *value = found->number;
    return true;
}

const char *command_repeat(const struct command_invocation *invocation, const char *option,
                           size_t i)
{
    const struct command_value *found = find_value(invocation, option, i);

    return found ? found->text : NULL;
}

/* Prints canonical JSON and LF. Takes the reference. */
static void print_json(json_t *object)
{
    struct error err = {.code = ERROR_OK};
    struct bytes text;

    bytes_init(&text, LIMIT_MESSAGE_BYTES);
    if (json_write(object, &text, &err) == 0)
        fwrite(text.data, 1, text.size, stdout);
    fputc('\n', stdout);
    bytes_clear(&text);
    json_decref(object);
}

static void report_json(const struct error *err)
{
    const struct error_row *row = error_row(err->code);
    char words[ERROR_WORDS_BYTES * 4];

    /* Escaped: words may hold bytes that are no UTF-8, which JSON cannot carry. */
    text_escape_string(err->words, words, sizeof(words));
    print_json(json_pack("{s:s, s:i, s:s, s:s, s:s}", "schema", "sallyport.error/1", "code",
                         row->exit_status, "name", row->name, "message", words, "hint",
                         row->next_step));
}

static void report_words(const struct command_program *program, const struct error *err)
{
    const struct error_row *row = error_row(err->code);
    char words[ERROR_WORDS_BYTES * 4];

    text_escape_string(err->words, words, sizeof(words));
    fprintf(stderr, "%s: %s (%s)\nnext: %s\n", program->name, words, row->name, row->next_step);
}

static void print_version(const struct command_program *program, bool json)
{
    json_t *libraries = json_object();

    for (size_t i = 0; i < program->library_count; i++)
        json_object_set_new(libraries, program->libraries[i].name,
                            json_string(program->libraries[i].version()));
    if (!json) {
        printf("%s %s\nsandbox: %s\n", program->name, PACKAGE_VERSION, SANDBOX_WORDS);
        for (size_t i = 0; i < program->library_count; i++)
            printf("%s: %s\n", program->libraries[i].name, program->libraries[i].version());
    } else {
        print_json(json_pack("{s:s, s:s, s:s, s:s, s:O}", "schema", "sallyport.version/1",
                             "program", program->name, "version", PACKAGE_VERSION, "sandbox",
                             SANDBOX_WORDS, "libraries", libraries));
    }
    json_decref(libraries);
}

/* help VERB, where the verb may be of several words. */
static int run_help(const struct command_invocation *invocation, struct error *err)
{
    const struct command_program *program = invocation->program;
    const char *shell = command_text(invocation, "completion");
    char name[256] = "";

    if (shell != NULL)
        return command_completion(program, shell, stdout, err);
    if (command_flag(invocation, "mdoc"))
        command_help_mdoc(program, stdout);
    else if (invocation->argument_count == 0)
        command_help_program(program, stdout);
    for (size_t i = 0; i < invocation->argument_count; i++) {
        size_t used = strlen(name);

        snprintf(name + used, sizeof(name) - used, "%s%s", i > 0 ? " " : "",
                 invocation->arguments[i]);
    }
    if (strcmp(name, command_help_row.name) == 0) {
        command_help_program(program, stdout);
        return 0;
    }
    for (size_t i = 0; name[0] != '\0' && program->commands[i] != NULL; i++) {
        if (strcmp(program->commands[i]->name, name) == 0) {
            command_help_verb(program, program->commands[i], stdout);
            return 0;
        }
    }
    return name[0] != '\0' ? error_set(err, ERROR_USAGE, "unknown verb %s", name) : 0;
}

static int run(const struct command_program *program, const struct command_parse *parse,
               struct error *err)
{
    const struct command *command = parse->invocation.command;

    if (parse->version) {
        print_version(program, command_flag(&parse->invocation, "json"));
        return 0;
    }
    if (parse->help) {
        if (command == NULL || command == &command_help_row)
            command_help_program(program, stdout);
        else
            command_help_verb(program, command, stdout);
        return 0;
    }
    if (command == NULL)
        return error_set(err, ERROR_USAGE, "no verb given; see %s --help", program->name);
    if (command == &command_help_row)
        return run_help(&parse->invocation, err);
    return command->run(&parse->invocation, err);
}

/* Also where the line could not be parsed: whoever asked for JSON gets the error as JSON. */
static bool wants_json(const struct command_program *program, int argc, char **argv)
{
    bool known = false;

    for (size_t i = 0; i < program->option_count; i++)
        known = known || strcmp(program->options[i].name, "json") == 0;
    for (int i = 1; known && i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--json") == 0)
            return true;
    }
    return false;
}

/* A result that did not reach its reader is not a success. */
static int flush_output(struct error *err)
{
    if (fflush(stdout) != 0 || ferror(stdout))
        return error_set_errno(err, ERROR_IO, errno, "writing the output");
    return 0;
}

int command_main(const struct command_program *program, int argc, char **argv)
{
    struct command_parse *parse = bytes_allocate(1, sizeof(*parse));
    struct error err = {.code = ERROR_OK};
    int result;

    result = command_parse(program, argc, argv, parse, &err);
    if (result == 0)
        result = run(program, parse, &err);
    if (result >= 0 && flush_output(&err) < 0)
        result = -(int)err.code;
    if (result < 0) {
        if (wants_json(program, argc, argv))
            report_json(&err);
        else
            report_words(program, &err);
        fflush(stdout);
        result = error_row(err.code)->exit_status;
    }
    free(parse);
    return result;
}
