/* SPDX-License-Identifier: ISC */
#include "agent/probation.h"

#include <stdio.h>
#include <string.h>

#include "media/base/log.h"
#include "media/base/path.h"
#include "media/base/text.h"
#include "media/content-type.h"

/* The type of a family whose content is the newest: what changed last is what is blamed. *type is
 * "" where the family has no content in service. */
static int find_newest(struct state *state, const char *family, char type[static 65],
                       struct error *err)
{
    char **types = NULL;
    size_t count = 0;
    int64_t newest = INT64_MIN;
    int result = state_types(state, STATE_ACTIVE, &types, &count, err);

    type[0] = '\0';
    for (size_t i = 0; i < count && result == 0; i++) {
        const struct content_type *row = content_type_find(types[i]);
        struct state_package package;
        bool present;

        if (row == NULL || strcmp(row->family, family) != 0)
            continue;
        result = state_package(state, types[i], STATE_ACTIVE, &package, &present, err);
        if (result == 0 && present && package.time_us > newest) {
            newest = package.time_us;
            snprintf(type, LIMIT_NAME_BYTES + 1, "%s", types[i]);
        }
    }
    path_free_names(types, count);
    return result;
}

/* Too often: the content before comes back. With none, the family stays down and says so; content
 * that keeps ending its driver protects nobody. */
static int put_back(const struct activate *activate, const char *family, const char *item,
                    struct error *err)
{
    char type[LIMIT_NAME_BYTES + 1];
    struct error why;
    int result = find_newest(activate->state, family, type, err);

    if (result < 0 || type[0] == '\0')
        return result;
    error_set(&why, ERROR_DRIVER_FAILED, "the driver ended too often%s%s",
              item[0] != '\0' ? ", last while working on " : "", item);
    if (activate_return(activate, type, &why, false, err) == 0)
        return 0;
    if (err->code != ERROR_NOT_FOUND)
        log_write(LOG_LEVEL_ERROR, "%s: %s", type, err->words);
    return 0;
}

/* What can't be counted is still dealt with. */
static void count_end(struct state *state, const char *family)
{
    char name[sizeof(PROBATION_ENDS) + LIMIT_NAME_BYTES];
    struct error trouble;
    int64_t ends;

    snprintf(name, sizeof(name), PROBATION_ENDS "%s", family);
    if (state_number(state, name, &ends, &trouble) < 0 ||
        state_set_number(state, name, ends + 1, &trouble) < 0)
        log_write(LOG_LEVEL_WARN, "driver %s: %s", family, trouble.words);
}

int probation_turn(const struct activate *activate, struct error *err)
{
    const char *family, *item;
    bool often, restart = false;
    int result = 0;

    while (result == 0 && driver_host_next_end(activate->host, &family, &item, &often) == 1) {
        char shown[ERROR_WORDS_BYTES];

        log_write(LOG_LEVEL_WARN, "driver %s ended%s%s", family,
                  item[0] != '\0' ? " while working on " : "",
                  text_escape_string(item, shown, sizeof(shown)));
        count_end(activate->state, family);
        if (often)
            result = put_back(activate, family, item, err);
        else
            restart = true;
    }
    return result == 0 && restart ? driver_host_start(activate->host, err) : result;
}
