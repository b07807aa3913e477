/* SPDX-License-Identifier: ISC
 *
 * reputation-driver PROGRAMS CONTENT LIST ASK [ROUNDS]: the real driver of the family scanner in its
 * sandbox, started from the folder PROGRAMS as publish and agent start it, with the compiled lists
 * in the folder CONTENT; then ASK lookups, half of them of LIST (lines that begin with a hash), half of hashes
 * that are not there, 1 and 1,024 in a message. Prints medians of the rounds, what loading took and
 * what the process holds.
 */
#include <config.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "media/base/limits.h"
#include "media/driver-run.h"

#define TYPE   "local-rep-data"
#define HEX    64
#define ROUNDS 64 /* at most */

static void die(const char *what, const char *why)
{
    fprintf(stderr, "reputation-driver: %s: %s\n", what, why);
    exit(1);
}

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Even ones of the list, odd ones with another last digit, which no list of random keys has. */
static json_t *read_hashes(const char *path, size_t count)
{
    FILE *file = fopen(path, "r");
    json_t *hashes = json_array();
    char line[256];

    if (file == NULL)
        die(path, "can't be read");
    while (json_array_size(hashes) < count && fgets(line, sizeof(line), file) != NULL) {
        if (strlen(line) <= HEX)
            die(path, "a line without a hash");
        json_array_append_new(hashes, json_stringn(line, HEX));
        line[HEX - 1] = line[HEX - 1] == '0' ? '1' : '0';
        json_array_append_new(hashes, json_stringn(line, HEX));
    }
    fclose(file);
    if (json_array_size(hashes) < count)
        die(path, "holds too few hashes");
    return hashes;
}

static size_t ask_once(struct driver_run *run, json_t *hashes, size_t from, size_t count)
{
    json_t *asked = json_array(), *arguments, *reply = NULL, *answers, *row;
    struct error err = {0};
    size_t found = 0, i;

    for (i = 0; i < count; i++)
        json_array_append(asked, json_array_get(hashes, from + i));
    arguments = json_pack("{s:s, s:{s:o}}", "type", TYPE, "request", "sha256", asked);
    if (driver_run_request(run, "serve", arguments, &reply, &err) < 0)
        die("serve", err.words);
    answers = json_object_get(json_object_get(reply, "reply"), "sha256");
    json_array_foreach(answers, i, row) found += json_is_object(row);
    json_decref(arguments);
    json_decref(reply);
    return found;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void measure(struct driver_run *run, json_t *hashes, size_t batch, size_t asked,
                    size_t rounds)
{
    double rates[ROUNDS];

    for (size_t i = 0; i < rounds; i++) {
        double began = now_s();
        size_t found = 0;

        for (size_t from = 0; from < asked; from += batch)
            found += ask_once(run, hashes, from, asked - from < batch ? asked - from : batch);
        rates[i] = (double)asked / (now_s() - began);
        if (found != (asked + 1) / 2)
            die("a lookup", "answered wrongly");
    }
    qsort(rates, rounds, sizeof(rates[0]), compare);
    printf("driver process, %4zu a message %10.0f lookups/s (%zu lookups, median of %zu rounds)\n",
           batch, rates[rounds / 2], asked, rounds);
}

static void print_memory(const struct driver_run *run)
{
    static const char *const fields[] = {"RssAnon:", "RssFile:", "VmHWM:"};
    char path[64], line[256];
    FILE *status;

    snprintf(path, sizeof(path), "/proc/%d/status", (int)driver_run_pid(run));
    status = fopen(path, "r");
    while (status != NULL && fgets(line, sizeof(line), status) != NULL)
        for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
            if (strncmp(line, fields[i], strlen(fields[i])) == 0)
                printf("driver process, %-8s %10.1f MiB\n", fields[i],
                       strtod(line + strlen(fields[i]), NULL) / 1024);
    if (status != NULL)
        fclose(status);
}

int main(int argc, char **argv)
{
    struct driver_run_options options = {.libexec = argc > 1 ? argv[1] : ""};
    size_t asked = argc > 4 ? strtoul(argv[4], NULL, 10) : 0;
    size_t rounds = argc > 5 ? strtoul(argv[5], NULL, 10) : 5;
    struct driver_run *run = NULL;
    struct error err = {0};
    json_t *hashes;
    double began;
    int content;

    if (asked == 0 || rounds == 0 || rounds > ROUNDS)
        die("usage", "reputation-driver PROGRAMS CONTENT LIST ASK [ROUNDS]");
    hashes = read_hashes(argv[3], asked);
    content = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (content < 0)
        die(argv[2], "can't be opened");
    began = now_s();
    if (driver_run_start("scanner", &options, &run, &err) < 0 ||
        driver_run_content(run, "load", TYPE, content, NULL, &err) < 0 ||
        driver_run_request(run, "swap", NULL, NULL, &err) < 0)
        die("loading", err.words);
    (void)ask_once(run, hashes, 0, 1);
    printf("driver process, start, load, check and first answer %.3f s\n", now_s() - began);
    measure(run, hashes, 1, asked / 10, rounds);
    measure(run, hashes, LIMIT_REPUTATION_BATCH, asked, rounds);
    print_memory(run);
    driver_run_stop(run);
    json_decref(hashes);
    close(content);
    return 0;
}
