"""The methods, one class each, with their settings."""

from __future__ import annotations

from ravine._method import Method

__all__ = [
    "ARC",
    "ARCLanczos",
    "AdaGrad",
    "Adam",
    "AdamW",
    "Automatic",
    "BFGS",
    "BarzilaiBorwein",
    "DFP",
    "DaiYuan",
    "DampedNewton",
    "EigenvalueNewton",
    "GaussNewton",
    "GeodesicLevenbergMarquardt",
    "GradientDescent",
    "HagerZhang",
    "HestenesStiefel",
    "HybridLeastSquares",
    "LBFGS",
    "LBFGSB",
    "LevenbergMarquardt",
    "Momentum",
    "NaturalGradient",
    "NaturalGradientKL",
    "NaturalGradientLineSearch",
    "Nesterov",
    "Newton",
    "NewtonCG",
    "NewtonSketch",
    "NielsenLevenbergMarquardt",
    "NystromNewtonCG",
    "OWLQN",
    "PolakRibiere",
    "RMSProp",
    "SR1",
    "SparseNewton",
    "SteepestDescent",
    "SubsampledNewton",
    "SubspaceNewton",
    "TRON",
    "TrustCauchy",
    "TrustDogleg",
    "TrustExact",
    "TrustGLTR",
    "TrustSteihaug",
]


class Automatic(Method, name="auto"):
    """The method that size, derivatives, bounds and structure speak for.

    The result says which, and why.
    """


class GradientDescent(Method, name="gd"):
    """Gradient descent with a fixed step, ``x <- x - step g``."""


class SteepestDescent(Method, name="gd-linesearch"):
    """Gradient descent with a line search."""


class BarzilaiBorwein(Method, name="bb"):
    """Steps along the gradient of lengths that two gradients suggest."""


class Momentum(Method, name="momentum"):
    """The heavy ball: the gradient and a share of the last step."""


class Nesterov(Method, name="nesterov"):
    """Nesterov's accelerated gradient."""


class AdaGrad(Method, name="adagrad"):
    """Steps divided by the root of the sum of squared gradients."""


class RMSProp(Method, name="rmsprop"):
    """Steps divided by the root of an average of squared gradients."""


class Adam(Method, name="adam"):
    """Averages of gradients, divided by the root of averages of squares."""


class AdamW(Method, name="adamw"):
    """Adam with decoupled weight decay."""


class PolakRibiere(Method, name="cg-pr"):
    """Nonlinear conjugate gradients, Polak and Ribiere's formula, not below 0."""


class HestenesStiefel(Method, name="cg-hs"):
    """Nonlinear conjugate gradients, Hestenes and Stiefel's formula."""


class DaiYuan(Method, name="cg-dy"):
    """Nonlinear conjugate gradients, Dai and Yuan's formula."""


class HagerZhang(Method, name="cg-hz"):
    """Nonlinear conjugate gradients, Hager and Zhang's formula."""


class LBFGSB(Method, name="lbfgsb"):
    """L-BFGS-B: limited-memory BFGS that keeps bounds."""


class TRON(Method, name="tron"):
    """A trust region on the free variables, Newton's method within bounds."""


class OWLQN(Method, name="owlqn"):
    """L-BFGS for a smooth function and an L1 term, ``f(x) + l1 |x|_1``."""


class NaturalGradient(Method, name="natural-gradient"):
    """Steps along the natural gradient ``F^-1 g`` at a fixed rate.

    Needs a Fisher information, which problems of the library have.
    """


class NaturalGradientLineSearch(Method, name="natural-gradient-linesearch"):
    """The natural gradient with a line search.

    Needs a Fisher information, which problems of the library have.
    """


class NaturalGradientKL(Method, name="natural-gradient-kl"):
    """The natural gradient within a bound on the divergence.

    Needs a Fisher information, which problems of the library have.
    """


class Newton(Method, name="newton"):
    """Newton's method, plain: no line search, any stationary point."""


class DampedNewton(Method, name="newton-damped"):
    """Newton's method with a modified Cholesky factorization and a line search."""


class EigenvalueNewton(Method, name="newton-eigen"):
    """Newton's method with the absolute eigenvalues and a line search."""


class SparseNewton(Method, name="newton-sparse"):
    """Newton's method with a sparse Cholesky factorization and a line search.

    Needs `hess` to return sparse matrices.
    """


class NewtonCG(Method, name="newton-cg"):
    """Newton's method with truncated conjugate gradients and a line search."""


class NystromNewtonCG(Method, name="newton-nystrom"):
    """Newton-CG with a preconditioner from a sketch of the Hessian."""


class SubspaceNewton(Method, name="newton-subspace"):
    """Newton's method in random subspaces."""


class NewtonSketch(Method, name="newton-sketch"):
    """Newton's method with a sketched square root of the Hessian.

    Needs a square root of the Hessian, which regressions of the library have.
    """


class SubsampledNewton(Method, name="newton-subsampled"):
    """Newton-CG with Hessian products over random cases.

    Needs a sum over cases, which regressions of the library have.
    """


class SR1(Method, name="sr1"):
    """Symmetric rank-one updates in a trust region."""


class ARC(Method, name="arc"):
    """Cubic regularization with exact Hessians."""


class ARCLanczos(Method, name="arc-lanczos"):
    """Cubic regularization in Krylov spaces of Hessian products."""


class TrustCauchy(Method, name="trust-cauchy"):
    """A trust region with steps to the Cauchy point."""


class TrustDogleg(Method, name="trust-dogleg"):
    """A trust region with dogleg steps."""


class TrustSteihaug(Method, name="trust-steihaug"):
    """A trust region with truncated conjugate gradients (Steihaug, Toint)."""


class TrustGLTR(Method, name="trust-gltr"):
    """A trust region with Lanczos steps (GLTR)."""


class TrustExact(Method, name="trust-exact"):
    """A trust region with exact steps (More and Sorensen)."""


class BFGS(Method, name="bfgs"):
    """BFGS: a full matrix of secant curvature and a line search."""


class DFP(Method, name="dfp"):
    """Davidon, Fletcher and Powell's update and a line search."""


class LBFGS(Method, name="lbfgs"):
    """Limited-memory BFGS: the curvature of the last few steps."""


class GaussNewton(Method, name="gauss-newton"):
    """Gauss-Newton for residuals, with a line search.

    For `ravine.least_squares`, and sums of squares of the library.
    """


class LevenbergMarquardt(Method, name="lm"):
    """Levenberg-Marquardt for residuals, with a scaled trust radius.

    For `ravine.least_squares`, and sums of squares of the library.
    """


class GeodesicLevenbergMarquardt(Method, name="lm-geodesic"):
    """Levenberg-Marquardt with geodesic acceleration.

    For `ravine.least_squares`, and sums of squares of the library.
    """


class NielsenLevenbergMarquardt(Method, name="lm-nielsen"):
    """Levenberg-Marquardt with a damping by Nielsen's rules.

    For `ravine.least_squares`, and sums of squares of the library.
    """


class HybridLeastSquares(Method, name="lm-newton"):
    """Levenberg-Marquardt, and Newton's method where residuals stay large.

    Needs residuals and a Hessian, as sums of squares of the library have.
    """
