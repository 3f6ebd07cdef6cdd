#include <string.h>

#include "a2c.h"
#include "acktr.h"
#include "algo.h"
#include "awr.h"
#include "batch_actor_critic.h"
#include "ddpg.h"
#include "dqn.h"
#include "fitted_q.h"
#include "npg.h"
#include "pg.h"
#include "ppo.h"
#include "reinforce.h"
#include "sac.h"
#include "td3.h"
#include "trpo.h"

static const algo_class *const algorithms[] = {
    &algo_a2c,       &algo_acktr,    &algo_actor_critic, &algo_awr,  &algo_ddpg,
    &algo_dqn,       &algo_fitted_q, &algo_npg,          &algo_pg,   &algo_ppo,
    &algo_reinforce, &algo_sac,      &algo_td3,          &algo_trpo,
};

const algo_class *const *algo_list(int *count)
{
    *count = (int) (sizeof(algorithms) / sizeof(algorithms[0]));
    return algorithms;
}

const algo_class *algo_find(const char *name)
{
    int count;
    const algo_class *const *all = algo_list(&count);
    for (int i = 0; i < count; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}
