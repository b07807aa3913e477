/* SPDX-License-Identifier: ISC
 *
 * events PROGRAMS [SECONDS]: the real driver of behaviour rules in its sandbox, with events over its
 * channel as sallyport-sensor sends them. Prints reactions in a second of the driver's processor
 * time: one reactor an event (with what it takes to read the event from the wire), 64 reactors an
 * event (so that nearly all is calls of rules); and storms of a million events a second: how many were
 * offered, taken and dropped, and the most memory of both ends. Batches are made before, by the
 * filter as the sensor makes them, so that a storm is as fast as it says.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "media/base/event-filter.h"
#include "media/base/event.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/driver-run.h"
#include "tests/bench/events.h"

#define FOLDERS      "/tmp"
#define TYPE         "behavior"
#define STORM_RATE   1000000 /* events a second */
#define STORM_NAP_US 100     /* of the sender, when it is ahead of that */
#define BATCHES      64      /* made before: some MB, so that they do not lie in a cache */

struct bench {
    char folder[64];
    struct driver_run *run;
    struct event_filter *filter;
    int channel;
    struct bytes batches[BATCHES];
    uint16_t records; /* of each */
    size_t next;
};

/* Of the driver, in seconds. */
static double driver_cpu_s(const struct bench *bench)
{
    clockid_t clock;

    if (clock_getcpuclockid(driver_run_pid(bench->run), &clock) != 0)
        bench_die("driver", "its processor time can't be read");
    return bench_clock_s(clock);
}

static double most_memory_mib(pid_t pid)
{
    char path[64], line[256];
    double mib = 0;
    FILE *status;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)pid);
    status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmHWM:", 6) == 0)
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
        bench_die(what, err.words);
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
            bench_die(name, strerror(errno));
        fprintf(file, BENCH_HEAD, i);
        for (unsigned j = 0; j < reactors; j++)
            fputs(BENCH_HANDLER, file);
        fprintf(file, BENCH_CASES, reactors);
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
        bench_die("loading", err.words);
    close(content);
    json_decref(type);
}

static void join(struct bench *bench)
{
    json_t *reply = ask(bench, "subscriptions");
    struct error err = {0};
    int ends[2];

    if (event_filter_new(json_object_get(reply, "subscriptions"), &bench->filter, &err) < 0)
        bench_die("filter", err.words);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ||
        driver_run_channel(bench->run, "events", ends[1], &err) < 0)
        bench_die("channel", strerror(errno));
    close(ends[1]);
    bench->channel = ends[0];
    json_decref(reply);
}

/* Fills a batch with hits as the filter gives them. How many events. */
static uint16_t fill(const struct bench *bench, struct event *event, struct bytes *batch)
{
    struct error err = {0};
    uint16_t records = 0;

    if (event_batch_begin(batch, &err) < 0)
        bench_die("batch", err.words);
    for (; records < UINT16_MAX; records++) {
        bench_event_next(event);
        if (!event_filter_take(bench->filter, event) || event_put(event, batch, &err) < 0)
            break;
    }
    event_batch_end(batch, records, 0);
    return records;
}

static void make_batches(struct bench *bench)
{
    struct event event = bench_event();

    for (size_t i = 0; i < BATCHES; i++) {
        bytes_init(&bench->batches[i], EVENT_BATCH_BYTES);
        bench->records = fill(bench, &event, &bench->batches[i]);
    }
}

/* False: the channel is full. */
static bool send_batch(struct bench *bench, int flags)
{
    const struct bytes *batch = &bench->batches[bench->next++ % BATCHES];

    if (send(bench->channel, batch->data, batch->size, flags) >= 0)
        return true;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        bench_die("channel", strerror(errno));
    return false;
}

static void begin(struct bench *bench, const char *programs, unsigned rules, unsigned reactors)
{
    const struct driver_run_options options = {.libexec = programs};
    struct error err = {0};

    snprintf(bench->folder, sizeof(bench->folder), FOLDERS "/sallyport-bench-XXXXXX");
    if (mkdtemp(bench->folder) == NULL)
        bench_die(bench->folder, strerror(errno));
    write_rules(bench, rules, reactors);
    if (driver_run_start(TYPE, &options, &bench->run, &err) < 0)
        bench_die("driver", err.words);
    load(bench);
    join(bench);
    make_batches(bench);
}

static void remove_folder(const char *folder)
{
    int parent = open(FOLDERS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct error err = {0};

    if (parent < 0 || path_remove(parent, folder + sizeof(FOLDERS), &err) < 0)
        bench_die(folder, "can't be removed");
    close(parent);
}

static void end(struct bench *bench)
{
    driver_run_stop(bench->run);
    event_filter_free(bench->filter);
    close(bench->channel);
    for (size_t i = 0; i < BATCHES; i++)
        bytes_clear(&bench->batches[i]);
    remove_folder(bench->folder);
}

/* Until the driver has read what was sent. */
static void settle(struct bench *bench)
{
    shutdown(bench->channel, SHUT_WR);
    (void)recv(bench->channel, &(char){0}, 1, 0);
}

struct measure {
    const char *programs;
    unsigned rules, reactors;
};

static double measure(const void *context)
{
    const struct measure *measure = context;
    struct bench bench = {.channel = -1};
    double began, used, rate;

    begin(&bench, measure->programs, measure->rules, measure->reactors);
    used = driver_cpu_s(&bench);
    for (began = bench_clock_s(CLOCK_MONOTONIC);
         bench_clock_s(CLOCK_MONOTONIC) - began < BENCH_ROUND_S;)
        send_batch(&bench, 0);
    settle(&bench);
    used = driver_cpu_s(&bench) - used;
    rate = (double)count(&bench, "reactions") / used;
    end(&bench);
    return rate;
}

/* What the sensor does for an event that a subscription wants: its filter, and the record. */
static double make(const void *context)
{
    const struct measure *measure = context;
    struct bench bench = {.channel = -1};
    struct event event = bench_event();
    uint64_t made = 0;
    double began, used;

    begin(&bench, measure->programs, measure->rules, measure->reactors);
    began = bench_clock_s(CLOCK_PROCESS_CPUTIME_ID);
    do {
        bench.batches[0].size = 0;
        made += fill(&bench, &event, &bench.batches[0]);
        used = bench_clock_s(CLOCK_PROCESS_CPUTIME_ID) - began;
    } while (used < BENCH_ROUND_S);
    end(&bench);
    return (double)made / used;
}

/* As the sensor does: what finds the channel full is dropped and counted. */
static void offer(struct bench *bench, double seconds, uint64_t *offered, uint64_t *dropped)
{
    double began = bench_clock_s(CLOCK_MONOTONIC), took;

    while ((took = bench_clock_s(CLOCK_MONOTONIC) - began) < seconds) {
        if ((double)*offered >= took * STORM_RATE) {
            usleep(STORM_NAP_US);
            continue;
        }
        *offered += bench->records;
        *dropped += send_batch(bench, MSG_DONTWAIT) ? 0 : bench->records;
    }
}

static void storm(const char *programs, unsigned rules, unsigned reactors, double seconds)
{
    struct bench bench = {.channel = -1};
    uint64_t offered = 0, dropped = 0, taken;

    begin(&bench, programs, rules, reactors);
    offer(&bench, seconds, &offered, &dropped);
    settle(&bench);
    taken = (uint64_t)count(&bench, "events");
    printf("storm, reactors an event: %u; %.0f s of %.0f events/s: offered %llu, taken %llu, "
           "dropped %llu%s; peak RSS %.1f MiB of the driver, %.1f MiB of the sender\n",
           rules * reactors, seconds, (double)offered / seconds, (unsigned long long)offered,
           (unsigned long long)taken, (unsigned long long)dropped,
           taken + dropped == offered ? "" : ", AND THE REST LOST",
           most_memory_mib(driver_run_pid(bench.run)), most_memory_mib(getpid()));
    end(&bench);
}

int main(int argc, char **argv)
{
    double seconds = argc > 2 ? strtod(argv[2], NULL) : 3;
    struct measure one, many;

    if (argc < 2 || seconds <= 0)
        bench_die("usage", "events PROGRAMS [SECONDS]");
    one = (struct measure){argv[1], 1, 1};
    many = (struct measure){argv[1], 4, 16};
    bench_print("our driver, one reactor an event, from the wire",
                bench_best(measure, &one, seconds));
    bench_print("our driver, 64 reactors an event, from the wire",
                bench_best(measure, &many, seconds));
    printf("%-48s %10.0f a second of processor time\n",
           "our sensor's filter and record, one reactor", bench_best(make, &one, seconds));
    storm(argv[1], 1, 1, seconds);
    storm(argv[1], 4, 16, seconds);
    return 0;
}
