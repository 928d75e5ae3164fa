"""Works a formula out as a person with a pocket calculator would, from nothing but what is written."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable
from fractions import Fraction

OPERATIONS: dict[type[ast.operator], Callable[[Fraction, Fraction], Fraction]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
HOURS = re.compile(r"\d\d:\d\d–\d\d:\d\d(, \d\d:\d\d–\d\d:\d\d)*")


def work_out(formula: str) -> Fraction:
    """
    Work a formula out.

    >>> work_out("1,060 × 40% − 2 ÷ 4"), work_out("3 ÷ √(3² + 4²)")
    (Fraction(847, 2), Fraction(3, 5))
    """
    text = formula.replace(",", "").replace("−", "-").replace("×", "*").replace("÷", "/").replace("²", "**2")
    text = re.sub(r"([\d.]+)%", r"(\1/100)", text).replace("√", "root")
    return _value(ast.parse(text, mode="eval").body)


def _value(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand)
    if isinstance(node, ast.Call):
        return Fraction(math.sqrt(_value(node.args[0]))).limit_denominator(10**9)
    assert isinstance(node, ast.BinOp)
    left, right = _value(node.left), _value(node.right)
    return left**2 if isinstance(node.op, ast.Pow) else OPERATIONS[type(node.op)](left, right)
