"""How each kind of component is priced over columns."""
