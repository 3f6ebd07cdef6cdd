// Our models against the numbers of Gymnasium's own, compiled: golden/models, every line of it.
// A line is `KIND INDEX NAME V...`, or for kinds of which there is one `KIND NAME V...`.
#include "test.h"

#include <mujoco/mujoco.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "local_env.h"
#include "mujoco_env.h"

// KIND NAME, and where the model m has value i of object k of that kind.
#define VALUES(X)                                                                                  \
    X("size", "nq", m->nq)                                                                         \
    X("size", "nv", m->nv)                                                                         \
    X("size", "nu", m->nu)                                                                         \
    X("size", "na", m->na)                                                                         \
    X("size", "nbody", m->nbody)                                                                   \
    X("size", "njnt", m->njnt)                                                                     \
    X("size", "ngeom", m->ngeom)                                                                   \
    X("size", "nsite", m->nsite)                                                                   \
    X("size", "ntendon", m->ntendon)                                                               \
    X("size", "nexclude", m->nexclude)                                                             \
    X("size", "neq", m->neq)                                                                       \
    X("opt", "timestep", m->opt.timestep)                                                          \
    X("opt", "integrator", m->opt.integrator)                                                      \
    X("opt", "solver", m->opt.solver)                                                              \
    X("opt", "iterations", m->opt.iterations)                                                      \
    X("opt", "cone", m->opt.cone)                                                                  \
    X("opt", "jacobian", m->opt.jacobian)                                                          \
    X("opt", "tolerance", m->opt.tolerance)                                                        \
    X("opt", "impratio", m->opt.impratio)                                                          \
    X("opt", "gravity", m->opt.gravity[i])                                                         \
    X("opt", "wind", m->opt.wind[i])                                                               \
    X("opt", "magnetic", m->opt.magnetic[i])                                                       \
    X("opt", "density", m->opt.density)                                                            \
    X("opt", "viscosity", m->opt.viscosity)                                                        \
    X("opt", "disableflags", m->opt.disableflags)                                                  \
    X("opt", "enableflags", m->opt.enableflags)                                                    \
    X("env", "total_mass", mj_getTotalmass(m))                                                     \
    X("env", "action_low", m->actuator_ctrlrange[2 * i])                                           \
    X("env", "action_high", m->actuator_ctrlrange[2 * i + 1])                                      \
    X("qpos0", "", m->qpos0[i])                                                                    \
    X("body", "parent", m->body_parentid[k])                                                       \
    X("body", "pos", m->body_pos[3 * k + i])                                                       \
    X("body", "quat", m->body_quat[4 * k + i])                                                     \
    X("body", "ipos", m->body_ipos[3 * k + i])                                                     \
    X("body", "mass", m->body_mass[k])                                                             \
    X("body", "inertia", m->body_inertia[3 * k + i])                                               \
    X("body", "invweight0", m->body_invweight0[2 * k + i])                                         \
    X("jnt", "body", m->jnt_bodyid[k])                                                             \
    X("jnt", "type", m->jnt_type[k])                                                               \
    X("jnt", "limited", m->jnt_limited[k])                                                         \
    X("jnt", "range", m->jnt_range[2 * k + i])                                                     \
    X("jnt", "pos", m->jnt_pos[3 * k + i])                                                         \
    X("jnt", "axis", m->jnt_axis[3 * k + i])                                                       \
    X("jnt", "stiffness", m->jnt_stiffness[k])                                                     \
    X("jnt", "margin", m->jnt_margin[k])                                                           \
    X("jnt", "solref", m->jnt_solref[mjNREF * k + i])                                              \
    X("jnt", "solimp", m->jnt_solimp[mjNIMP * k + i])                                              \
    X("jnt", "ref", m->qpos0[m->jnt_qposadr[k]])                                                   \
    X("jnt", "springref", m->qpos_spring[m->jnt_qposadr[k]])                                       \
    X("dof", "jnt", m->dof_jntid[k])                                                               \
    X("dof", "armature", m->dof_armature[k])                                                       \
    X("dof", "damping", m->dof_damping[k])                                                         \
    X("dof", "frictionloss", m->dof_frictionloss[k])                                               \
    X("dof", "invweight0", m->dof_invweight0[k])                                                   \
    X("geom", "body", m->geom_bodyid[k])                                                           \
    X("geom", "type", m->geom_type[k])                                                             \
    X("geom", "contype", m->geom_contype[k])                                                       \
    X("geom", "conaffinity", m->geom_conaffinity[k])                                               \
    X("geom", "condim", m->geom_condim[k])                                                         \
    X("geom", "priority", m->geom_priority[k])                                                     \
    X("geom", "size", m->geom_size[3 * k + i])                                                     \
    X("geom", "pos", m->geom_pos[3 * k + i])                                                       \
    X("geom", "quat", m->geom_quat[4 * k + i])                                                     \
    X("geom", "friction", m->geom_friction[3 * k + i])                                             \
    X("geom", "margin", m->geom_margin[k])                                                         \
    X("geom", "gap", m->geom_gap[k])                                                               \
    X("geom", "solmix", m->geom_solmix[k])                                                         \
    X("geom", "solref", m->geom_solref[mjNREF * k + i])                                            \
    X("geom", "solimp", m->geom_solimp[mjNIMP * k + i])                                            \
    X("site", "body", m->site_bodyid[k])                                                           \
    X("site", "pos", m->site_pos[3 * k + i])                                                       \
    X("tendon", "limited", m->tendon_limited[k])                                                   \
    X("tendon", "stiffness", m->tendon_stiffness[k])                                               \
    X("tendon", "damping", m->tendon_damping[k])                                                   \
    X("actuator", "jnt", m->actuator_trnid[2 * k])                                                 \
    X("actuator", "ctrllimited", m->actuator_ctrllimited[k])                                       \
    X("actuator", "forcelimited", m->actuator_forcelimited[k])                                     \
    X("actuator", "ctrlrange", m->actuator_ctrlrange[2 * k + i])                                   \
    X("actuator", "gear", m->actuator_gear[6 * k + i])                                             \
    X("actuator", "gainprm", m->actuator_gainprm[mjNGAIN * k + i])                                 \
    X("actuator", "biasprm", m->actuator_biasprm[mjNBIAS * k + i])

static bool find_value(const mjModel *m, const char *kind, const char *name, int k, int i,
                       double *value)
{
#define X(KIND, NAME, WHERE)                                                                       \
    if (strcmp(kind, KIND) == 0 && strcmp(name, NAME) == 0) {                                      \
        *value = (double) (WHERE);                                                                 \
        return true;                                                                               \
    }
    VALUES(X)
#undef X
    return false;
}

// `type 1 jnt J coef C`: that tendon k is wrapped round joint J.
static void check_wrap(const mjModel *m, int k, const char *values)
{
    int type;
    int joint;
    double coef;
    assert_int_equal(sscanf(values, "type %d jnt %d coef %lf", &type, &joint, &coef), 3);
    int found = 0;
    for (int i = m->tendon_adr[k]; i < m->tendon_adr[k] + m->tendon_num[k]; i++) {
        found += m->wrap_type[i] == type && m->wrap_objid[i] == joint && m->wrap_prm[i] == coef;
    }
    assert_int_equal(found, 1);
}

// The inertia [3, 3] of body k in its own frame, if its principal axes are `quat`.
static void make_inertia(const mjModel *m, int k, const double *quat, double *inertia)
{
    double axes[9];
    mju_quat2Mat(axes, quat);
    for (int i = 0; i < 9; i++) {
        inertia[i] = 0;
        for (int j = 0; j < 3; j++) {
            inertia[i] += axes[i / 3 * 3 + j] * m->body_inertia[3 * k + j] * axes[i % 3 * 3 + j];
        }
    }
}

// Where two moments are equal, as they are of any capsule, versions of MuJoCo choose other axes.
static void check_axes(const mjModel *m, int k, const char *values)
{
    double quat[4];
    double want[9];
    double got[9];
    assert_int_equal(sscanf(values, "%lf %lf %lf %lf", &quat[0], &quat[1], &quat[2], &quat[3]), 4);
    make_inertia(m, k, quat, want);
    make_inertia(m, k, m->body_iquat + 4 * k, got);
    for (int i = 0; i < 9; i++) {
        assert_near(got[i], want[i],
                    1e-12 * m->body_inertia[3 * k]);  // the largest moment is first
    }
}

// Lines of text instead of numbers, and the one number that is the task's and not the model's.
static bool check_special(const mujoco_env *env, const char *kind, const char *name, int k,
                          const char *values)
{
    static const struct {
        const char *kind;
        mjtObj type;
    } kinds[] = {{"body", mjOBJ_BODY},     {"jnt", mjOBJ_JOINT}, {"geom", mjOBJ_GEOM},
                 {"tendon", mjOBJ_TENDON}, {"site", mjOBJ_SITE}, {"actuator", mjOBJ_ACTUATOR}};

    if (strcmp(name, "frame_skip") == 0) {
        assert_int_equal(env->frame_skip, atol(values));
        return true;
    }
    if (strcmp(name, "wrap") == 0) {
        check_wrap(env->model, k, values);
        return true;
    }
    if (strcmp(name, "iquat") == 0) {
        check_axes(env->model, k, values);
        return true;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (strcmp(name, "name") == 0 && strcmp(kind, kinds[i].kind) == 0) {
            const char *ours = mj_id2name(env->model, kinds[i].type, k);
            assert_string_equal(ours != NULL ? ours : "-", values);
            return true;
        }
    }
    return false;
}

// Since MuJoCo 3 the armature of its joints does not count for a body that does nothing but slide:
// Pusher's object and goal, Reacher's target. What is then to be expected of value i.
static bool find_newer_value(const mjModel *m, const char *kind, const char *name, int k, int i,
                             double *value)
{
    enum { SLIDES = 2 };
    if (mj_version() < 300 || strcmp(name, "invweight0") != 0) {
        return false;
    }
    const bool is_dof = strcmp(kind, "dof") == 0;
    const int body = is_dof ? m->dof_bodyid[k] : k;
    *value = i == 0 ? 1 / m->body_mass[body] : 0;
    return m->body_simple[body] == SLIDES;
}

// Equal to 1e-12 of the value: the compiler of another version may round differently.
static void check_values(const mjModel *m, const char *line, const char *kind, const char *name,
                         int k, const char *values)
{
    char *end = NULL;
    for (int i = 0; *values != '\0'; i++, values = end) {
        double want = strtod(values, &end);
        assert_ptr_not_equal(end, values);
        double newer = 0;
        if (find_newer_value(m, kind, name, k, i, &newer)) {
            want = newer;
        }
        double got = 0;
        if (!find_value(m, kind, name, k, i, &got)) {
            fail_msg("%s: nothing compares this", line);
        }
        if (!(fabs(got - want) <= 1e-12 * fabs(want))) {
            fail_msg("%s: value %d is %.17g", line, i, got);
        }
    }
}

static void check_line(const mujoco_env *env, const char *line)
{
    char kind[32];
    char name[32] = "";
    int k = 0;
    int used = 0;
    if (sscanf(line, "%31s %n", kind, &used) != 1) {
        fail_msg("not a line: %s", line);
    }
    if (strcmp(kind, "model") == 0 || strcmp(kind, "task") == 0 || strcmp(kind, "gymnasium") == 0 ||
        strcmp(kind, "mujoco") == 0) {
        return;
    }
    const char *values = line + used;
    if (strcmp(kind, "qpos0") != 0) {
        if (sscanf(values, "%d %31s %n", &k, name, &used) != 2) {
            assert_int_equal(sscanf(values, "%31s %n", name, &used), 1);
        }
        values += used;
    }
    if (!check_special(env, kind, name, k, values)) {
        check_values(env->model, line, kind, name, k, values);
    }
}

typedef struct model_case {
    const char *id;    // of a task
    const char *path;  // numbers of its model
} model_case;

static void the_model_is_gymnasiums(void **state)
{
    const model_case *c = *state;
    local_env e;
    assert_ok(local_env_open(&e, local_env_task(c->id), NULL, 0));
    FILE *file = fopen(c->path, "r");
    assert_non_null(file);
    int lines = 0;
    for (char line[512]; fgets(line, sizeof(line), file) != NULL; lines++) {
        line[strcspn(line, "\n")] = '\0';
        check_line(e.env, line);
    }
    (void) fclose(file);
    assert_true(lines > 100);
    local_env_close(&e);
}

static void everyone_shares_one_model(void **state)
{
    (void) state;
    const mjModel *one = NULL;
    const mjModel *two = NULL;
    const mjModel *other = NULL;
    assert_ok(mujoco_model_acquire(&mujoco_xml_hopper, &one));
    assert_ok(mujoco_model_acquire(&mujoco_xml_walker2d, &other));
    assert_ok(mujoco_model_acquire(&mujoco_xml_hopper, &two));
    assert_ptr_equal(one, two);
    assert_ptr_not_equal(one, other);
    mujoco_model_release(one);
    assert_int_equal(two->nq, 6);  // still there for its second user
    mujoco_model_release(two);
    mujoco_model_release(other);
    mujoco_model_release(NULL);
}

static void a_file_that_is_no_model_is_refused_with_its_name(void **state)
{
    (void) state;
    static const unsigned char text[] = "<mujoco><worldbody><body></mujoco>";
    const mujoco_xml broken = {.name = "broken.xml", .text = text, .size = sizeof(text) - 1};
    const mjModel *m = NULL;
    assert_int_equal(mujoco_model_acquire(&broken, &m), SW_ENVIRONMENT);
    assert_null(m);
    assert_non_null(strstr(sw_last_error(), "broken.xml"));
}

int main(void)
{
    static model_case models[] = {
        {"Ant-v5", "golden/models/Ant.txt"},
        {"HalfCheetah-v5", "golden/models/HalfCheetah.txt"},
        {"Hopper-v5", "golden/models/Hopper.txt"},
        {"Humanoid-v5", "golden/models/Humanoid.txt"},
        {"HumanoidStandup-v5", "golden/models/HumanoidStandup.txt"},
        {"InvertedDoublePendulum-v5", "golden/models/InvertedDoublePendulum.txt"},
        {"InvertedPendulum-v5", "golden/models/InvertedPendulum.txt"},
#if mjVERSION_HEADER < 300
        {"Pusher-v4", "golden/models/Pusher-v4.txt"},
#endif
        {"Pusher-v5", "golden/models/Pusher-v5.txt"},
        {"Reacher-v5", "golden/models/Reacher.txt"},
        {"Swimmer-v5", "golden/models/Swimmer.txt"},
        {"Walker2d-v4", "golden/models/Walker2d-v4.txt"},
        {"Walker2d-v5", "golden/models/Walker2d-v5.txt"},
    };
    enum { MODELS = sizeof(models) / sizeof(models[0]) };
    struct CMUnitTest numbers[MODELS];
    for (int i = 0; i < MODELS; i++) {
        numbers[i] = (struct CMUnitTest){.name = models[i].path,
                                         .test_func = the_model_is_gymnasiums,
                                         .initial_state = &models[i]};
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everyone_shares_one_model),
        cmocka_unit_test(a_file_that_is_no_model_is_refused_with_its_name),
    };
    return cmocka_run_group_tests(numbers, NULL, NULL) + cmocka_run_group_tests(tests, NULL, NULL);
}
