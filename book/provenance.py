"""Which functions of the module a figure rests on, read from the code of its chapter."""

import ast
import importlib
import inspect
import symtable

SURE = (ast.Assign, ast.FunctionDef, ast.ClassDef)


def made_by(sources):
    """Functions of gapsim behind the figure of the last cell.

    Parameters
    ----------
    sources : sequence of str
        The chapter's code cells up to the figure's, that one included.

    Returns
    -------
    list of (str, str, str)
        Name as a reader calls it, module and qualified name of the definition, sorted; the
        drawing functions only if there are no others.

    Notes
    -----
    Followed backwards: the figure's cell without what it pastes into the text, the statements that
    last defined a name it uses, those that last defined a name those use, and so on. A method is
    named only if it is known whose it is.
    """
    *before, last = [ast.parse(source).body for source in sources]
    last = [statement for statement in last if not _pastes(statement)]
    wanted, behind = set(), []
    for statement in reversed(last):
        defined, used = _names(statement)
        wanted = (wanted - defined) | used
        behind.append(statement)
    imported = {}
    for statement in reversed([statement for cell in before for statement in cell] + last):
        if isinstance(statement, ast.ImportFrom) and statement.module.split(".")[0] == "gapsim":
            for alias in statement.names:
                imported[alias.asname or alias.name] = _object(statement.module, alias.name)
    for statement in reversed([statement for cell in before for statement in cell]):
        defined, used = _names(statement)
        # What an earlier loop ran over is used up by it, though later cells may take the name again.
        if isinstance(statement, ast.For):
            defined -= {node.id for node in ast.walk(statement.target) if isinstance(node, ast.Name)}
        if defined & wanted and not isinstance(statement, (ast.Import, ast.ImportFrom)):
            # A loop may leave a name as it was; an assignment or a definition does not.
            if isinstance(statement, SURE):
                wanted -= defined
            wanted |= used
            behind.append(statement)
    return _functions(behind, imported, wanted)


def _pastes(statement):
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and getattr(call.func, "id", None) == "glue"


def _names(statement):
    """The names that a statement defines, and those that it uses from outside itself."""
    if isinstance(statement, ast.For):
        # What each round of a loop defines before using it comes from nowhere else.
        defined, used = _of_block([*statement.body, *statement.orelse])
        target, over = _names(ast.Assign([statement.target], statement.iter, lineno=0))
        return defined | target, (used - target) | over
    statement = _Scopes().visit(ast.parse(ast.unparse(statement)))
    table = symtable.symtable(ast.unparse(statement), "cell", "exec")
    defined = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned()}
    used = {symbol.get_name() for symbol in table.get_symbols() if symbol.is_referenced()}
    inner = list(table.get_children())
    while inner:
        scope = inner.pop()
        inner += scope.get_children()
        used |= {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
    return defined, used


class _Scopes(ast.NodeTransformer):
    """Turn comprehensions into generators, which have names of their own on every Python: see PEP 709."""

    def visit_ListComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(node.elt, node.generators)

    visit_SetComp = visit_ListComp

    def visit_DictComp(self, node):
        self.generic_visit(node)
        return ast.GeneratorExp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)


def _of_block(statements):
    defined, wanted = set(), set()
    for statement in reversed(statements):
        names, used = _names(statement)
        wanted = wanted - (names if isinstance(statement, SURE) else set()) | used
        defined |= names
    return defined, wanted


def _object(module, name):
    module = importlib.import_module(module)
    if hasattr(module, name):
        return getattr(module, name)
    return importlib.import_module(f"{module.__name__}.{name}")


def _functions(statements, imported, names):
    functions, attributes, drawing = set(), [], set()
    things = [imported[name] for name in names & imported.keys()]
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Attribute):
            owner = imported.get(getattr(node.value, "id", None))
            if inspect.ismodule(owner):
                things.append(getattr(owner, node.attr))
            else:
                attributes.append(node)
    for thing in filter(inspect.isfunction, things):
        plumbing = thing.__module__ == "gapbook.figures"
        (drawing if plumbing else functions).add(thing)
    made = {(thing.__name__, thing.__module__, thing.__qualname__) for thing in functions}
    kinds = _Kinds(statements, imported)
    used = set(filter(inspect.isclass, things))
    for node in attributes:
        owners = {cls for cls in kinds.of(node.value) if _method(cls, node.attr)}
        if not owners:
            # Of unknown kind: named only if there is one class that it could belong to.
            owners = {cls for cls in used if _method(cls, node.attr)}
            owners = owners if len(owners) == 1 else set()
        for cls in owners:
            method = _method(cls, node.attr)
            made.add((f"{cls.__name__}.{node.attr}", method.__module__, method.__qualname__))
    if not made:
        made = {(f"figures.{thing.__name__}", thing.__module__, thing.__name__) for thing in drawing}
    return sorted(made)


def _method(cls, name):
    method = inspect.getattr_static(cls, name, None)
    return method if inspect.isfunction(method) else None


class _Kinds:
    """Which imported classes the names of some statements may be instances, or collections, of."""

    def __init__(self, statements, imported):
        self.imported, self.kinds = imported, {}
        nodes = [node for statement in statements for node in ast.walk(statement)]
        self.local = {node.name: node for node in nodes if isinstance(node, ast.FunctionDef)}
        for function in self.local.values():
            own = {argument.arg for argument in function.args.args}
            for node in ast.walk(function):
                if isinstance(node, ast.Name) and node.id in own:
                    node.id = f"{function.name}.{node.id}"
        before = None
        while before != self.kinds:
            before = {name: set(kinds) for name, kinds in self.kinds.items()}
            for node in nodes:
                self.read(node)

    def read(self, node):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self.bind(target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            self.bind(node.target, node.iter)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", None) in self.local:
            for argument, value in zip(self.local[node.func.id].args.args, node.args):
                self.add(f"{node.func.id}.{argument.arg}", value)

    def bind(self, target, value):
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
            for each, part in zip(target.elts, value.elts):
                self.bind(each, part)
        else:
            for node in ast.walk(target):
                if isinstance(node, ast.Name):
                    self.add(node.id, value)

    def add(self, name, value):
        self.kinds.setdefault(name, set()).update(self.of(value))

    def of(self, node):
        """The classes of an expression, or of the items of a collection."""
        if isinstance(node, ast.Name):
            return self.kinds.get(node.id, set())
        if isinstance(node, ast.Call):
            return self.of_call(node)
        if isinstance(node, (ast.Attribute, ast.Lambda)):
            return set()
        parts = {
            ast.Subscript: lambda: [node.value], ast.DictComp: lambda: [node.value],
            ast.ListComp: lambda: [node.elt], ast.GeneratorExp: lambda: [node.elt],
        }.get(type(node), lambda: ast.iter_child_nodes(node))()
        return set().union(*map(self.of, parts))

    def of_call(self, call):
        name = getattr(call.func, "id", None)
        if name in self.imported:
            thing = self.imported[name]
            return {thing} if inspect.isclass(thing) else set()
        if name in self.local:
            returned = (node.value for node in ast.walk(self.local[name]) if isinstance(node, ast.Return))
            return set().union(*(self.of(value) for value in returned if value))
        if name is None:
            items = isinstance(call.func, ast.Attribute) and call.func.attr in ("items", "values", "get")
            return self.of(call.func.value) if items else set()
        return set().union(*map(self.of, call.args))
