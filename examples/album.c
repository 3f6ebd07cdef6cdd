// album.c -- a picture of every task of a server, as DIRECTORY/TASK.ppm.
//
//     album ENDPOINT DIRECTORY [SIDE [STEPS]]
//
// Pictures have SIDE x SIDE pixels, 480 unless told otherwise, and show what STEPS steps (10) lead
// to when nothing is done. Tasks without pictures are left out.
#include <stdio.h>
#include <stdlib.h>

#include <stepwire/client.h>

// Zeros, which every task takes: no force, no speed, the first of some choices.
static sw_status do_nothing(sw_client *client, const sw_spec *spec, int steps)
{
    void *actions[SW_MAX_TENSORS] = {NULL};
    const sw_batch *batch;
    for (int a = 0; a < spec->action_count; a++) {
        const sw_tensor *action = &spec->actions[a];
        actions[a] = calloc((size_t) sw_tensor_elements(action), sw_dtype_size(action->dtype));
    }
    sw_status st = sw_client_send_reset(client, NULL);
    st = st == SW_OK ? sw_client_recv(client, &batch) : st;
    for (int t = 0; st == SW_OK && t < steps; t++) {
        st = sw_client_send_step(client, (const void *const *) actions);
        st = st == SW_OK ? sw_client_recv(client, &batch) : st;
    }
    for (int a = 0; a < spec->action_count; a++) {
        free(actions[a]);
    }
    return st;
}

static sw_status write_ppm(const char *directory, const char *task, const sw_image *image)
{
    char path[1000];
    snprintf(path, sizeof(path), "%s/%s.ppm", directory, task);
    FILE *file = fopen(path, "wb");
    if (file == NULL) {
        return sw_fail(SW_IO, "%s: cannot be written", path);
    }
    fprintf(file, "P6 %d %d 255\n", image->width, image->height);
    fwrite(image->rgb, 3, (size_t) image->width * (size_t) image->height, file);
    return fclose(file) == 0 ? SW_OK : sw_fail(SW_IO, "%s: cannot be written", path);
}

// A connection has one session: each task gets its own.
static sw_status draw(const sw_client_options *options, const char *task, const char *directory,
                      int side, int steps)
{
    const sw_session_options session = {.env_id = task, .rows = 1, .seed = 1};
    const sw_view view = {.width = side, .height = side};
    const sw_image *image;
    sw_client *client = NULL;
    sw_spec spec = {0};
    sw_status st = sw_client_connect(options, &client);
    st = st == SW_OK ? sw_client_describe(client, task, NULL, 0, &spec) : st;
    if (st == SW_OK && spec.supports_render) {
        st = sw_client_open(client, &session);
        st = st == SW_OK ? do_nothing(client, &spec, steps) : st;
        st = st == SW_OK ? sw_client_render(client, 0, &view, &image) : st;
        st = st == SW_OK ? write_ppm(directory, task, image) : st;
    }
    sw_spec_free(&spec);
    sw_client_close(client);
    return st;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "album ENDPOINT DIRECTORY [SIDE [STEPS]]\n");
        return 2;
    }
    sw_client_options options = SW_CLIENT_OPTIONS;
    options.endpoint = argv[1];
    sw_client *client = NULL;
    int count = 0;
    sw_status st = sw_client_connect(&options, &client);
    const char *const *tasks = st == SW_OK ? sw_client_tasks(client, &count) : NULL;
    for (int i = 0; st == SW_OK && i < count; i++) {
        printf("%s\n", tasks[i]);
        st = draw(&options, tasks[i], argv[2], argc > 3 ? atoi(argv[3]) : 480,
                  argc > 4 ? atoi(argv[4]) : 10);
    }
    if (st != SW_OK) {
        fprintf(stderr, "album: %s\n", sw_last_error());
    }
    sw_client_close(client);
    return st != SW_OK;
}
