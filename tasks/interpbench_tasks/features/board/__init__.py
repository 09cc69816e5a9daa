"""Games on small boards, read after the last move: which squares are on, or the mover's own?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from jaxtyping import Float, Int
from torch import Tensor

from interpbench.models.config import TransformerConfig
from interpbench.models.data import Rows
from interpbench.models.forward import Params, logits
from interpbench.models.names import generator
from interpbench.models.train import Training
from interpbench.tracks.features.key import Kind
from interpbench.tracks.features.network import Inputs
from interpbench.tracks.features.recipe import Recipe
from interpbench_tasks.features.networks import Null, PlannedTask, Tokens

from .shapes import Shape, grid, path, ring

LEGAL = 0.9
"""Least share of a network's most likely moves, after the last move of a game, that are legal."""
GAMES = 2000
"""On which that is measured."""


@dataclass(frozen=True, kw_only=True)
class Game:
    """A move flips a square and its neighbours.

    Attributes:
        shape: the board.
        moves: that a network sees; it says what the next may be after each.
        duel: two players take turns; a move is made on a square of the other's, and flips make squares change hands.
            Otherwise moves are made on squares that are off.
    """

    shape: Shape
    moves: int = 7
    duel: bool = False


PLAYED: Mapping[str, Game] = {
    "lights_grid6": Game(shape=grid(2, 3)),
    "duel_ring6": Game(shape=ring(6), duel=True),
    "duel_path6": Game(shape=path(6), duel=True),
    "lights_ring6": Game(shape=ring(6)),
    "lights_path6": Game(shape=path(6)),
    "lights_ring7": Game(shape=ring(7)),
    "lights_path7": Game(shape=path(7)),
    "duel_grid6": Game(shape=grid(2, 3), duel=True),
    "duel_ring7": Game(shape=ring(7), duel=True),
    "duel_path7": Game(shape=path(7), duel=True),
    "dev_lights_path5": Game(shape=path(5), moves=8),
    "dev_duel_ring5": Game(shape=ring(5), moves=8, duel=True),
}
FIT = Training(learning_rate=3e-3, weight_decay=0.01, max_steps=1500, warm_up=50, decay=0.5)


@final
class BoardTask(PlannedTask):
    """Two layers learn which moves are legal. The state of each square is asked for after games never shown."""

    name = "board"
    version = "1.0"
    kind: ClassVar[Kind] = Kind.BOARD
    sizes: ClassVar[Mapping[str, Sequence[tuple[str, Null]]]] = {
        "smoke": (("duel_ring6", ""),),
        "dev": (("dev_lights_path5", ""), ("dev_duel_ring5", ""), ("dev_duel_ring5", "untrained")),
        "quick": (("lights_grid6", ""), ("duel_ring6", ""), ("duel_path6", ""), ("duel_ring6", "untrained")),
        "standard": (
            *((name, "") for name in PLAYED if not name.startswith("dev")),
            ("duel_ring6", "untrained"),
            ("lights_ring7", "untrained"),
            ("lights_path6", "shuffled"),
        ),
    }

    def planned(self, world: str, null: Null) -> Recipe:
        """The state is read at the last move, which no answer follows but the next legal one."""
        game = PLAYED[world]
        return Recipe(
            role=self.role(null),
            null=null,
            name=world,
            config=TransformerConfig(
                vocabulary=game.shape.squares,
                length=game.moves,
                positions=tuple(range(game.moves)),
                classes=game.shape.squares,
                n_layers=2,
                d_model=48,
                d_mlp=144,
            ),
            training=FIT,
            batch=128,
            tries=3,
            site="blocks.1.hook_resid_post",
            shown=1200,
            labelled=300,
            asked=500,
        )

    def draw(self, recipe: Recipe, count: int, rng: torch.Generator) -> Tokens:
        """Games of random legal moves."""
        game = PLAYED[recipe.name]
        return play(game, count, game.moves, rng)

    def batch(self, recipe: Recipe, count: int, rng: torch.Generator) -> Rows:
        """Games, with the next move after each."""
        game = PLAYED[recipe.name]
        moves = play(game, count, game.moves + 1, rng)
        return Rows(tokens=moves[:, :-1], labels=moves[:, 1:])

    def inputs(self, recipe: Recipe, role: str, count: int, rng: torch.Generator) -> Inputs:
        """Games, with the board that they lead to."""
        del count, rng
        moves = self.part(recipe, role)
        return Inputs(
            tokens=moves,
            at=torch.full((len(moves),), moves.shape[1] - 1),
            variables=board(PLAYED[recipe.name], moves),
        )

    def variables(self, recipe: Recipe) -> tuple[str, ...]:
        """The squares."""
        return tuple(f"square {place}" for place in range(PLAYED[recipe.name].shape.squares))

    def more(self, recipe: Recipe, params: Params) -> dict[str, float]:
        """Share of the most likely next moves that are legal, after games that leave any legal one."""
        moves = self.draw(recipe, GAMES, generator(self.track, self.name, recipe.id, "games"))
        with torch.no_grad():
            said = logits(recipe.config, params, moves)[:, -1].argmax(-1, keepdim=True)
        legal = board(PLAYED[recipe.name], moves) == 0
        return {"legal": float(legal.gather(1, said)[legal.any(dim=1)].double().mean())}

    def refusal(self, recipe: Recipe, measured: Mapping[str, float]) -> str | None:
        """It plays by the rules."""
        if recipe.null != "untrained" and measured["legal"] < LEGAL:
            return f"{measured['legal']:.3f} of its moves are legal, wanted {LEGAL}"
        return None


def play(game: Game, count: int, moves: int, rng: torch.Generator) -> Int[Tensor, "count move"]:
    """Games of uniformly drawn legal moves; where none is legal, of any move."""
    made = torch.zeros(count, 0, dtype=torch.int64)
    for _ in range(moves):
        legal = board(game, made) == 0
        legal |= ~legal.any(dim=1, keepdim=True)
        made = torch.cat([made, torch.multinomial(legal.double(), 1, generator=rng)], dim=1)
    return made


def board(game: Game, moves: Int[Tensor, "row move"]) -> Float[Tensor, "row square"]:
    """What the next mover sees: 1 for a square that is on, or the mover's own; 0 where a move may be made.

    In a duel every square belongs to the second player at first.
    """
    flipped = game.shape.flips[moves].sum(dim=1) % 2  # (row, square)
    if game.duel:  # flipped an odd number of times: the first player's; the first player moves after an even number
        flipped = (flipped + moves.shape[1]) % 2
    return flipped.double()
