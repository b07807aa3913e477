/* SPDX-License-Identifier: ISC */
#include "agent/verify.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What judges a medium, in this order. One that fails refuses all: nothing after it is looked at,
 * nothing before it is kept. A bad package is no failure here: it holds only itself. */
static int (*const steps[])(struct verify *verify, struct error *err) = {
    verify_format, verify_roots, verify_lists, verify_export, verify_set, verify_packages,
};

static int judge(struct verify *verify, struct error *err)
{
    int result = 0;

    if (verify->trust == NULL)
        return error_set(err, ERROR_UNANCHORED, "no root document was given");
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]) && result == 0; i++)
        result = steps[i](verify, err);
    return result;
}

/* An inspection counts the files even where a document was refused. */
static void count_files(struct verify *verify, struct error *problem)
{
    struct error tree_problem = {0};

    if (!verify->request.inspect || verify_check_tree(verify, &tree_problem) == 0)
        return;
    if (problem->code == ERROR_OK)
        *problem = tree_problem;
}

static void drop_packages(struct verify *verify)
{
    for (size_t i = 0; i < verify->package_count; i++) {
        struct verify_package *package = &verify->packages[i];

        if (package->recipe_fd >= 0)
            close(package->recipe_fd);
        package_clear(&package->document);
        memset(package, 0, sizeof(*package));
    }
    verify->package_count = 0;
}

int verify_judge(struct verify *verify, struct error *err)
{
    struct error problem = {0};
    int result = 0;

    verify->files.unlisted = json_array();
    verify->files.unmatched = json_array();
    if (judge(verify, &problem) != 0)
        drop_packages(verify);
    count_files(verify, &problem);
    if (problem.code == ERROR_OK && !verify->request.inspect)
        result = verify_report_news(verify, err);
    if (result == 0)
        result = verify_report_plan(verify, &problem, err);
    return result;
}

void verify_clear(struct verify *verify)
{
    drop_packages(verify);
    if (verify->set != NULL)
        set_clear(verify->set);
    free(verify->set);
    export_clear(&verify->export);
    for (size_t i = 0; i < verify->new_root_count; i++)
        bytes_clear(&verify->new_roots[i]);
    free(verify->new_roots);
    free(verify->files_read);
    free(verify->lists.ids);
    free(verify->before.ids);
    json_decref(verify->files.unlisted);
    json_decref(verify->files.unmatched);
    verify_request_clear(&verify->request);
    trust_free(verify->trust);
}
