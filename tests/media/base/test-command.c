/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <fcntl.h>
#include <jansson.h>
#include <unistd.h>

#include "media/base/command.h"
#include "media/base/command-parse.h"

/* What the last verb saw. */
struct seen {
    char verb[32];
    size_t argument_count;
    char arguments[128];
    char ring[32];
    char only[64];
    bool json, quiet, number_given;
    uint64_t number;
};

static struct seen seen;

static void append(char *text, size_t size, const char *more)
{
    size_t used = strlen(text);

    snprintf(text + used, size - used, "%s", more);
}

static int record(const struct command_invocation *invocation, struct error *err)
{
    seen = (struct seen){.argument_count = invocation->argument_count,
                         .json = command_flag(invocation, "json"),
                         .quiet = command_flag(invocation, "quiet")};
    snprintf(seen.verb, sizeof(seen.verb), "%s", invocation->command->name);
    for (size_t i = 0; i < invocation->argument_count; i++) {
        append(seen.arguments, sizeof(seen.arguments), invocation->arguments[i]);
        append(seen.arguments, sizeof(seen.arguments), " ");
    }
    if (command_text(invocation, "ring") != NULL)
        snprintf(seen.ring, sizeof(seen.ring), "%s", command_text(invocation, "ring"));
    for (size_t i = 0; command_repeat(invocation, "only", i) != NULL; i++)
        append(seen.only, sizeof(seen.only), command_repeat(invocation, "only", i));
    seen.number_given = command_number(invocation, "size", &seen.number) ||
                        command_number(invocation, "count", &seen.number);
    return 0;
}

static int refuse(const struct command_invocation *invocation, struct error *err)
{
    return error_set(err, ERROR_ROLLBACK, "set \x1b[31m5 is below 6");
}

static int leave_out(const struct command_invocation *invocation, struct error *err)
{
    return 3;
}

static const char *const examples[] = {"export /media/x", NULL};
static const struct command_option export_options[] = {
    {"ring", 'r', COMMAND_TEXT, "NAME", "ring to export"},
    {"only", 0, COMMAND_REPEAT, "TYPE", "only this type"},
    {"size", 0, COMMAND_SIZE, "SIZE", "bytes of a volume"},
    {"count", 0, COMMAND_COUNT, "N", "how many"},
};
static const struct command export_row = {
    "export", "DEST [MORE...]", "Write a medium's tree", "It is long.", examples, export_options, 4,
    record};
static const struct command list_row = {"audit list", "", "List", NULL, examples, NULL, 0, record};
static const struct command show_row = {"audit show", "N", "Show", NULL, examples, NULL, 0, record};
static const struct command refuse_row = {"refuse", "", "Refuse", NULL, examples, NULL, 0, refuse};
static const struct command partial_row = {"partial", "",   "Leave", NULL,
                                           examples,  NULL, 0,       leave_out};
static const struct command *const commands[] = {&export_row, &list_row,    &show_row,
                                                 &refuse_row, &partial_row, NULL};
static const struct command_option program_options[] = {
    {"json", 0, COMMAND_FLAG, NULL, "machine-readable"},
    {"quiet", 'q', COMMAND_FLAG, NULL, "errors only"},
};
static const struct command_library libraries[] = {{"jansson", jansson_version_str}};

static const struct command_program program = {.name = "prog",
                                               .summary = "A program",
                                               .commands = commands,
                                               .options = program_options,
                                               .option_count = 2,
                                               .libraries = libraries,
                                               .library_count = 1};

/* The program's output of one run, and its exit status. */
struct output {
    int status;
    char out[16384], err[4096];
};

static int park(int fd, FILE *file)
{
    int kept = dup(fd);

    assert_true(kept >= 0 && dup2(fileno(file), fd) == fd);
    return kept;
}

static void restore(int fd, int kept, FILE *file, char *text, size_t size)
{
    size_t got;

    assert_int_equal(dup2(kept, fd), fd);
    close(kept);
    rewind(file);
    got = fread(text, 1, size - 1, file);
    text[got] = '\0';
    fclose(file);
}

static struct output run_line(const char *line)
{
    struct output output;
    char words[256];
    char *argv[32] = {NULL};
    int argc = 0;
    FILE *out = tmpfile(), *err = tmpfile();
    int kept_out, kept_err;

    snprintf(words, sizeof(words), "prog %s", line);
    for (char *word = words, *space; word != NULL && *word != '\0'; word = space) {
        space = strchr(word, ' ');
        if (space != NULL)
            *space++ = '\0';
        argv[argc++] = word;
    }
    seen = (struct seen){.argument_count = 99};
    fflush(stdout);
    kept_out = park(STDOUT_FILENO, out);
    kept_err = park(STDERR_FILENO, err);
    output.status = command_main(&program, argc, argv);
    fflush(stdout);
    fflush(stderr);
    restore(STDERR_FILENO, kept_err, err, output.err, sizeof(output.err));
    restore(STDOUT_FILENO, kept_out, out, output.out, sizeof(output.out));
    return output;
}

static void assert_usage(const char *line, const char *words)
{
    struct output output = run_line(line);

    assert_int_equal(output.status, 2);
    if (strstr(output.err, words) == NULL)
        fail_msg("%s: no \"%s\" in: %s", line, words, output.err);
    assert_string_equal(output.out, "");
}

static void options_stand_before_and_after_the_verb(void **state)
{
    assert_int_equal(run_line("--json export -q --ring public /media/x").status, 0);
    assert_string_equal(seen.verb, "export");
    assert_true(seen.json && seen.quiet);
    assert_string_equal(seen.ring, "public");
    assert_string_equal(seen.arguments, "/media/x ");
    assert_int_equal(run_line("export --ring=internal a b c").status, 0);
    assert_string_equal(seen.ring, "internal");
    assert_string_equal(seen.arguments, "a b c ");
    assert_int_equal(run_line("export -qr x a").status, 0);
    assert_true(seen.quiet);
    assert_string_equal(seen.ring, "x");
    assert_usage("export -rq x a", "-r needs NAME");
    assert_int_equal(run_line("export -q -r x a").status, 0);
    assert_string_equal(seen.ring, "x");
}

static void repeatable_options_keep_their_order(void **state)
{
    assert_int_equal(run_line("export --only a --only b --only=c x").status, 0);
    assert_string_equal(seen.only, "abc");
    assert_usage("export --ring a --ring b x", "--ring is given twice");
}

static void numbers_are_exact_or_refused(void **state)
{
    assert_int_equal(run_line("export --size 4G x").status, 0);
    assert_true(seen.number_given && seen.number == UINT64_C(4) << 30);
    assert_int_equal(run_line("export --count 18446744073709551615 x").status, 0);
    assert_true(seen.number == UINT64_MAX);
    assert_int_equal(run_line("export x").status, 0);
    assert_false(seen.number_given);
    assert_usage("export --count 18446744073709551616 x", "too large");
    assert_usage("export --size 18446744073709551615K x", "too large");
    assert_usage("export --count 4G x", "expected a decimal number");
    assert_usage("export --size 4GB x", "expected a size");
    assert_usage("export --size G x", "expected a size");
    assert_usage("export --count -1 x", "expected a decimal number");
    assert_usage("export --count= x", "expected a decimal number");
}

static void verbs_of_two_words_are_found(void **state)
{
    assert_int_equal(run_line("audit show 7").status, 0);
    assert_string_equal(seen.verb, "audit show");
    assert_string_equal(seen.arguments, "7 ");
    assert_int_equal(run_line("--quiet audit list").status, 0);
    assert_string_equal(seen.verb, "audit list");
    assert_usage("audit", "did you mean audit list?");
}

static void near_names_are_suggested_and_far_ones_are_not(void **state)
{
    assert_usage("exprot x", "unknown verb exprot; did you mean export?");
    assert_usage("export --rign a x", "unknown option --rign; did you mean --ring?");
    assert_usage("somethingelse", "unknown verb somethingelse (usage)");
    assert_usage("export -z x", "unknown option -z");
    assert_usage("export --quiet=1 x", "takes no value");
    assert_usage("export x --ring", "--ring needs NAME");
}

static void argument_counts_are_checked_by_the_row(void **state)
{
    size_t least, most;

    assert_usage("export", "export needs DEST");
    assert_usage("audit list extra", "unexpected argument extra");
    command_argument_range("TYPE SOURCE [NOTE]", &least, &most);
    assert_int_equal(least, 2);
    assert_int_equal(most, 3);
    command_argument_range("FILE...", &least, &most);
    assert_int_equal(least, 1);
    assert_true(most == SIZE_MAX);
    command_argument_range("", &least, &most);
    assert_int_equal(most, 0);
    assert_usage("", "no verb given");
}

static void two_dashes_end_the_options(void **state)
{
    assert_int_equal(run_line("export -- --json -").status, 0);
    assert_string_equal(seen.arguments, "--json - ");
    assert_false(seen.json);
    assert_int_equal(run_line("export -").status, 0);
    assert_string_equal(seen.arguments, "- ");
}

static void errors_are_words_and_a_next_step_with_the_codes_status(void **state)
{
    struct output output = run_line("refuse");

    assert_int_equal(output.status, 21);
    assert_string_equal(output.out, "");
    assert_non_null(strstr(output.err, "prog: set \\u{1B}[31m5 is below 6 (rollback)\nnext: "));
    assert_null(strchr(output.err, '\x1b'));
}

static void with_json_an_error_is_one_object_on_stdout(void **state)
{
    struct output output = run_line("--json refuse");
    json_t *object = json_loads(output.out, JSON_REJECT_DUPLICATES, NULL);

    assert_int_equal(output.status, 21);
    assert_string_equal(output.err, "");
    assert_non_null(object);
    assert_string_equal(json_string_value(json_object_get(object, "schema")), "sallyport.error/1");
    assert_int_equal(json_integer_value(json_object_get(object, "code")), 21);
    assert_string_equal(json_string_value(json_object_get(object, "name")), "rollback");
    assert_true(strlen(json_string_value(json_object_get(object, "hint"))) > 10);
    json_decref(object);
    output = run_line("nosuchverb --json");
    assert_int_equal(output.status, 2);
    assert_int_equal(output.out[0], '{');
}

static void a_verb_may_answer_a_status_of_its_own(void **state)
{
    struct output output = run_line("partial");

    assert_int_equal(output.status, 3);
    assert_string_equal(output.err, "");
}

static void help_comes_from_the_rows(void **state)
{
    struct output output = run_line("--help");

    assert_int_equal(output.status, 0);
    assert_non_null(strstr(output.out, "export DEST [MORE...]"));
    assert_non_null(strstr(output.out, "-q, --quiet"));
    output = run_line("export --help");
    assert_int_equal(output.status, 0);
    assert_memory_equal(output.out, "Examples:\n  prog export /media/x\n", 33);
    assert_non_null(strstr(output.out, "--ring NAME"));
    output = run_line("help audit show");
    assert_non_null(strstr(output.out, "Usage: prog audit show N"));
    output = run_line("help help");
    assert_int_equal(output.status, 0);
    output = run_line("help");
    assert_non_null(strstr(output.out, "Verbs:"));
    assert_usage("help nothing", "unknown verb nothing");
}

static void help_lines_fit_a_terminal(void **state)
{
    struct output output = run_line("export -h");

    for (const char *line = output.out; *line != '\0';) {
        size_t size = strcspn(line, "\n");

        assert_true(size <= 80);
        line += size + (line[size] == '\n');
    }
}

static void version_names_program_and_sandbox(void **state)
{
    struct output output = run_line("--version");

    assert_int_equal(output.status, 0);
    assert_memory_equal(output.out, "prog ", 5);
    assert_non_null(strstr(output.out, "sandbox: "));
    assert_non_null(strstr(output.out, "jansson: 2."));
    output = run_line("--version --json");
    assert_int_equal(output.out[0], '{');
    assert_non_null(strstr(output.out, "\"libraries\":{\"jansson\":\"2."));
}

static void completions_and_mdoc_name_every_option(void **state)
{
    static const char *const lines[] = {"help --completion bash", "help --completion zsh",
                                        "help --completion fish", "help --mdoc"};

    for (size_t i = 0; i < 4; i++) {
        struct output output = run_line(lines[i]);

        assert_int_equal(output.status, 0);
        assert_non_null(strstr(output.out, "export"));
        assert_non_null(strstr(output.out, "ring"));
        assert_non_null(strstr(output.out, "quiet"));
    }
    for (size_t i = 0; i < 3; i++) {
        struct output output = run_line(lines[i]);

        assert_non_null(strstr(output.out, "list"));
        assert_non_null(strstr(output.out, "show"));
    }
    assert_usage("help --completion csh", "bash, zsh and fish");
}

static void output_that_cannot_be_written_is_an_error(void **state)
{
    char *argv[] = {(char[]){"prog"}, (char[]){"--help"}, NULL};
    int full = open("/dev/full", O_WRONLY);
    int kept, kept_err, status;
    FILE *err = tmpfile();
    char text[512];

    assert_true(full >= 0);
    fflush(stdout);
    kept = dup(STDOUT_FILENO);
    kept_err = park(STDERR_FILENO, err);
    assert_int_equal(dup2(full, STDOUT_FILENO), STDOUT_FILENO);
    status = command_main(&program, 2, argv);
    assert_int_equal(dup2(kept, STDOUT_FILENO), STDOUT_FILENO);
    restore(STDERR_FILENO, kept_err, err, text, sizeof(text));
    clearerr(stdout);
    close(kept);
    close(full);
    assert_int_equal(status, 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_and_after_the_verb),
        cmocka_unit_test(repeatable_options_keep_their_order),
        cmocka_unit_test(numbers_are_exact_or_refused),
        cmocka_unit_test(verbs_of_two_words_are_found),
        cmocka_unit_test(near_names_are_suggested_and_far_ones_are_not),
        cmocka_unit_test(argument_counts_are_checked_by_the_row),
        cmocka_unit_test(two_dashes_end_the_options),
        cmocka_unit_test(errors_are_words_and_a_next_step_with_the_codes_status),
        cmocka_unit_test(with_json_an_error_is_one_object_on_stdout),
        cmocka_unit_test(a_verb_may_answer_a_status_of_its_own),
        cmocka_unit_test(help_comes_from_the_rows),
        cmocka_unit_test(help_lines_fit_a_terminal),
        cmocka_unit_test(version_names_program_and_sandbox),
        cmocka_unit_test(completions_and_mdoc_name_every_option),
        cmocka_unit_test(output_that_cannot_be_written_is_an_error),
    };

    return cmocka_run_group_tests_name("command", tests, NULL, NULL);
}
