"""The table: a line a figure, ours beside the peer's, and whether it meets its goal."""
import dataclasses

HEAD = ["| row | figure | ours | peer | ratio | goal |", "|---|---|---|---|---|---|"]
FIGURES = {"rate": ("requests/s", "{:.0f}"), "cpu_us": ("CPU µs a request", "{:.1f}"),
           "p50_ms": ("p50, ms", "{:.2f}"), "p99_ms": ("p99, ms", "{:.2f}")}


@dataclasses.dataclass
class Goal:
    """Of the ratio, unless a unit is named: then of our own figure."""
    at_least: float = None
    at_most: float = None
    unit: str = "×"

    def __str__(self):
        sign, bound = ("≤", self.at_most) if self.at_least is None else ("≥", self.at_least)
        return f"{sign} {bound:g} {self.unit}"

    def is_met(self, ours, ratio):
        figure = ratio if self.unit == "×" else ours
        return figure >= self.at_least if self.at_most is None else figure <= self.at_most


def at_least(bound, unit="×"):
    return Goal(at_least=bound, unit=unit)


def at_most(bound, unit="×"):
    return Goal(at_most=bound, unit=unit)


class Table:
    def __init__(self):
        self.rows = []  # of cells

    def figure(self, row, name, form, ours, peer=None, goal=None):
        ratio = ours / peer if peer else None
        said = f"{goal} {'✓' if goal.is_met(ours, ratio) else '✗'}" if goal else ""
        self.rows.append([row, name, form.format(ours), form.format(peer) if peer else "–",
                          f"{ratio:.3g} ×" if peer else "–", said])
        print(line(self.rows[-1]), flush=True)

    def loads(self, row, ours, peer, **goals):
        """All figures of two loads; goals by the load's field."""
        for field, (name, form) in FIGURES.items():
            self.figure(row, name, form, getattr(ours, field), getattr(peer, field),
                        goals.get(field))

    def text(self, only_goals=False):
        """Its lines; what is said once of a row is not said again."""
        lines, before = list(HEAD), None
        for row, *cells in self.rows:
            if cells[-1] or not only_goals:
                lines.append(line(["" if row == before else row, *cells]))
                before = row
        return "\n".join(lines) + "\n"

    def missed(self):
        """Names of rows that miss a goal, each once."""
        return list(dict.fromkeys(cells[0] for cells in self.rows if cells[-1].endswith("✗")))


def line(cells):
    return "| " + " | ".join(cells) + " |"
