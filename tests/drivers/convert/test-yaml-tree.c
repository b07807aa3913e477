/* SPDX-License-Identifier: ISC
 *
 * YAML from outside: what becomes a tree and how, and all that is refused, with its line.
 */
#include "tests/test.h"

#include "drivers/convert/yaml-tree.h"
#include "media/base/limits.h"

static struct bytes_view view(const char *text)
{
    return bytes_view_of(text, strlen(text));
}

static struct yaml_tree *read_good(const char *text)
{
    struct yaml_tree *tree = NULL;
    struct error err = {0};
    unsigned line;

    assert_ok(yaml_tree_read(view(text), &tree, &line, &err), &err);
    return tree;
}

static void test_tree(void **state)
{
    struct yaml_tree *tree = read_good("title: A b # not this\n"
                                       "none:\n"
                                       "list:\n"
                                       "    - \"q\\0\\\"\"\n"
                                       "    - {a: 1, b: null}\n");
    const struct yaml_item *root = yaml_tree_root(tree);
    const struct yaml_item *list = yaml_item_member(root, "list");
    const struct yaml_item *second;

    (void)state;
    assert_int_equal(root->kind, YAML_MAP);
    assert_true(yaml_item_is(yaml_item_member(root, "title"), "A b"));
    assert_true(yaml_item_is_null(yaml_item_member(root, "none")));
    assert_null(yaml_item_member(root, "titl"));
    assert_int_equal(list->line, 3);
    assert_int_equal(list->first->line, 4);
    assert_int_equal(list->first->text.size, 3);
    assert_memory_equal(list->first->text.data, "q\0\"", 3);
    assert_false(list->first->plain);
    second = list->first->next;
    assert_null(second->next);
    assert_int_equal(second->line, 5);
    assert_true(yaml_item_is(yaml_item_member(second, "a"), "1"));
    assert_true(yaml_item_is_null(yaml_item_member(second, "b")));
    yaml_tree_free(tree);
    tree = read_good("'null'");
    assert_false(yaml_item_is_null(yaml_tree_root(tree)));
    yaml_tree_free(tree);
}

static void refused(const char *text, enum error_code code, unsigned where, const char *words)
{
    struct yaml_tree *tree = NULL;
    struct error err = {0};
    unsigned line;

    assert_refused(yaml_tree_read(view(text), &tree, &line, &err), &err, code);
    assert_null(tree);
    assert_int_equal(line, where);
    if (strstr(err.words, words) == NULL)
        fail_msg("%s: expected %s", err.words, words);
}

static void test_refused(void **state)
{
    (void)state;
    refused("a: &x 1\nb: *x\n", ERROR_BAD_CONTENT, 1, "anchors and tags");
    refused("a: 1\nb: *x\n", ERROR_BAD_CONTENT, 2, "aliases");
    refused("a: !!binary aaaa\n", ERROR_BAD_CONTENT, 1, "anchors and tags");
    refused("a: !x [1]\n", ERROR_BAD_CONTENT, 1, "anchors and tags");
    refused("%YAML 1.1\n---\na: 1\n", ERROR_BAD_CONTENT, 1, "directives");
    refused("a: 1\n---\nb: 2\n", ERROR_BAD_CONTENT, 2, "a second document");
    refused("a: 1\nb: 2\na: 3\n", ERROR_BAD_CONTENT, 3, "twice");
    refused("? [a]\n: 1\n", ERROR_BAD_CONTENT, 1, "expected a key");
    refused("a:\n\tb: 1\n", ERROR_BAD_CONTENT, 2, "yaml: ");
    refused("a: [1\nb: 2\n", ERROR_BAD_CONTENT, 2, "yaml: ");
    refused("", ERROR_BAD_CONTENT, 1, "nothing in it");
    refused("\xef\xbb\xbf"
            "a: 1\n",
            ERROR_BAD_CONTENT, 1, "byte order mark");
    refused("a: \xff\n", ERROR_BAD_CONTENT, 1, "UTF-8");
}

/* Lines with rising numbers. */
static char *many(const char *before, const char *after, unsigned count)
{
    struct error err = {0};
    struct bytes text;

    bytes_init(&text, 4 * MIB);
    for (unsigned i = 0; i < count; i++) {
        char part[64];

        snprintf(part, sizeof(part), "%s%u%s\n", before, i, after);
        assert_ok(bytes_put(&text, part, strlen(part), &err), &err);
    }
    assert_ok(bytes_put_u8(&text, '\0', &err), &err);
    return (char *)text.data;
}

static void test_limits(void **state)
{
    static const struct {
        const char *before, *after;
        unsigned most;
        const char *limit;
    } rows[] = {
        {"k", ": 1", LIMIT_YAML_KEYS, "YAML_KEYS"},
        {"- ", "", LIMIT_YAML_ITEMS - 1, "YAML_ITEMS"}, /* the list is one as well */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        char *most = many(rows[i].before, rows[i].after, rows[i].most);
        char *more = many(rows[i].before, rows[i].after, rows[i].most + 1);

        if (strlen(most) <= LIMIT_YAML_BYTES)
            yaml_tree_free(read_good(most));
        refused(more, ERROR_LIMIT, strlen(most) <= LIMIT_YAML_BYTES ? rows[i].most + 1 : 1,
                strlen(most) <= LIMIT_YAML_BYTES ? rows[i].limit : "YAML_BYTES");
        free(most);
        free(more);
    }
}

static void test_depth(void **state)
{
    char text[2 * LIMIT_YAML_DEPTH + 8];
    char *at = text;

    (void)state;
    for (unsigned i = 0; i < LIMIT_YAML_DEPTH; i++)
        *at++ = '[';
    for (unsigned i = 0; i < LIMIT_YAML_DEPTH; i++)
        *at++ = ']';
    *at = '\0';
    yaml_tree_free(read_good(text));
    memset(text, '[', LIMIT_YAML_DEPTH + 1);
    refused(text, ERROR_LIMIT, 1, "YAML_DEPTH");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_depth),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
