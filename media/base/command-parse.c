/* SPDX-License-Identifier: ISC */
#include "media/base/command-parse.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "media/base/text.h"

/* A name that differs by more than this is no suggestion but a guess. */
#define NEAR_ENOUGH 3

static const char *const help_examples[] = {"help", "help --completion bash", NULL};

static const struct command_option help_options[] = {
    {"mdoc", 0, COMMAND_FLAG, NULL, "print the verbs and options as mdoc for the manual page"},
    {"completion", 0, COMMAND_TEXT, "SHELL", "print completions for bash, zsh or fish"},
};

const struct command command_help_row = {
    .name = "help",
    .arguments = "[VERB...]",
    .summary = "Explain the program or one verb",
    .examples = help_examples,
    .options = help_options,
    .option_count = sizeof(help_options) / sizeof(help_options[0]),
};

/* Words of argv from i that make up a verb's name; 0: they do not. */
static size_t verb_words(const char *name, int argc, char **argv, int i)
{
    size_t words = 0;

    while (*name != '\0') {
        size_t size = strcspn(name, " ");

        if (i + (int)words >= argc || strlen(argv[i + (int)words]) != size ||
            memcmp(argv[i + (int)words], name, size) != 0)
            return 0;
        words++;
        name += size + (name[size] == ' ');
    }
    return words;
}

/* The verb whose name takes the most words of argv from i; help where no row does. */
static const struct command *find_verb(const struct command_program *program, int argc, char **argv,
                                       int i, size_t *words)
{
    const struct command *best = NULL;

    *words = 0;
    for (size_t at = 0; program->commands[at] != NULL; at++) {
        size_t count = verb_words(program->commands[at]->name, argc, argv, i);

        if (count > *words) {
            *words = count;
            best = program->commands[at];
        }
    }
    if (best == NULL) {
        *words = verb_words(command_help_row.name, argc, argv, i);
        best = *words > 0 ? &command_help_row : NULL;
    }
    return best;
}

/* The nearest of two names so far. */
static void consider(const char *given, const char *name, unsigned *best, const char **nearest)
{
    unsigned distance = text_distance(given, name);

    if (distance < *best) {
        *best = distance;
        *nearest = name;
    }
}

static int unknown(const char *what, const char *given, const char *prefix, const char *nearest,
                   struct error *err)
{
    if (nearest == NULL)
        return error_set(err, ERROR_USAGE, "unknown %s %s", what, given);
    return error_set(err, ERROR_USAGE, "unknown %s %s; did you mean %s%s?", what, given, prefix,
                     nearest);
}

static int unknown_verb(const struct command_program *program, const char *given, struct error *err)
{
    unsigned best = NEAR_ENOUGH + 1;
    const char *nearest = NULL;
    size_t given_size = strlen(given);

    for (size_t i = 0; program->commands[i] != NULL; i++) {
        const char *name = program->commands[i]->name;

        /* "audit" alone is the front of "audit list". */
        if (strncmp(name, given, given_size) == 0 && name[given_size] == ' ')
            return unknown("verb", given, "", name, err);
        consider(given, name, &best, &nearest);
    }
    return unknown("verb", given, "", nearest, err);
}

/* Option i of the verb's, then of the program's. */
static const struct command_option *option_row(const struct command_parse *parse, size_t i)
{
    const struct command *command = parse->invocation.command;
    const struct command_program *program = parse->invocation.program;

    if (command != NULL) {
        if (i < command->option_count)
            return &command->options[i];
        i -= command->option_count;
    }
    return i < program->option_count ? &program->options[i] : NULL;
}

static const struct command_option *find_option(const struct command_parse *parse, const char *name,
                                                size_t size)
{
    const struct command_option *option;

    for (size_t i = 0; (option = option_row(parse, i)) != NULL; i++) {
        if (strlen(option->name) == size && memcmp(option->name, name, size) == 0)
            return option;
    }
    return NULL;
}

static const struct command_option *find_letter(const struct command_parse *parse, char letter)
{
    const struct command_option *option;

    for (size_t i = 0; (option = option_row(parse, i)) != NULL; i++) {
        if (option->letter != 0 && option->letter == letter)
            return option;
    }
    return NULL;
}

static int unknown_option(const struct command_parse *parse, const char *given, size_t size,
                          struct error *err)
{
    char name[65];
    char shown[70];
    unsigned best = NEAR_ENOUGH + 1;
    const char *nearest = NULL;
    const struct command_option *option;

    snprintf(name, sizeof(name), "%.*s", (int)(size < 64 ? size : 64), given);
    snprintf(shown, sizeof(shown), "--%s", name);
    for (size_t i = 0; (option = option_row(parse, i)) != NULL; i++)
        consider(name, option->name, &best, &nearest);
    return unknown("option", shown, "--", nearest, err);
}

static int parse_number(const struct command_option *option, const char *text, uint64_t *number,
                        struct error *err)
{
    static const struct {
        char letter;
        unsigned shift;
    } suffixes[] = {{'K', 10}, {'M', 20}, {'G', 30}, {'T', 40}};
    const char *at = text;
    uint64_t value = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        if (value > (UINT64_MAX - digit) / 10)
            return error_set(err, ERROR_USAGE, "--%s %s: too large", option->name, text);
        value = value * 10 + digit;
    }
    for (size_t i = 0; i < 4 && option->kind == COMMAND_SIZE && at != text && *at != '\0'; i++) {
        if (at[0] != suffixes[i].letter || at[1] != '\0')
            continue;
        if (value > UINT64_MAX >> suffixes[i].shift)
            return error_set(err, ERROR_USAGE, "--%s %s: too large", option->name, text);
        value <<= suffixes[i].shift;
        at++;
    }
    if (at == text || *at != '\0')
        return error_set(err, ERROR_USAGE, "--%s %s: expected %s", option->name, text,
                         option->kind == COMMAND_SIZE ? "a size such as 512M or 4G"
                                                      : "a decimal number");
    *number = value;
    return 0;
}

static int add_value(struct command_parse *parse, const struct command_option *option,
                     const char *text, struct error *err)
{
    struct command_invocation *invocation = &parse->invocation;
    struct command_value *value = &parse->values[invocation->value_count];

    if (invocation->value_count == COMMAND_VALUES)
        return error_set(err, ERROR_USAGE, "more than %d options", COMMAND_VALUES);
    for (size_t i = 0; i < invocation->value_count; i++) {
        if (parse->values[i].option == option && option->kind != COMMAND_REPEAT)
            return error_set(err, ERROR_USAGE, "--%s is given twice", option->name);
    }
    *value = (struct command_value){.option = option, .text = text};
    if (option->kind == COMMAND_COUNT || option->kind == COMMAND_SIZE) {
        int result = parse_number(option, text, &value->number, err);

        if (result < 0)
            return result;
    }
    invocation->value_count++;
    return 0;
}

/* An option with its value from behind "=", from the next word, or without one. */
static int take_option(struct command_parse *parse, const struct command_option *option,
                       const char *inline_value, int argc, char **argv, int *i, struct error *err)
{
    if (option->kind == COMMAND_FLAG) {
        if (inline_value != NULL)
            return error_set(err, ERROR_USAGE, "--%s takes no value", option->name);
        return add_value(parse, option, NULL, err);
    }
    if (inline_value == NULL) {
        if (*i + 1 >= argc)
            return error_set(err, ERROR_USAGE, "--%s needs %s", option->name, option->argument);
        inline_value = argv[++*i];
    }
    return add_value(parse, option, inline_value, err);
}

static int take_long(struct command_parse *parse, int argc, char **argv, int *i, struct error *err)
{
    const char *name = argv[*i] + 2;
    size_t size = strcspn(name, "=");
    const struct command_option *option = find_option(parse, name, size);

    if (option != NULL)
        return take_option(parse, option, name[size] == '=' ? name + size + 1 : NULL, argc, argv, i,
                           err);
    if (strcmp(name, "help") == 0) {
        parse->help = true;
        return 0;
    }
    if (strcmp(name, "version") == 0) {
        parse->version = true;
        return 0;
    }
    return unknown_option(parse, name, size, err);
}

/* One or more letters; the last may take a value. */
static int take_letters(struct command_parse *parse, int argc, char **argv, int *i,
                        struct error *err)
{
    for (const char *letter = argv[*i] + 1; *letter != '\0'; letter++) {
        const struct command_option *option = find_letter(parse, *letter);
        int result;

        if (option == NULL && *letter == 'h') {
            parse->help = true;
            continue;
        }
        if (option == NULL)
            return error_set(err, ERROR_USAGE, "unknown option -%c", *letter);
        if (option->kind != COMMAND_FLAG && letter[1] != '\0')
            return error_set(err, ERROR_USAGE, "-%c needs %s as a word of its own", *letter,
                             option->argument);
        result = take_option(parse, option, NULL, argc, argv, i, err);
        if (result < 0 || option->kind != COMMAND_FLAG)
            return result;
    }
    return 0;
}

static int take_word(const struct command_program *program, struct command_parse *parse, int argc,
                     char **argv, int *i, struct error *err)
{
    struct command_invocation *invocation = &parse->invocation;
    size_t words;

    if (invocation->command == NULL) {
        invocation->command = find_verb(program, argc, argv, *i, &words);
        if (invocation->command == NULL)
            return unknown_verb(program, argv[*i], err);
        *i += (int)words - 1;
        return 0;
    }
    if (invocation->argument_count == COMMAND_ARGUMENTS)
        return error_set(err, ERROR_USAGE, "more than %d arguments", COMMAND_ARGUMENTS);
    parse->arguments[invocation->argument_count++] = argv[*i];
    return 0;
}

void command_argument_range(const char *words, size_t *least, size_t *most)
{
    *least = *most = 0;
    while (*words != '\0') {
        size_t size = strcspn(words, " ");

        if (words[0] != '[')
            (*least)++;
        if (*most != SIZE_MAX)
            (*most)++;
        for (size_t i = 0; i + 3 <= size; i++) {
            if (memcmp(words + i, "...", 3) == 0)
                *most = SIZE_MAX;
        }
        words += size + (words[size] == ' ');
    }
}

static int check_arguments(const struct command_parse *parse, struct error *err)
{
    const struct command *command = parse->invocation.command;
    size_t count = parse->invocation.argument_count;
    size_t least, most;

    if (command == NULL || parse->help || parse->version)
        return 0;
    command_argument_range(command->arguments, &least, &most);
    if (count > most)
        return error_set(err, ERROR_USAGE, "%s: unexpected argument %s", command->name,
                         parse->arguments[most]);
    if (count < least)
        return error_set(err, ERROR_USAGE, "%s needs %s", command->name, command->arguments);
    return 0;
}

/* By name, as one word: a default verb of two words would surprise. */
static void find_default(const struct command_program *program, struct command_parse *parse)
{
    if (parse->invocation.command != NULL || program->default_command == NULL || parse->help)
        return; /* help without a verb explains the program */
    for (size_t i = 0; program->commands[i] != NULL; i++) {
        if (strcmp(program->commands[i]->name, program->default_command) == 0)
            parse->invocation.command = program->commands[i];
    }
}

int command_parse(const struct command_program *program, int argc, char **argv,
                  struct command_parse *parse, struct error *err)
{
    bool options = true;
    int result = 0;

    *parse = (struct command_parse){.invocation = {.program = program}};
    parse->invocation.values = parse->values;
    parse->invocation.arguments = parse->arguments;
    for (int i = 1; i < argc && result == 0; i++) {
        const char *word = argv[i];

        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && word[0] == '-' && word[1] == '-')
            result = take_long(parse, argc, argv, &i, err);
        else if (options && word[0] == '-' && word[1] != '\0')
            result = take_letters(parse, argc, argv, &i, err);
        else
            result = take_word(program, parse, argc, argv, &i, err);
    }
    if (result < 0)
        return result;
    find_default(program, parse);
    return check_arguments(parse, err);
}
