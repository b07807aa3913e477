/* SPDX-License-Identifier: ISC
 *
 * events-memory [SECONDS]: what is between an event in memory and a rule's reactor, of the driver of
 * behaviour rules: budgets, telemetry, the event as the rule sees it. No wire, no sandbox, no other
 * process: beside events-plain.c this tells what the guards cost.
 */
#include <config.h>

#include <lauxlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "drivers/behavior-host.h"
#include "drivers/behavior-react.h"
#include "drivers/behavior-rule.h"
#include "drivers/behavior-test.h"
#include "tests/bench/events.h"

static struct rule_family family = {.head = "rule",
                                    .declare = behavior_rule_declare,
                                    .forget = behavior_rule_forget,
                                    .functions = behavior_functions,
                                    .selftest = behavior_test_run,
                                    .off = behavior_rule_off};

static int write_rule(void)
{
    int fd = memfd_create("r.lua", MFD_CLOEXEC);

    if (fd < 0 || dprintf(fd, BENCH_HEAD BENCH_HANDLER BENCH_CASES, 0U, 1U) < 0)
        bench_die("r.lua", "no file in memory");
    return fd;
}

static void load(struct behavior *behavior, struct behavior_set *set)
{
    struct driver_file file = {.name = "r.lua", .fd = write_rule()};
    const struct driver_content content = {.type = "behavior", .file_count = 1, .files = &file};
    struct error err = {0};

    file.size = (uint64_t)lseek(file.fd, 0, SEEK_END);
    family.function_count = behavior_function_count;
    behavior->purse.most = LIMIT_LUA_STATE_BYTES;
    behavior->event_tables = LUA_NOREF;
    behavior->engine = rule_engine_new(&family, behavior, &err);
    behavior->loading = set;
    set->behavior = behavior;
    if (behavior->engine == NULL ||
        rule_set_load(behavior->engine, &content, &set->rules, &err) < 0)
        bench_die("rule", err.words);
    behavior->loading = NULL;
    close(file.fd);
}

static void react(struct behavior *behavior, struct behavior_handler *handler, struct event *event)
{
    struct error err;

    bench_event_next(event);
    if (behavior_react_call(behavior, handler, event, 1, &err) < 0)
        bench_die("reaction", err.words);
}

static double round_of(const void *context)
{
    struct behavior *behavior = bytes_allocate(1, sizeof(*behavior));
    struct behavior_set set = {0};
    struct event event = bench_event();
    struct behavior_rule *rule;
    double began, used, rate;

    load(behavior, &set);
    rule = rule_data(rule_set_rule(set.rules, 0));
    rule_series_begin(behavior->engine);
    began = bench_clock_s(CLOCK_PROCESS_CPUTIME_ID);
    do {
        for (int i = 0; i < BENCH_SLICE; i++)
            react(behavior, &rule->handlers[0], &event);
        used = bench_clock_s(CLOCK_PROCESS_CPUTIME_ID) - began;
    } while (used < BENCH_ROUND_S);
    rate = (double)behavior->counts.reactions / used;
    rule_set_free(set.rules);
    rule_engine_free(behavior->engine);
    free(behavior);
    return rate;
}

int main(int argc, char **argv)
{
    bench_print("our driver, one reactor an event, in memory",
                bench_best(round_of, NULL, argc > 1 ? strtod(argv[1], NULL) : 3));
    return 0;
}
