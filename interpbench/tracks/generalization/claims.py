"""Published claims about networks that generalise, which the pairs of this track can test."""

from interpbench.tracks.claim import Claim

CLAIMS = (
    Claim(
        name="The memorising basin has the larger learning coefficient",
        source=(
            "Watanabe 2009, Algebraic geometry and statistical learning theory; Lau et al. 2023, arXiv:2308.12108; "
            "measured on modular addition by Panickssery & Vaintrob 2023"
        ),
        rows=("llc/equalised", "llc/raw"),
    ),
    Claim(
        name="A network that generalises is sparse in the Fourier basis of its group, and of no other",
        source="Nanda et al. 2023, arXiv:2301.05217; Chughtai et al. 2023, arXiv:2302.03025",
        rows=("fourier-concentration/embedding", "fourier-concentration/any-order"),
        by="family",
        note=(
            "`embedding` is the Fourier basis of the tokens' order, which is the group's own in addition, and in no "
            "other of these families; `any-order` looks for a concentrated spectrum in any basis."
        ),
    ),
    Claim(
        name="A network that generalises keeps its answer when the input is perturbed",
        source="Schiff et al. 2021, arXiv:2106.04765",
        rows=("perturbed-input/one-token", "perturbed-input/curve"),
    ),
    Claim(
        name="Keeping the answer when the input is perturbed, family by family",
        source="the same; whether a rule's answer survives the exchange of a token depends on the rule",
        rows=("perturbed-input/one-token", "perturbed-input/curve"),
        by="family",
    ),
    Claim(
        name="A network that generalises has the larger margins, whatever the recipe",
        source="Jiang et al. 2019, arXiv:1810.00113; Dziugaite et al. 2020, arXiv:2010.11924",
        rows=("scalars/tempered-margin", "scalars/margin-p5"),
        by="recipe",
    ),
    Claim(
        name="A network that generalises has the smaller weights",
        source="Liu et al. 2022, arXiv:2210.01117; Varma et al. 2023, arXiv:2309.02390",
        rows=("scalars/weight-norm", "scalars/minimal-norm"),
    ),
    Claim(
        name="A network that generalises lies in the flatter minimum",
        source="Keskar et al. 2017, arXiv:1609.04836",
        rows=("scalars/sharpness",),
    ),
)
"""Every row of these scores higher for the network that the claim expects to generalise; no sign is turned."""
