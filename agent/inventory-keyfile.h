/* SPDX-License-Identifier: ISC
 *
 * Files of "[Section]" and "Key=Value" lines as other software writes them: units (systemd.syntax(7)),
 * desktop entries, os-release(5). For looking one value up, not for judging the file: a line that is
 * neither is passed over. (media/base/ini.h reads our own files, strictly.)
 */
#ifndef AGENT_INVENTORY_KEYFILE_H
#define AGENT_INVENTORY_KEYFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "media/base/bytes.h"

/* The first value of a key that is not empty, without blanks around it and up to the line's end (a
 * backslash there joins nothing); section NULL: before the first one. Borrowed from the text. False:
 * there is none. */
bool inventory_keyfile_find(struct bytes_view text, const char *section, const char *key,
                            struct bytes_view *value);

bool inventory_keyfile_has(struct bytes_view text, const char *section);

/* The program of a command line: its first word, without quotes around it and without what stands in
 * `prefixes` before it. Borrowed; of no bytes where there is none. */
struct bytes_view inventory_keyfile_program(struct bytes_view line, const char *prefixes);

/* A value in shell quotes, taken off, with its backslashes (os-release(5)), into out. False: it does
 * not fit, or has a quote that is not closed. */
bool inventory_keyfile_unquote(struct bytes_view value, char *out, size_t out_size);

#endif
