import torch
from transformer_lens.hook_points import HookPoint

from interpbench.models.config import MLPConfig, RecurrentConfig, TransformerConfig
from interpbench.models.forward import initial
from interpbench.models.hooked import HookedGRU, HookedMLP, boot_bridge, hooked, native_names, sites

TRANSFORMER = TransformerConfig(
    vocabulary=5, length=3, positions=(2,), classes=4, n_layers=2, d_model=8, n_heads=2, d_mlp=8
)
MLP = MLPConfig(vocabulary=5, length=3, positions=(2,), classes=4, d_mlp=8)
GRU = RecurrentConfig(vocabulary=5, length=3, positions=(2,), classes=4, d_model=8)
TOKENS = torch.tensor([[0, 1, 2], [4, 4, 4]])


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_bridge_holds_a_copy_of_the_parameters() -> None:
    params = initial(TRANSFORMER, rng())
    held = native_names(boot_bridge(TRANSFORMER, params))
    assert all(torch.equal(held[name], value) for name, value in params.items())
    with torch.no_grad():
        held["head.weight"].zero_()
    assert bool(params["head.weight"].any())


def test_sites_are_hooks_of_the_module_in_order_of_computation() -> None:
    for config in (TRANSFORMER, MLP, GRU):
        order: list[str] = []

        def see(value: torch.Tensor, hook: HookPoint, seen: list[str] = order) -> None:
            seen.append(str(hook.name))

        module = hooked(config, initial(config, rng()))
        names = sites(config)
        module.run_with_hooks(TOKENS, fwd_hooks=[(name, see) for name in names])
        assert len(order) == len(names), config.kind
        assert all(name in module.hook_dict for name in names)
        if config.kind != "transformer":  # a bridge's hook gives its canonical name, not the alias
            assert tuple(order) == names
    assert sites(TRANSFORMER) == (
        "blocks.0.hook_resid_pre",
        "blocks.0.hook_resid_mid",
        "blocks.0.hook_resid_post",
        "blocks.1.hook_resid_mid",
        "blocks.1.hook_resid_post",
    )


def test_a_zeroed_neuron_is_a_network_without_it() -> None:
    params = initial(MLP, rng())
    without = params | {"head.weight": params["head.weight"].clone()}
    without["head.weight"][:, 3] = 0

    def zero(value: torch.Tensor, hook: object) -> torch.Tensor:
        value = value.clone()
        value[..., 3] = 0
        return value

    got = HookedMLP(MLP, params).run_with_hooks(TOKENS, fwd_hooks=[("hook_post", zero)])
    assert torch.allclose(got, HookedMLP(MLP, without)(TOKENS), atol=1e-6)
    assert not torch.allclose(got, HookedMLP(MLP, params)(TOKENS), atol=1e-3)


def test_a_changed_state_changes_its_own_answer_and_no_later_one() -> None:
    config = GRU.model_copy(update={"positions": (0, 1, 2)})
    module = HookedGRU(config, initial(config, rng()))

    def change(value: torch.Tensor, hook: object) -> torch.Tensor:
        value = value.clone()
        value[:, 1] += 1
        return value

    differs = (
        (module.run_with_hooks(TOKENS, fwd_hooks=[("hook_state", change)]) - module(TOKENS)).abs().amax(dim=(0, 2))
    )
    assert differs[0] == 0
    assert differs[1] > 1e-3
    assert differs[2] == 0
