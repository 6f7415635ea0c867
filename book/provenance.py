"""Which functions of the module a figure rests on, read from the code of its chapter."""

import ast
import importlib
import inspect
import symtable


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
    Followed backwards: the figure's cell, the statements that last defined a name it uses, those
    that last defined a name those use, and so on.
    """
    *before, last = [ast.parse(source).body for source in sources]
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
            if isinstance(statement, (ast.Assign, ast.FunctionDef, ast.ClassDef)):
                wanted -= defined
            wanted |= used
            behind.append(statement)
    return _functions(behind, imported, wanted)


def _names(statement):
    """The names that a statement defines, and those that it uses from outside itself."""
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


def _object(module, name):
    module = importlib.import_module(module)
    if hasattr(module, name):
        return getattr(module, name)
    return importlib.import_module(f"{module.__name__}.{name}")


def _functions(statements, imported, names):
    functions, classes, attributes, drawing = set(), set(), set(), set()
    things = [imported[name] for name in names & imported.keys()]
    for node in (node for statement in statements for node in ast.walk(statement)):
        if isinstance(node, ast.Attribute):
            owner = imported.get(getattr(node.value, "id", None))
            if inspect.ismodule(owner):
                things.append(getattr(owner, node.attr))
            else:
                attributes.add(node.attr)
    for thing in things:
        if inspect.isclass(thing):
            classes.add(thing)
        elif inspect.isfunction(thing):
            plumbing = thing.__module__ == "gapsim.figures"
            (drawing if plumbing else functions).add(thing)
    made = {(thing.__name__, thing.__module__, thing.__qualname__) for thing in functions}
    for cls in classes:
        for name in sorted(attributes):
            method = inspect.getattr_static(cls, name, None)
            if inspect.isfunction(method):
                made.add((f"{cls.__name__}.{name}", method.__module__, method.__qualname__))
    if not made:
        made = {(f"figures.{thing.__name__}", thing.__module__, thing.__name__) for thing in drawing}
    return sorted(made)
