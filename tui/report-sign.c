/* SPDX-License-Identifier: ISC */
#include "tui/report-sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"
#include "media/base/limits.h"
#include "media/base/text.h"
#include "tui/ask.h"
#include "tui/base64.h"
#include "tui/field.h"
#include "tui/output-file.h"

int report_sign_check(const struct command_invocation *invocation, bool written, struct error *err)
{
    bool sign = command_flag(invocation, "sign");

    if (sign && !written)
        return error_set(err, ERROR_USAGE, "--sign is of a file: name one");
    if (!sign && command_text(invocation, "certificate") != NULL)
        return error_set(err, ERROR_USAGE, "--certificate comes with --sign");
    return 0;
}

/* The last part of a path, as a name that JSON carries. */
static const char *name_of(const char *path, char out[static LIMIT_FILE_NAME + 1])
{
    const char *slash = strrchr(path, '/');

    return text_escape_string(slash != NULL ? slash + 1 : path, out, LIMIT_FILE_NAME + 1);
}

static int write_signed(const char *path, const char *text, struct error *err)
{
    size_t size = text != NULL ? strlen(text) : 0, used = 0;
    uint8_t *der = bytes_allocate(1, size + 1);
    char name[LIMIT_PATH_BYTES + sizeof(".p7s")];
    int result;

    if (size == 0 || base64_decode(text, size, der, &used) < 0)
        result = error_set(err, ERROR_PROTOCOL, "the agent's signature is no base64");
    else if ((size_t)snprintf(name, sizeof(name), "%s.p7s", path) >= sizeof(name))
        result = error_set(err, ERROR_LIMIT, "the file's name is longer than PATH_BYTES");
    else
        result = output_file(name, der, used, true, err);
    free(der);
    return result;
}

static int write_certificate(const char *path, const char *text, struct error *err)
{
    if (path == NULL)
        return 0;
    if (text == NULL)
        return error_set(err, ERROR_PROTOCOL, "the agent told no certificate");
    return output_file(path, text, strlen(text), true, err);
}

int report_sign(const struct command_invocation *invocation, const struct report_file *file,
                struct error *err)
{
    char name[LIMIT_FILE_NAME + 1];
    json_t *parameters, *reply = NULL;
    int result;

    if (!command_flag(invocation, "sign"))
        return 0;
    parameters = json_pack("{s:s, s:s, s:I}", "name", name_of(file->path, name), "sha384",
                           file->digest, "size", (json_int_t)file->size);
    result = ask_agent(invocation, "Attest", parameters, NULL, NULL, &reply, err);
    if (result < 0 && err->code == ERROR_NO_AGENT)
        result =
            error_set(err, ERROR_NO_AGENT,
                      "%s is written, and no agent is here to sign it: sign with a key of your "
                      "own: openssl cms -sign -binary -md sha384 -in FILE -signer CERTIFICATE "
                      "-inkey KEY -outform DER -out FILE.p7s",
                      name);
    if (result == 0)
        result = write_signed(file->path, field_raw(reply, "signed"), err);
    if (result == 0)
        result = write_certificate(command_text(invocation, "certificate"),
                                   field_raw(reply, "certificate"), err);
    json_decref(parameters);
    json_decref(reply);
    return result;
}
