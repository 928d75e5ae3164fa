"""Load profiles: shapes of use, made and measured."""
