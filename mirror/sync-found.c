/* SPDX-License-Identifier: ISC */
#include "mirror/sync-found.h"

#include <string.h>
#include <unistd.h>

#include "media/base/path.h"
#include "media/base/publish.h"
#include "mirror/founding.h"
#include "mirror/root-pem.h"
#include "mirror/sync-trust.h"
#include "mirror/tree-list.h"

#define FILE_MODE 0644

static int make_folders(int work_fd, struct error *err)
{
    static const char *const folders[] = {
        REPOSITORY_TREE "/" VOLUME_ROOT "/root",    REPOSITORY_TREE "/" VOLUME_ROOT "/crl",
        REPOSITORY_TREE "/" VOLUME_ROOT "/rings",   REPOSITORY_TREE "/" VOLUME_ROOT "/packages",
        REPOSITORY_TREE "/" VOLUME_ROOT "/recipes", REPOSITORY_TREE "/" VOLUME_ROOT "/packs",
    };
    int result = 0;

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]) && result == 0; i++)
        result = path_make_folders(work_fd, folders[i], 0755, err);
    return result;
}

static int write_tree(const struct sync_trust *trust, int work_fd, struct error *err)
{
    int tree_fd;
    int result = path_open_folder(work_fd, REPOSITORY_TREE, &tree_fd, err);

    if (result < 0)
        return result;
    result = publish_file(tree_fd, VOLUME_ROOT "/FORMAT", VOLUME_FORMAT_TEXT,
                          strlen(VOLUME_FORMAT_TEXT), FILE_MODE, err);
    if (result == 0)
        result = sync_trust_write_roots(trust, tree_fd, err);
    if (result == 0)
        result = tree_list_write(tree_fd, NULL, err);
    (void)close(tree_fd);
    return result;
}

static int write_root_pem(const struct sync_trust *trust, int work_fd, struct error *err)
{
    struct bytes text;
    int result = root_pem_text(trust_root(trust->trust), &text, err);

    if (result == 0)
        result = publish_file(work_fd, REPOSITORY_ROOT_PEM, text.data, text.size, FILE_MODE, err);
    bytes_clear(&text);
    return result;
}

static int write_settings(const struct sync_found *found, int work_fd, struct error *err)
{
    struct settings settings = {.organisation = bytes_copy_string(found->organisation),
                                .set_days = SETTINGS_SET_DAYS,
                                .deltas = SETTINGS_DELTAS,
                                .upstream = bytes_copy_string(found->source)};
    struct bytes text;
    int result;

    if (found->ca != NULL)
        settings.upstream_ca = bytes_copy_string(found->ca);
    bytes_init(&text, SETTINGS_BYTES);
    result = settings_write(&settings, &text, err);
    if (result == 0)
        result = publish_file(work_fd, SETTINGS_FILE, text.data, text.size, FILE_MODE, err);
    bytes_clear(&text);
    settings_clear(&settings);
    return result;
}

static int make(const struct sync_found *found, const struct sync_trust *trust, struct error *err)
{
    struct founding founding;
    int result = founding_begin_keyless(found->folder, &founding, err);

    if (result == 0)
        result = make_folders(founding.work_fd, err);
    if (result == 0)
        result = write_tree(trust, founding.work_fd, err);
    if (result == 0)
        result = write_root_pem(trust, founding.work_fd, err);
    if (result == 0)
        result = write_settings(found, founding.work_fd, err);
    if (result == 0)
        result = founding_complete(&founding, err);
    founding_end(&founding, result == 0);
    return result;
}

int sync_found(const struct sync_found *found, struct upstream *upstream, struct error *err)
{
    struct sync_trust trust;
    int result = sync_trust_begin(NULL, &trust, err);

    if (result == 0)
        result = sync_trust_follow(&trust, upstream, err);
    for (size_t i = 0; found->anchors[i] != NULL && result == 0; i++)
        result = sync_trust_anchor(&trust, NULL, found->anchors[i], err);
    if (result == 0)
        result = make(found, &trust, err);
    sync_trust_end(&trust);
    return result;
}
