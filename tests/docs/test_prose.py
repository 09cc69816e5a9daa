"""What hand-written sentences say of the boards is what the boards say.

Sentences with figures are put together from the published boards and must stand in their page; what words claim (no
row, all of them, the only one) is worked out beside them. A sentence whose figures move has to be written again.
"""

from collections.abc import Iterator

import pytest
from prose import (
    ROOT,
    above_rival,
    board,
    halves,
    highest,
    inside,
    order,
    plain,
    ranged,
    rivals,
    rows,
    share,
    spread,
    value,
    width,
)

from interpbench.report.cell import signed

FRONT, PAGE = "README.md", "leaderboard/README.md"
LARGE = "standard"
G, E, S, C, F = "generalization", "extraction", "scratchpad", "circuits", "features"
AUTOENCODERS = list(rows(F, start="sae/"))
CLASSICAL = list(rows(F, start="classical-dictionary/"))
PROBES = ["linear-probe/accuracy", "linear-probe/selectivity"]
NARROWED = ["probe-guided-synthesis", "circuit-guided-synthesis", "dictionary-guided-synthesis"]
PAIRS = [kind.name for kind in board(G).groups if kind.by == "kind"]


def generalization() -> Iterator[tuple[str, str, bool]]:
    """Page, sentence, and whether its words are true."""
    best = ranged(G, "confidence")
    yield PAGE, f"`confidence`, {best}", value(G, "confidence") == highest(G, rows(G))
    yield FRONT, f"names the generaliser in {best.replace(' ', '% ', 1)} of the pairs", True
    yield PAGE, f"not retraining on the rows ({share(G, 'retrain-and-agree')})", True
    full = [name for name in rows(G) if value(G, name, "matched") == 1.0]
    yield PAGE, f"on which it scores {share(G, 'confidence', 'matched')}", True
    yield (
        PAGE,
        f"name the generaliser in all {board(G).kinds['matched']} pairs",
        {*PROBES, "llc/equalised"} == set(full) & set(inside(G)),
    )
    yield FRONT, "so do two other rivals that run the network only", len(set(full) & set(rivals(G))) == 2
    yield (
        PAGE,
        "exchanging a token, and a program found from the rows",
        set(full) & set(rivals(G)) == {"perturbed-input/one-token", "synthesise-and-agree"}
        and all(rows(G)[name].tier == "behaviour" for name in set(full) & set(rivals(G))),
    )
    yield PAGE, "So each kind of pair is solved by some rival", all(highest(G, rivals(G), k) >= 0.95 for k in PAIRS)
    yield PAGE, "no single rival solves them all", not any(least(name) >= 0.95 for name in rivals(G))
    floor = max(rows(G), key=least)
    yield PAGE, f"swap consistency, has {100 * least(floor):.0f} or more in every kind", floor == "swap-consistency"
    yield PAGE, f"On `fraction` pairs the best of them reaches {100 * highest(G, inside(G), 'fraction'):.0f}", True
    yield PAGE, f"equal loss names the generaliser in {share(G, 'llc/equalised', 'shortcut')}% of the pairs", True
    yield PAGE, f"agreement of neurons in {share(G, 'circuit-agreement/neurons', 'shortcut')}%", True
    yield (
        PAGE,
        f"retraining falls to {share(G, 'retrain-and-agree', 'few')}, as it was meant to, and the learning coefficient "
        f"stays at {share(G, 'llc/equalised', 'few')}; but so do the weight norm and, at "
        f"{share(G, 'confidence', 'few')}, confidence",
        value(G, "scalars/weight-norm", "few") == value(G, "llc/equalised", "few"),
    )
    scalars = rows(G, start="scalars/")
    yield (
        PAGE,
        f"(tau {plain(G, PROBES[0], 'tau')} against {highest(G, scalars, 'tau'):.2f})".replace("0.", "."),
        all(
            min(value(G, name, metric) for name in PROBES) > highest(G, scalars, metric)
            for metric in ("matched", "tau", "forecast_auroc")
        ),
    )
    yield (
        PAGE,
        f"AUROC {plain(G, PROBES[1], 'forecast_auroc')} [.69, 1] for the selectivity of a linear probe against "
        f"{highest(G, [name for name in scalars if 'norm' in name], 'forecast_auroc'):.2f} for the best norm, over "
        "three families; a gap in energy on outputs has "
        f"{plain(G, 'confidence/energy-gap', 'forecast_auroc')}, the learning coefficient "
        f"{plain(G, 'llc/raw', 'forecast_auroc')}".replace("0.", "."),
        True,
    )
    yield (
        PAGE,
        f"claims a difference in {share(G, 'llc/equalised', 'false_positives')}%, confidence in "
        f"{share(G, 'confidence', 'false_positives')}%, the search for a program in none",
        value(G, "synthesise-and-agree", "false_positives") == 0.0,
    )


def least(name: str) -> float:
    """The lowest score of a row over all kinds of pairs."""
    return min(value(G, name, kind) for kind in PAIRS)


def extraction() -> Iterator[tuple[str, str, bool]]:
    """Page, sentence, and whether its words are true."""
    rows_alone, asked = "synthesis-from-rows", "synthesis-from-queries"
    fit = ranged(E, rows_alone, "plain")
    yield FRONT, f"a search for a short program has {fit}", True
    yield PAGE, f"fits the rows has {fit} and writes down exactly the rule in {share(E, rows_alone, 'exact')}%", True
    yield PAGE, f"without rows, on the network alone, has {share(E, asked, 'model_only')}", True
    yield PAGE, f"less to whoever commits to the wrong one ({share(E, rows_alone, 'twist')})", True
    yield FRONT, f"asking the network adds {100 * (value(E, asked, 'twist') - value(E, rows_alone, 'twist')):.0f}", True
    yield (
        PAGE,
        f"settle twins that differ often ({share(E, asked, 'twist_common')}), not those that differ on a hundredth of "
        f"the inputs or less ({share(E, asked, 'twist_rare')}); an automaton that is extracted with as many questions "
        f"as it likes has {share(E, 'automaton-extraction', 'twist_rare')} there",
        True,
    )
    yield (
        PAGE,
        f"many questions find the branch ({share(E, asked, 'guarded_many')}), few do not "
        f"({share(E, asked, 'guarded_few')})",
        True,
    )
    guards = ["guard-reading/neurons", "guard-reading/ascent"]
    others = [name for name, row in rows(E).items() if row.tier == "weights" and name not in guards]
    yield (
        PAGE,
        f"find with few questions ({share(E, guards[0], 'guarded_few')}) what asking finds with many; no other row at "
        "their tier finds any",
        share(E, guards[0], "guarded_few") == share(E, guards[1], "guarded_few") == share(E, asked, "guarded_many")
        and max(highest(E, others, "guarded_few"), highest(E, others, "guarded_many")) < 0.02,
    )
    yield PAGE, f"(`neurons`, {share(E, guards[0], 'guarded_many')} with many questions)", True
    yield PAGE, f"(`ascent`, {share(E, guards[1], 'guarded_many')})", True
    yield PAGE, f"({spread(E, NARROWED, 'twist')}, where random questions have {share(E, asked, 'twist')};", True


def scratchpads() -> Iterator[tuple[str, str, bool]]:
    """Page, sentence, and whether its words are true."""
    asked = share(S, "scratchpad-reading/swapped")
    yield PAGE, f"four exchanges an input give {asked}, with labels alone", asked == "100"
    yield PAGE, f"(`carried`: {share(S, 'attention-reading/mass', 'carried')} for the method chosen on `dev`)", True
    yield PAGE, f"A norm of the weights tells {share(S, 'scratchpad-scalars/weights', 'networks')}% of the pairs", True


def circuits() -> Iterator[tuple[str, str, bool]]:
    """Page, sentence, and whether its words are true."""
    rival = f"{100 * highest(C, rivals(C)):.0f}"
    for page in (FRONT, PAGE):
        yield page, f"over all rungs no rival gets beyond {rival}", True
    path = "edge-attribution/ig-inputs"
    yield PAGE, f"the best gradient method has {share(C, path)}", value(C, path) == highest(C, rows(C))
    yield FRONT, f"integrated gradients have {share(C, path)}", True
    exact = "exact-patching/partners"
    yield PAGE, f"which is how keys are made, has {share(C, exact)}", True
    eap = "edge-attribution/eap"
    yield (
        PAGE,
        f"(EAP) falls to {share(C, eap, 'gadget')} and {share(C, eap, 'tuned')}, and a path of five steps to "
        f"{share(C, path, 'gadget')} and {share(C, path, 'tuned')}",
        True,
    )
    merged = [*rows(C, start="edge-attribution/"), "acdc"]
    yield PAGE, "all of these have 98 or more", min(round(100 * value(C, name, "merged")) for name in merged) >= 98
    yield (
        PAGE,
        f"(`hidden`: {share(C, 'exact-patching/single', 'hidden')}); pairs find all of them "
        f"({share(C, exact, 'hidden')}), but they are not alone in that: learnt gates have "
        f"{share(C, 'subnetwork-probing', 'hidden')}, composition {share(C, 'composition', 'hidden')}, a path "
        f"{share(C, path, 'hidden')}",
        True,
    )
    yield (
        PAGE,
        f"all edges in the right order ({share(C, 'exact-patching/single', 'edges')}), and its circuits keep what they "
        f"should to {share(C, 'exact-patching/single', 'faithfulness')} of 100, a path's to "
        f"{share(C, path, 'faithfulness')}",
        True,
    )


def features() -> Iterator[tuple[str, str, bool]]:
    """Page, sentence, and whether its words are true."""
    best = {kind: max(CLASSICAL, key=lambda name: value(F, name, kind)) for kind in board(F).parts}

    def ahead(kind: str) -> list[str]:
        return [name for name in AUTOENCODERS if value(F, name, kind) > value(F, best[kind], kind)]

    yield (
        PAGE,
        f"every classical dictionary: {spread(F, AUTOENCODERS, 'hierarchy')} against "
        f"{share(F, best['hierarchy'], 'hierarchy')}",
        len(ahead("hierarchy")) == len(AUTOENCODERS) == 6,
    )
    yield (
        PAGE,
        f"three of six are ({spread(F, AUTOENCODERS, 'superposition')} against "
        f"{share(F, best['superposition'], 'superposition')}, pursuit over cluster centres)",
        len(ahead("superposition")) == 3 and best["superposition"] == "classical-dictionary/pursuit",
    )
    yield (
        PAGE,
        f"all are, some narrowly ({spread(F, AUTOENCODERS, 'compositional')} against "
        f"{share(F, best['compositional'], 'compositional')}, independent components)",
        len(ahead("compositional")) == 6 and best["compositional"] == "classical-dictionary/ica",
    )
    heads = "attention_features"
    yield (
        PAGE,
        f"non-negative factors ({share(F, best[heads], heads)}) find more than the best autoencoder "
        f"({100 * highest(F, AUTOENCODERS, heads):.0f})",
        best[heads] == "classical-dictionary/nmf" and not ahead(heads),
    )
    yield PAGE, "no lead over the best rival survives the correction for many tests", not above_rival(F, corrected=True)
    yield FRONT, "no lead over the best rival survives the correction for many tests", True
    yield PAGE, "the autoencoders cannot be told apart", len({rows(F)[name].rank for name in AUTOENCODERS}) == 1
    yield (
        PAGE,
        f"L1 cannot tell clusters from sparse sums ({share(F, 'sae/l1', 'hypothesis')}), JumpReLU and Matryoshka "
        f"hardly can ({share(F, 'sae/jumprelu', 'hypothesis')}, {share(F, 'sae/matryoshka', 'hypothesis')})",
        True,
    )
    named = ["circular", "belief_state", "board"]
    reads = [value(F, f"variable-probe/{how}", kind) for how in ("linear", "mlp") for kind in named]
    means = [value(F, "variable-probe/mean-difference", kind) for kind in named]
    yield (
        PAGE,
        f"({100 * min(reads):.0f} to {100 * max(reads):.0f} on sums, beliefs and boards; a difference of means does "
        f"not, {100 * min(means):.0f} to {100 * max(means):.0f})",
        True,
    )
    yield (
        PAGE,
        f"boards are read from random directions too ({share(F, 'classical-dictionary/random', 'board')}), and beliefs "
        f"from clusters ({share(F, 'classical-dictionary/kmeans', 'belief_state')})",
        True,
    )
    most = highest(F, rows(F), "transfer")
    yield (
        PAGE,
        f"({100 * most:.0f} at most, alignment search)",
        most == value(F, "alignment-search/search", "transfer"),
    )


def larger() -> Iterator[tuple[str, str, bool]]:
    """Page, sentence, and whether its words are true: `standard` beside `quick`."""
    tracks = (G, E, S, C, F)
    asked = {track: (f"{board(track, LARGE).instances:,}", f"{board(track).instances:,}") for track in tracks}
    yield PAGE, f"every network of generalization ({asked[G][0]} questions; `quick`, with two of each pool, has", True
    yield PAGE, f"has {asked[G][1]}), twenty circuits a rung ({asked[C][0]} for {asked[C][1]}), ten worlds a task", True
    yield PAGE, f"ten worlds a task ({asked[F][0]} for {asked[F][1]}) and some more rules ({asked[E][0]} for", True
    yield PAGE, f"for {asked[E][1]}); track scratchpad has the same {asked[S][0]}", asked[S][0] == asked[S][1]
    seconds = {track: sum(row.cost.cpu_seconds for row in board(track, LARGE).rows) for track in tracks}
    yield (
        PAGE,
        f"It took {round(sum(seconds.values()), -1):,.0f} CPU seconds, of which extraction took {seconds[E]:,.0f}",
        True,
    )
    yield PAGE, "More questions turn no comparison around", not any(map(turned, tracks))
    same = {track: above_rival(track, corrected=True) == above_rival(track, LARGE, corrected=True) for track in tracks}
    yield PAGE, "The same five rows of circuits", same[C] and len(above_rival(C, corrected=True)) == 5
    yield (
        PAGE,
        "no row of generalization, scratchpads or features does, and one of extraction now does",
        not any(above_rival(track, suite, corrected=True) for track in (G, S, F) for suite in ("quick", LARGE))
        and not above_rival(E, corrected=True)
        and above_rival(E, LARGE, corrected=True) == {"guard-reading/ascent"},
    )
    ascent, neurons = "guard-reading/ascent", "guard-reading/neurons"
    yield PAGE, f"(`{ascent}`, {lead(E, ascent, LARGE)}; it was {lead(E, ascent, 'quick')})", True
    yield (
        PAGE,
        f"has as much there ({share(E, neurons, 'guarded', LARGE)}) and {lead(E, neurons, LARGE)} in all",
        value(E, neurons, "guarded", LARGE) >= value(E, ascent, "guarded", LARGE),
    )
    moves = [abs(value(track, name, suite=LARGE) - value(track, name)) for track in tracks for name in rows(track)]
    yield PAGE, "No headline moves by as much as 7 points", 0.06 < max(moves) < 0.07
    yield PAGE, "Kendall's tau 1 for circuits and scratchpads", round(order(C), 9) == round(order(S), 9) == 1.0
    yield (
        PAGE,
        f"{order(F):.2f} for features, {order(G):.2f} for generalization, {order(E):.2f} for extraction".replace(
            "0.", "."
        ),
        True,
    )
    asking = "synthesis-from-queries"
    yield (
        PAGE,
        f"has {spread(E, NARROWED, 'twist', LARGE)} on twists, where random questions have "
        f"{share(E, asking, 'twist', LARGE)}",
        True,
    )
    ica = value(F, "classical-dictionary/ica", "compositional", LARGE)
    ahead = [name for name in AUTOENCODERS if value(F, name, "compositional", LARGE) > ica]
    yield (
        PAGE,
        "five of six autoencoders are ahead and not all",
        len(ahead) == 5 and ica == highest(F, CLASSICAL, "compositional", LARGE),
    )
    yield (
        PAGE,
        f"({share(F, 'sae/l1', 'hypothesis')}), has {share(F, 'sae/l1', 'hypothesis', LARGE)}, and Matryoshka "
        f"{share(F, 'sae/matryoshka', 'hypothesis', LARGE)}",
        True,
    )
    pairs = board(G, LARGE).kinds["matched"]
    missed = {name: round(pairs * (1 - value(G, name, "matched", LARGE))) for name in (*PROBES, "synthesise-and-agree")}
    yield (
        PAGE,
        f"one linear probe misses one of the {pairs} pairs, and the program found from the rows two",
        list(missed.values()) == [1, 0, 2],
    )
    yield (
        PAGE,
        f"is {width(G, LARGE)} points wide, was {width(G, 'quick')} (generalization), {width(E, LARGE)}, was "
        f"{width(E, 'quick')} (extraction), {width(C, LARGE)}, was {width(C, 'quick')} (circuits), {width(F, LARGE)}, "
        f"was {width(F, 'quick')} (features)",
        True,
    )
    yield (
        PAGE,
        f"for circuits ({halves(C, LARGE)}, was {halves(C, 'quick')}) and features ({halves(F, LARGE)}, was "
        f"{halves(F, 'quick')}), and less for generalization ({halves(G, LARGE)}, was {halves(G, 'quick')})",
        True,
    )
    scores = [value(G, name, suite=LARGE) for name in rows(G, LARGE)]
    near = max(sum(low <= score <= low + 0.1 for score in scores) for low in scores)
    yield PAGE, f"where {near} of {len(scores)} rows lie within ten points", True


def lead(track: str, name: str, suite: str) -> str:
    """A row's difference to the best rival, as printed."""
    found = rows(track, suite)[name].difference
    assert found is not None
    return signed(found.difference, board(track, suite).metrics[board(track, suite).headline])


def turned(track: str) -> bool:
    """Whether a row that is above the best rival on one suite, by its interval, is below it on the other."""
    below = {
        suite: {
            name
            for name, row in rows(track, suite).items()
            if row.difference is not None and (row.difference.difference.high or 0.0) < 0.0
        }
        for suite in ("quick", LARGE)
    }
    above = {suite: above_rival(track, suite, corrected=False) for suite in below}
    return bool(above["quick"] & below[LARGE] or above[LARGE] & below["quick"])


SAID = [*generalization(), *extraction(), *scratchpads(), *circuits(), *features(), *larger()]


@pytest.mark.parametrize(("page", "sentence", "true"), SAID, ids=[sentence[:60] for _, sentence, _ in SAID])
def test_a_sentence_says_what_the_board_says(page: str, sentence: str, true: bool) -> None:
    assert sentence in (ROOT / page).read_text()
    assert true, f"the figures stand, the words do not: {sentence}"


def test_a_figure_that_moves_is_noticed() -> None:
    """The control: another suite's figure is not the one in the page."""
    moved = f"the best gradient method has {share(C, 'edge-attribution/ig-activations')}"
    assert moved not in (ROOT / PAGE).read_text()
