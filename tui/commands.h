/* SPDX-License-Identifier: ISC
 *
 * The verbs of sallyport, one cmd-VERB.c each. The table is in main.c.
 */
#ifndef TUI_COMMANDS_H
#define TUI_COMMANDS_H

#include "media/base/command.h"

extern const struct command command_status;
extern const struct command command_console;
extern const struct command command_contents;
extern const struct command command_floor;
extern const struct command command_import;
extern const struct command command_activate;
extern const struct command command_inspect;
extern const struct command command_exclusions;
extern const struct command command_explain;
extern const struct command command_audit_list;
extern const struct command command_audit_show;
extern const struct command command_audit_refusals;
extern const struct command command_audit_acknowledge;
extern const struct command command_config_list;
extern const struct command command_config_get;
extern const struct command command_events;
extern const struct command command_rep;
extern const struct command command_report;
extern const struct command command_eject;
extern const struct command command_media;
extern const struct command command_media_register;
extern const struct command command_media_forget;
extern const struct command command_metrics;
extern const struct command command_detections;
extern const struct command command_events_replay;
extern const struct command command_outgoing;
extern const struct command command_repair;
extern const struct command command_audit_verify;
extern const struct command command_check;
extern const struct command command_flags;
extern const struct command command_request;

#endif
