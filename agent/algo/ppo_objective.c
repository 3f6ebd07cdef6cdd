#include "ppo_objective.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include <vec.h>

static const char *const names[] = {"clip",        "clip_asymmetric", "fixed_kl",
                                    "adaptive_kl", "lagrangian",      "none"};

// Halving or doubling for ever would leave what a float can hold.
static const double least_beta = 1e-6, most_beta = 1e6;

ppo_objective_kind ppo_objective_parse(const char *name)
{
    for (int i = 0; i < (int) (sizeof(names) / sizeof(names[0])); i++) {
        if (strcmp(names[i], name) == 0) {
            return (ppo_objective_kind) i;
        }
    }
    assert(!"a setting with choices has one of them");
    return PPO_CLIP;
}

bool ppo_objective_has_kl(const ppo_objective *o)
{
    return o->kind == PPO_FIXED_KL || o->kind == PPO_ADAPTIVE_KL || o->kind == PPO_LAGRANGIAN;
}

// dr/dlogp = r
ppo_row ppo_objective_row(const ppo_objective *o, float r, float adv, float kl)
{
    const float plain = r * adv, beta = (float) o->beta;

    switch (o->kind) {
    case PPO_CLIP:
    case PPO_CLIP_ASYMMETRIC: {
        const float clipped = vec_clamp1(r, 1 - o->eps_low, 1 + o->eps_high) * adv;
        const bool silent = clipped < plain;  // min takes the branch that is constant in theta
        return (ppo_row){silent ? clipped : plain, silent ? 0 : plain, 0, silent};
    }
    case PPO_FIXED_KL:
    case PPO_ADAPTIVE_KL: return (ppo_row){plain - beta * kl, plain, -beta, false};
    case PPO_LAGRANGIAN:
        return (ppo_row){plain - beta * (kl - (float) o->kl_target), plain, -beta, false};
    case PPO_NONE: break;
    }
    return (ppo_row){plain, plain, 0, false};
}

void ppo_objective_adapt(ppo_objective *o, double d)
{
    if (!isfinite(d)) {
        return;
    }
    if (o->kind == PPO_ADAPTIVE_KL && d < o->kl_target / 1.5) {
        o->beta = fmax(o->beta / 2, least_beta);
    } else if (o->kind == PPO_ADAPTIVE_KL && d > o->kl_target * 1.5) {
        o->beta = fmin(o->beta * 2, most_beta);
    } else if (o->kind == PPO_LAGRANGIAN) {
        o->beta = fmin(fmax(0, o->beta + o->beta_lr * (d - o->kl_target)), most_beta);
    }
}
