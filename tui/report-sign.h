/* SPDX-License-Identifier: ISC
 *
 * Reports that their endpoint vouches for: FILE.p7s beside FILE, for plain OpenSSL to check.
 */
#ifndef TUI_REPORT_SIGN_H
#define TUI_REPORT_SIGN_H

#include "media/base/command.h"
#include "media/base/error.h"
#include "tui/report-file.h"

/* The options of every verb that signs. */
#define REPORT_SIGN_OPTIONS                                                                        \
    {"sign", 0, COMMAND_FLAG, NULL, "also FILE.p7s: the agent signs what FILE is"},                \
    {                                                                                              \
        "certificate", 0, COMMAND_TEXT, "PEM",                                                     \
            "with --sign: write the endpoint's certificate there"                                  \
    }

/* ERROR_USAGE where --sign or --certificate is given without what it needs; `written`: whether a file
 * will be written at all. */
int report_sign_check(const struct command_invocation *invocation, bool written,
                      struct error *err) ERROR_MUST_CHECK;

/* Where --sign is given: has the agent attest a file that was written, and writes FILE.p7s and the
 * file of --certificate. ERROR_NO_AGENT says how to sign without one. */
int report_sign(const struct command_invocation *invocation, const struct report_file *file,
                struct error *err) ERROR_MUST_CHECK;

#endif
