/* SPDX-License-Identifier: ISC
 *
 * Discs, read here and not by libtsk: that takes Rock Ridge's names, which our own discs have, from
 * the wrong place wherever an identifier has an even length, keeps all files of a disc in one list
 * that it searches from the front for each, and counts bytes of extents in 32 bits. Files lie in one
 * piece, so that a disc is little more than its folders. Sources: ECMA-119 (numbers of sections in
 * brackets), SUSP 1.12 and RRIP 1.12 for Rock Ridge, Microsoft's Joliet specification.
 */
#include "agent/reader-image.h"

#include <string.h>

#include "media/base/bytes.h"

#define SECTOR            2048
#define FIRST_DESCRIPTOR  16
#define DESCRIPTORS       64
#define RECORD_LEAST      34
#define ROOT_RECORD_AT    156
#define FOLDER_BYTES      (4 * MIB) /* FOLDER_NAMES of the longest records are below 2 MiB */
#define CONTINUATIONS     8         /* of one record's system use area */
#define FLAG_FOLDER       0x02
#define FLAG_ASSOCIATED   0x04
#define FLAG_MORE_EXTENTS 0x80

/* One directory record [9.1]. The views are borrowed from the sector that it lies in. */
struct record {
    uint64_t at, size; /* bytes on the medium */
    uint8_t flags;
    bool interleaved;
    struct bytes_view identifier, system_use;
};

static int damaged(const char *words, struct error *err)
{
    return error_set(err, ERROR_MEDIUM_DAMAGED, "the disc is damaged: %s", words);
}

/* A number in both byte orders [7.3.3]. */
static int get_both(struct bytes_view *view, uint32_t *value)
{
    uint8_t big[4];

    if (bytes_get_u32(view, value) < 0 || bytes_get(view, big, sizeof(big)) < 0)
        return -1;
    return ((uint32_t)big[0] << 24 | (uint32_t)big[1] << 16 | (uint32_t)big[2] << 8 | big[3]) ==
                   *value
               ? 0
               : -1;
}

/* Takes the record at the front of the view. -1: it is none. */
static int get_record(const struct image_iso *iso, struct bytes_view *view, struct record *record)
{
    struct bytes_view own, skipped;
    uint8_t size, attributes, unit, gap, identifier;
    uint32_t extent, length;

    if (view->size == 0 || view->data[0] < RECORD_LEAST ||
        bytes_get_view(view, view->data[0], &own) < 0)
        return -1;
    if (bytes_get_u8(&own, &size) < 0 || bytes_get_u8(&own, &attributes) < 0 ||
        get_both(&own, &extent) < 0 || get_both(&own, &length) < 0 ||
        bytes_get_view(&own, 7, &skipped) < 0 || bytes_get_u8(&own, &record->flags) < 0 ||
        bytes_get_u8(&own, &unit) < 0 || bytes_get_u8(&own, &gap) < 0 ||
        bytes_get_view(&own, 4, &skipped) < 0 || bytes_get_u8(&own, &identifier) < 0 ||
        bytes_get_view(&own, identifier, &record->identifier) < 0 || identifier == 0)
        return -1;
    if (identifier % 2 == 0 && bytes_get_view(&own, 1, &skipped) < 0)
        return -1;
    record->system_use = own;
    record->interleaved = unit != 0 || gap != 0;
    record->at = iso->offset + ((uint64_t)extent + attributes) * iso->block;
    record->size = length;
    return record->at <= iso->offset + iso->size &&
                   record->size <= iso->offset + iso->size - record->at
               ? 0
               : -1;
}

/* Names. */

struct name {
    char text[LIMIT_PATH_COMPONENT + 1];
    size_t size;
    bool rock_ridge, is_link, is_whole;
};

static void add_letters(struct name *name, const void *letters, size_t size)
{
    if (size > LIMIT_PATH_COMPONENT - name->size || memchr(letters, '\0', size) != NULL) {
        name->is_whole = false;
        return;
    }
    memcpy(name->text + name->size, letters, size);
    name->size += size;
    name->text[name->size] = '\0';
}

/* Where the rest of a system use area lies. */
struct continuation {
    uint32_t block, offset, size;
};

/* The entries of one part of a system use area [SUSP 4.1]. */
static void read_entries(struct bytes_view area, struct name *name, struct continuation *more)
{
    while (area.size >= 4 && area.data[2] >= 4) {
        struct bytes_view entry, skipped;

        if (bytes_get_view(&area, area.data[2], &entry) < 0)
            return;
        if (memcmp(entry.data, "ST", 2) == 0)
            return;
        if (memcmp(entry.data, "SL", 2) == 0)
            name->is_link = true;
        if (memcmp(entry.data, "CE", 2) == 0 && bytes_get_view(&entry, 4, &skipped) == 0 &&
            (get_both(&entry, &more->block) < 0 || get_both(&entry, &more->offset) < 0 ||
             get_both(&entry, &more->size) < 0))
            more->size = 0;
        else if (memcmp(entry.data, "NM", 2) == 0 && entry.size >= 5 &&
                 (entry.data[4] & 0x06) == 0) {
            name->rock_ridge = true;
            add_letters(name, entry.data + 5, entry.size - 5);
        }
    }
}

static void read_rock_ridge(const struct image_iso *iso, const struct record *record,
                            struct name *name)
{
    uint8_t sector[SECTOR];
    struct continuation more = {0};
    struct bytes_view area = record->system_use, skipped;

    if (bytes_get_view(&area, iso->skip, &skipped) < 0)
        return;
    read_entries(area, name, &more);
    for (unsigned i = 0; i < CONTINUATIONS && more.size > 0; i++) {
        uint64_t at = iso->offset + (uint64_t)more.block * iso->block + more.offset;
        size_t size = more.size;

        more.size = 0;
        if (size > sizeof(sector) || image_medium_read(iso->medium, at, sector, size) != size)
            return;
        read_entries(bytes_view_of(sector, size), name, &more);
    }
    if (more.size > 0)
        name->is_whole = false;
}

/* UCS-2, the high byte first. */
static void read_joliet(struct bytes_view letters, struct name *name)
{
    uint8_t high, low;

    while (bytes_get_u8(&letters, &high) == 0 && bytes_get_u8(&letters, &low) == 0) {
        unsigned letter = (unsigned)high << 8 | low;
        const uint8_t utf8[] = {(uint8_t)(0xe0 | letter >> 12),
                                (uint8_t)(0x80 | (letter >> 6 & 0x3f)),
                                (uint8_t)(0x80 | (letter & 0x3f))};
        const uint8_t two[] = {(uint8_t)(0xc0 | letter >> 6), utf8[2]};

        if (letter < 0x80)
            add_letters(name, &low, 1);
        else if (letter < 0x800)
            add_letters(name, two, sizeof(two));
        else
            add_letters(name, utf8, sizeof(utf8));
    }
}

/* ";1" is a version, and a dot at the end goes before it [7.5.1]. */
static void drop_version(struct name *name)
{
    char *semicolon = strchr(name->text, ';');

    if (semicolon != NULL)
        *semicolon = '\0';
    name->size = strlen(name->text);
    if (name->size > 1 && name->text[name->size - 1] == '.')
        name->text[--name->size] = '\0';
}

static void read_name(const struct image_iso *iso, const struct record *record, struct name *name)
{
    *name = (struct name){.is_whole = true};
    if (iso->rock_ridge)
        read_rock_ridge(iso, record, name);
    if (name->rock_ridge)
        return;
    if (iso->joliet)
        read_joliet(record->identifier, name);
    else
        add_letters(name, record->identifier.data, record->identifier.size);
    drop_version(name);
}

/* Folders. */

static bool is_self_or_above(const struct record *record)
{
    return record->identifier.size == 1 && record->identifier.data[0] <= 1;
}

/* What is no plain file is in the listing, and says what it is when it is opened. */
static int take_record(const struct image_iso *iso, const struct record *record,
                       struct image_listing *listing, struct error *err)
{
    enum image_entry_kind kind = (record->flags & FLAG_FOLDER) != 0 ? IMAGE_FOLDER : IMAGE_FILE;
    struct name name;

    if (is_self_or_above(record) || (record->flags & FLAG_ASSOCIATED) != 0)
        return 0;
    read_name(iso, record, &name);
    if (!name.is_whole)
        return damaged("a name that does not end", err);
    if (name.is_link || record->interleaved || (record->flags & FLAG_MORE_EXTENTS) != 0)
        kind = IMAGE_OTHER;
    return image_listing_add(listing, name.text, kind, record->at, record->size, err);
}

/* Records don't reach across sectors; what is left of one is zeros [6.8.1.1]. */
static int take_sector(const struct image_iso *iso, const uint8_t *sector, size_t size,
                       struct image_listing *listing, struct error *err)
{
    struct bytes_view view = bytes_view_of(sector, size);
    int result = 0;

    while (result == 0 && view.size > 0 && view.data[0] != 0) {
        struct record record;

        if (get_record(iso, &view, &record) < 0)
            return damaged("a folder's record can't be", err);
        result = take_record(iso, &record, listing, err);
    }
    return result;
}

int image_iso_list(const struct image_iso *iso, uint64_t at, uint64_t size,
                   struct image_listing *listing, struct error *err)
{
    uint8_t sector[SECTOR];
    int result = 0;

    if (size > FOLDER_BYTES)
        return damaged("a folder is larger than folders are", err);
    for (uint64_t done = 0; done < size && result == 0; done += SECTOR) {
        size_t take = size - done < SECTOR ? (size_t)(size - done) : SECTOR;

        if (image_medium_read(iso->medium, at + done, sector, take) != take)
            return image_medium_blame(iso->medium, err);
        result = take_sector(iso, sector, take, listing, err);
    }
    return result;
}

/* Opening. */

/* The root's record for itself begins with SP where the system use areas follow SUSP [5.3]. */
static void look_for_rock_ridge(struct image_iso *iso)
{
    uint8_t sector[SECTOR];
    struct bytes_view view = bytes_view_of(sector, sizeof(sector));
    struct record record;

    if (image_medium_read(iso->medium, iso->root_at, sector, sizeof(sector)) != sizeof(sector) ||
        get_record(iso, &view, &record) < 0 || record.system_use.size < 7)
        return;
    iso->rock_ridge = memcmp(record.system_use.data, "SP\7\1\xbe\xef", 6) == 0;
    iso->skip = record.system_use.data[6];
}

static bool is_joliet(const uint8_t *descriptor)
{
    return descriptor[88] == '%' && descriptor[89] == '/' &&
           memchr("@CE", descriptor[90], 3) != NULL;
}

static int take_descriptor(struct image_iso *iso, const uint8_t *descriptor, struct error *err)
{
    struct bytes_view view = bytes_view_of(descriptor + ROOT_RECORD_AT, RECORD_LEAST);
    struct record root;

    iso->block = (unsigned)descriptor[128] | (unsigned)descriptor[129] << 8;
    if (iso->block != 512 && iso->block != 1024 && iso->block != SECTOR)
        return damaged("no size of a block", err);
    if (get_record(iso, &view, &root) < 0 || (root.flags & FLAG_FOLDER) == 0)
        return damaged("no root folder", err);
    iso->root_at = root.at;
    iso->root_size = root.size;
    return 0;
}

/* The primary descriptor's names where Rock Ridge completes them, else Joliet's, else those of the
 * primary one. */
int image_iso_open(struct image_medium *medium, uint64_t offset, uint64_t size,
                   struct image_iso *iso, struct error *err)
{
    uint8_t descriptor[SECTOR] = {0};
    struct image_iso second;
    bool have_primary = false, have_joliet = false;
    int result = 0;

    *iso = (struct image_iso){.medium = medium, .offset = offset, .size = size};
    second = *iso;
    second.joliet = true;
    for (unsigned i = 0; i < DESCRIPTORS && result == 0 && descriptor[0] != 255; i++) {
        if (image_medium_read(medium, offset + (uint64_t)(FIRST_DESCRIPTOR + i) * SECTOR,
                              descriptor, SECTOR) != SECTOR ||
            memcmp(descriptor + 1, "CD001", 5) != 0)
            return damaged("its descriptors don't end", err);
        if (descriptor[0] == 1 && !have_primary) {
            result = take_descriptor(iso, descriptor, err);
            have_primary = true;
        } else if (descriptor[0] == 2 && is_joliet(descriptor) && !have_joliet) {
            result = take_descriptor(&second, descriptor, err);
            have_joliet = true;
        }
    }
    if (result < 0)
        return result;
    if (!have_primary)
        return damaged("no primary descriptor", err);
    look_for_rock_ridge(iso);
    if (!iso->rock_ridge && have_joliet)
        *iso = second;
    return 0;
}
