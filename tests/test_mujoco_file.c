// Model files of users. Each test has a directory of them, which is STEPWIRE_MODELS.
#define _XOPEN_SOURCE 700  // nftw
#include "test.h"

#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "local_env.h"
#include "mujoco_env.h"

static char directory[32];

static int set_up_models(void **state)
{
    (void) state;
    strcpy(directory, "/tmp/stepwire-test-XXXXXX");
    return mkdtemp(directory) != NULL ? setenv("STEPWIRE_MODELS", directory, 1) : -1;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *where)
{
    (void) info;
    (void) type;
    (void) where;
    return remove(path);
}

static int tear_down_models(void **state)
{
    (void) state;
    return nftw(directory, remove_one, 4, FTW_DEPTH | FTW_PHYS) | unsetenv("STEPWIRE_MODELS");
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    (void) snprintf(path, sizeof(path), "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

// Writes a task's own model with `new` in place of the first `old`.
static void write_changed(const char *name, const mujoco_xml *xml, const char *old, const char *new)
{
    static char text[20000];
    assert_true(xml->size < sizeof(text));
    memcpy(text, xml->text, xml->size);
    text[xml->size] = '\0';
    const char *at = strstr(text, old);
    assert_non_null(at);
    static char changed[20000];
    (void) snprintf(changed, sizeof(changed), "%.*s%s%s", (int) (at - text), text, new,
                    at + strlen(old));
    write_file(name, changed);
}

static void write_hopper(const char *name, const char *torso)
{
    write_changed(name, &mujoco_xml_hopper, "<geom name=\"torso_geom\" ", torso);
}

static sw_status open_with(local_env *e, const char *task, const char *file)
{
    const sw_assignment setting = {"xml_file", file};
    return local_env_open(e, local_env_task(task), &setting, 1);
}

static void assert_refused(const char *task, const char *file, const char *why)
{
    local_env e;
    assert_int_equal(open_with(&e, task, file), SW_INVALID_ARGUMENT);
    assert_says(task);
    assert_says("'xml_file'");
    assert_says(why);
}

// The last observation of 20 steps with the same actions.
static void play(local_env *e, double last[11])
{
    random_state random = random_seed(3);
    assert_ok(local_env_reset(e, 1));
    for (int i = 0; i < 20; i++) {
        local_env_draw_actions(e, &random);
        assert_ok(local_env_step(e));
    }
    memcpy(last, e->observations[0], 11 * sizeof(double));
}

static void without_a_directory_the_error_says_who_can_name_one(void **state)
{
    (void) state;
    write_hopper("hopper.xml", "<geom ");
    assert_int_equal(unsetenv("STEPWIRE_MODELS"), 0);
    assert_refused("Hopper-v5", "hopper.xml", "STEPWIRE_MODELS");
}

static void a_copy_of_the_tasks_own_model_is_the_task(void **state)
{
    (void) state;
    double ours[11];
    double copys[11];
    local_env e;
    assert_ok(local_env_open(&e, local_env_task("Hopper-v5"), NULL, 0));
    play(&e, ours);
    local_env_close(&e);
    write_hopper("copy.xml", "<geom ");
    assert_ok(open_with(&e, "Hopper-v5", "copy.xml"));
    play(&e, copys);
    local_env_close(&e);
    assert_memory_equal(ours, copys, sizeof(ours));
}

static void a_heavier_torso_moves_otherwise(void **state)
{
    (void) state;
    double light[11];
    double heavy[11];
    local_env e;
    write_hopper("light.xml", "<geom density=\"500\" ");
    write_hopper("heavy.xml", "<geom density=\"2000\" ");
    assert_ok(open_with(&e, "Hopper-v5", "light.xml"));
    play(&e, light);
    local_env_close(&e);
    assert_ok(open_with(&e, "Hopper-v5", "heavy.xml"));
    play(&e, heavy);
    local_env_close(&e);
    assert_memory_not_equal(light, heavy, sizeof(light));
}

static void a_name_does_not_lead_out_of_the_directory(void **state)
{
    (void) state;
    static const char *const names[] = {
        "../hopper.xml", "/etc/passwd", "robots/../hopper.xml", "./hopper.xml", "robots//a.xml",
        "robots/",       ".."};
    write_hopper("hopper.xml", "<geom ");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_refused("Hopper-v5", names[i], "directory of models");
        assert_says(names[i]);
    }
    assert_refused("Hopper-v5", "walker.xml", "no such file");
}

static void a_directory_or_a_pipe_is_no_model(void **state)
{
    (void) state;
    char path[256];
    (void) snprintf(path, sizeof(path), "%s/pipe.xml", directory);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_refused("Hopper-v5", "pipe.xml", "no such file");
    (void) snprintf(path, sizeof(path), "%s/robots", directory);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused("Hopper-v5", "robots", "no such file");
    write_hopper("robots/hopper.xml", "<geom ");
    local_env e;
    assert_ok(open_with(&e, "Hopper-v5", "robots/hopper.xml"));
    local_env_close(&e);
}

static void a_broken_file_is_refused_in_mujocos_words_with_the_line(void **state)
{
    (void) state;
    write_file("unknown.xml", "<mujoco>\n  <worldbody>\n    <leg/>\n  </worldbody>\n</mujoco>\n");
    assert_refused("Hopper-v5", "unknown.xml", "line 3");
    assert_says("unknown.xml");
    assert_says("leg");
    write_file("open.xml", "<mujoco>\n  <worldbody>\n</mujoco>\n");
    assert_refused("Hopper-v5", "open.xml", "MISMATCHED");
    write_hopper("mass.xml", "<geom mass=\"-1\" ");
    assert_refused("Hopper-v5", "mass.xml", "mass");
    write_file("empty.xml", "");
    assert_refused("Hopper-v5", "empty.xml", "empty.xml");
}

static void a_model_that_does_not_fit_is_refused_with_what_it_lacks(void **state)
{
    (void) state;
    write_file("still.xml", "<mujoco><worldbody><geom size='1'/></worldbody></mujoco>");
    assert_refused("Hopper-v5", "still.xml", "0 actuators");
    write_hopper("hopper.xml", "<geom ");
    assert_refused("Pusher-v5", "hopper.xml", "no body 'object'");
    assert_refused("Ant-v5", "hopper.xml", "free");
    assert_refused("InvertedPendulum-v5", "hopper.xml", "6 positions");
    assert_refused("InvertedDoublePendulum-v5", "hopper.xml", "no site");
    write_changed("frozen.xml", &mujoco_xml_hopper, "timestep=\"0.002\"", "timestep=\"0\"");
    assert_refused("Hopper-v5", "frozen.xml", "timestep is 0 s");
    write_file("cart.xml", "<mujoco><worldbody><body><geom size='1'/><joint name='j'/></body>"
                           "</worldbody><actuator><motor joint='j'/></actuator></mujoco>");
    assert_refused("Hopper-v5", "cart.xml", "1 positions");
}

static void what_would_bloat_the_server_is_refused(void **state)
{
    (void) state;
    write_changed("much.xml", &mujoco_xml_hopper, "<size ", "<size nuserdata=\"9000000\" ");
    assert_refused("Hopper-v5", "much.xml", "64 MiB");
    char path[256];
    (void) snprintf(path, sizeof(path), "%s/long.xml", directory);
    write_file("long.xml", "<mujoco>");
    assert_int_equal(truncate(path, (16 << 20) + 1), 0);
    assert_refused("Hopper-v5", "long.xml", "16 MiB");
}

static void a_motor_without_limits_has_no_bounds(void **state)
{
    (void) state;
    write_changed("free.xml", &mujoco_xml_hopper, "ctrllimited=\"true\" ctrlrange=\"-1 1\"",
                  "ctrllimited=\"false\"");
    local_env e;
    assert_ok(open_with(&e, "Hopper-v5", "free.xml"));
    for (int i = 0; i < 3; i++) {
        assert_true(isinf(e.spec.actions[0].low[i]) && e.spec.actions[0].low[i] < 0);
        assert_true(isinf(e.spec.actions[0].high[i]) && e.spec.actions[0].high[i] > 0);
    }
    local_env_close(&e);
}

static double torso_mass(const local_env *e)
{
    return ((const mujoco_env *) e->env)->model->body_mass[1];
}

// Twice the density is twice the mass.
static void a_file_that_changed_is_read_again_and_who_has_it_keeps_it(void **state)
{
    (void) state;
    local_env before;
    local_env same;
    local_env after;
    write_hopper("hopper.xml", "<geom density=\"500\" ");
    assert_ok(open_with(&before, "Hopper-v5", "hopper.xml"));
    assert_ok(open_with(&same, "Hopper-v5", "hopper.xml"));
    assert_ptr_equal(((mujoco_env *) before.env)->model, ((mujoco_env *) same.env)->model);
    const double mass = torso_mass(&before);
    write_hopper("hopper.xml", "<geom density=\"1000\" ");
    assert_ok(open_with(&after, "Hopper-v5", "hopper.xml"));
    assert_near(torso_mass(&after), 2 * mass, 1e-12);
    assert_near(torso_mass(&before), mass, 0);
    local_env_close(&before);
    local_env_close(&same);
    local_env_close(&after);
}

// A session is described by one reading of the file, its environments are made by another.
static void a_file_that_changed_its_sizes_wants_another_name(void **state)
{
    (void) state;
    local_env e;
    write_hopper("grows.xml", "<geom ");
    assert_ok(open_with(&e, "Hopper-v5", "grows.xml"));
    local_env_close(&e);
    write_hopper("grows.xml", "<geom size=\"0.1\" type=\"sphere\"/><geom ");
    assert_refused("Hopper-v5", "grows.xml", "another name");
    write_hopper("grown.xml", "<geom size=\"0.1\" type=\"sphere\"/><geom ");
    assert_ok(open_with(&e, "Hopper-v5", "grown.xml"));
    local_env_close(&e);
}

static void a_mesh_is_looked_for_beside_the_file(void **state)
{
    (void) state;
    write_file("tetrahedron.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n"
                                  "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n");
    write_file("mesh.xml",
               "<mujoco><asset><mesh name='t' file='tetrahedron.obj'/></asset><worldbody><body>"
               "<joint type='slide' axis='1 0 0'/><joint type='slide' axis='0 0 1'/>"
               "<joint name='j'/><geom type='mesh' mesh='t'/></body></worldbody>"
               "<actuator><motor joint='j'/></actuator></mujoco>");
    local_env e;
    assert_ok(open_with(&e, "Swimmer-v5", "mesh.xml"));
    assert_int_equal(((const mujoco_env *) e.env)->model->nmesh, 1);
    assert_ok(local_env_reset(&e, 1));
    assert_ok(local_env_step(&e));
    local_env_close(&e);
}

#define MODEL_TEST(NAME) cmocka_unit_test_setup_teardown(NAME, set_up_models, tear_down_models)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MODEL_TEST(without_a_directory_the_error_says_who_can_name_one),
        MODEL_TEST(a_copy_of_the_tasks_own_model_is_the_task),
        MODEL_TEST(a_heavier_torso_moves_otherwise),
        MODEL_TEST(a_name_does_not_lead_out_of_the_directory),
        MODEL_TEST(a_directory_or_a_pipe_is_no_model),
        MODEL_TEST(a_broken_file_is_refused_in_mujocos_words_with_the_line),
        MODEL_TEST(a_model_that_does_not_fit_is_refused_with_what_it_lacks),
        MODEL_TEST(what_would_bloat_the_server_is_refused),
        MODEL_TEST(a_motor_without_limits_has_no_bounds),
        MODEL_TEST(a_file_that_changed_is_read_again_and_who_has_it_keeps_it),
        MODEL_TEST(a_file_that_changed_its_sizes_wants_another_name),
        MODEL_TEST(a_mesh_is_looked_for_beside_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
