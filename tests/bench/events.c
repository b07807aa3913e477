/* SPDX-License-Identifier: ISC
 *
 * events PROGRAMS [SECONDS]: the real driver of behaviour rules in its sandbox, with events over its
 * channel as sallyport-sensor sends them. Prints reactions in a second of the driver's processor
 * time: one rule an event (with what it takes to read the event from the wire), 64 rules an event
 * (so that nearly all is calls of rules); and a storm of a million events a second, offered through the filter
 * as the sensor does: how many came through, how many were dropped, and the memory of both ends.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "media/base/event-filter.h"
#include "media/base/event.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/driver-run.h"

#define TYPE        "behavior"
#define STORM_RATE  1000000 /* events a second */
#define STORM_SLICE 1000    /* events between two looks at the clock */

struct bench {
    char folder[64];
    struct driver_run *run;
    struct event_filter *filter;
    int channel;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "events: %s: %s\n", what, why);
    exit(1);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Of the driver, in seconds. */
static double driver_cpu_s(const struct bench *bench)
{
    clockid_t clock;
    struct timespec used;

    if (clock_getcpuclockid(driver_run_pid(bench->run), &clock) != 0 ||
        clock_gettime(clock, &used) < 0)
        die("driver", "its processor time can't be read");
    return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

static double memory_mib(pid_t pid)
{
    char path[64], line[256];
    double mib = 0;
    FILE *status;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            mib = strtod(line + 6, NULL) / 1024;
    if (status != NULL)
        fclose(status);
    return mib;
}

static json_t *ask(struct bench *bench, const char *what)
{
    json_t *arguments = json_pack("{s:s, s:{s:s}}", "type", TYPE, "request", "ask", what);
    json_t *reply = NULL, *inner;
    struct error err = {0};

    if (driver_run_request(bench->run, "serve", arguments, &reply, &err) < 0)
        die(what, err.words);
    inner = json_incref(json_object_get(reply, "reply"));
    json_decref(reply);
    json_decref(arguments);
    return inner;
}

static json_int_t count(struct bench *bench, const char *name)
{
    json_t *counts = ask(bench, "counts");
    json_int_t number = json_integer_value(json_object_get(counts, name));

    json_decref(counts);
    return number;
}

/* So many rules of 16 reactors each, or one with one; all want every exec. */
static void write_rules(struct bench *bench, unsigned rules, unsigned reactors)
{
    char name[128];

    for (unsigned i = 0; i < rules; i++) {
        FILE *file;

        snprintf(name, sizeof(name), "%s/r%u.lua", bench->folder, i);
        file = fopen(name, "w");
        if (file == NULL)
            die(name, strerror(errno));
        fprintf(file, "rule{id='r%u', title='R'}\nlocal n = 0\n", i);
        for (unsigned j = 0; j < reactors; j++)
            fprintf(file,
                    "on('exec', {}, function(e)\n"
                    " if e.path == '/tmp/never' then detect{path=e.path} end\n n = n + 1\nend)\n");
        fprintf(file,
                "selftest{events={{type='exec', path='/tmp/never'}}, detects=%u}\n"
                "selftest{events={{type='exec', path='/bin/ls'}}, detects=0}\n",
                reactors);
        fclose(file);
    }
}

static void load(struct bench *bench)
{
    json_t *type = json_pack("{s:s}", "type", TYPE);
    struct error err = {0};
    int content = open(bench->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (content < 0 || driver_run_content(bench->run, "load", TYPE, content, NULL, &err) < 0 ||
        driver_run_request(bench->run, "swap", type, NULL, &err) < 0)
        die("loading", err.words);
    close(content);
    json_decref(type);
}

static void join(struct bench *bench)
{
    json_t *reply = ask(bench, "subscriptions");
    struct error err = {0};
    int ends[2];

    if (event_filter_new(json_object_get(reply, "subscriptions"), &bench->filter, &err) < 0)
        die("filter", err.words);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
        driver_run_channel(bench->run, "events", ends[1], &err) < 0)
        die("channel", strerror(errno));
    close(ends[1]);
    bench->channel = ends[0];
    json_decref(reply);
}

static void begin(struct bench *bench, const char *programs, unsigned rules, unsigned reactors)
{
    const struct driver_run_options options = {.libexec = programs};
    struct error err = {0};

    snprintf(bench->folder, sizeof(bench->folder), "/tmp/sallyport-bench-XXXXXX");
    if (mkdtemp(bench->folder) == NULL)
        die(bench->folder, strerror(errno));
    write_rules(bench, rules, reactors);
    if (driver_run_start(TYPE, &options, &bench->run, &err) < 0)
        die("driver", err.words);
    load(bench);
    join(bench);
}

static void end(struct bench *bench)
{
    struct error ignored;

    driver_run_stop(bench->run);
    event_filter_free(bench->filter);
    close(bench->channel);
    (void)!path_remove(AT_FDCWD, bench->folder, &ignored);
}

static struct event make_event(int64_t number)
{
    static const char path[] = "/usr/bin/make", parent[] = "/bin/bash";
    static const char argv[] = "make\0-j2\0all"; /* and its NUL */
    struct event event = {.kind = EVENT_EXEC};

    event.values[EVENT_TIME] = (struct event_value){true, number, {NULL, 0}};
    event.values[EVENT_PID] = (struct event_value){true, 1 + number % 30000, {NULL, 0}};
    event.values[EVENT_UID] = (struct event_value){true, 1000, {NULL, 0}};
    event.values[EVENT_PATH] = (struct event_value){true, 0, bytes_view_of(path, sizeof(path) - 1)};
    event.values[EVENT_ARGV] = (struct event_value){true, 0, bytes_view_of(argv, sizeof(argv))};
    event.values[EVENT_PARENT_PATH] =
        (struct event_value){true, 0, bytes_view_of(parent, sizeof(parent) - 1)};
    return event;
}

/* Fills a batch with hits as the filter gives them. How many. */
static uint16_t fill(struct bench *bench, struct bytes *batch, int64_t *number)
{
    struct error err = {0};
    uint16_t records = 0;

    batch->size = 0;
    if (event_batch_begin(batch, &err) < 0)
        die("batch", err.words);
    while (records < UINT16_MAX) {
        struct event event = make_event(*number);

        if (!event_filter_take(bench->filter, &event) || event_put(&event, batch, &err) < 0)
            break;
        (*number)++;
        records++;
    }
    event_batch_end(batch, records, 0);
    return records;
}

static void measure(const char *programs, const char *name, unsigned rules, unsigned reactors,
                    double seconds)
{
    struct bench bench = {.channel = -1};
    struct bytes batch;
    int64_t number = 1;
    double began, used;

    begin(&bench, programs, rules, reactors);
    bytes_init(&batch, EVENT_BATCH_BYTES);
    (void)fill(&bench, &batch, &number);
    used = driver_cpu_s(&bench);
    for (began = now_s(); now_s() - began < seconds;)
        if (send(bench.channel, batch.data, batch.size, 0) < 0)
            die("channel", strerror(errno));
    shutdown(bench.channel, SHUT_WR);
    while (driver_cpu_s(&bench) - used < 0.01)
        usleep(1000);
    used = driver_cpu_s(&bench) - used;
    printf("%-44s %10.0f a second of processor time\n", name,
           (double)count(&bench, "reactions") / used);
    bytes_clear(&batch);
    end(&bench);
}

/* As the sensor does: what finds the channel full is dropped and counted. */
static uint64_t offer(struct bench *bench, struct bytes *batch, int64_t *number, uint64_t *dropped)
{
    uint16_t records = fill(bench, batch, number);

    if (send(bench->channel, batch->data, batch->size, MSG_DONTWAIT) < 0)
        *dropped += records;
    return records;
}

static void storm(const char *programs, double seconds)
{
    struct bench bench = {.channel = -1};
    uint64_t offered = 0, dropped = 0;
    double began, took, before;
    struct bytes batch;
    int64_t number = 1;

    begin(&bench, programs, 4, 16);
    bytes_init(&batch, EVENT_BATCH_BYTES);
    before = memory_mib(driver_run_pid(bench.run));
    for (began = now_s(); (took = now_s() - began) < seconds;)
        if ((double)offered < took * STORM_RATE)
            offered += offer(&bench, &batch, &number, &dropped);
    printf("storm: %.0f events/s offered for %.0f s to 64 reactors: %llu came through, %llu were "
           "dropped\n",
           (double)offered / took, took, (unsigned long long)count(&bench, "events"),
           (unsigned long long)dropped);
    printf("storm: memory of the driver %.1f MiB before, %.1f MiB after; of the sender %.1f MiB\n",
           before, memory_mib(driver_run_pid(bench.run)), memory_mib(getpid()));
    bytes_clear(&batch);
    end(&bench);
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 3;

    if (argc < 2 || seconds <= 0)
        die("usage", "events PROGRAMS [SECONDS]");
    measure(argv[1], "our driver, one reactor an event, from the wire", 1, 1, seconds);
    measure(argv[1], "our driver, 64 reactors an event", 4, 16, seconds);
    storm(argv[1], seconds);
    return 0;
}
