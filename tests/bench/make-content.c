/* SPDX-License-Identifier: ISC
 *
 * make-content OUT SIZE SEED VERSION: a set of content for measurements, always the same bytes for
 * the same arguments. SIZE in bytes, or with a suffix: 64M, 1G. VERSION 1 is the first; 2 is 1 with
 * some 5 % changed: runs inserted in the midst of large files, a twentieth of the sorted list's range
 * rewritten, of the small files 10 % modified, 2 % new, 1 % gone; 3 is 2 but for the sorted list,
 * whose changes (1 % gone, 3 % new) fall evenly on all of it, as those of real lists of hashes do.
 *
 * Of 1 GiB, others in proportion:
 *   a/db/signatures.cdb      400 MB  noise
 *   a/reputation/sha256.bin  300 MB  sorted records of 32 bytes
 *   a/rules/set-NN.rules     120 MB  text in 12 files
 *   a/ml/model-N.f32         100 MB  random walks of float in 4 files
 *   a/misc/...                95 MB  lines and noise in 8 files
 *   a/small/..., b/small/...  5,000  text files of 1 to 20 KB
 * In two folders as content of one type has at most LIMIT_DRIVER_FILES (4,000) files.
 */
#include <config.h>

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "media/base/bytes.h"

#define MB             1000000
#define BLOCK          MB
#define RECORD         32
#define DATABASE_EDITS 20   /* each a 1,024th of all: some 5 % of the database */
#define BUCKETS        4096 /* of the sorted list, by its first 12 bits */
#define BUCKET_STEP    20   /* one of so many is rewritten in version 2 */
#define WORDS          6000
#define WORD_BYTES     32
#define LINES          50 /* of rules, made and changed together */
#define LINE_BYTES     512
#define FLOATS         250000
#define SMALL_MOST     7000 /* what two types take; a larger content is larger files */
#define MODIFIED       100  /* of 1,000 small files */
#define GONE           10
#define NEW_ONE_IN     50
#define STAMP          1700000000 /* plus the version: when the files were changed */
#define PATH_BYTES     4096
#define LENGTH(list)   (sizeof(list) / sizeof((list)[0]))

struct random {
    uint64_t state;
};

struct content {
    const char *folder, *seed;
    uint64_t size;
    unsigned version;
    char words[WORDS][WORD_BYTES];
    FILE *out; /* the file that is written */
    uint64_t bytes, files;
};

static void die(const char *what, const char *why)
{
    fprintf(stderr, "make-content: %s: %s\n", what, why);
    exit(1);
}

static uint64_t next_number(struct random *random)
{
    uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t below(struct random *random, size_t bound)
{
    return (size_t)(next_number(random) % bound);
}

static bool one_in(struct random *random, size_t parts)
{
    return below(random, parts) == 0;
}

/* A stream of its own for each thing and number, so that a change of one moves no other. */
static struct random stream(const struct content *content, const char *name, size_t number)
{
    struct random random = {UINT64_C(0xcbf29ce484222325)};
    const char *const parts[] = {content->seed, "/", name};

    for (size_t i = 0; i < LENGTH(parts); i++)
        for (const char *at = parts[i]; *at != '\0'; at++)
            random.state = (random.state ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    random.state ^= (uint64_t)number * UINT64_C(0xd6e8feb86659fd93);
    next_number(&random);
    return random;
}

static void fill(struct random *random, unsigned char *out, size_t size)
{
    for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
        uint64_t number = next_number(random);
        size_t part = size - at < sizeof(number) ? size - at : sizeof(number);

        memcpy(out + at, &number, part);
    }
}

/* What so many MB of 1 GiB are here, whole records. */
static uint64_t share(const struct content *content, uint64_t mb)
{
    return (uint64_t)((double)content->size / (1 << 30) * (double)mb * MB) / 64 * 64;
}

static void put(struct content *content, const void *data, size_t size)
{
    if (fwrite(data, 1, size, content->out) != size)
        die(content->folder, strerror(errno));
    content->bytes += size;
}

static void folders_of(char *path)
{
    for (char *at = strchr(path + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        if (mkdir(path, 0755) < 0 && errno != EEXIST)
            die(path, strerror(errno));
        *at = '/';
    }
}

__attribute__((format(printf, 2, 3))) static void begin(struct content *content, const char *form,
                                                        ...)
{
    char path[PATH_BYTES], name[256];
    va_list arguments;

    va_start(arguments, form);
    vsnprintf(name, sizeof(name), form, arguments);
    va_end(arguments);
    if (snprintf(path, sizeof(path), "%s/%s", content->folder, name) >= (int)sizeof(path))
        die(name, "too long");
    folders_of(path);
    content->out = fopen(path, "wbx");
    if (content->out == NULL)
        die(path, strerror(errno));
}

static void end(struct content *content)
{
    const struct timespec when = {.tv_sec = STAMP + content->version};
    const struct timespec times[] = {when, when};

    if (fflush(content->out) != 0 || futimens(fileno(content->out), times) < 0 ||
        fclose(content->out) != 0)
        die(content->folder, strerror(errno));
    content->files++;
}

static void put_random(struct content *content, struct random *random, uint64_t size)
{
    unsigned char *block = bytes_allocate(BLOCK, 1);

    for (uint64_t left = size; left > 0;) {
        size_t part = left < BLOCK ? (size_t)left : BLOCK;

        fill(random, block, part);
        put(content, block, part);
        left -= part;
    }
    free(block);
}

/* Noise; from version 2 with a run of new noise somewhere in each of so many equal parts. */
static void put_noise(struct content *content, const char *name, uint64_t size, unsigned edits,
                      uint64_t edit_size)
{
    struct random random = stream(content, name, 0), places = stream(content, name, 1);
    uint64_t part = size / edits, written = 0;

    for (unsigned i = 0; i < edits; i++) {
        uint64_t cut = part * i + below(&places, (size_t)part);

        put_random(content, &random, cut - written);
        if (content->version >= 2)
            put_random(content, &places, edit_size + below(&places, 4096));
        written = cut;
    }
    put_random(content, &random, size - written);
}

static void make_database(struct content *content)
{
    begin(content, "a/db/signatures.cdb");
    put_noise(content, "db", share(content, 400), DATABASE_EDITS, content->size / 1024);
    end(content);
}

static int compare_records(const void *a, const void *b)
{
    return memcmp(a, b, RECORD);
}

static void fill_records(struct random *random, unsigned bucket, unsigned char *records,
                         size_t count)
{
    fill(random, records, count * RECORD);
    for (size_t i = 0; i < count; i++) {
        records[i * RECORD] = (unsigned char)(bucket >> 4);
        records[i * RECORD + 1] =
            (unsigned char)((bucket & 15) << 4 | (records[i * RECORD + 1] & 15));
    }
}

/* Takes some of the records away and puts others in their place; what is left, to be sorted. */
static size_t change_records(struct random *random, unsigned bucket, unsigned char *records,
                             size_t count, size_t gone_of_100, size_t new_of_100)
{
    size_t kept = 0, added = count * new_of_100 / 100;

    for (size_t i = 0; i < count; i++)
        if (below(random, 100) >= gone_of_100)
            memmove(records + kept++ * RECORD, records + i * RECORD, RECORD);
    fill_records(random, bucket, records + kept * RECORD, added);
    return kept + added;
}

static void make_list(struct content *content)
{
    struct random random = stream(content, "list", 0), changes = stream(content, "list", 1);
    uint64_t total = share(content, 300) / RECORD;
    unsigned char *records = bytes_allocate(2 * (size_t)(total / BUCKETS + 1), RECORD);

    begin(content, "a/reputation/sha256.bin");
    for (unsigned bucket = 0; bucket < BUCKETS; bucket++) {
        size_t count = (size_t)(total * (bucket + 1) / BUCKETS - total * bucket / BUCKETS);

        fill_records(&random, bucket, records, count);
        if (content->version == 2 && bucket % BUCKET_STEP == 7)
            count = change_records(&changes, bucket, records, count, 20, 80);
        if (content->version == 3)
            count = change_records(&changes, bucket, records, count, 1, 3);
        qsort(records, count, RECORD, compare_records);
        put(content, records, count * RECORD);
    }
    end(content);
    free(records);
}

static void make_words(struct content *content)
{
    static const char *const syllables[] = {
        "al",   "ba",   "cor",  "de",   "ex",     "fin",    "gra",  "hex", "in",
        "jo",   "ker",  "lo",   "mal",  "net",    "ob",     "pro",  "qu",  "re",
        "sec",  "tro",  "ul",   "ver",  "win",    "xor",    "ya",   "zen", "host",
        "file", "exec", "load", "drop", "inject", "beacon", "crypt"};
    struct random random = stream(content, "words", 0);

    for (size_t i = 0; i < WORDS; i++) {
        size_t parts = 1 + below(&random, 4), size = 0;

        for (size_t part = 0; part < parts; part++)
            size += (size_t)snprintf(content->words[i] + size, WORD_BYTES - size, "%s",
                                     syllables[below(&random, LENGTH(syllables))]);
    }
}

/* Drawn one after the other: the order that a call's arguments are worked out in is the compiler's. */
static void draw_words(const struct content *content, struct random *random, const char **words,
                       size_t count)
{
    for (size_t i = 0; i < count; i++)
        words[i] = content->words[below(random, WORDS)];
}

/* revision: in front of the number, for a line that was changed. */
static size_t rule_line(const struct content *content, struct random *random, uint64_t sid,
                        const char *revision, char line[static LINE_BYTES])
{
    uint64_t bytes = next_number(random), numbers = next_number(random);
    const char *words[7];

    draw_words(content, random, words, LENGTH(words));
    return (size_t)snprintf(
        line, LINE_BYTES,
        "alert tcp $HOME_NET any -> $EXTERNAL_NET %u (msg:\"%s %s %s activity\"; "
        "content:\"|%016llx%08x|\"; content:\"/%s/%s.php\"; nocase; "
        "pcre:\"/%s[a-z0-9]{4,%u}\\.%s/i\"; classtype:trojan-activity; sid:%llu; rev:%s%u;)\n",
        1 + (unsigned)(numbers & 0x7fff), words[0], words[1], words[2], (unsigned long long)bytes,
        (unsigned)(numbers >> 32), words[3], words[4], words[5], 5 + (unsigned)(numbers >> 16 & 7),
        words[6], (unsigned long long)sid, revision, 1 + (unsigned)(numbers >> 20 & 3));
}

/* Lines of rules; from version 2 (where they change) a part of one in twenty is there twice. */
static void put_rules(struct content *content, const char *name, size_t number, uint64_t size,
                      bool changes)
{
    struct random random = stream(content, name, number);
    struct random edits = stream(content, name, number + 1000000);
    uint64_t sid = 2000000 + number * 1000000, written = 0;
    char line[LINE_BYTES];

    while (written < size) {
        bool edited = changes && content->version >= 2 && one_in(&edits, 20);

        for (unsigned i = 0; i < LINES; i++) {
            struct random same = random;
            size_t length = rule_line(content, &random, sid, "", line);

            put(content, line, length);
            written += length;
            if (edited && one_in(&edits, 5))
                put(content, line, rule_line(content, &same, sid, "1", line));
            sid++;
        }
    }
}

static void make_rules(struct content *content)
{
    for (unsigned i = 0; i < 12; i++) {
        begin(content, "a/rules/set-%02u.rules", i);
        put_rules(content, "rules", i, share(content, 10), true);
        end(content);
    }
}

/* A walk in small steps; from version 2 one tensor in twenty is another. */
static void put_weights(struct content *content, size_t number, size_t left)
{
    struct random random = stream(content, "ml", number);
    struct random edits = stream(content, "ml", number + 1000000);
    float *weights = bytes_allocate(FLOATS, sizeof(*weights));
    float at = 0;

    while (left > 0) {
        size_t count = left < FLOATS ? left : FLOATS;
        bool edited = content->version >= 2 && one_in(&edits, 20);

        for (size_t i = 0; i < count; i++) {
            at = (at + ((float)below(&random, 256) - 127.5F) * 1e-5F) * 0.999F;
            weights[i] = edited ? at * 1.001F : at;
        }
        put(content, weights, count * sizeof(*weights));
        left -= count;
    }
    free(weights);
}

static void make_models(struct content *content)
{
    for (unsigned i = 0; i < 4; i++) {
        begin(content, "a/ml/model-%u.f32", i);
        put_weights(content, i, (size_t)share(content, 25) / sizeof(float));
        end(content);
    }
}

static size_t lua_line(const char *const *words, unsigned number, char line[static LINE_BYTES])
{
    return (size_t)snprintf(
        line, LINE_BYTES,
        "function M.%s_%s(ev)\n  if ev.path:find('%s', 1, true) and ev.size > %u then\n"
        "    return report('%s', '%s', %u)\n  end\nend\n",
        words[0], words[1], words[2], number, words[3], words[4], number & 255);
}

static size_t json_line(const char *const *words, unsigned number, char line[static LINE_BYTES])
{
    return (size_t)snprintf(
        line, LINE_BYTES,
        "  {\"id\": \"%08x\", \"name\": \"%s-%s\", \"tags\": [\"%s\", \"%s\"], \"score\": %u},\n",
        number, words[0], words[1], words[2], words[3], number % 100);
}

static size_t xml_line(const char *const *words, unsigned number, char line[static LINE_BYTES])
{
    return (size_t)snprintf(line, LINE_BYTES,
                            "  <definition id=\"oval:%s:def:%u\"><title>%s %s</title>"
                            "<state op=\"%s\"/></definition>\n",
                            words[0], number, words[1], words[2], words[3]);
}

static const struct kind {
    const char *suffix, *first, *last;
    size_t (*line)(const char *const *words, unsigned number, char line[static LINE_BYTES]);
} kinds[] = {
    {"lua", "-- generated behaviour rule\nlocal M = {}\n", "return M\n", lua_line},
    {"json", "{\"version\": 1, \"entries\": [\n", "  {}\n]}\n", json_line},
    {"xml", "<?xml version=\"1.0\"?>\n<oval>\n", "</oval>\n", xml_line},
};

static size_t small_line(const struct content *content, const struct kind *kind,
                         struct random *random, char line[static LINE_BYTES])
{
    unsigned number = (unsigned)next_number(random);
    const char *words[5];

    draw_words(content, random, words, LENGTH(words));
    return kind->line(words, number, line);
}

static void put_small(struct content *content, const struct kind *kind, size_t number, bool edited)
{
    struct random random = stream(content, "small", number);
    struct random edits = stream(content, "small", number + 10000000);
    size_t size = 1000 + below(&random, 19000), written = 0;
    char line[LINE_BYTES];

    put(content, kind->first, strlen(kind->first));
    while (written < size) {
        size_t length = small_line(content, kind, &random, line);

        put(content, line, length);
        if (edited && written <= size / 2 && written + length > size / 2)
            put(content, line, small_line(content, kind, &edits, line));
        written += length;
    }
    put(content, kind->last, strlen(kind->last));
}

static void make_small(struct content *content)
{
    struct random fate = stream(content, "fate", 0);
    size_t wanted = (size_t)(content->size * 5000 >> 30), added;
    size_t count = wanted < SMALL_MOST ? wanted : SMALL_MOST;

    count = count < 20 ? 20 : count;
    added = content->version < 2 ? 0 : count / NEW_ONE_IN + 1;
    for (size_t i = 0; i < count + added; i++) {
        size_t drawn = i < count ? below(&fate, 1000) : 1000;
        bool edited = content->version >= 2 && drawn >= GONE && drawn < GONE + MODIFIED;
        const struct kind *kind = &kinds[i % LENGTH(kinds)];

        if (content->version >= 2 && drawn < GONE)
            continue;
        begin(content, "%s/small/%02zx/item-%05zu.%s", i % 2 == 0 ? "a" : "b", i % 64, i,
              kind->suffix);
        put_small(content, kind, i, edited);
        end(content);
    }
}

static void make_others(struct content *content)
{
    uint64_t each = share(content, 95) / 8;
    char name[16];

    for (unsigned i = 0; i < 8; i += 2) {
        begin(content, "a/misc/text-%u.txt", i);
        put_rules(content, "log", i, each, false);
        end(content);
        begin(content, "a/misc/blob-%u.bin", i + 1);
        snprintf(name, sizeof(name), "misc-%u", i);
        put_noise(content, name, each, 1, 4096);
        end(content);
    }
}

static uint64_t size_argument(const char *text)
{
    char *end = NULL;
    uint64_t size = strtoull(text, &end, 10);
    static const char suffixes[] = "KMG";

    for (size_t i = 0; suffixes[i] != '\0'; i++)
        if (end[0] == suffixes[i] && end[1] == '\0')
            return size << 10 * (i + 1);
    if (*end != '\0' || size == 0)
        die(text, "no size");
    return size;
}

int main(int argc, char **argv)
{
    struct content *content = bytes_allocate(1, sizeof(*content));

    if (argc != 5 || strchr("123", argv[4][0]) == NULL || strlen(argv[4]) != 1)
        die("usage", "make-content OUT SIZE SEED 1|2|3");
    content->folder = argv[1];
    content->size = size_argument(argv[2]);
    content->seed = argv[3];
    content->version = (unsigned)(argv[4][0] - '0');
    make_words(content);
    make_database(content);
    make_list(content);
    make_rules(content);
    make_models(content);
    make_others(content);
    make_small(content);
    printf("version %u: %llu files, %llu bytes\n", content->version,
           (unsigned long long)content->files, (unsigned long long)content->bytes);
    free(content);
    return 0;
}
