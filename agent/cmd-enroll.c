/* SPDX-License-Identifier: ISC */
#include "agent/commands.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/state.h"
#include "media/base/json.h"
#include "media/base/passphrase.h"
#include "media/base/path.h"
#include "media/enrolment.h"

static const char *const examples[] = {"enroll ws-07.enrolment --passphrase-file secret",
                                       "enroll ws-07.enrolment --replace --passphrase-fd 3", NULL};

static const struct command_option options[] = {
    {"replace", 0, COMMAND_FLAG, NULL, "enrol again; floors, roots and content are kept"},
    {"passphrase-file", 0, COMMAND_TEXT, "FILE", "its first line opens the enrolment; mode 0600"},
    {"passphrase-fd", 0, COMMAND_COUNT, "N", "the same from an open descriptor"},
};

/* A file anywhere, whole. */
static int read_file(const char *path, size_t limit, struct bytes *out, struct error *err)
{
    const char *slash = strrchr(path, '/');
    char folder[LIMIT_PATH_BYTES] = ".";
    int fd, result;

    bytes_init(out, 0);
    if (slash != NULL && snprintf(folder, sizeof(folder), "%.*s", (int)(slash - path + 1), path) >=
                             (int)sizeof(folder))
        return error_set(err, ERROR_LIMIT, "a name over PATH_BYTES");
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               folder);
    result = path_read(fd, slash != NULL ? slash + 1 : path, limit, out, err);
    close(fd);
    return result;
}

static int read_passphrase(const struct command_invocation *invocation, char **passphrase,
                           struct error *err)
{
    struct passphrase_source source = {
        .file = command_text(invocation, "passphrase-file"),
        .prompt = !command_flag(invocation, "json"),
        .what = "this enrolment, shown once when it was made",
        .option = "--passphrase-file",
    };

    source.has_fd = command_number(invocation, "passphrase-fd", &source.fd);
    return passphrase_read(&source, false, passphrase, err);
}

static int open_enrolment(const struct command_invocation *invocation, struct enrolment *enrolment,
                          struct error *err)
{
    const char *file = invocation->arguments[0];
    char *passphrase;
    struct bytes sealed;
    int result = read_passphrase(invocation, &passphrase, err);

    bytes_init(&sealed, 0);
    if (result == 0)
        result = read_file(file, LIMIT_ENROLMENT_BYTES, &sealed, err);
    if (result == 0)
        result = enrolment_open(bytes_view(&sealed), passphrase, enrolment, err);
    passphrase_free(passphrase);
    bytes_clear(&sealed);
    return result;
}

static int tell(const struct command_invocation *invocation, const struct enrolment *enrolment,
                struct error *err)
{
    json_t *object;
    struct bytes text;
    int result;

    if (!command_flag(invocation, "json")) {
        printf("Enrolled as %s in ring %s, with %zu root document%s and %zu content key%s.\n"
               "Next: sallyport-agent run, then sallyport import SOURCE.\n",
               enrolment->endpoint, enrolment->ring, enrolment->root_count,
               enrolment->root_count == 1 ? "" : "s", enrolment->key_count,
               enrolment->key_count == 1 ? "" : "s");
        return 0;
    }
    object = json_pack("{s:s, s:s, s:s, s:b, s:I, s:I}", "schema", "sallyport.enroll/1", "endpoint",
                       enrolment->endpoint, "ring", enrolment->ring, "test_endpoint",
                       enrolment->test_endpoint, "roots", (json_int_t)enrolment->root_count,
                       "content_keys", (json_int_t)enrolment->key_count);
    bytes_init(&text, LIMIT_CONTROL_BYTES);
    result = json_write(object, &text, err);
    if (result == 0)
        printf("%.*s\n", (int)text.size, (const char *)text.data);
    bytes_clear(&text);
    json_decref(object);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct enrolment enrolment = {.root_count = 0};
    struct config config = {.state = NULL};
    struct state *state = NULL;
    char who[32];
    int result;

    snprintf(who, sizeof(who), "uid %u", getuid());
    result = commands_config(invocation, &config, err);
    if (result == 0)
        result = open_enrolment(invocation, &enrolment, err);
    if (result == 0)
        result = state_open(config.state, "sallyport-agent enroll", &state, err);
    if (result == 0)
        result = state_enrol(state, &enrolment, command_flag(invocation, "replace"), who, err);
    if (result == 0)
        result = tell(invocation, &enrolment, err);
    state_close(state);
    enrolment_clear(&enrolment);
    config_clear(&config);
    return result;
}

const struct command command_enroll = {
    .name = "enroll",
    .arguments = "FILE",
    .summary = "Take an enrolment: name, ring, roots and content keys of this endpoint",
    .description =
        "FILE comes from sallyport-mirror enroll and is for one use. An endpoint without "
        "one refuses every import. The agent must not be running.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
