"""The cross generalization gap between adversarially robust and standard models, exact and sampled.

A companion to "More Data Can Expand the Generalization Gap Between Adversarially Robust and
Standard Models" (Chen, Min, Zhang, Karbasi, ICML 2020). Each module is a noun of the paper.
"""

from importlib import metadata as _metadata

from gapsim.bernoulli import BernoulliModel
from gapsim.classifiers import ClassificationModel, robust_classifier, standard_classifier
from gapsim.designs import Design, DiscreteDesign, NormalDesign, PoissonDesign, UniformDesign
from gapsim.empirical import EmpiricalModel, SampledModel
from gapsim.fits import robust_linear_model, robust_slope, standard_slope
from gapsim.gaussian import GaussianModel, coordinate_gap, turning_time
from gapsim.linear import LinearModel
from gapsim.noise import LaplaceModel, UniformNoiseModel
from gapsim.regression import RegressionModel, SlopeLaw
from gapsim.simulation import GapEstimate, estimate_gap

__all__ = [
    "BernoulliModel",
    "ClassificationModel",
    "Design",
    "DiscreteDesign",
    "EmpiricalModel",
    "GapEstimate",
    "GaussianModel",
    "LaplaceModel",
    "LinearModel",
    "NormalDesign",
    "PoissonDesign",
    "RegressionModel",
    "SampledModel",
    "SlopeLaw",
    "UniformDesign",
    "UniformNoiseModel",
    "coordinate_gap",
    "estimate_gap",
    "robust_classifier",
    "robust_linear_model",
    "robust_slope",
    "standard_classifier",
    "standard_slope",
    "turning_time",
]

try:
    __version__ = _metadata.version("gapsim")
except _metadata.PackageNotFoundError:  # a copy of the folder that is not installed
    __version__ = "unknown"
