/* SPDX-License-Identifier: ISC */
#include "media/base/command-help.h"

#include <string.h>

/* A program's name as a shell function's: "sallyport-mirror" -> "sallyport_mirror". */
static void print_function_name(const char *name, FILE *out)
{
    for (; *name != '\0'; name++)
        fputc(*name == '-' ? '_' : *name, out);
}

/* Text within single quotes of any of the three shells. Rows are ours, but a quote in a help line
 * must not end the script. */
static void print_quoted(const char *text, FILE *out)
{
    fputc('\'', out);
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", out);
        else
            fputc(*text, out);
    }
    fputc('\'', out);
}

static void print_option_names(const struct command_option *options, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++)
        fprintf(out, " --%s", options[i].name);
}

static size_t first_word(const char *name)
{
    return strcspn(name, " ");
}

/* Whether an earlier row has the same first word: "audit list" and "audit show" complete once. */
static bool seen_before(const struct command_program *program, size_t i)
{
    const char *name = program->commands[i]->name;
    size_t size = first_word(name);

    for (size_t before = 0; before < i; before++) {
        const char *other = program->commands[before]->name;

        if (first_word(other) == size && memcmp(other, name, size) == 0)
            return true;
    }
    return false;
}

static bool same_front(const struct command *a, const struct command *b)
{
    size_t size = first_word(a->name);

    return first_word(b->name) == size && memcmp(a->name, b->name, size) == 0;
}

/* Visits the rows whose first word is that of `front`: "audit list", "audit show", ... */
static const struct command *next_row(const struct command_program *program,
                                      const struct command *front, size_t *i)
{
    const struct command *row;

    while ((row = program->commands[*i]) != NULL) {
        (*i)++;
        if (same_front(front, row))
            return row;
    }
    return NULL;
}

/* Their second words, with a space before each; nothing where the verb is one word. */
static void print_second_words(const struct command_program *program, const struct command *front,
                               FILE *out)
{
    const struct command *row;
    size_t i = 0;

    while ((row = next_row(program, front, &i)) != NULL) {
        if (row->name[first_word(row->name)] == ' ')
            fprintf(out, "%s", row->name + first_word(row->name));
    }
}

/* Whether an earlier row of the same first word, or an earlier option of this one, has the name:
 * shells want each option once. */
static bool option_seen(const struct command_program *program, const struct command *row,
                        size_t option)
{
    const char *name = row->options[option].name;
    const struct command *other;
    size_t i = 0;

    while ((other = next_row(program, row, &i)) != NULL && other != row) {
        for (size_t j = 0; j < other->option_count; j++)
            if (strcmp(other->options[j].name, name) == 0)
                return true;
    }
    return false;
}

static void print_verb_words(const struct command_program *program, FILE *out)
{
    for (size_t i = 0; program->commands[i] != NULL; i++) {
        const char *name = program->commands[i]->name;

        if (!seen_before(program, i))
            fprintf(out, "%.*s ", (int)first_word(name), name);
    }
    fputs("help", out);
}

/* Options of every row of a first word. */
static void print_front_options(const struct command_program *program, const struct command *front,
                                FILE *out)
{
    const struct command *row;
    size_t i = 0;

    while ((row = next_row(program, front, &i)) != NULL) {
        for (size_t j = 0; j < row->option_count; j++)
            if (!option_seen(program, row, j))
                fprintf(out, " --%s", row->options[j].name);
    }
}

static void complete_bash(const struct command_program *program, FILE *out)
{
    fputc('_', out);
    print_function_name(program->name, out);
    fputs("()\n{\n"
          "    local word=${COMP_WORDS[COMP_CWORD]} verb=${COMP_WORDS[1]} words\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
          "        words='",
          out);
    print_verb_words(program, out);
    fputs("'\n    else\n        case $verb in\n", out);
    for (size_t i = 0; program->commands[i] != NULL; i++) {
        const char *name = program->commands[i]->name;

        if (seen_before(program, i))
            continue;
        fprintf(out, "        %.*s) words='", (int)first_word(name), name);
        print_second_words(program, program->commands[i], out);
        print_front_options(program, program->commands[i], out);
        fputs("' ;;\n", out);
    }
    fputs("        esac\n        words=\"$words", out);
    print_option_names(program->options, program->option_count, out);
    fputs("\"\n    fi\n"
          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
          "    [ ${#COMPREPLY[@]} -gt 0 ] || mapfile -t COMPREPLY < <(compgen -f -- \"$word\")\n"
          "}\ncomplete -F _",
          out);
    print_function_name(program->name, out);
    fprintf(out, " %s\n", program->name);
}

static void print_zsh_option(const struct command_option *option, FILE *out)
{
    fprintf(out, " \\\n        '%s--%s%s'", option->kind == COMMAND_REPEAT ? "*" : "", option->name,
            option->argument ? "=:value:_files" : "");
}

static void print_zsh_verb(const struct command_program *program, const struct command *front,
                           FILE *out)
{
    const struct command *row;
    size_t i = 0;

    fprintf(out, "%.*s) _arguments", (int)first_word(front->name), front->name);
    if (front->name[first_word(front->name)] == ' ') {
        fputs(" '2:verb:(", out);
        print_second_words(program, front, out);
        fputs(")'", out);
    }
    fputs(" '*:file:_files'", out);
    while ((row = next_row(program, front, &i)) != NULL) {
        for (size_t j = 0; j < row->option_count; j++)
            if (!option_seen(program, row, j))
                print_zsh_option(&row->options[j], out);
    }
    for (size_t j = 0; j < program->option_count; j++)
        print_zsh_option(&program->options[j], out);
    fputs(" ;;\n", out);
}

static void complete_zsh(const struct command_program *program, FILE *out)
{
    fprintf(out, "#compdef %s\nlocal -a verbs\nverbs=(", program->name);
    print_verb_words(program, out);
    fputs(")\nif (( CURRENT == 2 )); then\n    compadd -- $verbs\n    return\nfi\n"
          "case $words[2] in\n",
          out);
    for (size_t i = 0; program->commands[i] != NULL; i++) {
        if (!seen_before(program, i))
            print_zsh_verb(program, program->commands[i], out);
    }
    fputs("esac\n", out);
}

static void print_fish_options(const struct command_program *program, const char *condition,
                               const struct command_option *options, size_t count, FILE *out)
{
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "complete -c %s%s -l %s", program->name, condition, options[i].name);
        if (options[i].letter != 0)
            fprintf(out, " -s %c", options[i].letter);
        if (options[i].argument != NULL)
            fputs(" -r", out);
        fputs(" -d ", out);
        print_quoted(options[i].help, out);
        fputc('\n', out);
    }
}

static void complete_fish(const struct command_program *program, FILE *out)
{
    print_fish_options(program, "", program->options, program->option_count, out);
    for (size_t i = 0; program->commands[i] != NULL; i++) {
        const struct command *command = program->commands[i];
        int size = (int)first_word(command->name);
        char condition[128];

        snprintf(condition, sizeof(condition), " -n '__fish_seen_subcommand_from %.*s'", size,
                 command->name);
        if (!seen_before(program, i)) {
            fprintf(out, "complete -c %s -n __fish_use_subcommand -a %.*s -d ", program->name, size,
                    command->name);
            print_quoted(command->summary, out);
            fputc('\n', out);
        }
        if (command->name[size] == ' ') {
            fprintf(out, "complete -c %s%s -a '%s' -d ", program->name, condition,
                    command->name + size + 1);
            print_quoted(command->summary, out);
            fputc('\n', out);
        }
        print_fish_options(program, condition, command->options, command->option_count, out);
    }
}

int command_completion(const struct command_program *program, const char *shell, FILE *out,
                       struct error *err)
{
    static const struct {
        const char *shell;
        void (*print)(const struct command_program *program, FILE *out);
    } shells[] = {{"bash", complete_bash}, {"zsh", complete_zsh}, {"fish", complete_fish}};

    for (size_t i = 0; i < sizeof(shells) / sizeof(shells[0]); i++) {
        if (strcmp(shells[i].shell, shell) == 0) {
            shells[i].print(program, out);
            return 0;
        }
    }
    return error_set(err, ERROR_USAGE, "completions exist for bash, zsh and fish, not for %s",
                     shell);
}
