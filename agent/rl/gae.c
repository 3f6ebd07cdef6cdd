#include "gae.h"

#include <stepwire/spec.h>

void gae(rollout *r, float gamma, float lambda)
{
    for (int row = 0; row < r->rows; row++) {
        float next_adv = 0;  // A_t+1, or 0 where nothing is propagated from t + 1
        for (int t = r->steps - 1; t >= 0; t--) {
            const int i = t * r->rows + row;
            const uint8_t flags = r->flags[i];
            float next_value = r->value[i + r->rows];

            if (flags & SW_FAULTY) {
                r->adv[i] = r->ret[i] = next_adv = 0;
                continue;
            }
            if (flags & SW_TERMINATED) {
                next_value = next_adv = 0;
            } else if (flags & SW_TRUNCATED) {
                next_value = r->final_value[i];
                next_adv = 0;
            }
            const float delta = r->reward[i] + gamma * next_value - r->value[i];
            r->adv[i] = delta + gamma * lambda * next_adv;
            r->ret[i] = r->adv[i] + r->value[i];
            next_adv = r->adv[i];
        }
    }
}
