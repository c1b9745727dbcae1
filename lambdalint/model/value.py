"""Values of the model: see ``lambdalint.source.value``."""

from lambdalint.source.value import Default, Given, Many, Unknown, Value

__all__ = ["Default", "Given", "Many", "Unknown", "Value"]
