/* SPDX-License-Identifier: ISC
 *
 * What only the keys' owner, or who stole them, could make: packages that are signed and not what
 * they should be, through a whole import into an endpoint. The package is held with its code; its
 * content, row and floor stay; the other package of the same set is taken.
 */
#include "tests/agent/endpoint.h"

#include <string.h>

#include "media/recipe.h"

#define FLAGS "flags-supplement"

/* ---- offsets into a recipe of the files below ---- */

#define FILES        2
#define NAMES_AT     (RECIPE_HEADER_BYTES + FILES * RECIPE_FILE_BYTES)
#define FLAGS_AT     6
#define COUNT_AT     8
#define BYTES_AT     24
#define SIZE_AT      RECIPE_HEADER_BYTES
#define FILE_DIGEST  (RECIPE_HEADER_BYTES + 16)
#define CHUNKS_AT    (NAMES_AT + 14)
#define PACKED_AT    (CHUNKS_AT + 96)
#define CODEC_AT     (CHUNKS_AT + 104)
#define ONE_EXBIBYTE 6 /* this byte of a u64, when it is 0x10 */

static const struct medium_file files[FILES] = {{"aaaaaa", "first", 5}, {"bbbbbb", "second", 6}};

typedef void change_package(struct package_document *package, struct bytes *recipe);

static void name_first(struct bytes *recipe, const char *name)
{
    memcpy(recipe->data + NAMES_AT, name, 6);
}

static void leads_out(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "../aaa");
}

static void absolute(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "/aaaaa");
}

static void backslash(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "..\\aaa");
}

static void with_nul(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "aaa\0aa");
}

static void control_character(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "a\033[2Jb");
}

static void no_utf_8(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "aaaa\xff\xfe");
}

static void option(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "--rf-a");
}

static void twice(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "bbbbbb");
}

static void by_case(struct package_document *package, struct bytes *recipe)
{
    name_first(recipe, "BBBBBB");
}

static void one_exbibyte(struct package_document *package, struct bytes *recipe)
{
    recipe->data[SIZE_AT + ONE_EXBIBYTE] = 0x10;
    recipe->data[BYTES_AT + ONE_EXBIBYTE] = 0x10;
}

static void many_files(struct package_document *package, struct bytes *recipe)
{
    memset(recipe->data + COUNT_AT, 0xff, 4);
}

static void huge_frame(struct package_document *package, struct bytes *recipe)
{
    recipe->data[PACKED_AT + 3] = 0x7f;
}

static void on_a_base(struct package_document *package, struct bytes *recipe)
{
    recipe->data[FLAGS_AT] = 1;
}

static void with_a_prefix(struct package_document *package, struct bytes *recipe)
{
    recipe->data[CODEC_AT] = CODEC_ZSTD_PREFIX;
}

static void unknown_codec(struct package_document *package, struct bytes *recipe)
{
    recipe->data[CODEC_AT] = 9;
}

static void another_file(struct package_document *package, struct bytes *recipe)
{
    recipe->data[FILE_DIGEST] ^= 1;
}

static void trailing(struct package_document *package, struct bytes *recipe)
{
    struct error err = {0};

    assert_ok(bytes_put(recipe, "x", 1, &err), &err);
}

static void needs_what_is_not_there(struct package_document *package, struct bytes *recipe)
{
    package->requirement_count = 1;
    snprintf(package->requirements[0].type, sizeof(package->requirements[0].type), FLAGS);
    package->requirements[0].issue = 9;
}

static void later_schema(struct package_document *package, struct bytes *recipe)
{
    package->schema_low = package->schema_high = 99;
}

static void later_abi(struct package_document *package, struct bytes *recipe)
{
    package->abi_low = package->abi_high = 99;
}

static void fewer_bytes(struct package_document *package, struct bytes *recipe)
{
    package->bytes--;
}

/* ---- one row a case ---- */

static const struct {
    const char *number, *title;
    change_package *change;
    enum error_code code;
} attacks[] = {
    {"D1", "recipe: a name that leads out", leads_out, ERROR_BAD_RECIPE},
    {"D1", "recipe: an absolute name", absolute, ERROR_BAD_RECIPE},
    {"D1", "recipe: backslashes", backslash, ERROR_BAD_RECIPE},
    {"D1", "recipe: NUL in a name", with_nul, ERROR_BAD_RECIPE},
    {"D1", "recipe: control characters", control_character, ERROR_BAD_RECIPE},
    {"D1", "recipe: no UTF-8", no_utf_8, ERROR_BAD_RECIPE},
    {"D1", "recipe: an option as a name", option, ERROR_BAD_RECIPE},
    {"D7", "recipe: a name twice", twice, ERROR_BAD_RECIPE},
    {"C6", "recipe: two names that differ by case", by_case, ERROR_BAD_RECIPE},
    {"D6", "recipe: a file of an exbibyte", one_exbibyte, ERROR_LIMIT},
    {"D6", "recipe: as many files as a count can say", many_files, ERROR_LIMIT},
    {"D6", "recipe: a frame of 2 GiB", huge_frame, ERROR_LIMIT},
    {"C7", "recipe: builds on a base, and its package says otherwise", on_a_base, ERROR_BAD_RECIPE},
    {"C7", "recipe: a frame with a prefix in a full recipe", with_a_prefix, ERROR_BAD_RECIPE},
    {"C7", "recipe: a codec that there is not", unknown_codec, ERROR_UNKNOWN_CODEC},
    {"C1", "recipe: a file of another digest", another_file, ERROR_BAD_DIGEST},
    {"C1", "recipe: another size than the package says", fewer_bytes, ERROR_BAD_RECIPE},
    {"C6", "recipe: bytes behind its end", trailing, ERROR_BAD_RECIPE},
    {"C4", "package: needs an issue that is not there", needs_what_is_not_there, ERROR_REQUIRES},
    {"C4", "package: a later schema", later_schema, ERROR_SCHEMA_RANGE},
    {"C4", "package: a later driver contract", later_abi, ERROR_SCHEMA_RANGE},
};

/* Names, row and floor of the type; the caller's. What its driver can't read was verified: its floor
 * has risen, and that is no change. */
static char *state_of_null(enum error_code code)
{
    struct error err = {0};
    char **names = NULL, *text = bytes_allocate(1, 4096);
    size_t count = 0, used = 0;
    int fd;

    used += (size_t)snprintf(
        text, 4096, "floor %llu, active %llu:",
        (unsigned long long)(code == ERROR_SCHEMA_RANGE ? 0 : floor_number("type:null")),
        (unsigned long long)active_issue("null"));
    assert_ok(path_open_folder(state_folder(end.state), "content/null", &fd, &err), &err);
    assert_ok(path_list(fd, 100, &names, &count, &err), &err);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, 4096 - used, " %s", names[i]);
    path_free_names(names, count);
    close(fd);
    return text;
}

static void what_is_signed_and_wrong_is_held_with_its_code(void **state)
{
    size_t wrong = 0;

    assert_import("active", true);
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        char *before = state_of_null(attacks[i].code), *after;
        struct error err = {0};

        end.medium->change = attacks[i].change;
        medium_add_package(end.medium, "null", "2", 2 + i, files, FILES, NULL);
        medium_write_set(end.medium);
        medium_write_export(end.medium);
        (void)!run_import(false, &err);
        after = state_of_null(attacks[i].code);
        if (strcmp(package_text("null", "code"), error_name(attacks[i].code)) != 0 ||
            strcmp(before, after) != 0) {
            print_message("# %s: %s %s: %s; %s -> %s\n", attacks[i].title, error_name(err.code),
                          package_text("null", "code"), err.words, before, after);
            wrong++;
        } else {
            shows_attack(attacks[i].number, attacks[i].code, attacks[i].title);
        }
        free(before);
        free(after);
    }
    assert_int_equal(wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_signed_and_wrong_is_held_with_its_code, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
