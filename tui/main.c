/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <jansson.h>

static const struct command *const commands[] = {
    &command_status,
    &command_console,
    &command_contents,
    &command_floor,
    &command_flags,
    &command_check,
    &command_rep,
    &command_import,
    &command_activate,
    &command_inspect,
    &command_repair,
    &command_media,
    &command_events,
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

static const struct command_library libraries[] = {{"jansson", jansson_version_str}};

static const struct command_program program = {
    .name = "sallyport",
    .summary = "status, imports and inspection on an endpoint; without a verb: status",
    .commands = commands,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .libraries = libraries,
    .library_count = sizeof(libraries) / sizeof(libraries[0]),
    .default_command = "status",
};

int main(int argc, char **argv)
{
    return command_main(&program, argc, argv);
}
