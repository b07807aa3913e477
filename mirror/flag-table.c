/* SPDX-License-Identifier: ISC */
#include "mirror/flag-table.h"

#include <string.h>

#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/protected-flag.h"
#include "media/flags.h"

static int check_words(const struct flag_row *row, struct error *err)
{
    if (!json_name_valid(row->name))
        return error_set(err, ERROR_USAGE,
                         "%s: a flag's name is [a-z0-9] then [a-z0-9._-], at most %d bytes",
                         row->name, LIMIT_NAME_BYTES);
    if (protected_flag(row->name) != NULL)
        return error_set(err, ERROR_USAGE, "%s is no flag: %s", row->name,
                         protected_flag(row->name));
    if (row->site != NULL && !json_name_valid(row->site))
        return error_set(err, ERROR_USAGE,
                         "--site %s: a site's name is [a-z0-9] then [a-z0-9._-], at most %d bytes",
                         row->site, LIMIT_NAME_BYTES);
    if (row->percent < 1 || row->percent > 100)
        return error_set(err, ERROR_USAGE,
                         "--percent: expected 1 to 100; `off` reaches no endpoint");
    return 0;
}

static bool is_of_site(const json_t *row, const char *site)
{
    const char *given = json_string_value(json_object_get(row, "site"));

    return given != NULL && strcmp(given, site) == 0;
}

/* The rows of one flag, in the order in which they are asked: sites, then the row for every site. */
static json_t *make_rows(const json_t *before, const struct flag_row *row)
{
    json_t *rows = json_array();
    json_t *made = json_pack("{s:I, s:s?, s:s}", "percent", (json_int_t)row->percent, "site",
                             row->site, "value", row->on ? "on" : "off");

    if (row->site != NULL) {
        json_array_append(rows, made);
        for (size_t i = 0; i < json_array_size(before); i++) {
            json_t *other = json_array_get(before, i);

            if (!is_of_site(other, row->site))
                json_array_append(rows, other);
        }
    } else {
        json_array_append(rows, made);
    }
    json_decref(made);
    return rows;
}

int flag_table_set(const json_t *before, const struct flag_row *row, json_t **after,
                   struct error *err)
{
    int result = check_words(row, err);

    *after = NULL;
    if (result < 0)
        return result;
    *after = before != NULL ? json_deep_copy(before) : json_object();
    json_object_set_new(*after, row->name, make_rows(json_object_get(*after, row->name), row));
    if (flags_check(*after, err) < 0) {
        result = error_set(err, ERROR_LIMIT, "more than %d flags, or %d rows of one flag",
                           LIMIT_FLAGS, LIMIT_FLAG_ROWS);
        json_decref(*after);
        *after = NULL;
    }
    return result;
}
