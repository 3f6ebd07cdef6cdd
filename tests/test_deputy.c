// test_deputy.c -- simserver/server/deputy.c: when a deputy is called.
#include <poll.h>
#include <pthread.h>

#include "deputy.h"
#include "test.h"

// A deputy that notes how often it was called, and stays until it is not needed any more.
typedef struct office {
    deputy deputy;
    pthread_t thread;
    atomic_int calls;
    atomic_bool here;
} office;

static void *work(void *argument)
{
    office *o = argument;
    while (deputy_watch(&o->deputy)) {
        atomic_store(&o->here, true);
        atomic_fetch_add(&o->calls, 1);
        while (deputy_is_needed(&o->deputy)) {
            poll(NULL, 0, 1);
        }
        atomic_store(&o->here, false);
    }
    return NULL;
}

static void open_office(office *o)
{
    atomic_init(&o->calls, 0);
    atomic_init(&o->here, false);
    assert_ok(deputy_init(&o->deputy));
    assert_int_equal(pthread_create(&o->thread, NULL, work, o), 0);
}

// Returns the number of calls.
static int close_office(office *o)
{
    deputy_stop(&o->deputy);
    pthread_join(o->thread, NULL);
    deputy_free(&o->deputy);
    return atomic_load(&o->calls);
}

static void nobody_is_called_while_nobody_leaves(void **state)
{
    (void) state;
    office o;
    open_office(&o);
    poll(NULL, 0, 3 * DEPUTY_MS);
    assert_int_equal(close_office(&o), 0);
}

static void a_long_absence_calls_the_deputy_once(void **state)
{
    (void) state;
    office o;
    open_office(&o);
    for (int times = 1; times <= 3; times++) {
        deputy_leave(&o.deputy);
        while (atomic_load(&o.calls) < times) {
            poll(NULL, 0, 1);
        }
        assert_true(deputy_is_needed(&o.deputy));
        deputy_return(&o.deputy);
        assert_false(deputy_is_needed(&o.deputy));
        while (atomic_load(&o.here)) {  // else the next absence could be the same one to it
            poll(NULL, 0, 1);
        }
    }
    assert_int_equal(close_office(&o), 3);
}

static void an_absence_after_a_quiet_time_is_noticed_as_well(void **state)
{
    (void) state;
    office o;
    open_office(&o);
    deputy_leave(&o.deputy);
    deputy_return(&o.deputy);
    poll(NULL, 0, 1200);                       // the deputy sleeps after a quiet second
    const int before = atomic_load(&o.calls);  // 1 if that short absence was long, by chance
    deputy_leave(&o.deputy);
    for (int ms = 0; ms < 10000 && atomic_load(&o.calls) == before; ms++) {
        poll(NULL, 0, 1);
    }
    deputy_return(&o.deputy);
    assert_int_equal(close_office(&o), before + 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_is_called_while_nobody_leaves),
        cmocka_unit_test(a_long_absence_calls_the_deputy_once),
        cmocka_unit_test(an_absence_after_a_quiet_time_is_noticed_as_well),
    };
    return cmocka_run_group_tests_name("deputy", tests, NULL, NULL);
}
