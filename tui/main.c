/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <curses.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command *const commands[] = {
    &command_status,
    &command_console,
    &command_contents,
    &command_floor,
    &command_flags,
    &command_check,
    &command_metrics,
    &command_rep,
    &command_import,
    &command_activate,
    &command_inspect,
    &command_repair,
    &command_media,
    &command_media_register,
    &command_media_forget,
    &command_eject,
    &command_events,
    &command_events_replay,
    &command_detections,
    &command_exclusions,
    &command_audit_list,
    &command_audit_show,
    &command_audit_verify,
    &command_audit_refusals,
    &command_audit_acknowledge,
    &command_report,
    &command_config_list,
    &command_config_get,
    &command_outgoing,
    &command_request,
    &command_explain,
    NULL,
};

static const struct command_option options[] = {
    {"json", 0, COMMAND_FLAG, NULL, "print one JSON document; errors too; never ask"},
    {"socket", 0, COMMAND_TEXT, "PATH", "the agent's control socket"},
    {"libexec", 0, COMMAND_TEXT, "DIR", "folder of the programs that inspect starts"},
    {"color", 0, COMMAND_TEXT, "WHEN", "auto, always or never; NO_COLOR switches it off too"},
    {"quiet", 'q', COMMAND_FLAG, NULL, "no progress"},
};

static const struct command_library libraries[] = {{"jansson", jansson_version_str},
                                                   {"ncurses", curses_version}};

static const struct command_program program = {
    .name = "sallyport",
    .summary = "status, imports and inspection on an endpoint; without a verb: status, on a "
               "terminal the console",
    .commands = commands,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .libraries = libraries,
    .library_count = sizeof(libraries) / sizeof(libraries[0]),
    .default_command = "status",
};

/* Without a verb: the console for who sits at a terminal that can show it. */
static bool is_at_terminal(int argc, char **argv)
{
    const char *term = getenv("TERM");

    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--json") == 0)
            return false;
    return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && term != NULL && term[0] != '\0' &&
           strcmp(term, "dumb") != 0;
}

int main(int argc, char **argv)
{
    struct command_program chosen = program;

    if (is_at_terminal(argc, argv))
        chosen.default_command = "console";
    return command_main(&chosen, argc, argv);
}
