"""Writes torch/*.txt: whole updates of our algorithms on a fixed batch, in PyTorch's float64.

    pip install torch && python make_torch.py

Nothing here is ours: gradients are autograd's, Fisher-vector products are second derivatives of the
mean KL divergence that torch.distributions gives, the optimisers are torch.optim's, K-FAC's damped
Kronecker products are made as matrices and solved for. Inputs are rounded to float32 first, so that
the learner begins with exactly the same numbers. A file has lines `NAME values`, arrays row-major,
parameters in the order weight, bias of each layer, then log-std.
"""

import math
import platform
from pathlib import Path

import torch
from torch import nn
from torch.distributions import Categorical, Independent, Normal, kl_divergence

torch.set_default_dtype(torch.float64)
torch.manual_seed(1)

HERE = Path(__file__).parent / "torch"
ROWS, OBS, HIDDEN = 64, 5, 8


def as_float32(x):
    return x.to(torch.float32).to(torch.float64)


class Policy(nn.Module):
    def __init__(self, kind, outputs):
        super().__init__()
        self.kind = kind
        self.net = mlp(outputs)
        if kind == "gaussian":
            self.log_std = nn.Parameter(-0.3 + 0.2 * torch.randn(outputs))
        for p in self.parameters():
            p.data = as_float32(p.data)

    def forward(self, obs):
        y = self.net(obs)
        if self.kind == "gaussian":
            return Independent(Normal(y, self.log_std.exp()), 1)
        return Categorical(logits=y)


def mlp(outputs):
    return nn.Sequential(
        nn.Linear(OBS, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, outputs)
    )


def parameters(model):
    """All parameters as one vector; the log-std, which PyTorch lists first, goes last."""
    named = dict(model.named_parameters())
    last = [named.pop("log_std")] if "log_std" in named else []
    return list(named.values()) + last


def flat(tensors):
    return torch.cat([t.reshape(-1) for t in tensors])


def assign(model, vector):
    fill(parameters(model), vector)


def fill(tensors, vector):
    begin = 0
    for p in tensors:
        p.data = vector[begin : begin + p.numel()].view_as(p).clone()
        begin += p.numel()


def write(path, values, source="make_torch.py"):
    with open(path, "w") as f:
        f.write(f"# {source}: PyTorch {torch.__version__}, Python {platform.python_version()}\n")
        for name, value in values.items():
            numbers = torch.as_tensor(value, dtype=torch.float64).reshape(-1).tolist()
            f.write(name + "".join(" %.17g" % x for x in numbers) + "\n")


def batch(policy):
    """Observations, actions of the policy, their log-densities, advantages, and critic targets."""
    obs = as_float32(torch.randn(ROWS, OBS))
    with torch.no_grad():
        act = as_float32(policy(obs).sample())
        logp = policy(obs).log_prob(act)
    adv = as_float32(torch.randn(ROWS) + 0.3 * obs[:, 0] * act.reshape(ROWS, -1)[:, 0])
    ret = as_float32(torch.randn(ROWS))
    return obs, act, logp, adv, ret


def conjugate_gradient(product, b, iterations):
    x, r, p = torch.zeros_like(b), b.clone(), b.clone()
    for _ in range(iterations):
        ap = product(p)
        alpha = r.dot(r) / p.dot(ap)
        x, left = x + alpha * p, r - alpha * ap
        p, r = left + left.dot(left) / r.dot(r) * p, left
    return x


def trpo(kind, outputs, o):
    policy, critic = Policy(kind, outputs), mlp(1)
    for p in critic.parameters():
        p.data = as_float32(p.data)
    obs, act, logp, adv, ret = batch(policy)
    theta = flat(parameters(policy)).detach()
    out = {"theta": theta, "obs": obs, "act": act, "logp": logp, "adv": adv, "ret": ret, **o}
    out["critic"] = flat(critic.parameters()).detach()

    standard = (adv - adv.mean()) / (adv.std() + 1e-8)
    with torch.no_grad():
        old = policy(obs)

    def surrogate():
        pi = policy(obs)
        return ((pi.log_prob(act) - logp).exp() * standard).mean() + o["entropy_coef"] * pi.entropy().mean()

    def kl():
        return kl_divergence(old, policy(obs)).mean()

    def product(v):
        gradient = flat(torch.autograd.grad(kl(), parameters(policy), create_graph=True))
        return flat(torch.autograd.grad(gradient.dot(v), parameters(policy))).detach() + o["damping"] * v

    start = surrogate()
    g = flat(torch.autograd.grad(start, parameters(policy)))
    v = as_float32(torch.randn(len(theta)))
    x = conjugate_gradient(product, g, o["cg_iterations"])
    ax = product(x)
    rate = math.sqrt(2 * o["max_kl"] / x.dot(ax))
    out |= {"objective": start.item(), "g": g, "v": v, "fv": product(v), "x": x}
    out |= {"curvature": x.dot(ax), "residual": (g - ax).norm() / g.norm()}

    for tries in range(1, o["backtracks"] + 1):
        assign(policy, theta + rate * x)
        if surrogate() > start and kl() <= o["max_kl"]:
            break
        rate *= o["shrink"]
    else:
        raise SystemExit("no step passed")
    out |= {"tries": tries, "rate": rate, "kl": kl().item(), "objective_after": surrogate().item()}
    out["theta_after"] = flat(parameters(policy)).detach()
    out["critic_after"] = fit(critic, obs, ret, o)
    write(HERE / f"trpo-{kind}.txt", out)
    print(f"trpo-{kind}: {tries} tries, KL {out['kl']:.4g}, residual {out['residual']:.3g}")


def fit(critic, obs, ret, o):
    adam = torch.optim.Adam(critic.parameters(), lr=o["critic_lr"], eps=o["adam_epsilon"])
    for _ in range(o["critic_epochs"]):
        adam.zero_grad()
        ((critic(obs)[:, 0] - ret) ** 2 / 2).mean().backward()
        adam.step()
    return flat(critic.parameters()).detach()


class KFac:
    """Running factors of a nn.Sequential of linear layers and tanh (arXiv:1503.05671, sections 3, 5, 6.3)."""

    def __init__(self, net, damping, decay):
        self.net, self.damping, self.decay, self.batches = net, damping, decay, 0
        self.factors = [(0, 0)] * len(self.linear())

    def linear(self):
        return [m for m in self.net if isinstance(m, nn.Linear)]

    def count(self, x, log_p):
        """One batch: log_p maps the network's output to a sum over rows of log-likelihoods."""
        self.batches += 1
        weight = max(1 / self.batches, 1 - self.decay)
        inputs, sums = [], []
        for m in self.net:
            if isinstance(m, nn.Linear):
                inputs.append(torch.cat([x, torch.ones(len(x), 1)], 1).detach())
            x = m(x)
            if isinstance(m, nn.Linear):
                sums.append(x)
        gradients = torch.autograd.grad(log_p(x), sums)
        self.factors = [
            ((1 - weight) * A + weight * a.T @ a / len(a), (1 - weight) * G + weight * g.T @ g / len(g))
            for (A, G), a, g in zip(self.factors, inputs, gradients)
        ]

    def solve(self, gradients):
        """Weight and bias gradients of each layer divided by the damped factors, in the same order."""
        solved = []
        for (A, G), dw, db in zip(self.factors, gradients[::2], gradients[1::2]):
            pi = torch.sqrt(A.trace() / len(A) / (G.trace() / len(G)))
            A = A + pi * math.sqrt(self.damping) * torch.eye(len(A))
            G = G + math.sqrt(self.damping) / pi * torch.eye(len(G))
            both = torch.cat([dw, db[:, None]], 1)
            x = torch.linalg.solve(torch.kron(G, A), both.reshape(-1)).view_as(both)
            solved += [x[:, :-1], x[:, -1]]
        return solved


def acktr(kind, outputs, o):
    torch.manual_seed(2)
    policy, critic = Policy(kind, outputs), mlp(1)
    for p in critic.parameters():
        p.data = as_float32(p.data)
    obs, act, logp, adv, ret = batch(policy)
    out = {"theta": flat(parameters(policy)).detach(), "critic": flat(critic.parameters()).detach()}
    out |= {"obs": obs, "act": act, "logp": logp, "adv": adv, "ret": ret, **o}
    standard = (adv - adv.mean()) / (adv.std() + 1e-8)
    actor_factors = KFac(policy.net, o["damping"], o["stats_decay"])
    critic_factors = KFac(critic, o["critic_damping"], o["stats_decay"])

    for update in ("1", "2"):
        with torch.no_grad():
            old = policy(obs)
            drawn = as_float32(old.sample())
        pi = policy(obs)
        objective = ((pi.log_prob(act) - logp).exp() * standard).mean() + o["entropy_coef"] * pi.entropy().mean()
        g = torch.autograd.grad(objective, parameters(policy))

        def of_drawn(outputs):
            if kind == "gaussian":
                return Independent(Normal(outputs, policy.log_std.detach().exp()), 1).log_prob(drawn).sum()
            return Categorical(logits=outputs).log_prob(drawn).sum()

        actor_factors.count(obs, of_drawn)
        x = actor_factors.solve(g)
        if kind == "gaussian":

            def kl(log_std):
                return kl_divergence(old, Independent(Normal(old.base_dist.loc, log_std.exp()), 1)).mean()

            fisher = torch.autograd.functional.hessian(kl, policy.log_std.detach())
            x.append(torch.linalg.solve(fisher + o["damping"] * torch.eye(outputs), g[-1]))
        rate = min(o["lr"], math.sqrt(2 * o["max_kl"] / flat(x).dot(flat(g))))
        assign(policy, flat(parameters(policy)).detach() + rate * flat(x))
        with torch.no_grad():
            moved = kl_divergence(old, policy(obs)).mean()
        out |= {"drawn_" + update: drawn, "objective_" + update: objective.item(), "g_" + update: flat(g)}
        out |= {"x_" + update: flat(x), "rate_" + update: rate, "kl_" + update: moved}
        out["theta_" + update] = flat(parameters(policy)).detach()
        print(f"acktr-{kind}: rate {rate:.4g}, KL {moved:.4g}")

        critic_factors.count(obs, torch.sum)
        losses = []
        for _ in range(o["critic_epochs"]):
            loss = ((critic(obs)[:, 0] - ret) ** 2 / 2).mean()
            g = torch.autograd.grad(loss, list(critic.parameters()))
            x = critic_factors.solve(g)
            rate = min(o["critic_lr"], math.sqrt(2 * o["critic_max_kl"] / flat(x).dot(flat(g))))
            assign(critic, flat(parameters(critic)).detach() - rate * flat(x))
            losses.append(loss.item())
        out |= {"value_loss_" + update: sum(losses) / len(losses)}
        out["critic_" + update] = flat(parameters(critic)).detach()
        print(f"acktr-{kind}: value loss {losses[0]:.4g} to {losses[-1]:.4g}, rate {rate:.4g}")
    write(HERE / f"acktr-{kind}.txt", out)


class Pair:
    """Policy and critic; `own` are the critic's parameters, with a shared trunk those of its last layer."""

    def __init__(self, kind, outputs, shared):
        self.policy = Policy(kind, outputs)
        self.critic = nn.Sequential(*self.policy.net[:-1], nn.Linear(HIDDEN, 1)) if shared else mlp(1)
        self.own = list((self.critic[-1] if shared else self.critic).parameters())
        self.begin = [as_float32(flat(x).detach()) for x in (parameters(self.policy), self.own)]
        self.rewind()

    def rewind(self):
        for tensors, vector in zip((parameters(self.policy), self.own), self.begin):
            fill(tensors, vector)

    def descend(self, loss, o, move):
        """One step down a loss, its gradient limited; move(parameters) is the optimiser's."""
        both = parameters(self.policy) + self.own
        for p, g in zip(both, torch.autograd.grad(loss, both)):
            p.grad = g
        g = [flat([p.grad for p in x]) for x in (parameters(self.policy), self.own)]
        norm = flat(g).norm()
        for p in both:
            p.grad *= min(1, o["max_grad_norm"] / norm)
        limited = [flat([p.grad for p in x]) for x in (parameters(self.policy), self.own)]
        move(both)
        return {
            "loss": loss.item(),
            "norm": norm,
            "g": g[0],
            "critic_g": g[1],
            "limited": limited[0],
            "critic_limited": limited[1],
            "theta_after": flat(parameters(self.policy)).detach(),
            "critic_after": flat(self.own).detach(),
        }


def objectives(r, adv, kl, o):
    """What PPO maximises (arXiv:1707.06347, eq. 6 to 8), of every row."""
    plain, beta = r * adv, o["beta"]
    return {
        "clip": torch.min(plain, r.clamp(1 - o["clip"], 1 + o["clip"]) * adv),
        "clip_asymmetric": torch.min(plain, r.clamp(1 - o["eps_low"], 1 + o["eps_high"]) * adv),
        "fixed_kl": plain - beta * kl,
        "adaptive_kl": plain - beta * kl,
        "lagrangian": plain - beta * (kl - o["kl_target"]),
        "none": plain,
    }


def ppo(kind, outputs, o, shared):
    """One step of every objective, from where the policy has moved already."""
    torch.manual_seed(3)
    pair = Pair(kind, outputs, shared)
    obs, act, logp, adv, ret = batch(pair.policy)
    with torch.no_grad():
        old = pair.policy(obs)
        value = as_float32(pair.critic(obs)[:, 0] + 0.3 * torch.randn(ROWS))
    out = {"theta_old": pair.begin[0], **o}
    pair.begin[0] = as_float32(pair.begin[0] + 0.1 * torch.randn(len(pair.begin[0])))
    out |= {"theta": pair.begin[0], "critic": pair.begin[1], "value": value}
    out |= {"obs": obs, "act": act, "logp": logp, "adv": adv, "ret": ret}
    standard = (adv - adv.mean()) / (adv.std() + 1e-8)

    for name in objectives(torch.ones(1), torch.ones(1), torch.ones(1), o):
        pair.rewind()
        pi, v = pair.policy(obs), pair.critic(obs)[:, 0]
        gain = objectives((pi.log_prob(act) - logp).exp(), standard, kl_divergence(old, pi), o)[name]
        near = value + (v - value).clamp(-o["clip"], o["clip"])
        squares = torch.max((v - ret) ** 2, (near - ret) ** 2)
        loss = -gain.mean() - o["entropy_coef"] * pi.entropy().mean() + o["value_coef"] * squares.mean() / 2
        adam = torch.optim.Adam(parameters(pair.policy) + pair.own, lr=o["lr"], eps=o["adam_epsilon"])
        step = pair.descend(loss, o, lambda both: adam.step())
        out |= {f"{name}_{key}": x for key, x in step.items()}
        print(f"ppo-{kind}: {name} loss {loss:.4g}, norm {step['norm']:.4g}")
    write(HERE / f"ppo-{kind}.txt", out)


def a2c(kind, outputs, o, shared):
    """One step from the policy that made the batch."""
    torch.manual_seed(4)
    pair = Pair(kind, outputs, shared)
    obs, act, logp, adv, ret = batch(pair.policy)
    out = {"theta": pair.begin[0], "critic": pair.begin[1], **o}
    out |= {"obs": obs, "act": act, "logp": logp, "adv": adv, "ret": ret}
    rmsprop = torch.optim.RMSprop(
        parameters(pair.policy) + pair.own, lr=o["lr"], alpha=o["rmsprop_alpha"], eps=o["rmsprop_epsilon"]
    )

    pi = pair.policy(obs)
    loss = -(pi.log_prob(act) * adv).mean() - o["entropy_coef"] * pi.entropy().mean()
    loss = loss + o["value_coef"] * ((pair.critic(obs)[:, 0] - ret) ** 2).mean() / 2
    step = pair.descend(loss, o, lambda both: rmsprop.step())
    out |= {f"a2c_{key}": x for key, x in step.items()}
    print(f"a2c-{kind}: loss {loss:.4g}, norm {step['norm']:.4g}")
    write(HERE / f"a2c-{kind}.txt", out)


if __name__ == "__main__":
    HERE.mkdir(exist_ok=True)
    TRPO = {"max_kl": 0.01, "damping": 0.1, "cg_iterations": 10, "shrink": 0.8, "backtracks": 10, "entropy_coef": 0.0}
    TRPO |= {"critic_lr": 1e-3, "critic_epochs": 5, "adam_epsilon": 1e-5}
    trpo("gaussian", 3, TRPO)
    trpo("categorical", 4, TRPO | {"max_kl": 1.0, "damping": 0.003, "entropy_coef": 0.01})
    ACKTR = {"lr": 1.0, "max_kl": 0.002, "damping": 0.01, "stats_decay": 0.95, "entropy_coef": 0.0}
    ACKTR |= {"critic_lr": 1.0, "critic_max_kl": 0.001, "critic_damping": 0.1, "critic_epochs": 5}
    acktr("gaussian", 3, ACKTR)
    ACKTR |= {"lr": 0.5, "max_kl": 1.0, "stats_decay": 0.25, "entropy_coef": 0.01, "critic_max_kl": 1.0}
    acktr("categorical", 4, ACKTR)
    PPO = {"lr": 0.01, "adam_epsilon": 1e-5, "max_grad_norm": 0.1, "entropy_coef": 0.01, "value_coef": 0.5}
    PPO |= {"clip": 0.2, "eps_low": 0.1, "eps_high": 0.3, "beta": 2.0, "kl_target": 0.05}
    ppo("gaussian", 3, PPO, shared=False)
    ppo("categorical", 4, PPO, shared=True)
    A2C = {"lr": 0.01, "rmsprop_alpha": 0.5, "rmsprop_epsilon": 1e-3, "max_grad_norm": 0.1}
    A2C |= {"entropy_coef": 0.01, "value_coef": 1.0}
    a2c("gaussian", 3, A2C, shared=False)
    a2c("categorical", 4, A2C, shared=True)
