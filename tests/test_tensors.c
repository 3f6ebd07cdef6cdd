// test_tensors.c -- agent/algo/tensors.c and what ppo shows through it.
#include <stdio.h>

#include "fake_task.h"
#include "test.h"

enum { MAX_PARAMS = 64, MAX_BYTES = 1 << 16, MAX_TEXT = 4096 };

// Everything a visitor saw: "name[shape] " of each array, and the bytes of all.
typedef struct record {
    char text[MAX_TEXT];
    unsigned char bytes[MAX_BYTES];
    size_t used;
    bool load;  // write the bytes back instead
} record;

static sw_status see(void *context, const algo_tensor *t)
{
    static const size_t sizes[] = {[ALGO_F32] = 4, [ALGO_F64] = 8, [ALGO_I64] = 8, [ALGO_U64] = 8};
    record *r = context;
    size_t bytes = sizes[t->dtype], length = strlen(r->text);

    length += (size_t) snprintf(r->text + length, MAX_TEXT - length, "%s[", t->name);
    for (int i = 0; i < t->dims; i++) {
        bytes *= (size_t) t->shape[i];
        length += (size_t) snprintf(r->text + length, MAX_TEXT - length, "%s%d", i > 0 ? "," : "",
                                    (int) t->shape[i]);
    }
    snprintf(r->text + length, MAX_TEXT - length, "] ");
    assert_true(r->used + bytes <= MAX_BYTES);
    memcpy(r->load ? t->data : r->bytes + r->used, r->load ? r->bytes + r->used : t->data, bytes);
    r->used += bytes;
    return SW_OK;
}

static algo *open_small(fake_task *task, uint64_t seed)
{
    const algo_class *c = algo_find("ppo");
    sw_value values[MAX_PARAMS];
    algo *a;
    fake_init(task, FAKE_TARGET, 4, 2);
    fake_defaults(c, values);
    strcpy(fake_value(c, values, "hidden")->s, "3");
    fake_value(c, values, "horizon")->i = 8;
    const algo_problem problem = fake_problem(task, seed, 1000, 1);
    assert_ok(c->open(&problem, values, &a));
    fake_start(task, c, a);
    return a;
}

static void ppo_shows_its_arrays_under_the_names_of_checkpoints(void **state)
{
    (void) state;
    static record r;
    fake_task task;
    algo *a = open_small(&task, 1);
    r = (record){0};
    assert_ok(algo_find("ppo")->tensors(a, see, &r));
    assert_string_equal(
        r.text, "policy.0.weight[3,1] policy.0.bias[3] policy.1.weight[1,3] policy.1.bias[1] "
                "policy.log_std[1] policy.obs.count[] policy.obs.mean[1] policy.obs.var[1] "
                "critic.0.weight[3,1] critic.0.bias[3] critic.1.weight[1,3] critic.1.bias[1] "
                "reward.count[] reward.mean[] reward.var[] reward.returns[4] "
                "random.sample[2,4] random.decide[1,4] "
                "adam.policy.steps[] adam.policy.m[11] adam.policy.v[11] "
                "adam.critic.steps[] adam.critic.m[10] adam.critic.v[10] "
                "random.shuffle[1,4] steps[] ");
    algo_find("ppo")->close(a);
    fake_free(&task);
}

// A ppo that learned, copied into a fresh one of another seed, decides the same.
static void what_was_saved_and_loaded_decides_the_same(void **state)
{
    (void) state;
    static record r;
    const algo_class *c = algo_find("ppo");
    fake_task task, other;
    fake_group want, have;
    algo *a = open_small(&task, 1), *b = open_small(&other, 2);
    void *const wanted[] = {&want.actions}, *const had[] = {&have.actions};

    fake_run(&task, c, a, 3);
    r = (record){0};
    assert_ok(c->tensors(a, see, &r));
    c->decide(a, &task.group[0].batch, true, wanted);
    r.used = 0;
    r.load = true;
    r.text[0] = '\0';
    assert_ok(c->tensors(b, see, &r));
    c->decide(b, &task.group[0].batch, true, had);
    assert_memory_equal(want.actions.f, have.actions.f, 2 * sizeof(float));
    c->close(a);
    c->close(b);
    fake_free(&task);
    fake_free(&other);
}

static sw_status refuse(void *context, const algo_tensor *t)
{
    int *left = context;
    (void) t;
    return (*left)-- > 0 ? SW_OK : sw_fail(SW_IO, "full");
}

static void the_visitors_first_error_ends_the_visit(void **state)
{
    (void) state;
    fake_task task;
    algo *a = open_small(&task, 1);
    for (int n = 0; n < 26; n++) {
        int left = n;
        assert_int_equal(algo_find("ppo")->tensors(a, refuse, &left), SW_IO);
        assert_int_equal(left, -1);
    }
    algo_find("ppo")->close(a);
    fake_free(&task);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ppo_shows_its_arrays_under_the_names_of_checkpoints),
        cmocka_unit_test(what_was_saved_and_loaded_decides_the_same),
        cmocka_unit_test(the_visitors_first_error_ends_the_visit),
    };
    return cmocka_run_group_tests_name("tensors", tests, NULL, NULL);
}
