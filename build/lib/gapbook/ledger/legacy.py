"""Entries not yet split into parts: deleted with the last of them."""

from dataclasses import dataclass

from gapbook.ledger.entries import LEDGER, Checked, Claim, Part, Verdict, evidence  # noqa: F401


@dataclass(frozen=True)
class Finding:
    holds: bool
    evidence: dict
    sharpened: bool = False
    corrected: bool = False

    @property
    def bears(self):
        if self.holds:
            return "sharpens" if self.sharpened else "confirms"
        return "corrects" if self.corrected else "refutes"


class Whole(Claim):
    """A claim with one part, whose bearing is computed."""

    def check(self):
        finding = self.examine()
        part = Part("whole", finding.bears, self.found, self.methods, self.examine)
        return Verdict(self, (Checked(part, True, finding.evidence),))


def claim(id, *, place, statement, found, methods, page):
    def enter(examine):
        entry = Whole(id, place, statement, page)
        for name, value in (("found", found), ("methods", tuple(methods)), ("examine", examine)):
            object.__setattr__(entry, name, value)
        LEDGER[id] = entry
        return examine

    return enter
