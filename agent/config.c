/* SPDX-License-Identifier: ISC */
#include "agent/config.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/config-export.h"
#include "agent/config-media.h"
#include "media/base/ini.h"
#include "media/base/json.h"
#include "media/base/path.h"
#include "media/base/source.h"
#include "media/base/text.h"
#include "media/base/url.h"
#include "media/content-type.h"

#define INTERVAL_MIN 60
#define INTERVAL_MAX (7 * 86400)
#define DAYS_MAX     36500
#define DROP_INS     256
#define MEMORY_MIN   (16 * MIB)
#define MEMORY_MAX   (64 * GIB)
#define ENDS_MIN     2 /* one end may be an accident of the machine */
#define WINDOW_MIN   10
#define WINDOW_MAX   86400

static void set_text(char **place, const char *value)
{
    free(*place);
    *place = bytes_copy_string(value);
}

static int set_path(char **place, const char *value, struct error *err)
{
    if (value[0] != '/')
        return error_set(err, ERROR_CONFIG, "expected an absolute path");
    set_text(place, value);
    return 0;
}

/* A user or group name as useradd takes it. */
static int set_account(char **place, const char *value, struct error *err)
{
    size_t good = strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789_-");

    if (value[good] != '\0' || value[0] == '-' || (value[0] >= '0' && value[0] <= '9') || good > 32)
        return error_set(err, ERROR_CONFIG, "expected the name of a user or group");
    set_text(place, value);
    return 0;
}

static int set_wave_policy(bool *emergency, const char *value, struct error *err)
{
    *emergency = strcmp(value, "emergency") == 0;
    if (*emergency || strcmp(value, "normal") == 0)
        return 0;
    return error_set(err, ERROR_CONFIG, "expected normal or emergency");
}

/* One function a key: the table below is read from top to bottom as the manual page is. */
#define TAKE(function, set, member)                                                                \
    static int function(void *context, const char *name, const char *value, struct error *err)     \
    {                                                                                              \
        return set(&((struct config *)context)->member, value, err);                               \
    }
TAKE(take_state, set_path, state)
TAKE(take_socket, set_path, socket)
TAKE(take_libexec, set_path, libexec)
TAKE(take_policy, set_path, policy)
TAKE(take_read_group, set_account, read_group)
TAKE(take_act_group, set_account, act_group)
TAKE(take_front_user, set_account, front_user)
TAKE(take_verify_user, set_account, verify_user)
TAKE(take_intake_user, set_account, intake_user)
TAKE(take_driver_user, set_account, driver_user)
TAKE(take_usb_user, set_account, usb_user)
TAKE(take_inventory_user, set_account, inventory_user)
TAKE(take_inventory_root, set_path, inventory_root)
TAKE(take_wave_policy, set_wave_policy, wave_emergency)
#undef TAKE

static int take_interval(void *context, const char *name, const char *value, struct error *err)
{
    struct config *config = context;

    return ini_number(value, INTERVAL_MIN, INTERVAL_MAX, &config->interval_s, err);
}

static int take_site(void *context, const char *name, const char *value, struct error *err)
{
    struct config *config = context;

    if (!json_name_valid(value))
        return error_set(err, ERROR_CONFIG, "expected a name: [a-z0-9] then [a-z0-9._-]");
    snprintf(config->site, sizeof(config->site), "%s", value);
    return 0;
}

/* The row of a name in a table of rows that begin with their name; a new one where it is absent. */
static void *named_row(void *rows, size_t row_size, size_t limit, size_t *count, const char *name)
{
    char *row = rows;

    for (size_t i = 0; i < *count; i++, row += row_size) {
        if (strcmp(row, name) == 0)
            return row;
    }
    if (*count == limit)
        return NULL;
    (*count)++;
    snprintf(row, LIMIT_NAME_BYTES + 1, "%s", name);
    return row;
}

static struct config_source *source_row(struct config *config, const char *name, struct error *err)
{
    struct config_source *row = named_row(config->sources, sizeof(config->sources[0]),
                                          CONFIG_SOURCES, &config->source_count, name);

    if (row == NULL)
        error_set(err, ERROR_CONFIG, "more than %d sources", CONFIG_SOURCES);
    return row;
}

static const char *source_type(const char *value)
{
    const char *name;

    for (size_t i = 0; (name = source_kind_name(i)) != NULL; i++) {
        if (strcmp(name, value) == 0)
            return name;
    }
    return NULL;
}

static int unknown_type(const char *value, struct error *err)
{
    const char *name, *nearest = source_kind_name(0);
    char names[128] = "";
    size_t used = 0;

    for (size_t i = 0; (name = source_kind_name(i)) != NULL; i++) {
        used +=
            (size_t)snprintf(names + used, sizeof(names) - used, "%s%s", i > 0 ? ", " : "", name);
        if (text_distance(value, name) < text_distance(value, nearest))
            nearest = name;
    }
    return error_set(err, ERROR_CONFIG, "expected one of %s; did you mean %s?", names, nearest);
}

static int take_source_type(void *context, const char *name, const char *value, struct error *err)
{
    struct config_source *source = source_row(context, name, err);

    if (source == NULL)
        return -ERROR_CONFIG;
    source->type = source_type(value);
    return source->type != NULL ? 0 : unknown_type(value, err);
}

static int take_source_location(void *context, const char *name, const char *value,
                                struct error *err)
{
    struct config_source *source = source_row(context, name, err);

    if (source == NULL)
        return -ERROR_CONFIG;
    if (source_check(value, NULL, err) < 0) {
        err->code = ERROR_CONFIG;
        return -ERROR_CONFIG;
    }
    set_text(&source->location, value);
    return 0;
}

static int take_source_ca(void *context, const char *name, const char *value, struct error *err)
{
    struct config_source *source = source_row(context, name, err);

    return source == NULL ? -ERROR_CONFIG : set_path(&source->ca, value, err);
}

static struct config_age *age_row(struct config *config, const char *name, struct error *err)
{
    struct config_age *row;

    if (content_type_find(name) == NULL) {
        error_set(err, ERROR_CONFIG, "%s is no content type", name);
        return NULL;
    }
    row = named_row(config->ages, sizeof(config->ages[0]), CONFIG_AGES, &config->age_count, name);
    if (row == NULL)
        error_set(err, ERROR_CONFIG, "more than %d ages", CONFIG_AGES);
    return row;
}

static int take_age_warn(void *context, const char *name, const char *value, struct error *err)
{
    struct config_age *age = age_row(context, name, err);

    if (age == NULL)
        return -ERROR_CONFIG;
    age->has_warn = true;
    return ini_number(value, 0, DAYS_MAX, &age->warn_days, err);
}

static int take_age_fail(void *context, const char *name, const char *value, struct error *err)
{
    struct config_age *age = age_row(context, name, err);

    if (age == NULL)
        return -ERROR_CONFIG;
    age->has_fail = true;
    return ini_number(value, 0, DAYS_MAX, &age->fail_days, err);
}

static bool family_known(const char *family)
{
    const struct content_type *type;

    for (size_t i = 0; (type = content_type_row(i)) != NULL; i++) {
        if (strcmp(type->family, family) == 0)
            return true;
    }
    return false;
}

static struct config_driver *driver_row(struct config *config, const char *name, struct error *err)
{
    struct config_driver *row;

    if (!family_known(name)) {
        error_set(err, ERROR_CONFIG, "%s is no driver family", name);
        return NULL;
    }
    row = named_row(config->drivers, sizeof(config->drivers[0]), CONFIG_DRIVERS,
                    &config->driver_count, name);
    if (row == NULL)
        error_set(err, ERROR_CONFIG, "more than %d drivers", CONFIG_DRIVERS);
    return row;
}

static int take_driver_memory(void *context, const char *name, const char *value, struct error *err)
{
    struct config_driver *driver = driver_row(context, name, err);

    return driver == NULL ? -ERROR_CONFIG
                          : ini_size(value, MEMORY_MIN, MEMORY_MAX, &driver->memory_bytes, err);
}

static int take_driver_ends(void *context, const char *name, const char *value, struct error *err)
{
    struct config_driver *driver = driver_row(context, name, err);

    return driver == NULL ? -ERROR_CONFIG
                          : ini_number(value, ENDS_MIN, CONFIG_ENDS_MAX, &driver->ends, err);
}

static int take_driver_window(void *context, const char *name, const char *value, struct error *err)
{
    struct config_driver *driver = driver_row(context, name, err);

    return driver == NULL ? -ERROR_CONFIG
                          : ini_number(value, WINDOW_MIN, WINDOW_MAX, &driver->window_s, err);
}

/* Every key of the file. (sallyport-agent.conf.5 has the same rows in words) */
static const struct ini_row rows[] = {
    {"agent", false, "state", take_state},
    {"agent", false, "socket", take_socket},
    {"agent", false, "libexec", take_libexec},
    {"agent", false, "policy", take_policy},
    {"agent", false, "interval", take_interval},
    {"agent", false, "site", take_site},
    {"agent", false, "read-group", take_read_group},
    {"agent", false, "act-group", take_act_group},
    {"agent", false, "front-user", take_front_user},
    {"agent", false, "verify-user", take_verify_user},
    {"agent", false, "intake-user", take_intake_user},
    {"agent", false, "driver-user", take_driver_user},
    {"agent", false, "usb-user", take_usb_user},
    {"agent", false, "inventory-user", take_inventory_user},
    {"agent", false, "inventory-root", take_inventory_root},
    {"wave", false, "policy", take_wave_policy},
    {"source", true, "type", take_source_type},
    {"source", true, "location", take_source_location},
    {"source", true, "ca", take_source_ca},
    {"age", true, "warn", take_age_warn},
    {"age", true, "fail", take_age_fail},
    {"driver", true, "memory", take_driver_memory},
    {"driver", true, "ends", take_driver_ends},
    {"driver", true, "window", take_driver_window},
    {"export", false, "categories", config_take_export_categories},
    {"export", false, "telemetry", config_take_export_telemetry},
    {"export", false, "items", config_take_export_items},
    {"export", false, "bytes", config_take_export_bytes},
    {"telemetry", false, "suffix", config_take_suffix},
    {"media", false, "registered-only", config_take_registered_only},
    {"media", false, "trusted-hubs", config_take_trusted_hubs},
    {"media-rule", true, "rule", config_take_media_rule},
};

/* What holds where no file says anything. The same rows take it as take a file's. */
static const struct {
    const char *section, *key, *value;
} built_in[] = {
    {"agent", "state", STATE_FOLDER},
    {"agent", "socket", RUN_FOLDER "/agent.sock"},
    {"agent", "libexec", LIBEXEC_FOLDER},
    {"agent", "policy", SYSCONF_FOLDER "/policy"},
    {"agent", "interval", "3600"},
    {"agent", "read-group", "sallyport"},
    {"agent", "act-group", "sallyport-admin"},
    {"agent", "front-user", "sallyport-front"},
    {"agent", "verify-user", "sallyport-verify"},
    {"agent", "intake-user", "sallyport-intake"},
    {"agent", "driver-user", "sallyport-driver"},
    {"agent", "usb-user", "sallyport-usb"},
    {"agent", "inventory-user", "sallyport-inventory"},
    {"agent", "inventory-root", "/"},
    {"export", "categories", "refusals detections"},
    {"export", "telemetry", "no"},
    {"export", "items", "1000"},
    {"export", "bytes", "4M"},
    {"media", "registered-only", "no"},
};

static int take_one(struct config *config, const char *section, const char *key, const char *value,
                    const char *origin, struct error *err)
{
    int result = error_set(err, ERROR_INTERNAL, "[%s] has no key %s", section, key);

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].section, section) == 0 && strcmp(rows[i].key, key) == 0)
            result = rows[i].take(config, "", value, err);
    }
    if (result == 0)
        config_set_origin(config, section, key, value, origin);
    return result;
}

static int set_built_in(struct config *config, struct error *err)
{
    int result = 0;

    *config = (struct config){.origins = json_object()};
    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]) && result == 0; i++)
        result = take_one(config, built_in[i].section, built_in[i].key, built_in[i].value,
                          "built-in", err);
    return result;
}

/* A relative path on a command line is one from where we were started. */
int config_override(struct config *config, const char *key, const char *value, struct error *err)
{
    char path[LIMIT_PATH_BYTES + 1], *here;
    int size;

    if (value == NULL)
        return 0;
    if (value[0] == '/')
        return take_one(config, "agent", key, value, "command line", err);
    here = getcwd(NULL, 0);
    if (here == NULL)
        return error_set_errno(err, ERROR_IO, errno, "the working folder");
    size = snprintf(path, sizeof(path), "%s/%s", here, value);
    free(here);
    if (size >= (int)sizeof(path))
        return error_set(err, ERROR_LIMIT, "--%s: longer than PATH_BYTES", key);
    return take_one(config, "agent", key, path, "command line", err);
}

static void free_sources(struct config *config)
{
    for (size_t i = 0; i < config->source_count; i++) {
        free(config->sources[i].location);
        free(config->sources[i].ca);
    }
    config->source_count = 0;
    memset(config->sources, 0, sizeof(config->sources));
}

void config_drop_sources(struct config *config)
{
    const char *key;
    json_t *row;
    void *next;

    free_sources(config);
    json_object_foreach_safe(config->origins, next, key, row)
    {
        if (strncmp(key, "source.", strlen("source.")) == 0)
            json_object_del(config->origins, key);
    }
}

static void note_origin(void *context, const char *section, const char *key, const char *value,
                        unsigned line)
{
    struct config *config = context;
    char origin[LIMIT_PATH_BYTES + 320];

    snprintf(origin, sizeof(origin), "%s:%u", config->file, line);
    config_set_origin(config, section, key, value, origin);
}

static int read_one(int dirfd, const char *folder, const char *name, struct config *config,
                    struct error *err)
{
    char shown[LIMIT_PATH_BYTES + 300];
    struct bytes text;
    int result;

    snprintf(shown, sizeof(shown), "%s/%s", folder, name);
    result = path_read(dirfd, name, INI_FILE_BYTES, &text, err);
    config->file = shown;
    if (result == 0)
        result = ini_read_noting(shown, bytes_view(&text), rows, sizeof(rows) / sizeof(rows[0]),
                                 note_origin, config, err);
    else
        error_context(err, "%s", shown);
    config->file = NULL;
    bytes_clear(&text);
    return result;
}

static bool is_drop_in(const char *name)
{
    size_t length = strlen(name);

    return length > 5 && name[0] != '.' && strcmp(name + length - 5, ".conf") == 0;
}

static int read_drop_ins(int dirfd, const char *folder, struct config *config, struct error *err)
{
    char shown[LIMIT_PATH_BYTES + 300];
    struct error absent = {0};
    char **names = NULL;
    size_t count = 0;
    int conf_d = -1, result;

    if (path_open_folder(dirfd, "conf.d", &conf_d, &absent) < 0) {
        if (absent.code == ERROR_NOT_FOUND)
            return 0;
        *err = absent;
        return error_context(err, "%s/conf.d", folder);
    }
    snprintf(shown, sizeof(shown), "%s/conf.d", folder);
    result = path_list(conf_d, DROP_INS, &names, &count, err);
    for (size_t i = 0; i < count && result == 0; i++) {
        if (is_drop_in(names[i]))
            result = read_one(conf_d, shown, names[i], config, err);
    }
    path_free_names(names, count);
    close(conf_d);
    return result;
}

/* Its keys may come in any order and from several files, so they meet only here. */
static int check_source(const char *file, const struct config_source *source, struct error *err)
{
    struct error problem = {0};
    struct url url = {0};

    if (source->type == NULL || source->location == NULL)
        return error_set(err, ERROR_CONFIG, "%s: [source %s] needs type and location", file,
                         source->name);
    if (source_check(source->location, source->type, &problem) < 0)
        return error_set(err, ERROR_CONFIG, "%s: [source %s] %s", file, source->name,
                         problem.words);
    if (url_is(source->location) && url_parse(source->location, &url, err) < 0)
        return -(int)err->code;
    if (url.tls != (source->ca != NULL))
        return error_set(err, ERROR_CONFIG,
                         "%s: [source %s] ca = FILE goes with https, and only so", file,
                         source->name);
    return 0;
}

static int check_whole(const char *file, const struct config *config, struct error *err)
{
    for (size_t i = 0; i < config->source_count; i++) {
        int result = check_source(file, &config->sources[i], err);

        if (result < 0)
            return result;
    }
    for (size_t i = 0; i < config->age_count; i++) {
        const struct config_age *age = &config->ages[i];

        if (!age->has_warn || !age->has_fail)
            return error_set(err, ERROR_CONFIG, "%s: [age %s] needs warn and fail", file,
                             age->type);
        if (age->fail_days != 0 && age->warn_days > age->fail_days)
            return error_set(err, ERROR_CONFIG, "%s: [age %s] warn is later than fail", file,
                             age->type);
    }
    return 0;
}

/* The folder of `file`, opened as the system resolves it (an admin may link it), and its last part.
 */
static int open_folder(const char *file, char **folder, char **name, int *dirfd, struct error *err)
{
    char *first = bytes_copy_string(file), *second = bytes_copy_string(file);

    *folder = bytes_copy_string(dirname(first));
    *name = bytes_copy_string(basename(second));
    free(first);
    free(second);
    *dirfd = open(*folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*dirfd < 0)
        return error_set_errno(err, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_IO, errno, "%s",
                               *folder);
    return 0;
}

int config_read(const char *file, bool must_exist, struct config *config, struct error *err)
{
    char *folder = NULL, *name = NULL;
    struct error absent = {0};
    int dirfd = -1, result;

    result = set_built_in(config, err);
    if (result < 0)
        return result;
    result = open_folder(file, &folder, &name, &dirfd, &absent);
    if (result == 0)
        result = read_one(dirfd, folder, name, config, &absent);
    if (result < 0 && absent.code == ERROR_NOT_FOUND && !must_exist)
        result = 0;
    else if (result < 0)
        result = error_set(err, ERROR_CONFIG, "%s", absent.words);
    if (result == 0 && dirfd >= 0)
        result = read_drop_ins(dirfd, folder, config, err);
    if (result == 0)
        result = check_whole(file, config, err);
    if (dirfd >= 0)
        close(dirfd);
    config->folder = folder;
    free(name);
    return result;
}

void config_clear(struct config *config)
{
    char **texts[] = {&config->folder,         &config->state,         &config->socket,
                      &config->libexec,        &config->policy,        &config->read_group,
                      &config->act_group,      &config->front_user,    &config->verify_user,
                      &config->intake_user,    &config->driver_user,   &config->usb_user,
                      &config->inventory_user, &config->inventory_root};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(*texts[i]);
    free_sources(config);
    config_clear_media(config);
    json_decref(config->origins);
    *config = (struct config){0};
}
