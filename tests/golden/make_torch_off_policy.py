"""Writes torch/*.txt for algorithms that learn from a replay, as make_torch.py does for the others.

    pip install torch && python make_torch_off_policy.py

Two whole gradient steps on one minibatch, so that the second one begins with moments, targets and a temperature
that have moved. Names of the second step end in _2.
"""

import torch
from torch import nn
from torch.distributions import Independent, Normal, TransformedDistribution
from torch.distributions.transforms import TanhTransform

from make_torch import HERE, HIDDEN, OBS, ROWS, as_float32, fill, flat, write

ACT, CHOICES = 3, 4


def network(inputs, outputs):
    net = nn.Sequential(
        nn.Linear(inputs, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, outputs)
    )
    fill(net.parameters(), as_float32(flat(net.parameters()).detach()))
    return net


def moved(net, by):
    """A copy that is somewhere near, as a target network is."""
    shape = [m for m in net if isinstance(m, nn.Linear)]
    copy = network(shape[0].in_features, shape[-1].out_features)
    here = flat(net.parameters()).detach()
    fill(copy.parameters(), as_float32(here + by * torch.randn(len(here))))
    return copy


def minibatch():
    """States, actions in [-1, 1], rewards, discounts that are 0 where the episode terminated, next states."""
    obs, after = as_float32(torch.randn(ROWS, OBS)), as_float32(torch.randn(ROWS, OBS))
    act = as_float32(2 * torch.rand(ROWS, ACT) - 1)
    reward = as_float32(torch.randn(ROWS))
    discount = as_float32(torch.where(torch.rand(ROWS) < 0.2, 0.0, 0.9))
    return obs, act, reward, discount, after


def parameters_of(nets):
    return {name: flat(net.parameters()).detach() for name, net in nets.items()}


def gradient(net):
    return flat([p.grad for p in net.parameters()])


def descend(adam, loss):
    adam.zero_grad()
    loss.backward()
    adam.step()


def follow(targets, nets, tau):
    for target, net in zip(targets, nets):
        for p, q in zip(target.parameters(), net.parameters()):
            p.data = (1 - tau) * p.data + tau * q.data


def sac(o):
    torch.manual_seed(5)
    policy, critics = network(OBS, 2 * ACT), [network(OBS + ACT, 1) for _ in range(2)]
    targets = [moved(critic, 0.1) for critic in critics]
    with torch.no_grad():
        policy[-1].bias[ACT] = 2.25  # so that some log-stds are clamped
    log_alpha = torch.log(torch.tensor(o["temperature"])).requires_grad_()
    obs, act, reward, discount, after = minibatch()
    out = {"theta": parameters_of({"": policy})[""], "obs": obs, "input": torch.cat([obs, act], 1), **o}
    out |= {"reward": reward, "discount": discount, "next": after}
    out |= parameters_of({"critic0": critics[0], "critic1": critics[1]})
    out |= parameters_of({"target0": targets[0], "target1": targets[1]})
    adams = [torch.optim.Adam(x.parameters(), lr=o["lr"]) for x in (policy, *critics)]
    alpha_adam = torch.optim.Adam([log_alpha], lr=o["lr"])

    def draw(states, noise):
        mean, log_std = policy(states).chunk(2, 1)
        std = log_std.clamp(-20, 2).exp()
        pi = TransformedDistribution(Normal(mean, std), TanhTransform(cache_size=1))
        action = pi.transforms[0](mean + std * noise)
        return action, Independent(pi, 1).log_prob(action)

    def least(nets, states, actions):
        values = [net(torch.cat([states, actions], 1))[:, 0] for net in nets]
        return torch.min(*values)

    for step in ("1", "2"):
        noises = [as_float32(torch.randn(ROWS, ACT)) for _ in range(2)]
        alpha = log_alpha.exp().detach()
        with torch.no_grad():
            action, log_pi = draw(after, noises[0])
            y = reward + discount * (least(targets, after, action) - alpha * log_pi)
        losses = [((net(out["input"])[:, 0] - y) ** 2).mean() for net in critics]
        for adam, loss in zip(adams[1:], losses):
            descend(adam, loss)
        new = {"noise_next": noises[0], "noise": noises[1], "y": y, "critic_loss": sum(losses).item()}
        new |= {"critic0_g": gradient(critics[0]), "critic1_g": gradient(critics[1])}

        action, log_pi = draw(obs, noises[1])
        clamped = (policy(obs)[:, ACT:] > 2).sum()
        loss = (alpha * log_pi - least(critics, obs, action)).mean()
        descend(adams[0], loss)
        new |= {"policy_loss": loss.item(), "g": gradient(policy), "entropy": -log_pi.mean().item()}
        descend(alpha_adam, -(log_alpha * (log_pi.detach() + o["target_entropy"] * ACT)).mean())
        follow(targets, critics, o["tau"])

        new |= {"log_alpha": log_alpha.item(), "theta_after": parameters_of({"": policy})[""]}
        new |= parameters_of({"critic0_after": critics[0], "critic1_after": critics[1]})
        new |= parameters_of({"target0_after": targets[0], "target1_after": targets[1]})
        out |= {f"{name}_{step}": value for name, value in new.items()}
        print(f"sac: critic loss {new['critic_loss']:.4g}, policy loss {loss:.4g}, {clamped} log-stds clamped")
    write(HERE / "sac-gaussian.txt", out, "make_torch_off_policy.py")


def deterministic(name, o, count):
    """ddpg, or with two critics, smooth targets and a delay td3."""
    torch.manual_seed(6)
    actor, critics = nn.Sequential(*network(OBS, ACT), nn.Tanh()), [network(OBS + ACT, 1) for _ in range(count)]
    targets = [moved(net, 0.1) for net in [actor[:-1]] + critics]
    targets[0] = nn.Sequential(*targets[0], nn.Tanh())
    obs, act, reward, discount, after = minibatch()
    out = {"obs": obs, "input": torch.cat([obs, act], 1), "reward": reward, "discount": discount, "next": after, **o}
    nets = {"theta": actor, "target_theta": targets[0]}
    nets |= {f"critic{i}": critics[i] for i in range(count)} | {f"target{i}": targets[1 + i] for i in range(count)}
    out |= parameters_of(nets)
    actor_adam = torch.optim.Adam(actor.parameters(), lr=o["lr"])
    adams = [torch.optim.Adam(net.parameters(), lr=o["critic_lr"]) for net in critics]

    for step in (1, 2):
        drawn = as_float32(torch.randn(ROWS, ACT))
        with torch.no_grad():
            noise = (o["target_noise"] * drawn).clamp(-o["target_clip"], o["target_clip"]) if count == 2 else 0
            action = (targets[0](after) + noise).clamp(-1, 1)
            values = torch.cat([net(torch.cat([after, action], 1)) for net in targets[1:]], 1)
            y = reward + discount * values.min(1)[0]
        losses = [((net(out["input"])[:, 0] - y) ** 2).mean() for net in critics]
        for adam, loss in zip(adams, losses):
            descend(adam, loss)
        new = {"drawn": drawn, "a_next": action, "y": y, "critic_loss": sum(losses).item()}
        new |= {f"critic{i}_g": gradient(critics[i]) for i in range(count)}

        if step % o.get("delay", 1) == 0:
            loss = -critics[0](torch.cat([obs, actor(obs)], 1)).mean()
            descend(actor_adam, loss)
            new |= {"actor_loss": loss.item(), "g": gradient(actor)}
            follow(targets, [actor] + critics, o["tau"])
            print(f"{name}: critic loss {new['critic_loss']:.4g}, actor loss {loss:.4g}")
        new |= {f"{key}_after": value for key, value in parameters_of(nets).items()}
        out |= {f"{key}_{step}": value for key, value in new.items()}
    write(HERE / f"{name}-gaussian.txt", out, "make_torch_off_policy.py")


def choices():
    """A minibatch whose actions are one of so many."""
    obs, _, reward, discount, after = minibatch()
    act = torch.randint(CHOICES, (ROWS, 1))
    out = {"obs": obs, "input": torch.cat([obs, act], 1), "reward": reward, "discount": discount, "next": after}
    return act, out


def dqn(o):
    """With a double target, Huber's loss, a limit of the gradient and a target that follows."""
    torch.manual_seed(7)
    net = network(OBS, CHOICES)
    target = moved(net, 0.3)
    act, out = choices()
    out |= {"theta": parameters_of({"": net})[""], "target": parameters_of({"": target})[""], **o}
    adam = torch.optim.Adam(net.parameters(), lr=o["lr"])

    for step in ("1", "2"):
        with torch.no_grad():
            best = net(out["next"]).argmax(1, keepdim=True)
            y = out["reward"] + out["discount"] * target(out["next"]).gather(1, best)[:, 0]
        value = net(out["obs"]).gather(1, act)[:, 0]
        loss = nn.functional.huber_loss(value, y)
        adam.zero_grad()
        loss.backward()
        norm = gradient(net).norm()
        new = {"y": y, "loss": loss.item(), "mean": value.mean().item(), "norm": norm}
        for p in net.parameters():
            p.grad *= min(1, o["max_grad_norm"] / norm)
        new["limited"] = gradient(net)
        adam.step()
        follow([target], [net], o["tau"])
        new |= {f"{key}_after": value for key, value in parameters_of({"theta": net, "target": target}).items()}
        out |= {f"{name}_{step}": value for name, value in new.items()}
        far = ((value - y).abs() > 1).sum()
        print(f"dqn: loss {loss:.4g}, norm {norm:.4g}, {far} errors beyond 1")
    write(HERE / "dqn-categorical.txt", out, "make_torch_off_policy.py")


def fitted_q(o):
    """Two iterations, from Q_0 = 0 to Q_2, each of some steps on all of the data."""
    torch.manual_seed(8)
    net = network(OBS, CHOICES)
    act, out = choices()
    out |= {"theta": parameters_of({"": net})[""], **o}
    adam = torch.optim.Adam(net.parameters(), lr=o["lr"])

    for k in ("1", "2"):
        with torch.no_grad():
            after = net(out["next"]).max(1)[0] if k == "2" else 0
            y = out["reward"] + out["discount"] * after
        for _ in range(o["epochs"]):
            loss = ((net(out["obs"]).gather(1, act)[:, 0] - y) ** 2).mean() / 2
            descend(adam, loss)
        out |= {"loss_" + k: loss.item(), "theta_" + k: parameters_of({"": net})[""]}
        print(f"fitted_q: loss {loss:.4g}")
    write(HERE / "fitted_q-categorical.txt", out, "make_torch_off_policy.py")


if __name__ == "__main__":
    sac({"lr": 0.01, "tau": 0.1, "temperature": 0.3, "target_entropy": -1.0})
    DDPG = {"lr": 0.01, "critic_lr": 0.02, "tau": 0.1}
    deterministic("ddpg", DDPG, 1)
    deterministic("td3", DDPG | {"target_noise": 0.4, "target_clip": 0.5, "delay": 2}, 2)
    dqn({"lr": 0.01, "tau": 0.1, "max_grad_norm": 0.1})
    fitted_q({"lr": 0.01, "gamma": 0.9, "epochs": 5})
