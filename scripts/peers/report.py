"""The tables, and the cases that fall short."""

import math

# The allowed difference of optima, relative to what is at stake.
AGREE = 1e-6


def seconds(value):
    """A time with three digits, in a suitable unit."""
    for least, unit in ((1.0, "s"), (1e-3, "ms"), (0.0, "us")):
        if value >= least:
            scaled = value / (least or 1e-6)
            return f"{scaled:.{max(0, 2 - int(math.log10(max(scaled, 1.0))))}f} {unit}"
    return "-"


def row(*cells):
    print("| " + " | ".join(cells) + " |", flush=True)


class Report:
    """A table with a row per case, and a list of the cases that fall short."""

    def __init__(self):
        self.short = []
        self.cases = 0

    def table(self, kind, peers):
        row(kind, *peers, "Suasion, command", "in process", "ratio", "difference of optima")
        row(*["---"] * (len(peers) + 5))

    def case(self, name, answers, result, stake):
        """Prints a row. `answers` has the peers in the order of the table. The ratio divides the
        time of the best peer by Suasion's: in process if that was measured, otherwise the whole
        command."""
        self.cases += 1
        solved = [answer for answer in answers if answer.value is not None]
        own = result.inside or result.seconds
        if solved:
            ratio = min(answer.seconds for answer in solved) / own
            shown = f"{ratio:.3g}"
            if ratio < 1:
                self.fails(name, f"a peer is {1 / ratio:.2f} times as fast")
        else:
            # No peer finished: the limit gives a lower bound.
            given = [answer.seconds for answer in answers if not math.isnan(answer.seconds)]
            shown = f"> {min(given) / own:.3g}" if given else "-"
        worst = "-"
        if not result.certified:
            self.fails(name, result.problem or "Suasion's answer is not certified")
        if result.value is not None and solved:
            differences = [abs(answer.value - result.value) / stake for answer in solved]
            worst = f"{max(differences):.1e}"
            if not max(differences) <= AGREE:
                self.fails(name, f"optima differ by {worst} of what is at stake")
        cells = [seconds(each.seconds) if each.value is not None else each.note for each in answers]
        inside = seconds(result.inside) if result.inside else "-"
        row(name, *cells, seconds(result.seconds), inside, shown, worst)

    def fails(self, name, why):
        self.short.append(f"{name}: {why}")

    def verdict(self):
        """Prints the cases that fall short. Returns whether there are none."""
        print(f"\n{len(self.short)} shortcomings in {self.cases} cases")
        for each in self.short:
            print(f"- {each}")
        return not self.short
