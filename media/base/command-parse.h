/* SPDX-License-Identifier: ISC
 *
 * Inside of command: a command line taken apart by the table, for command.c alone. What a program
 * uses is command.h.
 */
#ifndef MEDIA_BASE_COMMAND_PARSE_H
#define MEDIA_BASE_COMMAND_PARSE_H

#include "media/base/command.h"

#define COMMAND_VALUES    128  /* options on one command line: repeatable ones count each time */
#define COMMAND_ARGUMENTS 4096 /* what a shell's glob gives */

struct command_value {
    const struct command_option *option;
    const char *text; /* NULL for flags */
    uint64_t number;  /* of counts and sizes */
};

struct command_parse {
    struct command_invocation invocation; /* command NULL: no verb was given */
    struct command_value values[COMMAND_VALUES];
    const char *arguments[COMMAND_ARGUMENTS];
    bool help; /* --help or -h stands somewhere */
    bool version;
};

/* Verbs that a program has without a row of its own. */
extern const struct command command_help_row;

/* ERROR_USAGE with words that name the option or verb, and the nearest one. On failure the
 * invocation's command is what was found so far. */
int command_parse(const struct command_program *program, int argc, char **argv,
                  struct command_parse *parse, struct error *err) ERROR_MUST_CHECK;

/* How many arguments a verb takes, from the words of its row. most SIZE_MAX: any number. */
void command_argument_range(const char *words, size_t *least, size_t *most);

#endif
