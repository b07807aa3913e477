/* SPDX-License-Identifier: ISC */
#include "media/base/command-help.h"

#include <stdbool.h>
#include <string.h>

#define COLUMN 28 /* where the words begin */
#define WIDTH  80

/* Words broken at spaces so that lines stay within WIDTH, each after `indent` spaces. The first
 * begins at column `at`. */
static void print_wrapped(const char *text, size_t at, size_t indent, FILE *out)
{
    bool first = true;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");

        if (!first && at + 1 + size > WIDTH) {
            fprintf(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (!first) {
            fputc(' ', out);
            at++;
        }
        fprintf(out, "%.*s", (int)size, text);
        at += size;
        text += size + strspn(text + size, " ");
        first = false;
    }
    fputc('\n', out);
}

static void print_row(const char *left, const char *words, FILE *out)
{
    size_t used = strlen(left) + 2;

    fprintf(out, "  %s", left);
    if (used + 1 > COLUMN) {
        fputc('\n', out);
        used = 0;
    }
    fprintf(out, "%*s", (int)(COLUMN - used), "");
    print_wrapped(words, COLUMN, COLUMN, out);
}

static void print_option(const struct command_option *option, FILE *out)
{
    char left[128];
    char letter[8] = "    ";

    if (option->letter != 0)
        snprintf(letter, sizeof(letter), "-%c, ", option->letter);
    snprintf(left, sizeof(left), "%s--%s%s%s%s", letter, option->name, option->argument ? " " : "",
             option->argument ? option->argument : "", option->kind == COMMAND_REPEAT ? "..." : "");
    print_row(left, option->help, out);
}

static void print_options(const char *title, const struct command_option *options, size_t count,
                          FILE *out)
{
    if (count > 0)
        fprintf(out, "\n%s:\n", title);
    for (size_t i = 0; i < count; i++)
        print_option(&options[i], out);
}

static void print_examples(const struct command_program *program, const struct command *command,
                           FILE *out)
{
    if (command->examples == NULL || command->examples[0] == NULL)
        return;
    fprintf(out, "Examples:\n");
    for (size_t i = 0; command->examples[i] != NULL; i++)
        fprintf(out, "  %s %s\n", program->name, command->examples[i]);
    fputc('\n', out);
}

void command_help_program(const struct command_program *program, FILE *out)
{
    fprintf(out, "%s - %s\n\nUsage: %s [OPTION...] %s [ARGUMENT...]\n\nVerbs:\n", program->name,
            program->summary, program->name, program->default_command ? "[VERB]" : "VERB");
    for (size_t i = 0; program->commands[i] != NULL; i++) {
        char left[128];

        snprintf(left, sizeof(left), "%s%s%s", program->commands[i]->name,
                 program->commands[i]->arguments[0] ? " " : "", program->commands[i]->arguments);
        print_row(left, program->commands[i]->summary, out);
    }
    print_row("help [VERB...]", "Explain the program or one verb", out);
    print_options("Options", program->options, program->option_count, out);
    fprintf(out, "\nSee: %s help VERB\n", program->name);
}

void command_help_verb(const struct command_program *program, const struct command *command,
                       FILE *out)
{
    print_examples(program, command, out);
    fprintf(out, "Usage: %s %s%s%s%s\n\n", program->name, command->name,
            command->option_count ? " [OPTION...]" : "", command->arguments[0] ? " " : "",
            command->arguments);
    print_wrapped(command->summary, 0, 0, out);
    if (command->description != NULL) {
        fputc('\n', out);
        print_wrapped(command->description, 0, 0, out);
    }
    print_options("Options", command->options, command->option_count, out);
    print_options("Options of every verb", program->options, program->option_count, out);
}

static void print_mdoc_word(const char *word, size_t size, bool first, FILE *out)
{
    if (first && size > 0 && (*word == '.' || *word == '\''))
        fputs("\\&", out);
    for (size_t i = 0; i < size; i++) {
        if (word[i] == '\\')
            fputs("\\e", out);
        else
            fputc(word[i], out);
    }
}

/* Text that mdoc takes as it is: a backslash and a control character at a line's start are escaped,
 * each sentence begins a line, and lines are short. */
static void print_mdoc_text(const char *text, FILE *out)
{
    bool first = true;
    size_t at = 0;

    while (*text != '\0') {
        size_t size = strcspn(text, " ");
        bool ends = size > 0 && strchr(".!?", text[size - 1]) != NULL;

        if (!first && at + 1 + size > WIDTH - 2) {
            fputc('\n', out);
            first = true;
        }
        at = first ? size : at + 1 + size;
        if (!first)
            fputc(' ', out);
        print_mdoc_word(text, size, first, out);
        text += size + strspn(text + size, " ");
        first = ends && *text != '\0';
        if (first)
            fputc('\n', out);
    }
    fputc('\n', out);
}

static void print_mdoc_options(const struct command_option *options, size_t count, FILE *out)
{
    if (count == 0)
        return;
    fputs(".Bl -tag -width Ds -compact\n", out);
    for (size_t i = 0; i < count; i++) {
        const struct command_option *option = &options[i];

        fputs(".It ", out);
        if (option->letter != 0)
            fprintf(out, "Fl %c , ", option->letter);
        fprintf(out, "Fl \\-%s", option->name);
        if (option->argument != NULL)
            fprintf(out, " Ar %s", option->argument);
        fputc('\n', out);
        print_mdoc_text(option->help, out);
    }
    fputs(".El\n", out);
}

static void print_mdoc_verb(const struct command *command, FILE *out)
{
    fprintf(out, ".It Cm %s", command->name);
    if (command->arguments[0] != '\0')
        fprintf(out, " Ar %s", command->arguments);
    fputc('\n', out);
    print_mdoc_text(command->summary, out);
    if (command->description != NULL) {
        fputs(".Pp\n", out);
        print_mdoc_text(command->description, out);
    }
    print_mdoc_options(command->options, command->option_count, out);
}

void command_help_mdoc(const struct command_program *program, FILE *out)
{
    fputs(".Ss Options of every verb\n", out);
    print_mdoc_options(program->options, program->option_count, out);
    fputs(".Ss Verbs\n.Bl -tag -width Ds\n", out);
    for (size_t i = 0; program->commands[i] != NULL; i++)
        print_mdoc_verb(program->commands[i], out);
    fputs(".El\n", out);
}
