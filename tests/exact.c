// Design: Bellman's equation as an assignment, state after state, until nothing changes (Sutton,
// Barto 2018, sections 4.1 and 4.4).
#include "exact.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

//   Q(s, a) = sum over outcomes of p (r + gamma V(s')),  V(s') = 0 after the end
static double action_value(const tabular_table *t, double gamma, const double *values, int state,
                           int action)
{
    const tabular_choice *choice = tabular_at(t, state, action);
    double q = 0;
    for (int i = 0; i < choice->count; i++) {
        const tabular_outcome *o = &choice->outcomes[i];
        q += o->probability * (o->reward + (o->is_terminated ? 0 : gamma * values[o->next]));
    }
    return q;
}

static double best_value(const tabular_table *t, double gamma, const double *values, int state)
{
    double best = action_value(t, gamma, values, state, 0);
    for (int a = 1; a < t->actions; a++) {
        best = fmax(best, action_value(t, gamma, values, state, a));
    }
    return best;
}

// Once through all states; returns the largest change. Those that still change by more than `limit`
// become infinite.
static double sweep(const tabular_table *t, double gamma, const int *actions, double *values,
                    double limit)
{
    double largest = 0;
    for (int s = 0; s < t->states; s++) {
        const double value = actions == NULL ? best_value(t, gamma, values, s)
                                             : action_value(t, gamma, values, s, actions[s]);
        const double change = value - values[s];
        largest = fmax(largest, fabs(change));
        values[s] = fabs(change) > limit ? copysign(INFINITY, change) : value;
    }
    return largest;
}

static void solve(const tabular_table *t, double gamma, const int *actions, double *values)
{
    enum { MAX_SWEEPS = 200000 };
    static const double tolerance = 1e-12;
    memset(values, 0, (size_t) t->states * sizeof(*values));
    int sweeps = 0;
    while (sweeps < MAX_SWEEPS && sweep(t, gamma, actions, values, INFINITY) > tolerance) {
        sweeps++;
    }
    if (sweeps == MAX_SWEEPS) {
        (void) sweep(t, gamma, actions, values, tolerance);
    }
}

void exact_optimum(const tabular_table *table, double gamma, double *values)
{
    solve(table, gamma, NULL, values);
}

void exact_value(const tabular_table *table, double gamma, const int *actions, double *values)
{
    solve(table, gamma, actions, values);
}

double exact_start(const tabular_table *table, const double *values)
{
    double mean = 0;
    for (int s = 0; s < table->states; s++) {
        mean += table->start[s] > 0 ? table->start[s] * values[s] : 0;
    }
    return mean;
}
