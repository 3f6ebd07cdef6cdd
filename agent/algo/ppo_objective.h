// ppo_objective.h -- what PPO maximises, row by row.
//
//   symbol   meaning
//   r        pi(a|s) / pi_old(a|s)
//   A        advantage
//   KL       KL(pi_old(.|s) || pi(.|s)), nats
//   d        mean KL over a rollout, after the update that learned from it
//
//   objective         of a row                                 after an update
//   clip              min(r A, clip(r, 1 - eps, 1 + eps) A)
//   clip_asymmetric   the same, from 1 - eps_low to 1 + eps_high
//   fixed_kl          r A - beta KL
//   adaptive_kl       r A - beta KL                            d < kl_target / 1.5: beta / 2
//                                                              d > kl_target 1.5:   beta 2
//   lagrangian        r A - beta (KL - kl_target)              beta + beta_lr (d - kl_target), >= 0
//   none              r A
//
// Schulman et al. 2017, arXiv:1707.06347: eq. 7, eq. 8 and section 4, eq. 6. clip_asymmetric: Yu et
// al. 2025 (DAPO), arXiv:2503.14476, "Clip-Higher". lagrangian is dual descent on the problem that
// TRPO solves, maximise r A subject to d <= kl_target: the epochs maximise, as far as they get, and
// then beta takes one gradient step (Levine, CS 285, "Advanced Policy Gradients").
#ifndef ALGO_PPO_OBJECTIVE_H
#define ALGO_PPO_OBJECTIVE_H

#include <stdbool.h>

typedef enum ppo_objective_kind {
    PPO_CLIP,
    PPO_CLIP_ASYMMETRIC,
    PPO_FIXED_KL,
    PPO_ADAPTIVE_KL,
    PPO_LAGRANGIAN,
    PPO_NONE
} ppo_objective_kind;

// The names in the order of the enum, as a setting's choices.
#define PPO_OBJECTIVE_CHOICES "clip|clip_asymmetric|fixed_kl|adaptive_kl|lagrangian|none"

typedef struct ppo_objective {
    ppo_objective_kind kind;
    float eps_low, eps_high;  // of both clips
    double beta;              // weight of the KL; 0 where there is none in the objective
    double kl_target;         // nats
    double beta_lr;
} ppo_objective;

typedef struct ppo_row {
    float value;
    float dlogp;  // d value / d log pi(a|s)
    float dkl;    // d value / d KL
    bool silent;  // the clip took the row's gradient away
} ppo_row;

// The kind of one of these names.
ppo_objective_kind ppo_objective_parse(const char *name);

// Whether KL is in it.
bool ppo_objective_has_kl(const ppo_objective *o);

// `kl` is not read where it is not in the objective.
ppo_row ppo_objective_row(const ppo_objective *o, float r, float adv, float kl);

// Sets beta for the next update, where d was that of the last.
void ppo_objective_adapt(ppo_objective *o, double d);

#endif
