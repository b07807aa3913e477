/* SPDX-License-Identifier: ISC
 *
 * The list of pristine copies: read whole or not at all. A program that is not what its row says is
 * told and put back, and a copy that is damaged is never used.
 */
#include "tests/scratch.h"

#include <sys/stat.h>

#include "agent/pristine.h"

static const char program[] = "the bytes of a program";
static int own, pristine;

static void append_digest(char *text, size_t size, const void *data, size_t data_size)
{
    uint8_t digest[DIGEST_BYTES];
    char hex[DIGEST_TEXT_BYTES];
    size_t length = strlen(text);

    digest_of(data, data_size, digest);
    snprintf(text + length, size - length, "%s", digest_text(digest, hex));
}

/* A row with the program's digest. */
static void append_row(char *text, size_t size, const char *mode, const char *name)
{
    size_t length = strlen(text);

    snprintf(text + length, size - length, "%s ", mode);
    append_digest(text, size, program, sizeof(program));
    length = strlen(text);
    snprintf(text + length, size - length, " %s\n", name);
}

static void append_end(char *text, size_t size)
{
    size_t before = strlen(text);

    snprintf(text + before, size - before, "end ");
    append_digest(text, size, text, before);
    snprintf(text + strlen(text), size - strlen(text), "\n");
}

static int open_folders(void **state)
{
    if (scratch_open(state) < 0)
        return -1;
    own = scratch_folder(((struct scratch *)*state)->fd, "own");
    pristine = scratch_folder(((struct scratch *)*state)->fd, "pristine");
    scratch_put(pristine, "sallyport-one", program, sizeof(program));
    return 0;
}

static int close_folders(void **state)
{
    close(own);
    close(pristine);
    return scratch_close(state);
}

static void take_list(struct pristine_list *list)
{
    char text[1024] = "";
    struct error err = {0};

    append_row(text, sizeof(text), "0755", "sallyport-one");
    append_row(text, sizeof(text), "0700", "sallyport-two");
    append_end(text, sizeof(text));
    scratch_put(pristine, "list", text, strlen(text));
    assert_ok(pristine_read(pristine, list, &err), &err);
}

static void a_list_is_read(void **state)
{
    struct pristine_list list;
    struct error err = {0};

    (void)state;
    assert_int_equal(pristine_read(pristine, &list, &err), -(int)ERROR_NOT_FOUND);
    take_list(&list);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.files[0].mode, 0755);
    assert_ptr_equal(pristine_find(&list, "sallyport-two"), &list.files[1]);
    assert_null(pristine_find(&list, "sallyport-three"));
}

static void a_damaged_list_is_none(void **state)
{
    struct pristine_list list;
    char text[1024] = "";
    size_t size;

    (void)state;
    append_row(text, sizeof(text), "0755", "sallyport-one");
    append_end(text, sizeof(text));
    size = strlen(text);
    assert_int_equal(pristine_parse(bytes_view_of(text, size), &list), 0);
    for (size_t i = 0; i < size; i++) {
        text[i] ^= 1;
        assert_int_equal(pristine_parse(bytes_view_of(text, size), &list), -1);
        text[i] ^= 1;
        assert_int_equal(pristine_parse(bytes_view_of(text, i), &list), -1);
    }
    text[size] = '\n';
    assert_int_equal(pristine_parse(bytes_view_of(text, size + 1), &list), -1);
}

/* Each with a digest at its end that fits. */
static void rows_have_one_form(void **state)
{
    static const struct {
        const char *mode, *name;
    } rows[] = {{"0855", "a"}, {"755 ", "a"}, {"0755", ""}, {"0755", "../a"}, {"0755", "a/b"}};
    struct pristine_list list;

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char text[1024] = "";

        append_row(text, sizeof(text), rows[i].mode, rows[i].name);
        append_end(text, sizeof(text));
        assert_int_equal(pristine_parse(bytes_view_of(text, strlen(text)), &list), -1);
    }
}

static void a_list_is_bounded(void **state)
{
    const size_t size = 32 * KIB;
    char *text = bytes_allocate(1, size);
    struct pristine_list list;

    (void)state;
    for (int i = 0; i < LIMIT_PRISTINE_FILES + 1; i++)
        append_row(text, size, "0755", "a");
    append_end(text, size);
    assert_int_equal(pristine_parse(bytes_view_of(text, strlen(text)), &list), -1);
    free(text);
}

static void assert_unsound(const struct pristine_list *list, const char *told)
{
    char words[ERROR_WORDS_BYTES];
    struct error err = {0};
    bool sound;

    assert_ok(pristine_compare(own, &list->files[0], &sound, words, &err), &err);
    assert_string_equal(words, told);
    assert_int_equal(sound, told[0] == '\0');
}

static void put_back(const struct pristine_list *list)
{
    struct error err = {0};

    assert_ok(pristine_restore(pristine, own, &list->files[0], &err), &err);
    assert_unsound(list, "");
}

static void a_program_is_put_back(void **state)
{
    struct pristine_list list;

    (void)state;
    take_list(&list);
    assert_unsound(&list, "sallyport-one is gone");
    put_back(&list);
    assert_int_equal(fchmodat(own, "sallyport-one", 04755, 0), 0);
    assert_unsound(&list, "sallyport-one has mode 4755 in place of 0755");
    put_back(&list);
    scratch_put(own, "sallyport-one", "other", 5);
    assert_int_equal(fchmodat(own, "sallyport-one", 0755, 0), 0);
    assert_unsound(&list, "sallyport-one does not have its digest");
    put_back(&list);
    assert_int_equal(unlinkat(own, "sallyport-one", 0), 0);
    assert_int_equal(symlinkat("/bin/sh", own, "sallyport-one"), 0);
    assert_unsound(&list, "sallyport-one has mode 0777 in place of 0755");
    put_back(&list);
}

static void a_damaged_copy_is_never_used(void **state)
{
    struct pristine_list list;
    struct error err = {0};
    char **names;
    size_t count;

    (void)state;
    take_list(&list);
    scratch_put(pristine, "sallyport-one", "other", 5);
    assert_int_equal(pristine_restore(pristine, own, &list.files[0], &err), -(int)ERROR_BAD_DIGEST);
    assert_unsound(&list, "sallyport-one is gone");
    assert_ok(path_list(own, 10, &names, &count, &err), &err);
    assert_int_equal(count, 0); /* nor is anything left */
    path_free_names(names, count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_list_is_read, open_folders, close_folders),
        cmocka_unit_test(a_damaged_list_is_none),
        cmocka_unit_test(rows_have_one_form),
        cmocka_unit_test(a_list_is_bounded),
        cmocka_unit_test_setup_teardown(a_program_is_put_back, open_folders, close_folders),
        cmocka_unit_test_setup_teardown(a_damaged_copy_is_never_used, open_folders, close_folders),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
