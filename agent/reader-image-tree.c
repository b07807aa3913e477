/* SPDX-License-Identifier: ISC
 *
 * libtsk is a forensic library: it shows what was deleted as if it were there, adds names of its own
 * and searches a whole filesystem to find the parent of what has none. So a name counts only when
 * name and record are both in use, folders are always come by from the root down, and each is read
 * once and kept.
 */
#include "agent/reader-image.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "media/base/bytes.h"

#define ROOT_NAME "sallyport"

struct folder {
    char *name; /* "" is the root; NULL: this place is free */
    struct image_listing listing;
};

struct image_tree {
    struct image_medium *medium;
    struct image {
        TSK_IMG_INFO info; /* first: libtsk hands its address back */
        struct image_medium *medium;
    } image;
    TSK_FS_INFO *filesystem; /* NULL: iso */
    struct image_iso iso;
    struct folder folders[LIMIT_IMAGE_FOLDERS];
    size_t next; /* the place that is taken anew */
};

/* libtsk's end. */

static ssize_t read_image(TSK_IMG_INFO *info, TSK_OFF_T offset, char *out, size_t size)
{
    struct image *image = (struct image *)info;
    size_t got;

    if (offset < 0)
        return -1;
    got = image_medium_read(image->medium, (uint64_t)offset, out, size);
    return got > 0 || size == 0 ? (ssize_t)got : -1;
}

static void close_image(TSK_IMG_INFO *info)
{
}

static void print_image(TSK_IMG_INFO *info, FILE *out)
{
}

/* Entries. */

int image_listing_add(struct image_listing *listing, const char *name, enum image_entry_kind kind,
                      uint64_t number, uint64_t size, struct error *err)
{
    size_t length = strlen(name);

    if (length == 0 || length > LIMIT_PATH_COMPONENT || strchr(name, '/') != NULL ||
        strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return 0;
    if (listing->count == LIMIT_FOLDER_NAMES)
        return error_set(err, ERROR_LIMIT, "more names than FOLDER_NAMES, %d", LIMIT_FOLDER_NAMES);
    if (listing->count == listing->capacity) {
        size_t capacity = 2 * listing->capacity + 64;
        struct image_entry *grown = bytes_allocate(capacity, sizeof(*grown));

        if (listing->count > 0)
            memcpy(grown, listing->entries, listing->count * sizeof(*grown));
        free(listing->entries);
        listing->entries = grown;
        listing->capacity = capacity;
    }
    listing->entries[listing->count++] = (struct image_entry){
        .name = bytes_copy_string(name), .kind = kind, .number = number, .size = size};
    return 0;
}

void image_listing_clear(struct image_listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    *listing = (struct image_listing){0};
}

static void free_folder(struct folder *folder)
{
    image_listing_clear(&folder->listing);
    free(folder->name);
    folder->name = NULL;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct image_entry *)a)->name, ((const struct image_entry *)b)->name);
}

static int compare_folded(const void *a, const void *b)
{
    const char *const *first = a, *const *second = b;

    return strcasecmp(*first, *second);
}

/* Whether this is a name of something that is there. */
static bool is_live(const TSK_FS_NAME *name)
{
    return (name->flags & TSK_FS_NAME_FLAG_ALLOC) != 0 && name->name != NULL &&
           (name->type == TSK_FS_NAME_TYPE_REG || name->type == TSK_FS_NAME_TYPE_DIR);
}

/* Whether its record is in use, is of the same kind and is the one that the name was given to: NTFS
 * counts how often a record was used. */
static bool record_is_live(struct image_tree *tree, const TSK_FS_NAME *name)
{
    TSK_FS_FILE *file = tsk_fs_file_open_meta(tree->filesystem, NULL, name->meta_addr);
    bool live = file != NULL && file->meta != NULL &&
                (file->meta->flags & TSK_FS_META_FLAG_ALLOC) != 0 &&
                (file->meta->type == TSK_FS_META_TYPE_DIR) == (name->type == TSK_FS_NAME_TYPE_DIR);

    if (live && tree->filesystem->ftype == TSK_FS_TYPE_NTFS)
        live = file->meta->seq == name->meta_seq;
    tsk_fs_file_close(file);
    return live;
}

static int take_names(struct image_tree *tree, const TSK_FS_DIR *names,
                      struct image_listing *listing, struct error *err)
{
    size_t count = tsk_fs_dir_getsize(names);
    int result = 0;

    for (size_t i = 0; i < count && result == 0; i++) {
        const TSK_FS_NAME *name = tsk_fs_dir_get_name(names, i);

        /* "." and ".." are left out as any name that is no component; their records may be anywhere. */
        if (name != NULL && is_live(name) && name->name[0] != '\0' && record_is_live(tree, name))
            result = image_listing_add(
                listing, name->name, name->type == TSK_FS_NAME_TYPE_DIR ? IMAGE_FOLDER : IMAGE_FILE,
                name->meta_addr, 0, err);
    }
    return result;
}

/* Most of these filesystems can't hold two names that differ in case only, and which of them a copy
 * elsewhere would keep is anybody's guess. */
static int check_distinct(const struct image_listing *listing, struct error *err)
{
    const char **names = bytes_allocate(listing->count, sizeof(*names));
    int result = 0;

    for (size_t i = 0; i < listing->count; i++)
        names[i] = listing->entries[i].name;
    if (listing->count > 0)
        qsort(names, listing->count, sizeof(*names), compare_folded);
    for (size_t i = 1; i < listing->count && result == 0; i++) {
        if (strcmp(names[i - 1], names[i]) == 0)
            result = error_set(err, ERROR_MEDIUM_DAMAGED, "holds %s twice", names[i]);
        else if (strcasecmp(names[i - 1], names[i]) == 0)
            result = error_set(err, ERROR_UNEXPECTED_FILE, "holds %s and %s, the same but for case",
                               names[i - 1], names[i]);
    }
    free(names);
    return result;
}

static int read_names(struct image_tree *tree, TSK_INUM_T number, struct image_listing *listing,
                      struct error *err)
{
    TSK_FS_DIR *names = tsk_fs_dir_open_meta(tree->filesystem, number);
    int result;

    if (names == NULL)
        return image_medium_blame(tree->medium, err);
    result = take_names(tree, names, listing, err);
    tsk_fs_dir_close(names);
    return result;
}

static int read_folder(struct image_tree *tree, const struct image_entry *entry, const char *name,
                       struct image_listing *listing, struct error *err)
{
    int result;

    image_medium_begin(tree->medium);
    if (tree->filesystem != NULL)
        result = read_names(tree, entry->number, listing, err);
    else
        result = image_iso_list(&tree->iso, entry->number, entry->size, listing, err);
    if (result == 0 && tree->medium->failure != 0)
        result = image_medium_blame(tree->medium, err);
    if (result == 0 && listing->count > 0)
        qsort(listing->entries, listing->count, sizeof(*listing->entries), compare_entries);
    if (result == 0 && name[0] != '\0') /* what else lies on a stick is no concern of ours */
        result = check_distinct(listing, err);
    return result;
}

/* Folders. */

static struct folder *kept_folder(struct image_tree *tree, const char *name)
{
    for (size_t i = 0; i < LIMIT_IMAGE_FOLDERS; i++) {
        if (tree->folders[i].name != NULL && strcmp(tree->folders[i].name, name) == 0)
            return &tree->folders[i];
    }
    return NULL;
}

static int keep_folder(struct image_tree *tree, const struct image_entry *entry, const char *name,
                       const struct folder **kept, struct error *err)
{
    struct folder *folder = &tree->folders[tree->next];
    int result;

    free_folder(folder);
    result = read_folder(tree, entry, name, &folder->listing, err);
    if (result < 0) {
        free_folder(folder);
        return error_context(err, "%s", name[0] != '\0' ? name : "the root folder");
    }
    folder->name = bytes_copy_string(name);
    tree->next = (tree->next + 1) % LIMIT_IMAGE_FOLDERS;
    *kept = folder;
    return 0;
}

static const struct image_entry *entry_named(const struct folder *folder, const char *name)
{
    const struct image_entry key = {.name = (char *)(uintptr_t)name};

    if (folder->listing.count == 0)
        return NULL;
    return bsearch(&key, folder->listing.entries, folder->listing.count, sizeof(key),
                   compare_entries);
}

static int keep_root(struct image_tree *tree, const struct folder **root, struct error *err)
{
    struct image_entry entry = {.kind = IMAGE_FOLDER};

    entry.number = tree->filesystem != NULL ? tree->filesystem->root_inum : tree->iso.root_at;
    entry.size = tree->filesystem != NULL ? 0 : tree->iso.root_size;
    return keep_folder(tree, &entry, "", root, err);
}

/* From the root down: a folder that is not kept is looked up in the one above it. */
static int get_folder(struct image_tree *tree, const char *name, const struct folder **folder,
                      struct error *err)
{
    const struct folder *above = kept_folder(tree, "");
    char path[LIMIT_PATH_BYTES + 1];
    const struct image_entry *entry;
    struct image_entry copy;
    size_t done = 0;
    int result = 0;

    if (above == NULL)
        result = keep_root(tree, &above, err);
    snprintf(path, sizeof(path), "%s", name);
    while (result == 0 && name[done] != '\0') {
        size_t start = done + (done > 0), end = start + strcspn(name + start, "/");

        path[end] = '\0';
        entry = entry_named(above, path + start);
        if (entry == NULL)
            return error_set(err, ERROR_NOT_FOUND, "%s", path);
        if (entry->kind != IMAGE_FOLDER)
            return error_set(err, ERROR_UNEXPECTED_FILE, "%s is no folder", path);
        copy = *entry; /* what it lies in may be given up for it */
        above = kept_folder(tree, path);
        if (above == NULL)
            result = keep_folder(tree, &copy, path, &above, err);
        path[end] = name[end];
        done = end;
    }
    *folder = above;
    return result;
}

int image_tree_list(struct image_tree *tree, const char *folder, const struct image_entry **entries,
                    size_t *count, struct error *err)
{
    const struct folder *found = NULL;
    int result = get_folder(tree, folder, &found, err);

    *entries = result == 0 ? found->listing.entries : NULL;
    *count = result == 0 ? found->listing.count : 0;
    return result;
}

int image_tree_find(struct image_tree *tree, const char *name, const struct image_entry **entry,
                    struct error *err)
{
    const char *slash = strrchr(name, '/');
    size_t above_size = slash != NULL ? (size_t)(slash - name) : 0;
    char above[LIMIT_PATH_BYTES + 1];
    const struct folder *folder = NULL;
    int result;

    snprintf(above, sizeof(above), "%.*s", (int)above_size, name);
    result = get_folder(tree, above, &folder, err);
    if (result < 0)
        return result;
    *entry = entry_named(folder, slash != NULL ? slash + 1 : name);
    return *entry != NULL ? 0 : error_set(err, ERROR_NOT_FOUND, "%s", name);
}

TSK_FS_INFO *image_tree_filesystem(struct image_tree *tree)
{
    return tree->filesystem;
}

/* Which filesystem. */

static void close_filesystem(struct image_tree *tree)
{
    for (size_t i = 0; i < LIMIT_IMAGE_FOLDERS; i++)
        free_folder(&tree->folders[i]);
    tsk_fs_close(tree->filesystem);
    tree->filesystem = NULL;
}

/* What was found where, for an error message. */
struct findings {
    char words[ERROR_WORDS_BYTES];
    size_t used;
    enum error_code code; /* the worst of it */
};

static void note(struct findings *findings, const char *place, const char *words)
{
    size_t left = sizeof(findings->words) - findings->used;
    int size = snprintf(findings->words + findings->used, left, "%s%s: %s",
                        findings->used > 0 ? "; " : "", place, words);

    if (size > 0)
        findings->used += (size_t)size < left ? (size_t)size : left - 1;
}

static int open_filesystem(struct image_tree *tree, const struct image_kind *kind,
                           const struct image_partition *place, struct error *err)
{
    tree->filesystem = tsk_fs_open_img(&tree->image.info, (TSK_OFF_T)place->offset, kind->type);
    return tree->filesystem != NULL ? 0 : image_medium_blame(tree->medium, err);
}

/* 1: it holds the tree, 0: it does not, which is noted. */
static int try_filesystem(struct image_tree *tree, const struct image_kind *kind,
                          const struct image_partition *place, char *words, size_t words_size,
                          struct error *err)
{
    const struct folder *root = NULL;
    const struct image_entry *entry;
    int result;

    image_medium_begin(tree->medium);
    result = image_kind_check(kind, tree->medium, place->offset, place->size, err);
    if (result < 0)
        return result;
    if (kind->type == TSK_FS_TYPE_ISO9660)
        result = image_iso_open(tree->medium, place->offset, place->size, &tree->iso, err);
    else
        result = open_filesystem(tree, kind, place, err);
    if (result < 0)
        return result;
    result = keep_root(tree, &root, err);
    if (result < 0)
        return result;
    entry = entry_named(root, ROOT_NAME);
    if (entry != NULL && entry->kind == IMAGE_FOLDER)
        return 1;
    snprintf(words, words_size, "%s without a folder " ROOT_NAME, kind->name);
    return 0;
}

/* 1: found, 0: look on. */
static int try_place(struct image_tree *tree, const struct image_partition *place,
                     const struct image_kind *kind, struct findings *findings, struct error *err)
{
    char name[32] = "the whole medium", words[ERROR_WORDS_BYTES + 16] = "nothing that is known";
    struct error failure = {0};
    int result = 0;

    if (place->number > 0)
        snprintf(name, sizeof(name), "partition %u", place->number);
    if (kind != NULL && kind->type == TSK_FS_TYPE_UNSUPP)
        snprintf(words, sizeof(words), "%s, which is not read%s%s", kind->name,
                 kind->advice != NULL ? ": " : "", kind->advice != NULL ? kind->advice : "");
    else if (kind != NULL)
        result = try_filesystem(tree, kind, place, words, sizeof(words), &failure);
    if (result == 1)
        return 1;
    close_filesystem(tree);
    if (failure.code == ERROR_MEDIUM_GONE) {
        *err = failure;
        return -(int)err->code;
    }
    if (result < 0) {
        snprintf(words, sizeof(words), "%s: %s", kind->name, failure.words);
        findings->code = failure.code;
    }
    note(findings, name, words);
    return 0;
}

/* A filesystem without a table, unless it is a disc's, which may have both. */
static int choose(struct image_tree *tree, struct error *err)
{
    static const char hint[] = "FAT, exFAT, NTFS and ISO 9660 are read";
    struct image_partition partitions[LIMIT_PARTITIONS];
    const struct image_partition whole = {.size = tree->medium->size};
    struct findings findings = {.code = ERROR_NOT_A_MEDIUM};
    const struct image_kind *kind = image_kind_at(tree->medium, 0, whole.size);
    size_t count = 0;
    int result = 0;

    if (kind == NULL || kind->type == TSK_FS_TYPE_ISO9660)
        result = image_partitions(tree->medium, partitions, &count, err);
    if (result == 0 && (kind != NULL || count == 0))
        result = try_place(tree, &whole, kind, &findings, err);
    for (size_t i = 0; i < count && result == 0; i++)
        result = try_place(tree, &partitions[i],
                           image_kind_at(tree->medium, partitions[i].offset, partitions[i].size),
                           &findings, err);
    if (result != 0)
        return result < 0 ? result : 0;
    if (tree->medium->failure != 0)
        return image_medium_blame(tree->medium, err);
    return error_set(err, findings.code, "no tree on it (%s). %s", findings.words, hint);
}

int image_tree_open(struct image_medium *medium, struct image_tree **tree, struct error *err)
{
    struct image_tree *made = bytes_allocate(1, sizeof(*made));
    int result = 0;

    *tree = NULL;
    made->medium = medium;
    made->image.medium = medium;
    image_medium_begin(medium);
    if (tsk_img_open_external(&made->image, (TSK_OFF_T)medium->size, 512, read_image, close_image,
                              print_image) == NULL)
        result = image_medium_blame(medium, err);
    if (result == 0)
        result = choose(made, err);
    if (result < 0) {
        image_tree_close(made);
        return result;
    }
    *tree = made;
    return 0;
}

void image_tree_close(struct image_tree *tree)
{
    if (tree == NULL)
        return;
    close_filesystem(tree);
    free(tree);
}
