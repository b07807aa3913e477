/* SPDX-License-Identifier: ISC */
#include "tests/test.h"

#include <config.h>
#include "media/base/limits.h"
#include "media/document.h"

static void rows_stand_at_their_kind_with_distinct_oids(void **state)
{
    for (unsigned i = 0; i < DOCUMENT_KINDS; i++) {
        const struct document_row *row = document_row((enum document_kind)i);

        assert_int_equal(row->kind, i);
        assert_int_equal(strncmp(row->oid, OID_ARC ".1.", strlen(OID_ARC ".1.")), 0);
        assert_true(row->limit > 0 && row->limit <= LIMIT_SET_BYTES);
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(row->oid, document_row((enum document_kind)j)->oid);
            assert_string_not_equal(row->name, document_row((enum document_kind)j)->name);
        }
    }
}

static void a_schema_is_the_kinds_name_in_version_1(void **state)
{
    for (unsigned i = 0; i < DOCUMENT_KINDS; i++) {
        const struct document_row *row = document_row((enum document_kind)i);
        char schema[64];

        snprintf(schema, sizeof(schema), "sallyport.%s/1", row->name);
        assert_string_equal(row->schema, schema);
    }
}

static void only_what_is_made_offline_goes_without_a_timestamp(void **state)
{
    assert_true(document_row(DOCUMENT_ROOT)->timestamped);
    assert_true(document_row(DOCUMENT_PACKAGE)->timestamped);
    assert_true(document_row(DOCUMENT_SET)->timestamped);
    assert_false(document_row(DOCUMENT_EXPORT)->timestamped);
    assert_false(document_row(DOCUMENT_RECEIPT)->timestamped);
}

static void each_role_has_an_eku_of_its_own(void **state)
{
    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        const struct role_row *row = document_role_row((enum document_role)i);

        assert_int_equal(row->role, i);
        for (unsigned j = 0; j < i; j++)
            assert_string_not_equal(row->eku, document_role_row((enum document_role)j)->eku);
    }
    assert_string_equal(document_role_row(ROLE_TIMESTAMP)->eku, "1.3.6.1.5.5.7.3.8");
}

static void names_lead_back_to_roles(void **state)
{
    enum document_role role;

    for (unsigned i = 0; i < ROLE_COUNT; i++) {
        assert_int_equal(
            document_role_from_name(document_role_row((enum document_role)i)->name, &role), 0);
        assert_int_equal(role, i);
    }
    assert_int_equal(document_role_from_name("Content", &role), -1);
    assert_int_equal(document_role_from_name("", &role), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_stand_at_their_kind_with_distinct_oids),
        cmocka_unit_test(a_schema_is_the_kinds_name_in_version_1),
        cmocka_unit_test(only_what_is_made_offline_goes_without_a_timestamp),
        cmocka_unit_test(each_role_has_an_eku_of_its_own),
        cmocka_unit_test(names_lead_back_to_roles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
