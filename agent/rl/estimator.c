// estimator.c -- backwards through every row.
//
// R_t - V(s_t), delta_t and A_t are one recursion with lambda 1, 0 and lambda, so all but n_step
// are that, and without a critic, where V is 0, R_t itself is.
#include "estimator.h"

#include <assert.h>
#include <string.h>

// In the order of the enums.
static const char *const credit_names[] = {"total", "to_go", "average", "baseline",
                                           "q",     "td",    "n_step",  "gae"};
static const char *const target_names[] = {"mc", "td", "n_step", "lambda"};

static int find_name(const char *const *names, int count, const char *name)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0) {
            return i;
        }
    }
    assert(!"a setting with choices has one of them");
    return 0;
}

estimator_credit estimator_credit_parse(const char *name)
{
    return (estimator_credit) find_name(credit_names, CREDIT_GAE + 1, name);
}

estimator_target estimator_target_parse(const char *name)
{
    return (estimator_target) find_name(target_names, TARGET_LAMBDA + 1, name);
}

bool estimator_has_critic(const estimator *e)
{
    return e->credit >= CREDIT_BASELINE;
}

bool estimator_has_action_critic(const estimator *e)
{
    return e->credit == CREDIT_Q;
}

bool estimator_has_lambda(const estimator *e)
{
    return estimator_has_critic(e) && (e->credit == CREDIT_GAE || e->target == TARGET_LAMBDA);
}

bool estimator_needs_whole_episodes(const estimator *e)
{
    return e->credit <= CREDIT_BASELINE || e->target == TARGET_MC;
}

// What comes after a transition, counted by the critic.
typedef struct after {
    float value;
    bool ends;  // nothing that follows in the rollout belongs to it
} after;

static after look_ahead(const rollout *r, int t, int row)
{
    const int i = t * r->rows + row;
    if (r->flags[i] & SW_TERMINATED) {
        return (after){0, true};
    }
    if (r->flags[i] & SW_TRUNCATED) {
        return (after){r->final_value[i], true};
    }
    return (after){r->value[i + r->rows], t + 1 == r->steps || !rollout_is_valid(r, i + r->rows)};
}

// out = A_t with this lambda
static void add_up(double gamma_, double lambda_, const rollout *r, float *out)
{
    const float gamma = (float) gamma_, lambda = (float) lambda_;

    for (int row = 0; row < r->rows; row++) {
        float next = 0;  // A_t+1
        for (int t = r->steps - 1; t >= 0; t--) {
            const int i = t * r->rows + row;
            if (!rollout_is_valid(r, i)) {
                out[i] = next = 0;
                continue;
            }
            const after a = look_ahead(r, t, row);
            const float delta = r->reward[i] + gamma * a.value - r->value[i];
            out[i] = delta + gamma * lambda * (a.ends ? 0 : next);
            next = out[i];
        }
    }
}

// out = R^n_t - V(s_t)
static void add_up_n_steps(const estimator *e, const rollout *r, float *out)
{
    for (int row = 0; row < r->rows; row++) {
        for (int t = 0; t < r->steps; t++) {
            const int i = t * r->rows + row;
            after a = {0, !rollout_is_valid(r, i)};
            float sum = 0, discount = 1;
            for (int k = 0; k < e->n_steps && !a.ends; k++) {
                a = look_ahead(r, t + k, row);
                sum += discount * r->reward[i + k * r->rows];
                discount *= (float) e->gamma;
            }
            out[i] = rollout_is_valid(r, i) ? sum + discount * a.value - r->value[i] : 0;
        }
    }
}

static void compute_advantages(const estimator *e, estimator_target kind, const rollout *r,
                               float *out)
{
    switch (kind) {
    case TARGET_MC: add_up(e->gamma, 1, r, out); break;
    case TARGET_TD: add_up(e->gamma, 0, r, out); break;
    case TARGET_LAMBDA: add_up(e->gamma, e->lambda, r, out); break;
    case TARGET_N_STEP: add_up_n_steps(e, r, out); break;
    }
}

// Which of them the credit is made of.
static estimator_target credit_kind(estimator_credit credit)
{
    switch (credit) {
    case CREDIT_GAE: return TARGET_LAMBDA;
    case CREDIT_N_STEP: return TARGET_N_STEP;
    case CREDIT_TD: return TARGET_TD;
    default: return TARGET_MC;
    }
}

// Skips what led to a faulty transition within its trajectory.
static void skip_unknown(rollout *r)
{
    for (int row = 0; row < r->rows; row++) {
        bool unknown = false;
        for (int t = r->steps - 1; t >= 0; t--) {
            const int i = t * r->rows + row;
            if (r->flags[i] & SW_FAULTY) {
                unknown = true;
            } else if (r->flags[i] & (SW_TERMINATED | SW_TRUNCATED)) {
                unknown = false;
            }
            r->skip[i] = r->skip[i] || unknown;
        }
    }
}

// adv = R_0 of the trajectory, from adv = R_t
static void share_first(rollout *r)
{
    for (int row = 0; row < r->rows; row++) {
        bool ended = true;
        float first = 0;
        for (int t = 0; t < r->steps; t++) {
            const int i = t * r->rows + row;
            if (!rollout_is_valid(r, i)) {
                ended = true;
                continue;
            }
            first = ended ? r->adv[i] : first;
            r->adv[i] = first;
            ended = look_ahead(r, t, row).ends;
        }
    }
}

// adv -= mean of adv
static void subtract_average(rollout *r)
{
    double sum = 0;
    int n = 0;
    for (int i = 0; i < r->steps * r->rows; i++) {
        sum += (double) r->adv[i];  // 0 where it is passed over
        n += rollout_is_valid(r, i);
    }
    for (int i = 0; i < r->steps * r->rows; i++) {
        r->adv[i] -= rollout_is_valid(r, i) ? (float) (sum / n) : 0;
    }
}

// adv = Q(s_t, a_t)
static void take_values(rollout *r)
{
    for (int i = 0; i < r->steps * r->rows; i++) {
        r->adv[i] = rollout_is_valid(r, i) ? r->value[i] : 0;
    }
}

void estimate(const estimator *e, rollout *r)
{
    const int n = r->steps * r->rows;

    if (!estimator_has_critic(e)) {
        skip_unknown(r);
    }
    const estimator_target kind = credit_kind(e->credit);
    const estimator_target target = estimator_has_critic(e) ? e->target : TARGET_MC;
    compute_advantages(e, kind, r, r->adv);
    if (target == kind) {
        memcpy(r->ret, r->adv, (size_t) n * sizeof(float));
    } else {
        compute_advantages(e, target, r, r->ret);
    }
    for (int i = 0; i < n; i++) {
        r->ret[i] += rollout_is_valid(r, i) ? r->value[i] : 0;
    }
    switch (e->credit) {
    case CREDIT_TOTAL: share_first(r); break;
    case CREDIT_AVERAGE: subtract_average(r); break;
    case CREDIT_Q: take_values(r); break;
    default: break;
    }
}
