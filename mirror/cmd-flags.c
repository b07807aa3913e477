/* SPDX-License-Identifier: ISC */
#include "mirror/commands.h"

#include <stdlib.h>
#include <string.h>

#include "mirror/belief.h"
#include "mirror/flag-table.h"
#include "mirror/ring-report.h"

static int read_row(const struct command_invocation *invocation, struct flag_row *row,
                    struct error *err)
{
    const char *value = invocation->arguments[1];

    *row = (struct flag_row){.name = invocation->arguments[0],
                             .site = command_text(invocation, "site"),
                             .percent = 100,
                             .on = strcmp(value, "on") == 0};
    (void)command_number(invocation, "percent", &row->percent);
    if (!row->on && strcmp(value, "off") != 0)
        return error_set(err, ERROR_USAGE, "%s: expected on or off", value);
    if (command_text(invocation, "ring") == NULL)
        return error_set(err, ERROR_USAGE, "--ring RING: say whose endpoints it is for");
    return 0;
}

static void tell(const struct report *report, const struct flag_row *row, const json_t *flags,
                 const struct ring_result *ring, bool changed)
{
    json_t *document;

    report_flag(report, row->name, json_object_get(flags, row->name));
    if (changed)
        ring_report_line(report, ring);
    else
        report_line(report, "ring %s says so already; nothing signed", ring->set.ring);
    document = json_pack("{s:b, s:O}", "changed", changed && !ring->dry_run, "flags", flags);
    ring_report_members(ring, document);
    report_document(report, "sallyport.flags-set/1", document);
}

/* The ring's newest set once more, with this row. */
static int sign_row(struct ring_signer *signer, const char *name, const struct flag_row *row,
                    json_t **flags, struct ring_result *ring, bool *changed, struct error *err)
{
    struct set_document *set = bytes_allocate(1, sizeof(*set));
    struct catalog_set known;
    bool found;
    int result = ring_newest(signer->repository, signer->trust, name, set, &known, &found, err);

    if (result == 0 && !found)
        result = error_set(err, ERROR_NOT_FOUND, "ring %s is empty: it has no set to carry a flag",
                           name);
    if (result == 0)
        result = flag_table_set(set->flags, row, flags, err);
    *changed = result == 0 && !json_equal(*flags, set->flags);
    ring->set = known;
    signer->flags = *flags;
    if (*changed)
        result =
            ring_sign(signer, name, set->packages, set->package_count, json_object(), ring, err);
    if (result == 0 && *changed)
        result = ring_release(signer->repository, ring, err);
    set_clear(set);
    free(set);
    return result;
}

static int set_flag(const struct command_invocation *invocation, const struct flag_row *row,
                    struct report *report, struct repository *repository, struct error *err)
{
    struct ring_signer signer = {.repository = repository,
                                 .keyring = keyring_new(repository, invocation, ""),
                                 .key = command_text(invocation, "key"),
                                 .dry_run = command_flag(invocation, "dry-run")};
    const struct root_ring *ring, *before;
    struct ring_result done = {0};
    json_t *flags = NULL;
    bool changed = false;
    int result = belief_trust(repository, &signer.trust, err);

    if (result == 0)
        result = ring_settle(repository, signer.trust, signer.dry_run, err);
    if (result == 0)
        result = ring_find(signer.trust, command_text(invocation, "ring"), &ring, &before, err);
    if (result == 0)
        result = sign_row(&signer, ring->name, row, &flags, &done, &changed, err);
    if (result == 0) {
        tell(report, row, flags, &done, changed);
        result = ring_report_status(&done);
        if (!changed && command_flag(invocation, "fail-unchanged"))
            result = error_row(ERROR_UNCHANGED)->exit_status;
    }
    json_decref(flags);
    trust_free(signer.trust);
    keyring_free(signer.keyring);
    return result;
}

static int run(const struct command_invocation *invocation, struct error *err)
{
    struct repository *repository = NULL;
    struct report report;
    struct flag_row row;
    int result = read_row(invocation, &row, err);

    report_begin(&report, invocation);
    if (result == 0)
        result = commands_repository(invocation, REPOSITORY_CHANGE, &repository, err);
    if (result == 0) {
        report_standing(&report, repository);
        result = set_flag(invocation, &row, &report, repository, err);
    }
    repository_close(repository);
    report_end(&report);
    return result;
}

static const struct command_option options[] = {
    {"ring", 0, COMMAND_TEXT, "RING", "the ring whose next set carries it"},
    {"site", 0, COMMAND_TEXT, "NAME", "endpoints of this site only, before what is for every site"},
    {"percent", 0, COMMAND_COUNT, "N", "this share of them, 1 to 100 (default: 100)"},
    {"key", 0, COMMAND_TEXT, "KEY", "release key: a name in mirror.conf or FILE.key"},
    {"fail-unchanged", 0, COMMAND_FLAG, NULL, "exit 4 when the ring says so already"},
    RING_REPORT_DRY_RUN,
    KEYRING_OPTIONS,
};

static const char *const examples[] = {
    "flags set source-schedule on --ring public",
    "flags set source-schedule on --ring engineering --percent 25",
    NULL,
};

const struct command cmd_flags_set = {
    .name = "flags set",
    .arguments = "NAME on|off",
    .summary = "Sign a ring's set once more with another value of a feature flag",
    .description =
        "The new set holds the same packages. Later sets of the ring carry its values on; a "
        "promotion does not take them to the next ring. A feature is on where the endpoint's flags "
        "supplement offers it and the first row that fits says on; with no row it is off. Without "
        "--site the row replaces all rows of the flag. Nothing that protects an endpoint is a "
        "flag: verification, floors, audit, sandbox and repair are refused.",
    .examples = examples,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = run,
};
