// test_loan.c -- simserver/server/loan.c: memory that has more than one holder.
#include "loan.h"

#include <pthread.h>
#include <string.h>

#include "test.h"

enum { MOST = 1000, ROUNDS = 200, HOLDERS = 4 };

static void a_loan_counts_until_its_last_holder_returns_it(void **state)
{
    (void) state;
    lender from = {.most = MOST};
    loan *l;
    assert_ok(loan_take(&from, 100, &l));
    memset(l->bytes, 7, 100);
    assert_int_equal((uintptr_t) l->bytes % 64, 0);
    const size_t lent = atomic_load(&from.lent);
    assert_in_range(lent, 100, 256);
    loan_share(l);
    loan_return(l);
    assert_int_equal(atomic_load(&from.lent), lent);
    assert_int_equal(l->bytes[99], 7);
    loan_return(l);
    assert_int_equal(atomic_load(&from.lent), 0);
    loan_return(NULL);
}

static void what_is_lent_has_a_bound(void **state)
{
    (void) state;
    lender from = {.most = MOST};
    loan *first, *second;
    assert_int_equal(loan_take(&from, MOST + 1, &first), SW_TOO_LARGE);
    assert_ok(loan_take(&from, 600, &first));
    assert_int_equal(loan_take(&from, 400, &second), SW_CAPACITY);
    assert_ok(loan_take(&from, 100, &second));
    loan_return(first);
    loan_return(second);
    assert_int_equal(atomic_load(&from.lent), 0);
}

static void *give_back(void *l)
{
    loan_return(l);
    return NULL;
}

// For the address and thread sanitizers.
static void the_last_holder_may_be_on_any_thread(void **state)
{
    (void) state;
    lender from = {.most = MOST};
    for (int i = 0; i < ROUNDS; i++) {
        loan *l;
        pthread_t threads[HOLDERS];
        assert_ok(loan_take(&from, 600, &l));
        for (int h = 0; h < HOLDERS; h++) {
            loan_share(l);
            assert_int_equal(pthread_create(&threads[h], NULL, give_back, l), 0);
        }
        loan_return(l);
        for (int h = 0; h < HOLDERS; h++) {
            pthread_join(threads[h], NULL);
        }
        assert_int_equal(atomic_load(&from.lent), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_loan_counts_until_its_last_holder_returns_it),
        cmocka_unit_test(what_is_lent_has_a_bound),
        cmocka_unit_test(the_last_holder_may_be_on_any_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
