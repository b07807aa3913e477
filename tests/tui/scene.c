/* SPDX-License-Identifier: ISC */
#include "tests/tui/scene.h"

#include <sys/stat.h>

#include "media/base/json.h"
#include "media/base/limits.h"
#include "media/base/path.h"
#include "media/base/publish.h"

int scene_setup(void **state)
{
    struct scene *scene = bytes_allocate(1, sizeof(*scene));
    struct scratch *scratch;

    *state = scene;
    if (scratch_open(&scene->scratch) < 0)
        return -1;
    scratch = scene->scratch;
    snprintf(scene->source, sizeof(scene->source), "%s", scratch->path);
    return 0;
}

int scene_teardown(void **state)
{
    struct scene *scene = *state;

    fake_agent_stop(&scene->agent);
    for (size_t i = 0; i < scene->count; i++)
        bytes_clear(&scene->texts[i]);
    scratch_close(&scene->scratch);
    free(scene);
    return 0;
}

static int golden_folder(void)
{
    const char *top = getenv("TOP_SRCDIR");
    char path[PATH_MAX];
    int fd;

    snprintf(path, sizeof(path), "%s/tests/tui/golden", top != NULL ? top : ".");
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

void scene_golden(const char *name, struct bytes *text)
{
    struct error err = {0};
    int folder = golden_folder();

    assert_ok(path_read(folder, name, SAID_BYTES, text, &err), &err);
    close(folder);
}

void scene_answer(struct scene *scene, const char *method, const char *file)
{
    struct bytes *text = &scene->texts[scene->count];

    scene_golden(file, text);
    for (size_t i = 0; i < text->size; i++)
        text->data[i] = text->data[i] == '\n' ? '\0' : text->data[i];
    scene->replies[scene->count++] =
        (struct fake_reply){method, (const char *)text->data, text->size};
}

#define WORDS 16

void scene_run(struct scene *scene, const char *environment, const char *const *words)
{
    struct scratch *scratch = scene->scratch;
    const char *arguments[WORDS] = {"--socket", scene->agent.path, NULL};

    if (scene->agent.pid == 0)
        assert_int_equal(
            fake_agent_start(&scene->agent, scratch->path, scene->replies, scene->count), 0);
    for (size_t i = 0; words[i] != NULL && i < WORDS - 3; i++)
        arguments[i + 2] = strcmp(words[i], "SOURCE") == 0 ? scene->source : words[i];
    assert_int_equal(run_sallyport(arguments, environment, &scene->said), 0);
}

static void keep_actual(const char *name, const char *text)
{
    const char *top = getenv("TOP_BUILDDIR");
    char path[PATH_MAX];
    FILE *file;

    snprintf(path, sizeof(path), "%s/tests/tui/%s.actual", top != NULL ? top : ".", name);
    file = fopen(path, "w");
    if (file != NULL) {
        fputs(text, file);
        fclose(file);
    }
}

static void write_golden(const char *name, const char *text)
{
    struct error err = {0};
    int folder = golden_folder();

    assert_ok(publish_file(folder, name, text, strlen(text), 0644, &err), &err);
    close(folder);
}

void scene_expect_text(const char *text, const char *golden)
{
    struct bytes wanted;
    bool same;

    if (getenv("GOLDEN_WRITE") != NULL) {
        write_golden(golden, text);
        return;
    }
    scene_golden(golden, &wanted);
    same = wanted.size == strlen(text) && memcmp(wanted.data, text, wanted.size) == 0;
    bytes_clear(&wanted);
    if (!same) {
        keep_actual(golden, text);
        fail_msg("differs from golden/%s:\n%s", golden, text);
    }
}

void scene_expect(struct scene *scene, int status, const char *golden)
{
    if (scene->said.status != status)
        fail_msg("status %d, expected %d; stderr: %s", scene->said.status, status, scene->said.err);
    scene_expect_text(scene->said.out, golden);
}

json_t *scene_json(const struct scene *scene)
{
    json_t *document = NULL;
    struct error err = {0};
    size_t size = strlen(scene->said.out);

    assert_true(size > 0 && scene->said.out[size - 1] == '\n');
    assert_ok(json_read(scene->said.out, size, &document, &err), &err);
    return document;
}

void scene_expect_schema(const struct scene *scene, const char *schema)
{
    json_t *document = scene_json(scene);

    assert_string_equal(json_string_value(json_object_get(document, "schema")), schema);
    json_decref(document);
}

void scene_expect_file(struct scene *scene, const char *name, const char *text)
{
    struct scratch *scratch = scene->scratch;
    struct error err = {0};
    struct bytes found;

    assert_ok(path_read(scratch->fd, name, 1000, &found, &err), &err);
    assert_int_equal(found.size, strlen(text));
    assert_memory_equal(found.data, text, found.size);
    bytes_clear(&found);
}
