/* SPDX-License-Identifier: ISC */
#include "mirror/release.h"

#include <stdio.h>
#include <string.h>

#include "media/base/ini.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/content-type.h"

#define DEFAULT "default"
#define BLANKS  " \t"
#define NEAR    4

/* A decimal number at the front of *text; moves past it. -1: none, or too large to mean anything. */
static int take_number(const char **text, uint64_t *number)
{
    const char *at = *text;

    *number = 0;
    for (; *at >= '0' && *at <= '9' && *number < UINT32_MAX; at++)
        *number = *number * 10 + (uint64_t)(*at - '0');
    if (at == *text || (*at >= '0' && *at <= '9'))
        return -1;
    *text = at;
    return 0;
}

static uint64_t unit_seconds(char unit)
{
    switch (unit) {
    case 's':
        return 1;
    case 'm':
        return 60;
    case 'h':
        return 60UL * 60;
    case 'd':
        return 24UL * 60 * 60;
    }
    return 0;
}

/* "50% 24h" or "50%"; moves past it. */
static int take_wave(const char **text, struct wave *wave)
{
    uint64_t seconds;

    *text += strspn(*text, BLANKS);
    if (take_number(text, &wave->percent) < 0 || **text != '%')
        return -1;
    ++*text;
    *text += strspn(*text, BLANKS);
    wave->delay_s = 0;
    if (**text >= '0' && **text <= '9') {
        if (take_number(text, &wave->delay_s) < 0 || (seconds = unit_seconds(**text)) == 0)
            return -1;
        ++*text;
        wave->delay_s *= seconds;
    }
    *text += strspn(*text, BLANKS);
    return 0;
}

/* The rules of media/wave.h are wave_parse()'s, so that a plan is refused here for just what an
 * endpoint would refuse. */
static int check_plan(const struct wave_plan *plan, struct error *err)
{
    json_t *list = wave_write(plan);
    struct wave_plan ignored;
    int result = wave_parse(list, &ignored, err);

    json_decref(list);
    if (result < 0)
        err->code = ERROR_CONFIG;
    return result < 0 ? -(int)ERROR_CONFIG : 0;
}

int release_parse_plan(const char *text, struct wave_plan *plan, struct error *err)
{
    plan->count = 0;
    do {
        if (plan->count == LIMIT_WAVES)
            return error_set(err, ERROR_CONFIG, "more than %d waves", LIMIT_WAVES);
        if (take_wave(&text, &plan->waves[plan->count]) < 0 || (*text != ',' && *text != '\0'))
            return error_set(
                err, ERROR_CONFIG,
                "expected shares with their delays, such as: 10%%, 50%% 24h, 100%% 3d");
        plan->count++;
    } while (*text++ == ',');
    return check_plan(plan, err);
}

static int refuse_ring(const struct root_document *root, const char *name, struct error *err)
{
    char names[LIMIT_RINGS * (LIMIT_NAME_BYTES + 2)] = "";
    size_t used = 0;

    for (size_t i = 0; i < root->ring_count; i++)
        used += (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "",
                                 root->rings[i].name);
    return error_set(err, ERROR_CONFIG,
                     "[waves %s]: no such ring; expected RING or RING.TYPE with one of: %s", name,
                     names);
}

static int refuse_type(const char *name, struct error *err)
{
    const struct content_type *row, *nearest = NULL;
    unsigned best = NEAR;

    for (size_t i = 0; (row = content_type_row(i)) != NULL; i++) {
        if (text_distance(row->name, name) < best) {
            best = text_distance(row->name, name);
            nearest = row;
        }
    }
    return error_set(err, ERROR_CONFIG, "no content type %s; %s%s", name,
                     nearest != NULL ? "nearest: " : "see: sallyport-mirror list types",
                     nearest != NULL ? nearest->name : "");
}

/* "RING" or "RING.TYPE". A ring's name may hold points, no type's does. */
static int split_name(const struct root_document *root, const char *name, struct release_plan *plan,
                      struct error *err)
{
    const char *point = strrchr(name, '.');

    snprintf(plan->ring, sizeof(plan->ring), "%s", name);
    snprintf(plan->type, sizeof(plan->type), DEFAULT);
    if (root_ring(root, name) != NULL)
        return 0;
    if (point == NULL)
        return refuse_ring(root, name, err);
    plan->ring[point - name] = '\0';
    if (root_ring(root, plan->ring) == NULL)
        return refuse_ring(root, name, err);
    if (content_type_find(point + 1) == NULL)
        return refuse_type(point + 1, err);
    snprintf(plan->type, sizeof(plan->type), "%s", point + 1);
    return 0;
}

static int take_plan(void *context, const char *name, const char *value, struct error *err)
{
    struct release *release = context;
    struct release_plan *plan = &release->plans[release->count];
    int result;

    if (release->count == RELEASE_PLANS)
        return error_set(err, ERROR_CONFIG, "more than %d plans", RELEASE_PLANS);
    if (strlen(name) > LIMIT_NAME_BYTES)
        return error_set(err, ERROR_CONFIG, "a name longer than %d bytes", LIMIT_NAME_BYTES);
    result = split_name(release->root, name, plan, err);
    if (result == 0)
        result = release_parse_plan(value, &plan->waves, err);
    release->count += result == 0;
    return result;
}

static const struct ini_row rows[] = {
    {"waves", true, "plan", take_plan},
};

int release_parse(const char *name, struct bytes_view text, const struct root_document *root,
                  struct release *release, struct error *err)
{
    *release = (struct release){.root = root};
    return ini_read(name, text, rows, sizeof(rows) / sizeof(rows[0]), release, err);
}

int release_read(const struct repository *repository, const struct root_document *root,
                 struct release *release, struct error *err)
{
    char name[LIMIT_PATH_BYTES];
    struct error absent = {.code = ERROR_OK};
    struct bytes text;
    int result = path_read(repository->fd, RELEASE_FILE, INI_FILE_BYTES, &text, &absent);

    *release = (struct release){.root = root};
    snprintf(name, sizeof(name), "%s/%s", repository->folder, RELEASE_FILE);
    if (result == 0)
        result = release_parse(name, bytes_view(&text), root, release, err);
    else if (absent.code == ERROR_NOT_FOUND)
        result = 0;
    else
        *err = absent;
    bytes_clear(&text);
    return result;
}

static const struct wave_plan *find(const struct release *release, const char *ring,
                                    const char *type)
{
    for (size_t i = 0; i < release->count; i++) {
        if (strcmp(release->plans[i].ring, ring) == 0 && strcmp(release->plans[i].type, type) == 0)
            return &release->plans[i].waves;
    }
    return NULL;
}

static void add(struct set_document *set, const char *type, const struct wave_plan *plan)
{
    struct set_waves *row = &set->waves[set->wave_count++];

    snprintf(row->type, sizeof(row->type), "%s", type);
    row->plan = *plan;
}

void release_waves(const struct release *release, const struct root_ring *ring,
                   struct set_document *set)
{
    const struct wave_plan *all = find(release, ring->name, DEFAULT);

    set->wave_count = 0;
    add(set, DEFAULT, all != NULL ? all : &ring->waves);
    for (size_t i = 0; i < set->package_count; i++) {
        const struct wave_plan *own = find(release, ring->name, set->packages[i].type);

        if (own != NULL)
            add(set, set->packages[i].type, own);
    }
}
