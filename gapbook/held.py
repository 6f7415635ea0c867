"""What the data behind a figure are held to, wherever it is computed again."""

DATA_MIME = "application/vnd.gapsim.figure+json"
CURVES_MIME = "application/vnd.gapsim.curves+json"
# Why a curve computed on another processor may be off the one in a notebook, and by which share of a value.
TOLERANCES = {
    "computed: sums, special functions and roots round differently": 1e-7,
    "exact: each is within its error estimate": 1e-11,
    "sampled: the same draws, summed in another order": 1e-9,
    "published: copied, not computed": 0.0,
    # Of the largest value: a solver stops at an error that does not fall with what it finds.
    "solved: the same draws, each fit to the solver's tolerance": 1e-7,
}
COMPUTED, EXACT, SAMPLED, PUBLISHED, SOLVED = TOLERANCES
