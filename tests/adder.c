#include "adder.h"

#include "test.h"

const sw_session_options adder_session = {.env_id = "Adder-v0", .rows = ADDER_ROWS, .seed = 5};

sw_client_options adder_options(const peer *p)
{
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = peer_endpoint(p);
    options.first_attempt_ms = 300;
    options.refused_ms = 300;
    return options;
}

static adder begin(peer *p, const sw_client_options *options)
{
    adder a = {.peer = p};
    const sw_batch *batch;
    assert_ok(sw_client_connect(options, &a.client));
    assert_ok(sw_client_open(a.client, &adder_session));
    assert_ok(sw_client_send_reset(a.client, NULL));
    assert_ok(sw_client_recv(a.client, &batch));
    return a;
}

adder adder_open(peer_script script, void *context)
{
    peer *p = peer_start("tcp://127.0.0.1:*", script, context);
    const sw_client_options options = adder_options(p);
    return begin(p, &options);
}

adder adder_open_hasty(peer_script script, void *context)
{
    peer *p = peer_start("tcp://127.0.0.1:*", script, context);
    sw_client_options options = adder_options(p);
    options.first_attempt_ms = 20;
    options.longest_attempt_ms = 100;
    return begin(p, &options);
}

void adder_close(adder *a)
{
    sw_client_close(a->client);
    peer_stop(a->peer);
}

sw_status adder_step(sw_client *client, double add, const sw_batch **batch)
{
    double actions[ADDER_ROWS];
    for (int i = 0; i < ADDER_ROWS; i++) {
        actions[i] = (i + 1) * add;
    }
    const void *tensors[] = {actions};
    const sw_status st = sw_client_send_step(client, tensors);
    return st == SW_OK ? sw_client_recv(client, batch) : st;
}

double adder_sum(const sw_batch *batch, int row)
{
    return ((const double *) batch->observations[0])[row];
}
