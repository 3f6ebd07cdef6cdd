// presets.c -- the table. A value that equals the algorithm's default is left out.
#include "presets.h"

#include <string.h>

static const sw_assignment ppo_locomotion[] = {{"envs", "16"}, {"horizon", "128"}};

static const sw_assignment ppo_cartpole[] = {
    {"envs", "8"},         {"horizon", "32"},        {"epochs", "20"},  {"minibatch", "256"},
    {"lr", "0.001"},       {"gamma", "0.98"},        {"lambda", "0.8"}, {"steps", "200000"},
    {"obs_norm", "false"}, {"reward_norm", "false"},
};

#define PRESET(algo, env, values, doc)                                                             \
    {                                                                                              \
        algo, env, values, sizeof(values) / sizeof(values[0]), doc                                 \
    }

static const preset presets[] = {
    PRESET("ppo", "CartPole-v1", ppo_cartpole, "RL Baselines3 Zoo, hyperparams/ppo.yml"),
    PRESET("ppo", "Hopper-v5", ppo_locomotion, "CleanRL's MuJoCo settings, 16 x 128 for speed"),
    PRESET("ppo", "Walker2d-v5", ppo_locomotion, "CleanRL's MuJoCo settings, 16 x 128 for speed"),
};

enum { PRESETS = sizeof(presets) / sizeof(presets[0]) };

const preset *preset_list(int *count)
{
    *count = PRESETS;
    return presets;
}

const preset *preset_find(const char *algo, const char *env)
{
    for (int i = 0; i < PRESETS; i++) {
        if (strcmp(presets[i].algo, algo) == 0 && strcmp(presets[i].env, env) == 0) {
            return &presets[i];
        }
    }
    return NULL;
}
