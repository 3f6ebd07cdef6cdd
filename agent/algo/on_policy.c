#include "on_policy.h"

#include <assert.h>
#include <math.h>
#include <string.h>

sw_status on_policy_init(on_policy *l, const algo_problem *problem, const sw_value *values,
                         const on_policy_options *options)
{
    assert(options->stat_count <= ON_POLICY_MAX_STATS);
    l->learn = options->learn;
    l->stat_count = options->stat_count;
    l->total_steps = problem->total_steps;
    const sw_status st = actor_critic_init(&l->ac, problem, values, &options->ac);
    return st == SW_OK ? team_new(problem->threads > 1 ? 2 : 1, &l->team) : st;
}

void on_policy_free(on_policy *l)
{
    team_close(l->team);
    actor_critic_free(&l->ac);
}

double on_policy_left(const on_policy *l)
{
    return fmax(0, 1 - (double) l->steps / (double) l->total_steps);
}

sw_status on_policy_tensors(on_policy *l, const tensor_visitor *to)
{
    const algo_tensor steps = {.name = "steps", .dtype = ALGO_I64, .data = &l->steps};
    const algo_tensor stats = {"stats", ALGO_F64, 1, {l->stat_count}, l->stats, NULL};
    sw_status st = actor_critic_tensors(&l->ac, to);
    if (st == SW_OK) {
        st = to->visit(to->context, &steps);
    }
    return st == SW_OK ? to->visit(to->context, &stats) : st;
}

algo_answer on_policy_observe(algo *a, int group, const sw_batch *batch)
{
    return collector_observe(&((on_policy *) a)->ac.collector, group, batch) ? ALGO_HOLD : ALGO_GO;
}

void on_policy_act(algo *a, int group, const sw_batch *batch, void *const *actions)
{
    collector_act(&((on_policy *) a)->ac.collector, group, batch, actions[0]);
}

bool on_policy_update(algo *a)
{
    on_policy *l = (on_policy *) a;
    collector *c = &l->ac.collector;

    if (!collector_is_full(c)) {
        return false;
    }
    collector_finish(c);
    memset(l->stats, 0, sizeof(l->stats));
    l->learn(l);
    l->steps += collector_count(c);
    collector_restart(c);
    return true;
}

void on_policy_stats(const algo *a, double *out)
{
    const on_policy *l = (const on_policy *) a;
    memcpy(out, l->stats, (size_t) l->stat_count * sizeof(*out));
}

void on_policy_decide(algo *a, const sw_batch *batch, bool stochastic, void *const *actions)
{
    actor_critic_decide(&((on_policy *) a)->ac, batch, stochastic, actions[0]);
}
