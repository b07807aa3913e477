/* SPDX-License-Identifier: ISC */
#include "tui/commands.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tui/ask.h"
#include "tui/field.h"
#include "tui/import-view.h"
#include "tui/import-wait.h"
#include "tui/output.h"
#include "tui/progress.h"
#include "tui/spool.h"

static const char *const examples[] = {"import /media/stick --dry-run",
                                       "import /media/stick --yes",
                                       "import http://mirror.site.example:8470 --yes",
                                       "import . --only flags-supplement --json --yes",
                                       "import - --yes",
                                       NULL};

static const struct command_option options[] = {
    {"dry-run", 0, COMMAND_FLAG, NULL, "verify and plan, change nothing"},
    {"only", 0, COMMAND_REPEAT, "TYPE", "import just this content type"},
    {"yes", 0, COMMAND_FLAG, NULL, "import without asking"},
    {"wait", 0, COMMAND_FLAG, NULL, "return when what was staged is active, or has failed"},
    {"timeout", 0, COMMAND_COUNT, "SECONDS", "with --wait: give up after so long (never)"},
    {"strict-expiry", 0, COMMAND_FLAG, NULL, "refuse a set that has passed its expiry (exit 22)"},
    {"confirm-time", 0, COMMAND_FLAG, NULL, "take a set signed over 24 h ahead of the clock"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit status 4 when nothing was new"},
};

static json_t *make_parameters(const struct command_invocation *invocation, const char *source,
                               bool dry_run, json_t *set)
{
    json_t *parameters = json_pack("{s:s, s:b}", "source", source, "dry_run", dry_run);
    json_t *only = json_array();
    const char *type;

    if (command_flag(invocation, "strict-expiry"))
        json_object_set_new(parameters, "strict_expiry", json_true());
    if (command_flag(invocation, "confirm-time"))
        json_object_set_new(parameters, "confirm_time", json_true());
    for (size_t i = 0; (type = command_repeat(invocation, "only", i)) != NULL; i++)
        json_array_append_new(only, json_string(type));
    if (json_array_size(only) > 0)
        json_object_set(parameters, "only", only);
    if (json_is_string(set))
        json_object_set(parameters, "set", set);
    json_decref(only);
    return parameters;
}

static int show_step(void *context, const json_t *parameters, struct error *err)
{
    progress_step(context, json_object_get(parameters, "step"));
    return 0;
}

/* A plan is shown with the floors that it would raise. */
static int add_floors(const struct command_invocation *invocation, json_t *import,
                      struct error *err)
{
    json_t *floors = NULL;
    int result = ask_agent(invocation, "Floors", NULL, NULL, NULL, &floors, err);

    if (result == 0)
        import_view_add_floors(import, floors);
    json_decref(floors);
    return result;
}

/* set: the only one that may be taken, as it was confirmed; NULL: whichever is there. */
static int call_import(const struct command_invocation *invocation, const char *source,
                       bool dry_run, json_t *set, json_t **import, struct error *err)
{
    json_t *parameters = make_parameters(invocation, source, dry_run, set);
    struct progress progress;
    int result;

    progress_init(invocation, &progress);
    result = ask_agent(invocation, "Import", parameters, show_step, &progress, import, err);
    progress_end(&progress);
    if (result == 0 && import_view_is(*import, "planned"))
        result = add_floors(invocation, *import, err);
    json_decref(parameters);
    return result;
}

/* Ctrl-C ends this program, not the import: that is the agent's, whole or not at all. */
static void leave(int number)
{
    static const char words[] =
        "\nsallyport: the import goes on in the agent; see sallyport status\n";
    struct sigaction usual = {.sa_handler = SIG_DFL};

    spool_end();
    (void)!write(STDERR_FILENO, words, sizeof(words) - 1);
    sigaction(number, &usual, NULL);
    raise(number);
}

/* For what changes something. */
static int do_import(const struct command_invocation *invocation, const char *source, json_t *set,
                     json_t **import, struct error *err)
{
    struct sigaction leaving = {.sa_handler = leave}, before;
    uint64_t seconds = 0;
    int result;

    command_number(invocation, "timeout", &seconds);
    /* What is ignored (a shell's "&") stays so. */
    if (sigaction(SIGINT, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGINT, &leaving, NULL);
    result = call_import(invocation, source, false, set, import, err);
    if (result == 0 && command_flag(invocation, "wait"))
        result = import_wait(invocation, *import, seconds, err);
    return result;
}

static int report(const struct command_invocation *invocation, const struct output *output,
                  const json_t *import, struct error *err)
{
    int status = ask_status_of(import);
    enum error_code code = ERROR_INTERNAL;
    const char *name = field_raw(import, "code");

    if (status == 0 && command_flag(invocation, "fail-unchanged") &&
        import_view_is(import, "current"))
        status = error_row(ERROR_UNCHANGED)->exit_status;
    if (command_flag(invocation, "json"))
        return output_json(import, err) < 0 ? -(int)err->code : status;
    import_view_print(import, output);
    if (status != 0 && name != NULL && error_from_name(name, &code) == 0 && code != ERROR_OK)
        fprintf(stderr, "next: %s\n", error_row(code)->next_step);
    return status;
}

/* Who answers: the terminal, also where standard input brings the medium. NULL: nobody. */
static FILE *open_answers(const char *given)
{
    int fd;

    if (spool_is_asked(given))
        return fopen("/dev/tty", "re");
    if (!isatty(STDIN_FILENO))
        return NULL;
    fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    return fd >= 0 ? fdopen(fd, "r") : NULL;
}

/* 1: yes. Anything but y or yes means no. */
static int confirmed(FILE *answers)
{
    char answer[16] = "";

    fprintf(stderr, "Import this now? [y/N] ");
    fflush(stderr);
    if (fgets(answer, sizeof(answer), answers) == NULL)
        return 0;
    answer[strcspn(answer, "\n")] = '\0';
    return strcmp(answer, "y") == 0 || strcmp(answer, "yes") == 0;
}

/* Shows the plan and asks. 1: go on with *set, which is then the caller's; 0: done with *status. */
static int preview(const struct command_invocation *invocation, const struct output *output,
                   const char *source, FILE *answers, json_t **set, int *status, struct error *err)
{
    json_t *plan = NULL;
    bool nothing_to_do;

    if (call_import(invocation, source, true, NULL, &plan, err) < 0)
        return -(int)err->code;
    *status = report(invocation, output, plan, err);
    nothing_to_do = !import_view_is(plan, "planned");
    *set = json_incref(json_object_get(plan, "set"));
    json_decref(plan);
    if (*status < 0 || nothing_to_do)
        return *status < 0 ? *status : 0;
    if (confirmed(answers))
        return 1;
    fprintf(stderr, "Nothing was imported.\n");
    *status = 0;
    return 0;
}

static int import(const struct command_invocation *invocation, const struct output *output,
                  FILE *answers, struct error *err)
{
    bool dry_run = command_flag(invocation, "dry-run");
    char source[LIMIT_PATH_BYTES + 1];
    json_t *import = NULL, *set = NULL;
    int status = 0;
    int result = spool_source(invocation, invocation->arguments[0], source, err);

    if (result < 0)
        return result;
    if (answers != NULL) {
        result = preview(invocation, output, source, answers, &set, &status, err);
        if (result <= 0) {
            json_decref(set);
            return result < 0 ? result : status;
        }
    }
    result = dry_run ? call_import(invocation, source, true, NULL, &import, err)
                     : do_import(invocation, source, set, &import, err);
    status = result == 0 ? report(invocation, output, import, err) : result;
    json_decref(import);
    json_decref(set);
    return status;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    bool asks = !command_flag(invocation, "dry-run") && !command_flag(invocation, "yes");
    struct output output;
    FILE *answers = NULL;
    int status;

    if (output_open(invocation, &output, err) < 0)
        return -(int)err->code;
    if (asks && !command_flag(invocation, "json"))
        answers = open_answers(invocation->arguments[0]);
    if (asks && answers == NULL)
        return error_set(err, ERROR_USAGE,
                         "an import has to be confirmed: give --yes, or --dry-run to look");
    status = import(invocation, &output, answers, err);
    spool_end();
    if (answers != NULL)
        fclose(answers);
    return status;
}

const struct command command_import = {
    .name = "import",
    .arguments = "SOURCE",
    .summary = "Import an export from a folder, device, image, tar file or HTTP mirror",
    .description =
        "A device such as /dev/sdb1 and an image file are read without being mounted: FAT, exFAT, "
        "NTFS or ISO 9660, bare or in a partition. A tar file is read as it is, not compressed; "
        "with - it comes through standard input and is spooled into TMPDIR first. Verifies "
        "everything first, shows the plan and "
        "asks. Without a terminal or with "
        "--json nothing is asked, so --yes is needed. The same import again is success "
        "and changes nothing. Pulling the medium before the end leaves what is in "
        "service as it was. Ctrl-C ends only this program: an import that has begun is the "
        "agent's and goes on. What waits for a wave is staged, which is success too; "
        "--wait stays until it is active.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
