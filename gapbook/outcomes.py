"""What may come of a statement, and in which words and signs: the pages read it too, without what the ledger computes with."""

OUTCOMES = ("holds", "holds, sharpened", "holds with a correction", "does not hold")
# Colour is never the only carrier: each outcome has its sign and its words.
SIGNS = dict(zip(OUTCOMES, ("✓", "✓+", "≈", "✗")))
SAYS = {"paper": "The paper says", "book": "This book says"}
# The outcome of an entry one of whose checks fails: never shown by a book that passes its tests.
UNCONFIRMED = "not confirmed"
VERDICTS_MIME = "application/vnd.gapsim.verdicts+json"

# Several statements may need a correction for one and the same reason.
CAUSES = {
    "factor-two":
        "The printed limits follow from a rule that does not minimise the paper's equation (2); the minimiser's gap is "
        "half as large.",
    "missing-one-plus-log":
        "The length of the increasing stage does not vanish with the attack: the logarithm of its printed order has "
        "to be one plus the logarithm.",
    "sigma-squared-in-figure":
        "Figure 1a is explained by a spread of sigma squared over n where sigma over root n belongs (inferred).",
    "wrong-way-round": "A sentence says shorter where longer is meant; the paper's next sentence has the order right.",
    "every-and-always":
        "A stage that can be made as long as one likes, by choosing the attack, is not one that always goes on.",
    "linear-loss": "The theorems are about the linear loss; how often a classifier errs can move the other way.",
    "centre-is-not-the-gap":
        "The theorems are about the strip's centre. The gap and its centre approach the limit in different ways.",
    "step-at-equality": "At equality of attack and mean the limit has a factor one half, which the sentence forgets.",
    "which-passage": "Two quantities grow without bound together only if a third goes along with them, which is not said.",
    "training-sets": "The gap is an expectation over training sets, which a formula leaves out.",
    "window": "Read off a figure, which shows neither a fall that is small nor what lies between or beyond what is drawn.",
    "spacing": "How close the inputs or the classes lie is taken for what decides; it does not.",
    "ties": "Where the fit is not unique the statement hangs on how ties are broken.",
    "regression-differs":
        "Regression is not classification: when its gap begins to shrink, and whether it ever does, goes by other rules.",
}
