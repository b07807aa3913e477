/* SPDX-License-Identifier: ISC
 *
 * Verbs and options of a program as one visible table, from which parsing, --help, "did you mean",
 * man option lists and completions come. One verb, one file: cmd-VERB.c holds its row and function.
 */
#ifndef MEDIA_BASE_COMMAND_H
#define MEDIA_BASE_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "media/base/error.h"

enum command_option_kind {
    COMMAND_FLAG,   /* --json */
    COMMAND_TEXT,   /* --ring NAME */
    COMMAND_COUNT,  /* --passphrase-fd N, decimal */
    COMMAND_SIZE,   /* --volume-size 4G: K M G suffixes, 1024 */
    COMMAND_REPEAT, /* may be given several times: --only TYPE */
};

struct command_option {
    const char *name; /* "json": given as --json */
    char letter;      /* 'q' for -q, 0: none */
    enum command_option_kind kind;
    const char *argument; /* "NAME" in help; NULL for flags */
    const char *help;     /* one line, no full stop */
};

struct command_invocation;

struct command {
    const char *name; /* "export"; words joined by a space for sub-verbs: "audit list" */
    const char
        *arguments; /* "DEST" or "TYPE SOURCE" or "[TYPE]"; "" for none; "..." suffix: repeatable */
    const char *summary;     /* one line */
    const char *description; /* paragraph for help and man; may be NULL */
    const char *const
        *examples; /* NULL-terminated, at least one, without the program's name in front */
    const struct command_option *options; /* beyond the program's */
    size_t option_count;
    /* 0, or a negative code that command_main reports. Positive: an exit status whose report the
     * verb has printed itself, such as 3 for a result with parts left out. */
    int (*run)(const struct command_invocation *invocation, struct error *err);
};

/* What --version names beside the program. */
struct command_library {
    const char *name;
    const char *(*version)(void); /* of the library that is loaded, not of its header */
};

struct command_program {
    const char *name; /* "sallyport-mirror" */
    const char *summary;
    const struct command *const *commands; /* NULL-terminated, in help's order */
    const struct command_option *options;  /* valid for every verb: --json, --quiet, --repo ... */
    size_t option_count;
    const struct command_library *libraries;
    size_t library_count;
    const char *default_command; /* verb when none is given; NULL: usage error */
};

/* A parsed command line. Values are borrowed from argv. */
struct command_invocation {
    const struct command_program *program;
    const struct command *command;
    const char *const *arguments;
    size_t argument_count;
    const struct command_value *values; /* opaque: use the getters */
    size_t value_count;
};

bool command_flag(const struct command_invocation *invocation, const char *option);
const char *command_text(const struct command_invocation *invocation,
                         const char *option); /* NULL: not given */
bool command_number(const struct command_invocation *invocation, const char *option,
                    uint64_t *value);
/* The i-th value of a repeatable option; NULL past the last. */
const char *command_repeat(const struct command_invocation *invocation, const char *option,
                           size_t i);

/* Parses, runs, reports. Errors go to stderr as "program: words" and a "next:" line, or to stdout
 * as the object {"schema":"sallyport.error/1","code","name","message","hint"} with --json. Handles
 * help, --help, --version, and the generators `help --mdoc`, `help --completion bash|zsh|fish`.
 * Returns the exit status. */
int command_main(const struct command_program *program, int argc, char **argv);

#endif
