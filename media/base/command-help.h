/* SPDX-License-Identifier: ISC
 *
 * Inside of command: what is made from the table for people and shells. What a program uses is
 * command.h.
 */
#ifndef MEDIA_BASE_COMMAND_HELP_H
#define MEDIA_BASE_COMMAND_HELP_H

#include <stdio.h>

#include "media/base/command.h"

/* The program's help, or one verb's: its examples first. */
void command_help_program(const struct command_program *program, FILE *out);
void command_help_verb(const struct command_program *program, const struct command *command,
                       FILE *out);
/* Verbs and options as an mdoc list, to stand in the program's manual page. */
void command_help_mdoc(const struct command_program *program, FILE *out);
/* A completion script. ERROR_USAGE for a shell that is not bash, zsh or fish. */
int command_completion(const struct command_program *program, const char *shell, FILE *out,
                       struct error *err) ERROR_MUST_CHECK;

#endif
