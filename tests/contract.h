// contract.h -- what the contract suites share: tests that every task must pass.
#ifndef CONTRACT_H
#define CONTRACT_H

#include "test.h"

#include "local_env.h"

enum { CONTRACT_MAX_BYTES = 4096 };  // of all that a row says

// Runs the tests once for every task there is, whose class is their state. Returns how many failed.
int contract_run(const struct CMUnitTest *promises, int count);

// The same for local_env_is_typical() tasks.
int contract_run_typical(const struct CMUnitTest *promises, int count);

// Opens the environment of a test with its default settings.
void contract_open(local_env *e, void **state);

// Writes all that a row says to `bytes` [CONTRACT_MAX_BYTES], so that two can be compared bit for
// bit; returns how many there are.
size_t contract_copy_row(const local_env *e, uint8_t *bytes);

void contract_assert_same_row(const local_env *a, const local_env *b);

void contract_copy_actions(local_env *to, const local_env *from);

// True if the last step ended the episode.
bool contract_is_over(const local_env *e);

// Steps both with the same random actions, and where an episode ends resets both; every row must be
// the same.
void contract_assert_same_future(local_env *a, local_env *b, int steps, random_state *random);

#endif
